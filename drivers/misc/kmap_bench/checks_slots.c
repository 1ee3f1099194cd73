// SPDX-License-Identifier: GPL-2.0-only
/* Checks of the slots: each mapping shows its own page and changes what it promises. */
#include <linux/bottom_half.h>
#include <linux/cpu.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "checks.h"

/* Up to the limit and down again; every live mapping is looked at on each step. */
static int kmb_check_identity(struct kmb_checker *c)
{
	void *addr[KMB_MAX_NEST];
	unsigned int n;
	int ret = 0;

	for (n = 0; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		ret = kmb_all_show(c, addr, n + 1, 0, "as more are made");
	}
	KMB_SAW(c, "%u mappings at a time", n);
	while (n--) {
		kunmap_local(addr[n]);
		if (!ret)
			ret = kmb_all_show(c, addr, n, 0, "after one above it was taken down");
	}
	return ret;
}

static int kmb_check_identity_atomic(struct kmb_checker *c)
{
	void *addr[KMB_MAX_NEST];
	unsigned int n;
	int ret = 0;

	/* Every second one is local: the two kinds share the slots. */
	for (n = 0; !ret && n < c->depth; n++) {
		addr[n] = n % 2 ? kmap_local_page(kmb_check_page(c, n)) :
				  kmap_atomic(kmb_check_page(c, n));
		ret = kmb_all_show(c, addr, n + 1, 0, "as more are made");
	}
	KMB_SAW(c, "%u mappings at a time, every second one atomic", n);
	while (n--) {
		if (n % 2)
			kunmap_local(addr[n]);
		else
			kunmap_atomic(addr[n]);
		if (!ret)
			ret = kmb_all_show(c, addr, n, 0, "after one above it was taken down");
	}
	return ret;
}

/* A page mapped twice: what is written through one is there through the other. */
static int kmb_check_alias(struct kmb_checker *c)
{
	u32 *a = kmap_local_page(kmb_check_page(c, 0));
	u32 *b = kmap_local_page(kmb_check_page(c, 0));
	u32 *truth = kmb_truth(c, 0);
	int ret = 0;

	KMB_SAW(c, "%s addresses", a == b ? "equal" : "different");
	if (kmb_takes_slot(c) && a == b)
		ret = KMB_FAIL(c, "two mappings have one address");
	WRITE_ONCE(a[7], 0x1badb002);
	if (!ret && (READ_ONCE(b[7]) != 0x1badb002 || READ_ONCE(truth[7]) != 0x1badb002))
		ret = KMB_FAIL(c, "what one mapping wrote is not there through another");
	WRITE_ONCE(b[7], 0x2badb002);
	if (!ret && READ_ONCE(a[7]) != 0x2badb002)
		ret = KMB_FAIL(c, "what the upper mapping wrote is not there through the lower");
	kunmap_local(b);
	kunmap_local(a);
	return ret;
}

/* Unmapped by any address in the page: neighbours and counters stay right. */
static int kmb_check_interior(struct kmb_checker *c)
{
	const unsigned int at[] = { 0, 1, PAGE_SIZE / 2, PAGE_SIZE - 1 };
	struct kmb_state before, after;
	unsigned int i;
	int ret = 0;

	kmb_state_get(&before);
	for (i = 0; !ret && i < ARRAY_SIZE(at); i++) {
		void *outer = kmap_local_page(kmb_check_page(c, 0));
		void *inner = kmap_local_page(kmb_check_page(c, 1));

		kunmap_local(inner + at[i]);
		if (!kmb_shows(c, outer, 0))
			ret = KMB_FAIL(c, "unmapping at byte %u took down another mapping", at[i]);
		kunmap_local(outer + at[i]);
	}
	kmb_state_get(&after);
	KMB_SAW(c, "%u places in a page", i);
	if (!ret && !kmb_state_same(&before, &after, c->reason))
		ret = -EIO;
	return ret;
}

/* A slot used again shows its new page at once, here and after a switch. */
static int kmb_check_reuse(struct kmb_checker *c)
{
	unsigned int i, same = 0;
	void *last = NULL;

	for (i = 0; i < KMB_CHECK_PAGES; i++) {
		void *addr = kmap_local_page(kmb_check_page(c, i));
		bool right = kmb_shows(c, addr, i);

		kunmap_local(addr);
		same += addr == last;
		last = addr;
		if (!right)
			return KMB_FAIL(c, "page %u shows what its slot showed before", i);
		if (i % 8 == 7)
			schedule_timeout_uninterruptible(1);
	}
	KMB_SAW(c, "a slot used again at once %u times", same);
	if (kmb_takes_slot(c) && !same)
		return KMB_FAIL(c, "no slot was ever used again at once");
	return 0;
}

static long kmb_on_cpu(void *arg)
{
	return kmb_check_identity(arg);
}

/* The slots of every CPU */
static int kmb_check_cpus(struct kmb_checker *c)
{
	unsigned int cpus = 0;
	int cpu, ret = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		ret = work_on_cpu(cpu, kmb_on_cpu, c);
		if (ret)
			break;
		cpus++;
	}
	cpus_read_unlock();
	KMB_SAW(c, "%u CPUs, each %u mappings at a time", cpus, c->depth);
	return ret;
}

/* The functions that map for a while, and what of the state each is to change */
struct kmb_variant {
	const char *name;
	void *(*map)(struct page *page);
	bool atomic, pfn;
};

