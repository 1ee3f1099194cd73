// SPDX-License-Identifier: GPL-2.0-only
/* Folios that functions of the kernel change, beside memory that shows what they should hold. */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "shadow.h"

static const char * const kmb_region_names[] = {
	[KMB_TO] = "the first folio", [KMB_FROM] = "the second folio", [KMB_LINEAR] = "the buffer",
};

void kmb_shadow_free(struct kmb_shadow *s)
{
	unsigned int i;

	vunmap(s->is[KMB_TO]);
	vfree(s->is[KMB_LINEAR]);
	vfree(s->want[KMB_TO]);
	vfree(s->fresh);
	for (i = 0; i < ARRAY_SIZE(s->folio); i++)
		if (s->folio[i])
			folio_put(s->folio[i]);
	*s = (struct kmb_shadow) { .calls = s->calls, .known = s->known };
}

/* Where any will do, the two differ: lowmem is the first with odd orders, else the second. */
static const struct kmb_pages_row *kmb_shadow_kind(const struct kmb_checker *c,
						   const struct kmb_shadow *s, unsigned int i)
{
	const struct kmb_pages_row *kind = &kmb_pages[c->pool.kind];

	if (!(kind->row.flags & (KMB_ROW_LOWMEM | KMB_ROW_HIGHMEM)) && (s->order + i) % 2)
		for (kind = kmb_pages; !(kind->row.flags & KMB_ROW_LOWMEM); )
			kind++;
	return kind;
}

static int kmb_shadow_folio(struct kmb_checker *c, struct kmb_shadow *s, unsigned int i,
			    struct list_head *aside)
{
	const struct kmb_pages_row *kind = kmb_shadow_kind(c, s, i);
	struct page *page = kmb_page_alloc(kind, s->order, NUMA_NO_NODE, aside);

	if (!page)
		return -ENOMEM;
	s->folio[i] = page_folio(page);
	if (kind->row.flags & KMB_ROW_HIGHMEM && !PageHighMem(page))
		return KMB_FAIL(c, "the kernel gave a lowmem folio of order %u for highmem",
				s->order);
	return 0;
}

static int kmb_shadow_alias(struct kmb_shadow *s)
{
	struct page *pages[KMB_LINEAR << KMB_MAX_ORDER];
	unsigned int i, per = 1 << s->order;

	for (i = 0; i < KMB_LINEAR * per; i++)
		pages[i] = folio_page(s->folio[i / per], i % per);
	s->is[KMB_TO] = vmap(pages, i, VM_MAP, PAGE_KERNEL);
	return s->is[KMB_TO] ? 0 : -ENOMEM;
}

/* No byte is 0 or like the one at its place in another region; pages are not alike either. */
static void kmb_shadow_pattern(struct kmb_shadow *s)
{
	u32 i, x, per = s->size / sizeof(u32), *at = (u32 *)s->fresh;

	for (i = 0; i < KMB_NR_REGIONS * per; i++) {
		/* Low bits must depend on the page as well. */
		x = (i + 1) * 0x9e3779b1U;
		x = (x ^ x >> 15) * 0x85ebca6bU;
		at[i] = ((x ^ x >> 13) & 0xfcfcfcfc) | 0x01010101 * (i / per + 1);
	}
}

/*
 * Whether more pages than the last time have an address by kmap(), which leaves one behind for a
 * while. Fewer may have: any kmap() may find that all places are used up.
 */
bool kmb_shadow_kmapped(struct kmb_shadow *s)
{
	unsigned int before = s->kmapped, i;

	s->kmapped = 0;
	for (i = 0; i < 2 << s->order; i++) {
		struct page *page = folio_page(s->folio[i >> s->order],
					       i & (BIT(s->order) - 1));

		s->kmapped += PageHighMem(page) && page_address(page);
	}
	return s->kmapped > before;
}

/**
 * kmb_shadow_alloc() - allocate folios of the check's kind, a buffer, and their shadow
 * @c: the check
 * @s: kmb_shadow_free() takes it in any state
 * @order: of the folios
 *
 * Return: 0, -ENOMEM, or -EIO with a reason when the folios are of another kind.
 */
