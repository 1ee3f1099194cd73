// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "kmapbench.h"
#include "observations.h"
#include "stats_bootstrap.h"
#include "stats_rank.h"
#include "stats_shift.h"
#include "warnings.h"

/* Of chance, in all cells together */
#define SIGNIFICANT	0.05

/* Any will do; the same one gives the same intervals. */
#define SEED		1

/* Rounds; fewer pairs prove nothing, where as many that are not paired may. */
#define LEAST_PAIRS	6

const char *const verdict_names[NR_VERDICTS] = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_NOT_RANKED] = "not ranked",
	[VERDICT_SLOWER] = "slower",
	[VERDICT_FASTER] = "faster",
	[VERDICT_SAME] = "same",
	[VERDICT_UNPROVEN] = "no difference proven",
};

static bool observe(const struct rows *rows, struct observations *obs)
{
	struct boot *boots = calloc(rows->nr + 1, sizeof(*boots));
	bool made;
	size_t i;

	for (i = 0; boots && i < rows->nr; i++) {
		if (rows->of[i])
			boots[i] = (struct boot){ rows->of[i]->samples, rows->of[i]->rounds,
						  rows->of[i]->nr_samples };
	}
	made = boots && observations_make(obs, boots, rows->nr);
	free(boots);
	return made;
}

static bool find_shift(const struct observations *x, const struct observations *y, double *shift)
{
	struct tally tally_x = { 0 }, tally_y = { 0 };
	bool found;

	found = tally_make(&tally_x, x->sorted, x->nr) && tally_make(&tally_y, y->sorted, y->nr);
	if (found)
		*shift = stats_shift(&tally_x, &tally_y);
	tally_free(&tally_x);
	tally_free(&tally_y);
	return found;
}

static bool find_intervals(struct comparison *c, const struct observations *old,
			   const struct observations *new)
{
	const struct estimates estimates = { c->new.median, c->old.median, c->shift, c->relative };
	struct resamples *resamples = malloc(sizeof(*resamples));
	struct intervals intervals;
	bool found;

	found = resamples && stats_resample(new, old, c->paired, SEED, resamples);
	if (found) {
		stats_intervals(new, old, c->paired, resamples, &estimates, &intervals);
		c->new.ci95 = intervals.median_x;
		c->old.ci95 = intervals.median_y;
		c->shift_ci95 = intervals.shift;
		c->relative_ci95 = intervals.relative;
	}
	free(resamples);
	return found;
}

/*
 * Samples of a round have their pages in common, so that many of them prove no
 * more than few: the test is of rounds, by their medians. Rounds that both were
 * measured in are pairs: what made one side slow made the other slow as well.
 */
static bool test_rounds(struct comparison *c, const struct observations *old,
			const struct observations *new)
{
	double *olds = observations_round_medians(old), *news = observations_round_medians(new);
	bool tested = olds && news;
	size_t i;

	if (tested && c->paired) {
		for (i = 0; i < new->nr_rounds; i++)
			news[i] -= olds[i];
		c->p = stats_signed_rank_p(news, new->nr_rounds, true);
	} else if (tested) {
		stats_sort(olds, old->nr_rounds);
		stats_sort(news, new->nr_rounds);
		c->p = stats_rank_p(news, new->nr_rounds, olds, old->nr_rounds, true);
	}
	free(olds);
	free(news);
	return tested;
}

static bool compare_observations(struct comparison *c, const struct observations *old,
				 const struct observations *new)
{
	bool done;

	summarize(&c->old, old);
	summarize(&c->new, new);
	c->superiority = stats_superiority(new->sorted, new->nr, old->sorted, old->nr);
	c->exact = observations_agree(old) && observations_agree(new);
	if (!c->exact)
		c->warnings |= warnings_of(old) | warnings_of(new);
	if (c->old.median > 0 && c->new.median > 0)
		c->ratio = c->new.median / c->old.median;
	if (!find_shift(new, old, &c->shift))
		return false;
	if (c->old.median > 0)
		c->relative = c->shift / c->old.median;
	if (c->exact) {
		c->shift_ci95 = (struct interval){ c->shift, c->shift };
		c->relative_ci95 = (struct interval){ c->relative, c->relative };
		return true;
	}
	done = find_intervals(c, old, new);
	return done && test_rounds(c, old, new);
}

static unsigned int warnings_of_rows(const struct rows *rows)
{
	unsigned int warnings = 0;
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		if (rows->of[i])
			warnings |= warnings_of_result(rows->of[i]);
	}
	return warnings;
}

