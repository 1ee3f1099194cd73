/* SPDX-License-Identifier: GPL-2.0-only */
/* The only file that knows kernel versions; 6.1 to 7.3. */
#ifndef _KMAP_BENCH_COMPAT_H
#define _KMAP_BENCH_COMPAT_H

#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>

/* The core is not declared where it is not built; its row is never run there. */
#ifndef CONFIG_KMAP_LOCAL
#define __kmap_local_page_prot(page, prot)	page_address(page)
#define kunmap_local_indexed(addr)		((void)(addr))
#endif

/* Room for kmap() where it is arithmetic */
#ifndef CONFIG_HIGHMEM
#define LAST_PKMAP	0
#endif

/* 6.14: creating a worker no longer starts it. */
#ifdef kthread_run_worker
#define kmb_kthread_worker(name)	kthread_run_worker(0, name)
#else
#define kmb_kthread_worker(name)	kthread_create_worker(0, name)
#endif

/* Later than 6.12: iterators map by kmap_local, whose addresses is_kmap_addr() knows. */
#ifdef SG_MITER_LOCAL
#define KMB_SG_MITER_LOCAL		SG_MITER_LOCAL
#define KMB_USERCOPY_KNOWS_LOCAL	1
#else
#define KMB_SG_MITER_LOCAL		0
#define KMB_USERCOPY_KNOWS_LOCAL	0
#endif

/* 6.18: generators of KUnit's parameters are told which test wants them. */
#ifdef KUNIT_CASE_PARAM_WITH_INIT
#define KMB_KUNIT_TEST	struct kunit *test,
#else
#define KMB_KUNIT_TEST
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

#endif /* _KMAP_BENCH_COMPAT_H */
