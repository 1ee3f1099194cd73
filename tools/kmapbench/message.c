// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>

#include "kmapbench.h"

int fail(int status, const char *advice, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("kmapbench: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	if (advice)
		fprintf(stderr, "  %s\n", advice);
	return status;
}
