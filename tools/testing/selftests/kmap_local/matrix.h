/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every cell that the module enumerates, once: data written and read back
 * through the map is right to the byte, and preempt count, pagefault_disabled,
 * migration_disabled, interrupt state and nesting index are as they were. A
 * cell that is illegal is refused, with the same reason, by all requests.
 *
 * Who includes this says how requests get there: engine_open(), which ends the
 * program where there is no such way; engine_memory(), which is told of the memory
 * for the source resident; engine_run(); the flags of all shapes, ENGINE_SHAPE; and
 * by ENGINE_ALL whether all spans of a cell are wanted and all that is illegal, or
 * the whole among all live mappings, and a cell for each reason. Where all of it takes
 * longer than MATRIX_SECONDS, as on a debug kernel or an emulated machine, some cells get
 * two of their spans only, all along the way.
 */
#ifndef _KMAP_LOCAL_MATRIX_H
#define _KMAP_LOCAL_MATRIX_H

#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"
#include "device.h"
#include "user_memory.h"

#define POOL		2
#define MATRIX_SECONDS	45
#define MATRIX_AHEAD	2	/* seconds that it may be late at any time */
#define MAX_REASONS	512
#define PATH_LEN	256

static int fd;
static struct kmb_query query;
static struct rows lists[KMB_NR_LISTS], checks;
static const char *pattern = "*";
static bool thorough;		/* of the cell at hand */
static unsigned int nr_legal, nr_done, nr_thorough;

/* What the caller provides, one for each source that wants it */
static struct {
	struct user_memory user;
	char missing[USER_MEMORY_REASON_LEN];	/* why it cannot be had */
} memory[MAX_ROWS];

/* Why cells were refused, and how many */
static struct {
	char text[KMB_REASON_LEN];
	unsigned int cells;
} reasons[MAX_REASONS];
static unsigned int nr_reasons;

/* What the judge said of each cell that is asked for: one of the reasons, or that it is legal */
#define LEGAL		MAX_REASONS
static __u16 *verdicts;
static unsigned int nr_verdicts;

static const struct kmb_enum *row(const __u32 *cell, unsigned int list)
{
	return &lists[list].row[cell[list]];
}

static int legal(const __u32 *cell, const struct kmb_shape *shape, char *reason)
{
	struct kmb_legal l = { .size = sizeof(l), .shape = *shape };
	int ret;

	memcpy(l.cell, cell, sizeof(l.cell));
	ret = ioctl(fd, KMB_LEGAL, &l) ? errno : 0;
	memcpy(reason, l.reason, sizeof(l.reason));
	return ret;
}

/* Returns 0 or errno; *cell carries what was really used. */
static int verify(struct kmb_cell *cell, const struct kmb_shape *shape, char *reason)
{
	struct user_memory *user = &memory[cell->cell[KMB_LIST_SOURCES]].user;
	struct kmb_run run = {
		.size = sizeof(run),
		.flags = KMB_RUN_VERIFY,
		.shape = *shape,
		.cells = (uintptr_t)cell,
		.user_addr = (uintptr_t)user->addr,
		.user_len = user->len,
		.seed = 1,
		.nr_cells = 1,
		.cell_size = sizeof(*cell),
		.sample_size = sizeof(struct kmb_sample),
		.rounds = 1,
		.samples_per_round = 1,
	};
	int ret = engine_run(fd, &run);

	memcpy(reason, run.reason, sizeof(run.reason));
	return ret;
}

static bool nests(const __u32 *cell, const struct kmb_shape *base, unsigned int nest)
{
	struct kmb_shape shape = *base;
	char reason[KMB_REASON_LEN];

	shape.nest = nest;
	return !legal(cell, &shape, reason);
}

