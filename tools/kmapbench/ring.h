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

/* Reads or writes of equal length, one after the other through a file, again and again */
struct transfers {
	const char *name;	/* of what is read or written */
	int fd;
	bool write;
	bool fixed;		/* to @buffers as ring_register() took them */
	size_t size;		/* bytes of each */
	size_t span;		/* bytes of the file that they go through, whole sizes */
	size_t nr;
	size_t depth;		/* in flight */
	char *buffers;		/* @depth of @size bytes */
	double *latencies;	/* out: of each, from its submission to its completion, ns */
};

/* One after the other; complains, and returns an enum status, if one fails. */
int transfer_by_syscall(const struct transfers *transfers);

/* Lets transfers be fixed; complains and returns an enum status if it cannot be. */
int ring_register(struct ring *ring, void *buffer, size_t len);

/* As many in flight as its depth; as transfer_by_syscall() otherwise */
int ring_transfer(struct ring *ring, const struct transfers *transfers);

#endif /* RING_H */
