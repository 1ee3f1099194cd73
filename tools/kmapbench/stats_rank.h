/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STATS_RANK_H
#define STATS_RANK_H

#include <stdbool.h>
#include <stddef.h>

/**
 * stats_rank_sum() - the statistic of Mann and Whitney's test
 * @x: @nr_x ascending values
 * @nr_x: how many
 * @y: @nr_y ascending values
 * @nr_y: how many
 *
 * Returns: the pairs of an x and a y in which x is the greater; ties are half
 * a pair. R calls it W.
 */
double stats_rank_sum(const double *x, size_t nr_x, const double *y, size_t nr_y);

/**
 * stats_rank_p() - Mann and Whitney's test, two-sided
 * @x: @nr_x ascending values
 * @nr_x: how many
 * @y: @nr_y ascending values
 * @nr_y: how many
 * @exact: where possible: fewer than 50 values a side and no ties, which is
 *	when R does so; otherwise, and with ties, by the normal approximation
 *	with corrections for ties and continuity
 *
 * Returns: the probability of a rank sum that is as far from the middle if both
 * come from one distribution; 1 if all values are the same, or a side has none.
 */
double stats_rank_p(const double *x, size_t nr_x, const double *y, size_t nr_y, bool exact);

/**
 * stats_signed_rank_p() - Wilcoxon's test of pairs, two-sided
 * @differences: of the pairs, in any order; zeros are left out
 * @nr: how many
 * @exact: where possible, as for stats_rank_p(): fewer than 50, no ties, no zeros
 *
 * Returns: the probability of a rank sum that is as far from the middle if
 * differences are as likely up as down; 1 without any; NAN if out of memory.
 */
double stats_signed_rank_p(const double *differences, size_t nr, bool exact);

/* How likely an x is greater than a y, ties counted half; Vargha and Delaney's A. */
double stats_superiority(const double *x, size_t nr_x, const double *y, size_t nr_y);

/* Holm's correction of @nr values of p, in place; NANs are no tests. */
void stats_holm(double *p, size_t nr);

#endif /* STATS_RANK_H */