/* The highest nesting that the module allows the cell: mostly that of the one before */
static unsigned int max_nest(const __u32 *cell, const struct kmb_shape *base)
{
	static unsigned int nest;

	if (nest && nests(cell, base, nest) &&
	    (nest == query.nest_limit || !nests(cell, base, nest + 1)))
		return nest;
	for (nest = query.nest_limit; nest; nest--)
		if (nests(cell, base, nest))
			break;
	return nest;
}

/*
 * Did the pages come from where the kind says? A vacuous pass is a failure:
 * a cell of highmem pages that never saw one has shown nothing.
 */
static const char *wrong_pages(const struct kmb_cell *cell)
{
	unsigned int flags = row(cell->cell, KMB_LIST_PAGES)->row_flags;

	if (!cell->ops)
		return "no operation ran";
	if (flags & KMB_ROW_HIGHMEM && (cell->pages_low || !cell->pages_high))
		return "highmem was asked for and lowmem was used";
	if (flags & KMB_ROW_LOWMEM && (cell->pages_high || !cell->pages_low))
		return "lowmem was asked for and highmem was used";
	return NULL;
}

/*
 * Nor has a copy shown that it waits for memory that was there. Who pins pages
 * and waits for another thread finds them there when it looks again: the kernel
 * counts no fault then, that thread does.
 */
static const char *wrong_faults(const struct kmb_cell *cell, unsigned long served)
{
	if (row(cell->cell, KMB_LIST_MAPS)->row_flags & KMB_ROW_ATOMIC &&
	    row(cell->cell, KMB_LIST_COPIES)->row_flags & KMB_ROW_NOFAULT && cell->sleeps_mapped)
		return "it slept inside a map that must not";
	if (row(cell->cell, KMB_LIST_SOURCES)->row_flags & KMB_ROW_FAULTS &&
	    !(row(cell->cell, KMB_LIST_COPIES)->row_flags & KMB_ROW_NOFAULT) &&
	    !cell->faults && !served)
		return "its memory was to be absent, and no fault was served";
	return NULL;
}

static bool check_shape(const char *path, const __u32 *which, const struct kmb_shape *shape)
{
	const struct user_memory *user = &memory[which[KMB_LIST_SOURCES]].user;
	unsigned long served = user->addr ? user_memory_served(user) : 0;
	int ret = user->addr ? -user_memory_prepare(user) : 0;
	struct kmb_cell cell = { };
	char reason[KMB_REASON_LEN] = "";
	const char *wrong;

	memcpy(cell.cell, which, sizeof(cell.cell));
	if (!ret)
		ret = verify(&cell, shape, reason);
	served = user->addr ? user_memory_served(user) - served : 0;
	wrong = ret ? NULL : wrong_pages(&cell) ?: wrong_faults(&cell, served);
	if (!ret && !wrong)
		return true;
	ksft_print_msg("%s: offset %u len %u order %u nest %u: %s\n", path, shape->offset,
		       shape->len, shape->order, shape->nest,
		       wrong ?: reason[0] ? reason : strerror(ret));
	return false;
}

/* Memory that is not simply there: what matters is where its pages end. */
static bool is_special(const __u32 *cell)
{
	unsigned int source = row(cell, KMB_LIST_SOURCES)->row_flags;

	return source & KMB_ROW_USER && source != (KMB_ROW_USER | KMB_ROW_CALLER);
}

/* The caller's is so in the same places, and waiting for it takes its time. */
static bool is_callers(const __u32 *cell)
{
	return is_special(cell) && row(cell, KMB_LIST_SOURCES)->row_flags & KMB_ROW_CALLER;
}

