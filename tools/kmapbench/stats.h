/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stddef.h>

struct interval {
	double lo;
	double hi;
};

/* Ascending, in place; the other functions want it so. */
void stats_sort(double *values, size_t nr);

/* Of @nr > 0 sorted values */
double stats_median(const double *sorted, size_t nr);

/**
 * stats_quantile() - the value below which a part of the others is
 * @sorted: @nr > 0 ascending values
 * @nr: how many
 * @part: from 0, the least value, to 1, the greatest
 *
 * Between two values it is interpolated, as R's quantile() does by default.
 */
double stats_quantile(const double *sorted, size_t nr, double part);

/* exp of the mean logarithm; NAN of none, or if any is not above 0. */
double stats_geometric_mean(const double *values, size_t nr);

/**
 * stats_median_ci() - confidence interval of the median by order statistics
 * @sorted: @nr ascending values
 * @nr: how many
 * @confidence: as 0.95
 * @ci: out: the interval
 *
 * The narrowest pair of values as far from the one end as from the other
 * whose coverage, from the binomial distribution, is @confidence or more.
 *
 * Returns: false where @nr is too small for any such pair.
 */
bool stats_median_ci(const double *sorted, size_t nr, double confidence,
		     struct interval *ci);

#endif /* STATS_H */
