// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A test double of the module: answers open() and ioctl() of the device, by
 * way of the linker's --wrap. Costs are made up and the same each time. What
 * it should do wrong is told by the environment:
 *
 * FAKE_OPEN_ERRNO=N	opening fails
 * FAKE_ERRNO=NR:N	the request of that number fails, from round FAKE_ROUND
 * FAKE_ROUND=N		on, with half of its samples
 * FAKE_REASON=TEXT	and this reason; the second check fails for it
 * FAKE_KNOWN=1		which is known
 * FAKE_LOWMEM=1	a kernel without highmem
 * FAKE_DELAY_MS=N	each run lasts so long, unless a signal comes
 * FAKE_NOISE=N		samples cost up to N % more, by chance, and so do rounds
 * FAKE_DRIFT=N		each round costs N % more
 * FAKE_MODES=N		half of the samples cost N % more
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "kmap_bench_uapi.h"
#include "compiler.h"
#include "fake_device.h"

#define FAKE_PAGE_SIZE	4096
#define FAKE_ITERATIONS	101
#define FAKE_OVERHEAD	20
#define FAKE_NEST_LIMIT	15
#define FAKE_LAST_PKMAP	512
#define FAKE_MAX_CELLS	8
#define FAKE_MAX_OPS	512
#define FAKE_FAULT	1000

static int fake_fd = -1;

static const struct kmb_enum rows[] = {
	{ .list = KMB_LIST_MAPS, .name = "none", .expr = "" },
	{ .list = KMB_LIST_MAPS, .name = "kmap_local", .row_flags = KMB_ROW_MAPS,
	  .expr = "kmap_local_page(page)", .traits = "maps" },
	{ .list = KMB_LIST_MAPS, .name = "kmap_atomic", .expr = "kmap_atomic(page)",
	  .row_flags = KMB_ROW_MAPS | KMB_ROW_ATOMIC, .traits = "maps, atomic" },
	{ .list = KMB_LIST_MAPS, .name = "kmap", .expr = "kmap(page)",
	  .row_flags = KMB_ROW_MAPS | KMB_ROW_SLEEPS, .traits = "maps, sleeps" },
	{ .list = KMB_LIST_COPIES, .name = "none" },
	{ .list = KMB_LIST_COPIES, .name = "read", .expr = "memcpy(buffer, address, len)",
	  .row_flags = KMB_ROW_DATA, .traits = "data" },
	{ .list = KMB_LIST_COPIES, .name = "from_user",
	  .expr = "copy_from_user(address, user, len)",
	  .row_flags = KMB_ROW_DATA | KMB_ROW_USER, .traits = "data, user" },
	{ .list = KMB_LIST_CONTEXTS, .name = "task", .row_flags = KMB_ROW_USER },
	{ .list = KMB_LIST_CONTEXTS, .name = "irq_off",
	  .row_flags = KMB_ROW_ATOMIC | KMB_ROW_USER },
	{ .list = KMB_LIST_PAGES, .name = "low" },
	{ .list = KMB_LIST_PAGES, .name = "high", .row_flags = KMB_ROW_HIGHMEM },
	{ .list = KMB_LIST_SOURCES, .name = "none" },
	{ .list = KMB_LIST_SOURCES, .name = "resident", .row_flags = KMB_ROW_USER },
	{ .list = KMB_LIST_SOURCES, .name = "absent", .row_flags = KMB_ROW_USER | KMB_ROW_FAULTS },
	{ .list = KMB_LIST_SOURCES, .name = "anonymous",
	  .row_flags = KMB_ROW_USER | KMB_ROW_FAULTS | KMB_ROW_CALLER },
	{ .list = KMB_LIST_SOURCES, .name = "unheard_of",
	  .row_flags = KMB_ROW_USER | KMB_ROW_FAULTS | KMB_ROW_CALLER },
	{ .list = KMB_LIST_CHECKS, .name = "identity", .expr = "shows its own page" },
	{ .list = KMB_LIST_CHECKS, .name = "sleep", .expr = "survives sleeping" },
	{ .list = KMB_LIST_CHECKS, .name = "overflow", .row_flags = KMB_ROW_DESTRUCTIVE },
};

