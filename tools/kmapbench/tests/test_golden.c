// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics against what R says of the same samples: golden/golden.R made it. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "stats_bootstrap.h"
#include "stats_rank.h"
#include "stats_shift.h"

#define MAX_NR	200

static json_t *golden;

struct array {
	double values[MAX_NR];
	size_t nr;
};

static struct array array_of(const json_t *object, const char *key)
{
	const json_t *json = json_object_get(object, key);
	struct array array = { .nr = json_array_size(json) };
	size_t i;

	check(array.nr && array.nr <= MAX_NR);
	for (i = 0; i < array.nr; i++)
		array.values[i] = json_number_value(json_array_get(json, i));
	return array;
}

static struct array sorted_of(const json_t *object, const char *key)
{
	struct array array = array_of(object, key);

	stats_sort(array.values, array.nr);
	return array;
}

static double number_of(const json_t *object, const char *key)
{
	const json_t *json = json_object_get(object, key);

	check(json_is_number(json));
	return json_number_value(json);
}

static bool near(double is, double should, double tolerance)
{
	if (fabs(is - should) <= tolerance)
		return true;
	printf("# %.17g, not %.17g\n", is, should);
	return false;
}

static bool same(double is, double should)
{
	return near(is, should, fabs(should) / 1e9);
}

static double shift_of(const struct array *x, const struct array *y)
{
	struct tally tally_x, tally_y;
	double shift;

	check(tally_make(&tally_x, x->values, x->nr) && tally_make(&tally_y, y->values, y->nr));
	shift = stats_shift(&tally_x, &tally_y);
	check(same(tally_median(&tally_x), stats_median(x->values, x->nr)));
	tally_free(&tally_x);
	tally_free(&tally_y);
	return shift;
}

static void check_ranks(const json_t *c)
{
	struct array x = sorted_of(c, "x"), y = sorted_of(c, "y");
	double pairs = number_of(c, "statistic");

	check(same(stats_median(x.values, x.nr), number_of(c, "median_x")));
	check(same(stats_quantile(x.values, x.nr, 0.3), number_of(c, "quantile_x")));
	check(stats_rank_sum(x.values, x.nr, y.values, y.nr) == pairs);
	check(same(stats_superiority(x.values, x.nr, y.values, y.nr), pairs / (x.nr * y.nr)));
	check(same(stats_rank_p(x.values, x.nr, y.values, y.nr, true), number_of(c, "p")));
	check(same(stats_rank_p(x.values, x.nr, y.values, y.nr, false), number_of(c, "p_normal")));
	check(same(shift_of(&x, &y), number_of(c, "shift")));
	/* Without exact = TRUE, R finds its estimate by trying, to some digits. */
	check(near(shift_of(&x, &y), number_of(c, "estimate"),
		   number_of(c, "exact") ? 1 / 1e9 : 1 / 1e3));
}

static void test_ranks(void)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(golden, "ranks"), i, c)
		check_ranks(c);
	check(i == 8);
}

static void test_holm(void)
{
	const json_t *c;
	size_t i, j;

	json_array_foreach(json_object_get(golden, "holm"), i, c) {
		struct array p = array_of(c, "p"), adjusted = array_of(c, "adjusted");

		stats_holm(p.values, p.nr);
		for (j = 0; j < p.nr; j++)
			check(same(p.values[j], adjusted.values[j]));
	}
	check(i == 4);
}

static void test_geometric_mean(void)
{
	struct array positive = array_of(golden, "positive");

	check(same(stats_geometric_mean(positive.values, positive.nr),
		   number_of(golden, "geometric_mean")));
}

static void test_student(void)
{
	struct array student = array_of(golden, "student");
	size_t i;

	for (i = 0; i < student.nr; i++)
		check(near(stats_student(i + 1), student.values[i], 1 / 1e4));
}

/* The keys "boots" and "rounds" count from 1, and rounds in each boot anew. */
static void observe(const json_t *side, struct observations *obs)
{
	struct array samples = array_of(side, "samples"), boot_of = array_of(side, "boots");
	struct array round_of = array_of(side, "rounds");
	struct boot boots[MAX_NR] = { 0 };
	long long rounds[MAX_NR];
	size_t i, nr_boots = 0;

	for (i = 0; i < samples.nr; i++) {
		if (boot_of.values[i] > nr_boots)
			boots[nr_boots++] = (struct boot){ samples.values + i, rounds + i, 0 };
		rounds[i] = round_of.values[i];
		boots[nr_boots - 1].nr++;
	}
	check(observations_make(obs, boots, nr_boots));
}

