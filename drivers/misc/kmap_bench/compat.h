/* SPDX-License-Identifier: GPL-2.0-only */
/* The only file that knows kernel versions; 6.1 to 7.3. */
#ifndef _KMAP_BENCH_COMPAT_H
#define _KMAP_BENCH_COMPAT_H

#include <linux/highmem.h>
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/pipe_fs_i.h>
#include <linux/preempt.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/splice.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

/* The core is not declared where it is not built; its rows are never run there. */
#ifndef CONFIG_KMAP_LOCAL
#define __kmap_local_page_prot(page, prot)	page_address(page)
#define kunmap_local_indexed(addr)		((void)(addr))
#define __kmap_local_pfn_prot(pfn, prot)	page_address(pfn_to_page(pfn))
#endif

/* Room for kmap() where it is arithmetic */
#ifndef CONFIG_HIGHMEM
#define LAST_PKMAP	0
#endif

/* Later than 6.1: is_kmap_addr() is meant to be true of kmap_local's addresses, too. */
#ifdef MAX_PAGE_ORDER
#define KMB_IS_KMAP_ADDR_LOCAL	1
#else
#define KMB_IS_KMAP_ADDR_LOCAL	0
#endif

/* 6.14: creating a worker no longer starts it. */
#ifdef kthread_run_worker
#define kmb_kthread_worker(name)	kthread_run_worker(0, name)
#else
#define kmb_kthread_worker(name)	kthread_create_worker(0, name)
#endif

/* 6.14 has hrtimer_setup() since a release, and hrtimer_init() for one more. */
static inline void kmb_hrtimer_setup(struct hrtimer *timer,
				     enum hrtimer_restart (*fn)(struct hrtimer *timer),
				     enum hrtimer_mode mode)
{
#ifdef kthread_run_worker
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = fn;
#endif
}

/* Preempt notifiers come with KVM only. */
#ifdef CONFIG_PREEMPT_NOTIFIERS
#define kmb_preempt_notifiers_inc()	preempt_notifier_inc()
#define kmb_preempt_notifiers_dec()	preempt_notifier_dec()
#else
#define kmb_preempt_notifiers_inc()	do { } while (0)
#define kmb_preempt_notifiers_dec()	do { } while (0)
#endif

/* 6.15: hardened user copies are looked at only where the configuration says so. */
#ifdef __LINUX_UCOPYSIZE_H__
#define KMB_USERCOPY_LOOKS	IS_ENABLED(CONFIG_HARDENED_USERCOPY_DEFAULT_ON)
#else
#define KMB_USERCOPY_LOOKS	IS_ENABLED(CONFIG_HARDENED_USERCOPY)
#endif

/*
 * 6.5: spliced reads go to pages of memory. Before, they went to an iterator over
 * the pipe, which allocates pages while it is copied to: not for atomic maps. A
 * page at a time will do there.
 */
#ifdef FMODE_BACKING
#define kmb_splice_read	copy_splice_read
#else
static inline void kmb_splice_release(struct splice_pipe_desc *spd, unsigned int i)
{
	__free_page(spd->pages[i]);
}

static inline ssize_t kmb_splice_read(struct file *in, loff_t *ppos,
				      struct pipe_inode_info *pipe, size_t len,
				      unsigned int flags)
{
	struct page *page = alloc_page(GFP_USER);
	struct partial_page partial = { };
	struct splice_pipe_desc spd = {
		.pages = &page, .partial = &partial, .nr_pages = 1, .nr_pages_max = 1,
		.ops = &nosteal_pipe_buf_ops, .spd_release = kmb_splice_release,
	};
	struct bio_vec bvec = { page, min_t(size_t, len, PAGE_SIZE), 0 };
	struct iov_iter to;
	struct kiocb kiocb;
	ssize_t ret;

	if (!page)
		return -ENOMEM;
	iov_iter_bvec(&to, READ, &bvec, 1, bvec.bv_len);
	init_sync_kiocb(&kiocb, in);
	kiocb.ki_pos = *ppos;
	ret = call_read_iter(in, &kiocb, &to);
	if (ret <= 0) {
		__free_page(page);
		return ret;
	}
	partial.len = ret;
	ret = splice_to_pipe(pipe, &spd);
	if (ret > 0)
		*ppos += ret;
	return ret;
}
#endif

/* A command's payload: 6.1 points to it, 6.5 and later to the entry that it is in. */
#include <uapi/linux/io_uring.h>
#ifdef IORING_FIXED_FD_NO_CLOEXEC	/* 6.8: a header of its own */
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#endif
#ifdef io_uring_sqe_cmd			/* 7.0 or before: told the type */
#define kmb_uring_payload(ioucmd)	io_uring_sqe_cmd((ioucmd)->sqe, struct kmb_uring)
#define kmb_uring_import(ioucmd, addr, len, rw, iter, issue_flags)	\
	io_uring_cmd_import_fixed(addr, len, rw, iter, ioucmd, issue_flags)
