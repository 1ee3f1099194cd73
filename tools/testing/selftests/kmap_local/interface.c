// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interface keeps the vocabulary that kmap_bench_uapi.h lays down, refuses
 * what it must without doing it, and keeps what was measured when a signal
 * comes. Nothing that a caller passes makes the kernel complain.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "device.h"
#include "garbage.h"

#define ROOM		64
#define THREADS		4
#define GARBAGE		20000

FIXTURE(device)
{
	int fd;
	struct kmb_query query;
	struct rows lists[KMB_NR_LISTS];
	struct kmb_cell cell;
	struct kmb_sample samples[ROOM];
	struct kmb_run run;
};

PROGRAM_NEEDS(device_missing)

FIXTURE_SETUP(device)
{
	const char *reason;

	self->fd = device_open(&reason);
	ASSERT_LE(0, self->fd) {
		TH_LOG("%s", reason);
	}
	ASSERT_EQ(0, device_query(self->fd, &self->query));
	ASSERT_EQ(0, device_lists(self->fd, self->lists));
	memset(&self->cell, 0, sizeof(self->cell));
	self->cell.cell[KMB_LIST_MAPS] = rows_find(&self->lists[KMB_LIST_MAPS], "kmap_local");
	self->run = run_of(&self->cell, self->samples, ROOM);
	self->run.rounds = 2;
	self->run.samples_per_round = 3;
	self->run.target = 1000;
}

FIXTURE_TEARDOWN(device)
{
	if (self->fd >= 0)
		close(self->fd);
}

static int request(int fd, unsigned int cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

TEST_F(device, run_gives_all_samples_with_their_rounds)
{
	unsigned int i;

	ASSERT_EQ(0, request(self->fd, KMB_RUN, &self->run)) {
		TH_LOG("%s", self->run.reason);
	}
	EXPECT_EQ(6, self->run.nr_samples);
	EXPECT_EQ(6, self->cell.samples);
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(i / 3, self->samples[i].round);
		EXPECT_EQ(0, self->samples[i].cell);
		EXPECT_NE(0, self->samples[i].duration);
		EXPECT_LE(self->query.clock_cost, self->samples[i].duration);
	}
	/* At least its samples and the warm-up of each round, all whole passes. */
	EXPECT_LE(8ULL * self->cell.iterations, self->cell.ops);
	/* Both are zero where the clock's steps are longer than that. */
	EXPECT_LE(self->query.clock_cost, self->cell.overhead);
	EXPECT_EQ(0, self->cell.bytes);
	EXPECT_EQ(1, self->cell.mappings);
}

TEST_F(device, unknown_numbers_are_enotty)
{
	EXPECT_EQ(ENOTTY, request(self->fd, _IO(KMB_IOC_TYPE, 200), &self->run));
	EXPECT_EQ(ENOTTY, request(self->fd, _IO(KMB_IOC_TYPE + 1, 0), &self->query));
	EXPECT_EQ(ENOTTY, request(self->fd, _IOWR(KMB_IOC_TYPE, 0, struct kmb_query),
				  &self->query));
}

TEST_F(device, sizes_grow_at_the_end)
{
	struct {
		struct kmb_query query;
		__u32 tail[4];
	} longer = { .query = { .size = sizeof(longer) } };
	struct kmb_query query = { .size = 4 };

	EXPECT_EQ(EINVAL, request(self->fd, KMB_QUERY, &query));
	query.size = 0;
	EXPECT_EQ(EINVAL, request(self->fd, KMB_QUERY, &query));
	EXPECT_EQ(0, request(self->fd, KMB_QUERY, &longer));
	EXPECT_EQ(self->query.page_size, longer.query.page_size);
	longer.query = (struct kmb_query) { .size = sizeof(longer) };
	longer.tail[3] = 1;
	EXPECT_EQ(E2BIG, request(self->fd, KMB_QUERY, &longer));

	/* An older caller's struct ends early and gets what it knows of. */
	query = (struct kmb_query) {
		.size = offsetof(struct kmb_query, highmem_total), .page_size = 12345,
	};
	EXPECT_EQ(0, request(self->fd, KMB_QUERY, &query));
	EXPECT_EQ(self->query.kernel, query.kernel);
	EXPECT_EQ(12345, query.page_size);
}

