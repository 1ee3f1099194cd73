// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kmap_bench_uapi.h"
#include "kmapbench.h"
#include "ring.h"

#ifndef HAVE_LIBURING

int ring_open(int fd, unsigned int depth, struct ring **ring)
{
	(void)fd;
	(void)depth;
	*ring = NULL;
	return fail(STATUS_UNAVAILABLE, "use --engine ioctl, or install liburing-dev and rebuild it",
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
#endif
