// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmapbench - what temporary mappings of pages cost on the running kernel
 */
#include <errno.h>
#include <fcntl.h>
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmapbench.h"

static void print_help(void)
{
	const struct command *const *c;

	printf("Usage: kmapbench COMMAND [OPTION...] [ARGUMENT...]\n"
	       "What temporary mappings of pages cost on the running kernel.\n\n");
	for (c = __start_kmb_commands; c < __stop_kmb_commands; c++)
		printf("  %-12s %s\n", (*c)->name, (*c)->summary);
	printf("\n  --help       this text; `kmapbench COMMAND --help' for a command\n"
	       "  --version    the version\n");
}

static int run_command(int argc, char **argv)
{
	const struct command *const *c;
	static char name[64];

	if (argc < 2)
		return fail(STATUS_USAGE, "see `kmapbench --help'", "command: none given");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")) {
		print_help();
		return STATUS_FINE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("kmapbench %s\n", KMAPBENCH_VERSION);
		return STATUS_FINE;
	}
	for (c = __start_kmb_commands; c < __stop_kmb_commands; c++) {
		if (strcmp(argv[1], (*c)->name))
			continue;
		snprintf(name, sizeof(name), "kmapbench %s", (*c)->name);
		argv[1] = name;
		return (*c)->run(argc - 1, argv + 1);
	}
	return fail(STATUS_USAGE, "see `kmapbench --help'", "%s: no such command", argv[1]);
}

/* Else the first file opened, the device, would get the place of a stream. */
static int check_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		if (fd == STDOUT_FILENO)
			return fail(STATUS_FAILED, "give it somewhere to write to",
				    "stdout: closed");
		if (open("/dev/null", O_RDWR) != fd)
			return STATUS_FAILED;
	}
	return STATUS_FINE;
}

static int finish_stdout(int status)
{
	int lost = ferror(stdout);

	errno = 0;
	if (!fclose(stdout) && !lost)
		return status;
	return fail(status ?: STATUS_FAILED, "what was printed is not complete", "stdout: %s",
		    errno ? strerror(errno) : "write error");
}

int main(int argc, char **argv)
{
	int status = check_streams();

	if (status)
		return status;
	/* A reader that goes away must not take the results with it. */
	signal(SIGPIPE, SIG_IGN);
	argp_err_exit_status = STATUS_USAGE;
	return finish_stdout(run_command(argc, argv));
}
