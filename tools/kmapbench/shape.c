// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>

#include "kmapbench.h"
#include "number.h"
#include "shape.h"

enum {
	OPT_NEST = 0x100,
	OPT_LEN,
	OPT_OFFSET,
	OPT_ORDER,
	OPT_NODE,
	OPT_POOL,
	OPT_THREADS,
};

static const struct argp_option options[] = {
	{ .doc = "Shape of each operation:" },
	{ "nest", OPT_NEST, "N", 0, "Hold N other kmap_local mappings around it (0)", 0 },
	{ "len", OPT_LEN, "BYTES", 0, "Bytes that it copies (the rest of the page)", 0 },
	{ "offset", OPT_OFFSET, "BYTES", 0, "First byte of these in the page (0)", 0 },
	{ "order", OPT_ORDER, "N", 0, "Order of folios (1)", 0 },
	{ "node", OPT_NODE, "N", 0, "NUMA node of the pages (any)", 0 },
	{ "pool", OPT_POOL, "PAGES", 0, "Pages that are mapped in turn (the module's default)", 0 },
	{ "threads", OPT_THREADS, "N", 0, "Threads that measure together (1)", 0 },
	{ 0 }
};

static const struct {
	int key;
	const char *name;
	bool size;
	long long min;
	long long max;
} limits[] = {
	/* Only what does not fit the interface; the module knows its own limits */
	{ OPT_NEST, "nest", false, 0, UINT_MAX },
	{ OPT_LEN, "len", true, 1, UINT_MAX },
	{ OPT_OFFSET, "offset", true, 0, UINT_MAX },
	{ OPT_ORDER, "order", false, 0, UINT_MAX },
	{ OPT_NODE, "node", false, -1, INT_MAX },
	{ OPT_POOL, "pool", true, 1, UINT_MAX },
	{ OPT_THREADS, "threads", false, 1, UINT_MAX },
};

static void set_member(struct kmb_shape *shape, int key, long long value)
{
	switch (key) {
	case OPT_NEST:
		shape->nest = value;
		break;
	case OPT_LEN:
		shape->len = value;
		break;
	case OPT_OFFSET:
		shape->offset = value;
		break;
	case OPT_ORDER:
		shape->order = value;
		break;
	case OPT_NODE:
		shape->node = value;
		break;
	case OPT_POOL:
		shape->pool = value;
		break;
	case OPT_THREADS:
		shape->threads = value;
		break;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	long long value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		if (limits[i].key != key)
			continue;
		if (number_option(limits[i].name, arg, limits[i].min, limits[i].max,
				  limits[i].size, &value))
			return STATUS_USAGE;
		set_member(state->input, key, value);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp shape_argp = { .options = options, .parser = parse };
