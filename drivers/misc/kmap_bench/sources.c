// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of sources: what the user side of a user copy is, and the windows
 * that the module maps into the caller's address space for some of them. Their
 * page tables are emptied between samples, so that operations fault, as many as
 * was asked for; what a fault then does is up to the row.
 */
#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "kmap_bench.h"
#include "trace.h"

#define KMB_RW		(PROT_READ | PROT_WRITE)
#define KMB_ABSENT	(KMB_ROW_USER | KMB_ROW_FAULTS)
#define KMB_CALLERS	(KMB_ABSENT | KMB_ROW_CALLER)

/* The first row is for copies that have no user side. */
const struct kmb_source_row kmb_sources[] = {
	{ { "none",	 "no user memory",				0 } },
	{ { "resident",	 "the caller's buffer, faulted in",
		KMB_ROW_USER | KMB_ROW_CALLER } },
	{ { "absent",	 "each operation faults",			KMB_ABSENT }, KMB_RW },
	{ { "unaligned", "two user pages, of which the second faults",
		KMB_ABSENT | KMB_CUT }, KMB_RW },
	{ { "slow",	 "each operation faults, and the fault sleeps",
		KMB_ABSENT | KMB_SLOW }, KMB_RW },
	{ { "self",	 "the page that is mapped, and each operation faults",
		KMB_ABSENT | KMB_SELF }, KMB_RW },
	{ { "hole",	 "as not mapped from the middle on",
		KMB_ROW_USER | KMB_CUT | KMB_HOLE }, KMB_RW },
	{ { "sigbus",	 "its fault fails from the middle on",
		KMB_ROW_USER | KMB_CUT | KMB_BUS }, KMB_RW },
	{ { "readonly",	 "mapped with PROT_READ",
		KMB_ROW_USER }, PROT_READ },
	{ { "writeonly", "mapped with PROT_WRITE",
		KMB_ROW_USER }, PROT_WRITE },
	{ { "anonymous", "anonymous memory that the caller dropped",	KMB_CALLERS } },
	{ { "file",	 "a file's page cache, unmapped or dropped",	KMB_CALLERS } },
	{ { "huge",	 "huge pages that the caller dropped",		KMB_CALLERS } },
	{ { "blocked",	 "userfaultfd, served by another thread",	KMB_CALLERS } },
};

const unsigned int kmb_nr_sources = ARRAY_SIZE(kmb_sources);

/*
 * What the module maps. Its life is that of the file behind the mapping, which
 * the caller may keep longer than the request, by mremap() for one.
 */
struct kmb_window {
	struct file *file;
	struct address_space mapping;	/* its own, so that we can empty just its page tables */
	spinlock_t lock;		/* of user */
	const struct kmb_user *user;	/* NULL once the request is over */
	unsigned int nr_pages;		/* of an area; all areas show the same */
	struct page **pages;
	void *alias;
	const char *name;
	u32 flags;
	u64 delay;			/* ns */
	bool armed;			/* faults are those of operations */
	atomic_long_t served;
};

/* The page that stands there, with a reference, or NULL */
static struct page *kmb_window_page(struct kmb_window *w, pgoff_t pgoff)
{
	unsigned int area = pgoff / w->nr_pages, i = pgoff % w->nr_pages;
	const struct kmb_user *user;
	struct page *page = NULL;

	spin_lock(&w->lock);
	user = w->user;
	if (user && w->flags & (KMB_BUS | KMB_HOLE) && i >= user->cut >> PAGE_SHIFT)
		user = NULL;
	if (user && area < user->nr_areas)
		page = w->flags & KMB_SELF ?
		       folio_page(user->seq[area * user->pool->segs].own.folio, i) : w->pages[i];
	if (page)
		get_page(page);
	spin_unlock(&w->lock);
	return page;
}

static vm_fault_t kmb_window_fault(struct vm_fault *vmf)
{
	struct kmb_window *w = vmf->vma->vm_private_data;
	ktime_t delay = ns_to_ktime(w->delay);

	if (READ_ONCE(w->armed))
		trace_fault_while_mapped(w->name, vmf->address, kmb_slots());
	if (w->flags & KMB_SLOW && READ_ONCE(w->armed)) {
		set_current_state(TASK_KILLABLE);
		schedule_hrtimeout(&delay, HRTIMER_MODE_REL);
	}
	vmf->page = kmb_window_page(w, vmf->pgoff);
	/*
	 * A real hole would be the next mapping of any other thread of the caller's, and
	 * be full then, and taken away from it with the rest of the window.
	 */
	if (!vmf->page)
		return w->flags & KMB_HOLE ? VM_FAULT_SIGSEGV : VM_FAULT_SIGBUS;
	if (READ_ONCE(w->armed))
		atomic_long_inc(&w->served);
	return 0;
}

static const struct vm_operations_struct kmb_window_vm_ops = {
	.fault = kmb_window_fault,
};

