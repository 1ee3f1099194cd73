// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "kmapbench.h"
#include "page.h"
#include "report.h"
#include "results_file.h"
#include "series.h"

enum {
	OPT_REFERENCE = 0x200,
};

struct files {
	char **paths;
	int nr;
	const char *reference;
	const char *output;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write a page with charts there, in HTML; - is stdout", 0 },
	{ "reference", OPT_REFERENCE, "PATTERN", 0,
	  "Row that those of a series are compared with (" DEFAULT_REFERENCE ")", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct files *files = state->input;

	if (key == OPT_REFERENCE) {
		files->reference = arg;
		return 0;
	}
	if (key == 'o') {
		files->output = arg;
		return 0;
	}
	if (key != ARGP_KEY_ARGS)
		return ARGP_ERR_UNKNOWN;
	files->paths = state->argv + state->next;
	files->nr = state->argc - state->next;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "The results of several kernels side by side, from what run --json wrote.",
};

/* Series are a table of their own each. */
static bool any_series(const struct results *results, int nr)
{
	while (nr--) {
		if (has_series(&results[nr]))
			return true;
	}
	return false;
}

static int report_each(const struct results *results, int nr, const char *reference)
{
	int i, status = STATUS_FINE;

	for (i = 0; i < nr && !status; i++) {
		if (i)
			putchar('\n');
		status = report_run(&results[i], reference, false, stdout);
	}
	return status;
}

static int report(const struct files *files, struct results *results)
{
	int i, loaded, status = STATUS_FINE;

	for (loaded = 0; loaded < files->nr && !status; loaded++)
		status = results_load(&results[loaded], files->paths[loaded]);
	if (!status && files->output)
		status = page_save(files->output, results, files->paths, loaded,
				   files->reference);
	else if (!status && any_series(results, loaded))
		status = report_each(results, loaded, files->reference);
	else if (!status)
		status = report_lanes(results, loaded, stdout);
	for (i = 0; i < loaded; i++)
		results_free(&results[i]);
	return status;
}

static int run(int argc, char **argv)
{
	struct files files = { .reference = DEFAULT_REFERENCE };
	struct results *results;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &files))
		return STATUS_USAGE;
	if (!files.nr)
		return fail(STATUS_USAGE, RESULTS_LOAD_ADVICE, "report: no files given");
	results = calloc(files.nr, sizeof(*results));
	if (!results)
		return fail(STATUS_FAILED, "give fewer files", "report: out of memory");
	status = report(&files, results);
	free(results);
	return status;
}

COMMAND(report, "results of several kernels side by side", run);
