// SPDX-License-Identifier: GPL-2.0-only
/* The checks as a KUnit suite: each row with each kind of pages is a parameter. */
#include <kunit/test.h>

#include "compat.h"
#include "kmap_bench.h"

#define KMB_NR_KINDS	16	/* of pages, at most */

/* A parameter is its own address: check, kind and 1, as NULL ends them. */
static unsigned int kmb_param_check(const void *param)
{
	return ((unsigned long)param - 1) / KMB_NR_KINDS;
}

static unsigned int kmb_param_kind(const void *param)
{
	return ((unsigned long)param - 1) % KMB_NR_KINDS;
}

static bool kmb_param_wanted(unsigned int check, unsigned int kind)
{
	const struct kmb_row *row = kmb_row(KMB_LIST_CHECKS, check);
	const struct kmb_row *pages = kmb_row(KMB_LIST_PAGES, kind);

	return pages && !(pages->flags & KMB_ROW_ORDER) && !(row->flags & KMB_ROW_DESTRUCTIVE);
}

static const void *kmb_params(KMB_KUNIT_TEST const void *prev, char *desc)
{
	unsigned long next = (unsigned long)prev + 1;
	unsigned int check, kind;

	for (;; next++) {
		check = kmb_param_check((void *)next);
		kind = kmb_param_kind((void *)next);
		if (!kmb_row(KMB_LIST_CHECKS, check))
			return NULL;
		if (!kmb_param_wanted(check, kind))
			continue;
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s.%s",
			 kmb_row(KMB_LIST_CHECKS, check)->name,
			 kmb_row(KMB_LIST_PAGES, kind)->name);
		return (void *)next;
	}
}

static void kmb_kunit_check(struct kunit *test)
{
	char *reason = kunit_kzalloc(test, KMB_REASON_LEN + KMB_EXPR_LEN, GFP_KERNEL);
	char *seen = reason + KMB_REASON_LEN;
	bool known = false;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, reason);
	ret = kmb_check(kmb_param_check(test->param_value), kmb_param_kind(test->param_value),
			reason, seen, &known);
	if (*seen)
		kunit_info(test, "%s\n", seen);
	if (ret == -EOPNOTSUPP)
		kunit_skip(test, "%s", reason);
	if (known)
		kunit_skip(test, "expected to fail: %s", reason);
	if (ret)
		KUNIT_FAIL(test, "error %d: %s\n", ret, reason);
}

static struct kunit_case kmb_kunit_cases[] = {
	KUNIT_CASE_PARAM(kmb_kunit_check, kmb_params),
	{}
};

static struct kunit_suite kmb_kunit_suite = {
	.name = "kmap_bench",
	.test_cases = kmb_kunit_cases,
};

kunit_test_suite(kmb_kunit_suite);