static int kmb_window_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_private_data = file->private_data;
	vma->vm_ops = &kmb_window_vm_ops;
	return 0;
}

static void kmb_window_free(struct kmb_window *w)
{
	unsigned int i;

	vunmap(w->alias);
	for (i = 0; w->pages && i < w->nr_pages; i++)
		if (w->pages[i])
			__free_page(w->pages[i]);
	kfree(w->pages);
	kfree(w);
}

static int kmb_window_release(struct inode *inode, struct file *file)
{
	kmb_window_free(file->private_data);
	return 0;
}

static const struct file_operations kmb_window_fops = {
	.owner = THIS_MODULE,
	.mmap = kmb_window_mmap,
	.release = kmb_window_release,
};

static int kmb_window_pages(struct kmb_window *w)
{
	unsigned int i;

	w->pages = kcalloc(w->nr_pages, sizeof(*w->pages), GFP_KERNEL_ACCOUNT);
	if (!w->pages)
		return -ENOMEM;
	for (i = 0; i < w->nr_pages; i++) {
		w->pages[i] = alloc_page(GFP_HIGHUSER | __GFP_ACCOUNT | __GFP_ZERO);
		if (!w->pages[i])
			return -ENOMEM;
	}
	w->alias = vmap(w->pages, w->nr_pages, VM_MAP, PAGE_KERNEL);
	return w->alias ? 0 : -ENOMEM;
}

/* A file to map, with pages of its own unless the operations' pages are shown */
static struct kmb_window *kmb_window_alloc(const struct kmb_user *user, u64 delay)
{
	struct kmb_window *w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	int ret = 0;

	if (!w)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&w->lock);
	w->flags = user->source->row.flags;
	w->nr_pages = user->area >> PAGE_SHIFT;
	w->user = user;
	w->name = user->source->row.name;
	w->delay = delay;
	if (!(w->flags & KMB_SELF))
		ret = kmb_window_pages(w);
	if (!ret) {
		w->file = anon_inode_getfile("[kmap_bench]", &kmb_window_fops, w, O_RDWR);
		ret = PTR_ERR_OR_ZERO(w->file);
	}
	if (ret) {
		kmb_window_free(w);
		return ERR_PTR(ret);
	}
	address_space_init_once(&w->mapping);
	w->mapping.host = file_inode(w->file);
	w->mapping.a_ops = &empty_aops;
	w->file->f_mapping = &w->mapping;
	return w;
}

static int kmb_window_map(struct kmb_user *user, u64 delay)
{
	struct kmb_window *w = kmb_window_alloc(user, delay);
	unsigned long addr;

	if (IS_ERR(w))
		return PTR_ERR(w);
	user->window = w;
	addr = vm_mmap(w->file, 0, (size_t)user->area * user->nr_areas, user->source->prot,
		       MAP_SHARED, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	user->addr = addr;
	return 0;
}

/**
 * kmb_user_len() - how much memory of the caller's a cell needs
 * @cell: legal
 * @shape: of the request, not resolved
 * @verify: to be verified, which is an operation on each page of the pool
 *
 * Return: bytes, zero for those that need none.
 */
u64 kmb_user_len(const u32 *cell, const struct kmb_shape *shape, bool verify)
{
	const struct kmb_source_row *source = &kmb_sources[cell[KMB_LIST_SOURCES]];
	struct kmb_shape s = kmb_shape_resolve(shape, cell[KMB_LIST_PAGES]);
	u64 bytes = kmb_shape_bytes(&s, cell[KMB_LIST_PAGES]);

	if (!(source->row.flags & KMB_ROW_CALLER))
		return 0;
	if (!(source->row.flags & KMB_ROW_FAULTS))
		return bytes;
	return bytes * (verify ? s.pool : kmb_pool_ops(&s));
}

/* The middle of each operation is to be where a page begins. */
static void kmb_user_cut(struct kmb_user *user, const struct kmb_shape *shape)
{
	u32 middle = shape->offset + shape->len / 2;

	user->shift = -middle & ~PAGE_MASK;
	user->cut = middle + user->shift;
	user->area += PAGE_SIZE;
}

static int kmb_user_sequence(struct kmb_user *user)
{
	const struct kmb_pool *pool = user->pool;
	u32 nr = pool->nr_ops * pool->segs, i;

	user->seq = kvmalloc_array(nr, sizeof(*user->seq), GFP_KERNEL_ACCOUNT);
	if (!user->seq)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		user->seq[i] = pool->seq[i];
		user->seq[i].user = user->shift + pool->seq[i].pos;
		if (user->nr_areas > 1)
			user->seq[i].user += i / pool->segs * user->area;
	}
	return 0;
}

