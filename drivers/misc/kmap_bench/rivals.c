// SPDX-License-Identifier: GPL-2.0-only
/* Kernel threads that map beside a check, or in the midst of it. */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "compat.h"
#include "rivals.h"
#include "trace.h"

#define KMB_RETURN_MIN_NS	30000
#define KMB_RETURN_SPREAD_NS	70000

#ifdef CONFIG_PREEMPT_NOTIFIERS
static void kmb_meter_in(struct preempt_notifier *notifier, int cpu)
{
}

static void kmb_meter_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct kmb_meter *w = container_of(notifier, struct kmb_meter, notifier);

	/* The scheduler has counted this switch already, as a voluntary one or not. */
	if (!w->slots || kmb_slots()) {
		w->switches++;
		w->sleeps += current->nvcsw - w->nvcsw;
		trace_switched_while_mapped(kmb_slots(), current->nvcsw != w->nvcsw);
	}
	w->nvcsw = current->nvcsw;
}

static struct preempt_ops kmb_meter_ops = {
	.sched_in = kmb_meter_in,
	.sched_out = kmb_meter_out,
};

/**
 * kmb_meter_begin() - count the context switches of the caller while it has mappings
 * @w: the counter
 * @slots: its mappings take slots
 *
 * By preempt notifiers where there are, else by the task's own counters, which
 * cannot tell mapped from not: to be called with the first mapping in place,
 * and kmb_meter_end() before the last one is gone.
 */
void kmb_meter_begin(struct kmb_meter *w, bool slots)
{
	w->switches = 0;
	w->sleeps = 0;
	w->nvcsw = current->nvcsw;
	w->slots = slots;
	preempt_notifier_init(&w->notifier, &kmb_meter_ops);
	preempt_notifier_register(&w->notifier);
}

void kmb_meter_end(struct kmb_meter *w)
{
	preempt_notifier_unregister(&w->notifier);
}
#else
void kmb_meter_begin(struct kmb_meter *w, bool slots)
{
	w->switches = kmb_switches();
	w->nvcsw = current->nvcsw;
}

void kmb_meter_end(struct kmb_meter *w)
{
	w->switches = kmb_switches() - w->switches;
	w->sleeps = current->nvcsw - w->nvcsw;
}
#endif

/* One more mapping; an interrupt never sees one counted that is not there. */
void kmb_rival_map(struct kmb_rival *r)
{
	r->addr[r->live] = kmap_local_page(kmb_check_page(&r->c, r->first + r->live));
	barrier();
	WRITE_ONCE(r->live, r->live + 1);
}

void kmb_rival_unmap(struct kmb_rival *r)
{
	WRITE_ONCE(r->live, r->live - 1);
	barrier();
	kunmap_local(r->addr[r->live]);
}

int kmb_rival_look(struct kmb_rival *r, const char *when)
{
	return kmb_all_show(&r->c, r->addr, r->live, r->first, when);
}

/* Wait for our turn. Return: that it is, and not the end */
bool kmb_rival_take(struct kmb_rival *r)
{
	struct kmb_rivals *all = r->all;
	DEFINE_WAIT(wait);

	for (;;) {
		prepare_to_wait(&all->wait, &wait, TASK_IDLE);
		if (READ_ONCE(all->turn) % all->nr == r->nr || kmb_rival_stops(r))
			break;
		if (all->rest)
			all->rest(all);
		else
			schedule();
	}
	finish_wait(&all->wait, &wait);
	return !kmb_rival_stops(r);
}

void kmb_rival_pass(struct kmb_rivals *all)
{
	WRITE_ONCE(all->turn, all->turn + 1);
	wake_up_all(&all->wait);
}

/* How many mappings one has in that step: up to the limit, down to one, and up again */
unsigned int kmb_rival_wave(const struct kmb_rivals *all, unsigned int step)
{
	unsigned int rise = all->depth - 1, at = step % (2 * rise);

	return 1 + (at < rise ? at : 2 * rise - at);
}

void kmb_rival_level(struct kmb_rival *r, unsigned int live)
{
	while (r->live < live)
		kmb_rival_map(r);
	while (r->live > live)
		kmb_rival_unmap(r);
}

