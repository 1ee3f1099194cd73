// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Medians and their intervals against known values. The ranks of the intervals
 * are those of the usual tables for the sign test at 95 %.
 */
#include "harness.h"
#include "stats.h"

#define MAX_NR	2000

static double ascending[MAX_NR];

static void fill(void)
{
	int i;

	for (i = 0; i < MAX_NR; i++)
		ascending[i] = i + 1;
}

static void test_sort(void)
{
	double values[] = { 3, -1, 2, 2, 0 };

	stats_sort(values, 5);
	check(values[0] == -1 && values[1] == 0 && values[2] == 2 && values[3] == 2);
	check(values[4] == 3);
}

static void test_median(void)
{
	check(stats_median(ascending, 1) == 1);
	check(stats_median(ascending, 2) == 1.5);
	check(stats_median(ascending, 9) == 5);
	check(stats_median(ascending, 10) == 5.5);
}

static bool has_ranks(size_t nr, double lo, double hi)
{
	struct interval ci = { 0 };

	if (!stats_median_ci(ascending, nr, 0.95, &ci))
		return false;
	if (ci.lo == lo && ci.hi == hi)
		return true;
	printf("# n=%zu: %g .. %g\n", nr, ci.lo, ci.hi);
	return false;
}

static void test_interval_ranks(void)
{
	check(has_ranks(6, 1, 6));
	check(has_ranks(8, 1, 8));
	check(has_ranks(9, 2, 8));
	check(has_ranks(10, 2, 9));
	check(has_ranks(12, 3, 10));
	check(has_ranks(20, 6, 15));
	check(has_ranks(25, 8, 18));
	check(has_ranks(50, 18, 33));
	check(has_ranks(100, 40, 61));
}

static void test_interval_of_many(void)
{
	/* 2^-2000 is no double; the normal approximation gives the ranks. */
	check(has_ranks(2000, 956, 1045) || has_ranks(2000, 957, 1044));
}

static void test_too_few(void)
{
	struct interval ci = { 7, 7 };
	size_t nr;

	for (nr = 0; nr <= 5; nr++)
		check(!stats_median_ci(ascending, nr, 0.95, &ci));
	check(ci.lo == 7 && ci.hi == 7);
}

int main(void)
{
	fill();
	harness_run("sort", test_sort);
	harness_run("median", test_median);
	harness_run("ranks of the interval", test_interval_ranks);
	harness_run("interval of many", test_interval_of_many);
	harness_run("no interval of too few", test_too_few);
	return harness_end();
}
