// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the functions that map pages for their callers: api.h, each at
 * offsets and lengths where something may go wrong, against a reference that
 * knows nothing of pages. All bytes of both folios and of the buffer are
 * compared, those too that nobody asked to change.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/string.h>

#include "call.h"
#include "checks.h"
#include "compat.h"
#include "shadow.h"

/* What offsets of a function are in: a page, unless told otherwise */
#define KMB_API_FOLIO		BIT(0)
#define KMB_API_PAIR		BIT(1)	/* two offsets; also with one folio as both sides */
#define KMB_API_WHOLE		BIT(2)	/* all of it, at once */
#define KMB_API_TO_END		BIT(3)	/* to its end */
#define KMB_API_TAIL		BIT(4)	/* folio_fill_tail(): see kmb_api_unsafe() */
#define KMB_API_IF_HIGHMEM	BIT(5)	/* memcpy_folio(): likewise */
#define KMB_API_KMAP		BIT(6)	/* which may sleep */
/* Not flags of the list, but of a call on watched maps: of highmem, or of all by force */
#define KMB_API_WATCH_HIGH	BIT(7)
#define KMB_API_WATCH_FORCED	BIT(8)
#define KMB_API_WATCHED		(KMB_API_WATCH_HIGH | KMB_API_WATCH_FORCED)

#define KMB_ZEROED_TIMES	8	/* of each order */

/* The same in plain memory */
struct kmb_plain {
	u8 *to, *from, *buf;
};

enum kmb_api_topic {
	KMB_API_TOPIC_map, KMB_API_TOPIC_copy, KMB_API_TOPIC_zero, KMB_API_TOPIC_folio,
	KMB_API_TOPIC_walk, KMB_API_TOPIC_iov
};

struct kmb_api_row {
	const char *name;
	enum kmb_api_topic topic;
	u32 flags;
	const char *absent;
	kmb_call_fn call;
	void (*want)(const struct kmb_call *k, const struct kmb_plain *p);
};

static void kmb_want_copy(const struct kmb_call *k, const struct kmb_plain *p)
{
	memmove(p->to + k->at, p->from + k->src, k->len);
}

static void kmb_want_get(const struct kmb_call *k, const struct kmb_plain *p)
{
	memcpy(p->buf, p->to + k->at, k->len);
}

static void kmb_want_put(const struct kmb_call *k, const struct kmb_plain *p)
{
	memcpy(p->to + k->at, p->buf, k->len);
}

static void kmb_want_put_zero(const struct kmb_call *k, const struct kmb_plain *p)
{
	memset(p->to + k->at, 0, folio_size(k->to_folio) - k->at);
	memcpy(p->to + k->at, p->buf, k->len);
}

static void kmb_want_fill(const struct kmb_call *k, const struct kmb_plain *p)
{
	memset(p->to + k->at, KMB_FILL_BYTE, k->len);
}

static void kmb_want_zero(const struct kmb_call *k, const struct kmb_plain *p)
{
	memset(p->to + k->at, 0, k->len);
}

static void kmb_want_zero_both(const struct kmb_call *k, const struct kmb_plain *p)
{
	memset(p->to + k->at, 0, k->len);
	memset(p->to + k->src, 0, k->len);
}

static void kmb_put(const struct kmb_call *k, void *addr)
{
	memcpy(addr + k->at, k->buf, k->len);
}

static void kmb_unmap_folio(struct folio *folio, void *addr)
{
	kunmap_local(addr);
}

static void kmb_release_folio(struct folio *folio, void *addr)
{
	folio_get(folio);
	folio_release_kmap(folio, addr);
}

/* Through one mapping a page; nobody else holds the folio. */
static void kmb_put_folio(struct kmb_call *k, void (*unmap)(struct folio *folio, void *addr))
{
	int refs = folio_ref_count(k->to_folio);
	size_t n, done;

	for (done = 0; done < k->len; done += n) {
		void *addr = kmap_local_folio(k->to_folio, k->at + done);

		n = min_t(size_t, k->len - done, PAGE_SIZE - offset_in_page(k->at + done));
		memcpy(addr, k->buf + done, n);
		unmap(k->to_folio, addr);
	}
	if (folio_ref_count(k->to_folio) != refs)
		k->done = k->len + 1;
}

