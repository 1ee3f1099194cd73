// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of what walks over many pages and maps one after the other: lists
 * that lie in two folios by turns, at odd places, and cross their pages. Data
 * goes from a buffer to the list and back, and between two lists with both of
 * their iterators alive.
 */
#include <crypto/scatterwalk.h>
#include <linux/bvec.h>
#include <linux/highmem.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "checks.h"
#include "compat.h"
#include "shadow.h"

#define KMB_LIST_PIECES	6
#define KMB_LIST_MAX	(KMB_LIST_PIECES + 1)	/* and an empty one */
#define KMB_CHUNK	61	/* of a walk that stops short of each segment's end */
#define KMB_BEYOND	2	/* bytes of the entry behind a list, which is none of its own */

struct kmb_piece {
	enum kmb_region region;
	size_t at, len;
};

struct kmb_pieces {
	unsigned int nr;
	size_t total;
	struct kmb_piece piece[KMB_LIST_MAX];
	struct scatterlist sg[KMB_LIST_MAX + 1];
	struct bio_vec bvec[KMB_LIST_MAX];
};

enum kmb_way { KMB_WAY_GET, KMB_WAY_PUT, KMB_WAY_ZERO, KMB_NR_WAYS };

static const char * const kmb_way_names[] = { "read", "write", "zero" };

/* @len bytes from byte @skip of the list, from or to the buffer */
struct kmb_walk {
	struct kmb_pieces *list;
	u8 *buf;
	size_t skip, len;
	size_t more;		/* wanted of a list that has no more than @len */
	enum kmb_way way;
	unsigned int flags;	/* of SG_MITER */
	size_t chunk;		/* 0: as much as there is */
	bool sleeps;		/* out: the iterator mapped as one that may sleep */
};

enum kmb_walk_topic { KMB_WALK_SG, KMB_WALK_BVEC, KMB_WALK_IOV, KMB_WALK_SCATTERWALK };

struct kmb_walk_row {
	const char *name;
	enum kmb_walk_topic topic;
	u32 ways;
	size_t (*walk)(struct kmb_walk *w);	/* the bytes done, @len when right */
	unsigned int flags;
	size_t chunk;
	const char *absent;
};

#define KMB_COPIES	(BIT(KMB_WAY_GET) | BIT(KMB_WAY_PUT))

/* What an iterator found, to or from the buffer at @done */
static void kmb_walk_copy(const struct kmb_walk *w, void *addr, size_t done, size_t len)
{
	if (w->way == KMB_WAY_GET)
		memcpy(w->buf + done, addr, len);
	else if (w->way == KMB_WAY_PUT)
		memcpy(addr, w->buf + done, len);
	else
		memset(addr, 0, len);
}

static size_t kmb_walk_sg_copy(struct kmb_walk *w)
{
	struct kmb_pieces *l = w->list;
	size_t len = w->len + w->more;

	if (w->way == KMB_WAY_GET)
		return sg_pcopy_to_buffer(l->sg, l->nr, w->buf, len, w->skip);
	if (w->way == KMB_WAY_PUT)
		return sg_pcopy_from_buffer(l->sg, l->nr, w->buf, len, w->skip);
	return sg_zero_buffer(l->sg, l->nr, len, w->skip);
}

static unsigned int kmb_miter_flags(const struct kmb_walk *w)
{
	return w->flags | (w->way == KMB_WAY_GET ? SG_MITER_FROM_SG : SG_MITER_TO_SG);
}

/* A page of highmem has a slot, or is mapped by kmap(), which looks the same from outside. */
static bool kmb_miter_sleeps(const struct kmb_walk *w, const struct sg_mapping_iter *m, int slots)
{
	return IS_ENABLED(CONFIG_KMAP_LOCAL) && !KMB_KMAP_HIGH_GET && PageHighMem(m->page) &&
	       w->flags & (SG_MITER_ATOMIC | KMB_SG_MITER_LOCAL) && kmb_slots() == slots;
}

