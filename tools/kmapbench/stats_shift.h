/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STATS_SHIFT_H
#define STATS_SHIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

/**
 * struct tally - different values, and how often each of them is there
 * @values: @nr of them, ascending
 * @below: @nr + 1 sums: what all values before each weigh, and at the end the
 *	weight of all. A weight is a number of times, or a part of one
 * @nr: how many different values
 */
struct tally {
	double *values;
	double *below;
	size_t nr;
};

/* Of @nr > 0 ascending values; false if out of memory. */
bool tally_make(struct tally *tally, const double *sorted, size_t nr);
void tally_free(struct tally *tally);

/* Of all values by their weights; between two at half the weight, their mean. */
double tally_median(const struct tally *tally);

/**
 * stats_shift() - Hodges and Lehmann's estimate of how far x is above y
 * @x: values of one side
 * @y: and of the other
 *
 * Returns: the median of the differences of all pairs. The pairs are counted,
 * never made: it takes some sixty walks over both sides.
 */
double stats_shift(const struct tally *x, const struct tally *y);

/**
 * stats_shift_near() - the same, but not to the last digit
 * @x: values of one side
 * @y: and of the other
 * @seen: where it was the last times, from where it is looked for; to begin
 *	with, INFINITY and -INFINITY
 *
 * Returns: a difference for which it holds that at most every 8192th pair is
 * between it and the median of differences. Equal differences are not told
 * apart, so that where many are equal it is exact.
 */
double stats_shift_near(const struct tally *x, const struct tally *y, struct interval *seen);

#endif /* STATS_SHIFT_H */
