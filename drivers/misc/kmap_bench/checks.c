// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of checks: what the mappings promise, each with pages of one kind.
 *
 * Each page has content of its own, written through a vmap() alias that shares
 * no code with kmap; a mapping is right when it shows what the alias shows. A
 * check that did not get its context switch, its slot or its wait says so and
 * fails: nothing passes that was not seen.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "kmap_bench.h"

#define KMB_CHECK_PAGES		64
#define KMB_RIVAL_WAKES		64
#define KMB_RIVAL_PAGES		4	/* its own, behind those of the check */
#define KMB_STALL_MS		200

/* One check at work */
struct kmb_checker {
	struct kmb_pool pool;
	unsigned int depth;	/* mappings to hold at a time, at most */
	char *reason;
	char *seen;		/* what was really used, for people */
	bool lost;		/* somebody stuck for ever has the pages */
};

struct kmb_check_row {
	struct kmb_row row;
	int (*fn)(struct kmb_checker *c);
};

#define KMB_FAIL(c, ...)	\
	(snprintf((c)->reason, KMB_REASON_LEN, __VA_ARGS__), -EIO)
#define KMB_SKIP(c, ...)	\
	(snprintf((c)->reason, KMB_REASON_LEN, __VA_ARGS__), -EOPNOTSUPP)
#define KMB_SAW(c, ...)		snprintf((c)->seen, KMB_EXPR_LEN, __VA_ARGS__)

static void *kmb_truth(const struct kmb_checker *c, unsigned int page)
{
	return c->pool.alias + ((size_t)page << PAGE_SHIFT);
}

static void kmb_pages_fill(const struct kmb_checker *c)
{
	u32 i, words = (2 * c->pool.nr) << (PAGE_SHIFT - 2), *at = c->pool.alias;

	for (i = 0; i < words; i++)
		at[i] = (i + 1) * 0x9e3779b1U;
}

static struct page *kmb_check_page(const struct kmb_checker *c, unsigned int page)
{
	return c->pool.pages[page];
}

/* What is wrong with a mapping, NULL if nothing. One that is gone is no oops. */
static const char *kmb_wrong(const struct kmb_checker *c, const void *addr, unsigned int page)
{
	const void *truth = kmb_truth(c, page);
	unsigned int at;
	char line[64];

	for (at = 0; at < PAGE_SIZE; at += sizeof(line)) {
		if (copy_from_kernel_nofault(line, addr + at, sizeof(line)))
			return "is gone";
		if (memcmp(line, truth + at, sizeof(line)))
			return "shows other data";
	}
	return NULL;
}

static bool kmb_shows(const struct kmb_checker *c, const void *addr, unsigned int page)
{
	return !kmb_wrong(c, addr, page);
}

/* All live mappings show their own pages: addr[i] is of page first + i. */
static int kmb_all_show(struct kmb_checker *c, void **addr, unsigned int nr,
			unsigned int first, const char *when)
{
	const char *wrong;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		wrong = kmb_wrong(c, addr[i], first + i);
		if (wrong)
			return KMB_FAIL(c, "mapping %u of %u %s %s", i + 1, nr, wrong, when);
	}
	return 0;
}

/* Does mapping such a page take a slot? Only then is there machinery to check. */
static bool kmb_takes_slot(const struct kmb_checker *c)
{
	if (!IS_ENABLED(CONFIG_KMAP_LOCAL))
		return false;
	return PageHighMem(kmb_check_page(c, 0)) ||
	       (IS_ENABLED(CONFIG_HIGHMEM) &&
		IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP));
}

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

static unsigned long kmb_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

