/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of maps. No include guard: it is included once for each thing that
 * is made of it.
 *
 * KMB_MAP(name, flags, needs, map, unmap)
 *
 * @map and @unmap are statements. They see @page, its @folio, the byte @pos in
 * the folio, and set or use @addr. KMB_AT_POS says that @addr is already the
 * byte and not the start of its page; KMB_FAILS that @addr may be NULL; KMB_ASKS
 * that the map sleeps where preemptible() says so.
 */

/* The loop itself, and what the maps are made of: nothing is mapped. */
KMB_MAP(none,			0, KMB_HERE,
	(void)0, (void)0)
KMB_MAP(preempt_toggle,		KMB_ROW_ATOMIC, KMB_HERE,
	preempt_disable(), preempt_enable())
KMB_MAP(migrate_toggle,		0, KMB_HERE,
	migrate_disable(), migrate_enable())
KMB_MAP(pagefault_toggle,	KMB_ROW_ATOMIC, KMB_HERE,
	pagefault_disable(), pagefault_enable())

KMB_MAP(page_address,		KMB_ROW_MAPS | KMB_ROW_LOWMEM, KMB_HERE,
	addr = page_address(page), (void)0)

KMB_MAP(kmap_local,		KMB_ROW_MAPS | KMB_ROW_SLOT, KMB_HERE,
	addr = kmap_local_page(page), kunmap_local(addr))
KMB_MAP(kmap_local_folio,	KMB_ROW_MAPS | KMB_ROW_SLOT | KMB_AT_POS, KMB_HERE,
	addr = kmap_local_folio(folio, pos), kunmap_local(addr))
KMB_MAP(kmap_local_pfn,		KMB_ROW_MAPS | KMB_ROW_SLOT, KMB_HERE,
	addr = kmap_local_pfn(page_to_pfn(page)), kunmap_local(addr))
KMB_MAP(kmap_local_prot,	KMB_ROW_MAPS | KMB_ROW_SLOT, KMB_HERE,
	addr = kmap_local_page_prot(page, PAGE_KERNEL), kunmap_local(addr))
KMB_MAP(kmap_local_core,	KMB_ROW_MAPS | KMB_ROW_SLOT | KMB_CORE,
	KMB_NEEDS(CONFIG_KMAP_LOCAL),
	addr = __kmap_local_page_prot(page, PAGE_KERNEL), kunmap_local_indexed(addr))

KMB_MAP(kmap_atomic,		KMB_ROW_MAPS | KMB_ROW_SLOT | KMB_ROW_ATOMIC, KMB_HERE,
	addr = kmap_atomic(page), kunmap_atomic(addr))
KMB_MAP(kmap_atomic_pfn,	KMB_ROW_MAPS | KMB_ROW_SLOT | KMB_ROW_ATOMIC, KMB_HERE,
	addr = kmap_atomic_pfn(page_to_pfn(page)), kunmap_atomic(addr))
KMB_MAP(local_as_atomic,	KMB_ROW_MAPS | KMB_ROW_SLOT | KMB_ROW_ATOMIC, KMB_HERE,
	preempt_disable(); pagefault_disable(); addr = kmap_local_page(page),
	kunmap_local(addr); pagefault_enable(); preempt_enable())

KMB_MAP(kmap,			KMB_ROW_MAPS | KMB_ROW_SLEEPS, KMB_HERE,
	addr = kmap(page), kunmap(page))
KMB_MAP(kmap_or_atomic,		KMB_ROW_MAPS | KMB_ROW_SLOT | KMB_ROW_ATOMIC | KMB_ASKS, KMB_HERE,
	addr = preemptible() ? kmap(page) : kmap_atomic(page),
	preemptible() ? kunmap(page) : __kunmap_atomic(addr))

KMB_MAP(vmap,			KMB_ROW_MAPS | KMB_ROW_SLEEPS | KMB_REAL | KMB_FAILS, KMB_HERE,
	addr = vmap(&page, 1, VM_MAP, PAGE_KERNEL), vunmap(addr))
