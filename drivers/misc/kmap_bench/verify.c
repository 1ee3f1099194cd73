// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verification of a cell: every place that an operation may touch gets a
 * pattern of its own, one operation runs, and every byte of every place is
 * compared with what the copy's row and its source promise: an image of each
 * place, in which the same is done by plain memcpy(). Pages are filled and read
 * through the pool's alias, which owes nothing to kmap.
 */
#include <linux/highmem.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "kmap_bench.h"

/* A copy that is cut short may lose this much of what it could have had. */
#define KMB_CUT_LOSS	64

/* One operation under test */
struct kmb_view {
	const struct kmb_copy_row *copy;
	struct kmb_user *user;		/* NULL for copies without */
	struct kmb_pool *pool;
	const struct kmb_seg *seg;
	unsigned int op;
	void *at[KMB_NR_PLACES];	/* where its bytes are seen, NULL if they cannot be */
	void *image[KMB_NR_PLACES];	/* what they must be */
	u32 bytes[KMB_NR_PLACES];
	void *scratch;			/* as large as the largest */
	/* What the operation must do */
	u32 moved[BIT(KMB_MAX_ORDER)];	/* bytes, by page */
	u32 lost[BIT(KMB_MAX_ORDER)];	/* bytes behind them that may be old or new */
	u64 total;
	u32 shorts, slow, served;
};

static const char * const kmb_place_names[] = {
	[KMB_PAGE] = "the page",
	[KMB_PEER] = "the second page",
	[KMB_BUF] = "the kernel's buffer",
	[KMB_USER] = "the user's memory",
};

#define KMB_WRONG(b, ...)	\
	(snprintf((b)->run->reason, KMB_REASON_LEN, __VA_ARGS__), -EIO)

/* No two words of a place are the same, nor of two places, nor of two pages. */
static u32 kmb_salt(const struct kmb_view *v, enum kmb_place place)
{
	u32 salt = (v->op * KMB_NR_PLACES + place) * 0x85ebca6bU;

	return salt ^ salt >> 16;
}

static bool kmb_is_self(const struct kmb_view *v)
{
	return v->user && v->user->source->row.flags & KMB_SELF;
}

/* Memory of the caller's that is to be absent cannot be looked at before. */
static bool kmb_is_unseen(const struct kmb_view *v)
{
	return v->user && !kmb_is_window(v->user->source) &&
	       v->user->source->row.flags & KMB_ROW_FAULTS;
}

static void __user *kmb_view_user(const struct kmb_view *v, const struct kmb_seg *seg)
{
	return (char __user *)v->user->addr + seg->user;
}

static int kmb_view_fill(struct kmb_view *v)
{
	enum kmb_place place;
	u32 word, words, salt, *image;

	for (place = KMB_PAGE; place < KMB_NR_PLACES; place++) {
		image = v->image[place];
		words = v->bytes[place] / sizeof(*image);
		salt = kmb_salt(v, place);
		if (!words || (place == KMB_USER && kmb_is_self(v)))
			continue;
		for (word = 0; word < words; word++)
			image[word] = (word + 1) * 0x9e3779b1U ^ salt;
		if (v->at[place])
			memcpy(v->at[place], image, v->bytes[place]);
		else if (!kmb_is_unseen(v) &&
			 copy_to_user((void __user *)v->user->addr, image, v->bytes[place]))
			return -EFAULT;
	}
	return 0;
}

/*
 * The same copy without any map, into or out of a page of the same alignment,
 * where the fault that cuts it short cannot be served: where that stops is up
 * to the architecture.
 */
static u32 kmb_moved_without(const struct kmb_view *v, const struct kmb_seg *seg)
{
	void *page = v->scratch + offset_in_page(seg->pos);
	void __user *user = kmb_view_user(v, seg);
	unsigned long left;

	pagefault_disable();
	if (v->copy->from == KMB_USER)
		left = __copy_from_user_inatomic(page, user, seg->len);
	else if (v->copy->from == KMB_ZERO)
		left = __clear_user(user, seg->len);
	else
		left = __copy_to_user_inatomic(user, page, seg->len);
	pagefault_enable();
	return seg->len - left;
}

/*
 * Memory that is mapped for writing only. Page tables here cannot say so, and who
 * pins pages may, or may not, ask those who can.
 */
