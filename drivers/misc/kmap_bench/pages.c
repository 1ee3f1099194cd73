// SPDX-License-Identifier: GPL-2.0-only
/* The list of page kinds, and the pools that operations draw from. */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kmap_bench.h"

#define KMB_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

const struct kmb_pages_row kmb_pages[] = {
	{ { "low",   "alloc_pages(GFP_KERNEL, 0)",		KMB_ROW_LOWMEM },
		KMB_GFP },
	{ { "high",  "alloc_pages(GFP_HIGHUSER, 0), highmem",	KMB_ROW_HIGHMEM,
		    KMB_NEEDS(CONFIG_HIGHMEM) },
		KMB_GFP | __GFP_HIGHMEM },
	{ { "any",   "alloc_pages(GFP_HIGHUSER, 0)",		0 },
		KMB_GFP | __GFP_HIGHMEM },
	{ { "folio", "alloc_pages(GFP_HIGHUSER | __GFP_COMP, order)",	KMB_ROW_ORDER },
		KMB_GFP | __GFP_HIGHMEM | __GFP_COMP },
};

const unsigned int kmb_nr_pages = ARRAY_SIZE(kmb_pages);

/*
 * A highmem page that kmap() had an address for, and has one still: it forgets that
 * only when it runs out of addresses, be the page free meanwhile or not. Such a page is
 * not as new. Where architectures have kmap_local share those addresses, as ARM does,
 * it takes no slot, and does not keep its task on its CPU.
 */
static bool kmb_page_stale(struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1 << order; i++)
		if (PageHighMem(page + i) && page_address(page + i))
			return true;
	return false;
}

/**
 * kmb_page_alloc() - allocate a page, or a folio, that kmap() has no address for
 * @kind: row of kmb_pages
 * @order: of the folio
 * @node: or NUMA_NO_NODE
 * @aside: gets those that it has; for kmb_pages_free() when all others are there,
 *	as they would come back before
 *
 * Return: the first page, maybe not of that kind, or NULL.
 */
struct page *kmb_page_alloc(const struct kmb_pages_row *kind, unsigned int order, int node,
			    struct list_head *aside)
{
	gfp_t gfp = kind->gfp | (order ? __GFP_COMP : 0);
	struct page *page;

	for (;;) {
		if (node == NUMA_NO_NODE)
			page = alloc_pages(gfp, order);
		else
			page = alloc_pages_node(node, gfp | __GFP_THISNODE, order);
		if (!page || !kmb_page_stale(page, order))
			return page;
		list_add(&page->lru, aside);
	}
}

/**
 * kmb_pages_free() - free what kmb_page_alloc() put aside
 * @aside: pages
 * @order: of each
 */
void kmb_pages_free(struct list_head *aside, unsigned int order)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, aside, lru)
		__free_pages(page, order);
}

/* What was asked for, or an error: never a silently different measurement. */
static int kmb_page_check(const struct kmb_pages_row *kind, struct page *page, char *reason)
{
	if (!page) {
		snprintf(reason, KMB_REASON_LEN, "no memory for %s pages: use a smaller pool",
			 kind->row.name);
		return -ENOMEM;
	}
	if (kind->row.flags & KMB_ROW_HIGHMEM && !PageHighMem(page)) {
		snprintf(reason, KMB_REASON_LEN,
			 "the kernel gave a lowmem page where highmem was asked for: free highmem or use a smaller pool");
		return -ENOMEM;
	}
	return 0;
}

/**
 * kmb_page_new() - allocate one page of a kind without an order
 * @kind: row of kmb_pages
 *
 * Return: the page, zeroed, or NULL: no memory, or not of that kind.
 */
struct page *kmb_page_new(unsigned int kind)
{
	char reason[KMB_REASON_LEN];
	LIST_HEAD(aside);
	struct page *page = kmb_page_alloc(&kmb_pages[kind], 0, NUMA_NO_NODE, &aside);

	kmb_pages_free(&aside, 0);
	if (page && kmb_page_check(&kmb_pages[kind], page, reason)) {
		__free_page(page);
		return NULL;
	}
	if (page)
		clear_highpage(page);
	return page;
}

void kmb_pool_free(struct kmb_pool *pool)
{
	unsigned int i;

	vunmap(pool->alias);
	for (i = 0; pool->pages && i < 2 * pool->nr + pool->nr_held; i++)
		if (pool->pages[i])
			__free_pages(pool->pages[i], pool->order);
	kvfree(pool->pages);
	kvfree(pool->seq);
	memset(pool, 0, sizeof(*pool));
}

static int kmb_pool_fill(struct kmb_pool *pool, const struct kmb_pages_row *row, int node,
			 struct list_head *aside, char *reason)
{
	unsigned int i;
	int ret;

