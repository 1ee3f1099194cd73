/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of /dev/kmap_bench by io_uring. */
#ifndef _KMAP_LOCAL_RING_H
#define _KMAP_LOCAL_RING_H

#define NO_LIBURING "built without liburing: install liburing-dev and build it again"

#ifdef HAVE_LIBURING
#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kmap_bench_uapi.h"

#define LIMIT		20	/* seconds, for any completion */

/* What went wrong, or NULL; -ENOSYS and -EPERM are "not here". */
static inline const char *ring_open(struct io_uring *ring, unsigned int entries,
				    unsigned int flags, bool *skip)
{
	int ret = io_uring_queue_init(entries, ring, flags);

	*skip = ret == -ENOSYS || ret == -EPERM;
	if (ret == -ENOSYS)
		return "this kernel was built without io_uring";
	if (ret == -EPERM)
		return "io_uring is switched off: sysctl kernel.io_uring_disabled=0";
	return ret ? strerror(-ret) : NULL;
}

static inline struct io_uring_sqe *ring_put(struct io_uring *ring, int fd, unsigned int cmd,
					    void *arg, void *data)
{
	const struct kmb_uring payload = { .arg = (uintptr_t)arg };
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe)
		return NULL;
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
	sqe->cmd_op = cmd;
	memcpy(sqe->cmd, &payload, sizeof(payload));
	io_uring_sqe_set_data(sqe, data);
	return sqe;
}

/* The result of the next completion, -ETIME if none comes */
static inline int ring_wait(struct io_uring *ring, void **data)
{
	struct __kernel_timespec limit = { .tv_sec = LIMIT };
	struct io_uring_cqe *cqe;
	int ret;

	do {
		ret = io_uring_wait_cqe_timeout(ring, &cqe, &limit);
	} while (ret == -EINTR);
	if (ret)
		return ret;
	ret = cqe->res;
	if (data)
		*data = io_uring_cqe_get_data(cqe);
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

/* The result of the only entry that there is */
static inline int ring_submit_one(struct io_uring *ring)
{
	int ret = io_uring_submit(ring);

	return ret < 0 ? ret : ring_wait(ring, NULL);
}

/* One request, from its submission to its end: as errno, like request() */
static inline int ring_do(struct io_uring *ring, int fd, unsigned int cmd, void *arg)
{
	return ring_put(ring, fd, cmd, arg, NULL) ? -ring_submit_one(ring) : EBUSY;
}

#endif /* HAVE_LIBURING */
#endif /* _KMAP_LOCAL_RING_H */