TEST_F(device, bad_pointers_are_efault)
{
	struct kmb_run run = self->run;

	EXPECT_EQ(EFAULT, request(self->fd, KMB_QUERY, NULL));
	EXPECT_EQ(EFAULT, request(self->fd, KMB_RUN, (void *)-4096UL));
	run.cells = 8;
	EXPECT_EQ(EFAULT, request(self->fd, KMB_RUN, &run));
	run = self->run;
	run.samples = 8;
	EXPECT_EQ(EFAULT, request(self->fd, KMB_RUN, &run));
}

TEST_F(device, unknown_rows_and_flags_are_refused)
{
	struct kmb_check c = { .size = sizeof(c), .check = 100000 };
	struct kmb_enum e = { .size = sizeof(e), .index = 100000 };

	EXPECT_EQ(ENOENT, request(self->fd, KMB_ENUM, &e));
	e.list = KMB_LIST_CHECKS + 1;
	EXPECT_EQ(EINVAL, request(self->fd, KMB_ENUM, &e));
	EXPECT_EQ(ENOENT, request(self->fd, KMB_CHECK, &c));
	c = (struct kmb_check) { .size = sizeof(c), .flags = 1 };
	EXPECT_EQ(EINVAL, request(self->fd, KMB_CHECK, &c));
	c = (struct kmb_check) {
		.size = sizeof(c), .pages = rows_find(&self->lists[KMB_LIST_PAGES], "folio"),
	};
	EXPECT_EQ(EINVAL, request(self->fd, KMB_CHECK, &c));
	self->run.flags = 1U << 31;
	EXPECT_EQ(EINVAL, request(self->fd, KMB_RUN, &self->run));
	self->run.flags = 0;
	self->cell.cell[KMB_LIST_CONTEXTS] = 100000;
	EXPECT_EQ(ENOENT, request(self->fd, KMB_RUN, &self->run));
	EXPECT_NE('\0', self->run.reason[0]);
}

