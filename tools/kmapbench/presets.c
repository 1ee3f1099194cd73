// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "presets.h"

static const struct preset_line headline[] = {
	{ "*.none.task.high", 0 },
	{ "*.read.task.high", 0 },
	{ "*.none.task.low", 0 },
	{ "*.read.task.low", 0 },
	/* In a small pool kmap() only looks its page up; here it wraps around. */
	{ "kmap.none.task.high", 2 },
	{ "kmap.read.task.high", 2 },
	{ NULL, 0 }
};

/* The ways to copy from user memory that may be absent, and the fault by itself */
static const struct preset_line faults[] = {
	{ "kmap_local.from_user.task." PRESET_PAGES ".absent", 0 },
	{ "kmap_atomic.from_user_retry.task." PRESET_PAGES ".absent", 0 },
	{ "kmap.from_user.task." PRESET_PAGES ".absent", 0 },
	{ "kmap_local.gup_from.task." PRESET_PAGES ".absent", 0 },
	{ "none.fault_in.task." PRESET_PAGES ".absent", 0 },
	{ NULL, 0 }
};

const struct preset presets[] = {
	{ "headline", NULL, NULL, NULL, headline },
	{ "faults", "64,256,1K,4K", "0,1,10,50,100", "kmap_atomic.from_user_retry.*.*.*", faults },
	{ 0 }
};

const struct preset *preset_find(const char *name)
{
	const struct preset *preset;

	for (preset = presets; preset->name; preset++) {
		if (!strcmp(preset->name, name))
			return preset;
	}
	return NULL;
}