/* To where the walk begins: at once, or in parts, from amidst the first piece on */
static bool kmb_miter_skip(struct sg_mapping_iter *m, const struct kmb_walk *w)
{
	size_t skip = w->skip;

	if (w->chunk && skip > 1) {
		if (!sg_miter_next(m))
			return false;
		m->consumed = min(m->length, skip / 2);
		skip -= m->consumed;
	}
	return sg_miter_skip(m, skip);
}

static size_t kmb_walk_miter(struct kmb_walk *w)
{
	struct sg_mapping_iter m;
	int slots = kmb_slots();
	size_t done = 0;

	sg_miter_start(&m, w->list->sg, w->list->nr, kmb_miter_flags(w));
	if (!kmb_miter_skip(&m, w))
		return 0;
	while (done < w->len && sg_miter_next(&m)) {
		w->sleeps |= kmb_miter_sleeps(w, &m, slots);
		m.consumed = min(m.length, w->len - done);
		if (w->chunk)
			m.consumed = min(m.consumed, w->chunk);
		if (!m.consumed)
			break;
		kmb_walk_copy(w, m.addr, done, m.consumed);
		done += m.consumed;
	}
	if (w->more && done == w->len && sg_miter_next(&m))
		done += m.length;
	sg_miter_stop(&m);
	return done;
}

static struct bvec_iter kmb_bvec_start(const struct kmb_walk *w)
{
	struct bvec_iter it = { .bi_size = w->skip + w->len };

	bvec_iter_advance(w->list->bvec, &it, w->skip);
	return it;
}

/* The pages of a bio_vec one by one */
static bool kmb_bvec_next(const struct kmb_walk *w, struct bvec_iter *it, struct bio_vec *bv)
{
	if (!it->bi_size)
		return false;
	*bv = bvec_iter_bvec(w->list->bvec, *it);
	return bvec_iter_advance(w->list->bvec, it, bv->bv_len);
}

static size_t kmb_walk_bvec_map(struct kmb_walk *w)
{
	struct bvec_iter it = kmb_bvec_start(w);
	struct bio_vec bv;
	size_t done;

	for (done = 0; kmb_bvec_next(w, &it, &bv); done += bv.bv_len) {
		void *addr = bvec_kmap_local(&bv);

		kmb_walk_copy(w, addr, done, bv.bv_len);
		kunmap_local(addr);
	}
	return done;
}

static size_t kmb_walk_bvec_copy(struct kmb_walk *w)
{
	struct bvec_iter it = kmb_bvec_start(w);
	struct bio_vec bv;
	size_t done;

	for (done = 0; kmb_bvec_next(w, &it, &bv); done += bv.bv_len) {
		if (w->way == KMB_WAY_GET)
			memcpy_from_bvec(w->buf + done, &bv);
		else if (w->way == KMB_WAY_PUT)
			memcpy_to_bvec(&bv, w->buf + done);
		else
			memzero_bvec(&bv);
	}
	return done;
}

static size_t kmb_iov_copy(const struct kmb_walk *w, struct iov_iter *iter, size_t done,
			   size_t len)
{
	if (w->way == KMB_WAY_GET)
		return copy_from_iter(w->buf + done, len, iter);
	if (w->way == KMB_WAY_PUT)
		return copy_to_iter(w->buf + done, len, iter);
	return iov_iter_zero(len, iter);
}

/* Goes back as well: what was consumed is there again. */
static size_t kmb_walk_iov(struct kmb_walk *w)
{
	size_t done = 0, n;
	struct iov_iter iter;

	iov_iter_bvec(&iter, w->way == KMB_WAY_GET ? ITER_SOURCE : ITER_DEST, w->list->bvec,
		      w->list->nr, w->list->total);
	iov_iter_advance(&iter, w->skip);
	while (done < w->len) {
		n = kmb_iov_copy(w, &iter, done, w->chunk ? min(w->chunk, w->len - done) : w->len);
		if (!n)
			break;
		done += n;
	}
	iov_iter_revert(&iter, done);
	return iov_iter_count(&iter) == w->list->total - w->skip ? done : 0;
}

