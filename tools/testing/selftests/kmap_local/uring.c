// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests by io_uring: the same results as by ioctl(), and the same errors, when
 * workers of the ring map instead of the task that asks, many at once; and when
 * that task cancels them, closes the ring or dies, nothing is left behind.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "garbage.h"
#include "request.h"
#include "ring.h"

#ifndef HAVE_LIBURING

TEST(io_uring)
{
	SKIP(return, NO_LIBURING);
}

#else

#define ENTRIES		64
#define LONG_SAMPLES	20000	/* that nobody waits for */
#define DOOMED		8	/* requests at work when their ring or task ends */
#define GARBAGE		20000
#define REGIONS		8	/* of the device as a file, each with a transfer in flight */
#define REGION_PAGES	2
#define BATCHES		30	/* of transfers, by each map */

/* What the ring is to do; its data is the job. */
struct job {
	struct request r;
	int res;
	bool done;
};

FIXTURE(ring)
{
	struct io_uring ring;
	struct request r;	/* on an open file, which all jobs share */
	struct job *jobs;	/* ENTRIES */
	long before;		/* references to the module */
};

/* As many completions as that; each is noted in its job. Returns how many came. */
static unsigned int ring_reap(struct io_uring *ring, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *data = NULL;
		int ret = ring_wait(ring, &data);
		struct job *job = data;

		if (ret == -ETIME)
			break;
		if (!job)
			continue;
		job->res = ret;
		job->done = true;
	}
	return i;
}

static void job_init(struct job *job, const struct request *r)
{
	job->r = *r;
	job->r.run.cells = (uintptr_t)&job->r.cell;
	job->r.run.samples = (uintptr_t)job->r.samples;
	job->res = 1;
	job->done = false;
}

/* For requests that nobody waits for: outlives whatever else does. */
static struct kmb_sample endless_samples[DOOMED][LONG_SAMPLES];

/* Takes for ever unless it is stopped: mapping and unmapping. */
static void job_endless(struct job *job, const struct request *r, struct kmb_sample *samples)
{
	job_init(job, r);
	choose(&job->r, "kmap_local", "read", "task", "none");
	memset(samples, 0, LONG_SAMPLES * sizeof(*samples));
	job->r.run.samples = (uintptr_t)samples;
	job->r.run.target = 1000000;
	job->r.run.samples_per_round = LONG_SAMPLES;
	job->r.run.nr_samples = LONG_SAMPLES;
}

/* Sleeps in faults with the page mapped, as long as one may. */
static void job_sleeping(struct job *job, const struct request *r)
{
	job_init(job, r);
	choose(&job->r, "kmap_local", "from_user", "task", "slow");
	job->r.run.flags = KMB_RUN_COLD;
	job->r.run.shape.delay = r->query.max_delay;
	job->r.cell.iterations = POOL;
	job->r.run.nr_samples = ROOM;
}

/*
 * Some of both, the sleepers first: a pool gets another worker when one of its own
 * sleeps. So all of them are in their faults at once, one of the endless is at work, and
 * the others wait for it.
 */
static bool put_doomed(struct io_uring *ring, struct job *jobs, const struct request *r)
{
	unsigned int i;

	for (i = 0; i < DOOMED; i++) {
		if (i < DOOMED / 2)
			job_sleeping(&jobs[i], r);
		else
			job_endless(&jobs[i], r, endless_samples[i]);
		if (!ring_put(ring, r->fd, KMB_RUN, &jobs[i].r.run, &jobs[i]))
			return false;
	}
	return io_uring_submit(ring) == DOOMED;
}

static const char *ring_missing(void)
{
	const char *reason;
	int fd = device_open(&reason);
	struct kmb_query query;
	struct io_uring ring;
	bool skip;

	if (fd < 0)
		return reason;
	if (!device_query(fd, &query) && !(query.features & KMB_FEATURE_URING))
		reason = "the module was built without io_uring";
	else
		reason = NULL;
	close(fd);
	if (reason)
		return reason;
	reason = ring_open(&ring, 1, 0, &skip);
	if (!reason)
		io_uring_queue_exit(&ring);
	return reason && skip ? reason : NULL;
}

