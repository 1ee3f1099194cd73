// SPDX-License-Identifier: GPL-2.0-or-later
/* Which cells a pattern selects, with the lists of the fake device. */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "harness.h"
#include "kmapbench.h"
#include "pattern.h"
#include "selection.h"

static struct device dev;
static struct lists lists;
static struct judge judge = {
	.dev = &dev, .lists = &lists, .shape = { .node = -1, .threads = 1, .faults = 100 },
};

/* How many cells @pattern selects, -1 if it is refused */
static int count(const char *pattern)
{
	struct selection selection = { 0 };
	int nr = -1;

	if (!selection_add(&selection, &judge, pattern))
		nr = selection.nr;
	selection_free(&selection);
	return nr;
}

static bool selects(const char *pattern, const char *cell)
{
	struct selection selection = { 0 };
	char name[CELL_NAME_LEN];
	bool found = false;
	size_t i;

	selection_add(&selection, &judge, pattern);
	for (i = 0; i < selection.nr; i++) {
		cell_name(&lists, selection.cells[i].cell, name);
		found |= !strcmp(name, cell);
	}
	selection_free(&selection);
	return found;
}

static void test_exact(void)
{
	struct pattern pattern;

	check(count("kmap_local.none.task.high") == 1);
	check(selects("kmap_local.none.task.high", "kmap_local.none.task.high"));
	check(!pattern_parse("kmap_local.none.task.high", &pattern) && pattern.exact);
	check(!pattern_parse("kmap_local.none.task", &pattern) && !pattern.exact);
	check(!pattern_parse("kmap_local.*.task.high", &pattern) && !pattern.exact);
}

static void test_globs(void)
{
	/* 4 maps, 3 copies, 2 contexts, 2 kinds of pages */
	check(count("*") == 48);
	check(count("kmap_*.none.task.low") == 2);
	check(count("kmap?local") == 12);
	check(count("[ln]*") == 12);
	check(!selects("kmap", "kmap_local.none.task.low"));
}

static void test_sources(void)
{
	check(selects("kmap.from_user.task.low", "kmap.from_user.task.low.resident"));
	check(!selects("kmap.from_user.task.low", "kmap.from_user.task.low.absent"));
	check(selects("kmap.from_user.task.low.abs*", "kmap.from_user.task.low.absent"));
	check(count("kmap.*.task.low.*") == 6);
	check(count("kmap.*.task.low.absent") == 1);
	check(count("kmap.none.task.low.absent") == -1);
}

static void test_refused(void)
{
	check(count("kmap_locl") == -1);
	check(count("kmap.none.task.middle") == -1);
	check(count("x*") == -1);
	check(count("") == -1);
	check(count("kmap..task") == -1);
	check(count("kmap.") == -1);
	check(count("kmap.none.task.low.resident.more") == -1);
	check(count("a_name_that_is_much_longer_than_any_row_could_be") == -1);
}

static void test_taken_once(void)
{
	struct selection selection = { 0 };

	selection_add(&selection, &judge, "kmap.none.task.low");
	selection_add(&selection, &judge, "kmap*.none.task.low");
	check(selection.nr == 3);
	check(selection.cells[0].cell[KMB_LIST_MAPS] == 3);
	selection_free(&selection);
}

static void test_nearest(void)
{
	const char *nearest[3];

	check(lists_nearest(&lists, KMB_LIST_MAPS, "kmap_locl", nearest, 3) >= 1);
	check(!strcmp(nearest[0], "kmap_local"));
	check(lists_nearest(&lists, KMB_LIST_MAPS, "zzz", nearest, 3) == 0);
}

int main(void)
{
	/* Complaints about what is refused are not what is looked at here. */
	if (!freopen("/dev/null", "w", stderr) || device_open(&dev) || lists_load(&dev, &lists))
		return STATUS_FAILED;
	harness_run("exact", test_exact);
	harness_run("globs", test_globs);
	harness_run("sources", test_sources);
	harness_run("refused", test_refused);
	harness_run("taken once", test_taken_once);
	harness_run("nearest names", test_nearest);
	lists_free(&lists);
	device_close(&dev);
	return harness_end();
}