/* Through the maps of crypto's walk */
static size_t kmb_walk_scatterwalk(struct kmb_walk *w)
{
	struct scatter_walk walk;
	size_t done = 0, n;
	void *addr;

	kmb_scatterwalk_start(&walk, w->list->sg, w->skip);
	while (done < w->len) {
		n = kmb_scatterwalk_next(&walk, w->len - done, &addr);
		if (n)
			kmb_walk_copy(w, addr, done, n);
		done += n;
		kmb_scatterwalk_done(&walk, addr, n, w->way != KMB_WAY_GET, w->len - done);
		if (!n)
			break;
	}
	return done;
}

#if IS_REACHABLE(CONFIG_CRYPTO_ALGAPI)
/* The buffer as a list: of pages that lie one behind the other nowhere but here */
static void kmb_list_of_buf(struct scatterlist *sg, unsigned int max, u8 *buf, size_t len)
{
	unsigned int n;
	size_t part;

	sg_init_table(sg, max);
	for (n = 0; len; n++, buf += part, len -= part) {
		part = min_t(size_t, len, PAGE_SIZE - offset_in_page(buf));
		sg_set_page(&sg[n], vmalloc_to_page(buf), part, offset_in_page(buf));
	}
	sg_mark_end(&sg[n - 1]);
}

/* From list to list, both mapped at a time */
static size_t kmb_walk_sglist(struct kmb_walk *w)
{
	struct scatterlist buf[BIT(KMB_MAX_ORDER) + 1], from[2], *list;

	if (!w->len)
		return 0;
	kmb_list_of_buf(buf, ARRAY_SIZE(buf), w->buf, w->len);
	list = scatterwalk_ffwd(from, w->list->sg, w->skip);
	if (w->way == KMB_WAY_PUT)
		memcpy_sglist(list, buf, w->len);
	else
		memcpy_sglist(buf, list, w->len);
	return w->len;
}

/* Within one folio, which both entries name by its first page */
static int kmb_sglist_within(struct kmb_checker *c, struct kmb_shadow *s)
{
	const size_t half = s->size / 2, to = half + 1, from = 5, len = half - 9;
	struct scatterlist src, dst;
	struct page *page = folio_page(s->folio[KMB_TO], 0);

	if (KMB_SGLIST)
		return 0;
	kmb_shadow_fill(s);
	sg_init_table(&src, 1);
	sg_init_table(&dst, 1);
	sg_set_page(&src, page, len, from);
	sg_set_page(&dst, page, len, to);
	memcpy_sglist(&dst, &src, len);
	memcpy(s->want[KMB_TO] + to, s->want[KMB_TO] + from, len);
	kmb_shadow_touch(s, KMB_TO, to, len);
	return kmb_shadow_judge(c, s, "memcpy_sglist within a folio, from %zu to %zu length %zu",
				from, to, len);
}

static size_t kmb_walk_scatterwalk_copy(struct kmb_walk *w)
{
	scatterwalk_map_and_copy(w->buf, w->list->sg, w->skip, w->len, w->way == KMB_WAY_PUT);
	return w->len;
}
#else
#define kmb_walk_sglist			NULL
#define kmb_walk_scatterwalk_copy	NULL
#define kmb_sglist_within(c, s)		0
#endif

#define KMB_CRYPTO	(IS_REACHABLE(CONFIG_CRYPTO_ALGAPI) ? KMB_HERE : \
			 "the kernel was built without CONFIG_CRYPTO_ALGAPI")

