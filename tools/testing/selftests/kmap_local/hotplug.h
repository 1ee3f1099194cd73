/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU that can be taken away, and is given back. */
#ifndef _KMAP_LOCAL_HOTPLUG_H
#define _KMAP_LOCAL_HOTPLUG_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kmap_bench_uapi.h"

/* Why none may be: it would never end. NULL where it may */
static inline const char *hotplug_hangs(const struct kmb_query *query)
{
	return query->preempt == KMB_PREEMPT_RT ?
	       "PREEMPT_RT stops a CPU's timers before its sleepers with mappings" : NULL;
}

struct hot_cpu {
	int nr;
	char path[64];	/* "" where there is none */
};

/* Safe in a handler. @state: '0' or '1' */
static inline bool hot_cpu_set(const struct hot_cpu *cpu, char state)
{
	int fd = open(cpu->path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, &state, 1) == 1;

	if (fd >= 0)
		close(fd);
	return good;
}

/* The last CPU that is there and can be taken away */
static inline bool hot_cpu_find(struct hot_cpu *cpu)
{
	char state;
	int fd;

	for (cpu->nr = sysconf(_SC_NPROCESSORS_CONF) - 1; cpu->nr > 0; cpu->nr--) {
		snprintf(cpu->path, sizeof(cpu->path), "/sys/devices/system/cpu/cpu%d/online",
			 cpu->nr);
		fd = open(cpu->path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, &state, 1) != 1)
			state = '0';
		close(fd);
		if (state == '1')
			return true;
	}
	cpu->path[0] = '\0';
	return false;
}

#endif /* _KMAP_LOCAL_HOTPLUG_H */
