/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HARNESS_H
#define HARNESS_H

/*
 * A test is a function that calls check(); a test program lists its tests in
 * main() and returns harness_end(). TAP on stdout, which tests/run counts.
 */
#include <stdbool.h>
#include <stdio.h>

static int harness_nr;
static bool harness_failed;

#define check(condition)						\
	do {								\
		if (!(condition)) {					\
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			harness_failed = true;				\
		}							\
	} while (0)

static inline void harness_run(const char *name, void (*test)(void))
{
	harness_failed = false;
	test();
	printf("%sok %d - %s\n", harness_failed ? "not " : "", ++harness_nr, name);
	fflush(stdout);
}

static inline int harness_end(void)
{
	printf("1..%d\n", harness_nr);
	return 0;
}

#endif /* HARNESS_H */
