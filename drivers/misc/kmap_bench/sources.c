// SPDX-License-Identifier: GPL-2.0-only
/* The list of sources: what the user side of a user copy is. */
#include "kmap_bench.h"

/* The first row is for copies that have no user side. */
const struct kmb_source_row kmb_sources[] = {
	{ { "none",	"no user memory",			0 } },
	{ { "resident",	"the caller's buffer, faulted in",	KMB_ROW_USER } },
};

const unsigned int kmb_nr_sources = ARRAY_SIZE(kmb_sources);
