// SPDX-License-Identifier: GPL-2.0-only
/*
 * breakages ROW breaks the kernel as that row says, and fails when the kernel
 * stays silent about it. That needs destructive=1 and a machine to throw away,
 * a boot for each row; without a row each is a SKIP that says so.
 *
 * breakages --list prints, of each row, its name and then, separated by tabs,
 * "owed" and a glob for the line that the kernel's log must then have, or
 * "silent" and what nothing here notices, or "absent" and why.
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"
#include "device.h"

#define HOW_TO		"breaks the kernel: name this row, in a boot with kmap_bench.destructive=1"
#define CHILD_SECONDS	20
#define LOG_SECONDS	2

static int is_breakage(const struct kmb_enum *row)
{
	return row->row_flags & KMB_ROW_DESTRUCTIVE;
}

static const char *why_absent(const struct kmb_enum *row)
{
	const char *colon = strstr(row->traits, ": ");

	return colon ? colon + 2 : row->traits;
}

static void list(const struct rows *checks)
{
	unsigned int i;

	for (i = 0; i < checks->nr; i++) {
		const struct kmb_enum *row = &checks->row[i];

		if (!is_breakage(row))
			continue;
		if (row->row_flags & KMB_ROW_ABSENT)
			printf("%s\tabsent\t%s\n", row->name, why_absent(row));
		else if (row->splat[0])
			printf("%s\towed\t%s\n", row->name, row->splat);
		else
			printf("%s\tsilent\t%s\n", row->name, row->expr);
	}
}

static void skip_all(const struct rows *checks)
{
	unsigned int i, nr = 0;

	for (i = 0; i < checks->nr; i++)
		nr += !!is_breakage(&checks->row[i]);
	ksft_set_plan(nr);
	for (i = 0; i < checks->nr; i++)
		if (is_breakage(&checks->row[i]))
			ksft_test_result_skip("%s: %s\n", checks->row[i].name, HOW_TO);
}

/* Slots are what most rows break, and only highmem takes them everywhere. */
static unsigned int pages_kind(int fd)
{
	struct kmb_query query;
	struct rows pages;

	if (device_query(fd, &query) || device_rows(fd, KMB_LIST_PAGES, &pages))
		ksft_exit_fail_msg("cannot ask the device: %s\n", strerror(errno));
	return rows_find(&pages, query.highmem_total ? "high" : "any");
}

/* CPU 0 has the slots next to what else is mapped at fixed addresses. */
static void to_last_cpu(void)
{
	cpu_set_t set;
	long cpu;

	for (cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1; cpu > 0; cpu--) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (!sched_setaffinity(0, sizeof(set), &set))
			return;
	}
}

/* What the task that breaks the kernel says before it meets the consequences */
struct answer {
	int error, known;
	char reason[KMB_REASON_LEN];
};

static void say(int to, const struct answer *answer)
{
	if (write(to, answer, sizeof(*answer)) < 0)
		_exit(1);
}

/* Whatever its parent left behind, a task begins without. */
static void forked_child(int fd, int to)
{
	struct answer answer = { .reason = "who was forked began with its parent's mappings" };
	struct kmb_query query;

	answer.error = device_query(fd, &query) ? errno : 0;
	say(to, &answer);
}

