// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every check of the module, with each kind of pages: what the mappings
 * promise, at every depth, on every CPU, asleep and preempted. Each line says
 * what was really used; what this kernel cannot show is a SKIP with the reason.
 */
#include <fnmatch.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "../kselftest.h"
#include "device.h"

/* The longest take five; those that wait for what may never come end by themselves before. */
#define CHECK_SECONDS	60

/*
 * On another CPU with each kind of pages: slots are a CPU's own, and what goes wrong with
 * the first one's may be right. From there on whoever is checked goes where it likes.
 */
static void start_on(unsigned int nr)
{
	cpu_set_t all, one;
	unsigned int cpu;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	nr %= CPU_COUNT(&all);
	for (cpu = 0; !CPU_ISSET(cpu, &all) || nr--; cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	sched_setaffinity(0, sizeof(all), &all);
}

/*
 * One check, by a child: a broken kernel may kill it, or never let it return.
 * Return: 0, an errno, or -1 where it was killed; ends the program where it is stuck
 */
static int check_bounded(int fd, struct kmb_check *c, const char *name, const char *pages)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return errno;
	if (!pid) {
		/* Not beside the next test, when we are ended before it */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		start_on(c->pages);
		_exit(ioctl(fd, KMB_CHECK, c) ? errno : 0);
	}
	if (!child_ended(pid, CHECK_SECONDS * 1000, &status)) {
		ksft_test_result_fail("%s.%s: has not returned for %d s: the last one tried\n",
				      name, pages, CHECK_SECONDS);
		ksft_finished();
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void run_check(int fd, const struct kmb_enum *check, const struct kmb_enum *pages,
		      struct kmb_check *c)
{
	int error;

	*c = (struct kmb_check){
		.size = sizeof(*c), .check = check->index, .pages = pages->index,
	};
	error = check_bounded(fd, c, check->name, pages->name);
	if (c->seen[0])
		ksft_print_msg("%s.%s: %s\n", check->name, pages->name, c->seen);
	if (!error)
		ksft_test_result_pass("%s.%s: %s\n", check->name, pages->name, check->expr);
	else if (error == EOPNOTSUPP && c->reason[0])
		ksft_test_result_skip("%s.%s: %s\n", check->name, pages->name, c->reason);
	else if (c->known)
		ksft_test_result_xfail("%s.%s: %s\n", check->name, pages->name, c->reason);
	else
		ksft_test_result_fail("%s.%s: %s: %s\n", check->name, pages->name, check->expr,
				      error < 0 ? "the kernel killed who ran it" :
				      c->reason[0] ? c->reason : strerror(error));
}

/* What breaks the kernel is for the test breakages. */
static int is_wanted(const struct kmb_enum *check, const char *pattern)
{
	return !(check->row_flags & KMB_ROW_DESTRUCTIVE) && !fnmatch(pattern, check->name, 0);
}

/* An argument is a glob over names of checks: those only. */
int main(int argc, char **argv)
{
	const char *pattern = argc > 1 ? argv[1] : "*", *reason;
	struct rows checks, pages;
	unsigned int i, j, nr = 0;
	struct kmb_check *c;
	int fd;

	ksft_print_header();
	fd = device_open(&reason);
	if (fd < 0)
		ksft_exit_skip("%s\n", reason);
	if (device_rows(fd, KMB_LIST_CHECKS, &checks) || device_rows(fd, KMB_LIST_PAGES, &pages))
		ksft_exit_fail_msg("cannot ask the device: %s\n", strerror(errno));
	c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		ksft_exit_fail_msg("no memory to share: %s\n", strerror(errno));
	for (i = 0; i < checks.nr; i++)
		nr += is_wanted(&checks.row[i], pattern);
	for (j = i = 0; j < pages.nr; j++)
		i += !(pages.row[j].row_flags & KMB_ROW_ORDER);
	ksft_set_plan(nr * i);
	for (i = 0; i < checks.nr; i++)
		for (j = 0; j < pages.nr; j++)
			if (is_wanted(&checks.row[i], pattern) &&
			    !(pages.row[j].row_flags & KMB_ROW_ORDER))
				run_check(fd, &checks.row[i], &pages.row[j], c);
	ksft_finished();
}