static bool kmb_user_readable(const struct kmb_view *v)
{
	struct page *page;

	if (!(v->copy->row.flags & KMB_SECOND))
		return !fault_in_readable((char __user *)v->user->addr, 1);
	if (pin_user_pages_fast(v->user->addr, 1, 0, &page) != 1)
		return false;
	unpin_user_page(page);
	return true;
}

/* Bytes of a page's part of an operation that are there, or can be had by a fault */
static u32 kmb_reach(const struct kmb_view *v, const struct kmb_seg *seg)
{
	const struct kmb_source_row *source = v->user->source;
	bool serves = !(v->copy->row.flags & KMB_ROW_NOFAULT);
	u32 in_area = seg->user % v->user->area;
	u32 good = seg->len;

	if (!(source->prot & PROT_WRITE) && v->copy->to == KMB_USER)
		return 0;
	if (!(source->prot & PROT_READ) && v->copy->from == KMB_USER)
		return kmb_user_readable(v) ? good : 0;
	if (source->row.flags & KMB_CUT)
		good = clamp_t(int, v->user->cut - in_area, 0, seg->len);
	if (!(source->row.flags & KMB_ROW_FAULTS))
		return good;
	if (serves || !kmb_user_faults(v->user, v->op))
		return seg->len;
	return source->row.flags & KMB_CUT ? good : 0;
}

/* Faults that a page's part of an operation takes, of memory that is absent */
static u32 kmb_absent_pages(const struct kmb_view *v, const struct kmb_seg *seg)
{
	u32 first = seg->user % v->user->area, last = first + seg->len - 1;

	if (!(v->user->source->row.flags & KMB_ROW_FAULTS) || !kmb_user_faults(v->user, v->op) ||
	    v->copy->row.flags & KMB_ROW_NOFAULT)
		return 0;
	if (v->user->source->row.flags & KMB_CUT)
		first = max(first, v->user->cut);
	return last < first ? 0 : (last >> PAGE_SHIFT) - (first >> PAGE_SHIFT) + 1;
}

/* What the source promises of one page's part, with its memory as it will be found */
static int kmb_view_promise(struct kmb_bench *b, struct kmb_view *v, unsigned int i)
{
	const struct kmb_seg *seg = &v->seg[i];
	u32 reach = kmb_reach(v, seg), moved = reach;
	bool retries = v->copy->row.flags & KMB_ROW_UNMAPS, none;

	/* Pinned pages are copied from whole; other copies stop where they please. */
	if (reach && reach < seg->len && !(v->copy->row.flags & KMB_SECOND)) {
		moved = kmb_moved_without(v, seg);
		/* ARM's clear_user() says that it cleared nothing when it did not clear all. */
		none = IS_ENABLED(CONFIG_ARM) && v->copy->from == KMB_ZERO && !moved;
		if (moved > reach || (moved + KMB_CUT_LOSS <= reach && !none))
			return KMB_WRONG(b, "without a map %u of %u bytes were copied, of %u",
					 moved, seg->len, reach);
	}
	v->moved[i] = moved;
	/* ARM may have stored some of a block that it then does not count. */
	v->lost[i] = v->copy->to == KMB_USER ? reach - moved : 0;
	v->total += moved;
	v->shorts += moved < seg->len;
	v->served += kmb_absent_pages(v, seg);
	v->slow += retries && (moved < seg->len || kmb_absent_pages(v, seg));
	return 0;
}

/*
 * As far as the caller's memory can be looked at: where no fault is taken it stays
 * as absent as it is, and what is there then is what such a copy gets.
 */
static void kmb_view_expect(struct kmb_view *v, unsigned int i)
{
	const struct kmb_seg *seg = &v->seg[i];
	u32 present = seg->len;

	if (kmb_is_unseen(v) && v->copy->row.flags & (KMB_ROW_NOFAULT | KMB_ROW_UNMAPS))
		present = kmb_moved_without(v, seg);
	v->moved[i] = v->copy->row.flags & KMB_ROW_NOFAULT ? present : seg->len;
	v->lost[i] = 0;
	v->total += v->moved[i];
	v->shorts += v->moved[i] < seg->len;
	v->slow += v->copy->row.flags & KMB_ROW_UNMAPS && present < seg->len;
}

/* Before the places are filled: to find out, memory may have to be written to. */
static int kmb_view_promises(struct kmb_bench *b, struct kmb_view *v)
{
	unsigned int i;
	int ret = 0;

	v->total = 0;
	v->shorts = 0;
	v->slow = 0;
	v->served = 0;
	if (v->user && kmb_is_window(v->user->source))
		ret = kmb_user_prepare(v->user, v->op, 1, v->copy->to == KMB_USER);
	for (i = 0; !ret && i < v->pool->segs; i++) {
		if (v->user && kmb_is_window(v->user->source))
			ret = kmb_view_promise(b, v, i);
		else
			kmb_view_expect(v, i);
	}
	return ret;
}

