// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of interrupts that map while tasks have mappings and are switched:
 * the tasks see their own pages, the interrupts theirs, and those that come
 * when a task's mappings are not back yet see no other task's.
 */
#include <linux/cpu.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "compat.h"
#include "rivals.h"

#define KMB_IRQ_TASKS	3
#define KMB_IRQ_MAPS	2	/* in each handler, and hardirqs interrupt softirqs */
#define KMB_IRQ_SPARE	2	/* for what else interrupts and maps */
#define KMB_IRQ_RUNS	200
#define KMB_IRQ_KMAPS	64	/* in each turn */
#define KMB_IRQ_MS	300	/* for so many runs, and at least */
#define KMB_IRQ_MIN_NS	40000
#define KMB_IRQ_SPREAD_NS	150000

/* One source of interrupts, with two pages of its own */
struct kmb_irq {
	struct kmb_rivals *all;
	struct hrtimer timer;
	struct irq_work work;
	struct rnd_state rnd;
	unsigned int page;
	unsigned int runs, mapped;	/* mapped: over a task with mappings */
	unsigned int window;		/* of which not all were there */
	const char *wrong;
};

struct kmb_irqs {
	struct kmb_irq hard, soft;
	bool use_hard, use_soft;
};

/* The task that an interrupt came over, if it is one of ours */
static struct kmb_rival *kmb_interrupted(struct kmb_rivals *all)
{
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		if (all->rival[i].task == current)
			return &all->rival[i];
	return NULL;
}

/*
 * The interrupted task's mappings, as many as it is certain to have: not there
 * means that it is just being switched to, other data is some other task's.
 */
static void kmb_irq_look(struct kmb_irq *irq)
{
	struct kmb_rival *r = kmb_interrupted(irq->all);
	unsigned int i, gone = 0, live;
	const char *wrong;

	live = r ? READ_ONCE(r->live) : 0;
	for (i = 0; i < live; i++) {
		wrong = kmb_line_wrong(&r->c, r->addr[i], r->first + i, 0);
		gone += wrong == kmb_gone;
		if (wrong && wrong != kmb_gone)
			irq->wrong = "a mapping of the interrupted task shows other data";
	}
	irq->mapped += !!live;
	irq->window += !!gone;
}

static bool kmb_irq_line(struct kmb_irq *irq, const void *addr, unsigned int page)
{
	unsigned int at = prandom_u32_state(&irq->rnd) % (PAGE_SIZE / KMB_LINE) * KMB_LINE;

	return !kmb_line_wrong(&irq->all->rival[0].c, addr, page, at);
}

static void kmb_irq_map(struct kmb_irq *irq)
{
	u32 *truth = kmb_truth(irq->all->c, irq->page), *a, *b;
	struct page **pages = irq->all->c->pool.pages + irq->page;

	a = kmap_local_page(pages[0]);
	b = kmap_atomic(pages[1]);
	if (!kmb_irq_line(irq, a, irq->page) || !kmb_irq_line(irq, b, irq->page + 1))
		irq->wrong = "an interrupt's mapping shows other data";
	WRITE_ONCE(a[0], irq->runs);
	if (READ_ONCE(truth[0]) != irq->runs)
		irq->wrong = "what an interrupt wrote to its mapping did not arrive";
	kunmap_atomic(b);
	kunmap_local(a);
}

/* It may have come over somebody else's task, which has all the mappings there are. */
static bool kmb_irq_has_room(void)
{
	unsigned int taken = kmb_slots() / (IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) ? 2 : 1);

	return taken + KMB_IRQ_MAPS + KMB_IRQ_SPARE <= kmb_nest_limit();
}

static void kmb_irq_run(struct kmb_irq *irq)
{
	struct kmb_state before, after;
	char text[KMB_REASON_LEN];

	if (!kmb_irq_has_room())
		return;
	kmb_state_get(&before);
	kmb_irq_look(irq);
	kmb_irq_map(irq);
	kmb_state_get(&after);
	if (!kmb_state_same(&before, &after, text))
		irq->wrong = "an interrupt that mapped left state behind";
	WRITE_ONCE(irq->runs, irq->runs + 1);
}

static enum hrtimer_restart kmb_irq_timer(struct hrtimer *timer)
{
	struct kmb_irq *irq = container_of(timer, struct kmb_irq, timer);
	u32 spread = prandom_u32_state(&irq->rnd) % KMB_IRQ_SPREAD_NS;

	kmb_irq_run(irq);
	hrtimer_forward_now(timer, ns_to_ktime(KMB_IRQ_MIN_NS + spread));
	return kmb_rival_stops(&irq->all->rival[0]) ? HRTIMER_NORESTART : HRTIMER_RESTART;
}

static void kmb_irq_work(struct irq_work *work)
{
	kmb_irq_run(container_of(work, struct kmb_irq, work));
}