PROGRAM_NEEDS(ring_missing)

FIXTURE_SETUP(ring)
{
	const char *reason;
	bool skip;

	self->ring.ring_fd = -1;
	self->r.fd = -1;
	self->before = module_refcnt();
	reason = ring_open(&self->ring, ENTRIES, 0, &skip);
	ASSERT_TRUE(!reason) {
		TH_LOG("%s", reason);
	}
	ASSERT_EQ(0, request_open(&self->r, &reason)) {
		TH_LOG("%s", reason);
	}
	self->jobs = calloc(ENTRIES, sizeof(*self->jobs));
	ASSERT_TRUE(!!self->jobs);
}

/* Whatever a test does: no reference is left, and requests go on as before. */
FIXTURE_TEARDOWN(ring)
{
	double limit = now() + 2;

	if (self->r.fd < 0)
		return;
	choose(&self->r, "kmap_local", "write", "task", "none");
	self->r.run.flags = KMB_RUN_VERIFY;
	EXPECT_EQ(0, request(&self->r)) {
		TH_LOG("afterwards: %s", self->r.run.reason);
	}
	io_uring_queue_exit(&self->ring);
	close(self->r.fd);
	while (module_refcnt() != self->before && now() < limit)
		nap(1);
	EXPECT_EQ(self->before, module_refcnt());
}

TEST_F(ring, requests_give_what_ioctl_gives)
{
	struct kmb_query query = { .size = sizeof(query) }, seen = query;
	struct kmb_enum row = { .size = sizeof(row), .list = KMB_LIST_COPIES, .index = 1 };
	struct kmb_enum row_seen = row;
	struct kmb_legal legal = { .size = sizeof(legal), .shape = { .node = -1 } };
	struct kmb_legal legal_seen = legal;
	struct kmb_check check = { .size = sizeof(check) };
	struct kmb_io io = { .size = sizeof(io) }, io_seen = io;
	int fd = self->r.fd;

	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_NOP, NULL));
	EXPECT_EQ(0, ioctl(fd, KMB_NOP));
	EXPECT_EQ(0, ioctl(fd, KMB_QUERY, &query));
	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_QUERY, &seen));
	query.highmem_free = seen.highmem_free;
	EXPECT_EQ(0, memcmp(&query, &seen, sizeof(query)));
	EXPECT_EQ(0, ioctl(fd, KMB_ENUM, &row));
	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_ENUM, &row_seen));
	EXPECT_EQ(0, memcmp(&row, &row_seen, sizeof(row)));
	EXPECT_EQ(0, ioctl(fd, KMB_LEGAL, &legal));
	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_LEGAL, &legal_seen));
	EXPECT_EQ(0, memcmp(&legal, &legal_seen, sizeof(legal)));
	EXPECT_EQ(0, ioctl(fd, KMB_IO, &io));
	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_IO, &io_seen));
	EXPECT_EQ(0, memcmp(&io, &io_seen, sizeof(io)));
	check.pages = rows_find(&self->r.lists[KMB_LIST_PAGES], best_pages(&self->r));
	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_CHECK, &check)) {
		TH_LOG("%s", check.reason);
	}
	EXPECT_NE('\0', check.seen[0]);
	choose(&self->r, "kmap_local", "read", "task", "none");
	EXPECT_EQ(0, ring_do(&self->ring, fd, KMB_RUN, &self->r.run)) {
		TH_LOG("%s", self->r.run.reason);
	}
	EXPECT_EQ(1, self->r.run.nr_samples);
	EXPECT_NE(0, self->r.cell.ops);
	EXPECT_NE(0, self->r.samples[0].duration);
}

