// SPDX-License-Identifier: GPL-2.0-or-later
/* The device as a file: reads and writes through maps, beside tmpfs and /dev/zero. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "device.h"
#include "environment.h"
#include "kmapbench.h"
#include "lists.h"
#include "number.h"
#include "progress.h"
#include "ring.h"
#include "stats.h"
#include "table.h"

#define MAX_MAPS	16
#define MAX_SIZES	8
#define MAX_DEPTHS	8
#define MAX_DEPTH	256
#define MAX_ROUNDS	1000
#define MAX_SIZE	(16LL << 20)

/* Of a round: as many transfers as go through this, within limits */
#define SPAN		(4LL << 20)
#define LEAST_NR	32
#define MOST_NR		256

#define TMPFS		"tmpfs"
#define ZERO		"/dev/zero"

enum {
	OPT_ENGINE = 0x200,
	OPT_MAP,
	OPT_SIZE,
	OPT_DEPTH,
	OPT_ROUNDS,
	OPT_WRITE,
	OPT_FIXED,
	OPT_WHERE,
};

struct request {
	bool by_ring, write, fixed;
	const char *maps, *where;
	long long sizes[MAX_SIZES], depths[MAX_DEPTHS], rounds;
	size_t nr_sizes, nr_depths;
};

/* What is read or written: the device by a map, or a peer */
struct target {
	char name[KMB_NAME_LEN];
	struct device dev;	/* of a map */
	int fd;
	double *latencies;	/* of all rounds */
	double *rates;		/* bytes per ns, a round each */
};

struct io {
	const struct request *request;
	struct target targets[MAX_MAPS + 2];
	size_t nr;
	size_t bytes;		/* of the device */
	struct ring *ring;
	struct transfers transfers;
};

static const struct argp_option options[] = {
	{ "engine", OPT_ENGINE, "ENGINE", 0,
	  "sync: pread() and pwrite() (the default), or io_uring", 0 },
	{ "map", OPT_MAP, "MAP,...", 0,
	  "Maps that the device is read by (kmap_local,kmap_atomic)", 0 },
	{ "size", OPT_SIZE, "BYTES,...", 0, "Of each transfer; may end in K or M (4K,64K,1M)", 0 },
	{ "depth", OPT_DEPTH, "N,...", 0, "Transfers in flight, by io_uring (1,8)", 0 },
	{ "write", OPT_WRITE, NULL, 0, "Write instead of reading", 0 },
	{ "fixed", OPT_FIXED, NULL, 0, "To and from a registered buffer, by io_uring", 0 },
	{ "rounds", OPT_ROUNDS, "N", 0, "Rounds, all targets in each (20; of instructions 3)", 0 },
	{ "where", OPT_WHERE, "DIR", 0, "A folder on tmpfs (/dev/shm)", 0 },
	{ 0 }
};

