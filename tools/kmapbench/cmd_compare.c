// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "compare_print.h"
#include "kmapbench.h"
#include "number.h"

enum {
	OPT_OLD = 0x200,
	OPT_NEW,
	OPT_BY,
	OPT_REFERENCE,
	OPT_ACROSS,
	OPT_THRESHOLD,
	OPT_FAIL_ON,
	OPT_FORMAT,
	OPT_PLOT,
};

struct request {
	struct side old;
	struct side new;
	const char *by;
	enum kmb_list list;		/* that @by names */
	const char *reference;
	unsigned int across;
	double threshold;
	bool fail_on_regression;
	int (*print)(const struct comparing *comparing, FILE *out);
	bool plot;
	char **paths;
	int nr_paths;
};

static const struct argp_option options[] = {
	{ .doc = "What is compared:" },
	{ "old", OPT_OLD, "FILE", 0, "A boot of the old kernel; again for each boot", 0 },
	{ "new", OPT_NEW, "FILE", 0, "A boot of the new kernel; again for each boot", 0 },
	{ "by", OPT_BY, "LIST", 0,
	  "Cells of one kernel: map, copy, context, pages or source that they differ in", 0 },
	{ "reference", OPT_REFERENCE, "NAME", 0, "In that list, what the others are held against",
	  0 },
	{ "across", OPT_ACROSS, "WHAT", 0,
	  "Compare although they differ: units, lanes, pages or shapes", 0 },
	{ .doc = "Judging:" },
	{ "threshold", OPT_THRESHOLD, "PERCENT", 0, "Call smaller differences the same (0)", 0 },
	{ "fail-on", OPT_FAIL_ON, "regression", 0, "Exit with 1 if any cell is slower", 0 },
	{ .doc = "Output:" },
	{ "format", OPT_FORMAT, "FORMAT", 0, "text, markdown, json or csv (text)", 0 },
	{ "plot", OPT_PLOT, NULL, 0, "Draw the samples of each cell, as box plots", 0 },
	{ 0 }
};

static int parse_by(const char *text, struct request *request)
{
	static const char *const names[] = {
		[KMB_LIST_MAPS] = "map",
		[KMB_LIST_COPIES] = "copy",
		[KMB_LIST_CONTEXTS] = "context",
		[KMB_LIST_PAGES] = "pages",
		[KMB_LIST_SOURCES] = "source",
	};
	int list;

	request->by = text;
	for (list = 0; list < KMB_NR_LISTS; list++) {
		if (strcmp(text, names[list]))
			continue;
		request->list = list;
		return STATUS_FINE;
	}
	return fail(STATUS_USAGE, "there are map, copy, context, pages and source",
		    "--by %s: nothing that a cell has", text);
}

static int parse_format(const char *text, struct request *request)
{
	static const struct {
		const char *name;
		int (*print)(const struct comparing *comparing, FILE *out);
	} formats[] = {
		{ "text", comparing_print_text },
		{ "markdown", comparing_print_markdown },
		{ "json", comparing_print_json },
		{ "csv", comparing_print_csv },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(text, formats[i].name))
			continue;
		request->print = formats[i].print;
		return STATUS_FINE;
	}
	return fail(STATUS_USAGE, "there are text, markdown, json and csv",
		    "--format %s: unknown", text);
}

static int parse_fail_on(const char *text, struct request *request)
{
	if (strcmp(text, "regression"))
		return fail(STATUS_USAGE, "there is regression", "--fail-on %s: unknown", text);
	request->fail_on_regression = true;
	return STATUS_FINE;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case OPT_OLD:
		return side_add(&request->old, arg);
	case OPT_NEW:
		return side_add(&request->new, arg);
	case OPT_BY:
		return parse_by(arg, request);
	case OPT_REFERENCE:
		request->reference = arg;
		return 0;
	case OPT_ACROSS:
		return across_parse(arg, &request->across);
	case OPT_THRESHOLD:
		return percent_option("threshold", arg, 0, &request->threshold);
	case OPT_FAIL_ON:
		return parse_fail_on(arg, request);
	case OPT_FORMAT:
		return parse_format(arg, request);
	case OPT_PLOT:
		request->plot = true;
		return 0;
	case ARGP_KEY_ARGS:
		request->paths = state->argv + state->next;
		request->nr_paths = state->argc - state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "OLD NEW\n--old=OLD... --new=NEW...\n--by=LIST --reference=NAME FILE...",
	.doc = "What differs between two kernels, or between cells of one, and how sure that is.",
};

/* One kernel: files are its boots. */
static int take_one_side(struct request *request)
{
	int i, status = STATUS_FINE;

	if (!request->reference)
		return fail(STATUS_USAGE, "say it as in --by map --reference kmap_atomic",
			    "--by %s: no --reference", request->by);
	if (request->old.nr || request->new.nr || !request->nr_paths)
		return fail(STATUS_USAGE, "give the files of one kernel, without --old and --new",
			    "--by %s: compares cells of one kernel", request->by);
	for (i = 0; i < request->nr_paths && !status; i++)
		status = side_add(&request->new, request->paths[i]);
	return status;
}

static int take_two_sides(struct request *request)
{
	if (request->reference)
		return fail(STATUS_USAGE, "say it as in --by map --reference kmap_atomic",
			    "--reference %s: no --by", request->reference);
	if (!request->nr_paths && request->old.nr && request->new.nr)
		return STATUS_FINE;
	if (request->nr_paths != 2 || request->old.nr || request->new.nr)
		return fail(STATUS_USAGE, "give two; or each boot with its own --old or --new",
			    "compare: not an old file and a new one");
	return side_add(&request->old, request->paths[0]) ?:
	       side_add(&request->new, request->paths[1]);
}

static int make_pairs(struct request *request, struct pairs *pairs)
{
	int status = side_load(&request->new);

	if (request->by)
		return status ?: sides_check(&request->new, NULL, request->across) ?:
		       pairs_by(pairs, &request->new, request->list, request->reference);
	return status ?: side_load(&request->old) ?:
	       sides_check(&request->old, &request->new, request->across) ?:
	       pairs_of_sides(pairs, &request->old, &request->new, request->across);
}

static int judge(const struct request *request, const struct pairs *pairs)
{
	struct comparisons comparisons;
	struct comparing comparing = {
		.old = request->by ? &request->new : &request->old,
		.new = &request->new,
		.reference = request->reference,
		.pairs = pairs,
		.comparisons = &comparisons,
	};
	int status;

	if (request->plot && request->print != comparing_print_text)
		return fail(STATUS_USAGE, "leave --format or --plot out",
			    "--plot: goes with text only");
	status = compare_pairs(&comparisons, pairs, request->threshold) ?:
		 request->print(&comparing, stdout);
	if (!status && request->plot)
		comparing_plot(&comparing, stdout);
	if (!status && request->fail_on_regression && comparisons.count[VERDICT_SLOWER])
		status = STATUS_FAILED;
	comparisons_free(&comparisons);
	return status;
}

static int run(int argc, char **argv)
{
	struct request request = { .print = comparing_print_text };
	struct pairs pairs = { 0 };
	int status = STATUS_USAGE;

	if (!argp_parse(&argp, argc, argv, 0, NULL, &request))
		status = request.by ? take_one_side(&request) : take_two_sides(&request);
	status = status ?: make_pairs(&request, &pairs) ?: judge(&request, &pairs);
	pairs_free(&pairs);
	side_free(&request.old);
	side_free(&request.new);
	return status;
}

COMMAND(compare, "what differs between two kernels, or cells of one", run);
