// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults while a page is mapped: copies wait for memory that is absent, for
 * as long as it takes, with the map held; what they count is exact; who is killed
 * meanwhile leaves nothing behind; and what other threads do to the memory loses
 * no byte that was reported as copied.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "sleeper.h"
#include "user_memory.h"

#define OPS		200	/* of which 1 % is a whole number */
#define OVERHEAD_OPS	4	/* samples of one, before the others */
#define DISTURB_SECONDS	2
#define DISTURB_RUNS	30
#define ARM_LOSS	64	/* bytes that a copy cut short may store and not count */

/* The windows that the module has in this process now */
static int windows(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int nr = maps ? 0 : -1;

	while (maps && fgets(line, sizeof(line), maps))
		nr += !!strstr(line, "[kmap_bench]");
	if (maps)
		fclose(maps);
	return nr;
}

FIXTURE(device)
{
	struct request r;
};

PROGRAM_NEEDS(device_missing)

FIXTURE_SETUP(device)
{
	const char *reason;

	ASSERT_EQ(0, request_open(&self->r, &reason)) {
		TH_LOG("%s", reason);
	}
}

FIXTURE_TEARDOWN(device)
{
	EXPECT_EQ(0, windows());
	if (self->r.fd >= 0)
		close(self->r.fd);
}

/*
 * A file system that has its data elsewhere: where we stand, or one on a RAM disk
 * that nobody uses. Of this process alone, and gone with it.
 */
static const char *real_folder(char *reason)
{
	static const char template[] = "/tmp/kmap_faults.XXXXXX";
	static char folder[sizeof(template)];
	static const char * const here[] = { ".", "/var/tmp" };
	static const char * const kinds[] = { "ext4", "ext2" };
	struct user_memory m;
	char block[4096] = "";
	unsigned int i;
	int disk;

	for (i = 0; i < ARRAY_SIZE(here); i++) {
		bool drops = !user_memory_open(&m, "file", 1, here[i], reason);

		if (drops) {
			drops = user_memory_drops(&m);
			user_memory_close(&m);
		}
		reason[0] = '\0';
		if (drops)
			return here[i];
	}
	sprintf(reason, "there is no file system but tmpfs, and no unused /dev/ram0 with mke2fs");
	disk = open("/dev/ram0", O_RDONLY | O_CLOEXEC);
	if (disk < 0 || read(disk, block, sizeof(block)) != sizeof(block) ||
	    memcmp(block, block + 1, sizeof(block) - 1) || block[0])
		return NULL;
	close(disk);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    system("mke2fs /dev/ram0 >/dev/null 2>&1") || !mkdtemp(strcpy(folder, template)))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!mount("/dev/ram0", folder, kinds[i], 0, NULL)) {
			reason[0] = '\0';
			return folder;
		}
	rmdir(folder);
	return NULL;
}

FIXTURE(source)
{
	struct request r;
	struct user_memory m;
	char missing[USER_MEMORY_REASON_LEN];	/* why there is none */
};

FIXTURE_VARIANT(source)
{
	const char *name, *where;
	bool sleeps;
};

FIXTURE_VARIANT_ADD(source, slow) { "slow", .sleeps = true };
FIXTURE_VARIANT_ADD(source, blocked) { "blocked", .sleeps = true };
FIXTURE_VARIANT_ADD(source, anonymous) { "anonymous" };
FIXTURE_VARIANT_ADD(source, tmpfs) { "file" };
FIXTURE_VARIANT_ADD(source, file) { "file", "real" };
FIXTURE_VARIANT_ADD(source, thp) { "huge", "thp" };
FIXTURE_VARIANT_ADD(source, hugetlb) { "huge", "hugetlb" };

FIXTURE_SETUP(source)
{
	const char *reason, *where = variant->where;
	int ret;

	ASSERT_EQ(0, request_open(&self->r, &reason)) {
		TH_LOG("%s", reason);
	}
	if (!strcmp(variant->name, "slow"))
		return;
	if (where && !strcmp(where, "real")) {
		where = real_folder(self->missing);
		if (!where)
			return;
		TH_LOG("file system at %s", where);
	}
	ret = user_memory_open(&self->m, variant->name, POOL * self->r.query.page_size, where,
			       self->missing);
	ASSERT_TRUE(!ret || ret == -EOPNOTSUPP) {
		TH_LOG("%s", self->missing);
	}
}

