// SPDX-License-Identifier: GPL-2.0-only
/* Checks of kmap(): one address a page, shared by all, and room for so many. */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "checks.h"
#include "compat.h"

#define KMB_STALL_MS		200
#define KMB_WAITERS		3
#define KMB_BATCH		64

/* A page has one address by kmap(), and mapping it locally leaves that alone. */
static int kmb_check_kmap_twice(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	void *a, *b, *local;
	int ret = 0;

	a = kmap(page);
	local = kmap_local_page(page);
	b = kmap(page);
	KMB_SAW(c, "kmap at %s address as kmap_local", a == local ? "the same" : "another");
	if (a != b || page_address(page) != a)
		ret = KMB_FAIL(c, "kmap() gave a page that it has mapped a second address");
	else if (!kmb_shows(c, a, 0) || !kmb_shows(c, local, 0))
		ret = KMB_FAIL(c, "kmap() and kmap_local of one page show different data");
	kunmap(page);
	if (!ret && (!kmb_shows(c, a, 0) || !kmb_shows(c, local, 0)))
		ret = KMB_FAIL(c, "the first of two kunmap() took the mapping down");
	kunmap(page);
	if (!ret && !kmb_shows(c, local, 0))
		ret = KMB_FAIL(c, "kunmap() took the local mapping down");
	kunmap_local(local);
	return ret;
}

/* The other order: local first, and first gone */
static int kmb_check_kmap_after_local(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	void *addr, *local, *again;
	int ret = 0;

	local = kmap_local_page(page);
	addr = kmap(page);
	again = kmap_local_page(page);
	KMB_SAW(c, "kmap at %s address as a later kmap_local",
		addr == again ? "the same" : "another");
	if (!kmb_shows(c, local, 0) || !kmb_shows(c, addr, 0) || !kmb_shows(c, again, 0))
		ret = KMB_FAIL(c, "kmap_local and kmap of one page show different data");
	kunmap_local(again);
	if (!ret && (!kmb_shows(c, local, 0) || !kmb_shows(c, addr, 0)))
		ret = KMB_FAIL(c, "the second kunmap_local() took another mapping down");
	kunmap_local(local);
	if (!ret && (!kmb_shows(c, addr, 0) || page_address(page) != addr))
		ret = KMB_FAIL(c, "kunmap_local() took the mapping of kmap() down");
	kunmap(page);
	return ret;
}

/* Through all of kmap()'s addresses once, so that what is unused is flushed */
static void kmb_kmap_churn(struct kmb_checker *c, unsigned int first)
{
	unsigned int i;

	for (i = 0; i < LAST_PKMAP + KMB_BATCH; i++) {
		struct page *page = kmb_check_page(c, first + i % max(LAST_PKMAP, 1));

		kmap(page);
		kunmap(page);
		if (i % KMB_BATCH == 0)
			cond_resched();
	}
}

/* Where kmap_local takes the address that kmap() gave, it must keep it alive. */
static int kmb_check_kmap_pinned(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	void *addr, *local;
	int ret = 0;

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	addr = kmap(page);
	local = kmap_local_page(page);
	kunmap(page);
	kmb_kmap_churn(c, 1);
	if (!kmb_shows(c, local, 0))
		ret = KMB_FAIL(c, "kmap_local of a page lost it when kmap() wrapped around");
	kunmap_local(local);
	kmb_kmap_churn(c, 1);
	if (!ret && page_address(page))
		ret = KMB_FAIL(c, "kunmap_local() did not let go of the address of kmap()");
	KMB_SAW(c, "kmap_local at %s address as kmap, %u pages mapped meanwhile",
		addr == local ? "the same" : "another", LAST_PKMAP + KMB_BATCH);
	return ret;
}

static int kmb_kmap_distinct(struct kmb_checker *c, void **addr, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (page_address(kmb_check_page(c, i)) != addr[i])
			return KMB_FAIL(c, "page %u of %u: page_address() is not what kmap() gave",
					i, nr);
		if (!kmb_shows(c, addr[i], i))
			return KMB_FAIL(c, "page %u of %u mapped by kmap() %s", i, nr,
					kmb_wrong(c, addr[i], i));
	}
	return 0;
}

