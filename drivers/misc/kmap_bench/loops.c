// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timed loops: maps.h times copies.h, expanded.
 *
 * Everything here is __always_inline under functions that are called with
 * constants, so that each combination becomes a loop of its own with no
 * dispatch in it. scripts/check-loops looks at the object code for that.
 */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "mapped.h"

static const u32 kmb_copy_flags[] = {
#define KMB_COPY(name, flags, ...)	(flags),
#include "copies.h"
#undef KMB_COPY
};

static __always_inline void kmb_copy_mapped(const enum kmb_map_id map, void *to,
					    const void *from, size_t len)
{
	if (kmb_mapped(map, to))
		memcpy(to, from, len);
}

/* Each row of copies.h, as a function that returns what it did not copy */
#define KMB_COPY(name, flags, from, to_, copy)					\
	static __always_inline unsigned long					\
	kmb_copy_##name(const enum kmb_map_id map, const struct kmb_seg *seg,	\
			void *addr, void *buf, void __user *ubuf)		\
	{									\
		const struct kmb_side *peer __maybe_unused = &seg->peer;	\
		struct page *page __maybe_unused = seg->own.page;		\
		size_t off __maybe_unused = offset_in_page(seg->pos);		\
		size_t len __maybe_unused = seg->len;				\
		u32 pos __maybe_unused = seg->pos;				\
		void *to __maybe_unused;					\
		unsigned long left = 0;						\
										\
		buf += pos;							\
		ubuf += pos;							\
		copy;								\
		return left;							\
	}
#include "copies.h"
#undef KMB_COPY

static __always_inline unsigned long
kmb_copy(const enum kmb_map_id map, const enum kmb_copy_id copy,
	 const struct kmb_seg *seg, void *addr, void *buf, void __user *ubuf)
{
	return
#define KMB_COPY(name, ...)	\
	copy == KMB_COPY_##name ? kmb_copy_##name(map, seg, addr, buf, ubuf) :
#include "copies.h"
#undef KMB_COPY
		0;
}

static __always_inline void kmb_loop(const enum kmb_map_id map,
				     const enum kmb_copy_id copy, struct kmb_loop *l)
{
	const struct kmb_seg *seg, *const end = l->end;
	unsigned long left = 0, failed = 0;
	unsigned int passes = l->passes;
	void __user *ubuf = l->ubuf;
	void *buf = l->buf;

	do {
		for (seg = l->seg; seg != end; seg++) {
			void *addr = kmb_map(map, &seg->own, seg->pos);

			if (kmb_mapped(map, addr))
				left += kmb_copy(map, copy, seg, addr, buf, ubuf);
			else
				failed++;
			kmb_unmap(map, &seg->own, addr);
			/* Keeps the loop that does nothing. */
			asm volatile("" : : "r" (seg));
		}
	} while (--passes);

	l->left = left;
	l->failed = failed;
}

/* No loop is made for what no kernel would run. */
static __always_inline bool kmb_sensible(const enum kmb_map_id map,
					 const enum kmb_copy_id copy)
{
	if (kmb_copy_flags[copy] & KMB_ROW_OWN_MAP)
		return map == KMB_MAP_none;
	return copy == KMB_COPY_none || kmb_map_flags[map] & KMB_ROW_MAPS;
}

static __always_inline bool kmb_loop_if(const enum kmb_map_id map, enum kmb_copy_id asked,
					const enum kmb_copy_id copy, struct kmb_loop *l)
{
	if (asked != copy)
		return false;
	if (kmb_sensible(map, copy))
		kmb_loop(map, copy, l);
	return true;
}

/* One function a map, which finds the copy's loop once a sample. */
#define KMB_COPY(name, ...)	kmb_loop_if(map, copy, KMB_COPY_##name, l) ||
static __always_inline bool kmb_loops(const enum kmb_map_id map, enum kmb_copy_id copy,
				      struct kmb_loop *l)
{
	return
#include "copies.h"
		false;
}

#undef KMB_COPY

#define KMB_MAP(name, ...)						\
	static noinline void						\
	kmb_loops_##name(enum kmb_copy_id copy, struct kmb_loop *l)	\
	{								\
		kmb_loops(KMB_MAP_##name, copy, l);			\
	}
#include "maps.h"
#undef KMB_MAP

void kmb_loop_run(enum kmb_map_id map, enum kmb_copy_id copy, struct kmb_loop *l)
{
	static void (*const loops[])(enum kmb_copy_id copy, struct kmb_loop *l) = {
#define KMB_MAP(name, ...)	kmb_loops_##name,
#include "maps.h"
#undef KMB_MAP
	};

	loops[map](copy, l);
}