static const struct kmb_walk_row kmb_walks[] = {
	{ "sg_copy_buffer", KMB_WALK_SG, KMB_COPIES | BIT(KMB_WAY_ZERO), kmb_walk_sg_copy },
	{ "sg_miter", KMB_WALK_SG, KMB_COPIES, kmb_walk_miter },
	{ "sg_miter atomic", KMB_WALK_SG, KMB_COPIES, kmb_walk_miter, SG_MITER_ATOMIC },
	{ "sg_miter local", KMB_WALK_SG, KMB_COPIES, kmb_walk_miter, KMB_SG_MITER_LOCAL,
		0, KMB_MITER_LOCAL },
	{ "sg_miter in parts", KMB_WALK_SG, KMB_COPIES, kmb_walk_miter, 0, KMB_CHUNK },
	{ "sg_miter atomic in parts", KMB_WALK_SG, KMB_COPIES, kmb_walk_miter, SG_MITER_ATOMIC,
		KMB_CHUNK },
	{ "sg_miter local in parts", KMB_WALK_SG, KMB_COPIES, kmb_walk_miter, KMB_SG_MITER_LOCAL,
		KMB_CHUNK, KMB_MITER_LOCAL },
	{ "bvec_kmap_local", KMB_WALK_BVEC, KMB_COPIES, kmb_walk_bvec_map },
	{ "memcpy_bvec", KMB_WALK_BVEC, KMB_COPIES | BIT(KMB_WAY_ZERO), kmb_walk_bvec_copy },
	{ "iov_iter", KMB_WALK_IOV, KMB_COPIES | BIT(KMB_WAY_ZERO), kmb_walk_iov },
	{ "iov_iter in parts", KMB_WALK_IOV, KMB_COPIES, kmb_walk_iov, 0, KMB_CHUNK },
	{ "scatterwalk", KMB_WALK_SCATTERWALK, KMB_COPIES, kmb_walk_scatterwalk },
	{ "scatterwalk_map_and_copy", KMB_WALK_SCATTERWALK, KMB_COPIES,
		kmb_walk_scatterwalk_copy, 0, 0, KMB_CRYPTO },
	{ "memcpy_sglist", KMB_WALK_SCATTERWALK, KMB_COPIES, kmb_walk_sglist, 0, 0,
		KMB_SGLIST ?: KMB_CRYPTO },
};

/*
 * An entry may name any page at or before the one that it begins in: of one folio
 * all name the first, which is what large folios are put on lists by.
 */
static void kmb_list_add(struct kmb_pieces *l, struct kmb_shadow *s, enum kmb_region region,
			 size_t at, size_t len)
{
	size_t first = region == KMB_FROM ? 0 : at >> PAGE_SHIFT;
	struct page *page = folio_page(s->folio[region], first);
	size_t offset = at - first * PAGE_SIZE;

	l->piece[l->nr] = (struct kmb_piece) { region, at, len };
	sg_set_page(&l->sg[l->nr], page, len, offset);
	l->bvec[l->nr] = (struct bio_vec) {
		.bv_page = page, .bv_offset = offset, .bv_len = len,
	};
	l->nr++;
	l->total += len;
}

/*
 * Odd pieces of both folios by turns, or only those in @region; none lies over another.
 * Behind the first there may be an @empty one, where such are stepped over.
 */
static void kmb_list_init(struct kmb_pieces *l, struct kmb_shadow *s, enum kmb_region region,
			  bool empty)
{
	const size_t half = s->size / 2, piece[KMB_LIST_PIECES][2] = {
		{ 3, 509 }, { 513, half - 512 },
		{ half + 1, half - 700 }, { half + 7, half - 12 },
		{ s->size - 1, 1 }, { s->size - 5, 5 },
	};
	unsigned int i;

	l->nr = 0;
	l->total = 0;
	sg_init_table(l->sg, ARRAY_SIZE(l->sg));
	for (i = 0; i < KMB_LIST_PIECES; i++) {
		enum kmb_region in = i % 2 ? KMB_FROM : KMB_TO;

		if (region == in || region == KMB_NR_REGIONS)
			kmb_list_add(l, s, in, piece[i][0], piece[i][1]);
		if (!i && empty)
			kmb_list_add(l, s, KMB_FROM, 0, 0);
	}
	/* A list may be the first entries of a longer one. */
	sg_set_page(&l->sg[l->nr], folio_page(s->folio[KMB_TO], 0), KMB_BEYOND, 0);
	sg_mark_end(&l->sg[l->nr]);
}

