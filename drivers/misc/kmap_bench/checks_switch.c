// SPDX-License-Identifier: GPL-2.0-only
/* Checks of context switches while mapped: each counts those that it really got. */
#include <linux/anon_inodes.h>
#include <linux/bottom_half.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "rivals.h"

#define KMB_RIVAL_WAKES		64
#define KMB_RIVAL_PAGES		4	/* its own, behind those of the check */
#define KMB_RING		4	/* tasks that take turns */
#define KMB_PINNED_STEP		3	/* mappings, from one move to the next */
#define KMB_TICKS		3
#define KMB_ENDS		4
#define KMB_MIDWAY_MS		300	/* and until it was preempted so often: */
#define KMB_MIDWAY_RUNS		300
#define KMB_MIDWAY_LOOK		8

static int kmb_sleep_with(struct kmb_checker *c, void **addr, unsigned int nr)
{
	int cpu = raw_smp_processor_id();

	if (!kmb_sleep())
		return KMB_FAIL(c, "no context switch with %u mappings", nr);
	if (kmb_takes_slot(c) && raw_smp_processor_id() != cpu)
		return KMB_FAIL(c, "moved to another CPU with %u mappings", nr);
	return kmb_all_show(c, addr, nr, 0, "after sleeping");
}

/* Asleep with mappings, at every depth, up and down: they are there again, on the same CPU. */
static int kmb_check_sleep(struct kmb_checker *c)
{
	unsigned long before = kmb_switches();
	void *addr[KMB_MAX_NEST];
	unsigned int n, most;
	int ret = 0;

	for (n = 0; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		ret = kmb_sleep_with(c, addr, n + 1);
	}
	most = n;
	while (n--) {
		kunmap_local(addr[n]);
		if (!ret && n)
			ret = kmb_sleep_with(c, addr, n);
	}
	KMB_SAW(c, "%lu switches at up to %u mappings and back", kmb_switches() - before, most);
	return ret;
}

/* What keeps a task from being switched out, and where it is mapped and unmapped all the same */
enum kmb_hold { KMB_HOLD_PREEMPT, KMB_HOLD_BH, KMB_HOLD_IRQ, KMB_NR_HOLDS };

static void kmb_hold(enum kmb_hold how)
{
	if (how == KMB_HOLD_PREEMPT)
		preempt_disable();
	else if (how == KMB_HOLD_BH)
		local_bh_disable();
	else
		local_irq_disable();
}

static void kmb_let_go(enum kmb_hold how)
{
	if (how == KMB_HOLD_PREEMPT)
		preempt_enable();
	else if (how == KMB_HOLD_BH)
		local_bh_enable();
	else
		local_irq_enable();
}

/* Of two mappings the inner one comes and goes there, and the task sleeps afterwards. */
static int kmb_held_once(struct kmb_checker *c, enum kmb_hold how)
{
	void *addr[2];
	int ret;

	addr[0] = kmap_local_page(kmb_check_page(c, 0));
	kmb_hold(how);
	addr[1] = kmap_local_page(kmb_check_page(c, 1));
	kmb_let_go(how);
	ret = kmb_sleep_with(c, addr, 2);
	kmb_hold(how);
	kunmap_local(addr[1]);
	kmb_let_go(how);
	ret = ret ?: kmb_sleep_with(c, addr, 1);
	kunmap_local(addr[0]);
	return ret;
}

/* A mapping outlives a switch wherever it was made: under a spinlock that is released, too. */
static int kmb_check_held(struct kmb_checker *c)
{
	static const char * const with[] = { "preemption", "softirqs", "interrupts" };
	unsigned long before = kmb_switches();
	char why[KMB_REASON_LEN];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < KMB_NR_HOLDS; i++) {
		ret = kmb_held_once(c, i);
		if (ret) {
			strscpy(why, c->reason, sizeof(why));
			ret = KMB_FAIL(c, "mapped with %s off: %.128s", with[i], why);
		}
	}
	KMB_SAW(c, "%lu switches, mapped with preemption, softirqs and interrupts off",
		kmb_switches() - before);
	return ret;
}