FIXTURE_TEARDOWN(source)
{
	EXPECT_EQ(0, windows());
	if (self->m.kind)
		user_memory_close(&self->m);
	if (self->r.fd >= 0)
		close(self->r.fd);
}

/* How many bytes of what the operations used are not what they must be */
static size_t wrong_bytes(const struct user_memory *m, size_t len)
{
	const unsigned char *at = m->addr;
	size_t i, wrong = 0;

	for (i = 0; i < len; i++)
		wrong += at[i] != user_memory_byte(m, i);
	return wrong;
}

/* The module compares what the page and the memory have then; we, that it is the memory's. */
TEST_F(source, is_waited_for_with_the_page_mapped)
{
	static const char * const maps[] = {
		"kmap_local", "kmap_local_folio", "kmap_local_pfn", "kmap_local_prot", "kmap",
		"vmap",
	};
	static const char * const copies[] = { "from_user", "to_user" };
	struct request *r = &self->r;
	unsigned int i, j;
	size_t wrong;

	/* Not in the setup: harnesses of old kernels go on after that. */
	if (self->missing[0])
		SKIP(return, "%s", self->missing);
	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		for (j = 0; j < ARRAY_SIZE(copies); j++) {
			choose(r, maps[i], copies[j], "task", variant->name);
			r->run.flags = KMB_RUN_VERIFY;
			if (self->m.kind) {
				ASSERT_EQ(0, user_memory_prepare(&self->m));
				use_memory(r, &self->m);
			}
			ASSERT_EQ(0, request(r)) {
				TH_LOG("%s.%s: %s", maps[i], copies[j], r->run.reason);
			}
			EXPECT_LE(1, r->cell.faults) {
				TH_LOG("%s.%s", maps[i], copies[j]);
			}
			EXPECT_EQ(0, r->cell.short_copies);
			if (variant->sleeps) {
				EXPECT_LE(1, r->cell.sleeps_mapped) {
					TH_LOG("%s.%s: never slept", maps[i], copies[j]);
				}
			}
			EXPECT_LE(r->cell.sleeps_mapped, r->cell.switches_mapped);
			wrong = self->m.kind && !j ?
				wrong_bytes(&self->m, POOL * r->query.page_size) : 0;
			EXPECT_EQ(0, wrong);
		}
	}
}

/* What so many faults of 100 operations make of a copy */
static void expect_counts(struct __test_metadata *_metadata, const struct request *r,
			  const char *map, const char *copy, __u64 absent)
{
	bool nofault = !strcmp(copy, "from_user_inatomic");
	bool retries = !strcmp(copy, "from_user_retry");
	const struct kmb_cell *cell = &r->cell;

	EXPECT_EQ(nofault ? 0 : absent, cell->faults) {
		TH_LOG("%s.%s: faults %u of 100", map, copy, r->run.shape.faults);
	}
	EXPECT_EQ(nofault ? absent : 0, cell->short_copies) {
		TH_LOG("%s.%s: faults %u of 100", map, copy, r->run.shape.faults);
	}
	EXPECT_EQ(retries ? absent : 0, cell->slow_path) {
		TH_LOG("%s.%s: faults %u of 100", map, copy, r->run.shape.faults);
	}
	EXPECT_EQ((cell->ops - (nofault ? absent : 0)) * r->query.page_size, cell->bytes) {
		TH_LOG("%s.%s: faults %u of 100", map, copy, r->run.shape.faults);
	}
}

static const struct {
	const char *map, *copy;
} counted[] = {
	{ "kmap_local", "from_user" },
	{ "kmap_local", "from_user_inatomic" },
	{ "kmap_atomic", "from_user_inatomic" },
	{ "kmap_atomic", "from_user_retry" },
};