static long long setting(const char *name)
{
	const char *value = getenv(name);

	return value ? atoll(value) : 0;
}

static bool has_highmem(void)
{
	return !setting("FAKE_LOWMEM");
}

static const struct kmb_enum *find_row(__u32 list, __u32 index)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].list == list && !index--)
			return &rows[i];
	}
	return NULL;
}

static int fake_query(struct kmb_query *query)
{
	query->features = KMB_FEATURE_THREADS;
	query->kernel = KMB_KERNEL_KMAP_LOCAL | KMB_KERNEL_SMP;
	query->page_size = FAKE_PAGE_SIZE;
	query->preempt = KMB_PREEMPT_VOLUNTARY;
	query->nest_limit = FAKE_NEST_LIMIT;
	query->slots = FAKE_NEST_LIMIT + 1;
	query->nodes = 1;
	query->max_cells = FAKE_MAX_CELLS;
	query->max_samples = 1000;
	query->max_pool = 4096;
	query->max_order = 3;
	query->max_threads = 4;
	query->max_iterations = 1000000;
	query->clock_resolution = 1;
	query->clock_cost = FAKE_OVERHEAD;
	if (has_highmem()) {
		query->kernel |= KMB_KERNEL_HIGHMEM;
		query->highmem_total = 1ULL << 30;
		query->highmem_free = 1ULL << 29;
		query->last_pkmap = FAKE_LAST_PKMAP;
	}
	return 0;
}

static int fake_enum(struct kmb_enum *row)
{
	const struct kmb_enum *found = find_row(row->list, row->index);
	__u32 list = row->list, index = row->index;

	if (!found)
		return -ENOENT;
	*row = *found;
	row->size = sizeof(*row);
	row->list = list;
	row->index = index;
	return 0;
}

static int check_cell(const __u32 *cell, const struct kmb_shape *shape, char *reason)
{
	int list;

	for (list = 0; list < KMB_NR_LISTS; list++) {
		if (!find_row(list, cell[list]))
			return -EINVAL;
	}
	if (shape->nest > FAKE_NEST_LIMIT) {
		snprintf(reason, KMB_REASON_LEN, "nest %u: at most %d", shape->nest,
			 FAKE_NEST_LIMIT);
		return -EINVAL;
	}
	if (shape->nest == FAKE_NEST_LIMIT && cell[KMB_LIST_SOURCES]) {
		snprintf(reason, KMB_REASON_LEN, "nest %u: a fault may need one", shape->nest);
		return -EINVAL;
	}
	if (shape->offset + shape->len > FAKE_PAGE_SIZE) {
		snprintf(reason, KMB_REASON_LEN, "len past the end of the page");
		return -EINVAL;
	}
	if ((find_row(KMB_LIST_COPIES, cell[KMB_LIST_COPIES])->row_flags & KMB_ROW_USER) !=
	    (find_row(KMB_LIST_SOURCES, cell[KMB_LIST_SOURCES])->row_flags & KMB_ROW_USER)) {
		snprintf(reason, KMB_REASON_LEN, "copy and source do not go together");
		return -EOPNOTSUPP;
	}
	if (find_row(KMB_LIST_PAGES, cell[KMB_LIST_PAGES])->row_flags & KMB_ROW_HIGHMEM &&
	    !has_highmem()) {
		snprintf(reason, KMB_REASON_LEN, "this kernel has no highmem");
		return -EOPNOTSUPP;
	}
	if (find_row(KMB_LIST_MAPS, cell[KMB_LIST_MAPS])->row_flags & KMB_ROW_SLEEPS &&
	    find_row(KMB_LIST_CONTEXTS, cell[KMB_LIST_CONTEXTS])->row_flags & KMB_ROW_ATOMIC) {
		snprintf(reason, KMB_REASON_LEN, "the map may sleep, the context must not");
		return -EOPNOTSUPP;
	}
	return 0;
}

static bool is_arithmetic(const __u32 *cell)
{
	return !cell[KMB_LIST_PAGES] && cell[KMB_LIST_MAPS] == 1 && !has_highmem();
}

