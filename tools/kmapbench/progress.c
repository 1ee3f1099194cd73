// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

double ns_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

double seconds_now(void)
{
	return ns_now() / 1e9;
}

void progress_start(struct progress *progress)
{
	progress->shown = isatty(STDERR_FILENO);
	progress->started = seconds_now();
}

void progress_show(struct progress *progress, const char *what, double done)
{
	double elapsed = seconds_now() - progress->started;

	if (!progress->shown)
		return;
	fprintf(stderr, "\r\033[K%3.0f %%  %s", done * 100, what);
	if (done > 0)
		fprintf(stderr, "  %.0f s left", elapsed / done * (1 - done));
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
