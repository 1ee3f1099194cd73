// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what may be touched through a mapping, and what must not be. */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/mman.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "checks.h"
#include "compat.h"

/* ARM has such pages and no name for them; a fallback of that name is as any other. */
static pgprot_t kmb_readonly(void)
{
#ifdef L_PTE_RDONLY
	return __pgprot(pgprot_val(PAGE_KERNEL) | L_PTE_RDONLY);
#else
	return PAGE_KERNEL_RO;
#endif
}

/* Does a byte take this? A fault is an answer, not an oops. */
static bool kmb_takes_byte(void *at, u8 value)
{
	pagefault_disable();
	__put_kernel_nofault(at, &value, u8, refused);
	pagefault_enable();
	return true;
refused:
	pagefault_enable();
	return false;
}

static bool kmb_gives_byte(const void *at)
{
	u8 value;

	return !copy_from_kernel_nofault(&value, at, 1);
}

/* Readable as any mapping, and no byte of it takes a write. */
static int kmb_is_readonly(struct kmb_checker *c, void *addr, const char *when)
{
	const unsigned int at[] = { 0, PAGE_SIZE / 2, PAGE_SIZE - 1 };
	const char *wrong = kmb_wrong(c, addr, 0);
	unsigned int i;

	if (wrong)
		return KMB_FAIL(c, "a read-only mapping %s %s", wrong, when);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		if (kmb_takes_byte(addr + at[i], ~*(u8 *)(kmb_truth(c, 0) + at[i])))
			return KMB_FAIL(c, "a read-only mapping took a write at byte %u %s",
					at[i], when);
	return 0;
}

/* A mapping has the protection that was asked for, also after a switch. */
static int kmb_check_prot(struct kmb_checker *c)
{
	unsigned long switches = kmb_switches();
	const char *no_io = KMB_IO_MAPS;
	pgprot_t readonly = kmb_readonly();
	void *addr;
	int ret;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot to protect");
	if (pgprot_val(readonly) == pgprot_val(PAGE_KERNEL))
		return KMB_SKIP(c, "this architecture has no read-only pages of the kernel");
	addr = kmap_local_page_prot(kmb_check_page(c, 0), readonly);
	ret = kmb_is_readonly(c, addr, "at once");
	schedule_timeout_uninterruptible(1);
	switches = kmb_switches() - switches;
	ret = ret ?: kmb_is_readonly(c, addr, "after a switch");
	kunmap_local(addr);
	KMB_SAW(c, "writes refused before and after %lu switches", switches);
	if (!ret && !switches)
		ret = KMB_FAIL(c, "no context switch while mapped");
	addr = kmap_atomic_prot(kmb_check_page(c, 0), readonly);
	ret = ret ?: kmb_is_readonly(c, addr, "by kmap_atomic_prot");
	kunmap_atomic(addr);
	if (!ret && !no_io) {
		addr = kmb_io_map_local(kmb_check_page(c, 0), readonly);
		ret = kmb_is_readonly(c, addr, "by io_mapping_map_local_wc");
		kmb_io_unmap_local(addr);
	}
	/* Without this, a probe that always says no would pass. */
	addr = kmap_local_page(kmb_check_page(c, 0));
	if (!ret && !kmb_takes_byte(addr, *(u8 *)kmb_truth(c, 0)))
		ret = KMB_FAIL(c, "a mapping in the same slot took no write, and should have");
	kunmap_local(addr);
	return ret;
}

/* The bytes before and behind each live mapping are nobody's. */
static int kmb_guarded(struct kmb_checker *c, void **addr, unsigned int nr, const char *when)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (kmb_takes_byte(addr[i] + PAGE_SIZE, 0) || kmb_gives_byte(addr[i] + PAGE_SIZE))
			return KMB_FAIL(c, "the byte behind mapping %u of %u is there %s",
					i + 1, nr, when);
		if (kmb_takes_byte(addr[i] - 1, 0) || kmb_gives_byte(addr[i] - 1))
			return KMB_FAIL(c, "the byte before mapping %u of %u is there %s",
					i + 1, nr, when);
	}
	return 0;
}