TEST_F(device, counters_are_exact)
{
	static const unsigned int percents[] = { 0, 1, 10, 50, 100 };
	struct request *r = &self->r;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(counted); i++) {
		for (j = 0; j < ARRAY_SIZE(percents); j++) {
			__u64 absent = OPS * percents[j] / 100;

			choose(r, counted[i].map, counted[i].copy, "task", "absent");
			r->cell.iterations = OPS;
			r->run.shape.faults = percents[j];
			r->run.flags = 0;
			ASSERT_EQ(0, request(r)) {
				TH_LOG("%s", r->run.reason);
			}
			/* Of the first operation, overhead is measured: it faults if all do. */
			EXPECT_EQ(2 * OPS + OVERHEAD_OPS, r->cell.ops);
			expect_counts(_metadata, r, counted[i].map, counted[i].copy,
				      2 * absent + (percents[j] == 100 ? OVERHEAD_OPS : 0));

			r->run.flags = KMB_RUN_COLD;
			ASSERT_EQ(0, request(r)) {
				TH_LOG("%s", r->run.reason);
			}
			EXPECT_EQ(OPS, r->cell.ops);
			EXPECT_EQ(1, r->run.nr_samples);
			EXPECT_NE(0, r->samples[0].duration);
			expect_counts(_metadata, r, counted[i].map, counted[i].copy, absent);
		}
	}
}

/* Each operation of one cold sample finds memory that nobody touched before. */
TEST_F(device, cold_runs_meet_memory_as_the_caller_left_it)
{
	char reason[USER_MEMORY_REASON_LEN];
	struct request *r = &self->r;
	struct user_memory m;
	int again;

	choose(r, "kmap_local", "from_user", "task", "anonymous");
	ASSERT_EQ(0, user_memory_open(&m, "anonymous", user_len(r), NULL, reason)) {
		TH_LOG("%s", reason);
	}
	use_memory(r, &m);
	r->run.flags = KMB_RUN_COLD;
	for (again = 0; again < 2; again++) {
		r->cell.iterations = OPS;
		r->cell.overhead = 0;
		ASSERT_EQ(0, user_memory_prepare(&m));
		ASSERT_EQ(0, request(r)) {
			TH_LOG("%s", r->run.reason);
		}
		EXPECT_EQ(OPS, r->cell.ops);
		EXPECT_EQ(OPS, r->cell.faults);
		EXPECT_EQ(OPS * r->query.page_size, r->cell.bytes);
		EXPECT_EQ(1, r->run.nr_samples);
		EXPECT_EQ(0, r->cell.overhead);
	}
	/* Not made absent again, none faults. */
	ASSERT_EQ(0, request(r));
	EXPECT_EQ(0, r->cell.faults);
	ASSERT_EQ(0, user_memory_prepare(&m));
	r->cell.iterations = 1;
	ASSERT_EQ(0, request(r));
	EXPECT_EQ(1, r->cell.faults);
	EXPECT_EQ(r->samples[0].duration, r->cell.overhead);
	user_memory_close(&m);
}

/* Everything is in order but for one member. */
static void good_cold_request(struct request *r, const struct user_memory *m, const char *source)
{
	choose(r, "kmap_local", "from_user", "task", source);
	r->run.flags = KMB_RUN_COLD;
	r->run.shape = (struct kmb_shape) { .node = -1, .pool = POOL, .faults = 100 };
	r->run.samples_per_round = 1;
	r->cell.iterations = 1;
	use_memory(r, m);
}

