/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "boxplot.h"
#include "observations.h"
#include "stats.h"

/* What is known of one side. NAN where it is not. */
struct summary {
	size_t nr;
	size_t rounds;
	size_t boots;
	double median;
	struct interval ci95;
	double least;
	double lower;		/* quartiles */
	double upper;
	double greatest;
};

/* Of no samples, as an initializer */
#define SUMMARY_UNKNOWN { .median = NAN, .ci95 = { NAN, NAN }, .least = NAN, .lower = NAN, \
			  .upper = NAN, .greatest = NAN }

/* Of samples; the interval is as wide as if they all agreed. */
void summarize(struct summary *summary, const struct observations *obs);

/* To be drawn */
struct box summary_box(const char *label, const struct summary *summary);

#endif /* SUMMARY_H */
