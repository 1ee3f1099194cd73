// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of checks: what the mappings promise, each with pages of one kind.
 *
 * Each page has content of its own, written through a vmap() alias that shares
 * no code with kmap; a mapping is right when it shows what the alias shows. A
 * check that did not get its context switch, its slot or its wait says so and
 * fails: nothing passes that was not seen. The rows are at the end of each of
 * the files checks_*.c.
 */
#include <linux/highmem.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "checks.h"
#include "compat.h"

static bool destructive;
module_param(destructive, bool, 0444);
MODULE_PARM_DESC(destructive, "allow checks that break the kernel on purpose");

static const struct kmb_check_set * const kmb_check_sets[] = {
	&kmb_checks_slots,
	&kmb_checks_contract,
	&kmb_checks_core,
	&kmb_checks_address,
	&kmb_checks_switch,
	&kmb_checks_tlb,
	&kmb_checks_irq,
	&kmb_checks_stress,
	&kmb_checks_pkmap,
	&kmb_checks_api,
	&kmb_checks_iter,
	&kmb_checks_access,
	&kmb_breakages,
};

static void kmb_pages_fill(const struct kmb_checker *c)
{
	u32 i, words = (2 * c->pool.nr) << (PAGE_SHIFT - 2), *at = c->pool.alias;

	for (i = 0; i < words; i++)
		at[i] = (i + 1) * 0x9e3779b1U;
}

int kmb_known(struct kmb_checker *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->reason, KMB_REASON_LEN, format, args);
	va_end(args);
	c->known = true;
	return -EIO;
}

const char * const kmb_gone = "is gone";

/* What is wrong with a line of a mapping, at byte @at: NULL if nothing. */
const char *kmb_line_wrong(const struct kmb_checker *c, const void *addr, unsigned int page,
			   unsigned int at)
{
	char line[KMB_LINE];

	/* One that is gone is no oops. */
	if (copy_from_kernel_nofault(line, addr + at, sizeof(line)))
		return kmb_gone;
	if (memcmp(line, kmb_truth(c, page) + at, sizeof(line)))
		return "shows other data";
	return NULL;
}

const char *kmb_wrong(const struct kmb_checker *c, const void *addr, unsigned int page)
{
	const char *wrong = NULL;
	unsigned int at;

	for (at = 0; !wrong && at < PAGE_SIZE; at += KMB_LINE)
		wrong = kmb_line_wrong(c, addr, page, at);
	return wrong;
}

/* All live mappings show their own pages: addr[i] is of page first + i. */
int kmb_all_show(struct kmb_checker *c, void **addr, unsigned int nr,
		 unsigned int first, const char *when)
{
	const char *wrong;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		wrong = kmb_wrong(c, addr[i], first + i);
		if (wrong)
			return KMB_FAIL(c, "mapping %u of %u %s %s", i + 1, nr, wrong, when);
	}
	return 0;
}

/* Does mapping such a page take a slot? Only then is there machinery to check. */
static bool kmb_page_takes_slot(struct page *page)
{
	if (!IS_ENABLED(CONFIG_KMAP_LOCAL))
		return false;
	return PageHighMem(page) ||
	       (IS_ENABLED(CONFIG_HIGHMEM) &&
		IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP));
}

bool kmb_takes_slot(const struct kmb_checker *c)
{
	return kmb_page_takes_slot(kmb_check_page(c, 0));
}

/* The same of all the pages: pages of any kind may be mixed. */
bool kmb_all_take_slots(const struct kmb_checker *c)
{
	unsigned int i;

	for (i = 0; i < 2 * c->pool.nr; i++)
		if (!kmb_page_takes_slot(kmb_check_page(c, i)))
			return false;
	return true;
}

static const struct kmb_check_row *kmb_check_row(unsigned int index)
{
	unsigned int set;

	for (set = 0; set < ARRAY_SIZE(kmb_check_sets); set++) {
		if (index < kmb_check_sets[set]->nr)
			return &kmb_check_sets[set]->rows[index];
		index -= kmb_check_sets[set]->nr;
	}
	return NULL;
}

