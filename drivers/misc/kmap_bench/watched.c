// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of linux/highmem.h that walk along a folio map one page of it
 * after the other, where only one can be mapped. Here they are compiled once
 * more, on maps of our own: each shows one page, and what lies around it is a
 * trap. So a step over the page's end, or an unmap of something else, is seen
 * on every architecture, and does no harm.
 *
 * linux/highmem.h must not come in before the maps are replaced.
 */
#include <linux/bug.h>
#include <linux/cacheflush.h>
#include <linux/fs.h>
#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/kmsan.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#ifdef _LINUX_HIGHMEM_H
#error "linux/highmem.h is there already, with its own maps"
#endif
#include <linux/highmem-internal.h>

/* Whether maps take a const folio differs by version; the compiler knows. */
#define KMB_TAKES_CONST	__builtin_types_compatible_p(typeof(kmap_local_folio), \
						     void *(const struct folio *, size_t))
#define KMB_FOLIO_ARG	typeof(__builtin_choose_expr(KMB_TAKES_CONST, \
			       (const struct folio *)NULL, (struct folio *)NULL))

static inline void kmb_watched_unmap(const void *addr);
static inline bool kmb_watched_highmem(void);

#define kmap_local_folio	kmb_watched_map
#undef kunmap_local
#define kunmap_local(addr)	kmb_watched_unmap(addr)
#undef folio_test_highmem
#define folio_test_highmem(folio)	kmb_watched_highmem()
#undef folio_test_partial_kmap
#define folio_test_partial_kmap(folio)	true
#include <linux/highmem.h>

#include "compat.h"
#include "shadow.h"
#include "call.h"

#define KMB_TRAP_BYTE	0xe7
#define KMB_TRAP_FIRST	1	/* a page of traps in front, for what goes backwards */
#define KMB_TRAP_PAGES	(KMB_TRAP_FIRST + (3 << KMB_MAX_ORDER))

/* One user at a time: the maps have no argument to find out whose they are. */
static DEFINE_MUTEX(kmb_watch_lock);

static struct {
	struct kmb_shadow *s;
	bool highmem;		/* or mapped by force, as a lowmem page can be */
	u8 *view[KMB_LINEAR];	/* a folio's pages, with traps between them */
	struct page *trap;
	const void *mapped[4];
	unsigned int depth;
	const char *wrong;
} kmb_watch;

static inline bool kmb_watched_highmem(void)
{
	return kmb_watch.highmem;
}

static inline void *kmb_watched_map(KMB_FOLIO_ARG folio, size_t offset)
{
	unsigned int i = folio == kmb_watch.s->folio[KMB_TO] ? KMB_TO : KMB_FROM;
	size_t page = KMB_TRAP_FIRST + 2 * (offset >> PAGE_SHIFT);
	u8 *addr = kmb_watch.view[i] + (page << PAGE_SHIFT);

	if (kmb_watch.depth < ARRAY_SIZE(kmb_watch.mapped))
		kmb_watch.mapped[kmb_watch.depth] = addr;
	kmb_watch.depth++;
	return addr + offset_in_page(offset);
}

static inline void kmb_watched_unmap(const void *addr)
{
	if (!kmb_watch.depth || kmb_watch.depth > ARRAY_SIZE(kmb_watch.mapped)) {
		kmb_watch.wrong = "maps and unmaps do not pair";
		return;
	}
	if (PTR_ALIGN_DOWN(addr, PAGE_SIZE) != kmb_watch.mapped[--kmb_watch.depth])
		kmb_watch.wrong = "unmaps another address than it mapped last";
}

static u8 *kmb_watch_view(struct folio *folio, unsigned int order)
{
	struct page *pages[KMB_TRAP_PAGES];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = kmb_watch.trap;
	for (i = 0; i < 1 << order; i++)
		pages[KMB_TRAP_FIRST + 2 * i] = folio_page(folio, i);
	return vmap(pages, ARRAY_SIZE(pages), VM_MAP, PAGE_KERNEL);
}

void kmb_watch_end(void)
{
	vunmap(kmb_watch.view[KMB_TO]);
	vunmap(kmb_watch.view[KMB_FROM]);
	if (kmb_watch.trap)
		__free_page(kmb_watch.trap);
	memset(&kmb_watch, 0, sizeof(kmb_watch));
	mutex_unlock(&kmb_watch_lock);
}

/**
 * kmb_watch_begin() - have the functions work on a shadow's folios
 * @s: allocated
 * @highmem: as if they were of highmem, or as if all were mapped by force
 *
 * kmb_watch_end() follows, whatever this returned.
 *
 * Return: 0 or -ENOMEM
 */
int kmb_watch_begin(struct kmb_shadow *s, bool highmem)
{
	mutex_lock(&kmb_watch_lock);
	kmb_watch.s = s;
	kmb_watch.highmem = highmem;
	kmb_watch.trap = alloc_page(GFP_KERNEL);
	if (!kmb_watch.trap)
		return -ENOMEM;
	memset(page_address(kmb_watch.trap), KMB_TRAP_BYTE, PAGE_SIZE);
	kmb_watch.view[KMB_TO] = kmb_watch_view(s->folio[KMB_TO], s->order);
	kmb_watch.view[KMB_FROM] = kmb_watch_view(s->folio[KMB_FROM], s->order);
	return kmb_watch.view[KMB_TO] && kmb_watch.view[KMB_FROM] ? 0 : -ENOMEM;
}

/* What a call did wrong, NULL if nothing; the next one starts afresh. */
const char *kmb_watch_verdict(void)
{
	void *trap = page_address(kmb_watch.trap);
	const char *wrong = kmb_watch.wrong;

	if (kmb_watch.depth)
		wrong = "leaves a mapping";
	if (memchr_inv(trap, KMB_TRAP_BYTE, PAGE_SIZE))
		wrong = "writes behind the page that it mapped";
	memset(trap, KMB_TRAP_BYTE, PAGE_SIZE);
	kmb_watch.depth = 0;
	kmb_watch.wrong = NULL;
	return wrong;
}

#define KMB_API(topic, name, flags, needs, want, statement)	\
	KMB_WATCH_##topic(name, statement)
#define KMB_WATCH_map(name, statement)
#define KMB_WATCH_copy(name, statement)
#define KMB_WATCH_zero(name, statement)
#define KMB_WATCH_folio(name, statement)
#define KMB_WATCH_iov(name, statement)
#define KMB_WATCH_walk(name, statement)			\
	static void kmb_watched_##name(struct kmb_call *k)	\
	{							\
		void *addr __maybe_unused;			\
								\
		statement;					\
	}
#include "api.h"
#undef KMB_WATCH_walk

static const struct {
	const char *name;
	void (*call)(struct kmb_call *k);
} kmb_watched[] = {
#define KMB_WATCH_walk(name, statement)	{ #name, kmb_watched_##name },
#include "api.h"
};

/* A function of that name of api.h, on watched maps, NULL when it does not walk */
kmb_call_fn kmb_watched_call(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kmb_watched); i++)
		if (!strcmp(kmb_watched[i].name, name))
			return kmb_watched[i].call;
	return NULL;
}
