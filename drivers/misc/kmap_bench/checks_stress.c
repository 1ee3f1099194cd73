// SPDX-License-Identifier: GPL-2.0-only
/* Checks of many tasks that map at random while the scheduler is stirred. */
#include <linux/cpu.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <uapi/linux/sched/types.h>

#include "rivals.h"

#define KMB_STRESS_MS	400

/* The last of the tasks moves the others, and waits until they can be moved. */
static int kmb_stress_mover(struct kmb_rival *r)
{
	unsigned int nr = r->all->nr - 1;
	int cpu = 0, ret = 0;

	while (!ret && !kmb_rival_stops(r)) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		ret = set_cpus_allowed_ptr(r->all->rival[r->rounds % nr].task, cpumask_of(cpu));
		r->rounds++;
		schedule_timeout_idle(1);
	}
	return ret;
}

/* Some mappings, some sleep or none, and once more; always on one CPU while mapped */
static int kmb_stress_round(struct kmb_rival *r, void (*inside)(struct kmb_rival *r))
{
	int cpu, ret;

	kmb_rival_map(r);
	cpu = raw_smp_processor_id();
	kmb_meter_begin(&r->meter, true);
	kmb_rival_level(r, 1 + prandom_u32_state(&r->rnd) % r->all->depth);
	ret = kmb_rival_look(r, "at once");
	if (inside)
		inside(r);
	if (prandom_u32_state(&r->rnd) % 2)
		schedule_timeout_idle(1);
	else
		cond_resched();
	ret = ret ?: kmb_rival_look(r, "after a while");
	kmb_rival_level(r, 1);
	kmb_meter_end(&r->meter);
	ret = ret ?: kmb_rival_look(r, "when others were taken down");
	if (!ret && raw_smp_processor_id() != cpu)
		ret = KMB_FAIL(&r->c, "moved from CPU %d to %d while mapped", cpu,
			       raw_smp_processor_id());
	kmb_rival_level(r, 0);
	return ret;
}

static int kmb_stress_task(struct kmb_rival *r, void (*inside)(struct kmb_rival *r))
{
	unsigned long switches = 0;
	int ret = 0;

	while (!ret && !kmb_rival_stops(r)) {
		ret = kmb_stress_round(r, inside);
		switches += r->meter.switches;
		r->rounds++;
		/* Not all of the time mapped, or nobody could move it. */
		schedule_timeout_idle(1);
	}
	r->meter.switches = switches;
	return ret;
}

static int kmb_affinity_fn(struct kmb_rival *r)
{
	return r->nr == r->all->nr - 1 ? kmb_stress_mover(r) : kmb_stress_task(r, NULL);
}

static int kmb_stress_judge(const struct kmb_rivals *all)
{
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		if (!all->rival[i].rounds)
			return KMB_FAIL(all->c, "task %u did nothing", i);
	if (!kmb_rivals_switches(all))
		return KMB_FAIL(all->c, "no task was switched while mapped");
	return 0;
}

static int kmb_check_affinity(struct kmb_checker *c)
{
	struct kmb_rivals *all;
	unsigned long moves;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: tasks may move");
	all = kmb_rivals_alloc(c, KMB_MAX_RIVALS, kmb_affinity_fn, 0);
	if (!all)
		return -ENOMEM;
	/* A task that is moved to a CPU while that goes away is left where it may not be. */
	cpus_read_lock();
	if (num_online_cpus() > 1)
		ret = kmb_rivals_start(all, KMB_ANY_CPU) ?: kmb_rivals_end(all, KMB_STRESS_MS);
	else
		ret = KMB_SKIP(c, "there is no other CPU to move to");
	cpus_read_unlock();
	moves = all->rival[all->nr - 1].rounds;
	KMB_SAW(c, "%lu moves, %lu rounds, %lu switches while mapped", moves,
		kmb_rivals_rounds(all) - moves, kmb_rivals_switches(all));
	ret = ret ?: kmb_stress_judge(all);
	kmb_rivals_free(all);
	return ret;
}

/* Changes of class, by all tasks */
struct kmb_classes {
	atomic_t all, deadline;
};

/*
 * So that classes push, pull and preempt what is mapped, and may not move it.
 * Tasks do it themselves: one that was asleep when it left the deadline class
 * never gave its bandwidth back, and then no CPU could be taken offline.
 */
static int kmb_reclass(unsigned int policy, unsigned int priority)
{
	struct sched_attr attr = { .size = sizeof(attr), .sched_policy = policy };

	if (policy == SCHED_DEADLINE) {
		attr.sched_runtime = 15 * NSEC_PER_MSEC;
		attr.sched_deadline = 30 * NSEC_PER_MSEC;
		attr.sched_period = 30 * NSEC_PER_MSEC;
	} else if (policy != SCHED_NORMAL) {
		attr.sched_priority = priority;
	}
	return sched_setattr_nocheck(current, &attr);
}

static void kmb_class_change(struct kmb_rival *r)
{
	const unsigned int policies[] = { SCHED_DEADLINE, SCHED_FIFO, SCHED_NORMAL, SCHED_RR };
	unsigned int policy = policies[(r->nr + r->rounds) % ARRAY_SIZE(policies)];
	struct kmb_classes *n = r->all->arg;

	if (kmb_reclass(policy, 1 + prandom_u32_state(&r->rnd) % 50))
		return;
	atomic_inc(&n->all);
	if (policy == SCHED_DEADLINE)
		atomic_inc(&n->deadline);
}

static int kmb_classes_fn(struct kmb_rival *r)
{
	int ret = kmb_stress_task(r, kmb_class_change);

	return ret ?: kmb_reclass(SCHED_NORMAL, 0);
}

static int kmb_check_classes(struct kmb_checker *c)
{
	struct kmb_rivals *all;
	struct kmb_classes *n;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: tasks may move");
	all = kmb_rivals_alloc(c, KMB_MAX_RIVALS - 1, kmb_classes_fn, sizeof(*n));
	if (!all)
		return -ENOMEM;
	n = all->arg;
	/* A throttled deadline task leaves a CPU that goes away, mapped or not. */
	cpus_read_lock();
	ret = kmb_rivals_start(all, KMB_ANY_CPU) ?: kmb_rivals_end(all, KMB_STRESS_MS);
	cpus_read_unlock();
	KMB_SAW(c, "%u changes of class, %u to deadline, %lu rounds, %lu switches while mapped",
		atomic_read(&n->all), atomic_read(&n->deadline), kmb_rivals_rounds(all),
		kmb_rivals_switches(all));
	ret = ret ?: kmb_stress_judge(all);
	if (!ret && !atomic_read(&n->all))
		ret = KMB_FAIL(c, "no task changed its class");
	kmb_rivals_free(all);
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(affinity, 0, KMB_HERE,
		      "mapped tasks keep CPU and data while others change where they may run"),
	KMB_CHECK_ROW(classes, 0, KMB_HERE,
		      "mapped tasks keep CPU and data while they become fifo, deadline and fair"),
};

const struct kmb_check_set kmb_checks_stress = { kmb_rows, ARRAY_SIZE(kmb_rows) };