static int kmb_check_guard(struct kmb_checker *c)
{
	unsigned long switches = kmb_switches();
	void *addr[KMB_MAX_NEST];
	unsigned int n;
	int ret = 0;

	if (!kmb_takes_slot(c))
		return KMB_SKIP(c, "mapping these pages takes no slot: there is no guard");
	for (n = 0; !ret && n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		ret = kmb_guarded(c, addr, n + 1, "at once");
	}
	schedule_timeout_uninterruptible(1);
	switches = kmb_switches() - switches;
	ret = ret ?: kmb_guarded(c, addr, n, "after a switch");
	ret = ret ?: kmb_all_show(c, addr, n, 0, "beside its guards");
	KMB_SAW(c, "%u mappings at a time, %lu switches", n, switches);
	while (n--)
		kunmap_local(addr[n]);
	return ret ?: switches ? 0 : KMB_FAIL(c, "no context switch while mapped");
}

/* To the last byte, from the first one: hardened copies must let these be. */
static int kmb_copies_fit(struct kmb_checker *c, void *addr, void __user *user, const char *map)
{
	const unsigned int from[] = { 0, 1, PAGE_SIZE / 2, PAGE_SIZE - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		unsigned long len = PAGE_SIZE - READ_ONCE(from[i]);

		if (copy_to_user(user, addr + from[i], len))
			return KMB_FAIL(c, "%s: copying the last %lu bytes out was refused",
					map, len);
		memset(addr + from[i], 0, len);
		if (copy_from_user(addr + from[i], user, len))
			return KMB_FAIL(c, "%s: copying the last %lu bytes in was refused",
					map, len);
	}
	return 0;
}

/* A page of the caller's, absent until somebody touches it, and for vm_munmap() */
static int kmb_user_page(struct kmb_checker *c, unsigned long *user)
{
	if (!current->mm)
		return KMB_SKIP(c, "a kernel thread has no user memory");
	*user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, 0);
	return IS_ERR_VALUE(*user) ? *user : 0;
}

static int kmb_check_usercopy_end(struct kmb_checker *c)
{
	u32 *truth = kmb_truth(c, 0), first = truth[0], last = truth[PAGE_SIZE / 4 - 1];
	unsigned long user;
	void *addr;
	int ret;

	ret = kmb_user_page(c, &user);
	if (ret)
		return ret;
	addr = kmap_local_page(kmb_check_page(c, 0));
	ret = kmb_copies_fit(c, addr, (void __user *)user, "kmap_local");
	kunmap_local(addr);
	addr = kmap(kmb_check_page(c, 0));
	ret = ret ?: kmb_copies_fit(c, addr, (void __user *)user, "kmap");
	kunmap(kmb_check_page(c, 0));
	vm_munmap(user, PAGE_SIZE);
	KMB_SAW(c, "kmap_local and kmap, %shardened copies",
		KMB_USERCOPY_LOOKS ? "" : "no ");
	if (!ret && (truth[0] != first || truth[PAGE_SIZE / 4 - 1] != last))
		ret = KMB_FAIL(c, "what was copied out and in again differs");
	return ret;
}

/* A function that copies between a page and user memory that an iov_iter is over */
struct kmb_iter_row {
	const char *name;
	size_t (*copy)(struct page *page, size_t at, size_t len, struct iov_iter *iter);
	bool to_user, faults;
	bool parts;		/* gives what is there of memory that is not all there */
	const char *absent;
};

static size_t kmb_folio_from_iter_atomic(struct page *page, size_t at, size_t len,
					 struct iov_iter *iter)
{
	return copy_folio_from_iter_atomic(page_folio(page), at, len, iter);
}

static size_t kmb_page_to_iter_nofault(struct page *page, size_t at, size_t len,
				       struct iov_iter *iter)
{
	return copy_page_to_iter_nofault(page, at, len, iter);
}

