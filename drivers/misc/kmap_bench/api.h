/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of functions that map pages for their callers. No include guard: it
 * is included once for each thing that is made of it.
 *
 * KMB_API(topic, name, flags, needs, want, statement)
 *
 * @topic is the check that calls it, @want the reference that it is compared
 * with. @statement sees the call @k (struct kmb_call), may use @addr, and
 * leaves in k->done what the function says that it has done.
 */

/* Maps, by what is written through them; kmap() leaves the page an address for those behind it. */
KMB_API(map, kmap_atomic,		0, KMB_HERE, put,
	addr = kmap_atomic(k->to); kmb_put(k, addr); kunmap_atomic(addr))
KMB_API(map, kmap_atomic_prot,		0, KMB_HERE, put,
	addr = kmap_atomic_prot(k->to, PAGE_KERNEL); kmb_put(k, addr); kunmap_atomic(addr))
KMB_API(map, kmap_atomic_pfn,		0, KMB_HERE, put,
	addr = kmap_atomic_pfn(page_to_pfn(k->to)); kmb_put(k, addr); kunmap_atomic(addr))
KMB_API(map, kmap_local_page,		0, KMB_HERE, put,
	addr = kmap_local_page(k->to); kmb_put(k, addr); kunmap_local(addr))
KMB_API(map, kmap_local_page_prot,	0, KMB_HERE, put,
	addr = kmap_local_page_prot(k->to, PAGE_KERNEL); kmb_put(k, addr); kunmap_local(addr))
KMB_API(map, kmap_local_pfn,		0, KMB_HERE, put,
	addr = kmap_local_pfn(page_to_pfn(k->to)); kmb_put(k, addr); kunmap_local(addr))
KMB_API(map, io_mapping_map_local_wc,	0, KMB_IO_MAPS, put,
	addr = kmb_io_map_local(k->to, PAGE_KERNEL); kmb_put(k, addr); kmb_io_unmap_local(addr))
KMB_API(map, io_mapping_map_atomic_wc,	0, KMB_IO_MAPS, put,
	addr = kmb_io_map_atomic(k->to); kmb_put(k, addr); kmb_io_unmap_atomic(addr))
KMB_API(map, kmap_local_folio,		KMB_API_FOLIO, KMB_HERE, put,
	kmb_put_folio(k, kmb_unmap_folio))
KMB_API(map, folio_release_kmap,	KMB_API_FOLIO, KMB_API_FOLIO_COPIES, put,
	kmb_put_folio(k, kmb_release_folio))
KMB_API(map, kmap,			KMB_API_KMAP, KMB_HERE, put,
	addr = kmap(k->to); kmb_put(k, addr); kunmap(k->to))
KMB_API(map, kmap_local_page_try_from_panic, 0, KMB_API_FROM_PANIC, put,
	kmb_put_from_panic(k))

/* Copies of a part of a page, and of whole ones */
KMB_API(copy, memcpy_page,		KMB_API_PAIR, KMB_HERE, copy,
	memcpy_page(k->to, k->at, k->from, k->src, k->len))
KMB_API(copy, memcpy_from_page,		0, KMB_HERE, get,
	memcpy_from_page(k->buf, k->to, k->at, k->len))
KMB_API(copy, memcpy_to_page,		0, KMB_HERE, put,
	memcpy_to_page(k->to, k->at, k->buf, k->len))
KMB_API(copy, copy_highpage,		KMB_API_WHOLE, KMB_HERE, copy,
	copy_highpage(k->to, k->from))
KMB_API(copy, copy_user_highpage,	KMB_API_WHOLE, KMB_HERE, copy,
	copy_user_highpage(k->to, k->from, 0, NULL))
KMB_API(copy, copy_mc_user_highpage,	KMB_API_WHOLE, KMB_HERE, copy,
	k->done -= copy_mc_user_highpage(k->to, k->from, 0, NULL))
KMB_API(copy, copy_mc_highpage,		KMB_API_WHOLE, KMB_API_FOLIO_COPIES, copy,
	k->done -= copy_mc_highpage(k->to, k->from))

/* What fills a page, and the two segments in all orders */
KMB_API(zero, memset_page,		0, KMB_HERE, fill,
	memset_page(k->to, k->at, KMB_FILL_BYTE, k->len))
KMB_API(zero, memzero_page,		0, KMB_HERE, zero,
	memzero_page(k->to, k->at, k->len))
KMB_API(zero, clear_highpage,		KMB_API_WHOLE, KMB_HERE, zero,
	clear_highpage(k->to))
KMB_API(zero, clear_user_highpage,	KMB_API_WHOLE, KMB_HERE, zero,
	clear_user_highpage(k->to, 0))
KMB_API(zero, clear_highpage_kasan_tagged, KMB_API_WHOLE, KMB_HERE, zero,
	clear_highpage_kasan_tagged(k->to))
KMB_API(zero, clear_user_highpages,	KMB_API_FOLIO | KMB_API_WHOLE, KMB_API_CLEAR_PAGES, zero,
	clear_user_highpages(k->to, 0, k->len >> PAGE_SHIFT))
KMB_API(zero, zero_user,		0, KMB_API_ZERO_USER, zero,
	zero_user(k->to, k->at, k->len))
KMB_API(zero, zero_user_segment,	KMB_API_FOLIO, KMB_HERE, zero,
	zero_user_segment(k->to, k->at, k->at + k->len))
KMB_API(zero, zero_user_segments,	KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, zero_both,
	zero_user_segments(k->to, k->at, k->at + k->len, k->src, k->src + k->len))
