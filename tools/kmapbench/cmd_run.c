// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "device.h"
#include "environment.h"
#include "kmapbench.h"
#include "lists.h"
#include "measure.h"
#include "number.h"
#include "pattern.h"
#include "plan.h"
#include "presets.h"
#include "report.h"
#include "results_file.h"
#include "shape.h"

#define MAX_SAMPLES	1000000
#define MAX_ROUNDS	1000000
#define MAX_SECONDS	86400
#define MAX_DEPTH	256

/* In percent; finer than that no median is known for long. */
#define LEAST_PRECISION	0.01

/* What a time is spent on, and what may be spent where only a precision was given */
#define DEFAULT_PRECISION	0.01
#define DEFAULT_SECONDS		60
/* A second of counted instructions is a thousand million, and emulated. */
#define DEFAULT_COUNTED_SECONDS	10

/* What samples should last, in nanoseconds and in steps of the clock at least */
#define SAMPLE_NS		200000
#define SAMPLE_STEPS		2000

enum {
	OPT_SAMPLES = 0x200,
	OPT_ROUNDS,
	OPT_ITERATIONS,
	OPT_TIME,
	OPT_PRECISION,
	OPT_REFERENCE,
	OPT_JSON,
	OPT_PLOT,
	OPT_SEED,
	OPT_PRESET,
	OPT_WHERE,
	OPT_ENGINE,
	OPT_DEPTH,
	OPT_BATCH,
	OPT_COUNTERS,
};

struct request {
	struct shapes shapes;
	struct effort effort;
	const struct preset *preset;
	const char *where;
	const char *reference;
	const char *json;
	const char *counters;
	struct events events;
	bool by_ring;
	bool plot;
	bool verbose;
	char **patterns;
	int nr_patterns;
};

static const struct argp_option options[] = {
	{ .doc = "What:" },
	{ "preset", OPT_PRESET, "NAME", 0,
	  "Instead of patterns: headline (the default), or faults: copies from absent memory", 0 },
	{ "where", OPT_WHERE, "WHERE", 0,
	  "Memory of the source file: a folder (tmpfs); of huge: thp or hugetlb", 0 },
	{ .doc = "Effort:" },
	{ "samples", OPT_SAMPLES, "N", 0, "Samples of each cell (50; of instructions 9)", 0 },
	{ "rounds", OPT_ROUNDS, "N", 0, "Rounds to take them in (10; of instructions 3)", 0 },
	{ "iterations", OPT_ITERATIONS, "N", 0, "Operations in a sample (the module's choice)", 0 },
	{ "precision", OPT_PRECISION, "PERCENT", 0,
	  "Take rounds until medians are known to +-PERCENT (with --time 1)", 0 },
	{ "time", OPT_TIME, "SECONDS", 0,
	  "But for no longer than this in all (60; of instructions 10)", 0 },
	{ "seed", OPT_SEED, "N", 0, "Of the random order of pages and of cells (1)", 0 },
	{ .doc = "Way in:" },
	{ "engine", OPT_ENGINE, "ENGINE", 0,
	  "How requests get to the module: ioctl (the default), or io_uring: its workers map", 0 },
	{ "depth", OPT_DEPTH, "N", 0, "Rounds in flight at once, by io_uring (1)", 0 },
	{ "batch", OPT_BATCH, "N", 0, "Of these, how many go in with one system call (all)", 0 },
	{ "counters", OPT_COUNTERS, "EVENT,...", 0,
	  "Count these events of perf as well, per operation: page-faults,instructions:k", 0 },
	{ .doc = "Output:" },
	{ "reference", OPT_REFERENCE, "PATTERN", 0,
	  "Row that the others are compared with (" DEFAULT_REFERENCE ")", 0 },
	{ "json", OPT_JSON, "FILE", 0, "Write the results there; - is stdout", 0 },
	{ "plot", OPT_PLOT, NULL, 0, "Draw the samples of each cell, as box plots", 0 },
	{ "verbose", 'v', NULL, 0, "Say what was left out", 0 },
	{ 0 }
};