static const struct kmb_iter_row kmb_iter_rows[] = {
	{ "copy_page_from_iter", copy_page_from_iter, false, true, true },
	{ "copy_page_to_iter", copy_page_to_iter, true, true, true },
	{ "copy_folio_from_iter_atomic", kmb_folio_from_iter_atomic, false, false, true },
	{ "copy_page_to_iter_nofault", kmb_page_to_iter_nofault, true, false, false,
		KMB_API_FOLIO_COPIES },
};

/* The bytes done of the first page from @at on, when state is as before */
static int kmb_iter_user(struct kmb_checker *c, const struct kmb_iter_row *row, size_t at,
			 unsigned long user, size_t *done)
{
	struct kmb_state before, after;
	char text[KMB_REASON_LEN];
	struct iov_iter iter;
	size_t len = PAGE_SIZE - at;

	iov_iter_ubuf(&iter, row->to_user ? ITER_DEST : ITER_SOURCE, (void __user *)user, len);
	kmb_state_get(&before);
	*done = row->copy(kmb_check_page(c, 0), at, len, &iter);
	kmb_state_get(&after);
	if (!kmb_state_same(&before, &after, text))
		return KMB_FAIL(c, "%s() left behind, %zu of %zu bytes done: %.128s", row->name,
				*done, len, text);
	if (iov_iter_count(&iter) != len - *done)
		return KMB_FAIL(c, "%s() did %zu bytes, and its iterator %zu", row->name, *done,
				len - iov_iter_count(&iter));
	return 0;
}

static int kmb_iter_expect(struct kmb_checker *c, const struct kmb_iter_row *row,
			   unsigned long user, size_t want, const char *of)
{
	size_t done;
	int ret = kmb_iter_user(c, row, 0, user, &done);

	if (!ret && done != want)
		ret = KMB_FAIL(c, "%s() did %zu bytes of %s, expected %zu", row->name, done, of,
			       want);
	return ret;
}

/*
 * Absent memory is for the caller to bring in, who holds the folio's lock: to wait
 * for a page here could be to wait for that.
 */
static int kmb_iter_absent(struct kmb_checker *c, const struct kmb_iter_row *row)
{
	unsigned long user;
	int ret;

	ret = kmb_user_page(c, &user);
	if (ret)
		return ret;
	/* Once more than the function does itself */
	pagefault_disable();
	ret = kmb_iter_expect(c, row, user, 0, "absent memory with page faults off");
	pagefault_enable();
	ret = ret ?: kmb_iter_expect(c, row, user, row->faults ? PAGE_SIZE : 0, "absent memory");
	if (!ret && clear_user((void __user *)user, 1))
		ret = -EFAULT;
	ret = ret ?: kmb_iter_expect(c, row, user, PAGE_SIZE, "memory that is there");
	vm_munmap(user, PAGE_SIZE);
	return ret;
}

/* What it says is done, and nothing behind that: @there bytes from @user on are there. */
static int kmb_iter_part(struct kmb_checker *c, const struct kmb_iter_row *row, size_t at,
			 unsigned long user, size_t there)
{
	u8 *page = kmb_truth(c, 0), *other = kmb_truth(c, 1), *was = kmb_truth(c, 2);
	size_t done;
	int ret;

	memcpy(was, page, PAGE_SIZE);
	if (copy_to_user((void __user *)user, other, there))
		return -EFAULT;
	ret = kmb_iter_user(c, row, at, user, &done);
	if (ret)
		return ret;
	if (done > there || (row->parts && !done))
		return KMB_FAIL(c, "%s() did %zu bytes, %zu were there", row->name, done, there);
	if (row->to_user && copy_from_user(other, (void __user *)user, there))
		return -EFAULT;
	if (memcmp(page + at, other, done))
		return KMB_FAIL(c, "%s() did %zu bytes from %zu on, and they differ", row->name,
				done, at);
	if (memcmp(page + at + there, was + at + there, PAGE_SIZE - at - there))
		return KMB_FAIL(c, "%s() wrote behind the %zu bytes that were there", row->name,
				there);
	return 0;
}

