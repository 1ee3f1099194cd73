// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "observations.h"
#include "precision.h"
#include "progress.h"
#include "stats_bootstrap.h"

/* Any will do; the same one gives the same intervals. */
#define SEED		1

/* The last digit that tables show of a cost */
#define LAST_DIGIT	0.01

/* Rounds grow by a quarter between two looks, which take a tenth of the time at most. */
#define ROUNDS_PER_LOOK	4
#define TIMES_A_LOOK	9

/* Cells that are named, unless all of them are asked for */
#define MOST_NAMED	4

/* Of --time; more is no advice */
#define MAX_ADVICE	86400

/* The least difference that a sample can show, of one operation */
static double step_of(const struct result *result, const struct clock *clock)
{
	long long timed = result->params.iterations - 1;

	return fmax(LAST_DIGIT, (double)clock->resolution_ns / (timed > 0 ? timed : 1));
}

static bool find_half(const struct observations *obs, double *half)
{
	struct interval ci;

	if (observations_agree(obs) && obs->nr_rounds >= ROUNDS_TO_AGREE) {
		*half = 0;
		return true;
	}
	if (obs->nr_rounds < ROUNDS_TO_ESTIMATE)
		return true;
	if (!stats_median_bootstrap(obs, SEED, &ci))
		return false;
	*half = (ci.hi - ci.lo) / 2;
	return true;
}

bool precision_find(struct precision *precision, const struct result *result,
		    const struct clock *clock, double part)
{
	struct observations obs;
	bool found = true;

	precision->median = NAN;
	precision->half = INFINITY;
	precision->least = step_of(result, clock);
	precision->wanted = precision->least;
	if (!observations_of_result(&obs, result))
		return false;
	if (obs.nr) {
		precision->median = stats_median(obs.sorted, obs.nr);
		precision->wanted = fmax(precision->least, part * precision->median);
		found = find_half(&obs, &precision->half);
	}
	observations_free(&obs);
	return found;
}

/* How far off: 1 is there */
static double ratio_of(const struct precision *precision)
{
	return precision->half / precision->wanted;
}

bool goal_is_due(const struct goal *goal, long long rounds, double seconds)
{
	return goal->part > 0 && rounds >= ROUNDS_TO_AGREE && rounds >= goal->next_rounds &&
	       seconds >= goal->next_seconds;
}

static bool allocate(struct goal *goal, size_t nr)
{
	if (!goal->cells)
		goal->cells = calloc(nr + 1, sizeof(*goal->cells));
	goal->nr = nr;
	goal->missed = 0;
	return goal->cells;
}

bool goal_look(struct goal *goal, const struct results *results, long long rounds,
	       double seconds)
{
	double began = seconds_now();
	size_t i;

	if (!allocate(goal, results->nr))
		return false;
	for (i = 0; i < goal->nr; i++) {
		if (!precision_find(&goal->cells[i], &results->results[i],
				    &results->environment.clock, goal->part))
			return false;
		goal->missed += ratio_of(&goal->cells[i]) > 1;
	}
	goal->rounds = rounds;
	goal->seconds = seconds;
	goal->next_rounds = rounds + (rounds + ROUNDS_PER_LOOK - 1) / ROUNDS_PER_LOOK;
	goal->next_seconds = seconds + (1 + TIMES_A_LOOK) * (seconds_now() - began);
	return true;
}

bool goal_is_reached(const struct goal *goal)
{
	return goal->nr && !goal->missed;
}

size_t goal_worst(const struct goal *goal)
{
	size_t i, worst = 0;

	for (i = 1; i < goal->nr; i++) {
		if (ratio_of(&goal->cells[i]) > ratio_of(&goal->cells[worst]))
			worst = i;
	}
	return worst;
}

