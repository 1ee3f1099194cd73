/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of checks share; each of them ends with its rows. */
#ifndef _KMAP_BENCH_CHECKS_H
#define _KMAP_BENCH_CHECKS_H

#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "compat.h"
#include "kmap_bench.h"

/* kmap_local takes the address that kmap() gave, where there is one, and no slot. */
#ifdef ARCH_NEEDS_KMAP_HIGH_GET
#define KMB_KMAP_HIGH_GET	1
#else
#define KMB_KMAP_HIGH_GET	0
#endif

#define KMB_CHECK_PAGES		64	/* of its pool, at least */

/* One check at work */
struct kmb_checker {
	struct kmb_pool pool;
	unsigned int depth;	/* mappings to hold at a time, at most */
	char *reason;
	char *seen;		/* what was really used, for people */
	bool known;		/* the kernel's own mistake, and written up */
	bool lost;		/* somebody stuck for ever has the pages */
};

struct kmb_check_row {
	struct kmb_row row;
	int (*fn)(struct kmb_checker *c);
	const char *splat;	/* that a kernel owes when it is broken so */
};

struct kmb_check_set {
	const struct kmb_check_row *rows;
	unsigned int nr;
};

#define KMB_CHECK_ROW(name, flags, needs, proves)	\
	{ { #name, proves, flags, needs }, kmb_check_##name }
/* Breaks the kernel on purpose; @splat is a glob over its log, NULL where it need not notice */
#define KMB_BREAK_ROW(name, needs, splat, proves)	\
	{ { "break_" #name, proves, KMB_ROW_DESTRUCTIVE, needs }, kmb_break_##name, splat }

#define KMB_FAIL(c, ...)	\
	(snprintf((c)->reason, KMB_REASON_LEN, __VA_ARGS__), -EIO)
#define KMB_SKIP(c, ...)	\
	(snprintf((c)->reason, KMB_REASON_LEN, __VA_ARGS__), -EOPNOTSUPP)
#define KMB_SAW(c, ...)		snprintf((c)->seen, KMB_EXPR_LEN, __VA_ARGS__)

/* What a page's content is, by way of an alias */
static inline void *kmb_truth(const struct kmb_checker *c, unsigned int page)
{
	return c->pool.alias + ((size_t)page << PAGE_SHIFT);
}

static inline struct page *kmb_check_page(const struct kmb_checker *c, unsigned int page)
{
	return c->pool.pages[page];
}

static inline unsigned long kmb_switches(void)
{
	return current->nvcsw + current->nivcsw;
}

/* Sleep until really switched; a tick that ends comes before there is a switch. */
static inline bool kmb_sleep(void)
{
	unsigned long before = kmb_switches(), tries;

	for (tries = 0; tries < 100 && kmb_switches() == before; tries++)
		schedule_timeout_uninterruptible(1);
	return kmb_switches() != before;
}

#define KMB_LINE		64	/* bytes that are compared at a time */

/* What kmb_line_wrong() says of a mapping that is not there */
extern const char * const kmb_gone;

const char *kmb_line_wrong(const struct kmb_checker *c, const void *addr, unsigned int page,
			   unsigned int at);
const char *kmb_wrong(const struct kmb_checker *c, const void *addr, unsigned int page);
int kmb_all_show(struct kmb_checker *c, void **addr, unsigned int nr,
		 unsigned int first, const char *when);
/* A failure that unmodified kernels show, for a reason in the documentation */
__printf(2, 3) int kmb_known(struct kmb_checker *c, const char *format, ...);
bool kmb_takes_slot(const struct kmb_checker *c);
bool kmb_all_take_slots(const struct kmb_checker *c);

/* The core maps more than kmap_local_page() has it map: all pages, where that is forced. */
static inline bool kmb_core_maps(const struct kmb_checker *c)
{
	return IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP) || kmb_takes_slot(c);
}

static inline void *kmb_core_map(const struct kmb_checker *c, unsigned int page)
{
	return __kmap_local_page_prot(kmb_check_page(c, page), PAGE_KERNEL);
}

static inline bool kmb_shows(const struct kmb_checker *c, const void *addr, unsigned int page)
{
	return !kmb_wrong(c, addr, page);
}

/* A file of checks each, in the order in which they are run */
extern const struct kmb_check_set kmb_checks_slots;
extern const struct kmb_check_set kmb_checks_contract;
extern const struct kmb_check_set kmb_checks_core;
extern const struct kmb_check_set kmb_checks_address;
extern const struct kmb_check_set kmb_checks_switch;
extern const struct kmb_check_set kmb_checks_tlb;
extern const struct kmb_check_set kmb_checks_irq;
extern const struct kmb_check_set kmb_checks_stress;
extern const struct kmb_check_set kmb_checks_pkmap;
extern const struct kmb_check_set kmb_checks_api;
extern const struct kmb_check_set kmb_checks_iter;
extern const struct kmb_check_set kmb_checks_access;
extern const struct kmb_check_set kmb_breakages;

#endif /* _KMAP_BENCH_CHECKS_H */
