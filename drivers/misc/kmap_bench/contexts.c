// SPDX-License-Identifier: GPL-2.0-only
/* The list of contexts: where a sample runs. */
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "kmap_bench.h"

/*
 * User Mode Linux has no interrupt for irq_work: that waits there for the next
 * tick, and irq_work_sync() for a grace period.
 */
#define KMB_HARDIRQ_BY_TIMER	IS_ENABLED(CONFIG_UML)

/* One thread's way into the contexts that are not its own */
struct kmb_runner {
	void (*fn)(void *arg);
	void *arg;
	struct completion done;
	struct irq_work hardirq;
	struct hrtimer timer;
	struct tasklet_struct softirq;
	struct work_struct work;
	struct kthread_work kwork;
	struct kthread_worker *kworker;
	void *buf;
	void *scratch;
	size_t scratch_size;
};

static struct workqueue_struct *kmb_wq;

static void kmb_runner_fire(struct kmb_runner *r)
{
	r->fn(r->arg);
	complete(&r->done);
}

static void kmb_hardirq_fn(struct irq_work *work)
{
	kmb_runner_fire(container_of(work, struct kmb_runner, hardirq));
}

static enum hrtimer_restart kmb_timer_fn(struct hrtimer *timer)
{
	kmb_runner_fire(container_of(timer, struct kmb_runner, timer));
	return HRTIMER_NORESTART;
}

static void kmb_softirq_fn(struct tasklet_struct *t)
{
	kmb_runner_fire(from_tasklet((struct kmb_runner *)NULL, t, softirq));
}

static void kmb_work_fn(struct work_struct *work)
{
	kmb_runner_fire(container_of(work, struct kmb_runner, work));
}

static void kmb_kwork_fn(struct kthread_work *work)
{
	kmb_runner_fire(container_of(work, struct kmb_runner, kwork));
}

struct kmb_runner *kmb_runner_alloc(void)
{
	struct kmb_runner *r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);

	if (!r)
		return NULL;
	r->buf = kzalloc(PAGE_SIZE << KMB_MAX_ORDER, GFP_KERNEL_ACCOUNT);
	if (!r->buf) {
		kfree(r);
		return NULL;
	}
	init_completion(&r->done);
	r->hardirq = IRQ_WORK_INIT_HARD(kmb_hardirq_fn);
	kmb_hrtimer_setup(&r->timer, kmb_timer_fn, HRTIMER_MODE_REL_PINNED_HARD);
	tasklet_setup(&r->softirq, kmb_softirq_fn);
	INIT_WORK(&r->work, kmb_work_fn);
	kthread_init_work(&r->kwork, kmb_kwork_fn);
	return r;
}

void kmb_runner_free(struct kmb_runner *r)
{
	if (!r)
		return;
	if (r->kworker)
		kthread_destroy_worker(r->kworker);
	vfree(r->scratch);
	kfree(r->buf);
	kfree(r);
}

/* The kernel's side of copies: as large as the largest folio, zeroed at first */
void *kmb_runner_buf(const struct kmb_runner *r)
{
	return r->buf;
}

/**
 * kmb_runner_scratch() - memory for whoever has the runner
 * @r: the calling thread's runner
 * @size: bytes
 *
 * It stays with the runner: mapping and clearing it anew takes as long as what it is for.
 *
 * Return: page aligned memory that holds anything, or NULL.
 */
void *kmb_runner_scratch(struct kmb_runner *r, size_t size)
{
	if (r->scratch_size < size) {
		vfree(r->scratch);
		r->scratch = vmalloc(size);
		r->scratch_size = r->scratch ? size : 0;
	}
	return r->scratch;
}

static int kmb_wait(struct kmb_runner *r)
{
	if (wait_for_completion_timeout(&r->done, msecs_to_jiffies(KMB_WAIT_MS)))
		return 0;
	return -ETIMEDOUT;
}

static int kmb_in_task(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	fn(arg);
	return 0;
}

static int kmb_in_preempt_off(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	preempt_disable();
	fn(arg);
	preempt_enable();
	return 0;
}

static int kmb_in_migrate_off(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	migrate_disable();
	fn(arg);
	migrate_enable();
	return 0;
}

static int kmb_in_bh_off(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	local_bh_disable();
	fn(arg);
	local_bh_enable();
	return 0;
}

static int kmb_in_irq_off(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	unsigned long flags;

	local_irq_save(flags);
	fn(arg);
	local_irq_restore(flags);
	return 0;
}

static int kmb_in_kthread(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	int ret;

	if (!r->kworker) {
		struct kthread_worker *worker = kmb_kthread_worker("kmap_bench");

		if (IS_ERR(worker))
			return PTR_ERR(worker);
		r->kworker = worker;
	}
	kthread_queue_work(r->kworker, &r->kwork);
	ret = kmb_wait(r);
	if (ret)
		kthread_cancel_work_sync(&r->kwork);
	return ret;
}

