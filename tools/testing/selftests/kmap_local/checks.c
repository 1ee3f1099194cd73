// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every check of the module, with each kind of pages: what the mappings
 * promise, at every depth, on every CPU, asleep and preempted. Each line says
 * what was really used; what this kernel cannot show is a SKIP with the reason.
 */
#include <fnmatch.h>

#include "../kselftest.h"
#include "device.h"

static void run_check(int fd, const struct kmb_enum *check, const struct kmb_enum *pages)
{
	struct kmb_check c = {
		.size = sizeof(c), .check = check->index, .pages = pages->index,
	};
	int error = ioctl(fd, KMB_CHECK, &c) ? errno : 0;

	if (c.seen[0])
		ksft_print_msg("%s.%s: %s\n", check->name, pages->name, c.seen);
	if (!error)
		ksft_test_result_pass("%s.%s: %s\n", check->name, pages->name, check->expr);
	else if (error == EOPNOTSUPP && c.reason[0])
		ksft_test_result_skip("%s.%s: %s\n", check->name, pages->name, c.reason);
	else if (c.known)
		ksft_test_result_xfail("%s.%s: %s\n", check->name, pages->name, c.reason);
	else
		ksft_test_result_fail("%s.%s: %s: %s\n", check->name, pages->name, check->expr,
				      c.reason[0] ? c.reason : strerror(error));
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
	int fd;

	ksft_print_header();
	fd = device_open(&reason);
	if (fd < 0)
		ksft_exit_skip("%s\n", reason);
	if (device_rows(fd, KMB_LIST_CHECKS, &checks) || device_rows(fd, KMB_LIST_PAGES, &pages))
		ksft_exit_fail_msg("cannot ask the device: %s\n", strerror(errno));
	for (i = 0; i < checks.nr; i++)
		nr += is_wanted(&checks.row[i], pattern);
	for (j = i = 0; j < pages.nr; j++)
		i += !(pages.row[j].row_flags & KMB_ROW_ORDER);
	ksft_set_plan(nr * i);
	for (i = 0; i < checks.nr; i++)
		for (j = 0; j < pages.nr; j++)
			if (is_wanted(&checks.row[i], pattern) &&
			    !(pages.row[j].row_flags & KMB_ROW_ORDER))
				run_check(fd, &checks.row[i], &pages.row[j]);
	ksft_finished();
}
