/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of maps.h as inline functions. With a constant for the row, nothing
 * of the others is left: for those who expand a loop for each of them.
 */
#ifndef _KMAP_BENCH_MAPPED_H
#define _KMAP_BENCH_MAPPED_H

#include <linux/highmem.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "kmap_bench.h"

static const u32 kmb_map_flags[] = {
#define KMB_MAP(name, flags, ...)	(flags),
#include "maps.h"
#undef KMB_MAP
};

/* Each row of maps.h, as a pair of functions */
#define KMB_MAP(name, flags, needs, map, unmap)					\
	static __always_inline void *						\
	kmb_map_##name(struct page *page, struct folio *folio, u32 pos)		\
	{									\
		void *addr = NULL;						\
										\
		map;								\
		return addr;							\
	}									\
										\
	static __always_inline void kmb_unmap_##name(struct page *page, void *addr) \
	{									\
		unmap;								\
	}
#include "maps.h"
#undef KMB_MAP

static __always_inline void *kmb_map(const enum kmb_map_id map,
				     const struct kmb_side *side, u32 pos)
{
	struct folio *folio = side->folio;
	struct page *page = side->page;
	void *addr;

	addr =
#define KMB_MAP(name, ...)	map == KMB_MAP_##name ? kmb_map_##name(page, folio, pos) :
#include "maps.h"
#undef KMB_MAP
		NULL;
	if (kmb_map_flags[map] & KMB_FAILS && !addr)
		return NULL;
	return kmb_map_flags[map] & KMB_AT_POS ? addr : addr + offset_in_page(pos);
}

static __always_inline void kmb_unmap(const enum kmb_map_id map,
				      const struct kmb_side *side, void *addr)
{
	struct page *page = side->page;

	/* vunmap() takes no interior pointer; all others do. */
	if (kmb_map_flags[map] & KMB_FAILS)
		addr = (void *)((unsigned long)addr & PAGE_MASK);
#define KMB_MAP(name, ...)	map == KMB_MAP_##name ? kmb_unmap_##name(page, addr) :
#include "maps.h"
#undef KMB_MAP
		(void)0;
}

static __always_inline bool kmb_mapped(const enum kmb_map_id map, const void *addr)
{
	return !(kmb_map_flags[map] & KMB_FAILS) || addr;
}

#endif /* _KMAP_BENCH_MAPPED_H */