/* Asleep with mappings, at every depth: they are there again, on the same CPU. */
static int kmb_check_sleep(struct kmb_checker *c)
{
	unsigned long before = kmb_switches(), now;
	void *addr[KMB_MAX_NEST];
	unsigned int n;
	int ret = 0;

	for (n = 0; !ret && n < c->depth; n++) {
		int cpu;

		addr[n] = kmap_local_page(kmb_check_page(c, n));
		cpu = raw_smp_processor_id();
		now = kmb_switches();
		schedule_timeout_uninterruptible(1);
		if (kmb_switches() == now)
			ret = KMB_FAIL(c, "no context switch at depth %u", n + 1);
		else if (kmb_takes_slot(c) && raw_smp_processor_id() != cpu)
			ret = KMB_FAIL(c, "moved to another CPU while mapped");
		else
			ret = kmb_all_show(c, addr, n + 1, 0, "after sleeping");
	}
	KMB_SAW(c, "%lu switches at up to %u mappings", kmb_switches() - before, n);
	while (n--)
		kunmap_local(addr[n]);
	return ret;
}

/* A task of higher priority on our CPU, which maps in the same slots as we do */
struct kmb_rival {
	struct kmb_checker *c;
	struct task_struct *task;
	unsigned int runs, wrong;
};

static int kmb_rival_fn(void *arg)
{
	struct kmb_rival *r = arg;
	void *addr[KMB_RIVAL_PAGES];
	unsigned int n, first = KMB_CHECK_PAGES - KMB_RIVAL_PAGES;

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		for (n = 0; n < KMB_RIVAL_PAGES; n++)
			addr[n] = kmap_local_page(kmb_check_page(r->c, first + n));
		for (n = 0; n < KMB_RIVAL_PAGES; n++)
			r->wrong += !kmb_shows(r->c, addr[n], first + n);
		/* Asleep among them every second time, so that both are restored. */
		if (r->runs % 2)
			schedule_timeout_uninterruptible(1);
		for (n = 0; n < KMB_RIVAL_PAGES; n++)
			r->wrong += !kmb_shows(r->c, addr[n], first + n);
		while (n--)
			kunmap_local(addr[n]);
		WRITE_ONCE(r->runs, r->runs + 1);
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int kmb_rival_start(struct kmb_rival *r, int cpu)
{
	r->task = kthread_create(kmb_rival_fn, r, "kmap_bench_rival");
	if (IS_ERR(r->task))
		return PTR_ERR(r->task);
	kthread_bind(r->task, cpu);
	sched_set_fifo(r->task);
	wake_up_process(r->task);
	return 0;
}

/* Preempted with mappings, at every depth, by a task that uses the same slots. */
static int kmb_check_preempt(struct kmb_checker *c)
{
	struct kmb_rival rival = { .c = c };
	void *addr[KMB_MAX_NEST];
	unsigned long switches;
	unsigned int n, i;
	int ret;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: the task may move");
	addr[0] = kmap_local_page(kmb_check_page(c, 0));
	ret = kmb_rival_start(&rival, raw_smp_processor_id());
	if (ret) {
		kunmap_local(addr[0]);
		return ret;
	}
	switches = kmb_switches();
	for (n = 1; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		for (i = 0; !ret && i < KMB_RIVAL_WAKES; i++) {
			wake_up_process(rival.task);
			cond_resched();
			ret = kmb_all_show(c, addr, n + 1, 0, "after being preempted");
		}
	}
	switches = kmb_switches() - switches;
	while (n--)
		kunmap_local(addr[n]);
	kthread_stop(rival.task);
	KMB_SAW(c, "%lu switches while mapped, %u runs of a rival", switches, rival.runs);
	if (!ret && rival.wrong)
		ret = KMB_FAIL(c, "a task in the same slots saw other data %u times", rival.wrong);
	if (!ret && (!switches || !rival.runs))
		ret = KMB_FAIL(c, "was never preempted while mapped");
	return ret;
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

/* What a map may change while it is there, by its contract */
static int kmb_contract(struct kmb_checker *c, const char *map, const struct kmb_state *before,
			bool atomic, bool slot)
{
	bool rt = IS_ENABLED(CONFIG_PREEMPT_RT);
	struct kmb_state want = *before, now;
	char text[KMB_REASON_LEN];

	kmb_state_get(&now);
	want.pagefault_disabled += atomic;
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		want.preempt_count += atomic && !rt;
	if (IS_ENABLED(CONFIG_SMP))
		want.migration_disabled += slot + (atomic && rt);
	want.slots += slot ? 1 + IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) : 0;
	if (kmb_state_same(&want, &now, text))
		return 0;
	return KMB_FAIL(c, "inside %s, expected and seen: %.128s", map, text);
}

/* Each map changes what it promises and nothing else, and changes it back. */
static int kmb_check_state(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	struct kmb_state before, after;
	bool slot = kmb_takes_slot(c);
	void *addr;
	int ret;

	kmb_state_get(&before);
	addr = kmap_local_page(page);
	ret = kmb_contract(c, "kmap_local", &before, false, slot);
	kunmap_local(addr);
	addr = kmap_atomic(page);
	ret = ret ?: kmb_contract(c, "kmap_atomic", &before, true, slot);
	kunmap_atomic(addr);
	kmap(page);
	ret = ret ?: kmb_contract(c, "kmap", &before, false, false);
	kunmap(page);
	kmb_state_get(&after);
	KMB_SAW(c, "kmap_local, kmap_atomic, kmap%s", slot ? ", in slots" : "");
	if (!ret && !kmb_state_same(&before, &after, c->reason))
		ret = -EIO;
	return ret;
}

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

#ifdef CONFIG_HIGHMEM
/* More pages than kmap() can map: content is right after each wrap. */
static int kmb_check_kmap_wrap(struct kmb_checker *c)
{
	unsigned int i, wraps = 0;
	void *last = NULL;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (i = 0; i < 4 * LAST_PKMAP; i++) {
		unsigned int page = i * 7 % (2 * c->pool.nr);
		void *addr = kmap(kmb_check_page(c, page));
		bool right = kmb_shows(c, addr, page);

		kunmap(kmb_check_page(c, page));
		wraps += addr < last;
		last = addr;
		if (!right)
			return KMB_FAIL(c, "page %u shows other data after %u wraps", page, wraps);
		cond_resched();
	}
	KMB_SAW(c, "%u pages of %u, wrapped around %u times or more", i, 2 * c->pool.nr, wraps);
	return wraps ? 0 : KMB_FAIL(c, "kmap() never wrapped around");
}

/* Maps more pages than there is room for, and so has to wait: perhaps for ever. */
struct kmb_waiter {
	struct kmb_checker c;
	struct completion done;
	unsigned int first, nr, mapped, wrong;
};

static int kmb_waiter_fn(void *arg)
{
	struct kmb_waiter *w = arg;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		void *addr = kmap(kmb_check_page(&w->c, w->first + i));

		w->wrong += !kmb_shows(&w->c, addr, w->first + i);
		WRITE_ONCE(w->mapped, i + 1);
	}
	while (i--)
		kunmap(kmb_check_page(&w->c, w->first + i));
	complete(&w->done);
	return 0;
}

