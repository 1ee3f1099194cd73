// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "random.h"
#include "stats_bootstrap.h"
#include "stats_shift.h"

#define NORMAL_975	1.959963984540054

/* A value that takes part, until it is known where it stands among all */
struct drawn {
	double value;
	size_t index;
};

/**
 * struct urn - what is drawn from, and the current resample
 * @tally: all values that take part, with weights of the resample
 * @weights: of these
 * @slots: index in @tally of each value, in the order of the observations
 * @rounds: index in @slots of the first of each round; and their number
 * @each: samples that a value stands for, by round
 * @obs: where boots begin
 */
struct urn {
	struct tally tally;
	double *weights;
	size_t *slots;
	size_t *rounds;
	double *each;
	const struct observations *obs;
};

static void urn_free(struct urn *urn)
{
	tally_free(&urn->tally);
	free(urn->weights);
	free(urn->slots);
	free(urn->rounds);
	free(urn->each);
}

/* A round's share of MAX_RESAMPLED */
static size_t share_of(const struct observations *obs, size_t round)
{
	size_t nr = obs->rounds[round + 1] - obs->rounds[round];
	size_t share = nr;

	if (obs->nr > MAX_RESAMPLED)
		share = (double)nr * MAX_RESAMPLED / obs->nr;
	return share ?: 1;
}

/*
 * Which of @all values stands for the @i-th of @share equal parts of them. Were it
 * the middle one in every round, none would be in between: with two parts there
 * would be a gap around the median. So it differs by round, spread by the golden
 * ratio; and is mirrored in the upper half, so that it moves no mean.
 */
static size_t place_of(size_t i, size_t share, size_t all, size_t round)
{
	double within = fmod(0.5 + round * 0.6180339887498949, 1);

	if (2 * i + 1 == share)
		return all / 2;
	if (2 * i + 1 > share)
		return all - 1 - place_of(share - 1 - i, share, all, round);
	return (i + within) * all / share;
}

/* Quantiles of each round, at equal distances; all its values if it may. */
static size_t pick(struct urn *urn, struct drawn *drawn)
{
	const struct observations *obs = urn->obs;
	size_t round, i, nr = 0;

	for (round = 0; round < obs->nr_rounds; round++) {
		const double *values = obs->values + obs->rounds[round];
		size_t all = obs->rounds[round + 1] - obs->rounds[round];
		size_t share = share_of(obs, round);

		urn->rounds[round] = nr;
		urn->each[round] = (double)all / share;
		for (i = 0; i < share; i++, nr++) {
			drawn[nr].value = values[place_of(i, share, all, round)];
			drawn[nr].index = nr;
		}
	}
	urn->rounds[round] = nr;
	return nr;
}

static int compare_drawn(const void *a, const void *b)
{
	const struct drawn *p = a, *q = b;

	return (p->value > q->value) - (p->value < q->value);
}

static bool make_slots(struct urn *urn, struct drawn *drawn, size_t nr)
{
	double *sorted = malloc(nr * sizeof(*sorted));
	size_t i, slot = 0;
	bool made;

	if (!sorted)
		return false;
	qsort(drawn, nr, sizeof(*drawn), compare_drawn);
	for (i = 0; i < nr; i++) {
		slot += i && drawn[i].value != drawn[i - 1].value;
		urn->slots[drawn[i].index] = slot;
		sorted[i] = drawn[i].value;
	}
	made = tally_make(&urn->tally, sorted, nr);
	free(sorted);
	return made;
}

static bool urn_make(struct urn *urn, const struct observations *obs)
{
	size_t room = MAX_RESAMPLED + obs->nr_rounds;
	struct drawn *drawn = malloc(room * sizeof(*drawn));
	bool made = false;

	memset(urn, 0, sizeof(*urn));
	urn->obs = obs;
	urn->slots = malloc(room * sizeof(*urn->slots));
	urn->weights = malloc(room * sizeof(*urn->weights));
	urn->rounds = malloc((obs->nr_rounds + 1) * sizeof(*urn->rounds));
	urn->each = malloc(obs->nr_rounds * sizeof(*urn->each));
	if (drawn && urn->slots && urn->weights && urn->rounds && urn->each)
		made = make_slots(urn, drawn, pick(urn, drawn));
	free(drawn);
	return made;
}