/* Memory that the caller has to make absent for each request */
static bool is_cold(const __u32 *cell)
{
	return find_row(KMB_LIST_SOURCES, cell[KMB_LIST_SOURCES])->row_flags & KMB_ROW_CALLER;
}

static int fake_legal(struct kmb_legal *legal)
{
	legal->arithmetic = is_arithmetic(legal->cell);
	if (is_cold(legal->cell))
		legal->user_len = FAKE_PAGE_SIZE * FAKE_MAX_OPS;
	return check_cell(legal->cell, &legal->shape, legal->reason);
}

static bool is_absent(const __u32 *cell)
{
	return find_row(KMB_LIST_SOURCES, cell[KMB_LIST_SOURCES])->row_flags & KMB_ROW_FAULTS;
}

/* Pages of the caller's that are not there, of those that a request reads */
static __u64 count_absent(const struct kmb_run *run, __u32 pages)
{
	unsigned char vec[FAKE_MAX_OPS];
	char *at = (char *)(uintptr_t)run->user_addr;
	__u64 nr = 0;
	__u32 i;

	if (mincore(at, (size_t)pages * FAKE_PAGE_SIZE, vec))
		return 0;
	for (i = 0; i < pages; i++) {
		nr += !(vec[i] & 1);
		at[(size_t)i * FAKE_PAGE_SIZE] = 1;
	}
	return nr;
}

/* Of one operation: by the map, the copy, and whether kmap() would wrap */
static __u64 cost_of(const struct kmb_run *run, const __u32 *cell)
{
	static const __u64 maps[] = { 0, 270, 272, 320 };
	static const __u64 copies[] = { 0, 1024, 1100 };
	bool high = cell[KMB_LIST_PAGES];
	__u64 map = maps[cell[KMB_LIST_MAPS]];

	if (cell[KMB_LIST_MAPS] == 3 && run->shape.pool > FAKE_LAST_PKMAP)
		map *= 2;
	if (is_arithmetic(cell))
		map = 0;
	return 2 + (high ? map : map / 4) + copies[cell[KMB_LIST_COPIES]] +
	       (is_absent(cell) ? FAKE_FAULT * run->shape.faults / 100 : 0);
}

/* From 0 to 1, as if by chance: splitmix64's last steps */
static double chance(__u64 number)
{
	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9ULL;
	number = (number ^ number >> 27) * 0x94d049bb133111ebULL;
	return (number ^ number >> 31) / 0x1p64;
}

/* What a round does to costs is the same for all of its samples. */
static double disturb(__u64 cost, __u32 round, __u32 sample)
{
	double noise = setting("FAKE_NOISE") / 100.0;
	double drift = round * setting("FAKE_DRIFT") / 100.0;
	double mode = chance(sample + 1) < 0.5 ? setting("FAKE_MODES") / 100.0 : 0;

	return cost * (1 + drift) * (1 + mode) * (1 + noise * chance(round + 1)) *
	       (1 + noise * chance((__u64)(round + 1) << 32 | sample));
}

static void take_sample(struct kmb_run *run, __u32 cell_index, __u32 round)
{
	struct kmb_cell *cell = (struct kmb_cell *)(uintptr_t)run->cells + cell_index;
	struct kmb_sample *sample = (struct kmb_sample *)(uintptr_t)run->samples;

	if (!cell->iterations)
		cell->iterations = FAKE_ITERATIONS;
	sample += run->nr_samples++;
	cell->overhead = FAKE_OVERHEAD;
	cell->ops += cell->iterations;
	if (is_cold(cell->cell))
		cell->faults += count_absent(run, cell->iterations);
	else if (is_absent(cell->cell))
		cell->faults += cell->iterations * run->shape.faults / 100;
	if (cell->cell[KMB_LIST_COPIES])
		cell->bytes += (__u64)cell->iterations * (run->shape.len ?: FAKE_PAGE_SIZE);
	cell->pages_low += !cell->cell[KMB_LIST_PAGES];
	cell->pages_high += !!cell->cell[KMB_LIST_PAGES];
	cell->mappings = !!cell->cell[KMB_LIST_MAPS];
	cell->arithmetic = is_arithmetic(cell->cell);
	cell->samples++;
	sample->duration = FAKE_OVERHEAD + disturb((cell->iterations - 1) *
						   cost_of(run, cell->cell), round,
						   run->nr_samples);
	sample->cell = cell_index;
	sample->round = round;
}