/* Intervals are as wide as the root of the number of rounds is small. */
double goal_seconds(const struct goal *goal)
{
	double ratio;

	if (!goal->nr || !goal->rounds)
		return INFINITY;
	ratio = ratio_of(&goal->cells[goal_worst(goal)]);
	if (isinf(ratio))
		return goal->seconds * 2 * ROUNDS_TO_ESTIMATE / goal->rounds;
	return goal->seconds * ratio * ratio;
}

const char *precision_text(const struct precision *precision, const char *unit,
			   char text[PRECISION_LEN])
{
	if (isinf(precision->half))
		snprintf(text, PRECISION_LEN, "too few rounds");
	else if (precision->half < precision->median)
		snprintf(text, PRECISION_LEN, "+-%.2g %%",
			 100 * precision->half / precision->median);
	else
		snprintf(text, PRECISION_LEN, "+-%.2g %.40s", precision->half, unit);
	return text;
}

/* Of the cells not named yet, the one that is farthest; it is named from then on. */
static const struct result *next_missed(struct goal *left, const struct results *results,
					char text[PRECISION_LEN])
{
	size_t worst = goal_worst(left);
	const struct result *result = &results->results[worst];

	precision_text(&left->cells[worst], result->unit, text);
	left->cells[worst].half = 0;
	return result;
}

static void print_missed(const struct goal *goal, const struct results *results, size_t most,
			 FILE *out)
{
	struct goal left = *goal;
	char label[RESULT_LABEL_LEN], text[PRECISION_LEN];
	size_t i, nr = goal->missed < most ? goal->missed : most;

	left.cells = malloc(goal->nr * sizeof(*left.cells));
	if (!left.cells)
		return;
	memcpy(left.cells, goal->cells, goal->nr * sizeof(*left.cells));
	for (i = 0; i < nr; i++) {
		result_label(next_missed(&left, results, text), label);
		fprintf(out, "%s%s %s", i ? ", " : "", label, text);
	}
	if (goal->missed > nr)
		fprintf(out, " and %zu more", goal->missed - nr);
	free(left.cells);
}

/* To so many digits; more would promise too much. */
static double round_up(double value, int digits)
{
	double step = pow(10, floor(log10(value)) + 1 - digits);

	return ceil(value / step) * step;
}

static void print_advice(const struct goal *goal, FILE *out)
{
	const struct precision *worst = &goal->cells[goal_worst(goal)];
	double seconds = goal_seconds(goal), percent = 100 * worst->half / worst->median;

	if (seconds <= MAX_ADVICE)
		fprintf(out, "; try --time %g", round_up(seconds, 2));
	else
		fputs("; let the machine settle", out);
	if (percent > 0 && percent < 100)
		fprintf(out, ", or --precision %g%%", round_up(percent, 1));
}

/* The greatest, where some costs are too small for the part to mean something */
static double floor_of(const struct goal *goal)
{
	double least = 0;
	size_t i;

	for (i = 0; i < goal->nr; i++) {
		if (goal->cells[i].least >= goal->cells[i].wanted)
			least = fmax(least, goal->cells[i].least);
	}
	return least;
}

void goal_print(const struct goal *goal, const struct results *results, bool all, FILE *out)
{
	double least = floor_of(goal);

	fprintf(out, "precision: +-%g %%", 100 * goal->part);
	if (least > 0)
		fprintf(out, ", or +-%.2g %s where that is more,", least,
			results->environment.unit);
	if (goal_is_reached(goal))
		fprintf(out, " reached in all %zu cells", goal->nr);
	else
		fprintf(out, " not reached in %zu of %zu cells", goal->missed, goal->nr);
	fprintf(out, " after %lld rounds, %.1f s", goal->rounds, goal->seconds);
	if (!goal_is_reached(goal)) {
		fputs(": ", out);
		print_missed(goal, results, all ? goal->nr : MOST_NAMED, out);
		print_advice(goal, out);
	}
	fputc('\n', out);
}

void goal_free(struct goal *goal)
{
	free(goal->cells);
	memset(goal, 0, sizeof(*goal));
}
