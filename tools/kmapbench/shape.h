/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHAPE_H
#define SHAPE_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "kmap_bench_uapi.h"

#define SHAPE_MAX_VALUES	32	/* of one option */
#define SHAPE_MAX		4096	/* shapes in all */

/* The options of shape, in the order of the product: the last one varies fastest. */
enum shape_option {
	SHAPE_NEST,
	SHAPE_OFFSET,
	SHAPE_ORDER,
	SHAPE_NODE,
	SHAPE_POOL,
	SHAPE_THREADS,
	SHAPE_DELAY,
	SHAPE_LEN,
	SHAPE_FAULTS,
	SHAPE_NR_OPTIONS,
};

/* What was given of each option; nothing is the default. */
struct shapes {
	long long values[SHAPE_NR_OPTIONS][SHAPE_MAX_VALUES];
	size_t nr[SHAPE_NR_OPTIONS];
};

/* Options of shape, an argp child whose input is a struct shapes. */
extern const struct argp shape_argp;

/* As if that option had been given; complains and returns an enum status. */
int shapes_set(struct shapes *shapes, enum shape_option option, const char *list);

/* How many shapes the values make, each with each; more than SHAPE_MAX is SHAPE_MAX + 1. */
size_t shapes_count(const struct shapes *shapes);

struct kmb_shape shapes_at(const struct shapes *shapes, size_t index);

#endif /* SHAPE_H */