	for (i = 0; i < 2 * pool->nr + pool->nr_held; i++) {
		struct page *page = kmb_page_alloc(row, pool->order, node, aside);

		pool->pages[i] = page;
		ret = kmb_page_check(row, page, reason);
		if (ret)
			return ret;
		if (PageHighMem(page))
			pool->high += 1 << pool->order;
		else
			pool->low += 1 << pool->order;
		ret = kmb_pause();
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kmb_pool_alloc() - allocate the pages of a pool
 * @pool: zeroed; kmb_pool_free() takes it in any state
 * @kind: row of kmb_pages
 * @shape: pool, order, nest and node of the request
 * @reason: KMB_REASON_LEN bytes for a sentence
 *
 * Return: 0, or -ENOMEM when there is no memory, or not of that kind.
 */
int kmb_pool_alloc(struct kmb_pool *pool, unsigned int kind,
		   const struct kmb_shape *shape, char *reason)
{
	const struct kmb_pages_row *row = &kmb_pages[kind];
	LIST_HEAD(aside);
	int ret;

	pool->kind = kind;
	pool->order = row->row.flags & KMB_ROW_ORDER ? shape->order : 0;
	pool->nr = shape->pool;
	pool->nr_held = shape->nest;
	pool->pages = kvcalloc(2 * pool->nr + pool->nr_held, sizeof(*pool->pages),
			       GFP_KERNEL_ACCOUNT);
	if (!pool->pages)
		return -ENOMEM;
	ret = kmb_pool_fill(pool, row, shape->node, &aside, reason);
	kmb_pages_free(&aside, pool->order);
	return ret;
}

/* Operations in a sequence: permutations of the pool, one at least */
unsigned int kmb_pool_ops(const struct kmb_shape *shape)
{
	return max_t(u32, shape->pool, rounddown(KMB_SEQUENCE, shape->pool));
}

/* The mappings of one operation: one a page that [offset, offset + len) touches. */
static struct kmb_seg *kmb_op_segs(struct kmb_seg *seg, struct kmb_pool *pool,
				   const struct kmb_shape *shape, unsigned int nr)
{
	struct page *own = pool->pages[nr], *peer = pool->pages[pool->nr + nr];
	u32 pos = shape->offset, rest = shape->len;

	while (rest) {
		u32 n = pos >> PAGE_SHIFT;
		u32 len = min_t(u32, rest, PAGE_SIZE - offset_in_page(pos));

		*seg++ = (struct kmb_seg) {
			.own = { own + n, page_folio(own) },
			.peer = { peer + n, page_folio(peer) },
			.pos = pos,
			.len = len,
			.user = pos,
		};
		pos += len;
		rest -= len;
	}
	return seg;
}

/**
 * kmb_shuffle() - put numbers in a random order
 * @nrs: numbers
 * @nr: how many, at least one
 * @rnd: goes on
 */
void kmb_shuffle(u32 *nrs, unsigned int nr, struct rnd_state *rnd)
{
	unsigned int i, j;

	for (i = nr - 1; i > 0; i--) {
		j = prandom_u32_state(rnd) % (i + 1);
		swap(nrs[i], nrs[j]);
	}
}

/**
 * kmb_pool_sequence() - lay out which pages operations take, in which order
 * @pool: allocated; filled in: seq, nr_ops, segs
 * @shape: resolved: offset and len of each operation
 * @ops: operations; as kmb_pool_ops() says, or the pool once over
 * @seed: the same seed gives the same order
 *
 * The sequence is random permutations of the pool, one after the other, so
 * that each page is drawn equally often. An array, so that the timed loop
 * does nothing but walk it.
 *
 * Return: 0 or -ENOMEM
 */
int kmb_pool_sequence(struct kmb_pool *pool, const struct kmb_shape *shape, unsigned int ops,
		      u64 seed)
{
	unsigned int last = shape->offset + shape->len - 1, i;
	struct rnd_state rnd;
	struct kmb_seg *seg;
	u32 *nrs;

	pool->segs = (last >> PAGE_SHIFT) - (shape->offset >> PAGE_SHIFT) + 1;
	pool->nr_ops = ops;
	pool->seq = kvcalloc(pool->nr_ops, pool->segs * sizeof(*seg), GFP_KERNEL_ACCOUNT);
	nrs = kvcalloc(pool->nr, sizeof(*nrs), GFP_KERNEL_ACCOUNT);
	if (!pool->seq || !nrs) {
		kvfree(nrs);
		return -ENOMEM;
	}
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < pool->nr; i++)
		nrs[i] = i;
	for (i = 0, seg = pool->seq; i < pool->nr_ops; i++) {
		if (i % pool->nr == 0)
			kmb_shuffle(nrs, pool->nr, &rnd);
		seg = kmb_op_segs(seg, pool, shape, nrs[i % pool->nr]);
	}
	kvfree(nrs);
	return 0;
}

/**
 * kmb_pool_alias() - make all base pages of a pool addressable without kmap
 * @pool: allocated; filled in: alias, in the order of pages
 *
 * vmap() shares no code with what is tested.
 *
 * Return: 0 or -ENOMEM
 */
int kmb_pool_alias(struct kmb_pool *pool)
{
	unsigned int heads = 2 * pool->nr + pool->nr_held, i, n = 0;
	unsigned int per = 1 << pool->order;
	struct page **base;

	base = kvcalloc(heads, per * sizeof(*base), GFP_KERNEL_ACCOUNT);
	if (!base)
		return -ENOMEM;
	for (i = 0; i < heads * per; i++)
		base[n++] = pool->pages[i / per] + i % per;
	pool->alias = vmap(base, n, VM_MAP, PAGE_KERNEL);
	kvfree(base);
	return pool->alias ? 0 : -ENOMEM;
}