/* Until the waiter stands still: it waits for room, or is done. */
static unsigned int kmb_waiter_settles(struct kmb_waiter *w)
{
	unsigned int mapped, tries;

	for (tries = 0; tries < KMB_WAIT_MS / KMB_STALL_MS; tries++) {
		mapped = READ_ONCE(w->mapped);
		msleep(KMB_STALL_MS);
		if (mapped && READ_ONCE(w->mapped) == mapped)
			break;
	}
	return READ_ONCE(w->mapped);
}

static int kmb_waiter_judge(struct kmb_checker *c, const struct kmb_waiter *w,
			    unsigned int stalled)
{
	if (w->wrong)
		return KMB_FAIL(c, "%u mappings made while others waited show other data",
				w->wrong);
	return stalled < w->nr ? 0 : KMB_FAIL(c, "kmap() never ran out of room");
}

/* No room left: who comes then waits, and is woken when there is some. */
static int kmb_check_kmap_wait(struct kmb_checker *c)
{
	unsigned int hold = LAST_PKMAP * 3 / 4, i, stalled;
	struct task_struct *task;
	struct kmb_waiter *w;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	*w = (struct kmb_waiter) { .c = *c, .first = hold, .nr = LAST_PKMAP / 2 };
	init_completion(&w->done);
	for (i = 0; i < hold; i++)
		kmap(kmb_check_page(c, i));
	task = kthread_run(kmb_waiter_fn, w, "kmap_bench_wait");
	stalled = IS_ERR(task) ? 0 : kmb_waiter_settles(w);
	while (i--)
		kunmap(kmb_check_page(c, i));
	KMB_SAW(c, "waited with %u of %u mapped, %u held by another", stalled, w->nr, hold);
	c->lost = !IS_ERR(task) &&
		  !wait_for_completion_timeout(&w->done, msecs_to_jiffies(KMB_WAIT_MS));
	if (c->lost) {
		/* It sleeps uninterruptibly, with our pages and in our code. */
		__module_get(THIS_MODULE);
		return KMB_FAIL(c, "was not woken for %u ms after there was room", KMB_WAIT_MS);
	}
	ret = IS_ERR(task) ? PTR_ERR(task) : kmb_waiter_judge(c, w, stalled);
	kfree(w);
	return ret;
}
#endif /* CONFIG_HIGHMEM */

