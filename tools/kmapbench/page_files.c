// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that a page is made from: every cell, what they were measured on, and themselves. */
#include <ctype.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "kmapbench.h"
#include "page.h"
#include "report.h"
#include "results_file.h"

#define NAME_LEN	(TEXT_LEN + NAME_MAX)

/* What to call it: files of several lanes have one name, and lanes have several files. */
static const char *name_of(const struct page_file *file, char name[NAME_LEN])
{
	const char *base = strrchr(file->path, '/') ? strrchr(file->path, '/') + 1 : file->path;
	const char *lane = file->results->environment.lane;
	bool has_lane = !strncmp(base, lane, strlen(lane));
	char *c;

	snprintf(name, NAME_LEN, "%s%s%s", has_lane ? "" : lane, has_lane ? "" : "-", base);
	for (c = name; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '_';
	}
	return name;
}

static int put_events(struct page *page, const struct results *results)
{
	struct table table;

	if (!report_events(&table, results))
		return STATUS_FINE;
	return html_table(page->out, &table, "perf's events per operation. " EVENTS_MARKS);
}

int page_put_cells(struct page *page)
{
	char name[NAME_LEN];
	struct table table;
	int status = STATUS_FINE;
	size_t i;

	page_start_part(page, "cells", "Every cell");
	for (i = 0; i < page->nr_files && !status; i++) {
		const struct page_file *file = &page->files[i];

		page_start_details(page, "%s: %zu cells", name_of(file, name), file->results->nr);
		status = report_cells(&table, file->results, page->reference);
		if (!status)
			status = html_table(page->out, &table, name);
		status = status ?: put_events(page, file->results);
		page_end_details(page);
	}
	page_end_part(page);
	return status;
}

static void add_word(char **text, const char *key, const char *value)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s%s%s", *text ?: "", *text ? ", " : "", key,
		     *value ? " " : "", value) < 0)
		return;
	free(*text);
	*text = longer;
}

static char *text_of(json_t *value);

/* Of options those that are set; else each with its value */
static char *text_of_object(json_t *object)
{
	char *text = NULL, *word;
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		word = json_is_boolean(value) ? NULL : text_of(value);
		if (!json_is_false(value))
			add_word(&text, key, word ?: "");
		free(word);
	}
	return text ?: strdup("none");
}

static char *text_of(json_t *value)
{
	if (json_is_object(value))
		return text_of_object(value);
	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "yes" : "no");
	if (!value || json_is_null(value))
		return strdup("-");
	return json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
}

static void add_value(struct table *table, json_t *value)
{
	char *text = text_of(value);

	table_add(table, "%s", text ?: "");
	free(text);
}

/* As it stands in the files, so that a key that is new to them needs nothing here */
static void add_environments(struct table *table, json_t **roots, size_t nr)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(roots[0], key, value) {
		table_add(table, "%s", key);
		for (i = 0; i < nr; i++)
			add_value(table, json_object_get(roots[i], key));
	}
}

static void add_options(struct table *table, const struct page *page)
{
	size_t i, j;

	table_add(table, "kmapbench run");
	for (i = 0; i < page->nr_files; i++) {
		const struct results *results = page->files[i].results;
		char *text = NULL;

		for (j = 0; j < results->nr_options; j++) {
			char *words = text;

			if (asprintf(&text, "%s%s%s", words ?: "", words ? " " : "",
				     results->options[j]) < 0)
				text = NULL;
			free(words);
		}
		table_add(table, "%s", text ?: "-");
		free(text);
	}
}

static void add_runs(struct table *table, const struct page *page)
{
	size_t i;

	table_add(table, "created");
	for (i = 0; i < page->nr_files; i++)
		table_add(table, "%s", page->files[i].results->created);
	table_add(table, "complete");
	for (i = 0; i < page->nr_files; i++)
		table_add(table, "%s", page->files[i].results->complete ? "yes" :
			  "no: the run was stopped before its end");
	table_add(table, "version of kmapbench");
	for (i = 0; i < page->nr_files; i++)
		table_add(table, "%s", page->files[i].results->tool_version);
	add_options(table, page);
}

static void fill_environment(struct table *table, const struct page *page, json_t **roots)
{
	char align[TABLE_MAX_COLUMNS + 1] = "l", name[NAME_LEN];
	size_t i;

	memset(align + 1, 'l', page->nr_files);
	table_init(table, align);
	table_add(table, "what");
	for (i = 0; i < page->nr_files; i++)
		table_add(table, "%s", name_of(&page->files[i], name));
	add_environments(table, roots, page->nr_files);
	add_runs(table, page);
}

int page_put_environment(struct page *page)
{
	json_t **roots = calloc(page->nr_files, sizeof(*roots));
	struct table table;
	int status;
	size_t i;

	if (!roots)
		return fail(STATUS_FAILED, NULL, "report: out of memory");
	if (page->nr_files >= TABLE_MAX_COLUMNS) {
		free(roots);
		return fail(STATUS_USAGE, "give fewer files", "report: %zu files: at most %d",
			    page->nr_files, TABLE_MAX_COLUMNS - 1);
	}
	for (i = 0; i < page->nr_files; i++)
		roots[i] = environment_json(&page->files[i].results->environment);
	fill_environment(&table, page, roots);
	page_start_part(page, "environment", "Environment");
	status = html_table(page->out, &table, "What each file was measured on");
	page_end_part(page);
	for (i = 0; i < page->nr_files; i++)
		json_decref(roots[i]);
	free(roots);
	return status;
}

static int put_illegal(struct page *page, const struct page_file *file)
{
	const struct results *results = file->results;
	char name[NAME_LEN];
	struct table table;
	int status;
	size_t i;

	if (!results->nr_illegal)
		return STATUS_FINE;
	table_init(&table, "ll");
	table_add(&table, "cell");
	table_add(&table, "why not");
	for (i = 0; i < results->nr_illegal; i++) {
		table_add(&table, "%s", results->illegal[i].cell);
		table_add(&table, "%s", results->illegal[i].reason);
	}
	page_start_details(page, "%s: %zu cells that cannot run there", name_of(file, name),
			   results->nr_illegal);
	status = html_table(page->out, &table, name);
	page_end_details(page);
	return status;
}

static void put_file(struct page *page, size_t index)
{
	const struct page_file *file = &page->files[index];
	char name[NAME_LEN], id[32];

	snprintf(id, sizeof(id), "file-%zu", index);
	name_of(file, name);
	fprintf(page->out, "<button type=\"button\" data-file=\"%s\" data-name=\"%s\">", id, name);
	fprintf(page->out, "Download %s <small>%zu kB</small></button>\n", name,
		(file->len + 999) / 1000);
	html_json(page->out, id, json_stringn(file->text, file->len));
}

int page_put_files(struct page *page)
{
	int status = STATUS_FINE;
	size_t i;

	page_start_part(page, "files", "Data");
	fputs("<p class=\"files\">\n", page->out);
	for (i = 0; i < page->nr_files; i++)
		put_file(page, i);
	fputs("</p>\n", page->out);
	for (i = 0; i < page->nr_files && !status; i++)
		status = put_illegal(page, &page->files[i]);
	page_end_part(page);
	return status;
}
