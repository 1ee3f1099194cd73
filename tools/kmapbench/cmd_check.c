// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "kmapbench.h"
#include "lists.h"
#include "table.h"

#define CHECK_NAME_LEN	(2 * KMB_NAME_LEN)

enum {
	OPT_JSON = 0x200,
};

/* What came of a check: told apart by the module's answer */
enum verdict { PASSED, FAILED, SKIPPED, KNOWN, NR_VERDICTS };

static const char *const verdict_names[NR_VERDICTS] = {
	[PASSED] = "pass",
	[FAILED] = "FAIL",
	[SKIPPED] = "skip",
	[KNOWN] = "known",
};

struct checking {
	bool json;
	char **patterns;
	int nr_patterns;
	unsigned int count[NR_VERDICTS];
	struct table table;
	json_t *array;
};

static const struct argp_option options[] = {
	{ "json", OPT_JSON, NULL, 0, "As JSON", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct checking *checking = state->input;

	(void)arg;	/* they come all at once */
	switch (key) {
	case OPT_JSON:
		checking->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		checking->patterns = state->argv + state->next;
		checking->nr_patterns = state->argc - state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PATTERN...]",
	.doc = "Check what the mappings promise, by the module's own checks.",
};

static bool wanted(const struct checking *checking, const struct kmb_enum *check,
		   const struct kmb_enum *pages, char name[CHECK_NAME_LEN])
{
	bool match = !checking->nr_patterns;
	int i;

	snprintf(name, CHECK_NAME_LEN, "%s.%s", check->name, pages->name);
	for (i = 0; i < checking->nr_patterns; i++)
		match |= !fnmatch(checking->patterns[i], name, 0) ||
			 !fnmatch(checking->patterns[i], check->name, 0);
	return match && !(pages->row_flags & KMB_ROW_ORDER) &&
	       !(check->row_flags & KMB_ROW_DESTRUCTIVE);
}

static enum verdict judge(int error, const struct kmb_check *check)
{
	if (!error)
		return PASSED;
	if (error == -EOPNOTSUPP)
		return SKIPPED;
	return error == -EIO && check->known ? KNOWN : FAILED;
}

static int run_check(struct checking *checking, struct device *dev, struct kmb_check *check,
		     const char *name)
{
	int error = device_check(dev, check);
	enum verdict verdict = judge(error, check);
	const char *text;

	if (error && error != -EIO && error != -EOPNOTSUPP)
		return device_fail(name, error, check->reason);
	text = error ? check->reason : check->seen;
	checking->count[verdict]++;
	table_add(&checking->table, "%s", name);
	table_add(&checking->table, "%s", verdict_names[verdict]);
	table_add(&checking->table, "%.*s", KMB_REASON_LEN, text);
	json_array_append_new(checking->array,
			      json_pack("{s:s, s:s, s:s, s:s}", "check", name,
					"verdict", verdict_names[verdict],
					"reason", check->reason, "seen", check->seen));
	return STATUS_FINE;
}

static int run_checks(struct checking *checking, struct device *dev, const struct lists *lists)
{
	const struct kmb_enum *checks = lists->rows[KMB_LIST_CHECKS];
	const struct kmb_enum *pages = lists->rows[KMB_LIST_PAGES];
	char name[CHECK_NAME_LEN];
	unsigned int i, j;
	int status;

	for (i = 0; i < lists->nr[KMB_LIST_CHECKS]; i++) {
		for (j = 0; j < lists->nr[KMB_LIST_PAGES]; j++) {
			struct kmb_check check = { .check = i, .pages = j };

			if (!wanted(checking, &checks[i], &pages[j], name))
				continue;
			status = run_check(checking, dev, &check, name);
			if (status)
				return status;
		}
	}
	return STATUS_FINE;
}

static int print_checks(const struct checking *checking)
{
	const unsigned int *count = checking->count;
	int status = STATUS_FINE;

	if (checking->json) {
		json_dumpf(checking->array, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		status = table_print(&checking->table, stdout);
		printf("%u passed, %u failed, %u skipped, %u known to fail\n", count[PASSED],
		       count[FAILED], count[SKIPPED], count[KNOWN]);
	}
	return count[FAILED] ? STATUS_FAILED : status;
}

static int check_all(struct checking *checking, struct device *dev, const struct lists *lists)
{
	int status, printed;

	table_init(&checking->table, "lll");
	table_add(&checking->table, "check");
	table_add(&checking->table, "verdict");
	table_add(&checking->table, "seen");
	checking->array = json_array();
	status = run_checks(checking, dev, lists);
	if (!status && !json_array_size(checking->array))
		status = fail(STATUS_USAGE, "see `kmapbench list checks'",
			      "check: no check of that name");
	/* What was found out before something went wrong is not lost. */
	if (json_array_size(checking->array)) {
		printed = print_checks(checking);
		status = status ?: printed;
	}
	json_decref(checking->array);
	table_free(&checking->table);
	return status;
}

static int run(int argc, char **argv)
{
	struct checking checking = { 0 };
	struct device dev;
	struct lists lists;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &checking))
		return STATUS_USAGE;
	status = device_open(&dev);
	if (status)
		return status;
	status = lists_load(&dev, &lists);
	if (!status) {
		status = check_all(&checking, &dev, &lists);
		lists_free(&lists);
	}
	device_close(&dev);
	return status;
}

COMMAND(check, "what the mappings promise, checked", run);