static u32 kmb_place_pos(const struct kmb_view *v, enum kmb_place place,
			 const struct kmb_seg *seg)
{
	return place == KMB_USER ? seg->user % v->user->area : seg->pos;
}

/* The operation, done to the images */
static void kmb_view_model(struct kmb_view *v)
{
	enum kmb_place from = v->copy->from, to = v->copy->to;
	unsigned int i;
	void *at;

	for (i = 0; to != KMB_NOWHERE && i < v->pool->segs; i++) {
		const struct kmb_seg *seg = &v->seg[i];

		at = v->image[to] + kmb_place_pos(v, to, seg);
		if (from < KMB_NR_PLACES)
			memmove(at, v->image[from] + kmb_place_pos(v, from, seg), v->moved[i]);
		else
			memset(at, from == KMB_BYTE ? KMB_FILL_BYTE : 0, v->moved[i]);
		if (v->lost[i])
			memcpy(at + v->moved[i],
			       v->at[to] + kmb_place_pos(v, to, seg) + v->moved[i], v->lost[i]);
		if (v->copy->row.flags & KMB_ZEROES)
			memset(at + v->moved[i], 0, seg->len - v->moved[i]);
	}
}

/*
 * What the user's memory is afterwards. That of the caller's which was not to be
 * seen before is taken as it is, except where the operation wrote.
 */
static int kmb_view_look(struct kmb_view *v)
{
	const struct kmb_seg *seg = v->seg;
	unsigned int i;

	if (!v->user || v->at[KMB_USER])
		return 0;
	if (!kmb_is_unseen(v))
		return copy_from_user(v->scratch, (void __user *)v->user->addr,
				      v->bytes[KMB_USER]) ? -EFAULT : 0;
	for (i = 0; i < v->pool->segs; i++, seg++)
		if (copy_from_user(v->scratch + seg->pos, kmb_view_user(v, seg), seg->len))
			return -EFAULT;
	memcpy(v->image[KMB_USER], v->scratch, v->bytes[KMB_USER]);
	return 0;
}

/* Only the bytes of the operation count where the rest was not to be seen. */
static void kmb_view_span(const struct kmb_view *v, enum kmb_place place, u32 *from, u32 *to)
{
	const struct kmb_seg *last = &v->seg[v->pool->segs - 1];

	*from = 0;
	*to = v->bytes[place];
	if (place == KMB_USER && kmb_is_unseen(v)) {
		*from = v->seg->pos;
		*to = last->pos + last->len;
	}
}

static int kmb_view_compare(struct kmb_bench *b, const struct kmb_view *v)
{
	enum kmb_place place;
	const u8 *at, *image;
	u32 i, end;

	for (place = KMB_PAGE; place < KMB_NR_PLACES; place++) {
		at = v->at[place] ?: v->scratch;
		image = v->image[place];
		kmb_view_span(v, place, &i, &end);
		if (i >= end || !memcmp(at + i, image + i, end - i))
			continue;
		while (at[i] == image[i])
			i++;
		return KMB_WRONG(b, "page %u of the pool: byte %u of %s: expected %#04x, saw %#04x",
				 v->op, i, kmb_place_names[place], image[i], at[i]);
	}
	return 0;
}

