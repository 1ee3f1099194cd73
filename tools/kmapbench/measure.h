/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MEASURE_H
#define MEASURE_H

#include "plan.h"
#include "precision.h"
#include "results.h"

struct effort {
	long long rounds;
	long long samples;	/* of each cell, over all rounds */
	long long iterations;	/* 0: the module chooses */
	long long target_ns;
	long long seed;
	double seconds;		/* 0: no limit but that of the rounds */
	double precision;	/* stop when medians are known so well, as 0.01; or 0 */
	long long depth;	/* rounds in flight by io_uring; 0: ioctl() */
	long long batch;	/* of these that go in with one system call */
	struct events *events;	/* to be counted afterwards, none by io_uring; or NULL */
};

/*
 * From here on signals do not end the program but the measurement. To be called
 * before anything is opened that a signal should not leave behind.
 */
void measure_catch_signals(void);

/**
 * measure() - take the samples that a plan asks for
 * @dev: open
 * @lists: of @dev
 * @plan: its cells, legal all of them
 * @effort: how many samples to take, and for how long
 * @goal: gets how well medians are known, if that is what ends it
 * @results: gets a result for each cell of the plan, in the plan's order
 *
 * What was measured before an error or a signal is in @results all the same,
 * and results.complete is false then.
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int measure(struct device *dev, const struct lists *lists, const struct plan *plan,
	    const struct effort *effort, struct goal *goal, struct results *results);

#endif /* MEASURE_H */
