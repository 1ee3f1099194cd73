// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the core by its own entry, which takes a slot for any page: lowmem
 * without forced mappings, and kernels without highmem, where kmap_local_page()
 * and its like are arithmetic.
 */
#include <linux/highmem.h>
#include <linux/sched.h>

#include "checks.h"
#include "compat.h"

static void *kmb_pfn_map(const struct kmb_checker *c, unsigned int page)
{
	return __kmap_local_pfn_prot(page_to_pfn(kmb_check_page(c, page)), PAGE_KERNEL);
}

/* Only reads: what a stale translation leads to is not ours to write to. */
static int kmb_check_core_reuse(struct kmb_checker *c)
{
	unsigned int i, same = 0, stale = 0;
	void *last = NULL;

	for (i = 0; i < KMB_CHECK_PAGES; i++) {
		void *addr = kmb_pfn_map(c, i);

		stale += !kmb_shows(c, addr, i);
		kunmap_local_indexed(addr);
		same += addr == last;
		last = addr;
	}
	KMB_SAW(c, "a slot used again at once %u times, %u pages were wrong", same, stale);
	if (!same)
		return KMB_FAIL(c, "no slot was ever used again at once");
	if (stale && !IS_ENABLED(CONFIG_HIGHMEM))
		return kmb_known(c, "%u of %u pages are not their own: %s", stale, i,
				 "without HIGHMEM the core misses x86's TLB flush");
	if (stale)
		return KMB_FAIL(c, "%u of %u pages show what their slot showed before", stale, i);
	return 0;
}

/* To the limit, asleep there, and down again */
static int kmb_check_core_depth(struct kmb_checker *c)
{
	unsigned long switches = kmb_switches();
	void *addr[KMB_MAX_NEST];
	unsigned int n;
	int ret = 0;

	if (kmb_core_fault())
		return KMB_SKIP(c, "%s", kmb_core_fault());
	for (n = 0; !ret && n < c->depth; n++) {
		addr[n] = kmb_pfn_map(c, n);
		if (addr[n] == page_address(kmb_check_page(c, n)))
			ret = KMB_FAIL(c, "mapping %u took no slot", n + 1);
		ret = ret ?: kmb_all_show(c, addr, n + 1, 0, "as more are made");
	}
	if (!ret) {
		schedule_timeout_uninterruptible(1);
		switches = kmb_switches() - switches;
		KMB_SAW(c, "%u mappings at a time, %lu switches", n, switches);
		ret = switches ? kmb_all_show(c, addr, n, 0, "after a switch") :
				 KMB_FAIL(c, "slept and was never switched out");
	}
	while (n--) {
		kunmap_local_indexed(addr[n]);
		if (!ret)
			ret = kmb_all_show(c, addr, n, 0, "after one above it was taken down");
	}
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(core_reuse, 0, KMB_NEEDS(CONFIG_KMAP_LOCAL),
		      "a slot used again shows its new page, by the core's own entry"),
	KMB_CHECK_ROW(core_depth, 0, KMB_NEEDS(CONFIG_KMAP_LOCAL),
		      "every depth shows its page and outlives a switch, by the core's own entry"),
};

const struct kmb_check_set kmb_checks_core = { kmb_rows, ARRAY_SIZE(kmb_rows) };
