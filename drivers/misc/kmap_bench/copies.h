/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of copies: what is done while a page is mapped. No include guard:
 * it is included once for each thing that is made of it.
 *
 * KMB_COPY(name, flags, from, to, copy)
 *
 * @copy is a statement. It sees @addr, the mapped byte; @buf and @ubuf, the
 * kernel's and the caller's buffer for it; @len; the page and the byte in it
 * (@page, @pos, @off); @peer, a second page, @map to reach it by and @to for its
 * address; and @left, to add what a user copy did not copy. @from and @to say where the
 * bytes come from and end up: that is what verification goes by.
 */
KMB_COPY(none,		0,			NOWHERE, NOWHERE,
	 (void)0)
KMB_COPY(touch,		0,			NOWHERE, NOWHERE,
	 READ_ONCE(*(unsigned long *)PTR_ALIGN_DOWN(addr, sizeof(long))))
KMB_COPY(read,		KMB_ROW_DATA,		PAGE, BUF,
	 memcpy(buf, addr, len))
KMB_COPY(write,		KMB_ROW_DATA,		BUF, PAGE,
	 memcpy(addr, buf, len))
KMB_COPY(fill,		KMB_ROW_DATA,		BYTE, PAGE,
	 memset(addr, KMB_FILL_BYTE, len))
KMB_COPY(page_to_page,	KMB_ROW_DATA,		PAGE, PEER,
	 to = kmb_map(map, peer, pos); kmb_copy_mapped(map, to, addr, len);
	 kmb_unmap(map, peer, to))
KMB_COPY(helper_from,	KMB_ROW_DATA | KMB_ROW_OWN_MAP, PAGE, BUF,
	 memcpy_from_page(buf, page, off, len))
KMB_COPY(helper_to,	KMB_ROW_DATA | KMB_ROW_OWN_MAP, BUF, PAGE,
	 memcpy_to_page(page, off, buf, len))
KMB_COPY(from_user,	KMB_ROW_DATA | KMB_ROW_USER, USER, PAGE,
	 left += copy_from_user(addr, ubuf, len))
KMB_COPY(to_user,	KMB_ROW_DATA | KMB_ROW_USER, PAGE, USER,
	 left += copy_to_user(ubuf, addr, len))