/* Whole, both ends, odd, and for folios across the last page boundary; nested. */
static bool check_order(const char *path, const __u32 *cell, unsigned int order)
{
	unsigned int page = query.page_size, bytes = page << order, middle = bytes - page, i;
	const struct { unsigned int offset, len; } spans[] = {
		{ 0, bytes }, { 0, 1 }, { middle ? middle - 3 : 1, 11 }, { 5, 7 },
		{ 1, bytes - 2 }, { bytes - 1, 1 },
	};
	/* Large folios take their time: whole, and across the boundary. */
	unsigned int step = !thorough ? 3 : order > 1 || is_callers(cell) ? 2 : 1;
	unsigned int nr = !ENGINE_ALL ? 1 : is_special(cell) ? 4 : ARRAY_SIZE(spans);
	bool good = true;

	for (i = 0; i < nr; i += step) {
		struct kmb_shape shape = {
			.offset = spans[i].offset, .len = spans[i].len, .order = order,
			.node = -1, .faults = 100, .flags = ENGINE_SHAPE,
			.pool = is_special(cell) || order > 1 ? 1 : POOL,
		};

		/* Each span alone, the odd one among all live mappings. */
		if (i == 3 || !ENGINE_ALL)
			shape.nest = max_nest(cell, &shape);
		good &= check_shape(path, cell, &shape);
	}
	return good;
}

/* Of folios, the smallest and the largest */
static bool check_cell(const char *path, const __u32 *cell)
{
	bool folio = row(cell, KMB_LIST_PAGES)->row_flags & KMB_ROW_ORDER;
	bool good = check_order(path, cell, folio);

	if (folio && !is_callers(cell) && thorough)
		good &= check_order(path, cell, query.max_order);
	return good;
}

static unsigned int find_reason(const char *reason)
{
	unsigned int i;

	for (i = 0; i < nr_reasons && strcmp(reasons[i].text, reason); i++)
		;
	return i;
}

static unsigned int remember(const char *path, const char *reason)
{
	unsigned int i = find_reason(reason);

	if (i == MAX_REASONS)
		ksft_exit_fail_msg("%s: more than %d reasons\n", path, MAX_REASONS);
	if (i == nr_reasons)
		strcpy(reasons[nr_reasons++].text, reason);
	reasons[i].cells++;
	return i;
}

static void add_verdict(unsigned int verdict)
{
	const unsigned int step = 4096;

	if (nr_verdicts % step == 0)
		verdicts = realloc(verdicts, (nr_verdicts + step) * sizeof(*verdicts));
	if (!verdicts)
		ksft_exit_fail_msg("no memory for what %u cells are\n", nr_verdicts);
	verdicts[nr_verdicts++] = verdict;
}

/* Refused by the judge: then every request refuses it, for the same reason. */
static bool check_refused(const char *path, const __u32 *which, const char *reason)
{
	struct kmb_shape shape = { .node = -1, .pool = POOL, .flags = ENGINE_SHAPE };
	struct kmb_cell cell = { };
	char seen[KMB_REASON_LEN];
	int ret;

	memcpy(cell.cell, which, sizeof(cell.cell));
	ret = verify(&cell, &shape, seen);
	if (ret == EOPNOTSUPP && reason[0] && !strcmp(reason, seen))
		return true;
	ksft_print_msg("%s: expected to be refused with \"%s\", saw %s \"%s\"\n",
		       path, reason, strerror(ret), seen);
	return false;
}

/* Is it a cell that is asked for? Only user copies have a user side. */
static bool wanted(const __u32 *cell, char path[PATH_LEN])
{
	if (!(row(cell, KMB_LIST_COPIES)->row_flags & KMB_ROW_USER) !=
	    !(row(cell, KMB_LIST_SOURCES)->row_flags & KMB_ROW_USER))
		return false;
	cell_path(lists, cell, path, PATH_LEN);
	return !fnmatch(pattern, path, 0);
}

/* Is there time for all spans of the next cell? */
static bool in_time(void)
{
	static struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!start.tv_sec)
		start = now;
	return now.tv_sec - start.tv_sec <=
	       MATRIX_AHEAD + (time_t)((__u64)MATRIX_SECONDS * nr_done / nr_legal);
}

