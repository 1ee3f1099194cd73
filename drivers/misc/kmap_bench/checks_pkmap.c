// SPDX-License-Identifier: GPL-2.0-only
/* Checks of kmap(): one address a page, shared by all, and room for so many. */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#ifdef CONFIG_X86
#include <asm/set_memory.h>
#endif

#include "compat.h"
#include "rivals.h"

#define KMB_STALL_MS		200
#define KMB_WAITERS		3
#define KMB_WAKES		8
#define KMB_WAKE_TOGETHER	2
#define KMB_LOOK_MS		10
#define KMB_RACE_MS		3000
#define KMB_RACE_TASKS		2
#define KMB_RACE_ROUNDS		200000
#define KMB_LOOKUP_WRAPS	200
#define KMB_LOOKUP_NS		100000
#define KMB_QUEUE_TIMES		200
#define KMB_QUEUE_SPREAD_US	80
#define KMB_IDLE_RUNS		200
#define KMB_IDLE_MS		1000
#define KMB_PREEMPTED_MS	300
#define KMB_PREEMPTED_RUNS	100
#define KMB_BATCH		64
#define KMB_KMAP_MS		(4 * KMB_WAIT_MS)
#define KMB_TIMES		5
#define KMB_MANY_TIMES		70000	/* more than a count of two bytes has room for */
#define KMB_PLACES		48
#define KMB_PLACE_STEP		389	/* to come to all parts of the room */

/* A page has one address by kmap(), and mapping it locally leaves that alone. */
static int kmb_kmap_twice(struct kmb_checker *c)
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
	else if (PageHighMem(page) && kmap_local_page_try_from_panic(page))
		ret = KMB_FAIL(c, "in a panic a page is mapped by an address that nobody holds");
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
static int kmb_kmap_after_local(struct kmb_checker *c)
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

/* When nobody uses the first page any more, and others need its place */
static int kmb_kmap_let_go(struct kmb_checker *c)
{
	unsigned int i;

	/* Some of these may be lowmem, which needs no place. */
	for (i = 0; i < 2; i++)
		kmb_kmap_churn(c, 1);
	if (page_address(kmb_check_page(c, 0)))
		return KMB_FAIL(c, "a page that nobody uses any more keeps its place");
	return 0;
}

/*
 * Where kmap_local takes the address that kmap() gave, it must keep it alive: as
 * often as it took it, whether kmap() is still there (@used) or has just gone.
 */
static int kmb_kmap_pin(struct kmb_checker *c, unsigned int times, bool used)
{
	struct page *page = kmb_check_page(c, 0);
	void *addr = kmap(page), *local[KMB_TIMES];
	unsigned int i;
	int ret = 0;

	if (!used)
		kunmap(page);
	for (i = 0; i < times; i++)
		local[i] = kmap_local_page(page);
	if (used)
		kunmap(page);
	while (--i)
		kunmap_local(local[i]);
	kmb_kmap_churn(c, 1);
	if (!kmb_shows(c, local[0], 0)) {
		ret = KMB_FAIL(c, "the first of %u kmap_local lost its page when kmap() wrapped",
			       times);
		/* Who unmaps what is gone is killed, and nobody would hear of it. */
		if (addr == local[0])
			return ret;
	}
	KMB_SAW(c, "kmap_local at %s address as kmap, %u pages mapped meanwhile",
		addr == local[0] ? "the same" : "another", LAST_PKMAP + KMB_BATCH);
	kunmap_local(local[0]);
	kmb_kmap_churn(c, 1);
	if (!ret && page_address(page))
		ret = KMB_FAIL(c, "%u kunmap_local() did not let go of the address of kmap()",
			       times);
	return ret;
}

static int kmb_kmap_pinned(struct kmb_checker *c)
{
	unsigned int times;
	int ret = 0;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (times = 1; !ret && times <= KMB_TIMES; times++)
		ret = kmb_kmap_pin(c, times, true) ?: kmb_kmap_pin(c, times, false);
	return ret;
}

/* However often it is mapped: it stays until the last kunmap(), and no longer. */
static int kmb_kmap_count(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	unsigned int times, n, i;
	void *addr;
	int ret = 0;

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (n = 1; !ret && n <= KMB_TIMES + 1; n++) {
		times = n > KMB_TIMES ? KMB_MANY_TIMES : n;
		addr = kmap(page);
		for (i = 1; i < times; i++)
			kmap(page);
		while (--i)
			kunmap(page);
		kmb_kmap_churn(c, 1);
		if (page_address(page) != addr || !kmb_shows(c, addr, 0))
			ret = KMB_FAIL(c, "mapped %u times, and gone after %u kunmap()",
				       times, times - 1);
		else
			kunmap(page);
		kmb_kmap_churn(c, 1);
		if (!ret && page_address(page))
			ret = KMB_FAIL(c, "mapped %u times, and still there after as many kunmap()",
				       times);
	}
	KMB_SAW(c, "a page mapped 1 to %u times and %u times, %u others after each", KMB_TIMES,
		KMB_MANY_TIMES, LAST_PKMAP + KMB_BATCH);
	return ret;
}