/* What one does that preempts us: map in the same slots as we do */
static void kmb_preemptor_map(struct kmb_preemptor *r, bool nap)
{
	unsigned int n, first = KMB_CHECK_PAGES - KMB_RIVAL_PAGES;
	void *addr[KMB_RIVAL_PAGES];

	for (n = 0; n < KMB_RIVAL_PAGES; n++)
		addr[n] = kmap_local_page(kmb_check_page(r->c, first + n));
	for (n = 0; n < KMB_RIVAL_PAGES; n++)
		r->wrong += !kmb_shows(r->c, addr[n], first + n);
	if (nap)
		schedule_timeout_uninterruptible(1);
	for (n = 0; n < KMB_RIVAL_PAGES; n++)
		r->wrong += !kmb_shows(r->c, addr[n], first + n);
	while (n--)
		kunmap_local(addr[n]);
}

/* Every second time it sleeps with its mappings, so that both are restored. */
static void kmb_maps_and_naps(struct kmb_preemptor *r)
{
	kmb_preemptor_map(r, r->runs % 2);
}

static void kmb_maps(struct kmb_preemptor *r)
{
	kmb_preemptor_map(r, false);
}

static int kmb_preempt(struct kmb_checker *c)
{
	struct kmb_preemptor rival = { .c = c, .work = kmb_maps_and_naps };
	void *addr[KMB_MAX_NEST];
	struct kmb_meter meter;
	unsigned int n, i;
	int ret;

	addr[0] = kmap_local_page(kmb_check_page(c, 0));
	ret = kmb_preemptor_start(&rival, raw_smp_processor_id());
	if (ret) {
		kunmap_local(addr[0]);
		return ret;
	}
	kmb_meter_begin(&meter, true);
	for (n = 1; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		for (i = 0; !ret && i < KMB_RIVAL_WAKES; i++) {
			wake_up_process(rival.task);
			cond_resched();
			ret = kmb_all_show(c, addr, n + 1, 0, "after being preempted");
		}
	}
	kmb_meter_end(&meter);
	while (n--)
		kunmap_local(addr[n]);
	kmb_preemptor_stop(&rival);
	KMB_SAW(c, "%lu switches while mapped, %u runs of a rival", meter.switches, rival.runs);
	if (!ret && rival.wrong)
		ret = KMB_FAIL(c, "a task in the same slots saw other data %u times", rival.wrong);
	if (!ret && (!meter.switches || !rival.runs))
		ret = KMB_FAIL(c, "was never preempted while mapped");
	return ret;
}

/* Preempted with mappings, at every depth, by a task that uses the same slots. */
static int kmb_check_preempt(struct kmb_checker *c)
{
	int ret;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: the task may move");
	/* A CPU that goes away would be left by its rival, and not by who has mappings. */
	cpus_read_lock();
	ret = kmb_preempt(c);
	cpus_read_unlock();
	return ret;
}

/* To full depth and back, over the mapping that is there already */
static int kmb_up_and_down(struct kmb_checker *c, void **addr, bool all)
{
	unsigned int n;
	int ret = 0;

	for (n = 1; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		if (kmb_line_wrong(c, addr[n], n, 0))
			ret = KMB_FAIL(c, "mapping %u of %u shows other data", n + 1, c->depth);
	}
	if (!ret && all)
		ret = kmb_all_show(c, addr, n, 0, "while somebody preempts");
	while (--n)
		kunmap_local(addr[n]);
	return ret;
}

static int kmb_midway(struct kmb_checker *c, struct kmb_preemptor *rival)
{
	unsigned long end = jiffies + msecs_to_jiffies(KMB_MIDWAY_MS), rounds;
	unsigned long limit = jiffies + msecs_to_jiffies(KMB_WAIT_MS);
	void *addr[KMB_MAX_NEST];
	struct kmb_meter meter;
	int ret;

	addr[0] = kmap_local_page(kmb_check_page(c, 0));
	ret = kmb_preemptor_start(rival, raw_smp_processor_id());
	if (ret) {
		kunmap_local(addr[0]);
		return ret;
	}
	kmb_meter_begin(&meter, true);
	for (rounds = 0; !ret && time_before(jiffies, limit); rounds++) {
		if (time_after(jiffies, end) && READ_ONCE(rival->runs) >= KMB_MIDWAY_RUNS)
			break;
		ret = kmb_up_and_down(c, addr, rounds % KMB_MIDWAY_LOOK == 0);
		cond_resched();
	}
	kmb_meter_end(&meter);
	kunmap_local(addr[0]);
	kmb_preemptor_stop(rival);
	KMB_SAW(c, "%lu switches while mapped, in %lu times to %u mappings and back",
		meter.switches, rounds, c->depth);
	if (!ret && rival->wrong)
		ret = KMB_FAIL(c, "a task in the same slots saw other data %u times", rival->wrong);
	if (!ret && (!meter.switches || rival->runs < KMB_MIDWAY_RUNS))
		ret = KMB_FAIL(c, "was preempted %lu times while mapped, by %u runs of a rival",
			       meter.switches, rival->runs);
	return ret;
}

