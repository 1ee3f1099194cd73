// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's clock: CLOCK_MONOTONIC, by the accessor that takes no lock and
 * is safe in every context. How fine and how dear it is, is measured here.
 */
#include <linux/gcd.h>
#include <linux/ktime.h>

#include "kmap_bench.h"

#define KMB_CLOCK_READS	1000

static u32 kmb_resolution, kmb_cost = U32_MAX;

void kmb_clock_init(void)
{
	unsigned long step = 0;
	u64 last, now;
	int i;

	last = kmb_clock();
	for (i = 0; i < KMB_CLOCK_READS; i++) {
		now = kmb_clock();
		kmb_cost = min_t(u64, kmb_cost, now - last);
		step = gcd(step, now - last);
		last = now;
	}
	kmb_resolution = min_t(unsigned long, step, U32_MAX);
}

u32 kmb_clock_resolution(void)
{
	return kmb_resolution;
}

u32 kmb_clock_cost(void)
{
	return kmb_cost;
}