TEST_F(device, requests_that_make_no_sense_are_refused)
{
	char reason[USER_MEMORY_REASON_LEN];
	struct request *r = &self->r;
	struct kmb_run *run = &r->run;
	struct user_memory m;
	const struct {
		const char *name, *source;
		__u32 *member, value;
	} tries[] = {
		{ "cold without iterations", "absent", &r->cell.iterations, 0 },
		{ "cold with two samples", "absent", &run->samples_per_round, 2 },
		{ "cold with two threads", "absent", &run->shape.threads, 2 },
		{ "cold and to verify", "absent", &run->flags, KMB_RUN_COLD | KMB_RUN_VERIFY },
		{ "the caller's and not cold", "blocked", &run->flags, 0 },
		{ "more faults than operations", "absent", &run->shape.faults, 101 },
		{ "a delay too long", "slow", &run->shape.delay, r->query.max_delay + 1 },
		{ "more operations than areas", "absent", &r->cell.iterations, 513 },
		{ "no user memory", "anonymous", (__u32 *)&run->user_len, 0 },
		{ "user memory too short", "anonymous", (__u32 *)&run->user_len, 4096 },
	};
	unsigned int i;

	choose(r, "kmap_local", "from_user", "task", "anonymous");
	ASSERT_EQ(0, user_memory_open(&m, "anonymous", user_len(r), NULL, reason));
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		good_cold_request(r, &m, tries[i].source);
		EXPECT_EQ(0, request(r)) {
			TH_LOG("%s, and all in order: %s", tries[i].name, r->run.reason);
		}
		EXPECT_EQ(0, windows());
		good_cold_request(r, &m, tries[i].source);
		*tries[i].member = tries[i].value;
		EXPECT_EQ(EINVAL, request(r)) {
			TH_LOG("%s", tries[i].name);
		}
		EXPECT_NE('\0', run->reason[0]) {
			TH_LOG("%s: refused without a reason", tries[i].name);
		}
		EXPECT_EQ(0, r->cell.ops);
		EXPECT_EQ(0, windows());
	}
	good_cold_request(r, &m, "anonymous");
	run->user_addr++;
	EXPECT_EQ(EINVAL, request(r));
	EXPECT_NE('\0', run->reason[0]);
	if (!(r->query.kernel & KMB_KERNEL_64BIT)) {
		run->user_addr += (1ULL << 32) - 1;
		EXPECT_EQ(EFAULT, request(r));
	}
	/* Nor is the kernel's memory copied from by who does not ask whose it is. */
	good_cold_request(r, &m, "anonymous");
	choose(r, "kmap_atomic", "from_user_inatomic", "task", "anonymous");
	r->cell.iterations = 1;
	EXPECT_EQ(0, request(r));
	run->user_addr = r->query.kernel & KMB_KERNEL_64BIT ? 0xffff888000000000 : 0xf0000000;
	EXPECT_EQ(EFAULT, request(r));
	user_memory_close(&m);
}

TEST_F(device, what_may_fault_is_refused_where_nothing_may_sleep)
{
	static const struct {
		const char *map, *copy, *context, *source;
	} tries[] = {
		{ "kmap_atomic", "from_user", "task", "absent" },
		{ "kmap_atomic", "to_user", "task", "blocked" },
		{ "kmap_atomic", "clear_user", "task", "absent" },
		{ "kmap_atomic", "iter_from", "task", "slow" },
		{ "kmap_atomic", "gup_to", "task", "absent" },
		{ "local_as_atomic", "from_user", "task", "absent" },
		{ "kmap_local", "from_user", "preempt_off", "absent" },
		{ "kmap_local", "to_user", "bh_off", "slow" },
		{ "kmap_local", "from_user", "irq_off", "blocked" },
		{ "kmap_local", "from_user_retry", "task", "absent" },
		{ "kmap_atomic", "from_user_retry", "preempt_off", "absent" },
		{ "kmap_local", "from_user", "hardirq", "resident" },
		{ "kmap_local", "from_user", "task", "none" },
		{ "kmap_local", "read", "task", "absent" },
	};
	struct request *r = &self->r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		choose(r, tries[i].map, tries[i].copy, tries[i].context, tries[i].source);
		r->run.flags = KMB_RUN_COLD;
		r->cell.iterations = 1;
		EXPECT_EQ(EOPNOTSUPP, request(r)) {
			TH_LOG("%s.%s.%s.%s", tries[i].map, tries[i].copy, tries[i].context,
			       tries[i].source);
		}
		EXPECT_NE('\0', r->run.reason[0]);
		EXPECT_EQ(0, r->cell.ops);
		EXPECT_EQ(0, windows());
	}
}