/* Preempted while it maps and unmaps: there is no moment at which that is too early. */
static int kmb_check_preempt_midway(struct kmb_checker *c)
{
	struct kmb_preemptor *rival;
	int ret;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: the task may move");
	rival = kmb_preemptor_alloc(c, kmb_maps);
	if (!rival)
		return -ENOMEM;
	cpus_read_lock();
	ret = kmb_midway(c, rival);
	cpus_read_unlock();
	kfree(rival);
	return ret;
}

static int kmb_share_fn(struct kmb_rival *r)
{
	return kmb_rival_turns(r, 4 * r->all->depth);
}

/* Several tasks with mappings in the slots of one CPU; none has it twice in a row. */
static int kmb_share(struct kmb_rivals *all)
{
	struct kmb_checker *c = all->c;
	unsigned int i;
	int ret;

	cpus_read_lock();
	ret = kmb_rivals_start(all, raw_smp_processor_id()) ?: kmb_rivals_end(all, KMB_WAIT_MS);
	cpus_read_unlock();
	KMB_SAW(c, "%u tasks in the slots of a CPU, %lu switches while mapped in %lu turns",
		all->nr, kmb_rivals_switches(all), kmb_rivals_rounds(all));
	for (i = 0; !ret && i < all->nr; i++)
		if (all->rival[i].rounds != 4 * all->depth ||
		    all->rival[i].meter.switches < all->rival[i].rounds - 1)
			ret = KMB_FAIL(c,
				       "task %u of %u: expected %u turns and as many switches, saw %lu and %lu",
				       i, all->nr, 4 * all->depth, all->rival[i].rounds,
				       all->rival[i].meter.switches);
	return ret;
}

static int kmb_check_share(struct kmb_checker *c)
{
	struct kmb_rivals *all;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot");
	all = kmb_rivals_alloc(c, KMB_RING, kmb_share_fn, 0);
	if (!all)
		return -ENOMEM;
	ret = kmb_share(all);
	kmb_rivals_free(all);
	return ret;
}

/* Up and down, asleep after each step, until told to stop */
static int kmb_sleeper_fn(struct kmb_rival *r)
{
	unsigned int step;
	int ret = 0;

	r->first = KMB_MAX_NEST;
	kmb_rival_map(r);
	kmb_meter_begin(&r->meter, true);
	for (step = 1; !ret && !kmb_rival_stops(r); step++) {
		kmb_rival_level(r, kmb_rival_wave(r->all, step));
		kmb_sleep();
		ret = kmb_rival_look(r, "after sleeping");
		r->rounds++;
	}
	kmb_meter_end(&r->meter);
	kmb_rival_level(r, 0);
	return ret;
}

/* Under cpus_read_lock(), so that the other CPU stays */
static int kmb_other_cpu(struct kmb_checker *c)
{
	return num_online_cpus() > 1 ? 0 : KMB_SKIP(c, "there is no other CPU");
}

/* Asleep here while somebody on another CPU maps and sleeps as well */
static int kmb_beside(struct kmb_rivals *all)
{
	struct kmb_checker *c = all->c;
	int ret, here;

	cpus_read_lock();
	migrate_disable();
	here = raw_smp_processor_id();
	ret = kmb_other_cpu(c) ?:
	      kmb_rivals_start(all, cpumask_any_but(cpu_online_mask, here));
	if (!ret) {
		int mine = kmb_check_sleep(c);

		ret = kmb_rivals_end(all, 0) ?: mine;
	}
	migrate_enable();
	cpus_read_unlock();
	if (ret == -EOPNOTSUPP)
		return ret;
	KMB_SAW(c, "CPU %d, and on CPU %d %lu switches while mapped", here, all->cpu,
		kmb_rivals_switches(all));
	if (!ret && !kmb_rivals_switches(all))
		ret = KMB_FAIL(c, "nobody slept with mappings on another CPU");
	return ret;
}

