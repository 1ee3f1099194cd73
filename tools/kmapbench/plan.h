/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLAN_H
#define PLAN_H

#include "presets.h"
#include "results.h"
#include "selection.h"
#include "shape.h"

/* Cells that share a shape */
struct group {
	struct kmb_shape shape;
	struct selection selection;	/* legal cells only */
};

/* What is going to be measured, in the order of the results */
struct plan {
	struct group *groups;
	size_t nr;
	const char *where;	/* memory of the caller's comes from, see user_memory_open() */
};

/**
 * plan_patterns() - a group for each shape, of the cells that patterns select
 * @plan: gets the groups
 * @judge: of which cells are legal
 * @patterns: @nr texts
 * @nr: how many there are
 * @results: illegal cells, which wildcards matched, are noted there
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int plan_patterns(struct plan *plan, const struct judge *judge, char **patterns, size_t nr,
		  struct results *results);

/* As plan_patterns(), of what a preset asks for: a group for each of its pools */
int plan_preset(struct plan *plan, const struct judge *judge, const struct preset *preset,
		struct results *results);

size_t plan_nr_cells(const struct plan *plan);
void plan_free(struct plan *plan);

#endif /* PLAN_H */
