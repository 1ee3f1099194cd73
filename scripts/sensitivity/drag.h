/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes maps slower by amounts that are set while it runs; bench-sensitivity adds
 * this to a copy of the driver. All run one loop: where code lies makes two copies
 * of it differ, by a percent at times, and that would not be a false alarm. One
 * operation of many pays for all of them, in one piece: a cycle or two in each would be
 * hidden under the copy by the processor.
 */
#ifndef _KMAP_BENCH_DRAG_H
#define _KMAP_BENCH_DRAG_H

#include <linux/compiler.h>

#define KMB_DRAGS	5
#define KMB_DRAG_EVERY	64	/* operations */

extern unsigned int kmb_drag[KMB_DRAGS], kmb_drag_now, kmb_drag_turn;

static __always_inline void kmb_drag_pull(void)
{
	unsigned int n;

	if (++kmb_drag_turn % KMB_DRAG_EVERY)
		return;
	for (n = READ_ONCE(kmb_drag_now); n; n--)
		barrier();
}

#endif /* _KMAP_BENCH_DRAG_H */