/* Not only is the error the same: the reason comes with it. */
TEST_F(ring, errors_are_those_of_ioctl)
{
	struct kmb_query query = { .size = 4 };
	struct request *r = &self->r;
	struct io_uring *ring = &self->ring;
	char reason[KMB_REASON_LEN];
	struct {
		struct kmb_query query;
		__u32 tail;
	} longer = { { .size = sizeof(longer) }, 1 };
	struct io_uring_sqe *sqe;

	EXPECT_EQ(ENOTTY, ring_do(ring, r->fd, _IO(KMB_IOC_TYPE, 200), &query));
	EXPECT_EQ(ENOTTY, ring_do(ring, r->fd, _IO(KMB_IOC_TYPE + 1, 0), &query));
	EXPECT_EQ(EINVAL, ring_do(ring, r->fd, KMB_QUERY, &query));
	EXPECT_EQ(E2BIG, ring_do(ring, r->fd, KMB_QUERY, &longer));
	EXPECT_EQ(EFAULT, ring_do(ring, r->fd, KMB_QUERY, NULL));
	EXPECT_EQ(EFAULT, ring_do(ring, r->fd, KMB_RUN, (void *)1));
	choose(r, "kmap_atomic", "from_user", "task", "absent");
	EXPECT_EQ(EOPNOTSUPP, request(r));
	strcpy(reason, r->run.reason);
	r->run.nr_samples = ROOM;
	EXPECT_EQ(EOPNOTSUPP, ring_do(ring, r->fd, KMB_RUN, &r->run));
	EXPECT_STREQ(reason, r->run.reason);
	EXPECT_NE('\0', reason[0]);
	sqe = ring_put(ring, r->fd, KMB_NOP, NULL, NULL);
	ASSERT_TRUE(!!sqe);
	((struct kmb_uring *)sqe->cmd)->reserved = 1;
	EXPECT_EQ(1, io_uring_submit(ring));
	EXPECT_EQ(-EINVAL, ring_wait(ring, NULL));
}

/* What does not sleep is done when it is submitted; the other never is. */
TEST_F(ring, only_what_sleeps_is_left_to_workers)
{
	struct kmb_query query = { .size = sizeof(query) };
	struct io_uring_cqe *cqe;
	struct job *job = self->jobs;

	ASSERT_TRUE(!!ring_put(&self->ring, self->r.fd, KMB_QUERY, &query, NULL));
	EXPECT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_EQ(0, io_uring_peek_cqe(&self->ring, &cqe));
	EXPECT_EQ(0, cqe->res);
	io_uring_cqe_seen(&self->ring, cqe);
	job_init(job, &self->r);
	choose(&job->r, "kmap_local", "read", "task", "none");
	job->r.run.target = 100000000;
	ASSERT_TRUE(!!ring_put(&self->ring, self->r.fd, KMB_RUN, &job->r.run, job));
	EXPECT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_NE(0, io_uring_peek_cqe(&self->ring, &cqe));
	EXPECT_EQ(1, ring_reap(&self->ring, 1));
	EXPECT_EQ(0, job->res);
}

TEST_F(ring, many_are_in_flight_at_once)
{
	static const char * const maps[] = { "kmap_local", "kmap_atomic", "kmap", "vmap" };
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		struct job *job = &self->jobs[i];

		job_init(job, &self->r);
		choose(&job->r, maps[i % ARRAY_SIZE(maps)], i & 4 ? "write" : "read", "task",
		       "none");
		job->r.run.flags = KMB_RUN_VERIFY;
		job->r.run.seed = i;
		ASSERT_TRUE(!!ring_put(&self->ring, self->r.fd, KMB_RUN, &job->r.run, job));
	}
	EXPECT_EQ(ENTRIES, io_uring_submit(&self->ring));
	EXPECT_EQ(ENTRIES, ring_reap(&self->ring, ENTRIES));
	for (i = 0; i < ENTRIES; i++) {
		EXPECT_EQ(0, self->jobs[i].res) {
			TH_LOG("%u: %s", i, self->jobs[i].r.run.reason);
		}
		EXPECT_NE(0, self->jobs[i].r.cell.ops);
	}
}

/* Until the first sample is in the buffer; false if none comes. */
static bool has_begun(const struct kmb_sample *samples)
{
	double limit = now() + LIMIT;

	while (!__atomic_load_n(&samples->duration, __ATOMIC_RELAXED)) {
		if (now() > limit)
			return false;
		nap(1);
	}
	return true;
}