static error_t parse_effort(int key, const char *arg, struct effort *effort)
{
	switch (key) {
	case OPT_SAMPLES:
		return number_option("samples", arg, 1, MAX_SAMPLES, false, &effort->samples);
	case OPT_ROUNDS:
		return number_option("rounds", arg, 1, MAX_ROUNDS, false, &effort->rounds);
	case OPT_ITERATIONS:
		return number_option("iterations", arg, 1, UINT_MAX, false, &effort->iterations);
	case OPT_SEED:
		return number_option("seed", arg, 0, LLONG_MAX, false, &effort->seed);
	case OPT_PRECISION:
		return percent_option("precision", arg, LEAST_PRECISION, &effort->precision);
	case OPT_TIME:
		return seconds_option("time", arg, MAX_SECONDS, &effort->seconds);
	case OPT_DEPTH:
		return number_option("depth", arg, 1, MAX_DEPTH, false, &effort->depth);
	case OPT_BATCH:
		return number_option("batch", arg, 1, MAX_DEPTH, false, &effort->batch);
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_engine(const char *name, struct request *request)
{
	request->by_ring = !strcmp(name, "io_uring");
	if (request->by_ring || !strcmp(name, "ioctl"))
		return 0;
	return fail(STATUS_USAGE, "say ioctl or io_uring", "--engine %s: no such engine", name);
}

/* Events are counted of one task, and that is to be who maps. */
static int complete_counters(struct request *request)
{
	const long long *threads = request->shapes.values[SHAPE_THREADS];
	size_t i;

	if (!request->counters)
		return STATUS_FINE;
	if (request->by_ring)
		return fail(STATUS_USAGE, "use --engine ioctl",
			    "--counters: by io_uring another task maps");
	for (i = 0; i < request->shapes.nr[SHAPE_THREADS]; i++) {
		if (threads[i] > 1)
			return fail(STATUS_USAGE, "count with one thread",
				    "--counters: --threads %lld", threads[i]);
	}
	request->effort.events = &request->events;
	return events_open(request->counters, &request->events);
}

/* Threads of a group wait for each other, and a ring may do one request after the other. */
static int complete_engine(struct request *request)
{
	struct effort *effort = &request->effort;
	size_t i;

	if (!request->by_ring && (effort->depth || effort->batch))
		return fail(STATUS_USAGE, "add --engine io_uring", "--%s: ioctl() is one at a time",
			    effort->depth ? "depth" : "batch");
	for (i = 0; request->by_ring && i < request->shapes.nr[SHAPE_THREADS]; i++) {
		if (request->shapes.values[SHAPE_THREADS][i] > 1)
			return fail(STATUS_USAGE, "use --engine ioctl, or --depth instead",
				    "--threads %lld: threads measure together by ioctl() only",
				    request->shapes.values[SHAPE_THREADS][i]);
	}
	if (request->by_ring && !effort->depth)
		effort->depth = 1;
	if (request->by_ring && !effort->batch)
		effort->batch = effort->depth;
	if (effort->batch <= effort->depth)
		return STATUS_FINE;
	return fail(STATUS_USAGE, "give at most the --depth",
		    "--batch %lld: more than are in flight, %lld", effort->batch, effort->depth);
}

static error_t parse_preset(const char *name, struct request *request)
{
	request->preset = preset_find(name);
	if (request->preset)
		return 0;
	return fail(STATUS_USAGE, "see `kmapbench run --help'", "--preset %s: no such preset",
		    name);
}

/* What the preset leaves open or sets itself, unless it was given */
static int complete_preset(struct request *request)
{
	const struct preset *preset = request->preset ?: presets;
	int status = STATUS_FINE;

	if (request->nr_patterns && request->preset)
		return fail(STATUS_USAGE, "give one or the other",
			    "--preset %s: it has patterns of its own", request->preset->name);
	if (request->nr_patterns)
		return STATUS_FINE;
	request->preset = preset;
	if (preset->len && !request->shapes.nr[SHAPE_LEN])
		status = shapes_set(&request->shapes, SHAPE_LEN, preset->len);
	if (preset->faults && !request->shapes.nr[SHAPE_FAULTS] && !status)
		status = shapes_set(&request->shapes, SHAPE_FAULTS, preset->faults);
	return status;
}

static const char *reference_of(const struct request *request)
{
	const char *preset = request->preset ? request->preset->reference : NULL;

	return request->reference ?: preset ?: DEFAULT_REFERENCE;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->shapes;
		return 0;
	case OPT_PRESET:
		return parse_preset(arg, request);
	case OPT_WHERE:
		request->where = arg;
		return 0;
	case OPT_ENGINE:
		return parse_engine(arg, request);
	case OPT_COUNTERS:
		request->counters = arg;
		return 0;
	case OPT_REFERENCE:
		request->reference = arg;
		return 0;
	case OPT_JSON:
		request->json = arg;
		return 0;
	case OPT_PLOT:
		request->plot = true;
		return 0;
	case 'v':
		request->verbose = true;
		return 0;
	case ARGP_KEY_ARGS:
		request->patterns = state->argv + state->next;
		request->nr_patterns = state->argc - state->next;
		return 0;
	}
	return parse_effort(key, arg, &request->effort);
}

static const struct argp_child children[] = { { &shape_argp, 0, NULL, 3 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PATTERN...]",
	.doc = "Measure cells: map.copy.context.pages[.source], shell globs by component.",
	.children = children,
};

/* What ends the run, unless that is the number of its samples */
static int complete_goal(struct effort *effort, bool exact)
{
	if (effort->rounds || effort->samples) {
		if (!effort->precision)
			return STATUS_FINE;
		return fail(STATUS_USAGE, "give one or the other, with --time as the limit",
			    "--precision %g%%: --rounds and --samples say what ends the run",
			    100 * effort->precision);
	}
	if (effort->precision && !effort->seconds)
		effort->seconds = exact ? DEFAULT_COUNTED_SECONDS : DEFAULT_SECONDS;
	if (effort->seconds > 0 && !effort->precision)
		effort->precision = DEFAULT_PRECISION;
	return STATUS_FINE;
}

/*
 * Costs that differ by less than a step of the clock look the same: samples are
 * so long that a step is no more than a twentieth of a percent of them.
 */
static long long sample_duration(const struct clock *clock)
{
	long long steps = SAMPLE_STEPS * (long long)clock->resolution_ns;

	return steps > SAMPLE_NS ? steps : SAMPLE_NS;
}

/*
 * An instruction count is the same each time, and emulation is slow: few
 * samples will do, each the pool once over. Noise wants many and long ones.
 */
static int complete_effort(struct effort *effort, const struct environment *env)
{
	bool exact = environment_counts_instructions(env);
	long long per_round = exact ? 3 : 5;
	bool rounds_given = effort->rounds;
	int status = complete_goal(effort, exact);

	if (status)
		return status;
	effort->target_ns = exact ? 1 : sample_duration(&env->clock);
	if (!effort->rounds && !effort->samples)
		effort->rounds = effort->seconds > 0 ? MAX_ROUNDS : exact ? 3 : 10;
	if (!effort->samples)
		effort->samples = effort->rounds * per_round;
	if (!effort->rounds)
		effort->rounds = (effort->samples + per_round - 1) / per_round;
	if (effort->rounds <= effort->samples)
		return STATUS_FINE;
	return fail(STATUS_USAGE, "each round takes a sample of each cell at least",
		    "--rounds %lld: more than the samples, %lld%s", effort->rounds,
		    effort->samples, rounds_given ? "" : " (default)");
}

static int check_iterations(const struct effort *effort, const struct kmb_query *query)
{
	if (effort->iterations <= query->max_iterations)
		return STATUS_FINE;
	return fail(STATUS_USAGE, "leave it to the module, or take more --samples",
		    "--iterations %lld: the module takes up to %u", effort->iterations,
		    query->max_iterations);
}

/* A reference that is not measured would only be found out afterwards. */
static int check_reference(const struct request *request, const struct plan *plan,
			   const struct lists *lists)
{
	struct pattern pattern;
	size_t i, j;
	int status;

	if (!request->reference)
		return STATUS_FINE;
	status = pattern_parse(request->reference, &pattern) ?: pattern_check(&pattern, lists);
	if (status)
		return status;
	for (i = 0; i < plan->nr; i++) {
		for (j = 0; j < plan->groups[i].selection.nr; j++) {
			if (pattern_matches_cell(&pattern, lists,
						 plan->groups[i].selection.cells[j].cell))
				return STATUS_FINE;
		}
	}
	return fail(STATUS_USAGE, "select it as well: give it as one more pattern",
		    "--reference %s: not among the cells to be measured", request->reference);
}

static int make_plan(struct plan *plan, struct device *dev, const struct lists *lists,
		     const struct request *request, struct results *results)
{
	struct judge judge = { .dev = dev, .lists = lists, .where = request->where };
	size_t i, nr = shapes_count(&request->shapes);
	int status = STATUS_FINE;

	if (nr > SHAPE_MAX)
		return fail(STATUS_USAGE, "give fewer values", "shapes: more than %d in all",
			    SHAPE_MAX);
	plan->where = request->where;
	for (i = 0; i < nr && !status; i++) {
		judge.shape = shapes_at(&request->shapes, i);
		if (request->preset)
			status = plan_preset(plan, &judge, request->preset, results);
		else
			status = plan_patterns(plan, &judge, request->patterns,
					       request->nr_patterns, results);
	}
	return status ?: check_reference(request, plan, lists);
}

static void say_what_was_left_out(const struct results *results)
{
	size_t i;

	fflush(stdout);
	fprintf(stderr, "%zu cells measured, %zu illegal\n", results->nr, results->nr_illegal);
	for (i = 0; i < results->nr_illegal; i++)
		fprintf(stderr, "%s: %s\n", results->illegal[i].cell, results->illegal[i].reason);
}

static bool has_samples(const struct results *results)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		if (results->results[i].nr_samples)
			return true;
	}
	return false;
}

