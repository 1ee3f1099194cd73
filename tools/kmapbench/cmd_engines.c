// SPDX-License-Identifier: GPL-2.0-or-later
/* What it costs to get a request that does nothing to the module and back. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "environment.h"
#include "kmapbench.h"
#include "number.h"
#include "progress.h"
#include "ring.h"
#include "stats.h"
#include "table.h"

#define DEPTHS		8
#define MAX_DEPTH	256
#define MAX_COUNT	1000000
#define SAMPLES		31

struct request {
	long long depths[DEPTHS];
	size_t nr;
	long long count;	/* requests in a sample */
};

static const struct argp_option options[] = {
	{ "depth", 'd', "N,...", 0, "Requests in flight by io_uring (1,8,64)", 0 },
	{ "count", 'n', "N", 0, "Requests in a sample (2048)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'd':
		return number_list("depth", arg, 1, MAX_DEPTH, false, request->depths, DEPTHS,
				   &request->nr);
	case 'n':
		return number_option("count", arg, 1, MAX_COUNT, false, &request->count);
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Measure commands that do nothing: what ioctl() and io_uring cost by themselves.",
};

static bool never(void)
{
	return false;
}

/* So many commands, @depth of them at a time; 0 is by ioctl() */
static int do_nothing(struct device *dev, struct ring *ring, struct ring_request *requests,
		      long long count, long long depth)
{
	int status = STATUS_FINE, error;
	long long i;

	while (count > 0 && !status) {
		if (ring) {
			status = ring_do(ring, requests, depth, depth, never);
			for (error = 0, i = 0; i < depth && !status && !error; i++)
				error = requests[i].error;
			count -= depth;
		} else {
			error = device_nop(dev);
			count--;
		}
		if (error)
			status = device_fail("nop", error, NULL);
	}
	return status;
}

static int measure_depth(struct device *dev, const struct request *request, long long depth,
			 struct interval *ci, double *median)
{
	/* Whole depths, so that all are of one kind */
	long long count = depth ? (request->count + depth - 1) / depth * depth : request->count;
	struct ring_request requests[MAX_DEPTH];
	double samples[SAMPLES], start;
	struct ring *ring = NULL;
	int status = STATUS_FINE;
	size_t i;

	for (i = 0; i < MAX_DEPTH; i++)
		requests[i] = (struct ring_request){ .number = KMB_NOP };
	if (depth)
		status = ring_open(dev->fd, depth, &ring);
	/* Once to warm up */
	status = status ?: do_nothing(dev, ring, requests, count, depth);
	for (i = 0; i < SAMPLES && !status; i++) {
		start = ns_now();
		status = do_nothing(dev, ring, requests, count, depth);
		samples[i] = (ns_now() - start) / count;
	}
	ring_close(ring);
	if (status)
		return status;
	stats_sort(samples, SAMPLES);
	*median = stats_median(samples, SAMPLES);
	stats_median_ci(samples, SAMPLES, 0.95, ci);
	return STATUS_FINE;
}

static int add_row(struct table *table, struct device *dev, const struct request *request,
		   long long depth)
{
	char cost[COST_LEN], lo[COST_LEN], hi[COST_LEN];
	struct interval ci;
	double median;
	int status = measure_depth(dev, request, depth, &ci, &median);

	if (status)
		return status;
	table_add(table, "%s", depth ? "io_uring" : "ioctl");
	table_add(table, "%lld", depth ?: 1);
	table_add(table, "%d", SAMPLES);
	table_add(table, "%s", format_cost(median, cost));
	table_add(table, "%s .. %s", format_cost(ci.lo, lo), format_cost(ci.hi, hi));
	return STATUS_FINE;
}

static int print(struct device *dev, const struct request *request)
{
	struct environment env;
	struct table table;
	int status, lost;
	size_t i;

	environment_detect(&env, &dev->query);
	table_init(&table, "lrrrr");
	table_add(&table, "engine");
	table_add(&table, "depth");
	table_add(&table, "n");
	table_add(&table, "median, %s", env.unit);
	table_add(&table, "95 %% CI of it");
	status = add_row(&table, dev, request, 0);
	if (status) {
		table_free(&table);
		return status;
	}
	/* Where there is no io_uring, ioctl() still has a row. */
	for (i = 0; i < request->nr && !status; i++)
		status = add_row(&table, dev, request, request->depths[i]);
	printf("Linux %s %s%s%s, %s: %s per command that does nothing\n\n", env.kernel,
	       env.machine, *env.lane ? ", lane " : "", env.lane, env.accelerator, env.unit);
	lost = table_print(&table, stdout);
	table_free(&table);
	return status ?: lost;
}

static int run(int argc, char **argv)
{
	struct request request = { .depths = { 1, 8, 64 }, .nr = 3, .count = 2048 };
	struct device dev;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &request))
		return STATUS_USAGE;
	status = device_open(&dev);
	if (status)
		return status;
	status = print(&dev, &request);
	device_close(&dev);
	return status;
}

COMMAND(engines, "what the ways to the module cost", run);
