/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_EVENTS	16
#define EVENT_NAME_LEN	192	/* as any text of results */

/* One of perf's events, of the thread that opened it */
struct event {
	char name[EVENT_NAME_LEN];
	int fd;			/* -1: not here */
	double value;		/* when stopped */
	bool scaled;		/* it had its counter for a part of the time only */
};

struct events {
	struct event event[MAX_EVENTS];
	size_t nr;
};

/* What an operation of a cell took of an event */
struct event_cost {
	char name[EVENT_NAME_LEN];
	double per_op;		/* NAN: not supported here */
	bool scaled;
};

/**
 * events_open() - open events by their names
 * @list: names that libpfm4 knows, with commas between them: "page-faults,instructions:k"
 * @events: out; events_close() takes it in any state
 *
 * Those that this machine has not are there, and stay without a value.
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE: an unknown
 * name, no right to count, no perf events in this kernel, or built without libpfm4.
 */
int events_open(const char *list, struct events *events);
void events_close(struct events *events);

/* From zero; they are on together, as far as there are counters for all. */
void events_start(const struct events *events);
void events_stop(struct events *events);

#endif /* EVENTS_H */