/**
 * kmb_rival_turns() - one of several tasks of a CPU that map and take turns
 * @r: bound to that CPU, as all are
 * @turns: as many as the others take
 *
 * Each has a mapping more or fewer in each of its turns, and at any time
 * another number than the one before it. All are looked at after each wait.
 *
 * Return: 0, also when stopped before, or -EIO
 */
int kmb_rival_turns(struct kmb_rival *r, unsigned int turns)
{
	unsigned int phase = r->nr * 5, i;
	int ret = 0;

	kmb_rival_level(r, kmb_rival_wave(r->all, phase));
	kmb_meter_begin(&r->meter, true);
	for (i = 0; !ret && i < turns && kmb_rival_take(r); i++) {
		ret = r->all->beside ? r->all->beside(r) : 0;
		ret = ret ?: kmb_rival_look(r, "after others had the CPU");
		kmb_rival_level(r, kmb_rival_wave(r->all, phase + i + 1));
		r->rounds++;
		kmb_rival_pass(r->all);
	}
	kmb_meter_end(&r->meter);
	kmb_rival_level(r, 0);
	return ret;
}

static int kmb_rival_fn(void *arg)
{
	struct kmb_rival *r = arg;
	struct kmb_rivals *all = r->all;

	r->ret = all->fn(r);
	/* What one found is enough. */
	if (r->ret)
		WRITE_ONCE(all->stop, true);
	atomic_inc(&all->ended);
	wake_up_all(&all->wait);
	wait_event_idle(all->wait, kthread_should_stop());
	return 0;
}

/**
 * kmb_rivals_alloc() - prepare threads
 * @c: whose pages they map
 * @nr: of threads, KMB_MAX_RIVALS at most
 * @fn: what each does, with no mappings left when it returns; it ends when
 *	kmb_rival_stops() at the latest
 * @arg_size: bytes that they share, at rival->all->arg
 *
 * Return: them, or NULL
 */
struct kmb_rivals *kmb_rivals_alloc(struct kmb_checker *c, unsigned int nr,
				    int (*fn)(struct kmb_rival *r), size_t arg_size)
{
	struct kmb_rivals *all = kzalloc(sizeof(*all) + arg_size, GFP_KERNEL);
	unsigned int i;

	if (!all)
		return NULL;
	all->c = c;
	all->fn = fn;
	all->arg = all + 1;
	all->depth = c->depth;
	init_waitqueue_head(&all->wait);
	for (i = 0; i < nr; i++) {
		struct kmb_rival *r = &all->rival[i];

		r->all = all;
		r->c = *c;
		r->c.reason = r->reason;
		r->c.seen = r->seen;
		r->nr = i;
		r->first = i * KMB_MAX_NEST;
		prandom_seed_state(&r->rnd, i + 1);
	}
	all->nr = nr;
	return all;
}

static void kmb_rivals_halt(struct kmb_rivals *all, unsigned int nr)
{
	while (nr--)
		kthread_stop(all->rival[nr].task);
}

/**
 * kmb_rivals_start() - start the threads
 * @all: allocated
 * @cpu: where all of them stay, or KMB_ANY_CPU
 *
 * The caller sees to it that @cpu does not go away.
 *
 * Return: 0, or an error and none is there
 */
int kmb_rivals_start(struct kmb_rivals *all, int cpu)
{
	unsigned int i;

	all->cpu = cpu;
	for (i = 0; i < all->nr; i++) {
		struct task_struct *task = kthread_create(kmb_rival_fn, &all->rival[i],
							  "kmap_bench/%u", i);

		if (IS_ERR(task)) {
			WRITE_ONCE(all->stop, true);
			kmb_rivals_halt(all, i);
			return PTR_ERR(task);
		}
		if (cpu != KMB_ANY_CPU)
			kthread_bind(task, cpu);
		all->rival[i].task = task;
	}
	for (i = 0; i < all->nr; i++)
		wake_up_process(all->rival[i].task);
	return 0;
}

static bool kmb_rivals_ended(struct kmb_rivals *all, unsigned int ms)
{
	return wait_event_timeout(all->wait, atomic_read(&all->ended) == all->nr,
				  msecs_to_jiffies(ms));
}

