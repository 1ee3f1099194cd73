// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "events.h"
#include "kmapbench.h"

#ifndef HAVE_LIBPFM

int events_open(const char *list, struct events *events)
{
	(void)list;
	events->nr = 0;
	return fail(STATUS_UNAVAILABLE, "build it with libpfm4-dev",
		    "--counters: kmapbench was built without libpfm4");
}

#else
#include <perfmon/pfmlib_perf_event.h>

static int encode(const char *name, struct perf_event_attr *attr)
{
	pfm_perf_encode_arg_t arg = { .attr = attr, .size = sizeof(arg) };
	int ret;

	memset(attr, 0, sizeof(*attr));
	attr->size = sizeof(*attr);
	ret = pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
	if (ret == PFM_SUCCESS)
		return STATUS_FINE;
	return fail(STATUS_USAGE, "see `perf list' for names; :k counts in the kernel only",
		    "--counters %s: %s", name, pfm_strerror(ret));
}

static int open_one(const struct perf_event_attr *attr, int leader)
{
	return syscall(SYS_perf_event_open, attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

static int cannot_count(int error)
{
	if (error == ENOSYS)
		return fail(STATUS_UNAVAILABLE, "leave out --counters",
			    "--counters: this kernel was built without perf events");
	return fail(STATUS_UNAVAILABLE, "run it as root, or sysctl kernel.perf_event_paranoid=1",
		    "--counters: %s", strerror(error));
}

/*
 * In a group with the others, so that all are on at the same time; or, where one more
 * does not fit into it, as the first of another one.
 */
static int open_event(const char *name, struct events *events, int *leader)
{
	struct event *event = &events->event[events->nr];
	struct perf_event_attr attr;
	int status;

	snprintf(event->name, sizeof(event->name), "%s", name);
	event->fd = -1;
	status = encode(name, &attr);
	if (status)
		return status;
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	attr.disabled = *leader < 0;
	event->fd = open_one(&attr, *leader);
	if (event->fd < 0 && *leader >= 0) {
		attr.disabled = 1;
		event->fd = open_one(&attr, -1);
		if (event->fd >= 0)
			*leader = event->fd;
	}
	if (event->fd < 0 && (errno == EACCES || errno == EPERM || errno == ENOSYS))
		return cannot_count(errno);
	if (*leader < 0)
		*leader = event->fd;
	events->nr++;
	return STATUS_FINE;
}

int events_open(const char *list, struct events *events)
{
	int status, ret = pfm_initialize(), leader = -1;
	const char *end;
	char name[EVENT_NAME_LEN];

	events->nr = 0;
	if (ret != PFM_SUCCESS)
		return fail(STATUS_UNAVAILABLE, "leave out --counters", "libpfm4: %s",
			    pfm_strerror(ret));
	for (;; list = end + 1) {
		end = strchrnul(list, ',');
		if (events->nr == MAX_EVENTS)
			return fail(STATUS_USAGE, "count them in several runs",
				    "--counters: more than %d events", MAX_EVENTS);
		snprintf(name, sizeof(name), "%.*s", (int)(end - list), list);
		status = open_event(name, events, &leader);
		if (status || !*end)
			return status;
	}
}
#endif

void events_close(struct events *events)
{
	while (events->nr) {
		if (events->event[--events->nr].fd >= 0)
			close(events->event[events->nr].fd);
	}
}

/* Members of a group follow its leader, and enabling them once more is nothing. */
static void all(const struct events *events, unsigned long request)
{
	size_t i;

	for (i = 0; i < events->nr; i++) {
		if (events->event[i].fd >= 0)
			ioctl(events->event[i].fd, request, PERF_IOC_FLAG_GROUP);
	}
}

void events_start(const struct events *events)
{
	all(events, PERF_EVENT_IOC_RESET);
	all(events, PERF_EVENT_IOC_ENABLE);
}

static void take(struct event *event)
{
	uint64_t now[3];	/* value, time enabled, time running */

	event->value = 0;
	if (event->fd < 0 || read(event->fd, now, sizeof(now)) != sizeof(now))
		return;
	event->value = now[0];
	if (now[2] < now[1] && now[2]) {
		event->value *= (double)now[1] / now[2];
		event->scaled = true;
	}
}

void events_stop(struct events *events)
{
	size_t i;

	all(events, PERF_EVENT_IOC_DISABLE);
	for (i = 0; i < events->nr; i++)
		take(&events->event[i]);
}
