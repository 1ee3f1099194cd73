// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparisons for programs. Keys stand once, here; statistics.rst describes them. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "compare_print.h"
#include "kmapbench.h"
#include "table.h"
#include "verdict.h"
#include "warnings.h"

#define COMPARE_SCHEMA	"kmapbench-compare-1"

struct member {
	const char *key;
	size_t offset;
};

#define MEMBER(_key, _member)	{ _key, offsetof(struct comparison, _member) }

static const struct member reals[] = {
	MEMBER("old_median", old.median),
	MEMBER("old_ci95_lo", old.ci95.lo),
	MEMBER("old_ci95_hi", old.ci95.hi),
	MEMBER("new_median", new.median),
	MEMBER("new_ci95_lo", new.ci95.lo),
	MEMBER("new_ci95_hi", new.ci95.hi),
	MEMBER("shift", shift),
	MEMBER("shift_ci95_lo", shift_ci95.lo),
	MEMBER("shift_ci95_hi", shift_ci95.hi),
	MEMBER("relative", relative),
	MEMBER("relative_ci95_lo", relative_ci95.lo),
	MEMBER("relative_ci95_hi", relative_ci95.hi),
	MEMBER("ratio", ratio),
	MEMBER("superiority", superiority),
	MEMBER("p", p),
};

static const struct member sizes[] = {
	MEMBER("old_samples", old.nr),
	MEMBER("old_rounds", old.rounds),
	MEMBER("old_boots", old.boots),
	MEMBER("new_samples", new.nr),
	MEMBER("new_rounds", new.rounds),
	MEMBER("new_boots", new.boots),
};

static double real_of(const struct comparison *c, const struct member *member)
{
	return *(const double *)((const char *)c + member->offset);
}

static size_t size_of(const struct comparison *c, const struct member *member)
{
	return *(const size_t *)((const char *)c + member->offset);
}

static void add_csv_headings(struct table *table)
{
	size_t i;

	table_add(table, "cell");
	table_add(table, "unit");
	table_add(table, "verdict");
	table_add(table, "exact");
	for (i = 0; i < ARRAY_SIZE(reals); i++)
		table_add(table, "%s", reals[i].key);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		table_add(table, "%s", sizes[i].key);
	table_add(table, "warnings");
}

static void add_csv_warnings(struct table *table, unsigned int warnings)
{
	const struct warning_text *w;
	char text[256];
	int n = 0;

	*text = '\0';
	for (w = warning_texts; w->warning; w++) {
		if (warnings & w->warning)
			n += snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", w->key);
	}
	table_add(table, "%s", text);
}

static void add_csv_row(struct table *table, const struct comparison *c)
{
	size_t i;

	table_add(table, "%s", c->label);
	table_add(table, "%s", c->unit);
	table_add(table, "%s", verdict_names[c->verdict]);
	table_add(table, c->exact ? "true" : "false");
	for (i = 0; i < ARRAY_SIZE(reals); i++) {
		if (isnan(real_of(c, &reals[i])))
			table_add(table, "%s", "");
		else
			table_add(table, "%.9g", real_of(c, &reals[i]));
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		table_add(table, "%zu", size_of(c, &sizes[i]));
	add_csv_warnings(table, c->warnings);
}

int comparing_print_csv(const struct comparing *comparing, FILE *out)
{
	const struct comparisons *comparisons = comparing->comparisons;
	char align[TABLE_MAX_COLUMNS + 1] = "";
	struct table table;
	size_t i;
	int status;

	for (i = 0; i < 5 + ARRAY_SIZE(reals) + ARRAY_SIZE(sizes); i++)
		align[i] = 'l';
	table_init(&table, align);
	add_csv_headings(&table);
	for (i = 0; i < comparisons->nr; i++)
		add_csv_row(&table, &comparisons->rows[i]);
	status = table_print_csv(&table, out);
	table_free(&table);
	return status;
}

static json_t *real_to_json(double real)
{
	return isnan(real) ? json_null() : json_real(real);
}

static json_t *warnings_to_json(unsigned int warnings)
{
	json_t *array = json_array();
	const struct warning_text *w;

	for (w = warning_texts; w->warning; w++) {
		if (warnings & w->warning)
			json_array_append_new(array, json_string(w->key));
	}
	return array;
}

static json_t *row_to_json(const struct comparison *c, double threshold)
{
	char sentence[SENTENCE_LEN];
	json_t *object;
	size_t i;

	object = json_pack("{s:s, s:s, s:s, s:s, s:b}", "cell", c->label, "unit", c->unit,
			   "verdict", verdict_names[c->verdict], "sentence",
			   verdict_sentence(c, threshold, sentence), "exact", c->exact);
	for (i = 0; i < ARRAY_SIZE(reals); i++)
		json_object_set_new(object, reals[i].key, real_to_json(real_of(c, &reals[i])));
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		json_object_set_new(object, sizes[i].key, json_integer(size_of(c, &sizes[i])));
	json_object_set_new(object, "paired", json_boolean(c->paired));
	json_object_set_new(object, "warnings", warnings_to_json(c->warnings));
	return object;
}

static json_t *side_to_json(const struct side *side)
{
	const struct environment *env = &side->files[0].environment;
	json_t *files = json_array();
	size_t i;

	for (i = 0; i < side->nr; i++)
		json_array_append_new(files, json_string(side->paths[i]) ?: json_string("?"));
	return json_pack("{s:o, s:s, s:s, s:s, s:s}", "files", files, "kernel", env->kernel,
			 "machine", env->machine, "accelerator", env->accelerator, "unit",
			 env->unit);
}

int comparing_print_json(const struct comparing *comparing, FILE *out)
{
	const struct comparisons *comparisons = comparing->comparisons;
	json_t *cells = json_array(), *root;
	size_t i;

	for (i = 0; i < comparisons->nr; i++)
		json_array_append_new(cells, row_to_json(&comparisons->rows[i],
							 comparisons->threshold));
	root = json_pack("{s:s, s:o, s:o, s:s?, s:f, s:o, s:o}", "schema", COMPARE_SCHEMA,
			 "old", side_to_json(comparing->old), "new",
			 side_to_json(comparing->new), "reference", comparing->reference,
			 "threshold", comparisons->threshold, "geometric_mean",
			 real_to_json(comparisons->geometric_mean), "cells", cells);
	if (!root || json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9)))
		clearerr(stderr);	/* main() tells of stdout's */
	fputc('\n', out);
	json_decref(root);
	return STATUS_FINE;
}