/* The part of piece @i that the bytes [skip, skip + len) of the list lie in, if any */
static size_t kmb_list_part(const struct kmb_pieces *l, unsigned int i, size_t *skip, size_t len,
			    size_t *at)
{
	size_t before = min(*skip, l->piece[i].len);

	*skip -= before;
	*at = l->piece[i].at + before;
	return min(l->piece[i].len - before, len);
}

/* What the walk should do, in plain memory */
static void kmb_walk_want(const struct kmb_walk *w, struct kmb_shadow *s)
{
	size_t skip = w->skip, done = 0, at, n;
	unsigned int i;

	for (i = 0; i < w->list->nr && done < w->len; i++) {
		enum kmb_region region = w->list->piece[i].region;
		u8 *buf = s->want[KMB_LINEAR] + done;

		n = kmb_list_part(w->list, i, &skip, w->len - done, &at);
		if (w->way == KMB_WAY_GET)
			memcpy(buf, s->want[region] + at, n);
		else if (w->way == KMB_WAY_PUT)
			memcpy(s->want[region] + at, buf, n);
		else
			memset(s->want[region] + at, 0, n);
		kmb_shadow_touch(s, region, at, n);
		done += n;
	}
	kmb_shadow_touch(s, KMB_LINEAR, 0, w->len);
}

static int kmb_walk_once(struct kmb_checker *c, struct kmb_shadow *s,
			 const struct kmb_walk_row *row, struct kmb_walk *w)
{
	bool may_kmap = row->walk == kmb_walk_miter && !row->flags;
	struct kmb_state before, after;
	char text[KMB_REASON_LEN];
	size_t done;

	w->more = w->skip + w->len == w->list->total && w->len + KMB_BEYOND <= s->size ?
		  KMB_BEYOND : 0;
	kmb_shadow_fill(s);
	kmb_state_get(&before);
	done = row->walk(w);
	kmb_state_get(&after);
	kmb_walk_want(w, s);
	if (!kmb_state_same(&before, &after, text))
		return KMB_FAIL(c, "%s left behind: %.128s", row->name, text);
	if (w->sleeps)
		return KMB_FAIL(c, "%s took no slot for a page of highmem", row->name);
	if (kmb_shadow_kmapped(s) && !may_kmap)
		return KMB_FAIL(c, "%s used kmap(), which may sleep", row->name);
	if (done != w->len)
		return KMB_FAIL(c, "%s, order %u: did %zu of %zu bytes from %zu on", row->name,
				s->order, done, w->len, w->skip);
	return kmb_shadow_judge(c, s, "%s, %s %zu bytes from %zu on", row->name,
				kmb_way_names[w->way], w->len, w->skip);
}

/* From the list's start all lengths, from other places the two longest */
static int kmb_walk_lengths(struct kmb_checker *c, struct kmb_shadow *s,
			    const struct kmb_walk_row *row, struct kmb_walk *w)
{
	struct kmb_edges skip = kmb_offsets(w->list->total), len;
	unsigned int i, j;
	int ret = 0;

	for (i = 0; !ret && i < skip.nr; i++) {
		w->skip = skip.at[i];
		len = kmb_lengths(min(s->size, w->list->total - w->skip));
		for (j = !i || len.nr < 2 ? 0 : len.nr - 2; !ret && j < len.nr; j++) {
			w->len = len.at[j];
			ret = kmb_walk_once(c, s, row, w);
		}
	}
	return ret;
}

struct kmb_iter_request {
	enum kmb_walk_topic topic;
	struct kmb_pieces *list, *other;
};