/* Counts the legal cells; remembers which they are, and why the others are not. */
static void judge_all(void)
{
	struct kmb_shape shape = { .node = -1, .pool = POOL, .flags = ENGINE_SHAPE };
	char reason[KMB_REASON_LEN], path[PATH_LEN];
	__u32 cell[KMB_NR_LISTS] = { };

	do {
		if (!wanted(cell, path))
			continue;
		if (legal(cell, &shape, reason)) {
			add_verdict(remember(path, reason));
		} else {
			add_verdict(LEGAL);
			nr_legal++;
		}
	} while (cells_next(lists, cell));
}

/* A legal cell, unless its memory cannot be had here */
static void check_legal(const char *path, const __u32 *cell)
{
	const char *missing = memory[cell[KMB_LIST_SOURCES]].missing;

	if (missing[0])
		ksft_test_result_skip("%s: %s\n", path, missing);
	else
		ksft_test_result(check_cell(path, cell), "%s\n", path);
	nr_thorough += thorough;
	nr_done++;
}

static void check_all(void)
{
	bool refused = true, tried[MAX_REASONS] = { };
	__u32 cell[KMB_NR_LISTS] = { };
	unsigned int i, nr = 0;
	char path[PATH_LEN];

	do {
		if (!wanted(cell, path))
			continue;
		i = verdicts[nr++];
		thorough = ENGINE_ALL && nr_legal && in_time();
		if (i == LEGAL) {
			check_legal(path, cell);
			continue;
		}
		if (thorough || !tried[i])
			refused &= check_refused(path, cell, reasons[i].text);
		tried[i] = true;
	} while (cells_next(lists, cell));
	if (ENGINE_ALL)
		ksft_print_msg("%u of %u cells with all their spans%s\n", nr_thorough, nr_done,
			       nr_thorough < nr_done ? ", the others with two: no time" : "");
	ksft_test_result(refused, "illegal cells are refused\n");
	for (i = 0; i < nr_reasons; i++)
		ksft_test_result_skip("%u cells: %s\n", reasons[i].cells, reasons[i].text);
}

/* Enough for an operation on the largest folio, and for POOL smaller ones */
static void open_memory(void)
{
	const struct rows *sources = &lists[KMB_LIST_SOURCES];
	size_t len = (size_t)query.page_size << query.max_order;
	unsigned int i;
	int ret;

	for (i = 0; i < sources->nr; i++) {
		if (!(sources->row[i].row_flags & KMB_ROW_CALLER))
			continue;
		ret = user_memory_open(&memory[i].user, sources->row[i].name, len, NULL,
				       memory[i].missing);
		if (!ret)
			continue;
		if (ret != -EOPNOTSUPP)
			ksft_exit_fail_msg("memory for %s: %s\n", sources->row[i].name,
					   memory[i].missing);
	}
}

/* One line of what was really used, for whoever reads the log */
static void say_what(void)
{
	ksft_print_msg("highmem: %llu kB, nesting limit %u, page size %u\n",
		       (unsigned long long)query.highmem_total / 1024, query.nest_limit,
		       query.page_size);
	if (!(query.kernel & KMB_KERNEL_HIGHMEM))
		ksft_test_result_skip("highmem: this kernel has none\n");
	else if (!query.highmem_total)
		ksft_test_result_skip("highmem: this machine has none\n");
	else
		ksft_test_result_pass("highmem\n");
}

/* An argument is a glob over paths: those cells only. */
int main(int argc, char **argv)
{
	if (argc > 1)
		pattern = argv[1];
	fd = device_begin(&query, lists, &checks);
	engine_open();
	open_memory();
	engine_memory(&memory[rows_find(&lists[KMB_LIST_SOURCES], "resident")].user);
	judge_all();
	ksft_set_plan(nr_legal + nr_reasons + 2);
	say_what();
	check_all();
	ksft_finished();
}

#endif /* _KMAP_LOCAL_MATRIX_H */
