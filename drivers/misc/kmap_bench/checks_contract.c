// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what the mapping functions change around them, and change back. */
#include <linux/bottom_half.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "checks.h"
#include "compat.h"

#define KMB_RESCHED_TRIES	64

/* The functions that map for a while, and what of the state each is to change */
struct kmb_variant {
	const char *name;
	void *(*map)(struct page *page);
	void (*unmap)(void *addr);
	bool atomic, pfn;
	const char *needs;
};

#define KMB_VARIANT(name, map, unmap)						\
	static void *kmb_by_##name(struct page *page) { return map; }		\
	static void kmb_by_##name##_end(void *addr) { unmap; }

KMB_VARIANT(page, kmap_local_page(page), kunmap_local(addr))
KMB_VARIANT(folio, kmap_local_folio(page_folio(page), 0), kunmap_local(addr))
KMB_VARIANT(page_prot, kmap_local_page_prot(page, PAGE_KERNEL), kunmap_local(addr))
KMB_VARIANT(pfn, kmap_local_pfn(page_to_pfn(page)), kunmap_local(addr))
KMB_VARIANT(io, kmb_io_map_local(page, PAGE_KERNEL), kmb_io_unmap_local(addr))
KMB_VARIANT(atomic, kmap_atomic(page), kunmap_atomic(addr))
KMB_VARIANT(atomic_prot, kmap_atomic_prot(page, PAGE_KERNEL), kunmap_atomic(addr))
KMB_VARIANT(atomic_pfn, kmap_atomic_pfn(page_to_pfn(page)), kunmap_atomic(addr))
KMB_VARIANT(atomic_io, kmb_io_map_atomic(page), kmb_io_unmap_atomic(addr))

#define KMB_BY(name, by, ...)	{ #name, kmb_by_##by, kmb_by_##by##_end, __VA_ARGS__ }

static const struct kmb_variant kmb_variants[] = {
	KMB_BY(kmap_local_page, page, false, false, KMB_HERE),
	KMB_BY(kmap_local_folio, folio, false, false, KMB_HERE),
	KMB_BY(kmap_local_page_prot, page_prot, false, false, KMB_HERE),
	KMB_BY(kmap_local_pfn, pfn, false, true, KMB_HERE),
	KMB_BY(io_mapping_map_local_wc, io, false, true, KMB_IO_MAPS),
	KMB_BY(kmap_atomic, atomic, true, false, KMB_HERE),
	KMB_BY(kmap_atomic_prot, atomic_prot, true, false, KMB_HERE),
	KMB_BY(kmap_atomic_pfn, atomic_pfn, true, true, KMB_HERE),
	KMB_BY(io_mapping_map_atomic_wc, atomic_io, true, true, KMB_IO_MAPS),
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
		v->unmap(addr[n]);
		ret = ret ?: kmb_contract(c, v, &before, n);
	}
	return ret;
}

static int kmb_variants_state(struct kmb_checker *c)
{
	int i, ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(kmb_variants); i++)
		if (!kmb_variants[i].needs)
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

/* A task of higher priority on our CPU, which runs once each time it is woken */
struct kmb_ready {
	struct task_struct *task;
	unsigned int runs;
};

static int kmb_ready_fn(void *arg)
{
	struct kmb_ready *ready = arg;

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		WRITE_ONCE(ready->runs, ready->runs + 1);
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int kmb_resched_once(struct kmb_checker *c, struct kmb_ready *ready)
{
	void *addr = kmap_atomic(kmb_check_page(c, 1));
	unsigned int before = READ_ONCE(ready->runs), inside;

	wake_up_process(ready->task);
	inside = READ_ONCE(ready->runs) - before;
	kunmap_atomic(addr);
	if (inside && !IS_ENABLED(CONFIG_PREEMPT_RT))
		return KMB_FAIL(c, "a task was preempted inside kmap_atomic");
	if (READ_ONCE(ready->runs) == before)
		return KMB_FAIL(c, "who waits for the CPU did not get it at kunmap_atomic");
	return 0;
}

/* With full preemption, who became ready inside kmap_atomic runs at its end. */
static int kmb_check_resched(struct kmb_checker *c)
{
	struct kmb_ready ready = { };
	unsigned int i;
	void *addr;
	int ret = 0;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: the task may move");
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && !preempt_model_full())
		return KMB_SKIP(c, "the kernel is not fully preemptible: try preempt=full");
	ready.task = kthread_create(kmb_ready_fn, &ready, "kmap_bench_ready");
	if (IS_ERR(ready.task))
		return PTR_ERR(ready.task);
	sched_set_fifo(ready.task);
	addr = kmap_local_page(kmb_check_page(c, 0));
	kthread_bind(ready.task, raw_smp_processor_id());
	wake_up_process(ready.task);
	schedule_timeout_uninterruptible(1);
	for (i = 0; !ret && i < KMB_RESCHED_TRIES; i++)
		ret = kmb_resched_once(c, &ready);
	kunmap_local(addr);
	kthread_stop(ready.task);
	KMB_SAW(c, "%u times", i);
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(state, 0, KMB_HERE,
		      "preempt count, page faults, migration and slots inside and after"),
	KMB_CHECK_ROW(resched, 0, KMB_HERE,
		      "kunmap_atomic lets in who waited for the CPU"),
};

const struct kmb_check_set kmb_checks_contract = { kmb_rows, ARRAY_SIZE(kmb_rows) };