#define KMB_VARIANT(name, expr)		\
	static void *kmb_by_##name(struct page *page) { return expr; }

KMB_VARIANT(page, kmap_local_page(page))
KMB_VARIANT(folio, kmap_local_folio(page_folio(page), 0))
KMB_VARIANT(page_prot, kmap_local_page_prot(page, PAGE_KERNEL))
KMB_VARIANT(pfn, kmap_local_pfn(page_to_pfn(page)))
KMB_VARIANT(atomic, kmap_atomic(page))
KMB_VARIANT(atomic_prot, kmap_atomic_prot(page, PAGE_KERNEL))
KMB_VARIANT(atomic_pfn, kmap_atomic_pfn(page_to_pfn(page)))

static const struct kmb_variant kmb_variants[] = {
	{ "kmap_local_page",	  kmb_by_page },
	{ "kmap_local_folio",	  kmb_by_folio },
	{ "kmap_local_page_prot", kmb_by_page_prot },
	{ "kmap_local_pfn",	  kmb_by_pfn,		false, true },
	{ "kmap_atomic",	  kmb_by_atomic,	true },
	{ "kmap_atomic_prot",	  kmb_by_atomic_prot,	true },
	{ "kmap_atomic_pfn",	  kmb_by_atomic_pfn,	true, true },
};

/* Inside @depth maps, as their contracts say for this preemption model */
static int kmb_contract(struct kmb_checker *c, const struct kmb_variant *v,
			const struct kmb_state *before, int depth)
{
	/* Of a page frame nobody asks whether it is lowmem. */
	bool slot = kmb_takes_slot(c) || (v->pfn && IS_ENABLED(CONFIG_HIGHMEM));
	bool rt = IS_ENABLED(CONFIG_PREEMPT_RT);
	struct kmb_state want = *before, now;
	char text[KMB_REASON_LEN];

	kmb_state_get(&now);
	if (v->atomic)
		want.pagefault_disabled += depth;
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && v->atomic && !rt)
		want.preempt_count += depth;
	if (IS_ENABLED(CONFIG_SMP))
		want.migration_disabled += depth * (slot + (v->atomic && rt));
	if (slot)
		want.slots += depth * (1 + IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL));
	if (kmb_state_same(&want, &now, text))
		return 0;
	return KMB_FAIL(c, "inside %s, %d deep, expected and seen: %.112s", v->name, depth, text);
}

/* Twice the same, one inside the other, and back again */
static int kmb_variant_state(struct kmb_checker *c, const struct kmb_variant *v)
{
	struct kmb_state before;
	void *addr[2];
	int ret, n;

	kmb_state_get(&before);
	for (n = 0, ret = 0; n < 2; n++) {
		addr[n] = v->map(kmb_check_page(c, n));
		ret = ret ?: kmb_contract(c, v, &before, n + 1);
		if (!ret && !kmb_shows(c, addr[n], n))
			ret = KMB_FAIL(c, "%s shows another page", v->name);
	}
	while (n--) {
		if (v->atomic)
			kunmap_atomic(addr[n]);
		else
			kunmap_local(addr[n]);
		ret = ret ?: kmb_contract(c, v, &before, n);
	}
	return ret;
}

static int kmb_variants_state(struct kmb_checker *c)
{
	int i, ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(kmb_variants); i++)
		ret = kmb_variant_state(c, &kmb_variants[i]);
	return ret;
}

/* Each map changes what it promises and nothing else, and changes it back. */
static int kmb_check_state(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	struct kmb_state before, inside;
	unsigned long flags;
	int ret;

	KMB_SAW(c, "%zu functions, twice each, in four contexts; kmap%s",
		ARRAY_SIZE(kmb_variants), kmb_takes_slot(c) ? "; in slots" : "");
	ret = kmb_variants_state(c);
	preempt_disable();
	ret = ret ?: kmb_variants_state(c);
	preempt_enable();
	local_bh_disable();
	ret = ret ?: kmb_variants_state(c);
	local_bh_enable();
	local_irq_save(flags);
	ret = ret ?: kmb_variants_state(c);
	local_irq_restore(flags);

	kmb_state_get(&before);
	kmap(page);
	kmb_state_get(&inside);
	kunmap(page);
	if (!ret && !kmb_state_same(&before, &inside, c->reason))
		ret = -EIO;
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(identity, 0, KMB_HERE,
		      "kmap_local at every depth shows its own page"),
	KMB_CHECK_ROW(identity_atomic, 0, KMB_HERE,
		      "kmap_atomic and kmap_local share slots and show their own pages"),
	KMB_CHECK_ROW(alias, 0, KMB_HERE,
		      "two mappings of a page show each other's writes"),
	KMB_CHECK_ROW(interior, 0, KMB_HERE,
		      "unmapping by any address in the page"),
	KMB_CHECK_ROW(reuse, 0, KMB_HERE,
		      "a slot used again shows its new page"),
	KMB_CHECK_ROW(cpus, 0, KMB_HERE,
		      "the slots of every CPU"),
	KMB_CHECK_ROW(state, 0, KMB_HERE,
		      "preempt count, page faults, migration and slots inside and after"),
};

const struct kmb_check_set kmb_checks_slots = { kmb_rows, ARRAY_SIZE(kmb_rows) };
