// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel must notice: each of these breaks the rules once, and the row
 * says what the log of this kernel, as it was configured, must then say. Each
 * wants a boot of its own: most warnings come once, and a task that dies here
 * dies with what it held.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "checks.h"
#include "compat.h"

/* Globs over a line of the log, NULL where this configuration need not notice */
#define KMB_OWED(cond, glob)	(IS_ENABLED(CONFIG_PRINTK) && (cond) ? (glob) : NULL)
/* By line where the log has it: without one, a caller may stand there for what it called. */
#define KMB_OWED_WARN(cond, function)					\
	KMB_OWED(IS_ENABLED(CONFIG_BUG) && (cond), IS_ENABLED(CONFIG_DEBUG_BUGVERBOSE) ?	\
		 "WARNING: *mm/highmem.c:*" : "WARNING: * " function "+*")
#define KMB_OWED_OOPS(cond)						\
	KMB_OWED(IS_ENABLED(CONFIG_BUG) && (cond), IS_ENABLED(CONFIG_DEBUG_BUGVERBOSE) ?	\
		 "kernel BUG at *mm/highmem.c:*" : "kernel BUG at *")
#define KMB_OWED_USERCOPY(cond, what)					\
	KMB_OWED(KMB_USERCOPY_LOOKS && (cond),				\
		 "usercopy: Kernel memory " what " attempt detected * kmap*")

static int kmb_no_slot(struct kmb_checker *c)
{
	return KMB_SKIP(c, "mapping these pages takes no slot: there is nothing to break");
}

static int kmb_break_lifo(struct kmb_checker *c)
{
	void *first, *second;

	if (!kmb_core_maps(c))
		return kmb_no_slot(c);
	first = kmb_core_map(c, 0);
	second = kmb_core_map(c, 1);
	kunmap_local_indexed(first);
	kunmap_local_indexed(second);
	return 0;
}

/* Two iterators, as a driver has that copies from one list to another */
static int kmb_break_miters(struct kmb_checker *c, unsigned int flags)
{
	struct sg_mapping_iter miter[2];
	struct scatterlist sg[2];
	unsigned int i;

	if (!kmb_takes_slot(c))
		return kmb_no_slot(c);
	for (i = 0; i < ARRAY_SIZE(sg); i++) {
		sg_init_table(&sg[i], 1);
		sg_set_page(&sg[i], kmb_check_page(c, i), PAGE_SIZE, 0);
		sg_miter_start(&miter[i], &sg[i], 1, flags | SG_MITER_FROM_SG);
		if (!sg_miter_next(&miter[i]))
			return KMB_FAIL(c, "iterator %u did not map its page", i);
	}
	sg_miter_stop(&miter[0]);
	sg_miter_stop(&miter[1]);
	return 0;
}

static int kmb_break_miter_atomic(struct kmb_checker *c)
{
	return kmb_break_miters(c, SG_MITER_ATOMIC);
}

static int kmb_break_miter_local(struct kmb_checker *c)
{
	return kmb_break_miters(c, KMB_SG_MITER_LOCAL);
}

static int kmb_break_unmap_twice(struct kmb_checker *c)
{
	void *addr;

	if (!kmb_core_maps(c))
		return kmb_no_slot(c);
	addr = kmb_core_map(c, 0);
	kunmap_local_indexed(addr);
	kunmap_local_indexed(addr);
	return 0;
}

static int kmb_break_unmap_user(struct kmb_checker *c)
{
	kunmap_local_indexed((void *)PAGE_SIZE);
	return 0;
}

static int kmb_break_local_of_kmap(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	kunmap_local(kmap(page));
	kunmap(page);
	return 0;
}

static int kmb_break_kmap_of_local(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	void *addr;

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kunmap() of lowmem does nothing");
	addr = kmap_local_page(page);
	kunmap(page);
	kunmap_local(addr);
	return 0;
}