static int kmb_walk_order(struct kmb_checker *c, struct kmb_shadow *s, const void *arg)
{
	const struct kmb_iter_request *r = arg;
	unsigned int i, way;
	int ret = r->topic == KMB_WALK_SCATTERWALK ? kmb_sglist_within(c, s) : 0;

	kmb_list_init(r->list, s, KMB_NR_REGIONS, r->topic == KMB_WALK_SG);
	for (i = 0; i < ARRAY_SIZE(kmb_walks); i++) {
		if (kmb_walks[i].topic != r->topic || kmb_walks[i].absent)
			continue;
		for (way = 0; !ret && way < KMB_NR_WAYS; way++) {
			struct kmb_walk w = {
				.list = r->list, .buf = s->is[KMB_LINEAR], .way = way,
				.flags = kmb_walks[i].flags, .chunk = kmb_walks[i].chunk,
			};

			if (kmb_walks[i].ways & BIT(way))
				ret = kmb_walk_lengths(c, s, &kmb_walks[i], &w);
		}
	}
	return ret;
}

/* Two lists are more than a stack has room for. */
static int kmb_iter_check(struct kmb_checker *c, enum kmb_walk_topic topic,
			  int (*order)(struct kmb_checker *c, struct kmb_shadow *s,
				       const void *arg))
{
	struct kmb_iter_request r = { .topic = topic };
	struct kmb_shadow s = {};
	int ret;

	r.list = kcalloc(2, sizeof(*r.list), GFP_KERNEL);
	if (!r.list)
		return -ENOMEM;
	r.other = r.list + 1;
	ret = kmb_shadow_each_order(c, &s, order, &r);
	KMB_SAW(c, "%u walks over %u pieces, orders 0 to %u", s.calls, r.list->nr, KMB_MAX_ORDER);
	kfree(r.list);
	return ret;
}

/*
 * From one list to the other. The one that was mapped last is the first to be
 * unmapped: the inner iterator is stopped whenever the outer one moves on, and
 * goes on from where it was.
 */
static size_t kmb_miter_nested(struct kmb_pieces *to, struct kmb_pieces *from, unsigned int outer,
			       unsigned int inner)
{
	struct sg_mapping_iter src, dst;
	size_t done = 0, used;

	sg_miter_start(&src, from->sg, from->nr, outer | SG_MITER_FROM_SG);
	sg_miter_start(&dst, to->sg, to->nr, inner | SG_MITER_TO_SG);
	while (sg_miter_next(&src)) {
		for (used = 0; used < src.length && sg_miter_next(&dst); used += dst.consumed) {
			dst.consumed = min(dst.length, src.length - used);
			memcpy(dst.addr, src.addr + used, dst.consumed);
		}
		sg_miter_stop(&dst);
		done += used;
		if (used < src.length)
			break;
	}
	sg_miter_stop(&src);
	return done;
}

static void kmb_nested_want(struct kmb_pieces *to, struct kmb_pieces *from, struct kmb_shadow *s,
			    size_t len)
{
	struct kmb_walk get = { .list = from, .way = KMB_WAY_GET };
	struct kmb_walk put = { .list = to, .way = KMB_WAY_PUT };
	size_t done;
	u8 *buf = s->want[KMB_LINEAR];

	/* By way of a few bytes of the buffer, which end as they were */
	for (done = 0; done < len; done += get.len) {
		get.skip = done;
		put.skip = done;
		get.len = min_t(size_t, len - done, PAGE_SIZE);
		put.len = get.len;
		kmb_walk_want(&get, s);
		kmb_walk_want(&put, s);
	}
	memcpy(buf, s->fresh + KMB_LINEAR * s->size, s->size);
}

/*
 * Without flags an iterator's mapping is no task's, and not the last to come: it may
 * be stopped in any order.
 */
static int kmb_miter_crossed(struct kmb_checker *c, struct kmb_shadow *s, struct kmb_pieces *first,
			     struct kmb_pieces *second)
{
	const struct kmb_piece *piece = &second->piece[0];
	struct sg_mapping_iter a, b;
	u8 byte[1];
	int ret = 0;