/**
 * kmb_rivals_end() - wait for the threads
 * @all: started
 * @after_ms: when they are told to stop, unless they end by themselves
 *
 * Return: 0, or what the first one that failed says
 */
int kmb_rivals_end(struct kmb_rivals *all, unsigned int after_ms)
{
	struct kmb_checker *c = all->c;
	unsigned int i;

	if (!kmb_rivals_ended(all, after_ms)) {
		WRITE_ONCE(all->stop, true);
		wake_up_all(&all->wait);
	}
	if (!kmb_rivals_ended(all, KMB_WAIT_MS)) {
		/* In our code and with our pages, who knows for how long. */
		c->lost = true;
		__module_get(THIS_MODULE);
		return KMB_FAIL(c, "%u of %u threads that map are stuck",
				all->nr - atomic_read(&all->ended), all->nr);
	}
	kmb_rivals_halt(all, all->nr);
	for (i = 0; i < all->nr; i++) {
		struct kmb_rival *r = &all->rival[i];

		if (!r->ret)
			continue;
		strscpy(c->reason, r->reason, KMB_REASON_LEN);
		return r->ret;
	}
	return 0;
}

void kmb_rivals_free(struct kmb_rivals *all)
{
	if (!all->c->lost)
		kfree(all);
}

unsigned long kmb_rivals_switches(const struct kmb_rivals *all)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		sum += all->rival[i].meter.switches;
	return sum;
}

unsigned long kmb_rivals_rounds(const struct kmb_rivals *all)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		sum += READ_ONCE(all->rival[i].rounds);
	return sum;
}

/* A while after its last run, at a time that nobody can foresee */
static void kmb_preemptor_return(struct kmb_preemptor *r)
{
	u32 ns = KMB_RETURN_MIN_NS + prandom_u32_state(&r->rnd) % KMB_RETURN_SPREAD_NS;

	hrtimer_start(&r->timer, ns_to_ktime(ns), HRTIMER_MODE_REL_PINNED_HARD);
}

static enum hrtimer_restart kmb_preemptor_timer(struct hrtimer *timer)
{
	wake_up_process(container_of(timer, struct kmb_preemptor, timer)->task);
	return HRTIMER_NORESTART;
}

static int kmb_preemptor_fn(void *arg)
{
	struct kmb_preemptor *r = arg;

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		if (r->returns)
			kmb_preemptor_return(r);
		schedule();
		r->work(r);
		WRITE_ONCE(r->runs, r->runs + 1);
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * kmb_preemptor_alloc() - prepare a task that preempts again and again
 * @c: whose pages it maps
 * @work: what it does each time, a while after the last
 *
 * Return: it, to be freed by kfree() when it is stopped, or NULL
 */
struct kmb_preemptor *kmb_preemptor_alloc(struct kmb_checker *c,
					  void (*work)(struct kmb_preemptor *r))
{
	struct kmb_preemptor *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	r->c = c;
	r->work = work;
	r->returns = true;
	prandom_seed_state(&r->rnd, 1);
	kmb_hrtimer_setup(&r->timer, kmb_preemptor_timer, HRTIMER_MODE_REL_PINNED_HARD);
	return r;
}

/**
 * kmb_preemptor_start() - start it, before all tasks that are not real-time ones
 * @r: allocated; or one that the caller wakes, with nothing but what it works
 * @cpu: where it stays, which does not go away
 *
 * Return: 0, or an error and it is not there
 */
int kmb_preemptor_start(struct kmb_preemptor *r, int cpu)
{
	r->task = kthread_create(kmb_preemptor_fn, r, "kmap_bench_rival");
	if (IS_ERR(r->task))
		return PTR_ERR(r->task);
	kthread_bind(r->task, cpu);
	sched_set_fifo(r->task);
	/* The timer may come once more when it has ended. */
	get_task_struct(r->task);
	wake_up_process(r->task);
	return 0;
}

void kmb_preemptor_stop(struct kmb_preemptor *r)
{
	kthread_stop(r->task);
	if (r->returns)
		hrtimer_cancel(&r->timer);
	put_task_struct(r->task);
}