static error_t parse_engine(const char *name, struct request *request)
{
	request->by_ring = !strcmp(name, "io_uring");
	if (request->by_ring || !strcmp(name, "sync"))
		return 0;
	return fail(STATUS_USAGE, "say sync or io_uring", "--engine %s: no such engine", name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *r = state->input;

	switch (key) {
	case OPT_ENGINE:
		return parse_engine(arg, r);
	case OPT_MAP:
		r->maps = arg;
		return 0;
	case OPT_SIZE:
		return number_list("size", arg, 1, MAX_SIZE, true, r->sizes, MAX_SIZES,
				   &r->nr_sizes);
	case OPT_DEPTH:
		return number_list("depth", arg, 1, MAX_DEPTH, false, r->depths, MAX_DEPTHS,
				   &r->nr_depths);
	case OPT_ROUNDS:
		return number_option("rounds", arg, 1, MAX_ROUNDS, false, &r->rounds);
	case OPT_WRITE:
		r->write = true;
		return 0;
	case OPT_FIXED:
		r->fixed = true;
		return 0;
	case OPT_WHERE:
		r->where = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Measure reads or writes of the device through maps, beside tmpfs and /dev/zero.",
};

static int complete(struct request *r)
{
	if (!r->by_ring && (r->nr_depths || r->fixed))
		return fail(STATUS_USAGE, "add --engine io_uring",
			    "--%s: system calls are one at a time, with memory of any kind",
			    r->fixed ? "fixed" : "depth");
	if (!r->nr_depths) {
		r->depths[r->nr_depths++] = 1;
		if (r->by_ring)
			r->depths[r->nr_depths++] = 8;
	}
	return STATUS_FINE;
}

static struct target *add_target(struct io *io, const char *name)
{
	struct target *target = &io->targets[io->nr++];

	snprintf(target->name, sizeof(target->name), "%s", name);
	target->fd = -1;
	target->dev.fd = -1;
	return target;
}

static int add_map(struct io *io, const struct lists *lists, const char *name)
{
	struct kmb_io request = { .flags = KMB_IO_MAP };
	struct target *target;
	int error, status;

	while (request.map < lists->nr[KMB_LIST_MAPS] &&
	       strcmp(lists->rows[KMB_LIST_MAPS][request.map].name, name))
		request.map++;
	if (request.map == lists->nr[KMB_LIST_MAPS])
		return fail(STATUS_USAGE, "see `kmapbench list maps'", "--map %s: no such map",
			    name);
	target = add_target(io, name);
	status = device_open(&target->dev);
	if (status)
		return status;
	target->fd = target->dev.fd;
	error = device_io(&target->dev, &request);
	if (error)
		return device_fail(name, error, request.reason);
	io->bytes = request.bytes;
	return STATUS_FINE;
}

static int add_maps(struct io *io, const struct lists *lists)
{
	const char *list = io->request->maps, *end;
	char name[KMB_NAME_LEN];
	int status = STATUS_FINE;

	for (; !status; list = end + 1) {
		end = strchrnul(list, ',');
		if (io->nr == MAX_MAPS)
			return fail(STATUS_USAGE, "measure them in several runs",
				    "--map: more than %d maps", MAX_MAPS);
		snprintf(name, sizeof(name), "%.*s", (int)(end - list), list);
		status = add_map(io, lists, name);
		if (!*end)
			break;
	}
	return status;
}

static int add_peers(struct io *io)
{
	const char *where = io->request->where;
	struct target *tmpfs = add_target(io, TMPFS), *zero = add_target(io, ZERO);
	struct statfs fs;

	errno = 0;
	if (statfs(where, &fs) || fs.f_type != TMPFS_MAGIC)
		return fail(STATUS_USAGE, "name a folder on tmpfs with --where", "%s: %s", where,
			    errno ? strerror(errno) : "not on tmpfs");
	tmpfs->fd = open(where, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	zero->fd = open(ZERO, O_RDWR | O_CLOEXEC);
	if (tmpfs->fd >= 0 && zero->fd >= 0)
		return STATUS_FINE;
	return fail(STATUS_UNAVAILABLE, NULL, "%s: %s", tmpfs->fd < 0 ? where : ZERO,
		    strerror(errno));
}

static void make_pattern(char *buffer, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buffer[i] = i * 7 + (i >> 12);
}

/* All pages are there before any is measured, and hold what was written. */
static int fill(const struct target *target, char *buffer, size_t len)
{
	make_pattern(buffer, len);
	if (pwrite(target->fd, buffer, len, 0) != (ssize_t)len)
		return fail(STATUS_UNAVAILABLE, "free some memory, or use a smaller --size",
			    "%s: cannot write %zu bytes: %s", target->name, len, strerror(errno));
	memset(buffer, 0, len);
	if (pread(target->fd, buffer, len, 0) != (ssize_t)len)
		return fail(STATUS_FAILED, "the kernel log may say more",
			    "%s: cannot read %zu bytes: %s", target->name, len, strerror(errno));
	make_pattern(buffer + len, len);
	if (!strcmp(target->name, ZERO) || !memcmp(buffer, buffer + len, len))
		return STATUS_FINE;
	return fail(STATUS_FAILED, "run the selftest io",
		    "%s: what was written is not what is read", target->name);
}

static int fill_all(const struct io *io)
{
	size_t len = io->transfers.span, i;
	char *buffer = malloc(2 * len);
	int status = buffer ? STATUS_FINE : fail(STATUS_FAILED, NULL, "buffer: out of memory");

	for (i = 0; i < io->nr && !status; i++)
		status = fill(&io->targets[i], buffer, len);
	free(buffer);
	return status;
}

static int measure_target(struct io *io, struct target *target, long long round)
{
	struct transfers *t = &io->transfers;
	double start;
	int status;

	t->name = target->name;
	t->fd = target->fd;
	t->latencies = target->latencies + round * t->nr;
	start = ns_now();
	status = io->ring ? ring_transfer(io->ring, t) : transfer_by_syscall(t);
	target->rates[round] = (double)t->size * t->nr / (ns_now() - start);
	return status;
}

/* Once to warm up, and then in rounds that begin with another one each */
static int measure_rounds(struct io *io)
{
	long long round, rounds = io->request->rounds;
	int status = STATUS_FINE;
	size_t i;

	for (i = 0; i < io->nr && !status; i++)
		status = measure_target(io, &io->targets[i], 0);
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < io->nr && !status; i++)
			status = measure_target(io, &io->targets[(i + round) % io->nr], round);
	}
	return status;
}

static double rate_of(const struct io *io, const struct target *target)
{
	stats_sort(target->rates, io->request->rounds);
	return stats_median(target->rates, io->request->rounds);
}

static void add_row(struct table *table, const struct io *io, struct target *target, double peer)
{
	size_t nr = io->transfers.nr * io->request->rounds;
	double rate = rate_of(io, target);
	char median[COST_LEN], tail[COST_LEN];

	stats_sort(target->latencies, nr);
	table_add(table, "%s", target->name);
	table_add(table, "%zu", io->transfers.size);
	table_add(table, "%zu", io->transfers.depth);
	table_add(table, "%zu", nr);
	table_add(table, "%s", format_cost(stats_median(target->latencies, nr), median));
	table_add(table, "%s", format_cost(stats_quantile(target->latencies, nr, 0.99), tail));
	table_add(table, "%.3f", rate);
	table_add(table, "%.2f", rate / peer);
}

static bool alloc_samples(struct io *io)
{
	size_t i, nr = io->transfers.nr * io->request->rounds;

	for (i = 0; i < io->nr; i++) {
		io->targets[i].latencies = calloc(nr, sizeof(double));
		io->targets[i].rates = calloc(io->request->rounds, sizeof(double));
		if (!io->targets[i].latencies || !io->targets[i].rates)
			return false;
	}
	return true;
}

static void free_samples(struct io *io)
{
	size_t i;

	for (i = 0; i < io->nr; i++) {
		free(io->targets[i].latencies);
		free(io->targets[i].rates);
		io->targets[i].latencies = NULL;
		io->targets[i].rates = NULL;
	}
}

static int open_buffers(struct io *io, size_t len)
{
	struct transfers *t = &io->transfers;
	int status;

	t->buffers = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t->buffers == MAP_FAILED || !alloc_samples(io))
		return fail(STATUS_FAILED, "use a smaller --size or --depth",
			    "buffers: out of memory");
	memset(t->buffers, 0x5a, len);
	if (!io->request->by_ring)
		return STATUS_FINE;
	status = ring_open(io->targets[0].fd, t->depth, &io->ring);
	return status ?: io->request->fixed ? ring_register(io->ring, t->buffers, len) : 0;
}

