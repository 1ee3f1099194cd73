// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Medians and their intervals against known values. The ranks of the intervals
 * are those of the usual tables for the sign test at 95 %. What has no known
 * value is held against a slower way to the same.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "harness.h"
#include "random.h"
#include "stats_bootstrap.h"
#include "stats_rank.h"
#include "stats_shift.h"

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

static void test_sort_many(void)
{
	static double values[10007], shuffled[10007];
	struct random random = { 5 };
	size_t i, j;

	for (i = 0; i < 10007; i++) {
		j = random_below(&random, i + 1);
		shuffled[i] = shuffled[j];
		shuffled[j] = i / 3;
	}
	for (i = 0; i < 10007; i += 1 + i / 2) {
		memcpy(values, shuffled, sizeof(values));
		stats_sort(values, i);
		for (j = 1; j < i; j++)
			check(values[j - 1] <= values[j]);
		check(!memcmp(values + i, shuffled + i, sizeof(values) - i * sizeof(*values)));
	}
	stats_sort(values, 10007);
	for (j = 0; j < 10007; j++)
		check(values[j] == j / 3);
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

static double random_value(struct random *random, size_t different)
{
	static const double scales[] = { 1, 0.1, -3, DBL_TRUE_MIN, 1e15 };

	return scales[different % 5] * random_below(random, different);
}

/* All pairs, sorted */
static double slow_shift(const double *x, size_t nr_x, const double *y, size_t nr_y)
{
	double differences[30 * 30];
	size_t i;

	for (i = 0; i < nr_x * nr_y; i++)
		differences[i] = x[i / nr_y] - y[i % nr_y];
	stats_sort(differences, nr_x * nr_y);
	return stats_median(differences, nr_x * nr_y);
}

static void test_shift(void)
{
	struct random random = { 1 };
	struct tally tally_x, tally_y;
	double x[30], y[30];
	size_t i, j;

	for (i = 0; i < 2000; i++) {
		size_t nr_x = 1 + random_below(&random, 1 + i % 30);
		size_t nr_y = 1 + random_below(&random, 1 + i % 30);

		for (j = 0; j < 30; j++) {
			x[j] = random_value(&random, 1 + i % 40);
			y[j] = random_value(&random, 1 + i % 40);
		}
		stats_sort(x, nr_x);
		stats_sort(y, nr_y);
		check(tally_make(&tally_x, x, nr_x) && tally_make(&tally_y, y, nr_y));
		check(stats_shift(&tally_x, &tally_y) == slow_shift(x, nr_x, y, nr_y));
		check(tally_median(&tally_x) == stats_median(x, nr_x));
		tally_free(&tally_x);
		tally_free(&tally_y);
	}
}

/* More pairs than are made: the middle of what is the same on both sides is 0, */
static void test_shift_of_many(void)
{
	static double x[MAX_NR], y[MAX_NR];
	struct tally tally_x, tally_y;
	struct random random = { 6 };
	static const double shifts[] = { 0, 0, -499, 5 };
	int i, kind;

	for (kind = 0; kind < 4; kind++) {
		for (i = 0; i < MAX_NR; i++) {
			x[i] = kind ? i % 500 : (int)random_below(&random, 1 << 30);
			y[i] = kind == 2 ? x[i] * 3 : x[i];
			if (kind == 3) {
				x[i] = i % 2 * 10;
				y[i] = 0;
			}
		}
		stats_sort(x, MAX_NR);
		stats_sort(y, MAX_NR);
		check(tally_make(&tally_x, x, MAX_NR) && tally_make(&tally_y, y, MAX_NR));
		/* that of x - 3y what counting all one by one gives; and of 0 and 10, 5. */
		check(stats_shift(&tally_x, &tally_y) == shifts[kind]);
		tally_free(&tally_x);
		tally_free(&tally_y);
	}
}

static void test_rank_extremes(void)
{
	const double same[] = { 2, 2, 2 };

	check(stats_rank_p(same, 3, same, 3, true) == 1);
	check(stats_rank_p(same, 3, same, 0, true) == 1);
	check(stats_superiority(same, 3, same, 2) == 0.5);
	check(stats_superiority(ascending + 3, 3, ascending, 3) == 1);
	check(isnan(stats_geometric_mean(same, 0)));
	check(isnan(stats_geometric_mean((double[]){ 1, 0 }, 2)));
}

static void test_holm_passes_over(void)
{
	double p[] = { 0.02, NAN, 0.01 };

	stats_holm(p, 3);
	check(p[0] == 0.02 && isnan(p[1]) && p[2] == 0.02);
}

static void observe(struct observations *obs, struct random *random, size_t nr, size_t per_round,
		    double between)
{
	static double samples[100000];
	static long long rounds[100000];
	double round = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (i % per_round == 0)
			round = 100 + between * random_normal(random);
		rounds[i] = i / per_round;
		samples[i] = round + random_normal(random) + random_below(random, 2500) / 1e4;
	}
	check(observations_make(obs, &(struct boot){ samples, rounds, nr }, 1));
}

static struct resamples resamples;

static double width(size_t nr, size_t per_round, double between)
{
	struct random random = { 3 };
	struct observations x, y;
	double lo, hi;

	observe(&x, &random, nr, per_round, between);
	observe(&y, &random, nr, per_round, between);
	check(stats_resample(&x, &y, false, 1, &resamples));
	observations_free(&x);
	observations_free(&y);
	lo = stats_quantile(resamples.shift, RESAMPLES, 0.025);
	hi = stats_quantile(resamples.shift, RESAMPLES, 0.975);
	return hi - lo;
}

