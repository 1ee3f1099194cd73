// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <stdlib.h>

#include "kmapbench.h"
#include "report.h"
#include "results_file.h"

struct files {
	char **paths;
	int nr;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct files *files = state->input;

	(void)arg;
	if (key != ARGP_KEY_ARGS)
		return ARGP_ERR_UNKNOWN;
	files->paths = state->argv + state->next;
	files->nr = state->argc - state->next;
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "The results of several kernels side by side, from what run --json wrote.",
};

static int report(const struct files *files, struct results *results)
{
	int i, loaded, status = STATUS_FINE;

	for (loaded = 0; loaded < files->nr && !status; loaded++)
		status = results_load(&results[loaded], files->paths[loaded]);
	if (!status)
		status = report_lanes(results, loaded, stdout);
	for (i = 0; i < loaded; i++)
		results_free(&results[i]);
	return status;
}

static int run(int argc, char **argv)
{
	struct files files = { 0 };
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