/* A request of a thread of its own */
struct runner {
	pthread_t thread;
	struct request r;
	int error;
};

static void *runner_fn(void *arg)
{
	struct runner *runner = arg;

	runner->error = request(&runner->r);
	return NULL;
}

/* A copy of the request; where it is kept must outlive the thread. */
static int runner_start(struct runner *runner, const struct request *r)
{
	runner->r = *r;
	runner->r.run.cells = (uintptr_t)&runner->r.cell;
	runner->r.run.samples = (uintptr_t)runner->r.samples;
	return pthread_create(&runner->thread, NULL, runner_fn, runner);
}

TEST_F(device, threads_have_windows_of_their_own)
{
	static struct runner runners[2];
	struct request *r = &self->r;
	unsigned int i;

	choose(r, "kmap_local", "from_user", "task", "absent");
	r->cell.iterations = OPS;
	r->run.shape.threads = ARRAY_SIZE(runners);
	r->run.shape.faults = 50;
	for (i = 0; i < ARRAY_SIZE(runners); i++)
		ASSERT_EQ(0, runner_start(&runners[i], r));
	for (i = 0; i < ARRAY_SIZE(runners); i++) {
		struct kmb_cell *cell = &runners[i].r.cell;

		pthread_join(runners[i].thread, NULL);
		EXPECT_EQ(0, runners[i].error) {
			TH_LOG("%s", runners[i].r.run.reason);
		}
		EXPECT_EQ(1, runners[i].r.run.nr_samples);
		EXPECT_EQ(cell->ops * r->query.page_size, cell->bytes);
		/* Whole samples and those that warm up; overhead's never fault. */
		EXPECT_EQ((cell->ops - OVERHEAD_OPS) / 2, cell->faults);
		EXPECT_EQ(0, cell->short_copies);
	}
}

/* The oracle of all tests here: windows are seen while they are there. */
TEST_F(device, windows_go_with_the_request)
{
	static struct runner runner;
	struct request *r = &self->r;
	double limit = now() + 5;
	int seen = 0;

	choose(r, "kmap_local", "from_user", "task", "slow");
	r->run.flags = KMB_RUN_COLD;
	r->run.shape.delay = r->query.max_delay;
	r->cell.iterations = 3;
	ASSERT_EQ(0, runner_start(&runner, r));
	while (!seen && now() < limit)
		seen = windows();
	pthread_join(runner.thread, NULL);
	EXPECT_EQ(1, seen);
	EXPECT_EQ(0, runner.error);
	EXPECT_LE(3, runner.r.cell.sleeps_mapped);
	EXPECT_LE(3ULL * 1000 * r->query.max_delay, runner.r.samples[0].duration);
	EXPECT_EQ(0, windows());
}

TEST_F(device, who_is_killed_while_mapped_leaves_nothing)
{
	static const char * const maps[] = { "kmap_local", "kmap", "vmap" };
	static const char * const sources[] = { "blocked", "slow" };
	long before = module_refcnt();
	struct request *r = &self->r;
	unsigned int i, j, skipped = 0;
	double limit;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		for (j = 0; j < ARRAY_SIZE(sources); j++) {
			const char *wrong;
			pid_t pid = sleeper_start(maps[i], sources[j], SLEEPER_ANY_CPU, &wrong);

			if (pid < 0 && wrong == sleeper_skip) {
				skipped++;
				continue;
			}
			if (pid >= 0)
				wrong = sleeper_kill(pid);
			EXPECT_TRUE(!wrong) {
				TH_LOG("%s.from_user.task.%s: %s", maps[i], sources[j], wrong);
			}
			choose(r, maps[i], "from_user", "task", "absent");
			r->run.flags = KMB_RUN_VERIFY;
			EXPECT_EQ(0, request(r)) {
				TH_LOG("afterwards: %s", r->run.reason);
			}
			/* The last reference to a file goes a moment after its task. */
			for (limit = now() + 2; module_refcnt() != before && now() < limit;)
				nap(1);
			EXPECT_EQ(before, module_refcnt());
		}
	}
	if (skipped)
		TH_LOG("blocked was left out: %s", sleeper_skip);
}

