/* SPDX-License-Identifier: GPL-2.0-only */
/* What all tests want of /dev/kmap_bench: open it, ask it, name cells. */
#ifndef _KMAP_LOCAL_DEVICE_H
#define _KMAP_LOCAL_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kmap_bench_uapi.h"

#define MAX_ROWS	128

struct rows {
	unsigned int nr;
	struct kmb_enum row[MAX_ROWS];
};

/* Open the device; on failure *reason says why, and what to do. */
static inline int device_open(const char **reason)
{
	int fd = open(KMB_DEVICE, O_RDWR | O_CLOEXEC);

	*reason = errno == ENOENT || errno == ENXIO ?
		  "no " KMB_DEVICE ": load the module kmap_bench" :
		  errno == EACCES || errno == EPERM ?
		  "may not open " KMB_DEVICE ": run as root" : strerror(errno);
	return fd;
}

/* Why there is no device, and what to do; NULL when there is one */
static inline const char *device_missing(void)
{
	const char *reason;
	int fd = device_open(&reason);

	if (fd < 0)
		return reason;
	close(fd);
	return NULL;
}

static inline void skip_program(const char *reason)
{
	if (!reason)
		return;
	ksft_print_header();
	ksft_exit_skip("%s\n", reason);
}

/*
 * What all tests of a program need is looked for before the first of them: to skip in a
 * fixture's setup keeps Linux 6.1's harness from nothing. @missing says what is not there,
 * NULL when nothing is.
 */
#define PROGRAM_NEEDS(missing)						\
static void __attribute__((constructor)) program_needs(void)		\
{									\
	skip_program(missing());						\
}

static inline int device_query(int fd, struct kmb_query *query)
{
	*query = (struct kmb_query) { .size = sizeof(*query) };
	return ioctl(fd, KMB_QUERY, query);
}

/*
 * Whether a child ends within so many milliseconds, and how. One that a broken kernel keeps
 * does not, whatever signal it gets.
 */
static inline bool child_ended(pid_t pid, int ms, int *status)
{
	struct pollfd p = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	bool ended;

	if (p.fd < 0)
		ksft_exit_fail_msg("cannot wait for a child: %s\n", strerror(errno));
	ended = poll(&p, 1, ms) == 1;
	close(p.fd);
	return ended && waitpid(pid, status, 0) == pid;
}

/*
 * There the kernel walks page tables itself to copy to and from user memory, and takes
 * no lock: see Documentation/kmapbench/findings.rst.
 */
static inline int on_user_mode_linux(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[128];
	int found = 0;

	while (file && !found && fgets(line, sizeof(line), file))
		found = !!strstr(line, "User Mode Linux");
	if (file)
		fclose(file);
	return found;
}

/* All rows of a list; -1 with errno, E2BIG when there are more than MAX_ROWS. */
static inline int device_rows(int fd, unsigned int list, struct rows *rows)
{
	for (rows->nr = 0; rows->nr < MAX_ROWS; rows->nr++) {
		struct kmb_enum *e = &rows->row[rows->nr];

		*e = (struct kmb_enum) { .size = sizeof(*e), .list = list, .index = rows->nr };
		if (ioctl(fd, KMB_ENUM, e))
			return errno == ENOENT ? 0 : -1;
	}
	errno = E2BIG;
	return -1;
}

static inline int device_lists(int fd, struct rows lists[KMB_NR_LISTS])
{
	unsigned int list;

	for (list = 0; list < KMB_NR_LISTS; list++)
		if (device_rows(fd, list, &lists[list]))
			return -1;
	return 0;
}

/*
 * What a test program begins with: the device, what it says of itself, and all its
 * lists. Without a device the program ends here, as skipped.
 */
static inline int device_begin(struct kmb_query *query, struct rows lists[KMB_NR_LISTS],
			       struct rows *checks)
{
	const char *reason;
	int fd;

	ksft_print_header();
	fd = device_open(&reason);
	if (fd < 0)
		ksft_exit_skip("%s\n", reason);
	if (device_query(fd, query) || device_lists(fd, lists) ||
	    device_rows(fd, KMB_LIST_CHECKS, checks))
		ksft_exit_fail_msg("cannot ask the device: %s\n", strerror(errno));
	return fd;
}

/* A sample of a cell, with room for more */
static inline struct kmb_run run_of(struct kmb_cell *cell, struct kmb_sample *samples,
				    unsigned int room)
{
	return (struct kmb_run) {
		.size = sizeof(struct kmb_run),
		.shape = { .node = -1, .pool = 4, .faults = 100 },
		.cells = (uintptr_t)cell,
		.samples = (uintptr_t)samples,
		.nr_cells = 1,
		.cell_size = sizeof(*cell),
		.nr_samples = room,
		.sample_size = sizeof(*samples),
		.rounds = 1,
		.samples_per_round = 1,
		.seed = 1,
	};
}

/* The next cell in path order; 0 after the last */
static inline int cells_next(const struct rows lists[KMB_NR_LISTS], __u32 *cell)
{
	int list;

	for (list = KMB_NR_LISTS - 1; list >= 0; list--) {
		if (++cell[list] < lists[list].nr)
			return 1;
		cell[list] = 0;
	}
	return 0;
}

/* The row of that name; -1 where there is none */
static inline int rows_find(const struct rows *rows, const char *name)
{
	unsigned int i;

	for (i = 0; i < rows->nr; i++)
		if (!strcmp(rows->row[i].name, name))
			return i;
	return -1;
}

/* map.copy.context.pages[.source] */
static inline void cell_path(const struct rows *lists, const __u32 *cell, char *path, size_t size)
{
	const struct kmb_enum *copy = &lists[KMB_LIST_COPIES].row[cell[KMB_LIST_COPIES]];
	unsigned int list, last = KMB_LIST_PAGES;
	size_t n = 0;

	if (copy->row_flags & KMB_ROW_USER)
		last = KMB_LIST_SOURCES;
	path[0] = '\0';
	for (list = 0; list <= last && n < size; list++)
		n += snprintf(path + n, size - n, "%s%s", list ? "." : "",
			      lists[list].row[cell[list]].name);
}

#endif /* _KMAP_LOCAL_DEVICE_H */
