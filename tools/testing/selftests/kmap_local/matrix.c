// SPDX-License-Identifier: GPL-2.0-only
/* Every cell, by ioctl(): the task that asks maps. */
#include <errno.h>
#include <sys/ioctl.h>

#include "kmap_bench_uapi.h"
#include "user_memory.h"

#define ENGINE_ALL	1
#define ENGINE_SHAPE	0

static void engine_open(void)
{
}

static void engine_memory(const struct user_memory *resident)
{
}

static int engine_run(int fd, struct kmb_run *run)
{
	return ioctl(fd, KMB_RUN, run) ? errno : 0;
}

#include "matrix.h"
