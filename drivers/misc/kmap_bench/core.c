// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core of kmap_local, entered where the functions above it do arithmetic
 * only: does what it unmaps leave the TLB? Only where nobody has highmem has
 * that been forgotten; Documentation/kmapbench/findings.rst has the story. On
 * kernels with highmem it is for the checks to find out, not for us to avoid.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "kmap_bench.h"

#define KMB_CORE_TRIES	64

static const char *kmb_fault __ro_after_init;

/* The first word of a page, as the core's mapping shows it */
static u32 kmb_core_peek(struct page *page)
{
	void *addr = __kmap_local_pfn_prot(page_to_pfn(page), PAGE_KERNEL);
	u32 word;

	if (copy_from_kernel_nofault(&word, addr, sizeof(word)))
		word = 0;
	kunmap_local_indexed(addr);
	return word;
}

/* Two pages in turn in one slot. Nothing may come between and flush by chance. */
static bool __init kmb_core_is_stale(struct page *one, struct page *two)
{
	unsigned long flags;
	unsigned int i;
	bool stale = false;

	*(u32 *)page_address(one) = 1;
	*(u32 *)page_address(two) = 2;
	local_irq_save(flags);
	for (i = 0; !stale && i < KMB_CORE_TRIES; i++)
		stale = kmb_core_peek(one) != 1 || kmb_core_peek(two) != 2;
	local_irq_restore(flags);
	return stale;
}

/* Reads only: what a stale translation leads to may belong to others by then. */
int __init kmb_core_init(void)
{
	struct page *one, *two;
	int ret = -ENOMEM;

	if (!IS_ENABLED(CONFIG_KMAP_LOCAL) || IS_ENABLED(CONFIG_HIGHMEM))
		return 0;
	one = alloc_page(GFP_KERNEL);
	two = alloc_page(GFP_KERNEL);
	if (one && two) {
		if (kmb_core_is_stale(one, two))
			kmb_fault = "unmapping flushes no TLB on this kernel (see findings)";
		ret = 0;
	}
	if (two)
		__free_page(two);
	if (one)
		__free_page(one);
	return ret;
}

/**
 * kmb_core_fault() - say why mappings by the core cannot be trusted
 *
 * Return: a sentence, or NULL where they can.
 */
const char *kmb_core_fault(void)
{
	return kmb_fault;
}