/* On x86, which flushes what kmap() has kept before some memory is of another kind */
#ifdef CONFIG_X86
static int kmb_make_uncached(struct page *page)
{
	unsigned long addr = (unsigned long)page_address(page);

	return set_memory_uc(addr, 1) ?: set_memory_wb(addr, 1);
}
#else
static int kmb_make_uncached(struct page *page)
{
	return -EOPNOTSUPP;
}
#endif

/* What is mapped stays, and what nobody uses any more goes, before its time. */
static int kmb_kmap_flush(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0), *used = kmb_check_page(c, 1), *low;
	void *addr, *unused;
	bool had;
	int ret;

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	low = alloc_page(GFP_KERNEL);
	if (!low)
		return -ENOMEM;
	addr = kmap(used);
	unused = kmap(page);
	/* From now on the TLB has it. */
	ret = kmb_shows(c, unused, 0) ? 0 : KMB_FAIL(c, "kmap() shows other data");
	kunmap(page);
	had = page_address(page);
	ret = ret ?: kmb_make_uncached(low);
	if (!ret && had && page_address(page))
		ret = KMB_FAIL(c, "kmap_flush_unused() left a page that nobody uses mapped");
	if (!ret && kmb_line_wrong(c, unused, 0, 0) != kmb_gone)
		ret = KMB_FAIL(c, "an address is still there after kmap_flush_unused()");
	if (!ret && (page_address(used) != addr || !kmb_shows(c, addr, 1)))
		ret = KMB_FAIL(c, "kmap_flush_unused() took down a page that is in use");
	kunmap(used);
	__free_page(low);
	if (ret == -EOPNOTSUPP)
		return KMB_SKIP(c, "nothing on this architecture calls kmap_flush_unused()");
	return ret ?: had ? 0 : KMB_SKIP(c, "kunmap() leaves nothing to flush");
}

/* Its pages one by one, and what kmap() has kept of them when the folio is gone */
static int kmb_kmap_folio_once(struct kmb_checker *c, struct folio *folio, void **addr)
{
	struct page *page = folio_page(folio, 0);
	unsigned int i, nr = folio_nr_pages(folio), kept = 0;
	int ret = 0;

	for (i = 0; i < nr; i++) {
		addr[i] = kmap(page + i);
		memcpy(addr[i], kmb_truth(c, i), PAGE_SIZE);
	}
	for (i = 0; i < nr; i++) {
		if (!ret && (page_address(page + i) != addr[i] || !kmb_shows(c, addr[i], i)))
			ret = KMB_FAIL(c, "page %u of a folio: not where kmap() gave it", i);
		kunmap(page + i);
		kept += page_address(page + i) == addr[i];
	}
	folio_put(folio);
	/* As long as nobody needs the addresses, pages keep them, whatever they are now. */
	for (i = 0; !ret && kept == nr && i < nr; i++)
		if (page_address(page + i) != addr[i])
			ret = KMB_FAIL(c, "page %u of a folio lost its address with it", i);
	/* What a list of addresses has lost, or has twice, is met when they are used again. */
	return ret ?: kmb_kmap_let_go(c);
}