/* Whether 2.5 % of the resamples are below @end, as far as so many can tell */
static bool cuts_off(const double *sorted, size_t nr, double end)
{
	size_t below = 0, up_to = 0;

	while (below < nr && sorted[below] < end)
		below++;
	for (up_to = below; up_to < nr && sorted[up_to] == end; up_to++)
		;
	if (below <= 0.037 * nr && up_to >= 0.013 * nr)
		return true;
	printf("# %g: %zu to %zu of %zu resamples below it\n", end, below, up_to, nr);
	return false;
}

static bool agrees(const double *sorted, size_t nr, const json_t *c, const char *key)
{
	struct array ends = array_of(c, key);
	double mirrored[RESAMPLES];
	size_t i;

	for (i = 0; i < nr; i++)
		mirrored[i] = -sorted[nr - 1 - i];
	return cuts_off(sorted, nr, ends.values[0]) && cuts_off(mirrored, nr, -ends.values[1]);
}

static void test_bootstrap(void)
{
	static struct resamples r;
	struct observations x, y;
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(golden, "bootstrap"), i, c) {
		observe(json_object_get(c, "x"), &x);
		observe(json_object_get(c, "y"), &y);
		check(stats_resample(&x, &y, false, 1, &r));
		check(agrees(r.median_x, RESAMPLES, c, "median_x"));
		check(agrees(r.median_y, RESAMPLES, c, "median_y"));
		check(agrees(r.shift, RESAMPLES, c, "shift"));
		check(agrees(r.relative, r.nr_relative, c, "relative"));
		observations_free(&x);
		observations_free(&y);
	}
	check(i == 3);
}

static void test_signed_ranks(void)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(golden, "signed"), i, c) {
		struct array d = array_of(c, "d");

		check(same(stats_signed_rank_p(d.values, d.nr, true), number_of(c, "p")));
		check(same(stats_signed_rank_p(d.values, d.nr, false), number_of(c, "p_normal")));
	}
	check(i == 7);
}

static void test_bootstrap_of_pairs(void)
{
	static struct resamples r;
	struct observations x, y;
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(golden, "pairs"), i, c) {
		observe(json_object_get(c, "x"), &x);
		observe(json_object_get(c, "y"), &y);
		check(observations_pair(&x, &y));
		check(stats_resample(&x, &y, true, 1, &r));
		check(agrees(r.shift, RESAMPLES, c, "shift"));
		check(agrees(r.relative, r.nr_relative, c, "relative"));
		/* As other rounds, they would differ by far more. */
		check(stats_resample(&x, &y, false, 1, &r));
		check(!agrees(r.shift, RESAMPLES, c, "shift"));
		observations_free(&x);
		observations_free(&y);
	}
	check(i == 2);
}

/* In a single round samples are independent, and the interval is as good as Wilcoxon's. */
static void test_interval_of_wilcoxon(void)
{
	static const long long one_round[MAX_NR];
	static struct resamples r;
	struct observations x, y;
	size_t i, compared = 0;
	const json_t *c;

	json_array_foreach(json_object_get(golden, "ranks"), i, c) {
		struct array xs = array_of(c, "x"), ys = array_of(c, "y");
		struct array ends = array_of(c, "conf_int");
		double tolerance = 0.12 * (ends.values[1] - ends.values[0]);

		if (xs.nr < 40 || ys.nr < 40)
			continue;
		check(observations_make(&x, &(struct boot){ xs.values, one_round, xs.nr }, 1));
		check(observations_make(&y, &(struct boot){ ys.values, one_round, ys.nr }, 1));
		check(stats_resample(&x, &y, false, 1, &r));
		check(near(stats_quantile(r.shift, RESAMPLES, 0.025), ends.values[0], tolerance));
		check(near(stats_quantile(r.shift, RESAMPLES, 0.975), ends.values[1], tolerance));
		observations_free(&x);
		observations_free(&y);
		compared++;
	}
	check(compared == 3);
}

int main(void)
{
	const char *path = getenv("GOLDEN") ?: "golden/golden.json";
	json_error_t error;

	golden = json_load_file(path, 0, &error);
	if (!golden) {
		fprintf(stderr, "%s: line %d: %s\n", path, error.line, error.text);
		return 1;
	}
	harness_run("medians, rank tests and shifts", test_ranks);
	harness_run("signed ranks", test_signed_ranks);
	harness_run("Holm's correction", test_holm);
	harness_run("geometric mean", test_geometric_mean);
	harness_run("Student's t", test_student);
	harness_run("hierarchical bootstrap", test_bootstrap);
	harness_run("hierarchical bootstrap of pairs", test_bootstrap_of_pairs);
	harness_run("bootstrap of one round", test_interval_of_wilcoxon);
	json_decref(golden);
	return harness_end();
}