/**
 * kmb_user_init() - lay out the user memory of a source, for the operations on a pool
 * @user: zeroed; kmb_user_exit() takes it in any state
 * @source: row of kmb_sources
 * @pool: with its sequence
 * @run: shape, and where the caller's memory is
 * @reason: KMB_REASON_LEN bytes for a sentence
 *
 * Return: 0 or -ENOMEM.
 */
int kmb_user_init(struct kmb_user *user, unsigned int source, const struct kmb_pool *pool,
		  const struct kmb_run *run, char *reason)
{
	struct kmb_shape shape = kmb_shape_resolve(&run->shape, pool->kind);
	int ret;

	user->source = &kmb_sources[source];
	user->pool = pool;
	user->area = PAGE_SIZE << shape.order;
	user->nr_areas = user->source->row.flags & KMB_ROW_FAULTS ? pool->nr_ops : 1;
	user->percent = shape.faults;
	if (user->source->row.flags & KMB_CUT)
		kmb_user_cut(user, &shape);
	ret = kmb_user_sequence(user);
	if (ret)
		return ret;
	if (!kmb_is_window(user->source)) {
		user->addr = run->user_addr;
		return 0;
	}
	ret = kmb_window_map(user, (u64)shape.delay * NSEC_PER_USEC);
	if (ret)
		snprintf(reason, KMB_REASON_LEN,
			 "%u areas of %u bytes for %s cannot be mapped: use a smaller pool",
			 user->nr_areas, user->area, user->source->row.name);
	return ret;
}

void kmb_user_exit(struct kmb_user *user)
{
	struct kmb_window *w = user->window;

	if (w) {
		spin_lock(&w->lock);
		w->user = NULL;
		spin_unlock(&w->lock);
		if (user->addr)
			vm_munmap(user->addr, (size_t)user->area * user->nr_areas);
		/* Pages of the pool that the caller had moved elsewhere */
		unmap_mapping_range(&w->mapping, 0, 0, 1);
		fput(w->file);
	}
	kvfree(user->seq);
	memset(user, 0, sizeof(*user));
}

/**
 * kmb_user_faults() - whether an operation is to find its memory absent
 * @user: of its source
 * @op: of the sequence
 *
 * Evenly spread; the first one only when all are to.
 */
bool kmb_user_faults(const struct kmb_user *user, unsigned int op)
{
	return (op + 1) * user->percent / 100 != op * user->percent / 100;
}

/* Bytes [from, to) of an area are there, as far as its source allows. */
static int kmb_area_present(const struct kmb_user *user, u32 area, u32 from, u32 to, bool written)
{
	char __user *at = (char __user *)user->addr + (size_t)area * user->area + from;
	size_t left;

	if (written && !(user->source->prot & PROT_WRITE))
		written = false;
	else if (!(user->source->prot & PROT_READ))
		written = true;
	/* The other function for that would write. */
	left = written ? fault_in_safe_writeable(at, to - from) : fault_in_readable(at, to - from);
	return left ? -EFAULT : 0;
}

static void kmb_area_absent(struct kmb_user *user, u32 area, u32 nr, u32 from)
{
	unmap_mapping_range(&user->window->mapping, (loff_t)area * user->area + from,
			    (loff_t)nr * user->area - from, 1);
}

/**
 * kmb_user_prepare() - make operations find their user memory as their source says
 * @user: laid out
 * @first: operation of the sequence
 * @ops: how many, from there
 * @written: they write to it
 *
 * The caller's memory is left alone. Between this and the operations the
 * caller must not touch it, either.
 *
 * Return: 0, or -EFAULT when somebody else took the mapping away.
 */
int kmb_user_prepare(struct kmb_user *user, unsigned int first, unsigned int ops, bool written)
{
	bool cut = user->source->row.flags & KMB_CUT;
	u32 good = cut ? user->cut : user->area, i;
	int ret = 0;

	if (!user->window)
		return 0;
	WRITE_ONCE(user->window->armed, false);
	if (!(user->source->row.flags & KMB_ROW_FAULTS))
		return good ? kmb_area_present(user, 0, 0, good, written) : 0;
	if (user->percent == 100 && !cut)
		kmb_area_absent(user, first, ops, 0);
	for (i = first; !ret && i < first + ops; i++) {
		if (!kmb_user_faults(user, i)) {
			ret = kmb_area_present(user, i, 0, user->area, written);
			continue;
		}
		if (user->percent != 100 || cut)
			kmb_area_absent(user, i, 1, cut ? user->cut : 0);
		if (cut && good)
			ret = kmb_area_present(user, i, 0, good, written);
	}
	WRITE_ONCE(user->window->armed, true);
	return ret;
}

/* Faults of operations that the window served so far */
unsigned long kmb_user_served(const struct kmb_user *user)
{
	return user->window ? atomic_long_read(&user->window->served) : 0;
}

/* One area as the kernel sees it; NULL for the caller's memory, and the mapped page's */
void *kmb_user_alias(const struct kmb_user *user)
{
	return user->window ? user->window->alias : NULL;
}