#elif defined(IORING_SETUP_REGISTERED_FD_ONLY)
#define kmb_uring_payload(ioucmd)	((const struct kmb_uring *)(ioucmd)->sqe->cmd)
#else
#define kmb_uring_payload(ioucmd)	((const struct kmb_uring *)(ioucmd)->cmd)
#endif

/* Imports of registered buffers did not lock then, and wanted no flags. */
#ifndef kmb_uring_import
#define kmb_uring_import(ioucmd, addr, len, rw, iter, issue_flags)	\
	io_uring_cmd_import_fixed(addr, len, rw, iter, ioucmd)
#endif

/*
 * 6.10 to 6.13 copy the entry of a command that is left to a worker, and go on reading the
 * ring's own, where user space has put another one by then: see findings.rst.
 */
static inline void kmb_uring_keep(struct io_uring_cmd *ioucmd)
{
#if defined(IORING_FEAT_RECVSEND_BUNDLE) && !defined(IORING_RW_ATTR_FLAG_PI)
	void *own = cmd_to_io_kiocb(ioucmd)->async_data;

	if (ioucmd->sqe == own)
		return;
	memcpy(own, ioucmd->sqe, sizeof(*ioucmd->sqe));
	ioucmd->sqe = own;
#endif
}

/* 6.18: generators of KUnit's parameters are told which test wants them. */
#ifdef KUNIT_CASE_PARAM_WITH_INIT
#define KMB_KUNIT_TEST	struct kunit *test,
#else
#define KMB_KUNIT_TEST
#endif

/*
 * Functions of linux/highmem.h leave no trace for the preprocessor: what does
 * that came with them or after them. Where they are missing, so are their rows
 * of api.h, and the reason is in the row.
 */
#ifdef alloc_pages	/* 6.10: a macro, to tell who allocates */
#define KMB_API_FOLIO_COPIES	KMB_HERE
#else
#define KMB_API_FOLIO_COPIES	"comes with 6.10 or before, this kernel is older"
#define copy_mc_highpage(to, from)			0
#define folio_release_kmap(folio, addr)			do { } while (0)
#define memcpy_from_folio(to, folio, offset, len)	do { } while (0)
#define memcpy_to_folio(folio, offset, from, len)	do { } while (0)
#define memcpy_from_file_folio(to, folio, pos, len)	((void)(len), (pos) * 0)
#define folio_zero_tail(folio, offset, addr)		(addr)
#define folio_fill_tail(folio, offset, from, len)	do { } while (0)
#define copy_page_to_iter_nofault(page, offset, bytes, iter)	((iter)->count * 0)

/* It took a page then, and no more than that could be mapped. */
static inline size_t copy_folio_from_iter_atomic(struct folio *folio, size_t offset,
						 size_t bytes, struct iov_iter *iter)
{
	size_t done = 0, n, len;

	do {
		len = min_t(size_t, bytes - done, PAGE_SIZE - offset_in_page(offset + done));
		n = copy_page_from_iter_atomic(folio_page(folio, (offset + done) >> PAGE_SHIFT),
					       offset_in_page(offset + done), len, iter);
		done += n;
	} while (n == len && done < bytes);
	return done;
}
#endif

#ifdef SG_MITER_LOCAL	/* 6.15 */
#define KMB_API_MEMCPY_FOLIO	KMB_HERE
#define KMB_MITER_LOCAL		KMB_HERE
#define KMB_SG_MITER_LOCAL	SG_MITER_LOCAL
#define KMB_API_ZERO_USER	"went after 6.12, this kernel may be without"
#define zero_user(page, start, size)			do { } while (0)
#else
#define KMB_MITER_LOCAL		"comes with 6.15, this kernel is older"
#define KMB_SG_MITER_LOCAL	0
#define KMB_API_MEMCPY_FOLIO	"comes with 6.15 or before, this kernel is older"
#define KMB_API_ZERO_USER	KMB_HERE
#define memcpy_folio(to, to_offset, from, from_offset, len)	do { } while (0)
#endif

#ifdef PROCESS_PAGES_NON_PREEMPT_BATCH	/* 7.0 */
#define KMB_API_CLEAR_PAGES	KMB_HERE
#define KMB_API_FROM_PANIC	KMB_HERE
#define KMB_SGLIST		KMB_HERE
#else
#define KMB_SGLIST		"comes with 7.0 or before, this kernel is older"
#define memcpy_sglist(dst, src, nbytes)			((void)(dst), (void)(src))
#define KMB_API_CLEAR_PAGES	"comes with 7.0, this kernel is older"
#define KMB_API_FROM_PANIC	"comes with 7.0 or before, this kernel is older"
#define clear_user_highpages(page, vaddr, pages)	do { } while (0)
static inline void *kmap_local_page_try_from_panic(struct page *page)
{
	return PageHighMem(page) ? NULL : page_address(page);
}
#endif

