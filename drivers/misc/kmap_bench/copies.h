/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of copies: what is done while a page is mapped. No include guard:
 * it is included once for each thing that is made of it.
 *
 * KMB_COPY(name, flags, from, to, copy)
 *
 * @copy is a statement. It sees @addr, the mapped byte; @buf and @ubuf, the
 * kernel's and the caller's buffer for it; @fixed and @user, the caller's as a
 * registered one and the byte in it; @len; the page and the byte in it
 * (@page, @own, @pos, @off); @peer, a second page, @map to reach it by and @to for its
 * address; @left, to add what a user copy did not copy; and @slow, to count slow paths.
 * @from and @to say where the bytes come from and end up: that is what
 * verification goes by. With KMB_ROW_UNMAPS the statement unmaps the page, with
 * KMB_PAGELESS it takes no @addr.
 */
KMB_COPY(none,		KMB_PAGELESS,		NOWHERE, NOWHERE,
	 (void)0)
KMB_COPY(touch,		0,			NOWHERE, NOWHERE,
	 READ_ONCE(*(unsigned long *)PTR_ALIGN_DOWN(addr, sizeof(long))))
KMB_COPY(read,		KMB_ROW_DATA,		PAGE, BUF,
	 memcpy(buf, addr, len))
KMB_COPY(write,		KMB_ROW_DATA,		BUF, PAGE,
	 memcpy(addr, buf, len))
KMB_COPY(fill,		KMB_ROW_DATA,		BYTE, PAGE,
	 memset(addr, KMB_FILL_BYTE, len))
KMB_COPY(page_to_page,	KMB_ROW_DATA | KMB_SECOND, PAGE, PEER,
	 to = kmb_map(map, peer, pos); kmb_copy_mapped(map, to, addr, len);
	 kmb_unmap(map, peer, to))
KMB_COPY(helper_from,	KMB_ROW_DATA | KMB_ROW_OWN_MAP, PAGE, BUF,
	 memcpy_from_page(buf, page, off, len))
KMB_COPY(helper_to,	KMB_ROW_DATA | KMB_ROW_OWN_MAP, BUF, PAGE,
	 memcpy_to_page(page, off, buf, len))
KMB_COPY(from_user,	KMB_ROW_DATA | KMB_ROW_USER | KMB_ZEROES, USER, PAGE,
	 left += copy_from_user(addr, ubuf, len))
KMB_COPY(to_user,	KMB_ROW_DATA | KMB_ROW_USER, PAGE, USER,
	 left += copy_to_user(ubuf, addr, len))
KMB_COPY(from_user_inatomic, KMB_ROW_DATA | KMB_ROW_USER | KMB_ROW_NOFAULT, USER, PAGE,
	 pagefault_disable(); left += __copy_from_user_inatomic(addr, ubuf, len);
	 pagefault_enable())
KMB_COPY(to_user_inatomic, KMB_ROW_DATA | KMB_ROW_USER | KMB_ROW_NOFAULT, PAGE, USER,
	 pagefault_disable(); left += __copy_to_user_inatomic(ubuf, addr, len);
	 pagefault_enable())
KMB_COPY(from_user_retry, KMB_ROW_DATA | KMB_ROW_USER | KMB_ROW_UNMAPS | KMB_ZEROES, USER, PAGE,
	 left += __copy_from_user_inatomic(addr, ubuf, len); kmb_unmap(map, own, addr);
	 KMB_IF(left, left = copy_from_user(kmap(page) + off, ubuf, len); kunmap(page); slow++))
/* What the fault itself costs, with a page mapped or without */
KMB_COPY(fault_in,	KMB_ROW_USER | KMB_PAGELESS, USER, NOWHERE,
	 left += fault_in_readable(ubuf, len))
KMB_COPY(clear_user,	KMB_ROW_DATA | KMB_ROW_USER, ZERO, USER,
	 left += clear_user(ubuf, len))
KMB_COPY(iter_from,	KMB_ROW_DATA | KMB_ROW_USER, USER, PAGE,
	 left += len - kmb_iter_from(addr, ubuf, len))
KMB_COPY(iter_to,	KMB_ROW_DATA | KMB_ROW_USER, PAGE, USER,
	 left += len - kmb_iter_to(ubuf, addr, len))
KMB_COPY(fixed_from,	KMB_ROW_DATA | KMB_ROW_USER | KMB_ROW_NOFAULT | KMB_ROW_FIXED, USER, PAGE,
	 left += len - kmb_fixed_from(addr, fixed, user, len))
KMB_COPY(fixed_to,	KMB_ROW_DATA | KMB_ROW_USER | KMB_ROW_NOFAULT | KMB_ROW_FIXED, PAGE, USER,
	 left += len - kmb_fixed_to(fixed, user, addr, len))
KMB_COPY(gup_from,	KMB_ROW_DATA | KMB_ROW_USER | KMB_SECOND, USER, PAGE,
	 left += len - kmb_pinned(map, addr, ubuf, len, false))
KMB_COPY(gup_to,	KMB_ROW_DATA | KMB_ROW_USER | KMB_SECOND, PAGE, USER,
	 left += len - kmb_pinned(map, addr, ubuf, len, true))
