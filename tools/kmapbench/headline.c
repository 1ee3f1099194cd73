// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "headline.h"

const struct headline headline[] = {
	{ "*.none.task.high", 0 },
	{ "*.read.task.high", 0 },
	{ "*.none.task.low", 0 },
	{ "*.read.task.low", 0 },
	/* In a small pool kmap() only looks its page up; here it wraps around. */
	{ "kmap.none.task.high", 2 },
	{ "kmap.read.task.high", 2 },
	{ NULL, 0 }
};