/* Half of what there is room for, at a time, and taken down in another order */
static int kmb_check_kmap_many(struct kmb_checker *c)
{
	unsigned int nr = LAST_PKMAP / 2, i;
	void **addr;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	addr = kcalloc(nr, sizeof(*addr), GFP_KERNEL);
	if (!addr)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		addr[i] = kmap(kmb_check_page(c, i));
	ret = kmb_kmap_distinct(c, addr, nr);
	for (i = 0; i < nr; i += 2)
		kunmap(kmb_check_page(c, i));
	kmb_kmap_churn(c, nr);
	for (i = 1; !ret && i < nr; i += 2)
		if (!kmb_shows(c, addr[i], i))
			ret = KMB_FAIL(c, "page %u, in use, lost its mapping in a wrap", i);
	for (i = 0; i < nr; i += 2)
		addr[i] = kmap(kmb_check_page(c, i));
	ret = ret ?: kmb_kmap_distinct(c, addr, nr);
	while (i--)
		if (i < nr)
			kunmap(kmb_check_page(c, i));
	kmb_kmap_churn(c, nr);
	for (i = 0; !ret && i < nr; i++)
		if (PageHighMem(kmb_check_page(c, i)) && page_address(kmb_check_page(c, i)))
			ret = KMB_FAIL(c, "page %u has an address, two wraps after kunmap()", i);
	KMB_SAW(c, "%u pages at a time", nr);
	kfree(addr);
	return ret;
}

/* Pages that one CPU has mapped by kmap(), for others to look at */
struct kmb_batch {
	struct kmb_checker *c;
	void *addr[KMB_BATCH];
	unsigned int first, seen;
};

static long kmb_batch_look(void *arg)
{
	struct kmb_batch *b = arg;
	unsigned int i;

	for (i = 0; i < KMB_BATCH; i++) {
		if (!kmb_shows(b->c, b->addr[i], b->first + i))
			return KMB_FAIL(b->c, "on CPU %d page %u %s", raw_smp_processor_id(),
					b->first + i,
					kmb_wrong(b->c, b->addr[i], b->first + i));
		b->seen++;
	}
	return 0;
}

static int kmb_batch_on_cpus(struct kmb_batch *b)
{
	int cpu, ret = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		ret = work_on_cpu(cpu, kmb_batch_look, b);
		if (ret)
			break;
	}
	cpus_read_unlock();
	return ret;
}

/* kmap() is for all CPUs: each sees each page, at addresses that were others' before. */
static int kmb_check_kmap_cpus(struct kmb_checker *c)
{
	struct kmb_batch *b;
	unsigned int n, i;
	int ret = 0;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->c = c;
	for (n = 0; !ret && n < 3 * LAST_PKMAP / KMB_BATCH; n++) {
		/* Another page at each address than a wrap ago */
		b->first = n * KMB_BATCH * 5 % (2 * c->pool.nr - KMB_BATCH);
		for (i = 0; i < KMB_BATCH; i++)
			b->addr[i] = kmap(kmb_check_page(c, b->first + i));
		ret = kmb_batch_on_cpus(b);
		for (i = 0; i < KMB_BATCH; i++)
			kunmap(kmb_check_page(c, b->first + i));
	}
	KMB_SAW(c, "%u mappings looked at, on %u CPUs", b->seen, num_online_cpus());
	kfree(b);
	return ret;
}

/* More pages than kmap() can map: content is right after each wrap. */
static int kmb_check_kmap_wrap(struct kmb_checker *c)
{
	unsigned int i, wraps = 0;
	void *first = NULL;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (i = 0; i < 4 * LAST_PKMAP; i++) {
		unsigned int page = i * 7 % (2 * c->pool.nr);
		void *addr = kmap(kmb_check_page(c, page));
		bool right = kmb_shows(c, addr, page);

		kunmap(kmb_check_page(c, page));
		first = first ?: addr;
		wraps += page && addr == first;
		if (!right)
			return KMB_FAIL(c, "page %u shows other data after %u wraps", page, wraps);
		cond_resched();
	}
	KMB_SAW(c, "%u mappings of %u pages, %u at the address of the first one", i,
		2 * c->pool.nr, wraps);
	return wraps ? 0 : KMB_FAIL(c, "kmap() never used an address again");
}

/* Those who map more pages than there is room for, and so wait: perhaps for ever */
struct kmb_waiter {
	struct task_struct *task;
	struct kmb_wait *wait;
	unsigned int first, nr, mapped, wrong;
};

struct kmb_wait {
	struct kmb_checker c;
	struct completion done;		/* once a waiter */
	struct kmb_waiter waiter[KMB_WAITERS];
};