/* Memory that one thread copies to or from, while another one takes it away */
struct prey {
	char *addr, *spare;	/* as much address space, to move things to */
	size_t len, page;
	int fd;			/* what addr shows, shared: the data stays there */
	unsigned int seed;
	__u64 salt;		/* of its words */
	void (*disturb)(struct prey *p, size_t at, size_t len);
	atomic_bool stop;
	atomic_ulong done, failed;
};

static void prey_check(struct prey *p, bool good)
{
	atomic_fetch_add(good ? &p->done : &p->failed, 1);
}

static void disturb_munmap(struct prey *p, size_t at, size_t len)
{
	bool good = !munmap(p->addr + at, len);

	good &= mmap(p->addr + at, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, p->fd,
		     at) == p->addr + at;
	prey_check(p, good);
}

static void disturb_mremap(struct prey *p, size_t at, size_t len)
{
	char *from = p->addr + at, *to = p->spare + at;
	bool good = mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to;

	good &= mremap(to, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, from) == from;
	prey_check(p, good);
}

static void disturb_mprotect(struct prey *p, size_t at, size_t len)
{
	bool good = !mprotect(p->addr + at, len, PROT_NONE);

	good &= !mprotect(p->addr + at, len, PROT_READ | PROT_WRITE);
	prey_check(p, good);
}

static void disturb_dontneed(struct prey *p, size_t at, size_t len)
{
	prey_check(p, !madvise(p->addr + at, len, MADV_DONTNEED));
}

static void *disturb_fn(void *arg)
{
	const struct timespec breath = { .tv_nsec = 20000 };
	struct prey *p = arg;

	while (!atomic_load(&p->stop)) {
		size_t pages = p->len / p->page, first = rand_r(&p->seed) % pages;
		size_t nr = 1 + rand_r(&p->seed) % (pages - first);

		p->disturb(p, first * p->page, nr * p->page);
		/* The other one wants the memory's lock, too. */
		nanosleep(&breath, NULL);
	}
	return NULL;
}

/*
 * Words that no page of the module's has. It may well get one that was ours before,
 * as it was: so there are new ones each time, and nothing that has them is given back.
 */
static __u64 prey_word(const struct prey *p, size_t i)
{
	return ((i + 1) * 0x9e3779b97f4a7c15ULL ^ (i + 1) << 29) + p->salt;
}

static void prey_salt(struct prey *p)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	p->salt = (t.tv_sec * 1000000000ULL + t.tv_nsec) * 0xd6e8feb86659fd93ULL ^ getpid();
}

static bool prey_fill(struct prey *p)
{
	__u64 *words = malloc(p->len);
	size_t i;
	bool good;

	prey_salt(p);
	for (i = 0; words && i < p->len / sizeof(*words); i++)
		words[i] = prey_word(p, i);
	good = words && pwrite(p->fd, words, p->len, 0) == (ssize_t)p->len;
	if (words)
		explicit_bzero(words, p->len);
	free(words);
	return good;
}

/* Bytes that are not what they were: in each page, up to the last word that is not */
static __u64 arrived(const struct prey *p, const __u64 *words)
{
	size_t at, i, per = p->page / sizeof(*words);
	__u64 bytes = 0;

	for (at = 0; at < p->len / sizeof(*words); at += per) {
		for (i = per; i && words[at + i - 1] == prey_word(p, at + i - 1); i--)
			;
		bytes += i * sizeof(*words);
	}
	return bytes;
}

/* Not by way of the mapping */
static __u64 prey_arrived(const struct prey *p)
{
	__u64 *words = malloc(p->len), bytes = 0;

	if (words && pread(p->fd, words, p->len, 0) == (ssize_t)p->len)
		bytes = arrived(p, words);
	free(words);
	return bytes;
}

static void *map_shared(const struct prey *p, int prot)
{
	return mmap(NULL, p->len, prot, MAP_SHARED, p->fd, 0);
}

