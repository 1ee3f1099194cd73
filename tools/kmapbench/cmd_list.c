// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "kmapbench.h"
#include "lists.h"
#include "selection.h"
#include "shape.h"
#include "table.h"

enum {
	OPT_JSON = 0x200,
	OPT_WHERE,
};

struct listing {
	struct shapes shapes;
	const char *where;
	bool json;
	const char *what;	/* NULL for all lists */
	char **patterns;
	int nr_patterns;
};

static const struct argp_option options[] = {
	{ "json", OPT_JSON, NULL, 0, "As JSON", 0 },
	{ "where", OPT_WHERE, "WHERE", 0,
	  "Where memory comes from, see `kmapbench run --help'", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct listing *listing = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &listing->shapes;
		return 0;
	case OPT_JSON:
		listing->json = true;
		return 0;
	case OPT_WHERE:
		listing->where = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (listing->what)
			return ARGP_ERR_UNKNOWN;	/* patterns: ARGP_KEY_ARGS */
		listing->what = arg;
		return 0;
	case ARGP_KEY_ARGS:
		listing->patterns = state->argv + state->next;
		listing->nr_patterns = state->argc - state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { &shape_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[maps|copies|contexts|pages|sources|checks]\ncells [PATTERN...]",
	.doc = "The rows of the module's lists; or the cells, and why some cannot run.",
	.children = children,
};

static json_t *row_to_json(const struct kmb_enum *row)
{
	return json_pack("{s:s, s:s, s:s, s:b}", "name", row->name, "expr", row->expr, "traits",
			 row->traits, "available", !(row->row_flags & KMB_ROW_ABSENT));
}

static int print_json(json_t *json)
{
	if (json_dumpf(json, stdout, JSON_INDENT(1)))
		clearerr(stderr);	/* main() tells of stdout's */
	putchar('\n');
	json_decref(json);
	return STATUS_FINE;
}

static int list_as_json(const struct lists *lists, int first, int last)
{
	json_t *object = json_object(), *array;
	unsigned int i;
	int list;

	for (list = first; list <= last; list++) {
		array = json_array();
		for (i = 0; i < lists->nr[list]; i++)
			json_array_append_new(array, row_to_json(&lists->rows[list][i]));
		json_object_set_new(object, list_names[list], array);
	}
	return print_json(object);
}

static int list_as_text(const struct lists *lists, int first, int last)
{
	struct table table;
	unsigned int i;
	int list, status;

	table_init(&table, "lll");
	for (list = first; list <= last; list++) {
		if (list > first) {
			table_add(&table, "%s", "");
			table_add(&table, "%s", "");
			table_add(&table, "%s", "");
		}
		table_add(&table, "%s", list_names[list]);
		table_add(&table, "expression");
		table_add(&table, "traits");
		for (i = 0; i < lists->nr[list]; i++) {
			const struct kmb_enum *row = &lists->rows[list][i];

			table_add(&table, "  %s", row->name);
			table_add(&table, "%s", row->expr);
			table_add(&table, "%s", row->traits);
		}
	}
	status = table_print(&table, stdout);
	table_free(&table);
	return status;
}

static int list_rows(const struct listing *listing, const struct lists *lists)
{
	int first = 0, last = NR_LISTS - 1, list;

	for (list = 0; listing->what && list < NR_LISTS; list++) {
		if (!strcmp(listing->what, list_names[list]))
			break;
	}
	if (listing->what && list == NR_LISTS)
		return fail(STATUS_USAGE,
			    "there are maps, copies, contexts, pages, sources, checks and cells",
			    "list: `%s' is none of the lists", listing->what);
	if (listing->nr_patterns)
		return fail(STATUS_USAGE, "patterns go with `list cells'",
			    "list: too many arguments");
	if (listing->what) {
		first = list;
		last = list;
	}
	return (listing->json ? list_as_json : list_as_text)(lists, first, last);
}

static int cells_as_json(const struct selection *selection, const struct lists *lists)
{
	json_t *array = json_array(), *object;
	char name[CELL_NAME_LEN];
	size_t i;

	for (i = 0; i < selection->nr; i++) {
		const struct selected *s = &selection->cells[i];

		cell_name(lists, s->cell, name);
		object = json_pack("{s:s, s:b, s:b}", "cell", name, "legal", !s->error,
				   "arithmetic", s->arithmetic);
		if (s->error)
			json_object_set_new(object, "reason", json_string(s->reason));
		json_array_append_new(array, object);
	}
	return print_json(json_pack("{s:o}", "cells", array));
}

static int cells_as_text(const struct selection *selection, const struct lists *lists)
{
	char name[CELL_NAME_LEN];
	struct table table;
	int status;
	size_t i;

	table_init(&table, "lll");
	for (i = 0; i < selection->nr; i++) {
		const struct selected *s = &selection->cells[i];

		cell_name(lists, s->cell, name);
		table_add(&table, "%s", name);
		table_add(&table, s->error ? "illegal" : "legal");
		table_add(&table, "%s", s->error ? s->reason : s->arithmetic ? "arithmetic" : "");
	}
	status = table_print(&table, stdout);
	table_free(&table);
	return status;
}

static int list_cells(const struct listing *listing, struct device *dev,
		      const struct lists *lists)
{
	struct judge judge = {
		.dev = dev,
		.lists = lists,
		.shape = shapes_at(&listing->shapes, 0),
		.where = listing->where,
	};
	struct selection selection = { 0 };
	int i, status = STATUS_FINE;

	if (shapes_count(&listing->shapes) > 1)
		return fail(STATUS_USAGE, "give one value of each option",
			    "list cells: what is legal is a question of one shape");
	if (!listing->nr_patterns)
		status = selection_add(&selection, &judge, "*");
	for (i = 0; i < listing->nr_patterns && !status; i++)
		status = selection_add(&selection, &judge, listing->patterns[i]);
	if (!status)
		status = (listing->json ? cells_as_json : cells_as_text)(&selection, lists);
	selection_free(&selection);
	return status;
}

static int run(int argc, char **argv)
{
	struct listing listing = { 0 };
	struct device dev;
	struct lists lists;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &listing))
		return STATUS_USAGE;
	status = device_open(&dev);
	if (status)
		return status;
	status = lists_load(&dev, &lists);
	if (!status) {
		if (listing.what && !strcmp(listing.what, "cells"))
			status = list_cells(&listing, &dev, &lists);
		else
			status = list_rows(&listing, &lists);
		lists_free(&lists);
	}
	device_close(&dev);
	return status;
}

COMMAND(list, "the maps, copies, contexts, pages, sources, checks and cells there are", run);