static int kmb_break_kunmap_twice(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kunmap() of lowmem does nothing");
	kmap(page);
	kunmap(page);
	kunmap(page);
	return 0;
}

static int kmb_break_overflow(struct kmb_checker *c)
{
	void *addr[KMB_MAX_NEST + 1];
	unsigned int n;

	if (!kmb_core_maps(c))
		return kmb_no_slot(c);
	for (n = 0; n < c->depth + 1; n++)
		addr[n] = kmb_core_map(c, n);
	KMB_SAW(c, "%u mappings at a time", n);
	while (n--)
		kunmap_local_indexed(addr[n]);
	return 0;
}

/* For the way back to user space, and what the caller does there with it */
static int kmb_break_leak(struct kmb_checker *c)
{
	if (!kmb_core_maps(c))
		return kmb_no_slot(c);
	kmb_core_map(c, 0);
	return 0;
}

static int kmb_break_leak_return(struct kmb_checker *c)
{
	return kmb_break_leak(c);
}

static int kmb_break_leak_fork(struct kmb_checker *c)
{
	return kmb_break_leak(c);
}

static int kmb_leaver_fn(void *arg)
{
	kmb_core_map(arg, 0);
	return 0;
}

static int kmb_break_leak_exit(struct kmb_checker *c)
{
	struct task_struct *task;

	if (!kmb_core_maps(c))
		return kmb_no_slot(c);
	task = kthread_run(kmb_leaver_fn, c, "kmap_bench_leaver");
	return PTR_ERR_OR_ZERO(task);
}

static int kmb_break_sleep_atomic(struct kmb_checker *c)
{
	void *addr = kmap_atomic(kmb_check_page(c, 0));

	might_sleep();
	kunmap_atomic(addr);
	return 0;
}

static int kmb_break_schedule_atomic(struct kmb_checker *c)
{
	void *addr = kmap_atomic(kmb_check_page(c, 0));

	schedule_timeout_uninterruptible(1);
	/* The scheduler resets the count once it has complained. */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && !preempt_count())
		preempt_disable();
	kunmap_atomic(addr);
	return 0;
}

/* Of lowmem too, where they do nothing else: what is in highmem, callers do not know. */
static int kmb_break_kmap_in_atomic(struct kmb_checker *c)
{
	struct page *low = alloc_page(GFP_KERNEL);

	if (!low)
		return -ENOMEM;
	preempt_disable();
	kmap(low);
	preempt_enable();
	kunmap(low);
	__free_page(low);
	return 0;
}

static int kmb_break_kunmap_in_atomic(struct kmb_checker *c)
{
	struct page *low = alloc_page(GFP_KERNEL);

	if (!low)
		return -ENOMEM;
	kmap(low);
	preempt_disable();
	kunmap(low);
	preempt_enable();
	__free_page(low);
	return 0;
}

static void kmb_kmap_fn(void *arg)
{
	kmap(kmb_check_page(arg, 0));
}

static void kmb_irqs_on_fn(void *arg)
{
	raw_local_irq_enable();
	kunmap_local_indexed(kmb_core_map(arg, 0));
	raw_local_irq_disable();
}

static int kmb_in_hardirq(struct kmb_checker *c, void (*fn)(void *arg))
{
	struct kmb_runner *r = kmb_runner_alloc();
	const struct kmb_row *row;
	unsigned int i;
	int ret = -ENOENT;

	if (!r)
		return -ENOMEM;
	for (i = 0; (row = kmb_row(KMB_LIST_CONTEXTS, i)); i++)
		if (!strcmp(row->name, "hardirq"))
			ret = kmb_context_run(r, i, fn, c);
	kmb_runner_free(r);
	return ret;
}

static int kmb_break_kmap_in_irq(struct kmb_checker *c)
{
	int ret = kmb_in_hardirq(c, kmb_kmap_fn);

	if (!ret)
		kunmap(kmb_check_page(c, 0));
	return ret;
}

