/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_H
#define PLAN_H

#include "results.h"
#include "selection.h"

/* Cells that share a shape */
struct group {
	struct kmb_shape shape;
	struct selection selection;	/* legal cells only */
};

/* What is going to be measured, in the order of the results */
struct plan {
	struct group *groups;
	size_t nr;
};

/**
 * plan_patterns() - one group, of the cells that patterns select
 * @plan: gets the group
 * @dev: judges which cells are legal
 * @lists: of @dev
 * @patterns: @nr texts
 * @nr: how many there are
 * @shape: that the cells are to have
 * @results: illegal cells, which wildcards matched, are noted there
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int plan_patterns(struct plan *plan, struct device *dev, const struct lists *lists,
		  char **patterns, size_t nr, const struct kmb_shape *shape,
		  struct results *results);

/* The headline: what a run without patterns measures, see headline.c */
int plan_headline(struct plan *plan, struct device *dev, const struct lists *lists,
		  const struct kmb_shape *shape, struct results *results);

size_t plan_nr_cells(const struct plan *plan);
void plan_free(struct plan *plan);

#endif /* PLAN_H */