static void test_rounds_matter(void)
{
	/* As if each round had but its mean: 2 * 1.96 * sqrt(2 / 20) of it */
	double few = width(400, 20, 1), many = width(10000, 500, 1);

	check(few > 0.8 && few < 2);
	check(many > 0.8 && many < 2);
}

/* Values that stand for many narrow the interval as those would: sqrt(n) */
static void test_compression(void)
{
	double ratio = width(1000, 1000, 0) / width(25000, 25000, 0);

	check(ratio > 4.2 && ratio < 5.8);
	ratio = width(1000, 1000, 0) / width(2000, 2000, 0);
	check(ratio > 1.2 && ratio < 1.6);
}

static double median_width(size_t nr, size_t per_round)
{
	struct random random = { 3 };
	struct observations obs;
	struct interval ci;

	observe(&obs, &random, nr, per_round, 0);
	check(stats_median_bootstrap(&obs, 1, &ci));
	observations_free(&obs);
	return ci.hi - ci.lo;
}

/* And so they do where there are so many rounds that few stand for each */
static void test_compressed_rounds(void)
{
	double shift = width(1000, 10, 0), median = median_width(1000, 10);
	double much = shift / width(25000, 50, 0), more = shift / width(4000, 10, 0);

	check(much > 3.8 && much < 6.5 && more > 1.6 && more < 2.5);
	much = median / median_width(25000, 50);
	more = median / median_width(4000, 10);
	check(much > 3.8 && much < 6.5 && more > 1.6 && more < 2.5);
}

static void test_repeats(void)
{
	static struct resamples before;

	width(300, 10, 1);
	before = resamples;
	width(300, 10, 1);
	check(!memcmp(before.shift, resamples.shift, sizeof(before.shift)));
	check(!memcmp(before.median_x, resamples.median_x, sizeof(before.median_x)));
}

static void test_intervals(void)
{
	const struct estimates estimates = { 102, 101, 1, NAN };
	struct random random = { 4 };
	struct intervals narrow, wide;
	struct observations x, y, few;

	observe(&x, &random, 400, 10, 1);
	observe(&y, &random, 400, 10, 1);
	observe(&few, &random, 20, 10, 1);
	check(stats_resample(&x, &y, false, 1, &resamples));
	stats_intervals(&x, &y, false, &resamples, &estimates, &narrow);
	stats_intervals(&x, &few, false, &resamples, &estimates, &wide);
	/* They hold what was estimated, and 2 rounds have a single degree of freedom. */
	check(narrow.shift.lo <= 1 && narrow.shift.hi >= 1 && isnan(narrow.relative.lo));
	check(narrow.median_x.hi >= 102);
	check(wide.shift.hi - wide.shift.lo > 1.5 * (narrow.shift.hi - narrow.shift.lo));
	check(wide.median_y.lo < 101 + 8 * (narrow.median_y.lo - 101));
	observations_free(&x);
	observations_free(&y);
	observations_free(&few);
}

static bool agree_within(double part, const struct interval *a, const struct interval *b)
{
	double width = b->hi - b->lo;

	return fabs(a->lo - b->lo) < part * width && fabs(a->hi - b->hi) < part * width;
}

/* Other random numbers than with two sides, so that both agree but nearly */
static void test_one_side(void)
{
	struct random random = { 6 };
	struct observations x, y, single;
	struct intervals both;
	struct interval one;

	observe(&x, &random, 400, 20, 1);
	observe(&y, &random, 60, 10, 1);
	observe(&single, &random, 1, 1, 0);
	check(stats_resample(&x, &y, false, 1, &resamples));
	stats_intervals(&x, &y, false, &resamples,
			&(struct estimates){ stats_median(x.sorted, x.nr),
					     stats_median(y.sorted, y.nr), 0, NAN }, &both);
	check(stats_median_bootstrap(&x, 2, &one) && agree_within(0.1, &one, &both.median_x));
	check(stats_median_bootstrap(&y, 2, &one) && agree_within(0.1, &one, &both.median_y));
	check(stats_median_bootstrap(&single, 2, &one) && isnan(one.lo) && isnan(one.hi));
	observations_free(&x);
	observations_free(&y);
	observations_free(&single);
}

int main(void)
{
	fill();
	harness_run("sort", test_sort);
	harness_run("sort many", test_sort_many);
	harness_run("median", test_median);
	harness_run("ranks of the interval", test_interval_ranks);
	harness_run("interval of many", test_interval_of_many);
	harness_run("no interval of too few", test_too_few);
	harness_run("shift against all pairs", test_shift);
	harness_run("shift of many", test_shift_of_many);
	harness_run("rank tests of nothing", test_rank_extremes);
	harness_run("what is no test is not corrected", test_holm_passes_over);
	harness_run("rounds widen the interval", test_rounds_matter);
	harness_run("many samples narrow it", test_compression);
	harness_run("samples of many rounds narrow it", test_compressed_rounds);
	harness_run("same seed, same intervals", test_repeats);
	harness_run("few rounds widen the interval", test_intervals);
	harness_run("one side by itself as one of two", test_one_side);
	return harness_end();
}