static int put_out(const struct request *request, struct results *results,
		   const struct goal *goal, struct results_file *file)
{
	bool json_on_stdout = request->json && !strcmp(request->json, "-");
	FILE *out = json_on_stdout ? stderr : stdout;
	int status;

	status = report_run(results, reference_of(request), request->verbose, out);
	if (goal->nr)
		goal_print(goal, results, request->verbose, out);
	if (request->plot)
		status = report_plot(results, out) ?: status;
	if (request->verbose)
		say_what_was_left_out(results);
	if (request->json)
		status = results_file_save(file, results) ?: status;
	return status;
}

static int measure_and_report(struct device *dev, const struct lists *lists,
			      const struct request *request, struct results *results)
{
	struct results_file file = { .fd = -1 };
	struct plan plan = { 0 };
	struct goal goal = { 0 };
	int status, lost = STATUS_FINE;

	status = make_plan(&plan, dev, lists, request, results);
	measure_catch_signals();
	if (!status && request->json)
		status = results_file_open(&file, request->json);
	if (!status) {
		status = measure(dev, lists, &plan, &request->effort, &goal, results);
		if (has_samples(results))
			lost = put_out(request, results, &goal, &file);
	}
	results_file_close(&file);
	goal_free(&goal);
	plan_free(&plan);
	return lost ?: status;
}

