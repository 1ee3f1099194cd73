/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PRECISION_H
#define PRECISION_H

#include <stdbool.h>
#include <stdio.h>

#include "results.h"

/* What all samples agree on needs few rounds; what scatters needs to show how much. */
#define ROUNDS_TO_AGREE		4
#define ROUNDS_TO_ESTIMATE	10

/* How well the median of a cell is known, in its unit */
struct precision {
	double median;
	double half;	/* of its 95 % interval's width; INFINITY of too few rounds */
	double wanted;	/* what that may be */
	double least;	/* what is asked for of any cost: wanted is not below it */
};

/**
 * struct goal - how well medians should be known, and how well they are
 * @part: what is wanted: half the width of a 95 % interval, by the median, as
 *	0.01; 0 is no goal
 * @cells: of each result, when it was last looked at
 * @nr: how many
 * @missed: of these, how many are not known well enough
 * @rounds: that there were then
 * @seconds: that these had taken
 * @next_rounds: when to look again, not before
 * @next_seconds: nor before that
 */
struct goal {
	double part;
	struct precision *cells;
	size_t nr;
	size_t missed;
	long long rounds;
	double seconds;
	long long next_rounds;
	double next_seconds;
};

/**
 * precision_find() - how well the median of one cell is known
 * @precision: out
 * @result: the cell
 * @clock: that it was measured by
 * @part: what is wanted of it, as 0.01
 *
 * Nothing finer is wanted than a step of the clock, spread over the operations of
 * a sample, nor than the last digit that tables show.
 *
 * Returns: false if out of memory.
 */
bool precision_find(struct precision *precision, const struct result *result,
		    const struct clock *clock, double part);

/* Whether it is worth looking: there is a goal, and enough more was measured */
bool goal_is_due(const struct goal *goal, long long rounds, double seconds);

/**
 * goal_look() - find out how far all cells are
 * @goal: with its part
 * @results: so far
 * @rounds: that they have
 * @seconds: that these took
 *
 * Returns: false if out of memory.
 */
bool goal_look(struct goal *goal, const struct results *results, long long rounds,
	       double seconds);

/* Whether goal_look() found all cells known well enough */
bool goal_is_reached(const struct goal *goal);

/* The index of the cell that is farthest from it; only after goal_look(). */
size_t goal_worst(const struct goal *goal);

/* After how many seconds in all it may be reached; INFINITY if nothing is known */
double goal_seconds(const struct goal *goal);

#define PRECISION_LEN	64

/* As "+-1.2 %"; where that is no use as "+-0.02 ns" */
const char *precision_text(const struct precision *precision, const char *unit,
			   char text[PRECISION_LEN]);

/**
 * goal_print() - say in one line whether it was reached
 * @goal: that was looked at
 * @results: the cells
 * @all: name all cells that did not reach it, not only the worst
 * @out: where to
 */
void goal_print(const struct goal *goal, const struct results *results, bool all, FILE *out);

void goal_free(struct goal *goal);

#endif /* PRECISION_H */
