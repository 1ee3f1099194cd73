// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kmapbench.h"
#include "number.h"
#include "shape.h"

#define KEY_BASE	0x100

static const struct argp_option options[] = {
	{ .doc = "Shape of each operation, one value or several with commas between them:" },
	{ "nest", KEY_BASE + SHAPE_NEST, "N", 0,
	  "Hold N other kmap_local mappings around it (0)", 0 },
	{ "len", KEY_BASE + SHAPE_LEN, "BYTES", 0,
	  "Bytes that it copies (the rest of the page)", 0 },
	{ "offset", KEY_BASE + SHAPE_OFFSET, "BYTES", 0, "First byte of these in the page (0)", 0 },
	{ "order", KEY_BASE + SHAPE_ORDER, "N", 0, "Order of folios (1)", 0 },
	{ "node", KEY_BASE + SHAPE_NODE, "N", 0, "NUMA node of the pages (any)", 0 },
	{ "pool", KEY_BASE + SHAPE_POOL, "PAGES", 0,
	  "Pages that are mapped in turn (the module's default)", 0 },
	{ "threads", KEY_BASE + SHAPE_THREADS, "N", 0, "Threads that measure together (1)", 0 },
	{ "faults", KEY_BASE + SHAPE_FAULTS, "PERCENT", 0,
	  "Operations that find absent memory so (100)", 0 },
	{ "delay", KEY_BASE + SHAPE_DELAY, "USECS", 0,
	  "What a fault of the source slow sleeps (the module's default)", 0 },
	{ 0 }
};

static const struct {
	const char *name;
	bool size;
	long long min, max, unset;
	size_t member;
} kinds[SHAPE_NR_OPTIONS] = {
	/* Only what does not fit the interface; the module knows its own limits */
#define KIND(_name, _size, _min, _max, _unset) \
	{ #_name, _size, _min, _max, _unset, offsetof(struct kmb_shape, _name) }
	[SHAPE_NEST] = KIND(nest, false, 0, UINT_MAX, 0),
	[SHAPE_LEN] = KIND(len, true, 1, UINT_MAX, 0),
	[SHAPE_OFFSET] = KIND(offset, true, 0, UINT_MAX, 0),
	[SHAPE_ORDER] = KIND(order, false, 0, UINT_MAX, 0),
	[SHAPE_NODE] = KIND(node, false, -1, INT_MAX, -1),
	[SHAPE_POOL] = KIND(pool, true, 1, UINT_MAX, 0),
	[SHAPE_THREADS] = KIND(threads, false, 1, UINT_MAX, 1),
	[SHAPE_FAULTS] = KIND(faults, false, 0, UINT_MAX, 100),
	[SHAPE_DELAY] = KIND(delay, false, 1, UINT_MAX, 0),
};

/* No value twice: it would be the same cell again. */
int shapes_set(struct shapes *shapes, enum shape_option option, const char *list)
{
	return number_list(kinds[option].name, list, kinds[option].min, kinds[option].max,
			   kinds[option].size, shapes->values[option], SHAPE_MAX_VALUES,
			   &shapes->nr[option]);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key < KEY_BASE || key >= KEY_BASE + SHAPE_NR_OPTIONS)
		return ARGP_ERR_UNKNOWN;
	return shapes_set(state->input, key - KEY_BASE, arg);
}

size_t shapes_count(const struct shapes *shapes)
{
	size_t count = 1;
	int option;

	for (option = 0; option < SHAPE_NR_OPTIONS; option++) {
		if (shapes->nr[option])
			count *= shapes->nr[option];
		if (count > SHAPE_MAX)
			return SHAPE_MAX + 1;
	}
	return count;
}

struct kmb_shape shapes_at(const struct shapes *shapes, size_t index)
{
	struct kmb_shape shape = { 0 };
	int option = SHAPE_NR_OPTIONS;
	__u32 value;

	while (option--) {
		size_t nr = shapes->nr[option];

		value = nr ? shapes->values[option][index % nr] : kinds[option].unset;
		index /= nr ?: 1;
		memcpy((char *)&shape + kinds[option].member, &value, sizeof(value));
	}
	return shape;
}

const struct argp shape_argp = { .options = options, .parser = parse };