/* What a row left behind then meets a return to user space, a fork and an exit. */
static void child(int fd, unsigned int check, unsigned int pages, int to)
{
	struct kmb_check c = { .size = sizeof(c), .check = check, .pages = pages };
	struct answer answer = { };
	pid_t pid;

	to_last_cpu();
	answer.error = ioctl(fd, KMB_CHECK, &c) ? errno : 0;
	answer.known = c.known;
	memcpy(answer.reason, c.reason, sizeof(answer.reason));
	say(to, &answer);
	pid = fork();
	if (!pid)
		forked_child(fd, to);
	else if (pid > 0)
		waitpid(pid, NULL, 0);
	_exit(0);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The child's end, which may be any, or may not come. */
static void reap(pid_t pid)
{
	int status;

	if (!child_ended(pid, CHILD_SECONDS * 1000, &status))
		ksft_print_msg("the task did not end in %d s\n", CHILD_SECONDS);
	else if (WIFSIGNALED(status))
		ksft_print_msg("the task died by signal %d\n", WTERMSIG(status));
}

/* The next line of the log, without its prefix; 0 when there is none for a while. */
static int log_line(int kmsg, char *line, size_t size)
{
	struct pollfd p = { .fd = kmsg, .events = POLLIN };
	double limit = now() + LOG_SECONDS;
	char record[4096], *text;
	ssize_t n;

	while (now() < limit) {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EAGAIN)
			poll(&p, 1, 100);
		if (n <= 0)
			continue;
		record[n] = '\0';
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		text[strcspn(text, "\n")] = '\0';
		snprintf(line, size, "%.*s", (int)size - 1, text);
		return 1;
	}
	return 0;
}

static void judge(const struct kmb_enum *row, int kmsg)
{
	char line[1024];

	while (log_line(kmsg, line, sizeof(line))) {
		if (fnmatch(row->splat, line, 0))
			continue;
		ksft_test_result_pass("%s: %s: the kernel says: %s\n", row->name, row->expr, line);
		return;
	}
	ksft_test_result_fail("%s: %s: the kernel stayed silent, expected: %s\n", row->name,
			      row->expr, row->splat);
}

static void run(int fd, const struct kmb_enum *row)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK), answers[2];
	unsigned int pages = pages_kind(fd);
	struct answer answer = { };
	pid_t pid;

	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0 || pipe2(answers, O_NONBLOCK))
		ksft_exit_fail_msg("cannot read the kernel's log: %s\n", strerror(errno));
	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("cannot fork: %s\n", strerror(errno));
	if (!pid)
		child(fd, row->index, pages, answers[1]);
	reap(pid);
	/* The first that is not good, of the child's and of its own child's */
	while (!answer.error && read(answers[0], &answer, sizeof(answer)) == sizeof(answer))
		;
	if (answer.error == EPERM || answer.error == EOPNOTSUPP)
		ksft_test_result_skip("%s: %s\n", row->name, answer.reason);
	else if (answer.error == EIO && answer.known)
		ksft_test_result_xfail("%s: %s: %s\n", row->name, row->expr, answer.reason);
	else if (answer.error == EIO)
		ksft_test_result_fail("%s: %s: %s\n", row->name, row->expr, answer.reason);
	else
		judge(row, kmsg);
}

int main(int argc, char **argv)
{
	struct rows checks;
	const char *reason;
	int fd, index;

	fd = device_open(&reason);
	if (fd < 0)
		ksft_exit_skip("%s\n", reason);
	if (device_rows(fd, KMB_LIST_CHECKS, &checks))
		ksft_exit_fail_msg("cannot ask the device: %s\n", strerror(errno));
	if (argc > 1 && !strcmp(argv[1], "--list")) {
		list(&checks);
		return 0;
	}
	ksft_print_header();
	if (argc < 2) {
		skip_all(&checks);
		ksft_finished();
	}
	ksft_set_plan(1);
	index = rows_find(&checks, argv[1]);
	if (index < 0 || !is_breakage(&checks.row[index]))
		ksft_exit_fail_msg("%s: no such row: see %s --list\n", argv[1], argv[0]);
	if (checks.row[index].row_flags & KMB_ROW_ABSENT)
		ksft_test_result_skip("%s: %s\n", argv[1], why_absent(&checks.row[index]));
	else if (!checks.row[index].splat[0])
		ksft_test_result_skip("%s: nothing in this kernel notices %s\n", argv[1],
				      checks.row[index].expr);
	else
		run(fd, &checks.row[index]);
	ksft_finished();
}