static void kmb_irq_init(struct kmb_irq *irq, struct kmb_rivals *all, unsigned int page,
			 enum hrtimer_mode mode)
{
	irq->all = all;
	irq->page = page;
	prandom_seed_state(&irq->rnd, page);
	kmb_hrtimer_setup(&irq->timer, kmb_irq_timer, mode);
	irq->work = IRQ_WORK_INIT_HARD(kmb_irq_work);
}

static struct kmb_rivals *kmb_irqs_alloc(struct kmb_checker *c, int (*fn)(struct kmb_rival *r))
{
	struct kmb_rivals *all = kmb_rivals_alloc(c, KMB_IRQ_TASKS, fn, sizeof(struct kmb_irqs));
	struct kmb_irqs *irqs;

	if (!all)
		return NULL;
	all->depth -= 2 * KMB_IRQ_MAPS + KMB_IRQ_SPARE;
	irqs = all->arg;
	kmb_irq_init(&irqs->hard, all, KMB_SPARE_PAGE, HRTIMER_MODE_REL_PINNED_HARD);
	kmb_irq_init(&irqs->soft, all, KMB_SPARE_PAGE + KMB_IRQ_MAPS,
		     HRTIMER_MODE_REL_PINNED_SOFT);
	return all;
}

static int kmb_irq_fn(struct kmb_rival *r)
{
	struct kmb_irqs *irqs = r->all->arg;

	if (!r->nr && irqs->use_hard)
		hrtimer_start(&irqs->hard.timer, ns_to_ktime(KMB_IRQ_MIN_NS),
			      HRTIMER_MODE_REL_PINNED_HARD);
	if (!r->nr && irqs->use_soft)
		hrtimer_start(&irqs->soft.timer, ns_to_ktime(KMB_IRQ_MIN_NS),
			      HRTIMER_MODE_REL_PINNED_SOFT);
	return kmb_rival_turns(r, UINT_MAX);
}

/* Do they come over whoever has the CPU? Softirqs of PREEMPT_RT are threads. */
static bool kmb_irq_interrupts(const struct kmb_irqs *irqs, const struct kmb_irq *irq)
{
	return irq == &irqs->hard || !IS_ENABLED(CONFIG_PREEMPT_RT);
}

static bool kmb_irq_enough(const struct kmb_irqs *irqs, const struct kmb_irq *irq)
{
	return READ_ONCE(irq->runs) >= KMB_IRQ_RUNS &&
	       (READ_ONCE(irq->mapped) || !kmb_irq_interrupts(irqs, irq));
}

/* Have tasks used kmap(), where they are to, until it had to begin anew and flush? */
static bool kmb_irq_kmaps_enough(const struct kmb_rivals *all)
{
	return !all->beside || kmb_rivals_rounds(all) * KMB_IRQ_KMAPS > LAST_PKMAP;
}

static void kmb_irqs_wait(struct kmb_rivals *all)
{
	unsigned long end = jiffies + msecs_to_jiffies(KMB_WAIT_MS);
	struct kmb_irqs *irqs = all->arg;

	do {
		schedule_timeout_idle(msecs_to_jiffies(KMB_IRQ_MS));
		if ((!irqs->use_hard || kmb_irq_enough(irqs, &irqs->hard)) &&
		    (!irqs->use_soft || kmb_irq_enough(irqs, &irqs->soft)) &&
		    kmb_irq_kmaps_enough(all))
			break;
	} while (!READ_ONCE(all->stop) && time_before(jiffies, end));
}

static int kmb_irq_judge(const struct kmb_rivals *all, const struct kmb_irq *irq, const char *what)
{
	struct kmb_checker *c = all->c;

	if (irq->wrong)
		return KMB_FAIL(c, "%s: %s, after %u runs, %u over mapped tasks", what, irq->wrong,
				irq->runs, irq->mapped);
	if (!kmb_irq_enough(all->arg, irq))
		return KMB_FAIL(c, "%s: %u runs, %u of them over a task with mappings", what,
				irq->runs, irq->mapped);
	return 0;
}

/* Timers at random over tasks that take turns on this CPU */
static int kmb_irqs_run(struct kmb_rivals *all)
{
	struct kmb_irqs *irqs = all->arg;
	int ret;

	cpus_read_lock();
	ret = kmb_rivals_start(all, raw_smp_processor_id());
	if (!ret) {
		kmb_irqs_wait(all);
		ret = kmb_rivals_end(all, 0);
	}
	hrtimer_cancel(&irqs->hard.timer);
	hrtimer_cancel(&irqs->soft.timer);
	cpus_read_unlock();
	KMB_SAW(all->c,
		"%u hardirqs (%u over mappings, %u not yet restored), %u softirqs (%u, %u), %lu switches, %lu kmaps",
		irqs->hard.runs, irqs->hard.mapped, irqs->hard.window, irqs->soft.runs,
		irqs->soft.mapped, irqs->soft.window, kmb_rivals_switches(all),
		all->beside ? kmb_rivals_rounds(all) * KMB_IRQ_KMAPS : 0);
	if (!ret && irqs->use_hard)
		ret = kmb_irq_judge(all, &irqs->hard, "hardirq");
	if (!ret && irqs->use_soft)
		ret = kmb_irq_judge(all, &irqs->soft, "softirq");
	if (!ret && !kmb_rivals_switches(all))
		ret = KMB_FAIL(all->c, "no task with mappings was switched");
	if (!ret && !kmb_irq_kmaps_enough(all))
		ret = KMB_FAIL(all->c, "tasks came to no flush of kmap()");
	return ret;
}