static void describe_run(struct results *results, int argc, char **argv)
{
	time_t now = time(NULL);
	int i;

	snprintf(results->tool_version, sizeof(results->tool_version), "%s", KMAPBENCH_VERSION);
	strftime(results->created, sizeof(results->created), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	results->options = calloc(argc, sizeof(*results->options));
	for (i = 1; results->options && i < argc; i++) {
		results->options[i - 1] = strdup(argv[i]);
		if (!results->options[i - 1])
			return;
		results->nr_options++;
	}
}

static int run(int argc, char **argv)
{
	struct request request = { .effort = { .seed = 1 } };
	struct results results = { 0 };
	struct device dev;
	struct lists lists;
	int status;

	/* argp moves the options in front, which is how they are kept. */
	if (argp_parse(&argp, argc, argv, 0, NULL, &request))
		return STATUS_USAGE;
	describe_run(&results, argc, argv);
	status = complete_engine(&request) ?: complete_preset(&request) ?:
		 complete_counters(&request) ?: device_open(&dev);
	if (status)
		goto free_results;
	environment_detect(&results.environment, &dev.query);
	status = complete_effort(&request.effort, &results.environment) ?:
		 check_iterations(&request.effort, &dev.query) ?: lists_load(&dev, &lists);
	if (status)
		goto close_device;
	status = measure_and_report(&dev, &lists, &request, &results);
	lists_free(&lists);
close_device:
	device_close(&dev);
free_results:
	events_close(&request.events);
	results_free(&results);
	return status;
}

COMMAND(run, "measure cells", run);