FIXTURE(disturbed)
{
	struct request r;
	struct prey p;
	pthread_t thread;
};

FIXTURE_VARIANT(disturbed)
{
	void (*disturb)(struct prey *p, size_t at, size_t len);
	bool cuts;	/* what a copy then meets it cannot wait for */
};

FIXTURE_VARIANT_ADD(disturbed, munmap) { disturb_munmap, true };
FIXTURE_VARIANT_ADD(disturbed, mremap) { disturb_mremap, true };
FIXTURE_VARIANT_ADD(disturbed, mprotect) { disturb_mprotect, true };
FIXTURE_VARIANT_ADD(disturbed, dontneed) { disturb_dontneed, false };

FIXTURE_SETUP(disturbed)
{
	struct prey *p = &self->p;
	const char *reason;

	ASSERT_EQ(0, request_open(&self->r, &reason)) {
		TH_LOG("%s", reason);
	}
	choose(&self->r, "kmap_local", "to_user", "task", "file");
	p->page = self->r.query.page_size;
	p->len = user_len(&self->r);
	p->disturb = variant->disturb;
	p->fd = memfd_create("prey", MFD_CLOEXEC);
	ASSERT_LE(0, p->fd);
	ASSERT_EQ(0, ftruncate(p->fd, p->len));
	p->addr = map_shared(p, PROT_READ | PROT_WRITE);
	p->spare = map_shared(p, PROT_NONE);
	ASSERT_TRUE(p->addr != MAP_FAILED && p->spare != MAP_FAILED);
	self->r.run.user_addr = (uintptr_t)p->addr;
	self->r.run.user_len = p->len;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, disturb_fn, p));
}

FIXTURE_TEARDOWN(disturbed)
{
	if (self->thread) {
		atomic_store(&self->p.stop, true);
		pthread_join(self->thread, NULL);
		EXPECT_EQ(0, self->p.failed);
	}
	if (self->r.fd >= 0)
		close(self->r.fd);
}

/*
 * User Mode Linux looks a page up without holding it (findings.rst). One that another CPU takes
 * away right then leaves page 0: the copy writes to the kernel's own text, and the kernel dies.
 */
static const char *kernel_at_risk(void)
{
	return on_user_mode_linux() && sysconf(_SC_NPROCESSORS_ONLN) > 1 ?
	       "User Mode Linux may die of it on more than one CPU: use --smp 1" : NULL;
}

TEST_F(disturbed, no_byte_reported_to_user_is_lost)
{
	__u64 reported, seen, shorts = 0, faults = 0;
	double limit = now() + DISTURB_SECONDS;
	struct request *r = &self->r;
	struct prey *p = &self->p;
	unsigned int runs = 0;
	bool met = false;

	if (kernel_at_risk())
		SKIP(return, "%s", kernel_at_risk());
	while (now() < limit && (runs < DISTURB_RUNS || !met)) {
		ASSERT_TRUE(prey_fill(p));
		choose(r, "kmap_local", "to_user", "task", "file");
		r->run.flags = KMB_RUN_COLD;
		r->run.seed = runs++;
		r->cell.iterations = p->len / p->page;
		ASSERT_EQ(0, request(r)) {
			TH_LOG("%s", r->run.reason);
		}
		reported = r->cell.bytes;
		seen = prey_arrived(p);
		ASSERT_LE(reported, seen);
		ASSERT_LE(seen, reported + r->cell.short_copies * ARM_LOSS);
		ASSERT_EQ(reported == p->len, !r->cell.short_copies);
		shorts += r->cell.short_copies;
		faults += r->cell.faults;
		met = variant->cuts ? shorts : faults > p->len / p->page;
	}
	TH_LOG("%u runs, %lu disturbances, %llu short copies, %llu faults", runs,
	       atomic_load(&p->done), (unsigned long long)shorts, (unsigned long long)faults);
	EXPECT_LE(1, runs);
	/* User Mode Linux looks for a page, waits for it, and gives up if it went again. */
	EXPECT_TRUE(variant->cuts || !shorts || on_user_mode_linux());
	if (!met)
		SKIP(return, "no copy met the other thread within %d s", DISTURB_SECONDS);
}