static int kmb_break_map_irqs_on(struct kmb_checker *c)
{
	return kmb_core_maps(c) ? kmb_in_hardirq(c, kmb_irqs_on_fn) : kmb_no_slot(c);
}

/* One byte more than the page has, to or from memory of the caller's */
static int kmb_cross(struct kmb_checker *c, void *addr, bool to_user)
{
	/* Not a constant: copies of known length are not looked at. */
	unsigned long len = READ_ONCE(c->depth) ? 2 : 1, user, left;

	user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(user))
		return user;
	if (to_user)
		left = copy_to_user((void __user *)user, addr + PAGE_SIZE - 1, len);
	else
		left = copy_from_user(addr + PAGE_SIZE - 1, (void __user *)user, len);
	KMB_SAW(c, "%lu bytes over the end of a page, %lu not copied", len, left);
	vm_munmap(user, PAGE_SIZE);
	return 0;
}

static int kmb_cross_kmap(struct kmb_checker *c, bool to_user)
{
	struct page *page = kmb_check_page(c, 0);
	int ret;

	if (!PageHighMem(page))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic: the next page is there");
	ret = kmb_cross(c, kmap(page), to_user);
	kunmap(page);
	return ret;
}

static int kmb_break_usercopy_to(struct kmb_checker *c)
{
	return kmb_cross_kmap(c, true);
}

static int kmb_break_usercopy_from(struct kmb_checker *c)
{
	return kmb_cross_kmap(c, false);
}

/* Two of them: what the upper one runs into is mapped, or a guard. */
static int kmb_break_usercopy_local(struct kmb_checker *c)
{
	void *lower, *upper;
	int ret;

	if (!kmb_takes_slot(c))
		return kmb_no_slot(c);
	lower = kmap_local_page(kmb_check_page(c, 0));
	upper = kmap_local_page(kmb_check_page(c, 1));
	ret = kmb_cross(c, upper, true);
	kunmap_local(upper);
	kunmap_local(lower);
	return ret;
}

#define KMB_SLOTS	KMB_NEEDS(CONFIG_KMAP_LOCAL)
#define KMB_HIGHMEM	KMB_NEEDS(CONFIG_HIGHMEM)
#define KMB_UNMAP_WARNS	KMB_OWED_WARN(true, "kunmap_local_indexed")
#define KMB_FORCED	IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP)
#define KMB_ENTRY	\
	(IS_ENABLED(CONFIG_GENERIC_ENTRY) || IS_ENABLED(CONFIG_GENERIC_IRQ_ENTRY))
#define KMB_COUNTED	(IS_ENABLED(CONFIG_PREEMPT_COUNT) && !IS_ENABLED(CONFIG_PREEMPT_RT))
#define KMB_MIGHT_SLEEP(cond)	\
	KMB_OWED(IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) && (cond),	\
		 "BUG: sleeping function called from invalid context *")

