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
static int kmb_stress_round(struct kmb_rival *r)
{
	int cpu, ret;

	kmb_rival_map(r);
	cpu = raw_smp_processor_id();
	kmb_meter_begin(&r->meter, true);
	kmb_rival_level(r, 1 + prandom_u32_state(&r->rnd) % r->all->depth);
	ret = kmb_rival_look(r, "at once");
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

static int kmb_stress_task(struct kmb_rival *r)
{
	unsigned long switches = 0;
	int ret = 0;

	while (!ret && !kmb_rival_stops(r)) {
		ret = kmb_stress_round(r);
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
	return r->nr == r->all->nr - 1 ? kmb_stress_mover(r) : kmb_stress_task(r);
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

/* So that classes push, pull and preempt what is mapped, and may not move it */
static int kmb_reclass(struct task_struct *task, unsigned int step)
{
	struct sched_attr attr = { .size = sizeof(attr) };

	switch (step % 4) {
	case 0:
		attr.sched_policy = SCHED_DEADLINE;
		attr.sched_runtime = 2 * NSEC_PER_MSEC;
		attr.sched_deadline = 30 * NSEC_PER_MSEC;
		attr.sched_period = 30 * NSEC_PER_MSEC;
		break;
	case 1:
		attr.sched_policy = SCHED_FIFO;
		attr.sched_priority = 1 + step % 50;
		break;
	case 2:
		attr.sched_policy = SCHED_RR;
		attr.sched_priority = 1 + step % 50;
		break;
	}
	return sched_setattr_nocheck(task, &attr);
}

struct kmb_classes {
	unsigned int changes, deadline;
};

static void kmb_classes_stir(struct kmb_rivals *all, struct kmb_classes *n)
{
	unsigned long end = jiffies + msecs_to_jiffies(KMB_STRESS_MS);
	unsigned int step;

	for (step = 0; !READ_ONCE(all->stop) && time_before(jiffies, end); step++) {
		bool done = !kmb_reclass(all->rival[step % all->nr].task, step);

		n->changes += done;
		n->deadline += done && step % 4 == 0;
		if (step % 3 == 0)
			schedule_timeout_idle(1);
	}
}

static int kmb_check_classes(struct kmb_checker *c)
{
	struct kmb_classes n = { };
	struct kmb_rivals *all;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: tasks may move");
	all = kmb_rivals_alloc(c, KMB_MAX_RIVALS - 1, kmb_stress_task, 0);
	if (!all)
		return -ENOMEM;
	ret = kmb_rivals_start(all, KMB_ANY_CPU);
	if (!ret) {
		kmb_classes_stir(all, &n);
		ret = kmb_rivals_end(all, 0);
	}
	KMB_SAW(c, "%u changes of class, %u to deadline, %lu rounds, %lu switches while mapped",
		n.changes, n.deadline, kmb_rivals_rounds(all), kmb_rivals_switches(all));
	ret = ret ?: kmb_stress_judge(all);
	if (!ret && !n.changes)
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