/* What the operation said of itself */
static int kmb_view_counts(struct kmb_bench *b, const struct kmb_view *v,
			   const struct kmb_cell *before, const struct kmb_cell *after)
{
	/* A fault on the caller's memory may bring the pages behind it, too. */
	u32 slow = kmb_is_unseen(v) ? min(v->slow, 1U) : v->slow;
	const struct {
		const char *what;
		u64 least, want, before, after;
		bool known;
	} counts[] = {
		{ "bytes", v->total, v->total, before->bytes, after->bytes,
		  v->copy->row.flags & KMB_ROW_DATA },
		{ "short copies", v->shorts, v->shorts, before->short_copies,
		  after->short_copies, true },
		{ "slow paths", slow, v->slow, before->slow_path, after->slow_path, true },
		{ "faults", v->served, v->served, before->faults, after->faults,
		  v->user && v->user->window },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if (counts[i].known && (counts[i].after - counts[i].before < counts[i].least ||
					counts[i].after - counts[i].before > counts[i].want))
			return KMB_WRONG(b, "page %u of the pool: expected %llu %s, saw %llu",
					 v->op, counts[i].want, counts[i].what,
					 counts[i].after - counts[i].before);
	return 0;
}

static void *kmb_alias(const struct kmb_pool *pool, const struct page *head)
{
	unsigned int i = 0;

	while (pool->pages[i] != head)
		i++;
	return pool->alias + ((size_t)i << (PAGE_SHIFT + pool->order));
}

static int kmb_verify_op(struct kmb_bench *b, struct kmb_cell *cell, struct kmb_view *v,
			 unsigned int op)
{
	struct kmb_cell before = *cell;
	unsigned long served;
	u64 duration;
	int ret;

	v->op = op;
	v->seg = (v->user ? v->user->seq : v->pool->seq) + op * v->pool->segs;
	v->at[KMB_PAGE] = kmb_alias(v->pool, &v->seg->own.folio->page);
	v->at[KMB_PEER] = kmb_alias(v->pool, &v->seg->peer.folio->page);
	if (kmb_is_self(v))
		v->at[KMB_USER] = v->at[KMB_PAGE];
	ret = kmb_view_promises(b, v) ?: kmb_view_fill(v);
	if (ret)
		return ret;
	served = v->user ? kmb_user_served(v->user) : 0;
	ret = kmb_sample(b, cell, op, 1, &duration);
	if (ret)
		return ret;
	if (v->user && v->user->window && kmb_user_served(v->user) - served != v->served)
		return KMB_WRONG(b, "page %u of the pool: expected %u faults in all, saw %lu",
				 op, v->served, kmb_user_served(v->user) - served);
	ret = kmb_view_look(v);
	if (ret)
		return ret;
	kmb_view_model(v);
	return kmb_view_counts(b, v, &before, cell) ?: kmb_view_compare(b, v);
}

static void kmb_fill_held(const struct kmb_pool *pool)
{
	u32 *word = pool->alias + ((size_t)2 * pool->nr << (PAGE_SHIFT + pool->order));
	u32 words = pool->nr_held << (PAGE_SHIFT + pool->order - 2), i;

	for (i = 0; i < words; i++)
		word[i] = ~i * 0xc2b2ae35U;
}

static int kmb_view_init(struct kmb_view *v, struct kmb_bench *b, const struct kmb_cell *cell)
{
	enum kmb_place place;
	u32 most;

	v->copy = kmb_copy_row(cell->cell[KMB_LIST_COPIES]);
	v->pool = &b->pools[cell->cell[KMB_LIST_PAGES]];
	v->user = kmb_user_of(b, cell);
	v->at[KMB_BUF] = b->buf;
	for (place = KMB_PAGE; place < KMB_USER; place++)
		v->bytes[place] = PAGE_SIZE << v->pool->order;
	most = v->bytes[KMB_PAGE];
	if (v->user) {
		v->bytes[KMB_USER] = v->user->area;
		v->at[KMB_USER] = kmb_user_alias(v->user);
		most = max(most, v->user->area);
	}
	/* Page aligned, as copies go by where in a page they are. */
	v->scratch = kmb_runner_scratch(b->runner, (KMB_NR_PLACES - KMB_PAGE + 1) * most);
	if (!v->scratch)
		return -ENOMEM;
	for (place = KMB_PAGE; place < KMB_NR_PLACES; place++)
		v->image[place] = v->scratch + (place - KMB_PAGE + 1) * most;
	if (kmb_is_self(v))
		v->image[KMB_USER] = v->image[KMB_PAGE];
	return 0;
}

/**
 * kmb_verify() - verify one cell over its pool
 * @b: the request
 * @cell: one of its cells
 *
 * Return: 0, or -EIO with the first difference in run.reason.
 */
int kmb_verify(struct kmb_bench *b, struct kmb_cell *cell)
{
	struct kmb_pool *pool = &b->pools[cell->cell[KMB_LIST_PAGES]];
	struct kmb_view v = { };
	u64 duration;
	u32 op;
	int ret;

	ret = kmb_view_init(&v, b, cell);
	kmb_fill_held(pool);
	for (op = 0; !ret && op < pool->nr; op++)
		ret = kmb_verify_op(b, cell, &v, op) ?: kmb_pause();
	if (!ret)
		ret = kmb_sample(b, cell, 0, pool->nr, &duration);
	return ret;
}