/* From amidst a page on, over its end, to where nobody may go; then only there */
static int kmb_iter_bad(struct kmb_checker *c, const struct kmb_iter_row *row,
			unsigned long user)
{
	const size_t half = PAGE_SIZE / 2;
	size_t at, odd;
	int ret = 0;

	for (at = 0; !ret && at < 2; at++)
		for (odd = 0; !ret && odd < sizeof(u32); odd++)
			ret = kmb_iter_part(c, row, at, user + half + odd, half - odd);
	ret = ret ?: kmb_iter_expect(c, row, user + PAGE_SIZE, 0, "memory that is forbidden");
	/* A kernel that would do this does it to a page that nobody looks at then. */
	return ret ?: kmb_iter_expect(c, row, (unsigned long)kmb_truth(c, 3), 0,
				      "memory that is the kernel's");
}

/* A page of the caller's between forbidden ones, absent as yet; for kmb_user_edge_end() */
static int kmb_user_edge(unsigned long prot, unsigned long *user)
{
	unsigned long all, page;

	all = vm_mmap(NULL, 0, 3 * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(all))
		return all;
	*user = all + PAGE_SIZE;
	page = vm_mmap(NULL, *user, PAGE_SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	if (!IS_ERR_VALUE(page))
		return 0;
	vm_munmap(all, 3 * PAGE_SIZE);
	return page;
}

static void kmb_user_edge_end(unsigned long user)
{
	vm_munmap(user - PAGE_SIZE, 3 * PAGE_SIZE);
}

static int kmb_check_iter_fault(struct kmb_checker *c)
{
	unsigned int i, here = 0;
	unsigned long user;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(kmb_iter_rows); i++) {
		if (kmb_iter_rows[i].absent)
			continue;
		here++;
		ret = kmb_iter_absent(c, &kmb_iter_rows[i]) ?:
		      kmb_user_edge(PROT_READ | PROT_WRITE, &user);
		if (ret)
			break;
		ret = kmb_iter_bad(c, &kmb_iter_rows[i], user);
		kmb_user_edge_end(user);
	}
	KMB_SAW(c, "%u functions; memory absent, there, in part, forbidden, the kernel's", here);
	return ret;
}

/* What copies with page faults off has the caller's memory brought in by one of these. */
struct kmb_fault_in {
	const char *name;
	size_t (*fault_in)(const struct iov_iter *iter, size_t len);
	bool writes;
};

static const struct kmb_fault_in kmb_fault_ins[] = {
	{ "fault_in_iov_iter_readable", fault_in_iov_iter_readable, false },
	{ "fault_in_iov_iter_writeable", fault_in_iov_iter_writeable, true },
};

/*
 * Of @len bytes from @skip on @want are not brought in, counted from the forbidden page
 * before @user, by an iterator of one piece and by one of three.
 */
static int kmb_fault_in_expect(struct kmb_checker *c, const struct kmb_fault_in *f,
			       unsigned long user, size_t skip, size_t len, size_t want)
{
	void __user *all = (void __user *)(user - PAGE_SIZE);
	const struct iovec iov[] = {
		{ all, PAGE_SIZE - 1 }, { all + PAGE_SIZE - 1, PAGE_SIZE },
		{ all + 2 * PAGE_SIZE - 1, PAGE_SIZE + 1 },
	};
	unsigned int direction = f->writes ? ITER_DEST : ITER_SOURCE, i;
	struct iov_iter iter[2];
	size_t left;

	iov_iter_ubuf(&iter[0], direction, all, 3 * PAGE_SIZE);
	iov_iter_init(&iter[1], direction, iov, ARRAY_SIZE(iov), 3 * PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(iter); i++) {
		iov_iter_advance(&iter[i], skip);
		left = f->fault_in(&iter[i], len);
		if (left != want)
			return KMB_FAIL(c, "%s() of %zu bytes in %u from %zu on left %zu, not %zu",
					f->name, len, i ? 3 : 1, skip, left, want);
	}
	return 0;
}