	kmb_shadow_fill(s);
	sg_miter_start(&a, first->sg, first->nr, SG_MITER_FROM_SG);
	sg_miter_start(&b, second->sg, second->nr, SG_MITER_FROM_SG);
	if (!sg_miter_next(&a) || !sg_miter_next(&b))
		ret = KMB_FAIL(c, "sg_miter of no flags found nothing");
	sg_miter_stop(&a);
	/* One that is gone is no oops. */
	if (!ret && (copy_from_kernel_nofault(byte, b.addr, sizeof(byte)) ||
		     *byte != s->want[piece->region][piece->at]))
		ret = KMB_FAIL(c, "sg_miter of no flags lost its page as another was stopped");
	sg_miter_stop(&b);
	return ret;
}

static int kmb_nested_order(struct kmb_checker *c, struct kmb_shadow *s, const void *arg)
{
	static const unsigned int flags[] = { 0, SG_MITER_ATOMIC, KMB_SG_MITER_LOCAL };
	const struct kmb_iter_request *r = arg;
	struct kmb_pieces *to = r->list, *from = r->other;
	unsigned int i, outer, inner;
	size_t done;
	int ret = 0;

	/* Their pieces end at different places, and so the two move on at different times. */
	kmb_list_init(to, s, KMB_TO, true);
	kmb_list_init(from, s, KMB_FROM, true);
	for (i = 0; !ret && i < ARRAY_SIZE(flags) * ARRAY_SIZE(flags); i++) {
		outer = flags[i / ARRAY_SIZE(flags)];
		inner = flags[i % ARRAY_SIZE(flags)];
		/* kmap() may sleep. */
		if (!inner && outer & SG_MITER_ATOMIC)
			continue;
		kmb_shadow_fill(s);
		done = kmb_miter_nested(to, from, outer, inner);
		kmb_nested_want(to, from, s, to->total);
		if (done != to->total)
			return KMB_FAIL(c, "flags %#x in %#x, order %u: %zu of %zu bytes", inner,
					outer, s->order, done, to->total);
		ret = kmb_shadow_judge(c, s, "sg_miter of flags %#x in one of %#x", inner, outer);
	}
	return ret ?: kmb_miter_crossed(c, s, from, to);
}

static int kmb_check_iter_sg(struct kmb_checker *c)
{
	return kmb_iter_check(c, KMB_WALK_SG, kmb_walk_order);
}

static int kmb_check_iter_sg_nested(struct kmb_checker *c)
{
	return kmb_iter_check(c, KMB_WALK_SG, kmb_nested_order);
}

static int kmb_check_iter_bvec(struct kmb_checker *c)
{
	return kmb_iter_check(c, KMB_WALK_BVEC, kmb_walk_order);
}

static int kmb_check_iter_iov(struct kmb_checker *c)
{
	return kmb_iter_check(c, KMB_WALK_IOV, kmb_walk_order);
}

static int kmb_check_iter_scatterwalk(struct kmb_checker *c)
{
	return kmb_iter_check(c, KMB_WALK_SCATTERWALK, kmb_walk_order);
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(iter_sg, 0, KMB_HERE,
		      "sg_miter and what is made of it, at once and in parts"),
	KMB_CHECK_ROW(iter_sg_nested, 0, KMB_HERE,
		      "an sg_miter within another, and beside it where that may be"),
	KMB_CHECK_ROW(iter_bvec, 0, KMB_HERE,
		      "bvec_kmap_local and the copies of a bio_vec"),
	KMB_CHECK_ROW(iter_iov, 0, KMB_HERE,
		      "an iov_iter over many pages, there and back"),
	KMB_CHECK_ROW(iter_scatterwalk, 0, KMB_HERE,
		      "crypto's walk over a scatterlist"),
};

const struct kmb_check_set kmb_checks_iter = { kmb_rows, ARRAY_SIZE(kmb_rows) };