TEST_F(ring, what_is_cancelled_keeps_what_it_measured)
{
	struct kmb_sample *samples = endless_samples[0];
	struct job *job = self->jobs;
	struct io_uring_sqe *sqe;
	unsigned int i;

	job_endless(job, &self->r, samples);
	ASSERT_TRUE(!!ring_put(&self->ring, self->r.fd, KMB_RUN, &job->r.run, job));
	EXPECT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(has_begun(samples));
	sqe = io_uring_get_sqe(&self->ring);
	ASSERT_TRUE(!!sqe);
	io_uring_prep_cancel(sqe, job, 0);
	io_uring_sqe_set_data(sqe, NULL);
	EXPECT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(2, ring_reap(&self->ring, 2));
	EXPECT_TRUE(job->done);
	EXPECT_EQ(-EINTR, job->res);
	EXPECT_LT(0, job->r.run.nr_samples);
	EXPECT_GT(LONG_SAMPLES, job->r.run.nr_samples);
	for (i = 0; i < job->r.run.nr_samples; i++)
		EXPECT_NE(0, samples[i].duration);
}

TEST_F(ring, a_chain_ends_where_it_fails)
{
	struct kmb_query query = { .size = sizeof(query) }, bad = { .size = 4 };
	void *args[] = { NULL, &query, NULL, &bad, &query };
	unsigned int cmds[] = { KMB_NOP, KMB_QUERY, KMB_RUN, KMB_QUERY, KMB_QUERY };
	int want[] = { 0, 0, 0, -EINVAL, -ECANCELED };
	struct io_uring_sqe *sqe;
	unsigned int i;

	choose(&self->r, "kmap_local", "read", "task", "none");
	args[2] = &self->r.run;
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		sqe = ring_put(&self->ring, self->r.fd, cmds[i], args[i], &self->jobs[i]);
		ASSERT_TRUE(!!sqe);
		if (i + 1 < ARRAY_SIZE(cmds))
			sqe->flags |= IOSQE_IO_LINK;
	}
	EXPECT_EQ(ARRAY_SIZE(cmds), io_uring_submit(&self->ring));
	EXPECT_EQ(ARRAY_SIZE(cmds), ring_reap(&self->ring, ARRAY_SIZE(cmds)));
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_TRUE(self->jobs[i].done);
		EXPECT_EQ(want[i], self->jobs[i].res) {
			TH_LOG("%u", i);
		}
	}
}

/* The rest of its completions come when there is room for them. */
TEST_F(ring, no_completion_is_lost_for_want_of_room)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQSIZE, .cq_entries = 4 };
	struct kmb_query queries[ENTRIES];
	struct io_uring ring;
	unsigned int i;

	ASSERT_EQ(0, io_uring_queue_init_params(4, &ring, &params));
	if (!(params.features & IORING_FEAT_NODROP))
		SKIP(return, "this kernel drops what there is no room for");
	for (i = 0; i < ENTRIES; i++) {
		queries[i] = (struct kmb_query) { .size = sizeof(queries[i]) };
		ASSERT_TRUE(!!ring_put(&ring, self->r.fd, KMB_QUERY, &queries[i],
				       &self->jobs[i]));
		ASSERT_EQ(1, io_uring_submit(&ring));
	}
	EXPECT_TRUE(io_uring_cq_has_overflow(&ring));
	EXPECT_EQ(ENTRIES, ring_reap(&ring, ENTRIES));
	for (i = 0; i < ENTRIES; i++) {
		EXPECT_TRUE(self->jobs[i].done);
		EXPECT_EQ(0, self->jobs[i].res);
		EXPECT_EQ(self->r.query.page_size, queries[i].page_size);
	}
	io_uring_queue_exit(&ring);
}