static int kmb_check_other_cpu(struct kmb_checker *c)
{
	struct kmb_rivals *all;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot");
	all = kmb_rivals_alloc(c, 1, kmb_sleeper_fn, 0);
	if (!all)
		return -ENOMEM;
	ret = kmb_beside(all);
	kmb_rivals_free(all);
	return ret;
}

/* Where the first of two tasks is, and where the second one wants it to be */
struct kmb_move {
	int from, to;
	unsigned int asked, moved;
};

static bool kmb_may_only(int cpu)
{
	return cpumask_equal(&current->cpus_mask, cpumask_of(cpu));
}

/* Its affinity is another CPU's by now: it has to stay, and its mappings too. */
static int kmb_pinned_stays(struct kmb_rival *r, struct kmb_move *m)
{
	unsigned int ticks = 0;
	int ret = 0;

	while (!ret && ticks < KMB_TICKS && !kmb_rival_stops(r)) {
		kmb_sleep();
		ticks += kmb_may_only(m->to);
		ret = kmb_rival_look(r, "when it had to move");
		if (!ret && raw_smp_processor_id() != m->from)
			ret = KMB_FAIL(&r->c, "moved from CPU %d to %d with %u mappings",
				       m->from, raw_smp_processor_id(), r->live);
	}
	return ret;
}

static int kmb_pinned_goes(struct kmb_rival *r, struct kmb_move *m)
{
	while (raw_smp_processor_id() != m->to) {
		if (kmb_rival_stops(r))
			return KMB_FAIL(&r->c, "did not move to its only CPU after it unmapped");
		schedule_timeout_uninterruptible(1);
	}
	m->moved++;
	return 0;
}

static int kmb_pinned(struct kmb_rival *r)
{
	struct kmb_move *m = r->all->arg;
	unsigned int live;
	int ret = 0;

	for (live = 1; !ret && live <= r->all->depth && !kmb_rival_stops(r);
	     live += KMB_PINNED_STEP) {
		kmb_rival_level(r, live);
		kmb_meter_begin(&r->meter, true);
		m->from = raw_smp_processor_id();
		m->to = cpumask_any_but(cpu_online_mask, m->from);
		/* After what is to be done was written */
		smp_store_release(&m->asked, m->asked + 1);
		wake_up_all(&r->all->wait);
		ret = kmb_pinned_stays(r, m);
		kmb_meter_end(&r->meter);
		kmb_rival_level(r, 0);
		ret = ret ?: kmb_pinned_goes(r, m);
		r->rounds += !!r->meter.switches;
	}
	WRITE_ONCE(r->all->stop, true);
	wake_up_all(&r->all->wait);
	return ret;
}

static bool kmb_asks(const struct kmb_move *m, unsigned int heard)
{
	/* Before what is to be done is read */
	return smp_load_acquire(&m->asked) != heard;
}

/* Moves the first; the kernel lets it wait until that has unmapped. */
static int kmb_mover(struct kmb_rival *r)
{
	struct kmb_move *m = r->all->arg;
	unsigned int asked = 0;
	int ret = 0;

	while (!ret) {
		wait_event_idle(r->all->wait, kmb_asks(m, asked) || kmb_rival_stops(r));
		if (kmb_rival_stops(r))
			break;
		asked++;
		ret = set_cpus_allowed_ptr(r->all->rival[0].task, cpumask_of(m->to));
	}
	return ret;
}

static int kmb_pinned_fn(struct kmb_rival *r)
{
	return r->nr ? kmb_mover(r) : kmb_pinned(r);
}

static int kmb_pin(struct kmb_rivals *all)
{
	struct kmb_checker *c = all->c;
	struct kmb_move *m = all->arg;
	int ret;

	cpus_read_lock();
	ret = kmb_other_cpu(c) ?: kmb_rivals_start(all, KMB_ANY_CPU) ?:
	      kmb_rivals_end(all, KMB_WAIT_MS);
	cpus_read_unlock();
	if (ret == -EOPNOTSUPP)
		return ret;
	KMB_SAW(c, "%u moves asked for while mapped and done afterwards", m->moved);
	if (!ret && (!m->moved || m->moved != m->asked || all->rival[0].rounds != m->asked))
		ret = KMB_FAIL(c, "of %u moves %u were done, %lu waited for a task asleep",
			       m->asked, m->moved, all->rival[0].rounds);
	return ret;
}

