// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmap_bench_uapi.h"
#include "kmapbench.h"
#include "progress.h"
#include "ring.h"

static int failed_transfer(const struct transfers *t, long long result)
{
	return fail(STATUS_FAILED, "the kernel log may say more", "%s: %s of %zu bytes: %s",
		    t->name, t->write ? "write" : "read", t->size,
		    result < 0 ? strerror(-result) : "nothing was transferred");
}

static off_t place_of(const struct transfers *t, size_t nr)
{
	return nr * t->size % t->span;
}

/* A call may do less than it was asked for, and the next one goes on. */
static ssize_t transfer_one(const struct transfers *t, off_t place)
{
	ssize_t done = 1;
	size_t got;

	for (got = 0; got < t->size && done > 0; got += done) {
		if (t->write)
			done = pwrite(t->fd, t->buffers + got, t->size - got, place + got);
		else
			done = pread(t->fd, t->buffers + got, t->size - got, place + got);
	}
	return done < 0 ? -errno : done;
}

int transfer_by_syscall(const struct transfers *t)
{
	double start;
	ssize_t done;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		start = ns_now();
		done = transfer_one(t, place_of(t, i));
		t->latencies[i] = ns_now() - start;
		if (done <= 0)
			return failed_transfer(t, done);
	}
	return STATUS_FINE;
}

#ifndef HAVE_LIBURING

int ring_open(int fd, unsigned int depth, struct ring **ring)
{
	(void)fd;
	(void)depth;
	*ring = NULL;
	return fail(STATUS_UNAVAILABLE, "use --engine ioctl, or build it with liburing-dev",
		    "io_uring: kmapbench was built without liburing");
}

void ring_close(struct ring *ring)
{
	(void)ring;
}

int ring_do(struct ring *ring, struct ring_request *requests, size_t nr, size_t batch,
	    bool (*stop)(void))
{
	(void)ring;
	(void)requests;
	(void)nr;
	(void)batch;
	(void)stop;
	return STATUS_UNAVAILABLE;
}

int ring_register(struct ring *ring, void *buffer, size_t len)
{
	(void)ring;
	(void)buffer;
	(void)len;
	return STATUS_UNAVAILABLE;
}

int ring_transfer(struct ring *ring, const struct transfers *transfers)
{
	(void)ring;
	(void)transfers;
	return STATUS_UNAVAILABLE;
}

#else
#include <liburing.h>

/* What a completion may take: longer than any round, and once cancelled. */
#define LIMIT_SECONDS		600
#define CANCELLED_SECONDS	30

struct ring {
	struct io_uring uring;
	int fd;
};

static int cannot_open(int error)
{
	switch (error) {
	case ENOSYS:
		return fail(STATUS_UNAVAILABLE, "use --engine ioctl",
			    "io_uring: this kernel was built without it");
	case EPERM:
		return fail(STATUS_UNAVAILABLE,
			    "sysctl kernel.io_uring_disabled=0, or use --engine ioctl",
			    "io_uring: it is switched off");
	}
	return fail(STATUS_UNAVAILABLE, "use a smaller --depth, or --engine ioctl", "io_uring: %s",
		    strerror(error));
}

int ring_open(int fd, unsigned int depth, struct ring **ring)
{
	int ret;

	*ring = calloc(1, sizeof(**ring));
	if (!*ring)
		return fail(STATUS_FAILED, NULL, "io_uring: out of memory");
	(*ring)->fd = fd;
	ret = io_uring_queue_init(depth, &(*ring)->uring, 0);
	if (!ret)
		return STATUS_FINE;
	free(*ring);
	*ring = NULL;
	return cannot_open(-ret);
}

void ring_close(struct ring *ring)
{
	if (!ring)
		return;
	io_uring_queue_exit(&ring->uring);
	free(ring);
}

static void put(struct ring *ring, struct ring_request *request)
{
	const struct kmb_uring payload = { .arg = (uintptr_t)request->arg };
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, ring->fd, NULL, 0, 0);
	sqe->cmd_op = request->number;
	memcpy(sqe->cmd, &payload, sizeof(payload));
	io_uring_sqe_set_data(sqe, request);
	request->done = false;
}

/* Entries without a request to tell: whoever is still in flight ends with -EINTR. */
static void cancel_all(struct ring *ring, const struct ring_request *requests, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct io_uring_sqe *sqe;

		if (requests[i].done)
			continue;
		sqe = io_uring_get_sqe(&ring->uring);
		if (!sqe)
			break;
		io_uring_prep_cancel(sqe, (void *)&requests[i], 0);
		io_uring_sqe_set_data(sqe, NULL);
	}
	io_uring_submit(&ring->uring);
}

/* One more of the requests that are done; 0, -EINTR, -ETIME or another error of the ring's */
static int reap(struct ring *ring, unsigned int seconds, size_t *left)
{
	struct __kernel_timespec limit = { .tv_sec = seconds };
	struct ring_request *request;
	struct io_uring_cqe *cqe;
	int ret = io_uring_peek_cqe(&ring->uring, &cqe);

	if (ret)
		ret = io_uring_wait_cqe_timeout(&ring->uring, &cqe, &limit);
	if (ret)
		return ret;
	request = io_uring_cqe_get_data(cqe);
	if (request) {
		/* Cancelled before a worker came to it */
		request->error = cqe->res == -ECANCELED ? -EINTR : cqe->res;
		request->done = true;
		(*left)--;
	}
	io_uring_cqe_seen(&ring->uring, cqe);
	return 0;
}