#define KMB_CHECK_ROW(name, flags, needs, proves)	\
	{ { #name, proves, flags, needs }, kmb_check_##name }

static const struct kmb_check_row kmb_checks[] = {
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
	KMB_CHECK_ROW(sleep, 0, KMB_HERE,
		      "mappings survive sleeping, at every depth"),
	KMB_CHECK_ROW(preempt, 0, KMB_HERE,
		      "mappings survive preemption by a task in the same slots"),
	KMB_CHECK_ROW(cpus, 0, KMB_HERE,
		      "the slots of every CPU"),
	KMB_CHECK_ROW(state, 0, KMB_HERE,
		      "preempt count, page faults, migration and slots inside and after"),
	KMB_CHECK_ROW(kmap_twice, 0, KMB_HERE,
		      "kmap twice, and together with kmap_local"),
#ifdef CONFIG_HIGHMEM
	KMB_CHECK_ROW(kmap_wrap, 0, KMB_HERE,
		      "kmap of more pages than it has room for"),
	KMB_CHECK_ROW(kmap_wait, 0, KMB_HERE,
		      "kmap waits for room and is woken"),
#endif
};

const struct kmb_row *kmb_check_list(unsigned int index)
{
	return index < ARRAY_SIZE(kmb_checks) ? &kmb_checks[index].row : NULL;
}

/* kmap checks need more pages than PKMAP has room for. */
static unsigned int kmb_check_pool(void)
{
#ifdef CONFIG_HIGHMEM
	return LAST_PKMAP;
#else
	return KMB_CHECK_PAGES;
#endif
}

/**
 * kmb_check() - run one check
 * @index: row of the list
 * @kind: row of kmb_pages, of pages of order 0
 * @reason: KMB_REASON_LEN bytes for what is wrong
 * @seen: KMB_EXPR_LEN bytes for what was really used
 *
 * Return: 0, -EIO with a reason when a promise was broken, -EOPNOTSUPP with
 * one when this kernel cannot show it.
 */
int kmb_check(unsigned int index, unsigned int kind, char *reason, char *seen)
{
	struct kmb_shape shape = { .pool = kmb_check_pool(), .node = NUMA_NO_NODE };
	struct kmb_checker c = { .reason = reason, .seen = seen };
	struct kmb_state before, after;
	int ret;

	c.depth = min_t(unsigned int, kmb_nest_limit(), KMB_MAX_NEST);
	ret = kmb_pool_alloc(&c.pool, kind, &shape, reason) ?: kmb_pool_alias(&c.pool);
	if (!ret) {
		kmb_pages_fill(&c);
		kmb_state_get(&before);
		ret = kmb_checks[index].fn(&c);
		kmb_state_get(&after);
		if (!ret && !kmb_state_same(&before, &after, reason))
			ret = -EIO;
	}
	if (!c.lost)
		kmb_pool_free(&c.pool);
	return ret;
}