/* It stays on its CPU while mapped, whatever its affinity, and goes afterwards. */
static int kmb_check_pinned(struct kmb_checker *c)
{
	struct kmb_rivals *all;
	int ret;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: the task may move");
	all = kmb_rivals_alloc(c, 2, kmb_pinned_fn, sizeof(struct kmb_move));
	if (!all)
		return -ENOMEM;
	ret = kmb_pin(all);
	kmb_rivals_free(all);
	return ret;
}

/* User memory, behind each page of which is one of the check's, after a sleep */
struct kmb_window {
	struct kmb_checker *c;
	unsigned int served, wrong;
};

#define KMB_WINDOW_PAGE		KMB_CHECK_PAGES	/* the check's first that is behind it */

/* As file systems do: with mappings of its own, which sleep like the caller's */
static vm_fault_t kmb_window_fault(struct vm_fault *vmf)
{
	struct kmb_window *w = vmf->vma->vm_file->private_data;
	unsigned int page = KMB_WINDOW_PAGE + vmf->pgoff;
	void *addr;

	if (vmf->pgoff >= KMB_MAX_NEST)
		return VM_FAULT_SIGBUS;
	addr = kmap_local_page(kmb_check_page(w->c, page));
	kmb_sleep();
	w->wrong += !kmb_shows(w->c, addr, page);
	kunmap_local(addr);
	w->served++;
	vmf->page = kmb_check_page(w->c, page);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct kmb_window_vm_ops = {
	.fault = kmb_window_fault,
};

static int kmb_window_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &kmb_window_vm_ops;
	return 0;
}

static const struct file_operations kmb_window_fops = {
	.owner = THIS_MODULE,
	.mmap = kmb_window_mmap,
};

/* What a fault brings is there, and so are all the mappings. */
static int kmb_fault_at(struct kmb_checker *c, void **addr, unsigned int n,
			void __user *window, void __user *anon)
{
	unsigned int page = KMB_WINDOW_PAGE + n;
	u32 *mapped = addr[n], first;
	int ret;

	if (copy_from_user(mapped, window + n * PAGE_SIZE, PAGE_SIZE))
		return KMB_FAIL(c, "a copy from absent user memory failed");
	if (memcmp(kmb_truth(c, n), kmb_truth(c, page), PAGE_SIZE))
		return KMB_FAIL(c, "mapping %u of %u is not where a copy went", n + 1, n + 1);
	ret = kmb_all_show(c, addr, n + 1, 0, "after a fault that slept");
	if (ret)
		return ret;
	if (copy_to_user(anon + n * PAGE_SIZE, mapped, PAGE_SIZE))
		return KMB_FAIL(c, "a copy to absent user memory failed");
	first = READ_ONCE(*mapped);
	WRITE_ONCE(*mapped, ~first);
	if (copy_from_user(mapped, anon + n * PAGE_SIZE, PAGE_SIZE) || READ_ONCE(*mapped) != first)
		return KMB_FAIL(c, "a copy to absent user memory did not come back");
	return kmb_all_show(c, addr, n + 1, 0, "after a fault that maps");
}

static int kmb_fault_depths(struct kmb_checker *c, struct kmb_window *w,
			    void __user *window, void __user *anon)
{
	unsigned long faults = current->min_flt + current->maj_flt;
	unsigned int n, depth = c->depth - KMB_FAULT_SLOTS;
	void *addr[KMB_MAX_NEST];
	struct kmb_meter meter;
	int ret = 0;

	addr[0] = kmap_local_page(kmb_check_page(c, 0));
	kmb_meter_begin(&meter, kmb_takes_slot(c));
	for (n = 0; !ret && n < depth; n++) {
		if (n)
			addr[n] = kmap_local_page(kmb_check_page(c, n));
		ret = kmb_fault_at(c, addr, n, window, anon);
	}
	kmb_meter_end(&meter);
	while (n--)
		kunmap_local(addr[n]);
	faults = current->min_flt + current->maj_flt - faults;
	KMB_SAW(c, "%lu faults, %u of them slept, %lu switches while mapped", faults, w->served,
		meter.switches);
	if (!ret && w->wrong)
		ret = KMB_FAIL(c, "a fault's own mapping was wrong %u times after sleeping",
			       w->wrong);
	if (!ret && (faults < 2 * depth || w->served < depth || meter.switches < depth))
		ret = KMB_FAIL(c, "expected %u faults and %u switches, saw %lu and %lu",
			       2 * depth, depth, faults, meter.switches);
	return ret;
}

