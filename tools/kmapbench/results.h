/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "events.h"
#include "lists.h"
#include "stats.h"

/* The row that is the loop itself, in the lists of maps and of copies */
#define LOOP	"none"

#define RESULTS_SCHEMA	"kmapbench-2"

/* Of any text in results; names and reasons of the module fit */
#define TEXT_LEN	192

struct clock {
	long long resolution_ns;
	long long cost_ns;
};

/* What was measured on: the fingerprint. Members are the keys of the JSON. */
struct environment {
	char kernel[TEXT_LEN];
	char machine[TEXT_LEN];
	char lane[TEXT_LEN];		/* empty if not known */
	char accelerator[TEXT_LEN];
	char unit[TEXT_LEN];
	char preemption[TEXT_LEN];
	char cpu[TEXT_LEN];
	unsigned long long config;	/* KMB_KERNEL_* bits */
	bool builtin;
	long long nest_limit;
	long long slots;
	long long last_pkmap;
	long long page_size_bytes;
	long long highmem_total_bytes;
	long long highmem_free_bytes;
	long long nodes;
	struct clock clock;
};

/* kmb_query.kernel's bits and what JSON and people call them */
struct config_bit {
	unsigned long long bit;
	const char *key;
	const char *option;
};

extern const struct config_bit config_bits[];	/* ends with a zero bit */

struct params {
	long long nest;
	long long len;
	long long offset;
	long long order;
	long long node;
	long long pool;
	long long threads;
	long long faults;
	long long delay_us;
	long long iterations;
	long long seed;
	long long overhead_ns;
	long long target_ns;
	long long depth;	/* requests in flight by io_uring; 0: by ioctl() */
	long long batch;	/* of these that go in with one system call */
};

struct counters {
	long long ops;
	long long bytes;
	long long faults;
	long long short_copies;
	long long slow_path;
	long long switches_mapped;
	long long sleeps_mapped;
	long long pages_low;
	long long pages_high;
};

/* One cell with one shape; samples are costs of one operation, in @unit. */
struct result {
	char cell[TEXT_LEN];
	char map[TEXT_LEN];
	char copy[TEXT_LEN];
	char context[TEXT_LEN];
	char pages[TEXT_LEN];
	char source[TEXT_LEN];	/* empty if it has none */
	char expr[TEXT_LEN];
	char mapping[TEXT_LEN];
	char unit[TEXT_LEN];
	double median;		/* of no samples: NAN */
	struct interval ci95;	/* of too few: NAN */
	double beyond_none;	/* without a loop to compare with: NAN */
	double *samples;
	long long *rounds;
	long long *threads;
	size_t nr_samples;
	struct params params;
	struct counters counters;
	struct event_cost *events;
	size_t nr_events;
};

struct illegal {
	char cell[TEXT_LEN];
	char reason[TEXT_LEN];
};

struct results {
	char tool_version[TEXT_LEN];
	char created[TEXT_LEN];
	bool complete;
	struct environment environment;
	char **options;
	size_t nr_options;
	struct result *results;
	size_t nr;
	struct illegal *illegal;
	size_t nr_illegal;
};

struct result *results_append(struct results *results);
struct illegal *results_append_illegal(struct results *results);
bool result_append_sample(struct result *result, double cost, long long round,
			  long long thread);

/* Fill in what follows from the samples: medians, intervals, differences. */
void results_summarize(struct results *results);

/* Whether both had the same shape, and so may be subtracted. */
bool result_same_shape(const struct result *a, const struct result *b);

/* In what their shapes differ, as "nest is 1, not 0"; empty if in nothing. */
const char *result_shape_difference(const struct result *a, const struct result *b,
				    char text[TEXT_LEN]);

#define RESULT_LABEL_LEN	(2 * TEXT_LEN)

/* The cell, and what of its shape was asked for: "kmap.none.task.high pool=1024" */
void result_label(const struct result *result, char label[RESULT_LABEL_LEN]);

/* The empty loop of the same context, pages and shape, or NULL. */
const struct result *results_baseline(const struct results *results,
				      const struct result *of);

/* Whether it is such an empty loop itself */
bool result_is_loop(const struct results *results, const struct result *result);

bool result_is_arithmetic(const struct result *result);

void results_free(struct results *results);

#endif /* RESULTS_H */