int kmb_shadow_alloc(struct kmb_checker *c, struct kmb_shadow *s, unsigned int order)
{
	LIST_HEAD(aside);
	unsigned int i;
	int ret;

	s->order = order;
	s->size = PAGE_SIZE << order;
	ret = kmb_shadow_folio(c, s, KMB_TO, &aside) ?:
	      kmb_shadow_folio(c, s, KMB_FROM, &aside) ?: kmb_shadow_alias(s);
	kmb_pages_free(&aside, order);
	if (ret)
		return ret;
	s->is[KMB_FROM] = s->is[KMB_TO] + s->size;
	s->is[KMB_LINEAR] = vmalloc(s->size);
	s->want[KMB_TO] = vmalloc(KMB_NR_REGIONS * s->size);
	s->fresh = vmalloc(KMB_NR_REGIONS * s->size);
	if (!s->is[KMB_LINEAR] || !s->want[KMB_TO] || !s->fresh)
		return -ENOMEM;
	for (i = 0; i < KMB_NR_REGIONS; i++) {
		s->want[i] = s->want[KMB_TO] + i * s->size;
		kmb_shadow_touch(s, i, 0, s->size);
	}
	kmb_shadow_pattern(s);
	kmb_shadow_kmapped(s);
	return 0;
}

/* Something is going to write here, so that it must be filled afresh afterwards. */
void kmb_shadow_touch(struct kmb_shadow *s, enum kmb_region region, size_t at, size_t len)
{
	size_t *dirty = s->dirty[region];

	if (dirty[0] == dirty[1])
		dirty[0] = at;
	dirty[0] = min(dirty[0], at);
	dirty[1] = max(dirty[1], at + len);
}

/* Filling is what takes the time, so only where it is needed. */
void kmb_shadow_fill(struct kmb_shadow *s)
{
	unsigned int i;

	for (i = 0; i < KMB_NR_REGIONS; i++) {
		size_t at = s->dirty[i][0], len = s->dirty[i][1] - at;

		memcpy(s->want[i] + at, s->fresh + i * s->size + at, len);
		memcpy(s->is[i] + at, s->fresh + i * s->size + at, len);
		s->dirty[i][0] = 0;
		s->dirty[i][1] = 0;
	}
}

static size_t kmb_first_difference(const u8 *a, const u8 *b, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (a[i] != b[i])
			break;
	return i;
}

/**
 * kmb_shadow_judge() - compare all bytes with what they should be
 * @c: the check, which gets the reason
 * @s: filled, and changed since in both of its halves
 * @format: what was done
 *
 * Return: 0, -EIO with a reason, or -EINTR when nobody waits for more.
 */
int kmb_shadow_judge(struct kmb_checker *c, struct kmb_shadow *s, const char *format, ...)
{
	char what[KMB_REASON_LEN];
	unsigned int i;
	va_list args;
	size_t at;

	s->calls++;
	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	for (i = 0; i < KMB_NR_REGIONS; i++)
		if (memcmp(s->is[i], s->want[i], s->size))
			break;
	if (i == KMB_NR_REGIONS)
		return 0;
	at = kmb_first_difference(s->is[i], s->want[i], s->size);
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return KMB_FAIL(c, "%.120s, order %u: byte %zu of %s is %02x instead of %02x", what,
			s->order, at, kmb_region_names[i], s->is[i][at], s->want[i][at]);
}

int kmb_shadow_each_order(struct kmb_checker *c, struct kmb_shadow *s,
			  int (*fn)(struct kmb_checker *c, struct kmb_shadow *s, const void *arg),
			  const void *arg)
{
	unsigned int order;
	int ret = 0;

	for (order = 0; !ret && order <= KMB_MAX_ORDER; order++) {
		ret = kmb_shadow_alloc(c, s, order) ?: fn(c, s, arg);
		kmb_shadow_free(s);
	}
	return ret;
}

static void kmb_edge(struct kmb_edges *edges, size_t at)
{
	if (!edges->nr || edges->at[edges->nr - 1] < at)
		edges->at[edges->nr++] = at;
}

/* Where in so many bytes something may begin to go wrong */
struct kmb_edges kmb_offsets(size_t size)
{
	const size_t at[] = { 0, 1, PAGE_SIZE / 2 + 3, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
			      size - PAGE_SIZE, size - 1 };
	struct kmb_edges edges = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		if (at[i] < size)
			kmb_edge(&edges, at[i]);
	return edges;
}

/* How many bytes of at most so many */
struct kmb_edges kmb_lengths(size_t most)
{
	const size_t len[] = { 0, 1, 13, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
			       most - 1, most };
	struct kmb_edges edges = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(len); i++)
		if (len[i] <= most)
			kmb_edge(&edges, len[i]);
	return edges;
}