TEST_F(device, counts_out_of_range_are_refused)
{
	const struct {
		const char *name;
		int error;
		struct { __u32 *member, value; } set;
	} tries[] = {
		{ "no cells", EINVAL, { &self->run.nr_cells, 0 } },
		{ "cells", EINVAL, { &self->run.nr_cells, UINT32_MAX } },
		{ "no rounds", EINVAL, { &self->run.rounds, 0 } },
		{ "rounds", EINVAL, { &self->run.rounds, UINT32_MAX } },
		{ "no samples", EINVAL, { &self->run.samples_per_round, 0 } },
		{ "samples", EINVAL, { &self->run.samples_per_round, UINT32_MAX } },
		{ "short buffer", ENOSPC, { &self->run.nr_samples, 5 } },
		{ "target", EINVAL, { &self->run.target, UINT32_MAX } },
		{ "cell size", EINVAL, { &self->run.cell_size, 4 } },
		{ "sample size", EINVAL, { &self->run.sample_size, 4 } },
		{ "iterations", EINVAL, { &self->cell.iterations, UINT32_MAX } },
		{ "offset", EINVAL, { &self->run.shape.offset, self->query.page_size } },
		{ "length", EINVAL, { &self->run.shape.len, self->query.page_size + 1 } },
		{ "order", EINVAL, { &self->run.shape.order, self->query.max_order + 1 } },
		{ "pool", EINVAL, { &self->run.shape.pool, self->query.max_pool + 1 } },
		{ "threads", EINVAL, { &self->run.shape.threads, self->query.max_threads + 1 } },
		{ "node", EINVAL, { (__u32 *)&self->run.shape.node, 100000 } },
		{ "reserved", EINVAL, { &self->run.reserved, 1 } },
		{ "shape.flags", EINVAL, { &self->run.shape.flags, 2 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		__u32 kept = *tries[i].set.member;

		*tries[i].set.member = tries[i].set.value;
		EXPECT_EQ(tries[i].error, request(self->fd, KMB_RUN, &self->run)) {
			TH_LOG("%s: %s", tries[i].name, self->run.reason);
		}
		EXPECT_NE('\0', self->run.reason[0]) {
			TH_LOG("%s: refused without a reason", tries[i].name);
		}
		*tries[i].set.member = kept;
		self->run.nr_samples = ROOM;
	}
}

/* One more would be a BUG: it must be refused, and the highest must work. */
TEST_F(device, nesting_goes_to_the_limit_and_not_beyond)
{
	self->run.shape.nest = self->query.nest_limit;
	EXPECT_EQ(EINVAL, request(self->fd, KMB_RUN, &self->run));
	EXPECT_NE('\0', self->run.reason[0]);
	self->run.nr_samples = ROOM;
	self->run.shape.nest = UINT32_MAX;
	EXPECT_EQ(EINVAL, request(self->fd, KMB_RUN, &self->run));
	self->run.nr_samples = ROOM;
	self->run.shape.nest = self->query.nest_limit - 1;
	EXPECT_EQ(0, request(self->fd, KMB_RUN, &self->run)) {
		TH_LOG("%s", self->run.reason);
	}
}

TEST_F(device, illegal_cells_are_eopnotsupp_with_the_reason)
{
	struct kmb_legal l = { .size = sizeof(l), .shape = self->run.shape };

	self->cell.cell[KMB_LIST_MAPS] = rows_find(&self->lists[KMB_LIST_MAPS], "vmap");
	self->cell.cell[KMB_LIST_CONTEXTS] = rows_find(&self->lists[KMB_LIST_CONTEXTS], "hardirq");
	memcpy(l.cell, self->cell.cell, sizeof(l.cell));
	EXPECT_EQ(EOPNOTSUPP, request(self->fd, KMB_LEGAL, &l));
	EXPECT_EQ(EOPNOTSUPP, request(self->fd, KMB_RUN, &self->run));
	EXPECT_STREQ(l.reason, self->run.reason);
	EXPECT_NE('\0', l.reason[0]);
	EXPECT_EQ(0, self->run.bad_cell);
}

static void on_alarm(int signal)
{
	(void)signal;
}

TEST_F(device, a_signal_keeps_what_was_measured)
{
	const struct itimerval soon = { .it_value = { .tv_usec = 200000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	static struct kmb_sample samples[1 << 20];

	self->run.samples = (uintptr_t)samples;
	self->run.nr_samples = ARRAY_SIZE(samples);
	self->run.rounds = 1;
	self->run.samples_per_round = ARRAY_SIZE(samples);
	self->run.target = 1000000;
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	EXPECT_EQ(EINTR, request(self->fd, KMB_RUN, &self->run));
	EXPECT_LT(0, self->run.nr_samples);
	EXPECT_GT(ARRAY_SIZE(samples), self->run.nr_samples);
	EXPECT_EQ(self->run.nr_samples, self->cell.samples);
	EXPECT_NE(0, samples[0].duration);
	EXPECT_EQ(0, samples[self->run.nr_samples].duration);
}

struct member {
	pthread_t thread;
	int fd, error;
	struct kmb_run run;
	struct kmb_cell cell;
	struct kmb_sample samples[ROOM];
};

static void *member_fn(void *arg)
{
	struct member *m = arg;

	m->error = request(m->fd, KMB_RUN, &m->run);
	return NULL;
}

static void member_start(struct member *m, int fd, const struct kmb_run *run,
			 const struct kmb_cell *cell)
{
	m->fd = fd;
	m->run = *run;
	m->cell = *cell;
	m->run.cells = (uintptr_t)&m->cell;
	m->run.samples = (uintptr_t)m->samples;
	m->run.shape.threads = THREADS;
	pthread_create(&m->thread, NULL, member_fn, m);
}

TEST_F(device, threads_measure_together)
{
	static struct member members[THREADS];
	int i, again;

	/* Twice: the second group must not meet leftovers of the first. */
	for (again = 0; again < 2; again++) {
		for (i = 0; i < THREADS; i++)
			member_start(&members[i], self->fd, &self->run, &self->cell);
		for (i = 0; i < THREADS; i++) {
			pthread_join(members[i].thread, NULL);
			EXPECT_EQ(0, members[i].error) {
				TH_LOG("thread %d: %s", i, members[i].run.reason);
			}
			EXPECT_EQ(6, members[i].run.nr_samples);
		}
	}
}

TEST_F(device, threads_that_differ_do_not_wait_for_ever)
{
	static struct member members[THREADS];
	int i, refused = 0, gave_up = 0;

	for (i = 0; i < THREADS; i++) {
		self->run.rounds = 1 + i % 2;
		member_start(&members[i], self->fd, &self->run, &self->cell);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(members[i].thread, NULL);
		refused += members[i].error == EINVAL;
		gave_up += members[i].error == ETIMEDOUT || members[i].error == ECANCELED;
	}
	EXPECT_EQ(2, refused);
	EXPECT_EQ(2, gave_up);
}

/* Whatever comes in, an errno of the vocabulary comes out, and no splat. */
TEST_F(device, garbage_is_refused)
{
	const unsigned int cmds[] = { KMB_QUERY, KMB_ENUM, KMB_LEGAL, KMB_RUN };
	union garbage any;
	unsigned int i;

	srandom(1);
	for (i = 0; i < GARBAGE; i++) {
		int error;

		garbage_make(&any, &self->run, &self->cell, i);
		error = request(self->fd, cmds[i % ARRAY_SIZE(cmds)], &any);
		ASSERT_TRUE(garbage_fits(error)) {
			TH_LOG("try %u: %s", i, strerror(error));
		}
	}
}

TEST_F(device, only_root_opens_it)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (setuid(65534))
			_exit(2);
		if (open(KMB_DEVICE, O_RDWR) >= 0)
			_exit(1);
		_exit(errno == EACCES || errno == EPERM ? 0 : 3);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_TRUE(WIFEXITED(status));
}

TEST_F(device, an_open_module_stays)
{
	if (self->query.kernel & KMB_KERNEL_BUILTIN)
		SKIP(return, "kmap_bench is built in");
	EXPECT_EQ(-1, syscall(SYS_delete_module, "kmap_bench", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
}

/*
 * Pages that /proc/zoneinfo has after @word, of the zones which are highmem: what is movable
 * comes from there where there is such a zone, which comes first.
 */
static unsigned long zones_have(const char *word)
{
	unsigned long sum = 0, n;
	char line[256], zone[32] = "", key[32];
	FILE *f = fopen("/proc/zoneinfo", "re");
	bool highmem = false;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Node %*d, zone %31s", zone) == 1) {
			highmem |= !strcmp(zone, "HighMem");
			continue;
		}
		/* "pages free N" is the one with two words. */
		if (sscanf(line, " pages %31s %lu", key, &n) != 2 &&
		    sscanf(line, " %31s %lu", key, &n) != 2)
			continue;
		if (highmem && !strcmp(key, word) &&
		    (!strcmp(zone, "HighMem") || !strcmp(zone, "Movable")))
			sum += n;
	}
	if (f)
		fclose(f);
	return sum;
}

static unsigned long meminfo_has(const char *word)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, word, strlen(word)) && sscanf(line, "%*s %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* Free memory comes and goes, seldom between two looks. */
TEST_F(device, highmem_is_that_of_the_zones)
{
	unsigned long kib = self->query.page_size / 1024, before, free, after;
	int tries = 100;

	if (!zones_have("managed") && !self->query.highmem_total)
		SKIP(return, "this kernel or machine has no highmem");
	EXPECT_EQ(zones_have("managed") * self->query.page_size, self->query.highmem_total);
	EXPECT_EQ(zones_have("managed") * kib, meminfo_has("HighTotal:"));
	do {
		before = zones_have("free") * kib;
		free = meminfo_has("HighFree:");
		after = zones_have("free") * kib;
	} while ((before != after || free != before) && --tries);
	EXPECT_TRUE(tries) {
		TH_LOG("HighFree was %lu kB, the zones had %lu and then %lu", free, before, after);
	}
}

TEST_HARNESS_MAIN
