// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as a file: pages of its own, which read() and write() copy to and
 * from through a map, page by page. mmap() gives the very same pages. No lock
 * is held where user memory is touched, as that may be the page itself.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "mapped.h"

#define KMB_IO_MAX	SZ_1G
#define KMB_IO_TRIES	16	/* in a row that copy nothing */

/* A row that a parameter names */
struct kmb_io_choice {
	unsigned int list;
	unsigned int row;
};

typedef ssize_t (*kmb_io_fn)(struct page *page, u32 off, size_t len, struct iov_iter *iter,
			     bool write);

/* One page's part of a transfer */
struct kmb_io_part {
	kmb_io_fn copy;
	struct iov_iter *iter;
	struct page *page;	/* NULL for a hole that is read */
	u32 off, len;
	bool write;
};

static struct kmb_io_choice kmb_io_by = { KMB_LIST_MAPS, KMB_MAP_kmap_local };
static struct kmb_io_choice kmb_io_of = { KMB_LIST_PAGES, UINT_MAX };
static unsigned long kmb_io_size = SZ_16M;
static struct page **kmb_io_pages;	/* NULL until somebody writes or maps there */

static bool kmb_io_find(struct kmb_io_choice *choice, const char *name)
{
	const struct kmb_row *row;
	unsigned int i;

	for (i = 0; (row = kmb_row(choice->list, i)); i++) {
		if (!sysfs_streq(row->name, name))
			continue;
		choice->row = i;
		return true;
	}
	return false;
}

static int kmb_io_param_set(const char *name, const struct kernel_param *kp)
{
	struct kmb_io_choice *choice = kp->arg, found = *choice;
	char reason[KMB_REASON_LEN];
	int ret;

	if (!kmb_io_find(&found, name)) {
		pr_err("kmap_bench: %s: no such row: %s\n", kp->name, name);
		return -EINVAL;
	}
	/* While loading, kmb_io_init() judges: then all parameters are known. */
	ret = kmb_io_pages ? kmb_io_legal(found.row, kmb_io_of.row, reason) : 0;
	if (ret)
		pr_err("kmap_bench: %s: %s\n", kp->name, reason);
	else
		WRITE_ONCE(choice->row, found.row);
	return ret;
}

static int kmb_io_param_get(char *buffer, const struct kernel_param *kp)
{
	const struct kmb_io_choice *choice = kp->arg;
	const struct kmb_row *row = kmb_row(choice->list, READ_ONCE(choice->row));

	return sysfs_emit(buffer, "%s\n", row ? row->name : "");
}

static const struct kernel_param_ops kmb_io_param = {
	.set = kmb_io_param_set,
	.get = kmb_io_param_get,
};

module_param_named(io_size, kmb_io_size, ulong, 0444);
MODULE_PARM_DESC(io_size, "bytes of the device as a file, whole pages (16 MiB)");
module_param_cb(io_pages, &kmb_io_param, &kmb_io_of, 0444);
MODULE_PARM_DESC(io_pages, "row of the page kinds that it is made of (any)");
module_param_cb(io_map, &kmb_io_param, &kmb_io_by, 0644);
MODULE_PARM_DESC(io_map, "row of the maps for files that are opened from now on (kmap_local)");

static struct page *kmb_io_page_make(unsigned long index)
{
	struct page *page = READ_ONCE(kmb_io_pages[index]), *other;

	if (page)
		return page;
	page = kmb_page_new(kmb_io_of.row);
	if (!page)
		return NULL;
	other = cmpxchg(&kmb_io_pages[index], NULL, page);
	if (!other)
		return page;
	__free_page(page);
	return other;
}

static __always_inline ssize_t kmb_io_copy(const enum kmb_map_id map, struct page *page, u32 off,
					   size_t len, struct iov_iter *iter, bool write)
{
	const struct kmb_side side = { page, page_folio(page) };
	void *addr = kmb_map(map, &side, off);
	ssize_t n = -ENOMEM;

	if (kmb_mapped(map, addr))
		n = write ? copy_from_iter(addr, len, iter) : copy_to_iter(addr, len, iter);
	kmb_unmap(map, &side, addr);
	return n;
}

