/* SPDX-License-Identifier: GPL-2.0-only */
/* A request for one cell, and what is wanted around it. */
#ifndef _KMAP_LOCAL_REQUEST_H
#define _KMAP_LOCAL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "device.h"

#define ROOM		4
#define POOL		4
#define END_SECONDS	20	/* that requests may take to notice that they are to end */

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static inline void nap(unsigned int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* A request for one cell, with all that it needs */
struct request {
	int fd;
	struct kmb_query query;
	struct rows lists[KMB_NR_LISTS];
	struct kmb_cell cell;
	struct kmb_sample samples[ROOM];
	struct kmb_run run;
};

static inline int request_open(struct request *r, const char **reason)
{
	r->fd = device_open(reason);
	if (r->fd < 0)
		return -1;
	if (device_query(r->fd, &r->query) || device_lists(r->fd, r->lists)) {
		*reason = "cannot ask the device";
		return -1;
	}
	r->run = run_of(&r->cell, r->samples, ROOM);
	r->run.shape.pool = POOL;
	return 0;
}

/* Of highmem where there is any: only that is really mapped. */
static inline const char *best_pages(const struct request *r)
{
	return r->query.highmem_total ? "high" : "any";
}

static inline void choose(struct request *r, const char *map, const char *copy,
			  const char *context, const char *source)
{
	const char *names[KMB_NR_LISTS] = { map, copy, context, best_pages(r), source };
	unsigned int list;

	memset(&r->cell, 0, sizeof(r->cell));
	for (list = 0; list < KMB_NR_LISTS; list++)
		r->cell.cell[list] = rows_find(&r->lists[list], names[list]);
}

static inline int request(struct request *r)
{
	r->run.nr_samples = ROOM;
	return ioctl(r->fd, KMB_RUN, &r->run) ? errno : 0;
}

/* Of the module: requests, files and windows that there are; -1 where it is built in */
static inline long module_refcnt(void)
{
	FILE *file = fopen("/sys/module/kmap_bench/refcnt", "re");
	long nr = -1;

	if (file && fscanf(file, "%ld", &nr) != 1)
		nr = -1;
	if (file)
		fclose(file);
	return nr;
}

/* References come back when the last request has ended. */
static inline bool wait_references(long want)
{
	double limit = now() + END_SECONDS;

	while (module_refcnt() != want) {
		if (now() > limit)
			return false;
		nap(1);
	}
	return true;
}

#endif /* _KMAP_LOCAL_REQUEST_H */