/* The kernel's own thread takes what is submitted; nobody enters the kernel for it. */
TEST_F(ring, a_polling_thread_may_submit)
{
	struct kmb_query query = { .size = sizeof(query) };
	struct io_uring ring;
	const char *wrong;
	bool skip;

	wrong = ring_open(&ring, ENTRIES, IORING_SETUP_SQPOLL, &skip);
	if (wrong && skip)
		SKIP(return, "%s", wrong);
	ASSERT_TRUE(!wrong) {
		TH_LOG("%s", wrong);
	}
	EXPECT_EQ(0, ring_do(&ring, self->r.fd, KMB_QUERY, &query));
	EXPECT_EQ(self->r.query.page_size, query.page_size);
	choose(&self->r, "kmap_local", "from_user", "task", "absent");
	self->r.run.flags = KMB_RUN_VERIFY;
	EXPECT_EQ(0, ring_do(&ring, self->r.fd, KMB_RUN, &self->r.run)) {
		TH_LOG("%s", self->r.run.reason);
	}
	EXPECT_LT(0, self->r.cell.faults);
	io_uring_queue_exit(&ring);
}

/* A parent's ring in its child's hands: requests are in the child's memory. */
TEST_F(ring, a_forked_ring_works_on_its_users_memory)
{
	static struct kmb_query query;
	int status;
	pid_t pid;

	query = (struct kmb_query) { .size = sizeof(query) };
	pid = fork();
	if (!pid) {
		if (ring_do(&self->ring, self->r.fd, KMB_QUERY, &query))
			_exit(1);
		choose(&self->r, "kmap_local", "to_user", "task", "absent");
		self->r.run.flags = KMB_RUN_VERIFY;
		if (ring_do(&self->ring, self->r.fd, KMB_RUN, &self->r.run))
			_exit(2);
		_exit(query.page_size == self->r.query.page_size && self->r.cell.ops ? 0 : 3);
	}
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, query.page_size);
	EXPECT_EQ(0, self->r.cell.ops);
}

TEST_F(ring, a_closed_ring_ends_what_its_workers_do)
{
	struct request r = self->r;
	long before = module_refcnt();
	struct io_uring ring;
	const char *wrong;
	bool skip;

	ASSERT_TRUE(!ring_open(&ring, ENTRIES, 0, &skip));
	r.fd = device_open(&wrong);
	ASSERT_LE(0, r.fd);
	ASSERT_TRUE(put_doomed(&ring, self->jobs, &r));
	EXPECT_TRUE(has_begun(endless_samples[DOOMED / 2]));
	close(r.fd);
	io_uring_queue_exit(&ring);
	EXPECT_TRUE(wait_references(before));
}

/* Says when its requests are at work, and waits to be killed unless it is to exit. */
static void doomed(struct request *r, struct job *jobs, int to, bool exits)
{
	struct io_uring ring;
	const char *wrong;
	bool skip;

	r->fd = device_open(&wrong);
	if (r->fd < 0 || ring_open(&ring, ENTRIES, 0, &skip) || !put_doomed(&ring, jobs, r) ||
	    !has_begun(endless_samples[DOOMED / 2]) || write(to, "", 1) != 1)
		_exit(1);
	if (!exits)
		pause();
	_exit(0);
}

static void die_with_requests(struct __test_metadata *_metadata, struct request *r,
			      struct job *jobs, bool exits)
{
	double limit = now() + END_SECONDS;
	long before = module_refcnt();
	int begins[2], status, ret;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(begins));
	pid = fork();
	if (!pid)
		doomed(r, jobs, begins[1], exits);
	ASSERT_LT(0, pid);
	close(begins[1]);
	EXPECT_EQ(1, read(begins[0], &c, 1));
	close(begins[0]);
	if (!exits)
		kill(pid, SIGKILL);
	for (ret = 0; !ret && now() < limit; nap(1))
		ret = waitpid(pid, &status, WNOHANG);
	ASSERT_EQ(pid, ret) {
		TH_LOG("is not dead yet");
	}
	EXPECT_TRUE(exits ? WIFEXITED(status) && !WEXITSTATUS(status) : WIFSIGNALED(status));
	EXPECT_TRUE(wait_references(before));
}