static const struct kmb_check_row kmb_rows[] = {
	KMB_BREAK_ROW(lifo, KMB_SLOTS, KMB_UNMAP_WARNS,
		      "unmapping in map order"),
	KMB_BREAK_ROW(miter_atomic, KMB_HIGHMEM, KMB_UNMAP_WARNS,
		      "two atomic sg_miter stopped in map order"),
	KMB_BREAK_ROW(miter_local, KMB_SG_MITER_LOCAL ? KMB_HIGHMEM :
		      "this kernel has no SG_MITER_LOCAL", KMB_UNMAP_WARNS,
		      "two local sg_miter stopped in map order"),
	KMB_BREAK_ROW(unmap_twice, KMB_SLOTS, KMB_OWED_OOPS(true),
		      "unmapping what is not mapped any more"),
	KMB_BREAK_ROW(unmap_user, KMB_SLOTS, KMB_UNMAP_WARNS,
		      "kunmap_local of an address in user space"),
	/* x86 takes any address above PAGE_OFFSET for lowmem. */
	KMB_BREAK_ROW(local_of_kmap, KMB_NEEDS(CONFIG_HIGHMEM),
		      KMB_KMAP_HIGH_GET && !KMB_FORCED ? KMB_OWED_OOPS(true) :
		      KMB_OWED_WARN(KMB_FORCED || IS_ENABLED(CONFIG_ARM), "kunmap_local_indexed"),
		      "kunmap_local of what kmap gave"),
	KMB_BREAK_ROW(kmap_of_local, KMB_HIGHMEM, KMB_OWED_OOPS(true),
		      "kunmap of a page that only kmap_local mapped"),
	KMB_BREAK_ROW(kunmap_twice, KMB_HIGHMEM, KMB_OWED_OOPS(true),
		      "kunmap of a page that kmap does not map any more"),
	KMB_BREAK_ROW(overflow, KMB_SLOTS, KMB_OWED_OOPS(true),
		      "one mapping more than a task can hold"),
	/* This one is the module's own: the comparison around each request. */
	KMB_BREAK_ROW(leak, KMB_SLOTS,
		      KMB_OWED(IS_ENABLED(CONFIG_BUG),
			       "kmap_bench: request * left state behind: *"),
		      "a request that leaves a mapping behind"),
	KMB_BREAK_ROW(leak_return, KMB_SLOTS,
		      KMB_OWED(IS_ENABLED(CONFIG_BUG) && KMB_ENTRY,
			       "DEBUG_LOCKS_WARN_ON(*kmap_ctrl.idx*)"),
		      "returning to user space with a mapping"),
	KMB_BREAK_ROW(leak_fork, KMB_SLOTS, KMB_OWED_WARN(true, "kmap_local_fork"),
		      "forking with a mapping"),
	KMB_BREAK_ROW(leak_exit, KMB_SLOTS, NULL,
		      "exiting with a mapping"),
	KMB_BREAK_ROW(sleep_atomic, KMB_HERE, KMB_MIGHT_SLEEP(!IS_ENABLED(CONFIG_PREEMPT_RT)),
		      "what may sleep, inside kmap_atomic"),
	KMB_BREAK_ROW(schedule_atomic, KMB_HERE,
		      KMB_OWED(KMB_COUNTED, "BUG: scheduling while atomic: *"),
		      "what does sleep, inside kmap_atomic"),
	KMB_BREAK_ROW(kmap_in_atomic, KMB_HERE, KMB_MIGHT_SLEEP(true),
		      "kmap of lowmem with preemption off"),
	KMB_BREAK_ROW(kunmap_in_atomic, KMB_HERE,
		      KMB_MIGHT_SLEEP(IS_ENABLED(CONFIG_HIGHMEM)),
		      "kunmap of lowmem with preemption off"),
	KMB_BREAK_ROW(kmap_in_irq, KMB_HERE, KMB_MIGHT_SLEEP(true),
		      "kmap in a hard interrupt"),
	KMB_BREAK_ROW(map_irqs_on, KMB_SLOTS, KMB_OWED_WARN(true, "__kmap_local_pfn_prot"),
		      "kmap_local in a hard interrupt that enabled interrupts"),
	KMB_BREAK_ROW(usercopy_to, KMB_HIGHMEM, KMB_OWED_USERCOPY(true, "exposure"),
		      "copying to user space from beyond the end of a kmap'ed page"),
	KMB_BREAK_ROW(usercopy_from, KMB_HIGHMEM, KMB_OWED_USERCOPY(true, "overwrite"),
		      "copying from user space to beyond the end of a kmap'ed page"),
	KMB_BREAK_ROW(usercopy_local, KMB_HIGHMEM,
		      KMB_OWED_USERCOPY(KMB_IS_KMAP_ADDR_LOCAL, "exposure"),
		      "copying to user space from beyond the end of a kmap_local mapping"),
};

const struct kmb_check_set kmb_breakages = { kmb_rows, ARRAY_SIZE(kmb_rows) };
