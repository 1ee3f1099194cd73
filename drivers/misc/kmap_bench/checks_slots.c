// SPDX-License-Identifier: GPL-2.0-only
/* Checks of the slots: each mapping shows its own page and changes what it promises. */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "checks.h"

#define KMB_REUSE_STEP	6
#define KMB_CROWD	(KMB_CHECK_PAGES / KMB_MAX_NEST)

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

/* Pages one after the other in one slot; how many came right after another there */
static int kmb_reuse_slot(struct kmb_checker *c, unsigned int depth, unsigned int *same)
{
	void *last = NULL, *addr;
	unsigned int i;
	bool right;

	for (i = depth; i < KMB_CHECK_PAGES; i += KMB_REUSE_STEP) {
		addr = kmap_local_page(kmb_check_page(c, i));
		right = kmb_shows(c, addr, i);
		kunmap_local(addr);
		*same += addr == last;
		last = addr;
		if (!right)
			return KMB_FAIL(c, "page %u, %u deep, shows what its slot showed before",
					i, depth + 1);
	}
	return 0;
}

/* A slot used again shows its new page at once, here and after a switch. */
static int kmb_check_reuse(struct kmb_checker *c)
{
	unsigned int depth, same = 0;
	void *held[KMB_MAX_NEST];
	int ret = 0;

	for (depth = 0; !ret && depth < c->depth; depth++) {
		ret = kmb_reuse_slot(c, depth, &same);
		schedule_timeout_uninterruptible(1);
		ret = ret ?: kmb_reuse_slot(c, depth, &same);
		held[depth] = kmap_local_page(kmb_check_page(c, depth));
	}
	KMB_SAW(c, "slots used again at once %u times, up to %u deep", same, depth);
	while (depth--)
		kunmap_local(held[depth]);
	if (!ret && kmb_takes_slot(c) && !same)
		ret = KMB_FAIL(c, "no slot was ever used again at once");
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

/* A task bound to each CPU, all mapped to the limit at one time */
struct kmb_crowd {
	struct kmb_checker *c;
	atomic_t mapped, looked;
	unsigned int nr;
	struct kmb_crowd_cpu {
		struct kmb_crowd *crowd;
		struct completion done;
		unsigned int first;	/* of its pages */
		unsigned int wrong;
		bool alone;
	} cpu[KMB_CROWD];
};

/* Awake, as who sleeps has nothing in its slots. False when the others do not come. */
static bool kmb_crowd_meets(const struct kmb_crowd *crowd, atomic_t *there)
{
	unsigned long limit = jiffies + msecs_to_jiffies(KMB_WAIT_MS);

	atomic_inc(there);
	while (atomic_read(there) < crowd->nr) {
		if (time_after(jiffies, limit))
			return false;
		cond_resched();
		cpu_relax();
	}
	return true;
}

static int kmb_crowd_fn(void *arg)
{
	struct kmb_crowd_cpu *me = arg;
	struct kmb_crowd *crowd = me->crowd;
	struct kmb_checker *c = crowd->c;
	void *addr[KMB_MAX_NEST];
	unsigned int n;

	for (n = 0; n < c->depth; n++)
		addr[n] = kmap_local_page(kmb_check_page(c, me->first + n));
	me->alone = !kmb_crowd_meets(crowd, &crowd->mapped);
	for (n = 0; n < c->depth; n++)
		me->wrong += !kmb_shows(c, addr[n], me->first + n);
	me->alone |= !kmb_crowd_meets(crowd, &crowd->looked);
	while (n--)
		kunmap_local(addr[n]);
	complete(&me->done);
	return 0;
}

static int kmb_crowd_start(struct kmb_crowd *crowd)
{
	struct task_struct *task[KMB_CROWD];
	unsigned int i;
	int cpu, ret;

	for_each_online_cpu(cpu) {
		if (crowd->nr == KMB_CROWD)
			break;
		task[crowd->nr] = kthread_create(kmb_crowd_fn, &crowd->cpu[crowd->nr],
						 "kmap_bench_crowd/%d", cpu);
		if (IS_ERR(task[crowd->nr])) {
			ret = PTR_ERR(task[crowd->nr]);
			while (crowd->nr--)
				kthread_stop(task[crowd->nr]);
			return ret;
		}
		kthread_bind(task[crowd->nr++], cpu);
	}
	for (i = 0; i < crowd->nr; i++) {
		crowd->cpu[i].crowd = crowd;
		crowd->cpu[i].first = i * KMB_MAX_NEST;
		init_completion(&crowd->cpu[i].done);
	}
	for (i = 0; i < crowd->nr; i++)
		wake_up_process(task[i]);
	return 0;
}

static int kmb_crowd_judge(struct kmb_checker *c, struct kmb_crowd *crowd)
{
	unsigned int i, wrong = 0;
	bool alone = false;

	/* Each of them waits for the others twice, and no longer than that. */
	for (i = 0; i < crowd->nr; i++) {
		wait_for_completion(&crowd->cpu[i].done);
		wrong += crowd->cpu[i].wrong;
		alone |= crowd->cpu[i].alone;
	}
	KMB_SAW(c, "%u CPUs at one time, each %u mappings", crowd->nr, c->depth);
	if (wrong)
		return KMB_FAIL(c, "%u of %u mappings show other data while other CPUs map",
				wrong, crowd->nr * c->depth);
	return alone ? KMB_FAIL(c, "%u CPUs did not meet in %u ms", crowd->nr, KMB_WAIT_MS) : 0;
}

/* The slots of all CPUs at one time, to the limit: none is another's, too. */
static int kmb_check_cpus_full(struct kmb_checker *c)
{
	struct kmb_crowd *crowd;
	int ret;

	if (num_online_cpus() < 2)
		return KMB_SKIP(c, "there is one CPU");
	crowd = kzalloc(sizeof(*crowd), GFP_KERNEL);
	if (!crowd)
		return -ENOMEM;
	crowd->c = c;
	cpus_read_lock();
	ret = kmb_crowd_start(crowd) ?: kmb_crowd_judge(c, crowd);
	cpus_read_unlock();
	kfree(crowd);
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
	KMB_CHECK_ROW(cpus_full, 0, KMB_HERE,
		      "the slots of all CPUs at one time, up to the limit"),
};

const struct kmb_check_set kmb_checks_slots = { kmb_rows, ARRAY_SIZE(kmb_rows) };