/* One function for each map that gives an address; none is ever called for the others. */
#define KMB_MAP(name, flags, ...)						\
	static ssize_t kmb_io_##name(struct page *page, u32 off, size_t len,	\
				     struct iov_iter *iter, bool write)		\
	{									\
		if (!((flags) & KMB_ROW_MAPS))					\
			return -EOPNOTSUPP;					\
		return kmb_io_copy(KMB_MAP_##name, page, off, len, iter, write);	\
	}
#include "maps.h"
#undef KMB_MAP

static const kmb_io_fn kmb_io_copies[] = {
#define KMB_MAP(name, ...)	kmb_io_##name,
#include "maps.h"
#undef KMB_MAP
};

static ssize_t kmb_io_once(const struct kmb_io_part *part, size_t done, size_t len)
{
	if (!part->page)
		return iov_iter_zero(len, part->iter);
	return part->copy(part->page, part->off + done, len, part->iter, part->write);
}

/* Bytes of the user's memory that cannot be had */
static size_t kmb_io_fault_in(const struct kmb_io_part *part, size_t len)
{
	if (part->write)
		return fault_in_iov_iter_readable(part->iter, len);
	return fault_in_iov_iter_writeable(part->iter, len);
}

/*
 * Atomic maps leave what is absent uncopied: it is faulted in with nothing
 * mapped. User copies may stop some bytes before the one that they cannot have,
 * and a single byte finds that out, so that a short count is exact.
 */
static ssize_t kmb_io_part(const struct kmb_io_part *part)
{
	size_t done = 0, len = part->len;
	unsigned int tries = 0;

	do {
		ssize_t n = kmb_io_once(part, done, len);

		if (n < 0)
			return done ?: n;
		done += n;
		if (done == part->len)
			break;
		tries = n ? 0 : tries + 1;
		len = tries > 1 ? 1 : part->len - done;
		if (kmb_io_fault_in(part, len) == len)
			break;
		cond_resched();
	} while (tries < KMB_IO_TRIES && !fatal_signal_pending(current));
	return done;
}

/* Callers that must not wait come again rather than to be content with a part. */
static bool kmb_io_waits(const struct kiocb *iocb, unsigned int map, size_t total, bool write)
{
	unsigned long index = iocb->ki_pos >> PAGE_SHIFT;
	unsigned long last = (iocb->ki_pos + total - 1) >> PAGE_SHIFT;

	if (kmb_map_flags[map] & (KMB_ROW_SLEEPS | KMB_ASKS))
		return true;
	for (; write && index <= last; index++)
		if (!READ_ONCE(kmb_io_pages[index]))
			return true;
	return false;
}

/* Sets part->page to what the bytes at @pos are in */
static int kmb_io_part_page(struct kmb_io_part *part, const struct kiocb *iocb, loff_t pos)
{
	unsigned long index = pos >> PAGE_SHIFT;

	part->page = READ_ONCE(kmb_io_pages[index]);
	if (part->page && mapping_writably_mapped(iocb->ki_filp->f_mapping))
		flush_dcache_page(part->page);
	if (part->page || !part->write)
		return 0;
	part->page = kmb_io_page_make(index);
	return part->page ? 0 : -ENOMEM;
}

/* What stopped it matters only when not a byte was moved. */
static ssize_t kmb_io_parts(struct kmb_io_part *part, const struct kiocb *iocb, size_t total)
{
	size_t done = 0;
	ssize_t n;
	int ret;

	while (done < total) {
		part->off = offset_in_page(iocb->ki_pos + done);
		part->len = min_t(size_t, total - done, PAGE_SIZE - part->off);
		ret = kmb_io_part_page(part, iocb, iocb->ki_pos + done);
		if (ret)
			return done ?: ret;
		n = kmb_io_part(part);
		if (part->write)
			flush_dcache_page(part->page);
		if (n < 0)
			return done ?: n;
		done += n;
		if (n < part->len)
			return done ?: -EFAULT;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

static ssize_t kmb_io_transfer(struct kiocb *iocb, struct iov_iter *iter, bool write)
{
	const struct kmb_file *file = iocb->ki_filp->private_data;
	unsigned int map = READ_ONCE(file->io_map);
	struct kmb_io_part part = {
		.copy = kmb_io_copies[map], .iter = iter, .write = write,
	};
	struct kmb_state before;
	size_t total;
	ssize_t ret;

	if (!iov_iter_count(iter))
		return 0;
	if (iocb->ki_pos >= kmb_io_size)
		return write ? -ENOSPC : 0;
	total = min_t(u64, iov_iter_count(iter), kmb_io_size - iocb->ki_pos);
	if (iocb->ki_flags & IOCB_NOWAIT && kmb_io_waits(iocb, map, total, write))
		return -EAGAIN;
	kmb_state_get(&before);
	ret = kmb_io_parts(&part, iocb, total);
	kmb_state_check(&before, write ? "write by map" : "read by map", map, ret);
	if (ret > 0)
		iocb->ki_pos += ret;
	return ret;
}

ssize_t kmb_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return kmb_io_transfer(iocb, to, false);
}

ssize_t kmb_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return kmb_io_transfer(iocb, from, true);
}

loff_t kmb_llseek(struct file *filp, loff_t offset, int whence)
{
	return fixed_size_llseek(filp, offset, whence, kmb_io_size);
}

/* Not VM_FAULT_OOM: that is tried again for ever when it is highmem that is short. */
static vm_fault_t kmb_io_fault(struct vm_fault *vmf)
{
	struct page *page = NULL;

	if (vmf->pgoff < kmb_io_size >> PAGE_SHIFT)
		page = kmb_io_page_make(vmf->pgoff);
	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct kmb_io_vm_ops = {
	.fault = kmb_io_fault,
};

int kmb_mmap(struct file *filp, struct vm_area_struct *vma)
{
	unsigned long nr = kmb_io_size >> PAGE_SHIFT;

	if (vma->vm_pgoff >= nr || vma_pages(vma) > nr - vma->vm_pgoff)
		return -ENXIO;
	vma->vm_ops = &kmb_io_vm_ops;
	return 0;
}

/**
 * kmb_io() - choose what an open file maps by, and tell what is in force
 * @file: the open file
 * @io: the request
 *
 * Return: 0, -EINVAL, or what kmb_io_legal() says of the map.
 */
int kmb_io(struct kmb_file *file, struct kmb_io *io)
{
	int ret;

	if (io->flags & ~KMB_IO_MAP || io->reserved)
		return -EINVAL;
	if (io->flags & KMB_IO_MAP) {
		ret = kmb_io_legal(io->map, kmb_io_of.row, io->reason);
		if (ret)
			return ret;
		WRITE_ONCE(file->io_map, io->map);
	}
	io->map = READ_ONCE(file->io_map);
	io->pages = kmb_io_of.row;
	io->bytes = kmb_io_size;
	return 0;
}

/* Without a wait: but for maps that sleep, and where a page is yet to be allocated. */
void kmb_io_open(struct kmb_file *file, struct file *filp)
{
	file->io_map = READ_ONCE(kmb_io_by.row);
	filp->f_mode |= FMODE_NOWAIT;
}

int kmb_io_init(void)
{
	char reason[KMB_REASON_LEN];
	int ret;

	if (kmb_io_of.row == UINT_MAX)
		kmb_io_find(&kmb_io_of, "any");
	if (!kmb_io_size || !PAGE_ALIGNED(kmb_io_size) || kmb_io_size > KMB_IO_MAX) {
		pr_err("kmap_bench: io_size %lu: must be whole pages of %lu, at most %d bytes\n",
		       kmb_io_size, PAGE_SIZE, KMB_IO_MAX);
		return -EINVAL;
	}
	ret = kmb_io_legal(kmb_io_by.row, kmb_io_of.row, reason);
	if (ret) {
		pr_err("kmap_bench: io_map, io_pages: %s\n", reason);
		return ret;
	}
	kmb_io_pages = kvcalloc(kmb_io_size >> PAGE_SHIFT, sizeof(*kmb_io_pages), GFP_KERNEL);
	return kmb_io_pages ? 0 : -ENOMEM;
}

void kmb_io_exit(void)
{
	unsigned long i;

	for (i = 0; i < kmb_io_size >> PAGE_SHIFT; i++)
		if (kmb_io_pages[i])
			__free_page(kmb_io_pages[i]);
	kvfree(kmb_io_pages);
}
