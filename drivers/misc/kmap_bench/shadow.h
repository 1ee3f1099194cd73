/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two folios, a buffer, and plain memory that shows what they should hold:
 * what a function of the kernel does to the ones, a reference does to the other.
 */
#ifndef _KMAP_BENCH_SHADOW_H
#define _KMAP_BENCH_SHADOW_H

#include "checks.h"

enum kmb_region { KMB_TO, KMB_FROM, KMB_LINEAR, KMB_NR_REGIONS };

struct kmb_shadow {
	unsigned int order;
	unsigned int calls;		/* judged until now */
	unsigned int known;		/* of them, wrong for a reason that is written up */
	size_t size;			/* of each region */
	struct folio *folio[KMB_LINEAR];
	u8 *is[KMB_NR_REGIONS];		/* folios by way of an alias, and a buffer */
	u8 *want[KMB_NR_REGIONS];
	u8 *fresh;			/* what all are filled with before a call */
	unsigned int kmapped;		/* pages with an address by kmap(), when last counted */
	size_t dirty[KMB_NR_REGIONS][2];	/* from where to where they need it */
};

int kmb_shadow_alloc(struct kmb_checker *c, struct kmb_shadow *s, unsigned int order);
void kmb_shadow_free(struct kmb_shadow *s);
void kmb_shadow_fill(struct kmb_shadow *s);
void kmb_shadow_touch(struct kmb_shadow *s, enum kmb_region region, size_t at, size_t len);
bool kmb_shadow_kmapped(struct kmb_shadow *s);
__printf(3, 4) int kmb_shadow_judge(struct kmb_checker *c, struct kmb_shadow *s,
				    const char *format, ...);

/* One use of a shadow with each order */
int kmb_shadow_each_order(struct kmb_checker *c, struct kmb_shadow *s,
			  int (*fn)(struct kmb_checker *c, struct kmb_shadow *s, const void *arg),
			  const void *arg);

#define KMB_MAX_EDGES	10

/* Sorted, each number once */
struct kmb_edges {
	unsigned int nr;
	size_t at[KMB_MAX_EDGES];
};

struct kmb_edges kmb_offsets(size_t size);
struct kmb_edges kmb_lengths(size_t most);

#endif /* _KMAP_BENCH_SHADOW_H */
