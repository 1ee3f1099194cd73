/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>

/* Requests of the module by io_uring: workers of the ring map, with our memory. */
struct ring;

/* A request on its way */
struct ring_request {
	unsigned long number;	/* as ioctl() takes it */
	void *arg;
	int error;		/* 0 or a negative errno, when it is done */
	bool done;
};

/**
 * ring_open() - get a ring
 * @fd: what requests are for, as long as the ring is open
 * @depth: requests that may be in flight
 * @ring: out
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE:
 * built without liburing, no io_uring in this kernel, or switched off.
 */
int ring_open(int fd, unsigned int depth, struct ring **ring);
void ring_close(struct ring *ring);

/**
 * ring_do() - do requests, all in flight at once
 * @ring: open
 * @requests: at most its depth
 * @nr: how many
 * @batch: how many go in with one system call
 * @stop: looked at when a signal comes; what is in flight is then cancelled, and
 *	ends with -EINTR
 *
 * Returns: an enum status. With STATUS_FINE, all are done.
 */
int ring_do(struct ring *ring, struct ring_request *requests, size_t nr, size_t batch,
	    bool (*stop)(void));

#endif /* RING_H */