/* Faults of user copies while mapped, at every depth: some sleep, all may map. */
static int kmb_check_fault(struct kmb_checker *c)
{
	const unsigned long size = KMB_MAX_NEST * PAGE_SIZE;
	struct kmb_window w = { .c = c };
	unsigned long window, anon;
	struct file *file;
	int ret;

	if (!current->mm)
		return KMB_SKIP(c, "a kernel thread has no user memory");
	file = anon_inode_getfile("[kmap_bench]", &kmb_window_fops, &w, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	window = vm_mmap(file, 0, size, PROT_READ, MAP_SHARED, 0);
	anon = vm_mmap(NULL, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(window) || IS_ERR_VALUE(anon))
		ret = -ENOMEM;
	else
		ret = kmb_fault_depths(c, &w, (void __user *)window, (void __user *)anon);
	if (!IS_ERR_VALUE(anon))
		vm_munmap(anon, size);
	if (!IS_ERR_VALUE(window))
		vm_munmap(window, size);
	fput(file);
	return ret;
}

static int kmb_ends_at_once(void *arg)
{
	return 0;
}

/* Of higher priority, so that nobody has the CPU between its end and us. */
static int kmb_after_end(struct kmb_checker *c, void **addr, unsigned int nr)
{
	struct task_struct *task = kthread_create(kmb_ends_at_once, NULL, "kmap_bench_end");

	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	sched_set_fifo(task);
	kthread_bind(task, raw_smp_processor_id());
	wake_up_process(task);
	kthread_stop(task);
	put_task_struct(task);
	return kmb_all_show(c, addr, nr, 0, "after a task that ended here");
}

/* The scheduler has more to do after a task's last switch, at every depth of ours. */
static int kmb_check_ended(struct kmb_checker *c)
{
	unsigned long before = kmb_switches();
	void *addr[KMB_MAX_NEST];
	unsigned int n, i;
	int ret = 0;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: the task may move");
	/* A CPU that goes away would be left by who is to end there. */
	cpus_read_lock();
	for (n = 0; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		for (i = 0; !ret && i < KMB_ENDS; i++)
			ret = kmb_after_end(c, addr, n + 1);
	}
	KMB_SAW(c, "%u tasks ended, %lu switches at up to %u mappings", KMB_ENDS * n,
		kmb_switches() - before, n);
	while (n--)
		kunmap_local(addr[n]);
	cpus_read_unlock();
	if (!ret && kmb_switches() == before)
		ret = KMB_FAIL(c, "no context switch while mapped");
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(sleep, 0, KMB_HERE,
		      "mappings survive sleeping, at every depth"),
	KMB_CHECK_ROW(held, 0, KMB_HERE,
		      "mappings survive sleeping that were made where nobody can"),
	KMB_CHECK_ROW(preempt, 0, KMB_HERE,
		      "mappings survive preemption by a task in the same slots"),
	KMB_CHECK_ROW(preempt_midway, 0, KMB_HERE,
		      "nothing is lost when the task is preempted while it maps and unmaps"),
	KMB_CHECK_ROW(share, 0, KMB_HERE,
		      "tasks that take turns in the slots of one CPU keep their own mappings"),
	KMB_CHECK_ROW(other_cpu, 0, KMB_HERE,
		      "mappings survive sleeping while another CPU maps and sleeps"),
	KMB_CHECK_ROW(pinned, 0, KMB_HERE,
		      "a task stays on its CPU while mapped, and moves afterwards"),
	KMB_CHECK_ROW(ended, 0, KMB_HERE,
		      "mappings are there again after a task that ended on this CPU"),
	KMB_CHECK_ROW(fault, 0, KMB_HERE,
		      "mappings survive the faults of user copies, which sleep and map"),
};

const struct kmb_check_set kmb_checks_switch = { kmb_rows, ARRAY_SIZE(kmb_rows) };