/* It maps lowmem, and nothing else. */
static void kmb_put_from_panic(struct kmb_call *k)
{
	void *addr = kmap_local_page_try_from_panic(k->to);

	if (PageHighMem(k->to) ? !!addr : !addr)
		k->done = k->len + 1;
	if (!addr)
		addr = kmap_local_page(k->to);
	kmb_put(k, addr);
	/* Where all is mapped by force, what was not mapped so must not be unmapped. */
	if (PageHighMem(k->to) || !IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP))
		kunmap_local(addr);
}

/* Where there is room, an iterator goes on behind what is asked of it. */
static size_t kmb_over(const struct kmb_call *k, size_t from)
{
	return min_t(size_t, k->len + KMB_CALL_BEYOND, folio_size(k->to_folio) - from);
}

static struct iov_iter *kmb_over_buf(struct kmb_call *k, unsigned int direction)
{
	k->kvec = (struct kvec) { k->buf, kmb_over(k, 0) };
	iov_iter_kvec(&k->iter, direction, &k->kvec, 1, k->kvec.iov_len);
	return &k->iter;
}

static struct iov_iter *kmb_over_folio(struct kmb_call *k, unsigned int direction,
				       struct page *page, size_t at)
{
	k->bvec = (struct bio_vec) {
		.bv_page = page, .bv_offset = at, .bv_len = kmb_over(k, at),
	};
	iov_iter_bvec(&k->iter, direction, &k->bvec, 1, k->bvec.bv_len);
	return &k->iter;
}

static struct iov_iter *kmb_over_to(struct kmb_call *k, unsigned int direction)
{
	return kmb_over_folio(k, direction, k->to, k->at);
}

static struct iov_iter *kmb_over_from(struct kmb_call *k)
{
	return kmb_over_folio(k, ITER_SOURCE, k->from, k->src);
}

/* Of two folios in a queue this is the second. */
static struct iov_iter *kmb_over_folioq(struct kmb_call *k, unsigned int direction)
{
	kmb_iov_iter_folioq(&k->iter, &k->folioq, direction, k->from_folio, k->to_folio, k->at,
			    kmb_over(k, k->at));
	return &k->iter;
}

/* The page that offset_in_page(@at) is in, rather than the folio's first */
static struct page *kmb_own_page(const struct kmb_call *k)
{
	return folio_page(k->to_folio, k->at >> PAGE_SHIFT);
}

#define KMB_API(topic, name, flags, needs, want, statement)	\
	static void kmb_call_##name(struct kmb_call *k)		\
	{							\
		void *addr __maybe_unused;			\
								\
		statement;					\
	}
#include "api.h"
#undef KMB_API

static const struct kmb_api_row kmb_api[] = {
#define KMB_API(topic, name, flags, needs, want, statement)	\
	{ #name, KMB_API_TOPIC_##topic, flags, needs, kmb_call_##name, kmb_want_##want },
#include "api.h"
#undef KMB_API
};

/*
 * What unmodified kernels get wrong in a way that takes the machine down: they
 * go on at the end of the one page that is mapped. The checks of watched
 * maps show that without harm.
 */
static bool kmb_api_unsafe(const struct kmb_api_row *row, const struct kmb_call *k)
{
	bool watched = row->flags & KMB_API_WATCHED;
	bool forced = watched ? row->flags & KMB_API_WATCH_FORCED :
				IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP);
	bool high = watched ? row->flags & KMB_API_WATCH_HIGH : PageHighMem(k->to);
	bool high_from = watched ? high : PageHighMem(k->from);

	if (row->flags & KMB_API_TAIL)
		return (high || forced) && k->len && !offset_in_page(k->at + k->len);
	if (row->flags & KMB_API_IF_HIGHMEM)
		return forced && ((!high && offset_in_page(k->at) + k->len > PAGE_SIZE) ||
				  (!high_from && offset_in_page(k->src) + k->len > PAGE_SIZE));
	return false;
}

/* All that the call may change, or a bit more */
static void kmb_api_touches(struct kmb_shadow *s, const struct kmb_api_row *row,
			    const struct kmb_call *k, size_t base)
{
	kmb_shadow_touch(s, KMB_LINEAR, 0, k->len);
	kmb_shadow_touch(s, KMB_TO, base + k->at, k->len);
	if (row->flags & KMB_API_PAIR)
		kmb_shadow_touch(s, KMB_TO, base + k->src, k->len);
	if (row->flags & KMB_API_TAIL)
		kmb_shadow_touch(s, KMB_TO, base + k->at, s->size - base - k->at);
}