TEST_F(ring, who_exits_with_requests_at_work_leaves_nothing)
{
	die_with_requests(_metadata, &self->r, self->jobs, true);
}

TEST_F(ring, who_is_killed_with_requests_at_work_leaves_nothing)
{
	die_with_requests(_metadata, &self->r, self->jobs, false);
}

/* Entries that make no sense: an errno of the vocabulary, no splat, and it goes on. */
TEST_F(ring, garbage_is_refused)
{
	const unsigned int cmds[] = { KMB_QUERY, KMB_ENUM, KMB_LEGAL, KMB_RUN, KMB_NOP };
	static union garbage any[ENTRIES / 2];
	struct request *r = &self->r;
	struct io_uring ring;
	unsigned int i, j, done;

	/* Without that it stops at each entry that the ring itself refuses. */
	ASSERT_EQ(0, io_uring_queue_init(ENTRIES, &ring, IORING_SETUP_SUBMIT_ALL));
	choose(r, "kmap_local", "read", "task", "none");
	r->run.target = 1000;
	srandom(1);
	for (i = 0; i < GARBAGE; i += done) {
		for (j = 0; j < ARRAY_SIZE(any); j++) {
			unsigned int cmd = cmds[random() % ARRAY_SIZE(cmds)];
			struct io_uring_sqe *sqe;

			garbage_make(&any[j], &r->run, &r->cell, i + j);
			self->jobs[j].done = false;
			sqe = ring_put(&ring, r->fd, cmd, &any[j], &self->jobs[j]);
			ASSERT_TRUE(!!sqe);
			switch (random() % 16) {
			case 0:
				sqe->cmd_op = random();
				break;
			case 1:
				((struct kmb_uring *)sqe->cmd)->arg = random();
				break;
			case 2:
				((struct kmb_uring *)sqe->cmd)->reserved = random();
				break;
			case 3:
				sqe->rw_flags = random();
				break;
			case 4:
				sqe->flags |= IOSQE_ASYNC;
				break;
			}
		}
		EXPECT_EQ(ARRAY_SIZE(any), io_uring_submit(&ring));
		done = ring_reap(&ring, ARRAY_SIZE(any));
		ASSERT_EQ(ARRAY_SIZE(any), done);
		for (j = 0; j < done; j++) {
			ASSERT_TRUE(garbage_fits(-self->jobs[j].res) ||
				    self->jobs[j].res == -ENOTTY) {
				TH_LOG("try %u: %s", i + j, strerror(-self->jobs[j].res));
			}
		}
	}
}

/* One of the ways to read or write, for a region */
struct transfer {
	unsigned int op;
	size_t offset, len;	/* in the region */
	struct iovec iov[2];
};

static bool writes(unsigned int op)
{
	return op == IORING_OP_WRITE || op == IORING_OP_WRITEV || op == IORING_OP_WRITE_FIXED;
}

static void put_transfer(struct io_uring *ring, int fd, struct transfer *t, char *buf, off_t at,
			 struct job *job)
{
	static const unsigned int ops[] = {
		IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV, IORING_OP_WRITEV,
		IORING_OP_READ_FIXED, IORING_OP_WRITE_FIXED,
	};
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	size_t first = t->len * (random() % 100) / 100;

	t->op = ops[random() % ARRAY_SIZE(ops)];
	t->iov[0] = (struct iovec) { buf, first };
	t->iov[1] = (struct iovec) { buf + first, t->len - first };
	if (t->op == IORING_OP_READV || t->op == IORING_OP_WRITEV)
		io_uring_prep_rw(t->op, sqe, fd, t->iov, ARRAY_SIZE(t->iov), at);
	else
		io_uring_prep_rw(t->op, sqe, fd, buf, t->len, at);
	if (random() % 2)
		sqe->flags |= IOSQE_ASYNC;
	job->done = false;
	io_uring_sqe_set_data(sqe, job);
}

/* What the transfer was to do; false when it did something else. */
static bool judge_transfer(const struct transfer *t, const struct job *job, const char *buf,
			   char *shadow)
{
	if (!job->done || job->res != (int)t->len)
		return false;
	if (!writes(t->op))
		return !memcmp(buf, shadow, t->len);
	memcpy(shadow, buf, t->len);
	return true;
}

