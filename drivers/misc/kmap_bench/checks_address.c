// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the way back, from an address to its page: is_kmap_addr() is true
 * of each slot of each CPU and of what kmap() gives, and of nothing else;
 * __kmap_to_page() finds the page of each, and warns that somebody asked.
 */
#include <linux/cpu.h>
#include <linux/highmem.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "checks.h"
#include "compat.h"

struct kmb_lookup {
	struct kmb_checker *c;
	bool (*right)(struct kmb_checker *c, void *addr, unsigned int page);
	unsigned int nr, wrong, cpu, slot;	/* cpu, slot: of the first wrong one */
};

/* In a worker, which has no mappings of its own: from the CPU's first slot on */
static long kmb_lookup_on_cpu(void *arg)
{
	struct kmb_lookup *l = arg;
	void *addr[KMB_MAX_NEST];
	unsigned int n;

	for (n = 0; n < l->c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(l->c, n));
		l->nr++;
		if (l->right(l->c, addr[n], n) || l->wrong++)
			continue;
		l->cpu = raw_smp_processor_id();
		l->slot = n;
	}
	while (n--)
		kunmap_local(addr[n]);
	return 0;
}

static void kmb_lookup_all(struct kmb_lookup *l)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, kmb_lookup_on_cpu, l);
	cpus_read_unlock();
}

/* The one slot that both functions miss: "<" where the first one ends the range */
static bool kmb_lookup_known(const struct kmb_lookup *l)
{
	return kmb_takes_slot(l->c) && !IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) &&
	       l->wrong == 1 && !l->cpu && !l->slot;
}

static int kmb_lookup_verdict(struct kmb_lookup *l, const char *function)
{
	KMB_SAW(l->c, "%u mappings on %u CPUs", l->nr, num_online_cpus());
	if (!l->wrong)
		return 0;
	if (kmb_lookup_known(l))
		return kmb_known(l->c, "%s does not know the first slot of CPU 0", function);
	return KMB_FAIL(l->c, "%s is wrong for %u of %u mappings, first for mapping %u on CPU %u",
			function, l->wrong, l->nr, l->slot + 1, l->cpu);
}

static bool kmb_is_kmap_addr_right(struct kmb_checker *c, void *addr, unsigned int page)
{
	return is_kmap_addr(addr) == kmb_takes_slot(c);
}

/* A place of kmap()'s room that is none; -1 when all are. Nothing has to be mapped there. */
static int kmb_unknown_place(void)
{
#ifdef CONFIG_HIGHMEM
	unsigned int nr;

	for (nr = 0; nr < LAST_PKMAP; nr++) {
		void *addr = (void *)PKMAP_ADDR((unsigned long)nr);

		if (!is_kmap_addr(addr) || !is_kmap_addr(addr + PAGE_SIZE - 1))
			return nr;
	}
#endif
	return -1;
}

static int kmb_check_is_kmap_addr(struct kmb_checker *c)
{
	struct kmb_lookup l = { .c = c, .right = kmb_is_kmap_addr_right };
	/* None of those that are looked up: ARM's kmap_local would take kmap()'s address. */
	struct page *page = kmb_check_page(c, c->depth);
	bool is = is_kmap_addr(kmap(page));
	int unknown = kmb_unknown_place();

	kunmap(page);
	if (unknown >= 0)
		return KMB_FAIL(c, "is_kmap_addr() does not know place %d of kmap", unknown);
	if (is != PageHighMem(page))
		return KMB_FAIL(c, "is_kmap_addr() is %d for what kmap gave", is);
	if (kmb_takes_slot(c) && !KMB_IS_KMAP_ADDR_LOCAL)
		return KMB_SKIP(c, "is_kmap_addr() is about kmap only on this kernel");
	kmb_lookup_all(&l);
	return kmb_lookup_verdict(&l, "is_kmap_addr()");
}

static bool kmb_kmap_to_page_right(struct kmb_checker *c, void *addr, unsigned int page)
{
	return kmap_to_page(addr + page) == kmb_check_page(c, page);
}

/* At every place that kmap() has, by the first and the last byte of it */
static int kmb_kmap_to_page_places(struct kmb_checker *c)
{
	/* None of those that are looked up: ARM's kmap_local would take kmap()'s address. */
	const unsigned int nr = 2 * c->pool.nr - c->depth;
	unsigned int i;

	for (i = 0; i < 2 * LAST_PKMAP; i++) {
		struct page *page = kmb_check_page(c, c->depth + i % nr);
		void *addr = kmap(page);
		bool found = kmap_to_page(addr) == page &&
			     kmap_to_page(addr + PAGE_SIZE - 1) == page;

		kunmap(page);
		if (!found)
			return KMB_FAIL(c, "kmap_to_page() found another page at kmap %u", i);
		cond_resched();
	}
	return 0;
}

static int kmb_break_kmap_to_page(struct kmb_checker *c)
{
	struct kmb_lookup l = { .c = c, .right = kmb_kmap_to_page_right };
	int ret;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: nobody warns");
	ret = kmb_kmap_to_page_places(c);
	if (ret)
		return ret;
	kmb_lookup_all(&l);
	return kmb_lookup_verdict(&l, "kmap_to_page()");
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(is_kmap_addr, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "is_kmap_addr() is true of every slot of every CPU"),
	KMB_BREAK_ROW(kmap_to_page, KMB_NEEDS(CONFIG_HIGHMEM),
		      IS_ENABLED(CONFIG_BUG) ? "WARNING: *" : NULL,
		      "kmap_to_page() finds the page of every slot of every CPU"),
};

const struct kmb_check_set kmb_checks_address = { kmb_rows, ARRAY_SIZE(kmb_rows) };