static int kmb_api_judge(struct kmb_checker *c, struct kmb_shadow *s,
			 const struct kmb_api_row *row, const struct kmb_call *k, bool same)
{
	const char *wrong = row->flags & KMB_API_WATCHED ? kmb_watch_verdict() : NULL;

	if (wrong)
		return KMB_FAIL(c, "%s, order %u, at %zu, %zu length %zu: %s", row->name, s->order,
				k->at, k->src, k->len, wrong);
	if (k->done != k->len)
		return KMB_FAIL(c, "%s, order %u, at %zu, %zu: did %zu of %zu bytes", row->name,
				s->order, k->at, k->src, k->done, k->len);
	return kmb_shadow_judge(c, s, "%s at %zu from %s%zu length %zu", row->name, k->at,
				same ? "itself at " : "", k->src, k->len);
}

/* One call with @k's offsets and length, between the shadow's folios or within one */
static int kmb_api_call(struct kmb_checker *c, struct kmb_shadow *s,
			const struct kmb_api_row *row, struct kmb_call *k, enum kmb_region from)
{
	/* A function of pages gets the folio's last one. */
	size_t page = row->flags & KMB_API_FOLIO ? 0 : (s->size >> PAGE_SHIFT) - 1;
	struct kmb_plain p = {
		s->want[KMB_TO] + (page << PAGE_SHIFT), s->want[from] + (page << PAGE_SHIFT),
		s->want[KMB_LINEAR],
	};
	struct kmb_state before, after;
	char text[KMB_REASON_LEN];
	bool unsafe;
	int ret;

	k->to_folio = s->folio[KMB_TO];
	k->from_folio = s->folio[from];
	k->to = folio_page(k->to_folio, page);
	k->from = folio_page(k->from_folio, page);
	k->buf = s->is[KMB_LINEAR];
	k->done = k->len;
	unsafe = kmb_api_unsafe(row, k);
	if (unsafe && !(row->flags & KMB_API_WATCHED))
		return 0;
	kmb_shadow_fill(s);
	kmb_api_touches(s, row, k, page << PAGE_SHIFT);
	kmb_state_get(&before);
	row->call(k);
	kmb_state_get(&after);
	row->want(k, &p);
	if (!kmb_state_same(&before, &after, text))
		return KMB_FAIL(c, "%s left behind: %.128s", row->name, text);
	if (kmb_shadow_kmapped(s) && !(row->flags & KMB_API_KMAP))
		return KMB_FAIL(c, "%s used kmap(), which may sleep", row->name);
	ret = kmb_api_judge(c, s, row, k, from == KMB_TO);
	if (ret != -EIO || !unsafe)
		return ret;
	/* All that it did, it did where nobody is hurt: go on. */
	kmb_shadow_touch(s, KMB_TO, 0, s->size);
	s->known++;
	return 0;
}

/* One folio as both sides, where that is no overlap that nobody promised */
static bool kmb_api_same_folio(const struct kmb_call *k)
{
	size_t apart = k->at > k->src ? k->at - k->src : k->src - k->at;

	return !apart || apart >= k->len;
}

/* The @nr longest of the lengths that fit, between two folios and within one */
static int kmb_api_pair(struct kmb_checker *c, struct kmb_shadow *s,
			const struct kmb_api_row *row, size_t size, struct kmb_call *k,
			unsigned int nr)
{
	struct kmb_edges len = kmb_lengths(size - max(k->at, k->src));
	int ret = 0;

	while (!ret && len.nr && nr--) {
		k->len = len.at[--len.nr];
		ret = kmb_api_call(c, s, row, k, KMB_FROM);
		if (!ret && kmb_api_same_folio(k))
			ret = kmb_api_call(c, s, row, k, KMB_TO);
	}
	return ret;
}

/* Each offset with itself, with its neighbour, and with the one as far from the other end */
static int kmb_api_pairs(struct kmb_checker *c, struct kmb_shadow *s,
			 const struct kmb_api_row *row, const struct kmb_edges *at,
			 unsigned int i, size_t size)
{
	unsigned int with[] = { i, (i + 1) % at->nr, at->nr - 1 - i }, j;
	struct kmb_call k;
	int ret = 0;

	for (j = 0; !ret && j < ARRAY_SIZE(with); j++) {
		k = (struct kmb_call) { .at = at->at[i], .src = at->at[with[j]] };
		ret = kmb_api_pair(c, s, row, size, &k, j ? 2 : KMB_MAX_EDGES);
	}
	return ret;
}