static int measure_shape(struct io *io, size_t size, size_t depth, struct table *table)
{
	struct transfers *t = &io->transfers;
	size_t len = size * depth, most = io->bytes < SPAN ? io->bytes : SPAN, i;
	int status;

	if (size > io->bytes)
		return fail(STATUS_USAGE, "load the module with a larger io_size",
			    "--size %zu: the device has %zu bytes", size, io->bytes);
	*t = (struct transfers){
		.write = io->request->write, .fixed = io->request->fixed, .size = size,
		.depth = depth, .span = size > most ? size : most / size * size,
	};
	t->nr = t->span / size;
	t->nr = t->nr < LEAST_NR ? LEAST_NR : t->nr > MOST_NR ? MOST_NR : t->nr;
	status = open_buffers(io, len) ?: fill_all(io) ?: measure_rounds(io);
	/* The peers are the last two. */
	for (i = 0; i < io->nr && !status; i++)
		add_row(table, io, &io->targets[i], rate_of(io, &io->targets[io->nr - 2]));
	ring_close(io->ring);
	io->ring = NULL;
	free_samples(io);
	if (t->buffers != MAP_FAILED)
		munmap(t->buffers, len);
	return status;
}

static int measure_all(struct io *io, const struct environment *env)
{
	const struct request *r = io->request;
	bool exact = environment_counts_instructions(env);
	struct table table;
	int status = STATUS_FINE;
	size_t i, j;

	table_init(&table, "lrrrrrrr");
	table_add(&table, "%s", r->write ? "write" : "read");
	table_add(&table, "bytes");
	table_add(&table, "depth");
	table_add(&table, "n");
	table_add(&table, "median, %s", env->unit);
	table_add(&table, "99 %%");
	table_add(&table, "%s", exact ? "bytes/instruction" : "GB/s");
	table_add(&table, "vs tmpfs");
	for (i = 0; i < r->nr_sizes; i++) {
		for (j = 0; j < r->nr_depths && !status; j++)
			status = measure_shape(io, r->sizes[i], r->depths[j], &table);
	}
	if (!status) {
		printf("Linux %s %s%s%s, %s, by %s%s: %s of a transfer\n\n", env->kernel,
		       env->machine, *env->lane ? ", lane " : "", env->lane, env->accelerator,
		       r->by_ring ? "io_uring" : r->write ? "pwrite()" : "pread()",
		       r->fixed ? " with a registered buffer" : "", env->unit);
		status = table_print(&table, stdout);
	}
	table_free(&table);
	return status;
}

static int run(int argc, char **argv)
{
	struct request request = {
		.maps = "kmap_local,kmap_atomic", .where = "/dev/shm",
		.sizes = { 4096, 65536, 1048576 }, .nr_sizes = 3,
	};
	struct io io = { .request = &request };
	struct environment env;
	struct device dev;
	struct lists lists;
	int status;
	size_t i;

	if (argp_parse(&argp, argc, argv, 0, NULL, &request))
		return STATUS_USAGE;
	status = complete(&request) ?: device_open(&dev);
	if (status)
		return status;
	environment_detect(&env, &dev.query);
	if (!request.rounds)
		request.rounds = environment_counts_instructions(&env) ? 3 : 20;
	status = lists_load(&dev, &lists);
	if (!status) {
		status = add_maps(&io, &lists) ?: add_peers(&io) ?: measure_all(&io, &env);
		lists_free(&lists);
	}
	for (i = 0; i < io.nr; i++) {
		if (io.targets[i].fd >= 0)
			close(io.targets[i].fd);
	}
	device_close(&dev);
	return status;
}

COMMAND(io, "read and write the device through maps, beside tmpfs", run);