/*
 * What a value weighs that stands for @each samples: how often these would be
 * drawn has mean and variance @each. A gamma distribution has, too, and needs
 * one random number; this is Wilson and Hilferty's approximation of it.
 */
static double draw_weight(struct random *random, double each)
{
	double root = 1 - 1 / (9 * each) + random_normal(random) / (3 * sqrt(each));

	return root > 0 ? each * root * root * root : 0;
}

static void draw_samples(struct urn *urn, size_t round, struct random *random)
{
	const size_t *slots = urn->slots + urn->rounds[round];
	size_t i, nr = urn->rounds[round + 1] - urn->rounds[round];
	double each = urn->each[round];

	for (i = 0; i < nr; i++) {
		if (each == 1)
			urn->weights[slots[random_below(random, nr)]]++;
		else
			urn->weights[slots[i]] += draw_weight(random, each);
	}
}

/* Of @nr urns with the same rounds, the same ones are drawn. */
static void draw_rounds(struct urn *urns, size_t nr_urns, size_t boot, struct random *random)
{
	size_t first = urns->obs->boots[boot];
	size_t i, j, nr = urns->obs->boots[boot + 1] - first;

	for (i = 0; i < nr; i++) {
		size_t round = first + random_below(random, nr);

		for (j = 0; j < nr_urns; j++)
			draw_samples(&urns[j], round, random);
	}
}

static void draw_begin(struct urn *urn)
{
	memset(urn->weights, 0, urn->tally.nr * sizeof(*urn->weights));
}

static void draw_end(struct urn *urn)
{
	struct tally *tally = &urn->tally;
	size_t i;

	for (i = 0; i < tally->nr; i++)
		tally->below[i + 1] = tally->below[i] + urn->weights[i];
}

static void draw(struct urn *urns, size_t nr_urns, struct random *random)
{
	size_t i, nr_boots = urns->obs->nr_boots;

	for (i = 0; i < nr_urns; i++)
		draw_begin(&urns[i]);
	for (i = 0; i < nr_boots; i++)
		draw_rounds(urns, nr_urns, random_below(random, nr_boots), random);
	for (i = 0; i < nr_urns; i++)
		draw_end(&urns[i]);
}

static void resample(struct urn urns[2], bool paired, struct random *random,
		     struct resamples *resamples)
{
	const struct urn *x = &urns[0], *y = &urns[1];
	struct interval seen = { INFINITY, -INFINITY };
	double shift, median;
	size_t i;

	resamples->nr_relative = 0;
	for (i = 0; i < RESAMPLES; i++) {
		draw(urns, paired ? 2 : 1, random);
		if (!paired)
			draw(&urns[1], 1, random);
		shift = stats_shift_near(&x->tally, &y->tally, &seen);
		median = tally_median(&y->tally);
		resamples->median_x[i] = tally_median(&x->tally);
		resamples->median_y[i] = median;
		resamples->shift[i] = shift;
		if (median > 0)
			resamples->relative[resamples->nr_relative++] = shift / median;
	}
	stats_sort(resamples->median_x, RESAMPLES);
	stats_sort(resamples->median_y, RESAMPLES);
	stats_sort(resamples->shift, RESAMPLES);
	stats_sort(resamples->relative, resamples->nr_relative);
}

bool stats_resample(const struct observations *x, const struct observations *y, bool paired,
		    unsigned long long seed, struct resamples *resamples)
{
	struct random random = { .state = seed };
	struct urn urns[2] = { 0 };
	bool made;

	made = urn_make(&urns[0], x) && urn_make(&urns[1], y);
	if (made)
		resample(urns, paired, &random, resamples);
	urn_free(&urns[0]);
	urn_free(&urns[1]);
	return made;
}