static int kmb_api_lengths(struct kmb_checker *c, struct kmb_shadow *s,
			   const struct kmb_api_row *row, size_t at, size_t size)
{
	struct kmb_edges len = kmb_lengths(size - at);
	struct kmb_call k = { .at = at };
	unsigned int i;
	int ret = 0;

	for (i = row->flags & KMB_API_TO_END ? len.nr - 1 : 0; !ret && i < len.nr; i++) {
		k.len = len.at[i];
		ret = kmb_api_call(c, s, row, &k, KMB_FROM);
	}
	return ret;
}

/* All that one function is called with, at one order */
static int kmb_api_function(struct kmb_checker *c, struct kmb_shadow *s,
			    const struct kmb_api_row *row)
{
	size_t size = row->flags & KMB_API_FOLIO ? s->size : PAGE_SIZE;
	struct kmb_edges at = kmb_offsets(size);
	struct kmb_call whole = { .len = size };
	unsigned int i;
	int ret = 0;

	if (row->flags & KMB_API_WHOLE)
		return kmb_api_call(c, s, row, &whole, KMB_FROM);
	for (i = 0; !ret && i < at.nr; i++)
		ret = row->flags & KMB_API_PAIR ? kmb_api_pairs(c, s, row, &at, i, size) :
						  kmb_api_lengths(c, s, row, at.at[i], size);
	return ret;
}

static int kmb_api_order(struct kmb_checker *c, struct kmb_shadow *s, const void *arg)
{
	const enum kmb_api_topic *topic = arg;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(kmb_api); i++)
		if (kmb_api[i].topic == *topic && !kmb_api[i].absent)
			ret = kmb_api_function(c, s, &kmb_api[i]);
	return ret;
}

static int kmb_api_check(struct kmb_checker *c, enum kmb_api_topic topic)
{
	unsigned int i, here = 0, absent = 0;
	struct kmb_shadow s = {};
	int ret;

	for (i = 0; i < ARRAY_SIZE(kmb_api); i++) {
		here += kmb_api[i].topic == topic && !kmb_api[i].absent;
		absent += kmb_api[i].topic == topic && kmb_api[i].absent;
	}
	ret = kmb_shadow_each_order(c, &s, kmb_api_order, &topic);
	KMB_SAW(c, "%u functions, %u calls, orders 0 to %u; this kernel lacks %u functions", here,
		s.calls, KMB_MAX_ORDER, absent);
	return ret;
}

/* Each function that walks, with its maps watched */
static int kmb_api_watched(struct kmb_checker *c, struct kmb_shadow *s, const void *arg)
{
	const u32 *how = arg;
	struct kmb_api_row row;
	unsigned int i;
	int ret = kmb_watch_begin(s, *how & KMB_API_WATCH_HIGH);

	for (i = 0; !ret && i < ARRAY_SIZE(kmb_api); i++) {
		row = kmb_api[i];
		row.flags |= *how;
		row.call = kmb_watched_call(row.name);
		if (row.call && !row.absent)
			ret = kmb_api_function(c, s, &row);
	}
	kmb_watch_end();
	return ret;
}

static int kmb_api_watch(struct kmb_checker *c, u32 how)
{
	struct kmb_shadow s = {};
	int ret;

	ret = kmb_shadow_each_order(c, &s, kmb_api_watched, &how);
	KMB_SAW(c, "%u calls, %u of them wrong as is known, orders 0 to %u", s.calls, s.known,
		KMB_MAX_ORDER);
	if (ret || !s.known)
		return ret;
	/* The reason is that of the last one. */
	c->known = true;
	return -EIO;
}

static int kmb_check_watched_high(struct kmb_checker *c)
{
	return kmb_api_watch(c, KMB_API_WATCH_HIGH);
}

static int kmb_check_watched_forced(struct kmb_checker *c)
{
	return kmb_api_watch(c, KMB_API_WATCH_FORCED);
}