/* A copy to or from a mapping that takes no faults finds out. */
static bool kmb_is_there(struct kmb_checker *c, const struct kmb_fault_in *f, unsigned long user)
{
	void *addr = kmap_local_page(kmb_check_page(c, 0));
	void __user *at = (void __user *)user;
	bool there = !(f->writes ? copy_to_user_nofault(at, addr, PAGE_SIZE) :
				   copy_from_user_nofault(addr, at, PAGE_SIZE));

	kunmap_local(addr);
	return there;
}

/* Who may not sleep gets no faults served, page faults disabled or not. */
static bool kmb_faults_when_atomic(struct kmb_checker *c, unsigned long user)
{
	unsigned long left;

	preempt_disable();
	left = __copy_from_user_inatomic(kmb_truth(c, 0), (void __user *)user, 1);
	preempt_enable();
	return !left && IS_ENABLED(CONFIG_PREEMPT_COUNT);
}

static int kmb_fault_in_edge(struct kmb_checker *c, const struct kmb_fault_in *f,
			     unsigned long user, bool writable)
{
	size_t there = writable || !f->writes ? PAGE_SIZE : 0;
	int ret;

	if (kmb_is_there(c, f, user))
		return KMB_FAIL(c, "memory that nobody has touched is there");
	if (kmb_faults_when_atomic(c, user))
		return KMB_FAIL(c, "a fault with preemption disabled was served");
	ret = kmb_fault_in_expect(c, f, user, 0, 3 * PAGE_SIZE, 3 * PAGE_SIZE) ?:
	      kmb_fault_in_expect(c, f, user, PAGE_SIZE, PAGE_SIZE, PAGE_SIZE - there) ?:
	      kmb_fault_in_expect(c, f, user, PAGE_SIZE, 2 * PAGE_SIZE, 2 * PAGE_SIZE - there);
	if (!ret && kmb_is_there(c, f, user) != !!there)
		ret = KMB_FAIL(c, "%s(): memory that may%s be %s is %sthere", f->name,
			       there ? "" : " not", f->writes ? "written" : "read",
			       there ? "not " : "");
	return ret;
}

static int kmb_check_iter_fault_in(struct kmb_checker *c)
{
	unsigned int i, writable;
	unsigned long user;
	int ret = 0;

	if (!current->mm)
		return KMB_SKIP(c, "a kernel thread has no user memory");
	for (i = 0; !ret && i < 2 * ARRAY_SIZE(kmb_fault_ins); i++) {
		writable = i % 2;
		ret = kmb_user_edge(PROT_READ | (writable ? PROT_WRITE : 0), &user);
		if (ret)
			break;
		ret = kmb_fault_in_edge(c, &kmb_fault_ins[i / 2], user, writable);
		kmb_user_edge_end(user);
	}
	KMB_SAW(c, "%u functions; memory to read and to write, between forbidden pages", i / 2);
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(prot, 0, KMB_NEEDS(CONFIG_KMAP_LOCAL),
		      "a read-only mapping takes no writes, also after a switch"),
	KMB_CHECK_ROW(guard, 0, KMB_NEEDS(CONFIG_DEBUG_KMAP_LOCAL),
		      "nothing is mapped next to a mapping"),
	KMB_CHECK_ROW(usercopy_end, 0, KMB_HERE,
		      "user copies to and from the last byte of a mapping"),
	KMB_CHECK_ROW(iter_fault, 0, KMB_HERE,
		      "copies of an iov_iter do what there is of user memory and leave nothing"),
	KMB_CHECK_ROW(iter_fault_in, 0, KMB_HERE,
		      "what is to be brought in of user memory is there then"),
};

const struct kmb_check_set kmb_checks_access = { kmb_rows, ARRAY_SIZE(kmb_rows) };