KMB_API(zero, zero_user_segments_page,	KMB_API_PAIR, KMB_HERE, zero_both,
	zero_user_segments(k->to, k->at, k->at + k->len, k->src, k->src + k->len))
KMB_API(zero, zero_user_segments_first,	KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, zero,
	zero_user_segments(k->to, k->at, k->at + k->len, k->src + 1, k->src / 2))
KMB_API(zero, zero_user_segments_second, KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, zero,
	zero_user_segments(k->to, k->src + 1, k->src / 2, k->at, k->at + k->len))

/* Functions of folios, which cross the pages of them */
KMB_API(folio, folio_zero_range,	KMB_API_FOLIO, KMB_HERE, zero,
	folio_zero_range(k->to_folio, k->at, k->len))
KMB_API(folio, folio_zero_segment,	KMB_API_FOLIO, KMB_HERE, zero,
	folio_zero_segment(k->to_folio, k->at, k->at + k->len))
KMB_API(folio, folio_zero_segments,	KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, zero_both,
	folio_zero_segments(k->to_folio, k->at, k->at + k->len, k->src, k->src + k->len))

/* Those that map one page after the other: watched.c has them on maps of its own as well. */
KMB_API(walk, memcpy_from_folio,	KMB_API_FOLIO, KMB_API_FOLIO_COPIES, get,
	memcpy_from_folio(k->buf, k->to_folio, k->at, k->len))
KMB_API(walk, memcpy_to_folio,		KMB_API_FOLIO, KMB_API_FOLIO_COPIES, put,
	memcpy_to_folio(k->to_folio, k->at, k->buf, k->len))
KMB_API(walk, memcpy_from_file_folio,	KMB_API_FOLIO, KMB_API_FOLIO_COPIES, get,
	kmb_get_file(k))
KMB_API(walk, folio_zero_tail,		KMB_API_FOLIO | KMB_API_TO_END, KMB_API_FOLIO_COPIES,
	zero,
	kmb_zero_tail(k))
KMB_API(walk, folio_fill_tail,		KMB_API_FOLIO | KMB_API_TAIL, KMB_API_FOLIO_COPIES,
	put_zero,
	folio_fill_tail(k->to_folio, k->at, k->buf, k->len))
KMB_API(walk, memcpy_folio,		KMB_API_PAIR | KMB_API_FOLIO | KMB_API_IF_HIGHMEM,
	KMB_API_MEMCPY_FOLIO, copy,
	memcpy_folio(k->to_folio, k->at, k->from_folio, k->src, k->len))

/* From and to what an iov_iter walks along: a buffer, or the pages of a bio_vec */
KMB_API(iov, copy_page_to_iter,		KMB_API_FOLIO, KMB_HERE, get,
	k->done = copy_page_to_iter(kmb_own_page(k), offset_in_page(k->at), k->len,
				    kmb_over_buf(k, ITER_DEST)))
KMB_API(iov, copy_page_from_iter,	KMB_API_FOLIO, KMB_HERE, put,
	k->done = copy_page_from_iter(kmb_own_page(k), offset_in_page(k->at), k->len,
				      kmb_over_buf(k, ITER_SOURCE)))
KMB_API(iov, copy_page_to_iter_bvec,	KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, copy,
	k->done = copy_page_to_iter(k->from, k->src, k->len, kmb_over_to(k, ITER_DEST)))
KMB_API(iov, copy_page_from_iter_bvec,	KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, copy,
	k->done = copy_page_from_iter(k->to, k->at, k->len, kmb_over_from(k)))
KMB_API(iov, copy_page_to_iter_nofault,	KMB_API_FOLIO, KMB_API_FOLIO_COPIES, get,
	k->done = copy_page_to_iter_nofault(k->to, k->at, k->len, kmb_over_buf(k, ITER_DEST)))
KMB_API(iov, copy_folio_from_iter_atomic, KMB_API_FOLIO, KMB_HERE, put,
	k->done = copy_folio_from_iter_atomic(k->to_folio, k->at, k->len,
					      kmb_over_buf(k, ITER_SOURCE)))
KMB_API(iov, copy_folio_from_iter_atomic_bvec, KMB_API_PAIR | KMB_API_FOLIO, KMB_HERE, copy,
	k->done = copy_folio_from_iter_atomic(k->to_folio, k->at, k->len, kmb_over_from(k)))
KMB_API(iov, copy_to_iter,		KMB_API_FOLIO, KMB_HERE, put,
	k->done = copy_to_iter(k->buf, k->len, kmb_over_to(k, ITER_DEST)))
KMB_API(iov, copy_from_iter,		KMB_API_FOLIO, KMB_HERE, get,
	k->done = copy_from_iter(k->buf, k->len, kmb_over_to(k, ITER_SOURCE)))
KMB_API(iov, iov_iter_zero,		KMB_API_FOLIO, KMB_HERE, zero,
	k->done = iov_iter_zero(k->len, kmb_over_to(k, ITER_DEST)))
KMB_API(iov, copy_to_iter_folioq,	KMB_API_FOLIO, KMB_FOLIOQ, put,
	k->done = copy_to_iter(k->buf, k->len, kmb_over_folioq(k, ITER_DEST)))
KMB_API(iov, copy_from_iter_folioq,	KMB_API_FOLIO, KMB_FOLIOQ, get,
	k->done = copy_from_iter(k->buf, k->len, kmb_over_folioq(k, ITER_SOURCE)))