static int kmb_check_api_map(struct kmb_checker *c)
{
	return kmb_api_check(c, KMB_API_TOPIC_map);
}

static int kmb_check_api_copy(struct kmb_checker *c)
{
	return kmb_api_check(c, KMB_API_TOPIC_copy);
}

static int kmb_check_api_zero(struct kmb_checker *c)
{
	return kmb_api_check(c, KMB_API_TOPIC_zero);
}

static int kmb_check_api_folio(struct kmb_checker *c)
{
	return kmb_api_check(c, KMB_API_TOPIC_folio);
}

static int kmb_check_api_walk(struct kmb_checker *c)
{
	return kmb_api_check(c, KMB_API_TOPIC_walk);
}

static int kmb_check_api_iov(struct kmb_checker *c)
{
	return kmb_api_check(c, KMB_API_TOPIC_iov);
}

static bool kmb_all_zero(struct page *page, unsigned int order)
{
	bool zero = true;
	unsigned int i;

	for (i = 0; zero && i < BIT(order); i++) {
		void *addr = kmap_local_page(page + i);

		zero = !memchr_inv(addr, 0, PAGE_SIZE);
		kunmap_local(addr);
	}
	return zero;
}

/* Used, given back, and wanted again: most of the time it is the same memory. */
static int kmb_zeroed_once(struct kmb_checker *c, gfp_t gfp, unsigned int order, u32 *same)
{
	struct page *used = alloc_pages(gfp, order), *page;
	unsigned int i;
	int ret = 0;

	if (!used)
		return -ENOMEM;
	for (i = 0; i < BIT(order); i++) {
		void *addr = kmap_local_page(used + i);

		memset(addr, KMB_FILL_BYTE, PAGE_SIZE);
		kunmap_local(addr);
	}
	__free_pages(used, order);
	page = alloc_pages(gfp | __GFP_ZERO, order);
	if (!page)
		return -ENOMEM;
	*same += page == used;
	if (!kmb_all_zero(page, order))
		ret = KMB_FAIL(c, "pages of order %u that were to be zeroes have old data", order);
	__free_pages(page, order);
	return ret;
}

/* What users get when they touch their memory first: the allocator maps it to clear it. */
static int kmb_check_zeroed(struct kmb_checker *c)
{
	gfp_t gfp = PageHighMem(kmb_check_page(c, 0)) ? GFP_HIGHUSER : GFP_KERNEL;
	unsigned int order, i;
	u32 same = 0;
	int ret = 0;

	for (order = 0; !ret && order <= KMB_MAX_ORDER; order++)
		for (i = 0; !ret && i < KMB_ZEROED_TIMES; i++)
			ret = kmb_zeroed_once(c, gfp, order, &same);
	KMB_SAW(c, "%u of %u times memory that had just been used, orders 0 to %u", same,
		KMB_ZEROED_TIMES * (KMB_MAX_ORDER + 1), KMB_MAX_ORDER);
	return ret ?: same ? 0 : KMB_SKIP(c, "memory that was used never came back");
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(api_map, 0, KMB_HERE,
		      "each map shows the page that it was given, from any byte on"),
	KMB_CHECK_ROW(api_copy, 0, KMB_HERE,
		      "functions that copy pages copy just those bytes"),
	KMB_CHECK_ROW(api_zero, 0, KMB_HERE,
		      "functions that clear pages clear just those bytes"),
	KMB_CHECK_ROW(zeroed, 0, KMB_HERE,
		      "the allocator clears all pages of what it is to clear"),
	KMB_CHECK_ROW(api_folio, 0, KMB_HERE,
		      "functions that clear parts of folios cross the pages of them"),
	KMB_CHECK_ROW(api_walk, 0, KMB_API_FOLIO_COPIES,
		      "functions that copy parts of folios cross the pages of them"),
	KMB_CHECK_ROW(watched_high, 0, KMB_API_FOLIO_COPIES,
		      "the same touch no more of a highmem folio than they have mapped"),
	KMB_CHECK_ROW(watched_forced, 0, KMB_API_FOLIO_COPIES,
		      "the same of a lowmem folio, where all is mapped by force"),
	KMB_CHECK_ROW(api_iov, 0, KMB_HERE,
		      "copies between pages and iov_iter cross the pages of both"),
};

const struct kmb_check_set kmb_checks_api = { kmb_rows, ARRAY_SIZE(kmb_rows) };
