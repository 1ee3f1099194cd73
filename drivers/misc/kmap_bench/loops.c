// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timed loops: maps.h times copies.h, expanded.
 *
 * Everything here is __always_inline under functions that are called with
 * constants, so that each combination becomes a loop of its own with no
 * dispatch in it. scripts/check-loops looks at the object code for that.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

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

static __always_inline size_t kmb_iter_from(void *to, void __user *ubuf, size_t len)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, WRITE, ubuf, len);
	return copy_from_iter(to, len, &iter);
}

static __always_inline size_t kmb_iter_to(void __user *ubuf, void *from, size_t len)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, READ, ubuf, len);
	return copy_to_iter(from, len, &iter);
}

/* From the pages that a ring holds, which the kernel maps on its own account */
static __always_inline size_t kmb_fixed_from(void *to, const struct iov_iter *fixed, u32 user,
					     size_t len)
{
	struct iov_iter iter = fixed[WRITE];

	iov_iter_advance(&iter, user);
	return copy_from_iter(to, len, &iter);
}

static __always_inline size_t kmb_fixed_to(const struct iov_iter *fixed, u32 user, void *from,
					   size_t len)
{
	struct iov_iter iter = fixed[READ];

	iov_iter_advance(&iter, user);
	return copy_to_iter(from, len, &iter);
}

/* As a statement among others */
#define KMB_IF(cond, ...)	(unlikely(cond) ? ({ __VA_ARGS__; (void)0; }) : (void)0)

#define KMB_PINNED	2	/* user pages that a page's worth of bytes may be in */

/* By the user's pages instead of the user's addresses: pinned, mapped in turn, copied. */
static __always_inline size_t kmb_pinned(const enum kmb_map_id map, void *addr,
					 void __user *ubuf, size_t len, const bool write)
{
	size_t off = offset_in_page(ubuf), done = 0, n;
	struct page *pages[KMB_PINNED];
	int nr, i;

	nr = pin_user_pages_fast((unsigned long)ubuf & PAGE_MASK,
				 DIV_ROUND_UP(off + len, PAGE_SIZE),
				 write ? FOLL_WRITE : 0, pages);
	for (i = 0; i < nr; i++) {
		struct kmb_side side = { pages[i], page_folio(pages[i]) };
		u32 pos = (folio_page_idx(side.folio, side.page) << PAGE_SHIFT) + off;
		void *user = kmb_map(map, &side, pos);

		n = min_t(size_t, len - done, PAGE_SIZE - off);
		if (write)
			kmb_copy_mapped(map, user, addr + done, n);
		else
			kmb_copy_mapped(map, addr + done, user, n);
		kmb_unmap(map, &side, user);
		done += n;
		off = 0;
	}
	if (nr > 0)
		unpin_user_pages_dirty_lock(pages, nr, write);
	return done;
}

/* What came of the copies of one loop */
struct kmb_tally {
	unsigned long left, shorts, slow;
};

/* Each row of copies.h, as a function that notes what it did not copy */
#define KMB_COPY(name, flags, from, to_, copy)					\
	static __always_inline void						\
	kmb_copy_##name(const enum kmb_map_id map, const struct kmb_seg *seg,	\
			void *addr, void *buf, void __user *ubuf,		\
			const struct iov_iter *fixed, struct kmb_tally *tally)	\
	{									\
		const struct kmb_side *own __maybe_unused = &seg->own;		\
		const struct kmb_side *peer __maybe_unused = &seg->peer;	\
		struct page *page __maybe_unused = seg->own.page;		\
		size_t off __maybe_unused = offset_in_page(seg->pos);		\
		size_t len __maybe_unused = seg->len;				\
		u32 pos __maybe_unused = seg->pos;				\
		u32 user __maybe_unused = seg->user;				\
		void *to __maybe_unused;					\
		unsigned long left = 0, slow __maybe_unused = 0;		\
										\
		buf += pos;							\
		ubuf += seg->user;						\
		copy;								\
		if ((flags) & KMB_ROW_USER) {					\
			tally->left += left;					\
			tally->shorts += !!left;				\
			tally->slow += slow;					\
		}								\
	}
#include "copies.h"
#undef KMB_COPY

static __always_inline void
kmb_copy(const enum kmb_map_id map, const enum kmb_copy_id copy, const struct kmb_seg *seg,
	 void *addr, void *buf, void __user *ubuf, const struct iov_iter *fixed,
	 struct kmb_tally *tally)
{
#define KMB_COPY(name, ...)	\
	copy == KMB_COPY_##name ? kmb_copy_##name(map, seg, addr, buf, ubuf, fixed, tally) :
#include "copies.h"
#undef KMB_COPY
		(void)0;
}

static __always_inline void kmb_loop(const enum kmb_map_id map,
				     const enum kmb_copy_id copy, struct kmb_loop *l)
{
	const struct kmb_seg *seg, *const end = l->end;
	struct kmb_tally tally = { };
	unsigned long failed = 0;
	unsigned int passes = l->passes;
	void __user *ubuf = l->ubuf;
	const struct iov_iter *fixed = l->fixed;
	void *buf = l->buf;

	do {
		for (seg = l->seg; seg != end; seg++) {
			void *addr = kmb_map(map, &seg->own, seg->pos);

			if (kmb_mapped(map, addr))
				kmb_copy(map, copy, seg, addr, buf, ubuf, fixed, &tally);
			else
				failed++;
			if (!(kmb_copy_flags[copy] & KMB_ROW_UNMAPS))
				kmb_unmap(map, &seg->own, addr);
			/* Keeps the loop that does nothing. */
			asm volatile("" : : "r" (seg));
		}
	} while (--passes);

	l->left = tally.left;
	l->shorts = tally.shorts;
	l->slow = tally.slow;
	l->failed = failed;
}

/* No loop is made for what no kernel would run. */
static __always_inline bool kmb_sensible(const enum kmb_map_id map,
					 const enum kmb_copy_id copy)
{
	if (kmb_copy_flags[copy] & KMB_ROW_OWN_MAP)
		return map == KMB_MAP_none;
	/* What gives up inside it is for maps that must not sleep. */
	if (kmb_copy_flags[copy] & KMB_ROW_UNMAPS &&
	    (!(kmb_map_flags[map] & KMB_ROW_ATOMIC) || kmb_map_flags[map] & KMB_ASKS))
		return false;
	return kmb_copy_flags[copy] & KMB_PAGELESS || kmb_map_flags[map] & KMB_ROW_MAPS;
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
