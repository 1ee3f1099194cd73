// SPDX-License-Identifier: GPL-2.0-only
/* Checks of kmap(): one address a page, shared by all, and room for so many. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "checks.h"
#include "compat.h"

#define KMB_STALL_MS		200

/* A page has one address by kmap(), and mapping it locally leaves that alone. */
static int kmb_check_kmap_twice(struct kmb_checker *c)
{
	struct page *page = kmb_check_page(c, 0);
	void *a, *b, *local;
	int ret = 0;

	a = kmap(page);
	local = kmap_local_page(page);
	b = kmap(page);
	KMB_SAW(c, "kmap at %s address as kmap_local", a == local ? "the same" : "another");
	if (a != b || page_address(page) != a)
		ret = KMB_FAIL(c, "kmap() gave a page that it has mapped a second address");
	else if (!kmb_shows(c, a, 0) || !kmb_shows(c, local, 0))
		ret = KMB_FAIL(c, "kmap() and kmap_local of one page show different data");
	kunmap(page);
	if (!ret && (!kmb_shows(c, a, 0) || !kmb_shows(c, local, 0)))
		ret = KMB_FAIL(c, "the first of two kunmap() took the mapping down");
	kunmap(page);
	if (!ret && !kmb_shows(c, local, 0))
		ret = KMB_FAIL(c, "kunmap() took the local mapping down");
	kunmap_local(local);
	return ret;
}

/* More pages than kmap() can map: content is right after each wrap. */
static int kmb_check_kmap_wrap(struct kmb_checker *c)
{
	unsigned int i, wraps = 0;
	void *last = NULL;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	for (i = 0; i < 4 * LAST_PKMAP; i++) {
		unsigned int page = i * 7 % (2 * c->pool.nr);
		void *addr = kmap(kmb_check_page(c, page));
		bool right = kmb_shows(c, addr, page);

		kunmap(kmb_check_page(c, page));
		wraps += addr < last;
		last = addr;
		if (!right)
			return KMB_FAIL(c, "page %u shows other data after %u wraps", page, wraps);
		cond_resched();
	}
	KMB_SAW(c, "%u pages of %u, wrapped around %u times or more", i, 2 * c->pool.nr, wraps);
	return wraps ? 0 : KMB_FAIL(c, "kmap() never wrapped around");
}

/* Maps more pages than there is room for, and so has to wait: perhaps for ever. */
struct kmb_waiter {
	struct kmb_checker c;
	struct completion done;
	unsigned int first, nr, mapped, wrong;
};

static int kmb_waiter_fn(void *arg)
{
	struct kmb_waiter *w = arg;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		void *addr = kmap(kmb_check_page(&w->c, w->first + i));

		w->wrong += !kmb_shows(&w->c, addr, w->first + i);
		WRITE_ONCE(w->mapped, i + 1);
	}
	while (i--)
		kunmap(kmb_check_page(&w->c, w->first + i));
	complete(&w->done);
	return 0;
}

/* Until the waiter stands still: it waits for room, or is done. */
static unsigned int kmb_waiter_settles(struct kmb_waiter *w)
{
	unsigned int mapped, tries;

	for (tries = 0; tries < KMB_WAIT_MS / KMB_STALL_MS; tries++) {
		mapped = READ_ONCE(w->mapped);
		msleep(KMB_STALL_MS);
		if (mapped && READ_ONCE(w->mapped) == mapped)
			break;
	}
	return READ_ONCE(w->mapped);
}

static int kmb_waiter_judge(struct kmb_checker *c, const struct kmb_waiter *w,
			    unsigned int stalled)
{
	if (w->wrong)
		return KMB_FAIL(c, "%u mappings made while others waited show other data",
				w->wrong);
	return stalled < w->nr ? 0 : KMB_FAIL(c, "kmap() never ran out of room");
}

/* No room left: who comes then waits, and is woken when there is some. */
static int kmb_check_kmap_wait(struct kmb_checker *c)
{
	unsigned int hold = LAST_PKMAP * 3 / 4, i, stalled;
	struct task_struct *task;
	struct kmb_waiter *w;
	int ret;

	if (!PageHighMem(kmb_check_page(c, 0)))
		return KMB_SKIP(c, "kmap() of lowmem is arithmetic");
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	*w = (struct kmb_waiter) { .c = *c, .first = hold, .nr = LAST_PKMAP / 2 };
	init_completion(&w->done);
	for (i = 0; i < hold; i++)
		kmap(kmb_check_page(c, i));
	task = kthread_run(kmb_waiter_fn, w, "kmap_bench_wait");
	stalled = IS_ERR(task) ? 0 : kmb_waiter_settles(w);
	while (i--)
		kunmap(kmb_check_page(c, i));
	KMB_SAW(c, "waited with %u of %u mapped, %u held by another", stalled, w->nr, hold);
	c->lost = !IS_ERR(task) &&
		  !wait_for_completion_timeout(&w->done, msecs_to_jiffies(KMB_WAIT_MS));
	if (c->lost) {
		/* It sleeps uninterruptibly, with our pages and in our code. */
		__module_get(THIS_MODULE);
		return KMB_FAIL(c, "was not woken for %u ms after there was room", KMB_WAIT_MS);
	}
	ret = IS_ERR(task) ? PTR_ERR(task) : kmb_waiter_judge(c, w, stalled);
	kfree(w);
	return ret;
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(kmap_twice, 0, KMB_HERE,
		      "kmap twice, and together with kmap_local"),
	KMB_CHECK_ROW(kmap_wrap, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap of more pages than it has room for"),
	KMB_CHECK_ROW(kmap_wait, 0, KMB_NEEDS(CONFIG_HIGHMEM),
		      "kmap waits for room and is woken"),
};

const struct kmb_check_set kmb_checks_pkmap = { kmb_rows, ARRAY_SIZE(kmb_rows) };
