/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPARE_H
#define COMPARE_H

#include "pairs.h"
#include "summary.h"

enum verdict {
	VERDICT_UNKNOWN,	/* a side has no samples */
	VERDICT_NOT_RANKED,	/* one computes an address, the other maps */
	VERDICT_SLOWER,
	VERDICT_FASTER,
	VERDICT_SAME,		/* exactly, or within the threshold */
	VERDICT_UNPROVEN,
	NR_VERDICTS,
};

extern const char *const verdict_names[NR_VERDICTS];

/**
 * struct comparison - one cell, judged
 * @old: the one side
 * @new: the other
 * @label: of the cell; of both where their shapes differ
 * @unit: of costs
 * @exact: all samples of each side agree: nothing is estimated
 * @shift: how far new is above old
 * @shift_ci95: of it
 * @relative: shift by the median of old; NAN unless that is above 0
 * @relative_ci95: of it
 * @ratio: of the medians; NAN unless both are above 0
 * @superiority: how likely a sample of new is above one of old
 * @paired: both were measured in the same rounds, which are compared each with itself
 * @p: of the medians of rounds, corrected for the number of cells; NAN if @exact
 * @warnings: enum warning of both sides
 * @verdict: what follows
 */
struct comparison {
	struct summary old;
	struct summary new;
	char label[2 * RESULT_LABEL_LEN + 8];
	const char *unit;
	bool exact;
	double shift;
	struct interval shift_ci95;
	double relative;
	struct interval relative_ci95;
	double ratio;
	double superiority;
	bool paired;
	double p;
	unsigned int warnings;
	enum verdict verdict;
};

struct comparisons {
	struct comparison *rows;
	size_t nr;
	size_t count[NR_VERDICTS];
	double geometric_mean;	/* of the ratios that there are */
	size_t nr_ratios;
	double threshold;
};

/**
 * compare_pairs() - judge all pairs
 * @comparisons: out
 * @pairs: of cells
 * @threshold: relative difference up to which both are the same, as 0.02; or 0
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int compare_pairs(struct comparisons *comparisons, const struct pairs *pairs, double threshold);

void comparisons_free(struct comparisons *comparisons);

#endif /* COMPARE_H */