static int kmb_waiter_fn(void *arg)
{
	struct kmb_waiter *w = arg;
	struct kmb_wait *wait = w->wait;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		void *addr = kmap(kmb_check_page(&wait->c, w->first + i));

		w->wrong += !kmb_shows(&wait->c, addr, w->first + i);
		WRITE_ONCE(w->mapped, i + 1);
	}
	while (i--)
		kunmap(kmb_check_page(&wait->c, w->first + i));
	complete(&wait->done);
	return 0;
}

static unsigned int kmb_waiters_mapped(struct kmb_wait *wait)
{
	unsigned int i, mapped = 0;

	for (i = 0; i < KMB_WAITERS; i++)
		mapped += READ_ONCE(wait->waiter[i].mapped);
	return mapped;
}

/* Until they stand still: they wait for room, or are done. */
static unsigned int kmb_waiters_settle(struct kmb_wait *wait)
{
	unsigned int mapped, tries;

	for (tries = 0; tries < KMB_WAIT_MS / KMB_STALL_MS; tries++) {
		mapped = kmb_waiters_mapped(wait);
		msleep(KMB_STALL_MS);
		if (mapped && kmb_waiters_mapped(wait) == mapped)
			break;
	}
	return kmb_waiters_mapped(wait);
}

static int kmb_waiters_judge(struct kmb_checker *c, const struct kmb_wait *wait, bool waited)
{
	unsigned int i;

	for (i = 0; i < KMB_WAITERS; i++)
		if (wait->waiter[i].wrong)
			return KMB_FAIL(c, "%u mappings made while others waited show other data",
					wait->waiter[i].wrong);
	return waited ? 0 : KMB_FAIL(c, "kmap() never ran out of room");
}

static unsigned int kmb_waiters_start(struct kmb_wait *wait, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < KMB_WAITERS; i++) {
		struct kmb_waiter *w = &wait->waiter[i];

		*w = (struct kmb_waiter) { .wait = wait, .first = first + i * nr, .nr = nr };
		w->task = kthread_run(kmb_waiter_fn, w, "kmap_bench_wait/%u", i);
		if (IS_ERR(w->task))
			break;
	}
	return i;
}

/* No room left: those who come then wait, and all are woken when there is some. */
static int kmb_check_kmap_wait(struct kmb_checker *c)
{
	/* Each wants a little more than what is free; all of them fit in without us. */
	unsigned int hold = LAST_PKMAP * 3 / 4, nr = LAST_PKMAP - hold + 8, i, started, stalled;
	struct kmb_wait *wait;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	wait = kzalloc(sizeof(*wait), GFP_KERNEL);
	if (!wait)
		return -ENOMEM;
	wait->c = *c;
	init_completion(&wait->done);
	for (i = 0; i < hold; i++)
		kmap(kmb_check_page(c, i));
	started = kmb_waiters_start(wait, hold, nr);
	stalled = started ? kmb_waiters_settle(wait) : 0;
	while (i--)
		kunmap(kmb_check_page(c, i));
	KMB_SAW(c, "%u tasks waited with %u of %u mapped, %u held by another", started, stalled,
		started * nr, hold);
	for (i = 0; i < started; i++)
		if (!wait_for_completion_timeout(&wait->done, msecs_to_jiffies(KMB_WAIT_MS)))
			c->lost = true;
	if (c->lost) {
		/* They sleep uninterruptibly, with our pages and in our code. */
		__module_get(THIS_MODULE);
		return KMB_FAIL(c, "%u tasks, not all woken for %u ms after there was room",
				started, KMB_WAIT_MS);
	}
	ret = started < KMB_WAITERS ? -ENOMEM :
	      kmb_waiters_judge(c, wait, stalled < started * nr);
	kfree(wait);
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(kmap_twice, 0, KMB_HERE,
		      "kmap twice, and together with kmap_local"),
	KMB_CHECK_ROW(kmap_after_local, 0, KMB_HERE,
		      "kmap of a page that is mapped locally"),
	KMB_CHECK_ROW(kmap_pinned, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap_local of a kmapped page outlives its kunmap"),
	KMB_CHECK_ROW(kmap_many, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap of many pages at a time: an address each, in use ones stay"),
	KMB_CHECK_ROW(kmap_cpus, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap for all CPUs, at addresses that were used before"),
	KMB_CHECK_ROW(kmap_wrap, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap of more pages than it has room for"),
	KMB_CHECK_ROW(kmap_wait, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap waits for room, and all who wait are woken"),
};

const struct kmb_check_set kmb_checks_pkmap = { kmb_rows, ARRAY_SIZE(kmb_rows) };