static int wait_all(struct ring *ring, struct ring_request *requests, size_t nr,
		    bool (*stop)(void))
{
	unsigned int seconds = LIMIT_SECONDS;
	size_t left = nr;
	int ret;

	while (left) {
		ret = reap(ring, seconds, &left);
		if (seconds == LIMIT_SECONDS && stop()) {
			cancel_all(ring, requests, nr);
			seconds = CANCELLED_SECONDS;
		}
		if (!ret || ret == -EINTR)
			continue;
		return fail(STATUS_FAILED, "the kernel log may say more",
			    "io_uring: %zu of %zu requests not done: %s", left, nr,
			    strerror(-ret));
	}
	return STATUS_FINE;
}

int ring_do(struct ring *ring, struct ring_request *requests, size_t nr, size_t batch,
	    bool (*stop)(void))
{
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		put(ring, &requests[i]);
		if ((i + 1) % batch && i + 1 < nr)
			continue;
		do {
			ret = io_uring_submit(&ring->uring);
		} while (ret == -EINTR);
		if (ret < 0)
			return fail(STATUS_FAILED, "the kernel log may say more",
				    "io_uring: cannot submit: %s", strerror(-ret));
	}
	return wait_all(ring, requests, nr, stop);
}

int ring_register(struct ring *ring, void *buffer, size_t len)
{
	const struct iovec iov = { buffer, len };
	int ret = io_uring_register_buffers(&ring->uring, &iov, 1);

	if (!ret)
		return STATUS_FINE;
	return fail(STATUS_UNAVAILABLE, "leave out --fixed, or raise the limit of locked memory",
		    "io_uring: registering %zu bytes: %s", len, strerror(-ret));
}

/* A transfer in flight */
struct flight {
	size_t nr, got;
};

static void put_transfer(struct ring *ring, const struct transfers *t, struct flight *flights,
			 size_t slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
	const struct flight *f = &flights[slot];
	char *buffer = t->buffers + slot * t->size + f->got;
	int op = t->write ? IORING_OP_WRITE : IORING_OP_READ;

	if (t->fixed)
		op = t->write ? IORING_OP_WRITE_FIXED : IORING_OP_READ_FIXED;
	io_uring_prep_rw(op, sqe, t->fd, buffer, t->size - f->got, place_of(t, f->nr) + f->got);
	sqe->user_data = slot;
	if (!f->got)
		t->latencies[f->nr] = ns_now();
}

/* Of one completion: puts the rest of its transfer, or the next one. Returns bytes or an error. */
static int go_on(struct ring *ring, const struct transfers *t, struct flight *flights,
		 const struct io_uring_cqe *cqe, size_t *next, size_t *done)
{
	struct flight *f = &flights[cqe->user_data];

	if (cqe->res <= 0)
		return cqe->res;
	f->got += cqe->res;
	if (f->got == t->size) {
		t->latencies[f->nr] = ns_now() - t->latencies[f->nr];
		(*done)++;
		if (*next == t->nr)
			return cqe->res;
		*f = (struct flight){ .nr = (*next)++ };
	}
	put_transfer(ring, t, flights, cqe->user_data);
	return cqe->res;
}

static int submit_and_wait(struct ring *ring)
{
	struct __kernel_timespec limit = { .tv_sec = CANCELLED_SECONDS };
	struct io_uring_cqe *cqe;
	int ret = io_uring_submit(&ring->uring);

	if (ret >= 0 && io_uring_peek_cqe(&ring->uring, &cqe))
		ret = io_uring_wait_cqe_timeout(&ring->uring, &cqe, &limit);
	return ret == -EINTR ? 0 : ret;
}

static int fly(struct ring *ring, const struct transfers *t, struct flight *flights)
{
	size_t next = 0, done = 0;
	struct io_uring_cqe *cqe;
	int ret, res;

	for (; next < t->depth && next < t->nr; next++) {
		flights[next].nr = next;
		put_transfer(ring, t, flights, next);
	}
	while (done < t->nr) {
		ret = submit_and_wait(ring);
		if (ret < 0)
			return fail(STATUS_FAILED, "the kernel log may say more",
				    "%s: %zu of %zu transfers not done: %s", t->name,
				    t->nr - done, t->nr, strerror(-ret));
		/* All that have come, so that as many go in with the next call */
		while (!io_uring_peek_cqe(&ring->uring, &cqe)) {
			res = go_on(ring, t, flights, cqe, &next, &done);
			io_uring_cqe_seen(&ring->uring, cqe);
			if (res <= 0)
				return failed_transfer(t, res);
		}
	}
	return STATUS_FINE;
}

int ring_transfer(struct ring *ring, const struct transfers *t)
{
	struct flight *flights = calloc(t->depth, sizeof(*flights));
	int status = flights ? fly(ring, t, flights) :
		     fail(STATUS_FAILED, NULL, "io_uring: out of memory");

	free(flights);
	return status;
}
#endif