double stats_student(double degrees)
{
	static const double few[] = {
		12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004,
		2.262157, 2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905,
		2.109816, 2.100922, 2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899,
		2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272
	};
	const double z = NORMAL_975;

	if (degrees <= ARRAY_SIZE(few))
		return few[(size_t)fmax(degrees, 1) - 1];
	/* The first terms of Cornish and Fisher's expansion */
	return z + (z * z * z + z) / (4 * degrees) +
	       (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * degrees * degrees);
}

/* The outermost level that there is more than one of, whose scatter is seen */
static double units_of(const struct observations *obs)
{
	if (obs->nr_boots > 1)
		return obs->nr_boots;
	return obs->nr_rounds > 1 ? obs->nr_rounds : obs->nr;
}

static double variance_of(const double *values, size_t nr)
{
	double mean = 0, sum = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		mean += values[i] / nr;
	for (i = 0; i < nr; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sum / nr;
}

/*
 * How much wider than its percentiles an interval has to be that rests on few
 * units. Resampling n units shows (n - 1) / n of their variance; and what is
 * left of it is itself an estimate, which is what Student's t is for, with
 * Welch's degrees of freedom where there are two sides.
 */
static double widening(const double *variances, const double *units, size_t sides)
{
	double shown = 0, all = 0, doubt = 0, variance, degrees = INFINITY;
	size_t i;

	for (i = 0; i < sides; i++) {
		if (units[i] < 2)
			return INFINITY;
		variance = variances[i] * units[i] / (units[i] - 1);
		shown += variances[i];
		all += variance;
		doubt += variance * variance / (units[i] - 1);
		degrees = fmin(degrees, units[i] - 1);
	}
	if (!(shown > 0))
		return stats_student(degrees) / NORMAL_975;
	return stats_student(all * all / doubt) / NORMAL_975 * sqrt(all / shown);
}

static struct interval interval_of(const double *sorted, size_t nr, double estimate, double wider)
{
	struct interval ci = { NAN, NAN };

	if (isnan(estimate) || !nr || isinf(wider))
		return ci;
	ci.lo = estimate + wider * fmin(0, stats_quantile(sorted, nr, 0.025) - estimate);
	ci.hi = estimate + wider * fmax(0, stats_quantile(sorted, nr, 0.975) - estimate);
	return ci;
}

static struct interval median_interval(const double *medians, const struct observations *obs,
				       double estimate)
{
	double variance = variance_of(medians, RESAMPLES), units = units_of(obs);

	return interval_of(medians, RESAMPLES, estimate, widening(&variance, &units, 1));
}

bool stats_median_bootstrap(const struct observations *obs, unsigned long long seed,
			    struct interval *ci)
{
	double *medians = malloc(RESAMPLES * sizeof(*medians));
	struct random random = { .state = seed };
	struct urn urn = { 0 };
	bool made = medians && urn_make(&urn, obs);
	size_t i;

	for (i = 0; made && i < RESAMPLES; i++) {
		draw(&urn, 1, &random);
		medians[i] = tally_median(&urn.tally);
	}
	if (made) {
		stats_sort(medians, RESAMPLES);
		*ci = median_interval(medians, obs, stats_median(obs->sorted, obs->nr));
	}
	urn_free(&urn);
	free(medians);
	return made;
}

void stats_intervals(const struct observations *x, const struct observations *y, bool paired,
		     const struct resamples *resamples, const struct estimates *estimates,
		     struct intervals *intervals)
{
	double variances[] = {
		variance_of(resamples->median_x, RESAMPLES),
		variance_of(resamples->median_y, RESAMPLES),
	};
	double units[] = { units_of(x), units_of(y) };
	double shifts = variance_of(resamples->shift, RESAMPLES);
	double wider = paired ? widening(&shifts, units, 1) : widening(variances, units, 2);

	intervals->median_x = median_interval(resamples->median_x, x, estimates->median_x);
	intervals->median_y = median_interval(resamples->median_y, y, estimates->median_y);
	intervals->shift = interval_of(resamples->shift, RESAMPLES, estimates->shift, wider);
	intervals->relative = interval_of(resamples->relative, resamples->nr_relative,
					  estimates->relative, wider);
}