/* 6.12: an iov_iter over a queue of folios */
#ifdef FOP_UNSIGNED_OFFSET
#include <linux/folio_queue.h>

#define KMB_FOLIOQ		KMB_HERE

struct kmb_folioq {
	struct folio_queue queue;
};

static inline void kmb_iov_iter_folioq(struct iov_iter *iter, struct kmb_folioq *q,
				       unsigned int direction, struct folio *first,
				       struct folio *second, size_t at, size_t len)
{
	memset(q, 0, sizeof(*q));
	folioq_append(&q->queue, first);
	folioq_append(&q->queue, second);
	iov_iter_folio_queue(iter, direction, &q->queue, 1, at, len);
}
#else
#define KMB_FOLIOQ		"comes with 6.12, this kernel is older"

struct kmb_folioq {
};

static inline void kmb_iov_iter_folioq(struct iov_iter *iter, struct kmb_folioq *q,
				       unsigned int direction, struct folio *first,
				       struct folio *second, size_t at, size_t len)
{
}
#endif

/* 6.15: crypto's walk keeps the address, and moves on to the next piece by itself. */
#ifdef _CRYPTO_SCATTERWALK_H
static inline void kmb_scatterwalk_start(struct scatter_walk *walk, struct scatterlist *sg,
					 unsigned int pos)
{
#if defined(CRYPTO_ALG_REQ_VIRT) && IS_REACHABLE(CONFIG_CRYPTO_ALGAPI)
	/* In parts, the second one from amidst an entry on */
	scatterwalk_start(walk, sg);
	scatterwalk_skip(walk, pos / 2);
	scatterwalk_skip(walk, pos - pos / 2);
#else
	for (; pos > sg->length; sg = sg_next(sg))
		pos -= sg->length;
	scatterwalk_start(walk, sg);
	scatterwalk_advance(walk, pos);
#endif
}

#ifdef CRYPTO_ALG_REQ_VIRT
static inline unsigned int kmb_scatterwalk_next(struct scatter_walk *walk, unsigned int left,
						void **addr)
{
	unsigned int n = scatterwalk_next(walk, left);

	*addr = walk->__addr;
	return n;
}

static inline void kmb_scatterwalk_done(struct scatter_walk *walk, void *addr, unsigned int n,
					bool written, unsigned int left)
{
	if (written)
		scatterwalk_done_dst(walk, n);
	else
		scatterwalk_done_src(walk, n);
}
#else
static inline unsigned int kmb_scatterwalk_next(struct scatter_walk *walk, unsigned int left,
						void **addr)
{
	if (!scatterwalk_clamp(walk, left))
		scatterwalk_start(walk, sg_next(walk->sg));
	*addr = scatterwalk_map(walk);
	return scatterwalk_clamp(walk, left);
}

static inline void kmb_scatterwalk_done(struct scatter_walk *walk, void *addr, unsigned int n,
					bool written, unsigned int left)
{
	scatterwalk_unmap(addr);
	scatterwalk_advance(walk, n);
	scatterwalk_done(walk, written, left);
}
#endif
#endif

/* 6.13 brought lazy preemption, to some architectures. */
static inline bool kmb_preempt_model_lazy(void)
{
#ifdef CONFIG_ARCH_HAS_PREEMPT_LAZY
	return preempt_model_lazy();
#else
	return false;
#endif
}

/*
 * A page as if it were a device's memory, where such is mapped in slots. As what it
 * is, cached: the processor may not be told two things about one page.
 */
#if defined(CONFIG_HAVE_ATOMIC_IOMAP) && defined(CONFIG_HIGHMEM)
#include <linux/io-mapping.h>

#define KMB_IO_MAPS	KMB_HERE

#define KMB_PAGE_IO(page, protection)	\
	{ .base = page_to_phys(page), .size = PAGE_SIZE, .prot = (protection) }

static inline void *kmb_io_map_local(struct page *page, pgprot_t prot)
{
	struct io_mapping io = KMB_PAGE_IO(page, prot);

	return (void __force *)io_mapping_map_local_wc(&io, 0);
}

static inline void *kmb_io_map_atomic(struct page *page)
{
	struct io_mapping io = KMB_PAGE_IO(page, PAGE_KERNEL);

	return (void __force *)io_mapping_map_atomic_wc(&io, 0);
}

#define kmb_io_unmap_local(addr)	io_mapping_unmap_local((void __iomem __force *)(addr))
#define kmb_io_unmap_atomic(addr)	io_mapping_unmap_atomic((void __iomem __force *)(addr))
#else
#define KMB_IO_MAPS	"this kernel maps all of a device's memory at once"
#define kmb_io_map_local(page, prot)	page_address(page)
#define kmb_io_map_atomic(page)		page_address(page)
#define kmb_io_unmap_local(addr)	do { } while (0)
#define kmb_io_unmap_atomic(addr)	do { } while (0)
#endif

#endif /* _KMAP_BENCH_COMPAT_H */