static bool was_interrupted(void)
{
	long long ms = setting("FAKE_DELAY_MS");
	struct timespec delay = { ms / 1000, ms % 1000 * 1000000 };

	return ms && nanosleep(&delay, NULL) && errno == EINTR;
}

static int fake_run(struct kmb_run *run, int error)
{
	const struct kmb_cell *cells = (struct kmb_cell *)(uintptr_t)run->cells;
	__u32 i, s, cut;
	int bad;

	for (i = 0; i < run->nr_cells; i++) {
		bad = check_cell(cells[i].cell, &run->shape, run->reason);
		run->bad_cell = i;
		if (bad)
			return bad;
	}
	if (run->nr_cells > FAKE_MAX_CELLS ||
	    (is_cold(cells->cell) && !(run->flags & KMB_RUN_COLD)))
		return -EINVAL;
	if (run->flags & KMB_RUN_COLD &&
	    (run->nr_cells * run->samples_per_round * run->rounds > 1 || !cells->iterations ||
	     cells->iterations > FAKE_MAX_OPS ||
	     (is_cold(cells->cell) && run->user_len < (__u64)FAKE_MAX_OPS * FAKE_PAGE_SIZE)))
		return -EINVAL;
	if (run->nr_samples < run->nr_cells * run->samples_per_round)
		return -ENOSPC;
	if (was_interrupted())
		error = -EINTR;
	cut = run->nr_cells * run->samples_per_round / (error ? 2 : 1);
	run->nr_samples = 0;
	for (s = 0; s < run->samples_per_round; s++) {
		for (i = 0; i < run->nr_cells && run->nr_samples < cut; i++)
			take_sample(run, i, run->first_round);
	}
	return error;
}

static int fake_check(struct kmb_check *check, const char *reason)
{
	if (find_row(KMB_LIST_PAGES, check->pages)->row_flags & KMB_ROW_HIGHMEM && !has_highmem()) {
		snprintf(check->reason, sizeof(check->reason), "this kernel has no highmem");
		return -EOPNOTSUPP;
	}
	snprintf(check->seen, sizeof(check->seen), "15 mappings");
	if (!check->check || !reason)
		return 0;
	snprintf(check->reason, sizeof(check->reason), "%s", reason);
	check->known = setting("FAKE_KNOWN");
	return -EIO;
}

static int fake_error(unsigned long request, const void *arg, char **reason)
{
	const char *wanted = getenv("FAKE_ERRNO");
	const struct kmb_run *run = arg;
	unsigned int number, error;

	*reason = getenv("FAKE_REASON");
	if (!wanted || sscanf(wanted, "%u:%u", &number, &error) != 2 || number != _IOC_NR(request))
		return 0;
	if (request == KMB_RUN && run->first_round < setting("FAKE_ROUND"))
		return 0;
	return -(int)error;
}

static int answer(unsigned long request, void *arg)
{
	struct kmb_run *run = arg;
	char *reason;
	int error = fake_error(request, arg, &reason);

	if (request == KMB_RUN) {
		error = fake_run(run, error);
		if (error && reason)
			snprintf(run->reason, sizeof(run->reason), "%s", reason);
		return error;
	}
	if (error)
		return error;
	switch (request) {
	case KMB_QUERY:
		return fake_query(arg);
	case KMB_ENUM:
		return fake_enum(arg);
	case KMB_LEGAL:
		return fake_legal(arg);
	case KMB_CHECK:
		return fake_check(arg, reason);
	case KMB_NOP:
		return 0;
	case KMB_IO:
		((struct kmb_io *)arg)->bytes = 1 << 20;
		return 0;
	}
	return -ENOTTY;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	errno = fd == fake_fd ? -answer(request, arg) : ENOTTY;
	return errno ? -1 : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (strcmp(path, KMB_DEVICE))
		return __real_open(path, flags, mode);
	errno = setting("FAKE_OPEN_ERRNO");
	if (errno)
		return -1;
	fake_fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);
	return fake_fd;
}

int __wrap_open64(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	return __wrap_open(path, flags, mode);
}