static int kmb_in_workqueue(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	int ret;

	queue_work(kmb_wq, &r->work);
	ret = kmb_wait(r);
	if (ret)
		cancel_work_sync(&r->work);
	return ret;
}

static int kmb_in_softirq(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	int ret;

	/* With BH off, so that enabling it runs the tasklet at once. */
	local_bh_disable();
	tasklet_schedule(&r->softirq);
	local_bh_enable();
	ret = kmb_wait(r);
	if (ret)
		tasklet_kill(&r->softirq);
	return ret;
}

static int kmb_in_hardirq(struct kmb_runner *r, void (*fn)(void *arg), void *arg)
{
	int ret;

	if (KMB_HARDIRQ_BY_TIMER) {
		hrtimer_start(&r->timer, 0, HRTIMER_MODE_REL_PINNED_HARD);
		ret = kmb_wait(r);
		hrtimer_cancel(&r->timer);
		return ret;
	}
	irq_work_queue(&r->hardirq);
	ret = kmb_wait(r);
	irq_work_sync(&r->hardirq);
	return ret;
}

#define KMB_CONTEXT(name, expr, flags)	{ { #name, expr, flags }, kmb_in_##name }

const struct kmb_context_row kmb_contexts[] = {
	KMB_CONTEXT(task,	 "the caller",
		    KMB_ROW_USER),
	KMB_CONTEXT(preempt_off, "preempt_disable(); ... preempt_enable()",
		    KMB_ROW_ATOMIC | KMB_ROW_USER),
	KMB_CONTEXT(migrate_off, "migrate_disable(); ... migrate_enable()",
		    KMB_ROW_USER),
	KMB_CONTEXT(bh_off,	 "local_bh_disable(); ... local_bh_enable()",
		    KMB_ROW_ATOMIC | KMB_RT_PREEMPTIBLE | KMB_ROW_USER),
	KMB_CONTEXT(irq_off,	 "local_irq_save(); ... local_irq_restore()",
		    KMB_ROW_ATOMIC | KMB_ROW_USER),
	KMB_CONTEXT(kthread,	 "kthread_queue_work()",
		    0),
	KMB_CONTEXT(softirq,	 "tasklet_schedule()",
		    KMB_ROW_ATOMIC | KMB_RT_PREEMPTIBLE),
	KMB_CONTEXT(hardirq,	 KMB_HARDIRQ_BY_TIMER ? "hrtimer_start()" : "irq_work_queue()",
		    KMB_ROW_ATOMIC),
	KMB_CONTEXT(workqueue,	 "queue_work()",
		    0),
};

const unsigned int kmb_nr_contexts = ARRAY_SIZE(kmb_contexts);

/**
 * kmb_context_run() - call a function in a context and wait for it
 * @r: the calling thread's runner
 * @context: row of kmb_contexts
 * @fn: what to call
 * @arg: its argument
 *
 * Return: 0, or -ETIMEDOUT when the context did not come up in KMB_WAIT_MS;
 * @fn does not run afterwards.
 */
int kmb_context_run(struct kmb_runner *r, unsigned int context,
		    void (*fn)(void *arg), void *arg)
{
	r->fn = fn;
	r->arg = arg;
	reinit_completion(&r->done);
	return kmb_contexts[context].run(r, fn, arg);
}

void kmb_state_get(struct kmb_state *s)
{
	s->preempt_count = preempt_count();
	s->pagefault_disabled = current->pagefault_disabled;
	s->irqs_off = irqs_disabled();
#ifdef CONFIG_SMP
	s->migration_disabled = current->migration_disabled;
#else
	s->migration_disabled = 0;
#endif
#ifdef CONFIG_KMAP_LOCAL
	s->slots = current->kmap_ctrl.idx;
#else
	s->slots = 0;
#endif
}

/**
 * kmb_state_same() - compare what a cell found with what it left behind
 * @before: state before it
 * @after: state after it
 * @reason: KMB_REASON_LEN bytes for a sentence about the first difference
 *
 * Return: true when nothing was left behind.
 */
bool kmb_state_same(const struct kmb_state *before, const struct kmb_state *after,
		    char *reason)
{
	const struct {
		const char *name;
		int before, after;
	} parts[] = {
		{ "preempt_count", before->preempt_count, after->preempt_count },
		{ "pagefault_disabled", before->pagefault_disabled, after->pagefault_disabled },
		{ "migration_disabled", before->migration_disabled, after->migration_disabled },
		{ "kmap_ctrl.idx", before->slots, after->slots },
		{ "irqs_disabled()", before->irqs_off, after->irqs_off },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i].before == parts[i].after)
			continue;
		snprintf(reason, KMB_REASON_LEN, "%s was %d before and is %d after",
			 parts[i].name, parts[i].before, parts[i].after);
		return false;
	}
	return true;
}

int kmb_contexts_init(void)
{
	kmb_wq = alloc_workqueue("kmap_bench", WQ_UNBOUND, 0);
	return kmb_wq ? 0 : -ENOMEM;
}

void kmb_contexts_exit(void)
{
	destroy_workqueue(kmb_wq);
}
