/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One call of a function of api.h. Included after linux/highmem.h, by each of
 * those who have a linux/highmem.h of their own.
 */
#ifndef _KMAP_BENCH_CALL_H
#define _KMAP_BENCH_CALL_H

#include <linux/bvec.h>
#include <linux/uio.h>

#include "compat.h"

#define KMB_CALL_BEYOND	7	/* bytes behind what is asked for */

struct kmb_call {
	struct folio *to_folio, *from_folio;
	struct page *to, *from;
	size_t at, src, len;	/* in @to, in @from */
	char *buf;
	size_t done;		/* by what the function says: @len */
	struct iov_iter iter;
	struct kvec kvec;
	struct bio_vec bvec;
	struct kmb_folioq folioq;
};

/* It takes over a mapping, and gives the one to unmap. */
static inline void kmb_zero_tail(struct kmb_call *k)
{
	void *addr = kmap_local_folio(k->to_folio, k->at);

	addr = folio_zero_tail(k->to_folio, k->at, addr);
	kunmap_local(addr);
}

/*
 * A file's folio gives at most so much as it can map at a time, each time, and nothing
 * from behind its end.
 */
static inline void kmb_get_file(struct kmb_call *k)
{
	const loff_t pos = 7 * (loff_t)folio_size(k->to_folio) + k->at;
	const size_t size = folio_size(k->to_folio);
	size_t more = k->at + k->len == size && k->len + KMB_CALL_BEYOND <= size ?
		      KMB_CALL_BEYOND : 0;
	size_t n;

	for (k->done = 0; k->done < k->len; k->done += n) {
		n = memcpy_from_file_folio(k->buf + k->done, k->to_folio, pos + k->done,
					   k->len - k->done + more);
		if (!n || n > k->len - k->done)
			break;
	}
}

typedef void (*kmb_call_fn)(struct kmb_call *k);

/* watched.c: the functions that walk along a folio, on maps that it watches over */
struct kmb_shadow;

int kmb_watch_begin(struct kmb_shadow *s, bool highmem);
void kmb_watch_end(void);
const char *kmb_watch_verdict(void);
kmb_call_fn kmb_watched_call(const char *name);

#endif /* _KMAP_BENCH_CALL_H */