const struct kmb_row *kmb_check_list(unsigned int index)
{
	const struct kmb_check_row *check = kmb_check_row(index);

	return check ? &check->row : NULL;
}

/* What the kernel's log must say after that check, NULL where it need not notice */
const char *kmb_check_splat(unsigned int index)
{
	return kmb_check_row(index)->splat;
}

/**
 * kmb_check_legal() - decide whether a check may run, and say why not
 * @check: row of the list
 * @pages: row of kmb_pages
 * @reason: KMB_REASON_LEN bytes for a sentence
 *
 * Return: 0, -ENOENT without such rows, -EINVAL for pages that take an order,
 * -EPERM for what breaks a kernel that nobody gave up, -EOPNOTSUPP for what
 * this kernel or machine does not have.
 */
int kmb_check_legal(unsigned int check, unsigned int pages, char *reason)
{
	const struct kmb_row *row = kmb_check_list(check);
	const struct kmb_row *kind = kmb_row(KMB_LIST_PAGES, pages);
	const char *why = NULL;

	if (!row || !kind)
		return -ENOENT;
	if (kind->flags & KMB_ROW_ORDER)
		return -EINVAL;
	if (row->flags & KMB_ROW_DESTRUCTIVE && !destructive) {
		strscpy(reason,
			"breaks the kernel on purpose: load kmap_bench with destructive=1, on a machine to throw away",
			KMB_REASON_LEN);
		return -EPERM;
	}
	if (kind->flags & KMB_ROW_HIGHMEM && !totalhigh_pages())
		why = "this machine has no highmem";
	why = row->absent ?: kind->absent ?: why;
	if (!why)
		return 0;
	strscpy(reason, why, KMB_REASON_LEN);
	return -EOPNOTSUPP;
}

/**
 * kmb_check() - run one check
 * @index: row of the list
 * @kind: row of kmb_pages, of pages of order 0
 * @reason: KMB_REASON_LEN bytes for what is wrong
 * @seen: KMB_EXPR_LEN bytes for what was really used
 * @known: whether a failure is the kernel's own mistake, and known
 *
 * Return: 0, -EIO with a reason when a promise was broken, -EOPNOTSUPP with
 * one when this kernel cannot show it, or what kmb_check_legal() says.
 */
int kmb_check(unsigned int index, unsigned int kind, char *reason, char *seen, bool *known)
{
	static bool lost;
	struct kmb_checker c = { .reason = reason, .seen = seen };
	/* kmap checks need more pages than PKMAP has room for. */
	struct kmb_shape shape = {
		.pool = max_t(u32, LAST_PKMAP, KMB_CHECK_PAGES), .node = NUMA_NO_NODE,
	};
	struct kmb_state before, after;
	int ret;

	ret = kmb_check_legal(index, kind, reason);
	if (ret)
		return ret;
	if (READ_ONCE(lost))
		return KMB_SKIP(&c, "not tried: an earlier one has tasks that do not come back");
	c.depth = min_t(unsigned int, kmb_nest_limit(), KMB_MAX_NEST);
	ret = kmb_pool_alloc(&c.pool, kind, &shape, reason) ?: kmb_pool_alias(&c.pool);
	if (!ret) {
		kmb_pages_fill(&c);
		kmb_state_get(&before);
		ret = kmb_check_row(index)->fn(&c);
		kmb_state_get(&after);
		/* What breaks the kernel leaves that to the log to say. */
		if (!ret && !(kmb_check_list(index)->flags & KMB_ROW_DESTRUCTIVE) &&
		    !kmb_state_same(&before, &after, reason))
			ret = -EIO;
	}
	if (c.lost)
		WRITE_ONCE(lost, true);
	else
		kmb_pool_free(&c.pool);
	*known = c.known;
	return ret;
}