/* All regions at once; the number of the first that went wrong, or REGIONS */
static unsigned int batch(struct io_uring *ring, int fd, off_t start, size_t region, char *buf,
			  char *shadow, struct job *jobs, struct transfer *t)
{
	unsigned int i, bad = REGIONS;
	size_t j;

	for (i = 0; i < REGIONS; i++, buf += region) {
		t[i].offset = random() % region;
		t[i].len = 1 + random() % (region - t[i].offset);
		for (j = 0; j < region; j++)
			buf[j] = random();
		put_transfer(ring, fd, &t[i], buf, start + i * region + t[i].offset, &jobs[i]);
	}
	buf -= REGIONS * region;
	if (io_uring_submit(ring) != REGIONS || ring_reap(ring, REGIONS) != REGIONS)
		return 0;
	for (i = REGIONS; i-- > 0;)
		if (!judge_transfer(&t[i], &jobs[i], buf + i * region,
				    shadow + i * region + t[i].offset))
			bad = i;
	return bad;
}

TEST_F(ring, each_map_reads_and_writes_the_device)
{
	size_t region = REGION_PAGES * self->r.query.page_size, window = REGIONS * region;
	char *buf = mmap(NULL, window, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shadow = malloc(window);
	struct iovec registered = { buf, window };
	struct transfer transfers[REGIONS];
	struct kmb_io io = { .size = sizeof(io) };
	unsigned int map, i, bad, maps = 0;
	int fd = self->r.fd;

	ASSERT_TRUE(buf != MAP_FAILED && shadow);
	ASSERT_EQ(0, io_uring_register_buffers(&self->ring, &registered, 1));
	ASSERT_EQ(0, ioctl(fd, KMB_IO, &io));
	if (io.bytes < window)
		SKIP(return, "the device has less than %u pages", REGIONS * REGION_PAGES);
	srandom(1);
	ASSERT_EQ(window, pread(fd, shadow, window, 0));
	for (map = 0; map < self->r.lists[KMB_LIST_MAPS].nr; map++) {
		io.flags = KMB_IO_MAP;
		io.map = map;
		if (ioctl(fd, KMB_IO, &io))
			continue;
		maps++;
		for (i = 0; i < BATCHES; i++) {
			bad = batch(&self->ring, fd, 0, region, buf, shadow, self->jobs,
				    transfers);
			ASSERT_EQ(REGIONS, bad) {
				TH_LOG("%s: operation %u at %zu of region %u, %zu bytes: %d",
				       self->r.lists[KMB_LIST_MAPS].row[map].name,
				       transfers[bad].op, transfers[bad].offset, bad,
				       transfers[bad].len, self->jobs[bad].res);
			}
		}
	}
	EXPECT_LT(3, maps);
}

/* Registered by the parent, named by the child: the bytes are the parent's. */
TEST_F(ring, a_registered_buffer_stays_who_registered_its)
{
	size_t page = self->r.query.page_size;
	char *buf = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec registered = { buf, page };
	struct io_uring_sqe *sqe;
	int status;
	pid_t pid;

	ASSERT_TRUE(buf != MAP_FAILED);
	memset(buf, 'p', page);
	ASSERT_EQ(0, io_uring_register_buffers(&self->ring, &registered, 1));
	ASSERT_EQ(4, pwrite(self->r.fd, "kmap", 4, 0));
	pid = fork();
	if (!pid) {
		memset(buf, 'c', page);
		sqe = io_uring_get_sqe(&self->ring);
		io_uring_prep_read_fixed(sqe, self->r.fd, buf, 4, 0, 0);
		sqe->flags |= IOSQE_ASYNC;
		_exit(ring_submit_one(&self->ring) == 4 && !memcmp(buf, "cccc", 4) ? 0 : 1);
	}
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	EXPECT_EQ(0, memcmp(buf, "kmapp", 5));
}

#endif /* HAVE_LIBURING */

TEST_HARNESS_MAIN
