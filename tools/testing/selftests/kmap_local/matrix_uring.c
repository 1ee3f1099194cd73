// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every cell, by io_uring: a worker of the ring maps, with the memory of the task
 * that asked, and a preempt count, a CPU and a nesting index of its own.
 */
#include <stdbool.h>

#include "../kselftest.h"
#include "ring.h"
#include "user_memory.h"

#ifdef HAVE_LIBURING
/* What spans and reasons can find, ioctl() has found. */
#define ENGINE_ALL	0
#define ENGINE_SHAPE	KMB_SHAPE_FIXED

static struct io_uring ring;

static void engine_open(void)
{
	const char *reason;
	bool skip;

	reason = ring_open(&ring, 1, 0, &skip);
	if (reason && skip)
		ksft_exit_skip("%s\n", reason);
	if (reason)
		ksft_exit_fail_msg("io_uring: %s\n", reason);
}

static void engine_memory(const struct user_memory *resident)
{
	const struct iovec buffer = { resident->addr, resident->len };
	int ret = io_uring_register_buffers(&ring, &buffer, 1);

	if (ret)
		ksft_exit_fail_msg("io_uring: registering a buffer: %s\n", strerror(-ret));
}

static int engine_run(int fd, struct kmb_run *run)
{
	struct io_uring_sqe *sqe = ring_put(&ring, fd, KMB_RUN, run, NULL);

	sqe->rw_flags = IORING_URING_CMD_FIXED;
	return -ring_submit_one(&ring);
}

#include "matrix.h"
#else
int main(void)
{
	ksft_print_header();
	ksft_exit_skip(NO_LIBURING "\n");
}
#endif
