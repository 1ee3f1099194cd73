/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STATS_BOOTSTRAP_H
#define STATS_BOOTSTRAP_H

#include "observations.h"
#include "stats.h"

#define RESAMPLES	2000

/* Values of a side that take part; above, each stands for several. */
#define MAX_RESAMPLED	1024

/* What the resamples gave, each array ascending. NANs are not in it. */
struct resamples {
	double median_x[RESAMPLES];
	double median_y[RESAMPLES];
	double shift[RESAMPLES];	/* of x against y */
	double relative[RESAMPLES];	/* the same, by the median of y */
	size_t nr_relative;		/* of those with a median above 0 */
};

/**
 * stats_resample() - the hierarchical bootstrap
 * @x: one side
 * @y: the other
 * @paired: rounds of both were measured together, see observations_pair(): those
 *	that are drawn of one are drawn of the other, and what they have in
 *	common does not count
 * @seed: of the random numbers; the same one gives the same results
 * @resamples: out
 *
 * Each resample draws as many boots as there are, with replacement; in each of
 * these as many rounds as it has; and in each of these as many samples.
 *
 * Returns: false if out of memory.
 */
bool stats_resample(const struct observations *x, const struct observations *y, bool paired,
		    unsigned long long seed, struct resamples *resamples);

/* The 97.5 % quantile of Student's t, of whole degrees of freedom from 1 */
double stats_student(double degrees);

/* 95 % intervals of what was estimated from all samples */
struct estimates {
	double median_x;
	double median_y;
	double shift;
	double relative;	/* NAN if the median of y is not above 0 */
};

struct intervals {
	struct interval median_x;
	struct interval median_y;
	struct interval shift;
	struct interval relative;
};

/**
 * stats_intervals() - from resamples to 95 % intervals
 * @x: one side, which was resampled
 * @y: the other
 * @paired: as there
 * @resamples: of both
 * @estimates: from all samples, which the intervals are about
 * @intervals: out; of what is NAN it is NAN
 *
 * Percentiles, as far from the estimate as Student's t is beyond the normal
 * distribution with so few boots; or rounds, of a single boot; or samples, of a
 * single round.
 */
void stats_intervals(const struct observations *x, const struct observations *y, bool paired,
		     const struct resamples *resamples, const struct estimates *estimates,
		     struct intervals *intervals);

/**
 * stats_median_bootstrap() - the 95 % interval of one side's median, by itself
 * @obs: the side, with samples
 * @seed: of the random numbers; the same one gives the same interval
 * @ci: out; NAN of a single sample
 *
 * As stats_resample() and stats_intervals() find it where there are two sides.
 *
 * Returns: false if out of memory.
 */
bool stats_median_bootstrap(const struct observations *obs, unsigned long long seed,
			    struct interval *ci);

#endif /* STATS_BOOTSTRAP_H */