/* Of all pages but those that interrupts write to, more than there is room for */
static int kmb_irq_kmap(struct kmb_rival *r)
{
	const unsigned int own = 2 * KMB_IRQ_MAPS, nr = 2 * r->c.pool.nr - own;
	unsigned int i, page;
	bool right;

	for (i = 0; i < KMB_IRQ_KMAPS; i++) {
		page = (r->rounds * KMB_IRQ_KMAPS + i) % nr;
		if (page >= KMB_SPARE_PAGE)
			page += own;
		right = kmb_shows(&r->c, kmap(kmb_check_page(&r->c, page)), page);
		kunmap(kmb_check_page(&r->c, page));
		if (!right)
			return KMB_FAIL(&r->c, "kmap() of page %u shows other data", page);
	}
	return 0;
}

static int kmb_irqs(struct kmb_checker *c, bool hard, bool soft,
		    int (*beside)(struct kmb_rival *r))
{
	struct kmb_rivals *all;
	struct kmb_irqs *irqs;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot");
	all = kmb_irqs_alloc(c, kmb_irq_fn);
	if (!all)
		return -ENOMEM;
	irqs = all->arg;
	irqs->use_hard = hard;
	irqs->use_soft = soft;
	all->beside = beside;
	ret = kmb_irqs_run(all);
	kmb_rivals_free(all);
	return ret;
}

static int kmb_check_irq_hard(struct kmb_checker *c)
{
	return kmb_irqs(c, true, false, NULL);
}

static int kmb_check_irq_soft(struct kmb_checker *c)
{
	return kmb_irqs(c, false, true, NULL);
}

static int kmb_check_irq_both(struct kmb_checker *c)
{
	return kmb_irqs(c, true, true, NULL);
}

/* ARM's maps ask kmap() for the address that a page may have: under the lock that it holds. */
static int kmb_check_irq_kmap(struct kmb_checker *c)
{
	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	return kmb_irqs(c, true, true, kmb_irq_kmap);
}

/*
 * Interrupts stay off from here to the end of the switch, and this one waits:
 * it comes over the next task, before what that one had mapped is back.
 */
static void kmb_irq_rest(struct kmb_rivals *all)
{
	struct kmb_irqs *irqs = all->arg;

	local_irq_disable();
	irq_work_queue(&irqs->hard.work);
	schedule();
}

static int kmb_window_fn(struct kmb_rival *r)
{
	return kmb_rival_turns(r, 4 * r->all->depth);
}

static int kmb_window_run(struct kmb_rivals *all)
{
	struct kmb_irqs *irqs = all->arg;
	struct kmb_irq *irq = &irqs->hard;
	int ret;

	cpus_read_lock();
	ret = kmb_rivals_start(all, raw_smp_processor_id()) ?: kmb_rivals_end(all, KMB_WAIT_MS);
	irq_work_sync(&irq->work);
	cpus_read_unlock();
	KMB_SAW(all->c, "%u hardirqs, %u over tasks with mappings, %u before those were restored",
		irq->runs, irq->mapped, irq->window);
	if (!ret && irq->wrong)
		ret = KMB_FAIL(all->c, "%s, in one of %u hardirqs", irq->wrong, irq->runs);
	if (!ret && !irq->window)
		ret = KMB_SKIP(all->c, "no interrupt came before a task's mappings were restored");
	return ret;
}

/* An interrupt that maps when the mappings of the task it came over are not back yet */
static int kmb_check_irq_switch(struct kmb_checker *c)
{
	struct kmb_rivals *all;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot");
	all = kmb_irqs_alloc(c, kmb_window_fn);
	if (!all)
		return -ENOMEM;
	all->rest = kmb_irq_rest;
	ret = kmb_window_run(all);
	kmb_rivals_free(all);
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(irq_hard, 0, KMB_HERE,
		      "hardirqs map while mapped tasks run and are switched"),
	KMB_CHECK_ROW(irq_soft, 0, KMB_HERE,
		      "softirqs map while mapped tasks run and are switched"),
	KMB_CHECK_ROW(irq_both, 0, KMB_HERE,
		      "hardirqs map over softirqs that map over mapped tasks"),
	KMB_CHECK_ROW(irq_kmap, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "hardirqs and softirqs map while mapped tasks use kmap"),
	KMB_CHECK_ROW(irq_switch, 0, KMB_HERE,
		      "a hardirq maps between a task's switch and its mappings' return"),
};

const struct kmb_check_set kmb_checks_irq = { kmb_rows, ARRAY_SIZE(kmb_rows) };