static int kmb_kmap_folio(struct kmb_checker *c)
{
	const struct kmb_pages_row *kind = &kmb_pages[c->pool.kind];
	void *addr[BIT(KMB_MAX_ORDER)];
	LIST_HEAD(aside);
	struct page *page;

	page = kmb_page_alloc(kind, KMB_MAX_ORDER, NUMA_NO_NODE, &aside);
	kmb_pages_free(&aside, KMB_MAX_ORDER);
	if (!page)
		return -ENOMEM;
	if (!PageHighMem(page)) {
		__free_pages(page, KMB_MAX_ORDER);
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	}
	KMB_SAW(c, "the %lu pages of a folio, and when it was gone", BIT(KMB_MAX_ORDER));
	return kmb_kmap_folio_once(c, page_folio(page), addr);
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
static int kmb_kmap_many(struct kmb_checker *c)
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
static int kmb_kmap_cpus(struct kmb_checker *c)
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

/* From a place that is kept on through kmap()'s room, and through all of it once more */
struct kmb_rounds {
	struct page *page;
	void *kept, *last;
	unsigned int wraps;
	bool below, passed;	/* the kept one's place, in the second round */
};

/* A new place: keep it, if there is one below it? */
static bool kmb_rounds_keep(struct kmb_rounds *r, struct page *page, void *addr)
{
	if (r->page || !r->last || addr < r->last)
		return false;
	r->page = page;
	r->kept = addr;
	r->last = addr;
	return true;
}

/* A new place; false when it is the kept one's. */
static bool kmb_rounds_go(struct kmb_rounds *r, void *addr)
{
	r->wraps += r->page && addr < r->last;
	r->last = addr;
	r->passed |= r->below && addr > r->kept;
	r->below = r->wraps && addr < r->kept;
	return !r->page || addr != r->kept || r->wraps > 1;
}

/*
 * The place of one that was in use at the last flush, and is no more, is in TLBs as
 * yet, and its page has it: nobody else gets it before the next flush.
 */
static int kmb_kmap_kept(struct kmb_checker *c)
{
	struct kmb_rounds r = { };
	bool new = true, kept = false;
	unsigned int i;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (i = 0; new && r.wraps < 2 && i < 4 * LAST_PKMAP; i++) {
		struct page *page = kmb_check_page(c, i % (2 * c->pool.nr));
		bool had = page_address(page);
		void *addr = kmap(page);

		if (!had && kmb_rounds_keep(&r, page, addr)) {
			kept = true;
			continue;
		}
		kunmap(page);
		if (!had)
			new = kmb_rounds_go(&r, addr);
		if (kept && (r.wraps || !new)) {
			kunmap(r.page);
			kept = false;
		}
		cond_resched();
	}
	if (kept)
		kunmap(r.page);
	KMB_SAW(c, "%u mappings, %u times from the room's end to its start", i, r.wraps);
	if (!new)
		return KMB_FAIL(c, "a place was another page's before it was flushed");
	if (!r.wraps)
		return KMB_FAIL(c, "%u mappings, and kmap() never began anew", i);
	return r.passed ? 0 : KMB_SKIP(c, "kmap() did not come past what it was to leave");
}

/* More pages than kmap() can map: content is right after each wrap. */
static int kmb_kmap_wrap(struct kmb_checker *c)
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

/* One of those who fill kmap()'s room and those who then wait for some */
struct kmb_waiter {
	struct kmb_checker *c;
	struct task_struct *task;
	struct completion mapped, go, done;
	unsigned int first, nr, count, wrong;
	void *addr;			/* of its first page */
};

static int kmb_waiter_fn(void *arg)
{
	struct kmb_waiter *w = arg;
	unsigned int i;

	/* For those that look whether one that is to be killed sleeps on: see kmb_wake_one() */
	allow_signal(SIGKILL);
	for (i = 0; i < w->nr; i++) {
		void *addr = kmap(kmb_check_page(w->c, w->first + i));

		if (!i)
			w->addr = addr;
		w->wrong += !kmb_shows(w->c, addr, w->first + i);
		WRITE_ONCE(w->count, i + 1);
	}
	complete(&w->mapped);
	wait_for_completion(&w->go);
	while (i--)
		kunmap(kmb_check_page(w->c, w->first + i));
	complete(&w->done);
	return 0;
}

static int kmb_waiter_start(struct kmb_waiter *w, struct kmb_checker *c, unsigned int first,
			    unsigned int nr)
{
	w->c = c;
	w->first = first;
	w->nr = nr;
	init_completion(&w->mapped);
	init_completion(&w->go);
	init_completion(&w->done);
	w->task = kthread_run(kmb_waiter_fn, w, "kmap_bench_wait");
	return PTR_ERR_OR_ZERO(w->task);
}

static bool kmb_waits(struct completion *done)
{
	return !wait_for_completion_timeout(done, msecs_to_jiffies(KMB_WAIT_MS));
}

static int kmb_waiters_judge(struct kmb_checker *c, struct kmb_waiter *w)
{
	unsigned int i;

	for (i = 1; i <= KMB_WAITERS; i++) {
		if (kmb_waits(&w[i].mapped)) {
			c->lost = true;
			return KMB_FAIL(c, "waiter %u: not woken for %u ms after there was room",
					i, KMB_WAIT_MS);
		}
		if (w[i].wrong)
			return KMB_FAIL(c, "waiter %u of %u saw another page", i, KMB_WAITERS);
	}
	/* The first two wait for one page: who comes second finds it mapped. */
	if (w[1].addr != w[2].addr)
		return KMB_FAIL(c, "two that waited for one page were given two addresses");
	return 0;
}

/* That the first two wait for; the third has some further on */
static unsigned int kmb_wanted_page(void)
{
	return 2 * LAST_PKMAP - 4 * KMB_BATCH;
}

/* All of the room is taken; who comes then waits, and all are woken when there is some. */
static int kmb_wait_for_room(struct kmb_checker *c, struct kmb_waiter *w)
{
	unsigned int i, early = 0, first = kmb_wanted_page();
	int ret;

	ret = kmb_waiter_start(&w[0], c, 0, LAST_PKMAP);
	if (ret)
		return ret;
	if (kmb_waits(&w[0].mapped)) {
		c->lost = true;
		return KMB_FAIL(c, "kmap() has room for %u pages, expected %u", w[0].count,
				LAST_PKMAP);
	}
	for (i = 1; !ret && i <= KMB_WAITERS; i++)
		ret = kmb_waiter_start(&w[i], c, first + (i > 2 ? i * KMB_BATCH : 0), i);
	if (ret)
		c->lost = true;		/* those that were started have the pages */
	msleep(KMB_STALL_MS);
	for (i = 1; i <= KMB_WAITERS; i++)
		early += !!READ_ONCE(w[i].count);
	complete(&w[0].go);
	KMB_SAW(c, "%u tasks waited for one that held %u", KMB_WAITERS - early, w[0].nr);
	ret = ret ?: kmb_waiters_judge(c, w);
	for (i = 1; i <= KMB_WAITERS; i++)
		complete(&w[i].go);
	for (i = 0; !c->lost && i <= KMB_WAITERS; i++)
		c->lost = kmb_waits(&w[i].done);
	if (!ret && early)
		ret = KMB_FAIL(c, "%u of %u got more than kmap() has room for", early,
			       KMB_WAITERS);
	return ret;
}

static int kmb_kmap_wait(struct kmb_checker *c)
{
	struct kmb_waiter *w;
	struct page *page;
	unsigned int i;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	w = kcalloc(1 + KMB_WAITERS, sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	ret = kmb_wait_for_room(c, w);
	if (c->lost)
		return ret ?: -ENOMEM;
	kfree(w);
	page = kmb_check_page(c, kmb_wanted_page());
	/* Some of these still have addresses of their own: more than once. */
	for (i = 0; i < 3; i++)
		kmb_kmap_churn(c, LAST_PKMAP / 2);
	if (!ret && PageHighMem(page) && page_address(page))
		ret = KMB_FAIL(c, "a page that two waited for kept an address after kunmap()");
	return ret;
}

/* What kmap_local takes of a place, it gives back. */
static bool kmb_kmap_local_there(struct kmb_checker *c, unsigned int page)
{
	void *local = kmap_local_page(kmb_check_page(c, page));
	bool shows = kmb_shows(c, local, page);

	kunmap_local(local);
	return shows;
}

/*
 * The room is full but for one place, here and there: who comes finds it at once,
 * and so does the next one, though the TLB has the place as it was. Unmapping a
 * slot in between may have an emulator's TLB forget all, so that is for the end.
 */
static int kmb_kmap_places(struct kmb_checker *c, u16 *held, void **addr)
{
	unsigned int spare = LAST_PKMAP, i;

	for (i = 0; i < KMB_PLACES; i++) {
		unsigned int at = i / 2 * KMB_PLACE_STEP % max(LAST_PKMAP, 1), page = spare;
		void *now;

		spare = held[at];
		held[at] = page;
		kunmap(kmb_check_page(c, spare));
		now = kmap(kmb_check_page(c, page));
		if (now != addr[at])
			return KMB_FAIL(c, "kmap() gave a place %ld pages from the only free one",
					(long)(now - addr[at]) / (long)PAGE_SIZE);
		if (!kmb_shows(c, now, page) || (i % 2 && !kmb_kmap_local_there(c, page)))
			return KMB_FAIL(c, "page %u shows other data in the last free place", page);
	}
	KMB_SAW(c, "%u times one free place of %u", i, LAST_PKMAP);
	return 0;
}

static int kmb_kmap_place(struct kmb_checker *c)
{
	void **addr;
	unsigned int i;
	u16 *held;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	addr = kcalloc(LAST_PKMAP, sizeof(*addr) + sizeof(*held), GFP_KERNEL);
	if (!addr)
		return -ENOMEM;
	held = (u16 *)(addr + LAST_PKMAP);
	for (i = 0; i < LAST_PKMAP; i++) {
		held[i] = i;
		addr[i] = kmap(kmb_check_page(c, i));
	}
	ret = kmb_kmap_places(c, held, addr);
	for (i = 0; i < LAST_PKMAP; i++)
		kunmap(kmb_check_page(c, held[i]));
	kfree(addr);
	return ret;
}

/* All over the room, as it was taken */
static unsigned int kmb_wake_place(unsigned int i)
{
	return i * (LAST_PKMAP / KMB_WAKES) + i;
}

/* Who waits sleeps, and nothing but room gets it on: kmap() cannot fail. */
static bool kmb_sleeps_on(const struct kmb_waiter *w)
{
	unsigned int i, awake = 0;

	if (send_sig(SIGKILL, w->task, 1))
		return false;
	for (i = 0; i < KMB_STALL_MS / KMB_LOOK_MS; i++) {
		msleep(KMB_LOOK_MS);
		awake += task_is_running(w->task);
	}
	/* Others may use kmap(), and give back what they had: that wakes it as well. */
	return 2 * awake < i;
}

/*
 * Two come for the same page, or one, when all of the room is taken, and one place
 * is given up: that is enough for both.
 */
static int kmb_wake_some(struct kmb_checker *c, struct kmb_waiter *w, unsigned int i)
{
	struct page *page = kmb_check_page(c, kmb_wake_place(i));
	unsigned int nr = 1 + i % KMB_WAKE_TOGETHER, n;
	void *place = page_address(page);
	int ret = 0;

	for (n = 0; !ret && n < nr; n++)
		ret = kmb_waiter_start(&w[n], c, kmb_wanted_page() + i, 1);
	if (ret)
		return ret;
	msleep(KMB_STALL_MS);
	for (n = 0; n < nr; n++) {
		if (READ_ONCE(w[n].count))
			return KMB_FAIL(c, "there was room for one more than %u", LAST_PKMAP);
		if (!kmb_sleeps_on(&w[n]))
			return KMB_FAIL(c, "who waits for room, and is to be killed, is awake");
	}
	kunmap(page);
	for (n = 0; n < nr; n++) {
		if (kmb_waits(&w[n].mapped))
			return KMB_FAIL(c, "%u of %u not woken in %u ms: place %u of %u is free",
					nr - n, nr, KMB_WAIT_MS, kmb_wake_place(i), LAST_PKMAP);
		if (w[n].addr != place)
			return KMB_FAIL(c, "place %u of %u was free, and another one was given",
					kmb_wake_place(i), LAST_PKMAP);
		if (w[n].wrong)
			return KMB_FAIL(c, "who was woken saw another page");
	}
	return 0;
}

/* What was given up is taken again, so that each gives back what it took. */
static int kmb_wake_all(struct kmb_checker *c, struct kmb_waiter *all)
{
	struct kmb_waiter *w = all + 1;
	unsigned int i, n;
	int ret;

	ret = kmb_waiter_start(all, c, 0, LAST_PKMAP);
	if (ret)
		return ret;
	c->lost = true;
	if (kmb_waits(&all->mapped))
		return KMB_FAIL(c, "kmap() has no room for %u pages", LAST_PKMAP);
	for (i = 0; !ret && i < KMB_WAKES; i++)
		ret = kmb_wake_some(c, &w[i * KMB_WAKE_TOGETHER], i);
	if (ret)
		return ret;
	for (n = 0; n < KMB_WAKES * KMB_WAKE_TOGETHER; n++) {
		if (!w[n].task)
			continue;
		complete(&w[n].go);
		if (kmb_waits(&w[n].done))
			return KMB_FAIL(c, "kunmap() did not return");
	}
	for (i = 0; i < KMB_WAKES; i++)
		kmap(kmb_check_page(c, kmb_wake_place(i)));
	complete(&all->go);
	if (kmb_waits(&all->done))
		return KMB_FAIL(c, "kunmap() did not return");
	c->lost = false;
	return 0;
}

static int kmb_kmap_wake(struct kmb_checker *c)
{
	struct kmb_waiter *w;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	w = kcalloc(1 + KMB_WAKES * KMB_WAKE_TOGETHER, sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	ret = kmb_wake_all(c, w);
	if (!c->lost)
		kfree(w);
	KMB_SAW(c, "%u times one place of %u was waited for, by one or %u tasks", KMB_WAKES,
		LAST_PKMAP, KMB_WAKE_TOGETHER);
	return ret;
}

/* The same page as the others: their kunmap() is none of ours. */
static int kmb_race_fn(struct kmb_rival *r)
{
	struct page *page = kmb_check_page(r->all->c, 0);
	int ret = 0;

	while (!ret && r->rounds < KMB_RACE_ROUNDS && !kmb_rival_stops(r)) {
		void *addr = kmap(page);

		if (kmb_line_wrong(r->all->c, addr, 0, 0))
			ret = KMB_FAIL(&r->c, "a page that others unmap as well is gone");
		kunmap(page);
		r->rounds++;
		if (r->rounds % KMB_BATCH == 0)
			cond_resched();
	}
	return ret;
}

/* What @run does with two tasks that are @fn, on a CPU each */
static int kmb_two_cpus(struct kmb_checker *c, int (*fn)(struct kmb_rival *r), size_t arg_size,
			int (*run)(struct kmb_checker *c, struct kmb_rivals *all))
{
	struct kmb_rivals *all;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	if (num_online_cpus() < KMB_RACE_TASKS)
		return KMB_SKIP(c, "there is no other CPU");
	all = kmb_rivals_alloc(c, KMB_RACE_TASKS, fn, arg_size);
	if (!all)
		return -ENOMEM;
	ret = run(c, all);
	kmb_rivals_free(all);
	return ret;
}

/* One user too few was seen by the kernel or by another; one too many keeps the place. */
static int kmb_race(struct kmb_checker *c, struct kmb_rivals *all)
{
	int ret = kmb_rivals_start(all, KMB_ANY_CPU) ?: kmb_rivals_end(all, KMB_RACE_MS);

	KMB_SAW(c, "%u tasks, %lu times each or so", KMB_RACE_TASKS,
		kmb_rivals_rounds(all) / KMB_RACE_TASKS);
	return ret ?: kmb_kmap_let_go(c);
}

static int kmb_check_kmap_race(struct kmb_checker *c)
{
	return kmb_two_cpus(c, kmb_race_fn, 0, kmb_race);
}

/*
 * The addresses of two pages that stay as they are, looked up while others' come
 * and go: one is mapped, and among the first that are found; for the other one,
 * which is not, all are looked through.
 */
struct kmb_lookup {
	struct page *page[2];
	void *addr[2];
	struct hrtimer timer;
	unsigned int runs, wrong;	/* of the timer */
};

static bool kmb_lookup_wrong(const struct kmb_lookup *l)
{
	return page_address(l->page[0]) != l->addr[0] || page_address(l->page[1]) != l->addr[1];
}

static enum hrtimer_restart kmb_lookup_timer(struct hrtimer *timer)
{
	struct kmb_lookup *l = container_of(timer, struct kmb_lookup, timer);

	l->wrong += kmb_lookup_wrong(l);
	l->runs++;
	hrtimer_forward_now(timer, ns_to_ktime(KMB_LOOKUP_NS));
	return HRTIMER_RESTART;
}

static int kmb_looks_up(struct kmb_rival *r)
{
	struct kmb_lookup *l = r->all->arg;
	int ret = 0;

	hrtimer_start(&l->timer, ns_to_ktime(KMB_LOOKUP_NS), HRTIMER_MODE_REL_PINNED_SOFT);
	while (!ret && !kmb_rival_stops(r)) {
		if (kmb_lookup_wrong(l))
			ret = KMB_FAIL(&r->c, "a page has another address while others are mapped");
		r->rounds++;
		if (r->rounds % KMB_BATCH == 0)
			cond_resched();
	}
	hrtimer_cancel(&l->timer);
	return ret;
}

/* One maps all sorts of pages, for as long as the others look. */
static int kmb_lookup_fn(struct kmb_rival *r)
{
	if (r->nr)
		return kmb_looks_up(r);
	while (r->rounds < KMB_LOOKUP_WRAPS && !kmb_rival_stops(r)) {
		kmb_kmap_churn(r->all->c, 1);
		r->rounds++;
	}
	WRITE_ONCE(r->all->stop, true);
	return 0;
}

static int kmb_lookup(struct kmb_checker *c, struct kmb_rivals *all)
{
	struct kmb_lookup *l = all->arg;
	int ret;

	kmb_kmap_churn(c, 1);
	l->page[0] = kmb_check_page(c, 0);
	l->addr[0] = kmap(l->page[0]);
	l->page[1] = kmb_check_page(c, kmb_wanted_page());
	l->addr[1] = page_address(l->page[1]);
	/* No hardirq: the lock that it takes sleeps on PREEMPT_RT. */
	kmb_hrtimer_setup(&l->timer, kmb_lookup_timer, HRTIMER_MODE_REL_PINNED_SOFT);
	ret = kmb_rivals_start(all, KMB_ANY_CPU) ?: kmb_rivals_end(all, KMB_WAIT_MS);
	kunmap(l->page[0]);
	KMB_SAW(c, "%lu times by a task and %u by interrupts, in %lu wraps", all->rival[1].rounds,
		l->runs, all->rival[0].rounds);
	if (!ret && l->wrong)
		ret = KMB_FAIL(c, "an interrupt saw a page at another address %u times", l->wrong);
	if (!ret && (!l->runs || !all->rival[1].rounds || !all->rival[0].rounds))
		ret = KMB_SKIP(c, "nobody looked anything up while others were mapped");
	return ret;
}

static int kmb_check_kmap_lookup(struct kmb_checker *c)
{
	return kmb_two_cpus(c, kmb_lookup_fn, sizeof(struct kmb_lookup), kmb_lookup);
}

/* What @run does on a CPU where it is preempted by one that is at @work */
static int kmb_with_preemptor(struct kmb_checker *c, void (*work)(struct kmb_preemptor *r),
			      void *arg,
			      int (*run)(struct kmb_checker *c, struct kmb_preemptor *rival))
{
	struct kmb_preemptor *rival = kmb_preemptor_alloc(c, work);
	int ret;

	if (!rival)
		return -ENOMEM;
	rival->arg = arg;
	cpus_read_lock();
	migrate_disable();
	ret = run(c, rival);
	migrate_enable();
	cpus_read_unlock();
	kfree(rival);
	return ret;
}

static void kmb_uses_all_room(struct kmb_preemptor *r)
{
	kmb_kmap_churn(r->c, 1);
}

/* Whoever comes while we are in kmap() or kunmap() finds us counted, or not there yet. */
static int kmb_preempted_in_kmap(struct kmb_checker *c, struct kmb_preemptor *rival)
{
	unsigned long end = jiffies + msecs_to_jiffies(KMB_PREEMPTED_MS);
	unsigned long limit = jiffies + msecs_to_jiffies(KMB_WAIT_MS);
	struct page *page = kmb_check_page(c, 0);
	unsigned int runs = 0;
	int ret = kmb_preemptor_start(rival, raw_smp_processor_id());

	if (ret)
		return ret;
	while (!ret && time_before(jiffies, limit)) {
		void *addr = kmap(page);

		if (page_address(page) != addr || kmb_line_wrong(c, addr, 0, 0))
			ret = KMB_FAIL(c, "kmap() was preempted, and its page is gone");
		kunmap(page);
		/* Those after it preempt nobody. */
		runs = READ_ONCE(rival->runs);
		if (time_after(jiffies, end) && (!runs || runs >= KMB_PREEMPTED_RUNS))
			break;
	}
	kmb_preemptor_stop(rival);
	KMB_SAW(c, "preempted %u times by who used all of the room", runs);
	if (!ret && !runs)
		ret = KMB_SKIP(c, "nobody was preempted: not in this preemption model");
	return ret;
}

static int kmb_kmap_preempted(struct kmb_checker *c)
{
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	ret = kmb_with_preemptor(c, kmb_uses_all_room, NULL, kmb_preempted_in_kmap);
	return ret ?: kmb_kmap_let_go(c);
}

/* The only place that is left: one takes it and gives it up while another one wants it. */
struct kmb_last_place {
	struct page *page;		/* of the one that preempts */
	bool held;
	unsigned int times;		/* that it was given up */
	unsigned long rounds;		/* of the other one */
	unsigned long seen, since;	/* its rounds, and jiffies, when it was given up */
	unsigned int idle;		/* runs in which it was there to be had */
};

/* Not to be had by now: the next time that it is given up wakes who sleeps too long. */
static void kmb_give_and_take(struct kmb_preemptor *r)
{
	struct kmb_last_place *p = r->arg;
	bool taken = READ_ONCE(p->rounds) != p->seen;

	if (p->held) {
		p->seen = READ_ONCE(p->rounds);
		p->since = jiffies;
		p->idle = 0;
		WRITE_ONCE(p->times, p->times + 1);
		kunmap(p->page);
		p->held = false;
		return;
	}
	if (!taken && (++p->idle < KMB_IDLE_RUNS ||
		       time_before(jiffies, p->since + msecs_to_jiffies(KMB_IDLE_MS))))
		return;
	r->wrong += !taken;
	kmap(p->page);
	p->held = true;
}

static int kmb_queue_fn(struct kmb_checker *c, struct kmb_preemptor *rival)
{
	unsigned long limit = jiffies + msecs_to_jiffies(KMB_WAIT_MS);
	struct page *page = kmb_check_page(c, LAST_PKMAP);
	struct kmb_last_place *p = rival->arg;
	struct rnd_state rnd;
	int ret = kmb_preemptor_start(rival, raw_smp_processor_id());

	if (ret)
		return ret;
	prandom_seed_state(&rnd, 1);
	while (!ret && READ_ONCE(p->times) < KMB_QUEUE_TIMES && time_before(jiffies, limit)) {
		void *addr;

		udelay(prandom_u32_state(&rnd) % KMB_QUEUE_SPREAD_US);
		addr = kmap(page);
		if (kmb_line_wrong(c, addr, LAST_PKMAP, 0))
			ret = KMB_FAIL(c, "a page that had to wait for room shows other data");
		kunmap(page);
		WRITE_ONCE(p->rounds, p->rounds + 1);
		cond_resched();
	}
	kmb_preemptor_stop(rival);
	if (p->held)
		kunmap(p->page);
	KMB_SAW(c, "%lu times the last place of %u, which another one had %u times", p->rounds,
		LAST_PKMAP, p->times);
	if (!ret && rival->wrong)
		ret = KMB_FAIL(c, "slept %u times for %u ms and more though there was room",
			       rival->wrong, KMB_IDLE_MS);
	if (!ret && !p->times)
		ret = KMB_FAIL(c, "nobody took the last place in %u ms", KMB_WAIT_MS);
	return ret;
}

/* Preempted on the way to sleep, by the one that makes room: there is no need to, then. */
static int kmb_kmap_queue(struct kmb_checker *c)
{
	struct kmb_last_place p = { .page = kmb_check_page(c, LAST_PKMAP - 1), .seen = ULONG_MAX };
	unsigned int i;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (i = 1; i < LAST_PKMAP; i++)
		kmap(kmb_check_page(c, i - 1));
	ret = kmb_with_preemptor(c, kmb_give_and_take, &p, kmb_queue_fn);
	while (--i)
		kunmap(kmb_check_page(c, i - 1));
	return ret;
}

/* A check in a thread of its own: where the kernel has lost its room, kmap() never returns. */
struct kmb_bounded {
	struct kmb_checker c;
	int (*fn)(struct kmb_checker *c);
	struct completion done;
	int ret;
	char reason[KMB_REASON_LEN], seen[KMB_EXPR_LEN];
};

static int kmb_bounded_fn(void *arg)
{
	struct kmb_bounded *b = arg;
	struct kmb_state before, after;

	kmb_state_get(&before);
	b->ret = b->fn(&b->c);
	kmb_state_get(&after);
	if (!b->ret && !kmb_state_same(&before, &after, b->c.reason))
		b->ret = -EIO;
	complete(&b->done);
	return 0;
}

static int kmb_bounded(struct kmb_checker *c, int (*fn)(struct kmb_checker *c))
{
	struct kmb_bounded *b = kzalloc(sizeof(*b), GFP_KERNEL);
	struct task_struct *task;
	int ret;

	if (!b)
		return -ENOMEM;
	b->c = *c;
	b->c.reason = b->reason;
	b->c.seen = b->seen;
	b->fn = fn;
	init_completion(&b->done);
	task = kthread_run(kmb_bounded_fn, b, "kmap_bench_kmap");
	if (IS_ERR(task)) {
		kfree(b);
		return PTR_ERR(task);
	}
	if (!wait_for_completion_timeout(&b->done, msecs_to_jiffies(KMB_KMAP_MS))) {
		c->lost = true;
		ret = KMB_FAIL(c, "kmap() did not return for %u ms", KMB_KMAP_MS);
	} else {
		ret = b->ret;
		c->lost = b->c.lost;
		strscpy(c->reason, b->reason, KMB_REASON_LEN);
		strscpy(c->seen, b->seen, KMB_EXPR_LEN);
	}
	/* Those who wait for ever have our pages, and are in our code. */
	if (c->lost)
		__module_get(THIS_MODULE);
	else
		kfree(b);
	return ret;
}

#define KMB_BOUNDED(name)					\
	static int kmb_check_##name(struct kmb_checker *c)	\
	{							\
		return kmb_bounded(c, kmb_##name);		\
	}

KMB_BOUNDED(kmap_twice)
KMB_BOUNDED(kmap_after_local)
KMB_BOUNDED(kmap_pinned)
KMB_BOUNDED(kmap_kept)
KMB_BOUNDED(kmap_many)
KMB_BOUNDED(kmap_cpus)
KMB_BOUNDED(kmap_wrap)
KMB_BOUNDED(kmap_count)
KMB_BOUNDED(kmap_folio)
KMB_BOUNDED(kmap_flush)
KMB_BOUNDED(kmap_place)
KMB_BOUNDED(kmap_wait)
KMB_BOUNDED(kmap_wake)
KMB_BOUNDED(kmap_queue)
KMB_BOUNDED(kmap_preempted)

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(kmap_twice, 0, KMB_HERE,
		      "kmap twice, and together with kmap_local"),
	KMB_CHECK_ROW(kmap_after_local, 0, KMB_HERE,
		      "kmap of a page that is mapped locally"),
	KMB_CHECK_ROW(kmap_pinned, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap_local of a kmapped page outlives its kunmap"),
	KMB_CHECK_ROW(kmap_kept, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap leaves a place alone until its last page is flushed"),
	KMB_CHECK_ROW(kmap_many, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap of many pages at a time: an address each, in use ones stay"),
	KMB_CHECK_ROW(kmap_cpus, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap for all CPUs, at addresses that were used before"),
	KMB_CHECK_ROW(kmap_wrap, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap of more pages than it has room for"),
	KMB_CHECK_ROW(kmap_count, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap several times lasts until as many kunmaps"),
	KMB_CHECK_ROW(kmap_folio, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap of each page of a folio, and when the folio is gone"),
	KMB_CHECK_ROW(kmap_flush, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap's unused addresses go when memory is to be of another kind"),
	KMB_CHECK_ROW(kmap_place, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap finds the last free place wherever it is"),
	KMB_CHECK_ROW(kmap_wait, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap waits for room, and all who wait are woken"),
	KMB_CHECK_ROW(kmap_wake, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "a single place that is given up wakes who waits, wherever it is"),
	KMB_CHECK_ROW(kmap_queue, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "room that is made while a task goes to sleep for it wakes it"),
	KMB_CHECK_ROW(kmap_race, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "users of one page on several CPUs are all counted"),
	KMB_CHECK_ROW(kmap_lookup, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "page_address of a page that stays, while others are mapped"),
	KMB_CHECK_ROW(kmap_preempted, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "preempted in kmap() by one that uses all of its room"),
};

const struct kmb_check_set kmb_checks_pkmap = { kmb_rows, ARRAY_SIZE(kmb_rows) };