TEST_F(disturbed, bytes_from_user_are_the_memorys)
{
	double limit = now() + DISTURB_SECONDS;
	/* User Mode Linux looks for a page, waits for it, and gives up if it went again. */
	bool cuts = variant->cuts || on_user_mode_linux();
	struct request *r = &self->r;
	struct prey *p = &self->p;
	unsigned int runs = 0;
	__u64 shorts = 0;
	bool met = false;

	if (kernel_at_risk())
		SKIP(return, "%s", kernel_at_risk());
	ASSERT_TRUE(prey_fill(p));
	while (now() < limit && (runs < DISTURB_RUNS || !met)) {
		choose(r, "kmap_local", "from_user", "task", "file");
		/* What is cut short by others cannot be verified: nobody knows where. */
		r->run.flags = cuts ? KMB_RUN_COLD : KMB_RUN_VERIFY;
		r->run.shape.pool = cuts ? POOL : p->len / p->page;
		r->run.seed = runs++;
		r->cell.iterations = p->len / p->page;
		ASSERT_EQ(0, request(r)) {
			TH_LOG("%s", r->run.reason);
		}
		ASSERT_EQ(r->cell.bytes == r->cell.ops * p->page, !r->cell.short_copies);
		ASSERT_LE(r->cell.bytes, r->cell.ops * p->page);
		ASSERT_LE((r->cell.ops - r->cell.short_copies) * p->page, r->cell.bytes);
		shorts += r->cell.short_copies;
		met = variant->cuts ? shorts : atomic_load(&p->done);
	}
	EXPECT_EQ(0, prey_arrived(p));
	EXPECT_LE(1, runs);
	EXPECT_TRUE(cuts || !shorts);
	if (!met)
		SKIP(return, "no copy met the other thread within %d s", DISTURB_SECONDS);
}

/* The child of a fork: what it has of the memory stays as it is at that moment. */
static void snapshot(const struct prey *p)
{
	__u64 *words = malloc(p->len);

	if (!words)
		_exit(2);
	memcpy(words, p->addr, p->len);
	nap(20);
	_exit(!!memcmp(words, p->addr, p->len));
}

TEST_F(device, a_fork_meanwhile_sees_one_moment)
{
	double limit = now() + DISTURB_SECONDS;
	unsigned int bad = 0, forks = 0, busy = 0;
	struct request *r = &self->r;
	static struct runner runner;
	struct prey p = { };
	size_t i;

	choose(r, "kmap_local", "to_user", "task", "anonymous");
	p.page = r->query.page_size;
	p.len = user_len(r);
	p.addr = mmap(NULL, p.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(p.addr != MAP_FAILED);
	r->run.user_addr = (uintptr_t)p.addr;
	r->run.user_len = p.len;
	r->run.flags = KMB_RUN_COLD;
	r->cell.iterations = p.len / p.page;
	while (now() < limit && busy < DISTURB_RUNS) {
		int status;
		pid_t pid;

		prey_salt(&p);
		for (i = 0; i < p.len / sizeof(__u64); i++)
			((__u64 *)p.addr)[i] = prey_word(&p, i);
		ASSERT_EQ(0, runner_start(&runner, r));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			snapshot(&p);
		pthread_join(runner.thread, NULL);
		ASSERT_EQ(0, runner.error);
		EXPECT_EQ(p.len, runner.r.cell.bytes);
		EXPECT_EQ(p.len, arrived(&p, (__u64 *)p.addr));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		bad += !WIFEXITED(status) || WEXITSTATUS(status);
		busy += runner.r.cell.faults > 0;
		forks++;
	}
	TH_LOG("%u forks, in %u of which copies had to give the child its page first", forks, busy);
	EXPECT_EQ(0, bad);
	if (!busy)
		SKIP(return, "no fork came while copies were made");
}

TEST_HARNESS_MAIN