/* What stays so without samples */
static const struct comparison unknown = {
	.old = SUMMARY_UNKNOWN,
	.new = SUMMARY_UNKNOWN,
	.shift = NAN,
	.shift_ci95 = { NAN, NAN },
	.relative = NAN,
	.relative_ci95 = { NAN, NAN },
	.ratio = NAN,
	.superiority = NAN,
	.p = NAN,
};

static void describe(struct comparison *c, const struct pair *pair)
{
	char old[RESULT_LABEL_LEN], new[RESULT_LABEL_LEN];

	result_label(pair->first_old, old);
	result_label(pair->first_new, new);
	/* Of another cell the heading tells */
	if (strcmp(old, new) && !strcmp(pair->first_old->cell, pair->first_new->cell))
		snprintf(c->label, sizeof(c->label), "%s vs %s", new, old);
	else
		snprintf(c->label, sizeof(c->label), "%s", new);
	c->unit = pair->first_new->unit;
	c->warnings = warnings_of_rows(&pair->old) | warnings_of_rows(&pair->new);
}

static bool compare_pair(struct comparison *c, const struct pair *pair)
{
	struct observations old = { 0 }, new = { 0 };
	bool done;

	*c = unknown;
	describe(c, pair);
	done = observe(&pair->old, &old) && observe(&pair->new, &new);
	c->paired = done && pair->together && observations_pair(&old, &new) &&
		    new.nr_rounds >= LEAST_PAIRS;
	if (done && old.nr && new.nr)
		done = compare_observations(c, &old, &new);
	observations_free(&old);
	observations_free(&new);
	return done;
}

static bool is_within(const struct comparison *c, double threshold)
{
	return threshold > 0 && c->relative_ci95.lo >= -threshold &&
	       c->relative_ci95.hi <= threshold;
}

static enum verdict judge(const struct comparison *c, const struct pair *pair, double threshold)
{
	if (isnan(c->shift))
		return VERDICT_UNKNOWN;
	if (result_is_arithmetic(pair->first_old) != result_is_arithmetic(pair->first_new))
		return VERDICT_NOT_RANKED;
	if ((c->exact && !c->shift) || is_within(c, threshold))
		return VERDICT_SAME;
	if (!c->exact && !(c->p < SIGNIFICANT))
		return VERDICT_UNPROVEN;
	if (c->shift_ci95.lo > 0)
		return VERDICT_SLOWER;
	return c->shift_ci95.hi < 0 ? VERDICT_FASTER : VERDICT_UNPROVEN;
}

static bool correct(struct comparisons *comparisons)
{
	double *p = malloc((comparisons->nr + 1) * sizeof(*p));
	size_t i;

	if (!p)
		return false;
	for (i = 0; i < comparisons->nr; i++)
		p[i] = comparisons->rows[i].p;
	stats_holm(p, comparisons->nr);
	for (i = 0; i < comparisons->nr; i++)
		comparisons->rows[i].p = p[i];
	free(p);
	return true;
}

static bool average(struct comparisons *comparisons)
{
	double *ratios = malloc((comparisons->nr + 1) * sizeof(*ratios));
	size_t i;

	if (!ratios)
		return false;
	for (i = 0; i < comparisons->nr; i++) {
		const struct comparison *c = &comparisons->rows[i];

		if (!isnan(c->ratio) && c->verdict != VERDICT_NOT_RANKED)
			ratios[comparisons->nr_ratios++] = c->ratio;
	}
	comparisons->geometric_mean = stats_geometric_mean(ratios, comparisons->nr_ratios);
	free(ratios);
	return true;
}

static bool compare_all(struct comparisons *comparisons, const struct pairs *pairs)
{
	size_t i;

	comparisons->rows = calloc(pairs->nr + 1, sizeof(*comparisons->rows));
	if (!comparisons->rows)
		return false;
	for (i = 0; i < pairs->nr; i++) {
		if (!compare_pair(&comparisons->rows[comparisons->nr++], &pairs->pairs[i]))
			return false;
	}
	if (!correct(comparisons))
		return false;
	for (i = 0; i < pairs->nr; i++) {
		struct comparison *c = &comparisons->rows[i];

		c->verdict = judge(c, &pairs->pairs[i], comparisons->threshold);
		comparisons->count[c->verdict]++;
	}
	return average(comparisons);
}

int compare_pairs(struct comparisons *comparisons, const struct pairs *pairs, double threshold)
{
	memset(comparisons, 0, sizeof(*comparisons));
	comparisons->threshold = threshold;
	if (compare_all(comparisons, pairs))
		return STATUS_FINE;
	return fail(STATUS_FAILED, "compare fewer files at a time", "compare: out of memory");
}

void comparisons_free(struct comparisons *comparisons)
{
	free(comparisons->rows);
	memset(comparisons, 0, sizeof(*comparisons));
}
