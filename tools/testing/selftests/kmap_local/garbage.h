/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that make no sense, or a little. */
#ifndef _KMAP_LOCAL_GARBAGE_H
#define _KMAP_LOCAL_GARBAGE_H

#include <stdbool.h>
#include <stdlib.h>

#include "device.h"

union garbage {
	__u32 size;
	struct kmb_run run;
	unsigned char byte[sizeof(struct kmb_run)];
};

/*
 * The @nr-th one: a few bytes of a good request are others, so that it gets far. It
 * writes no more samples than the good one has room for, and is done soon.
 */
static inline void garbage_make(union garbage *any, const struct kmb_run *good,
				struct kmb_cell *cell, unsigned int nr)
{
	unsigned int i;

	any->run = *good;
	for (i = random() % 8; i > 0; i--)
		any->byte[random() % sizeof(*any)] = random();
	any->size = nr % 4 ? sizeof(any->run) : random() % (2 * sizeof(any->run));
	any->run.cells = nr % 3 ? good->cells : (__u64)random();
	any->run.samples = good->samples;
	if (any->run.nr_samples > good->nr_samples)
		any->run.nr_samples = good->nr_samples;
	if (any->run.shape.threads > 1)
		any->run.shape.threads = 1;
	any->run.target %= 10000;
	for (i = 0; i < KMB_NR_LISTS; i++)
		cell->cell[i] = random() % 8;
	cell->iterations = 1;
}

/* Is it an errno that such requests may come to? */
static inline bool garbage_fits(int error)
{
	switch (error) {
	case 0:
	case EINVAL:
	case E2BIG:
	case ENOENT:
	case EFAULT:
	case EOPNOTSUPP:
	case ENOSPC:
	case ENOMEM:
		return true;
	}
	return false;
}

#endif /* _KMAP_LOCAL_GARBAGE_H */
