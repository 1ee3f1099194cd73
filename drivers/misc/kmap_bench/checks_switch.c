// SPDX-License-Identifier: GPL-2.0-only
/* Checks of context switches while mapped: each counts those that it really got. */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "checks.h"

#define KMB_RIVAL_WAKES		64
#define KMB_RIVAL_PAGES		4	/* its own, behind those of the check */

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

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(sleep, 0, KMB_HERE,
		      "mappings survive sleeping, at every depth"),
	KMB_CHECK_ROW(preempt, 0, KMB_HERE,
		      "mappings survive preemption by a task in the same slots"),
};

const struct kmb_check_set kmb_checks_switch = { kmb_rows, ARRAY_SIZE(kmb_rows) };
