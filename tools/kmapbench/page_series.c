// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells that were measured in several shapes: lines over what varies most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assets.h"
#include "chart.h"
#include "html.h"
#include "kmapbench.h"
#include "page.h"
#include "report.h"
#include "series.h"

/* More are not looked at; the tables have them all. */
#define MOST_CHARTS	24

/* Of lines, in the style sheet and in the specification */
#define NR_COLOURS	6

#define LABEL_LEN	(2 * TEXT_LEN + SERIES_REST_LEN)

static bool is_shown(const struct results *results, const struct result *result)
{
	return !result_is_loop(results, result) && !isnan(result->median);
}

/* Over all files of this unit, so that their charts can be compared by eye */
static double most(const struct page *page, const char *unit)
{
	double value = 0;
	size_t i, j;

	for (i = 0; i < page->nr_files; i++) {
		const struct results *results = page->files[i].results;

		if (!has_series(results) || strcmp(results->environment.unit, unit))
			continue;
		for (j = 0; j < results->nr; j++) {
			if (is_shown(results, &results->results[j]))
				value = fmax(value, results->results[j].median);
		}
	}
	return value;
}

/* The lines of one file, and what is asked of each of its results again and again */
struct lines {
	const struct results *results;
	const struct axis *axis;
	double most;
	bool same_place;	/* context, pages and source need no mention then */
	bool *shown;
	char (*rest)[SERIES_REST_LEN];
};

static bool find_same_place(const struct lines *lines)
{
	const struct result *first = NULL;
	size_t i;

	for (i = 0; i < lines->results->nr; i++) {
		const struct result *r = &lines->results->results[i];

		if (!lines->shown[i])
			continue;
		if (!first)
			first = r;
		if (strcmp(r->context, first->context) || strcmp(r->pages, first->pages) ||
		    strcmp(r->source, first->source))
			return false;
	}
	return true;
}

static void free_lines(struct lines *lines)
{
	free(lines->shown);
	free(lines->rest);
}

static int make_lines(struct lines *lines, const struct page *page, const struct results *results)
{
	size_t i;

	lines->results = results;
	lines->axis = series_axis(results);
	lines->most = most(page, results->environment.unit);
	lines->shown = calloc(results->nr, sizeof(*lines->shown));
	lines->rest = calloc(results->nr, sizeof(*lines->rest));
	if (!lines->shown || !lines->rest) {
		free_lines(lines);
		return fail(STATUS_FAILED, NULL, "report: out of memory");
	}
	for (i = 0; i < results->nr; i++) {
		lines->shown[i] = is_shown(results, &results->results[i]);
		series_rest(results, &results->results[i], lines->axis, lines->rest[i]);
	}
	lines->same_place = find_same_place(lines);
	return STATUS_FINE;
}

static json_t *line_of(const struct lines *lines, size_t index)
{
	const struct result *result = &lines->results->results[index];
	char pool[POOL_LEN];

	report_pool(result, pool);
	if (lines->same_place)
		return json_sprintf("%s.%s%s", result->map, result->copy, pool);
	return json_sprintf("%s%s", result->cell, pool);
}

static void add_point(json_t *rows, const struct lines *lines, size_t index)
{
	const struct result *result = &lines->results->results[index];
	const struct axis *axis = lines->axis;
	long long value = series_value(result, axis);
	json_t *cell = line_of(lines, index);
	char cost[COST_LEN];
	json_t *said = json_sprintf("%s, %s %lld%s", json_string_value(cell), axis->name, value,
				    axis->unit);

	json_array_append_new(rows, json_pack("{s:o, s:o, s:I, s:f, s:s}", "said", said, "cell",
					      cell, "value", (json_int_t)value, "cost",
					      result->median, "label",
					      format_cost(result->median, cost)));
}

static bool is_in(json_t *array, long long value)
{
	json_t *element;
	size_t i;

	json_array_foreach(array, i, element) {
		if (json_integer_value(element) == value)
			return true;
	}
	return false;
}

static json_t *ticks_of(const struct lines *lines)
{
	json_t *ticks = json_array();
	size_t i;

	for (i = 0; i < lines->results->nr; i++) {
		long long value = series_value(&lines->results->results[i], lines->axis);

		if (!is_in(ticks, value))
			json_array_append_new(ticks, json_integer(value));
	}
	return ticks;
}

/* Sizes are chosen by doubling */
static json_t *scale_of(json_t *ticks, const struct axis *axis)
{
	if (!strcmp(axis->name, "len") && !is_in(ticks, 0))
		return json_pack("{s:s, s:i}", "type", "log", "base", 2);
	return json_pack("{s:s, s:b}", "type", "linear", "zero", 1);
}

static bool has_line(json_t *lines, const char *line)
{
	json_t *element;
	size_t i;

	json_array_foreach(lines, i, element) {
		if (!strcmp(json_string_value(element), line))
			return true;
	}
	return false;
}

/* In all charts of a file one line has one colour and one shape, said once above them. */
static json_t *names_of(const struct lines *lines)
{
	json_t *names = json_array(), *name;
	size_t i;

	for (i = 0; i < lines->results->nr; i++) {
		if (!lines->shown[i])
			continue;
		name = line_of(lines, i);
		if (!has_line(names, json_string_value(name)))
			json_array_append(names, name);
		json_decref(name);
	}
	return names;
}

static json_t *values_of(const struct lines *lines)
{
	const struct axis *axis = lines->axis;
	json_t *ticks = ticks_of(lines);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:f}", "scale", scale_of(ticks, axis),
			 "ticks", ticks, "lines", names_of(lines), "axis",
			 json_sprintf("%s%s%s", axis->name, *axis->unit ? "," : "", axis->unit),
			 "unit", json_sprintf("%s per operation", lines->results->environment.unit),
			 "most", lines->most);
}

static void put_legend(struct page *page, const struct lines *lines)
{
	/* As many as the specification has, in its order */
	static const char *const shapes[] = { "●", "■", "▲", "◆", "✚", "▼", "▶" };
	json_t *names = names_of(lines), *name;
	size_t i;

	fputs("<ul class=\"legend\">\n", page->out);
	json_array_foreach(names, i, name) {
		fprintf(page->out, "<li><span class=\"c%zu\" aria-hidden=\"true\">%s</span> ",
			i % NR_COLOURS + 1, shapes[i % ARRAY_SIZE(shapes)]);
		html_text(page->out, "%s", json_string_value(name));
		fputs("</li>\n", page->out);
	}
	fputs("</ul>\n", page->out);
	json_decref(names);
}

static bool is_first(const struct lines *lines, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (!strcmp(lines->rest[i], lines->rest[index]))
			return false;
	}
	return true;
}

/* Of those whose other parameters are as those of results[first], which is the first one */
static void put_chart(struct page *page, const struct lines *lines, size_t first)
{
	const char *rest = lines->rest[first];
	char title[LABEL_LEN];
	struct chart chart = {
		.spec = asset_series,
		.title = title,
		.rows = json_array(),
		.label = "said",
		.values = values_of(lines),
	};
	size_t i;

	snprintf(title, sizeof(title), "%s%s%s", report_lane(&lines->results->environment),
		 *rest ? "," : "", rest);
	for (i = first; i < lines->results->nr; i++) {
		if (lines->shown[i] && !strcmp(lines->rest[i], rest))
			add_point(chart.rows, lines, i);
	}
	chart_put(page, &chart);
}

static void put_charts(struct page *page, const struct lines *lines)
{
	size_t i, nr = 0;

	charts_start(page, "small");
	for (i = 0; i < lines->results->nr; i++) {
		if (!is_first(lines, i))
			continue;
		if (nr++ < MOST_CHARTS)
			put_chart(page, lines, i);
	}
	charts_end(page);
	if (nr > MOST_CHARTS)
		fprintf(page->out, "<p>Only the first %d of %zu shapes are drawn.</p>\n",
			MOST_CHARTS, nr);
}

static int put_tables(struct page *page, const struct results *results)
{
	const char *lane = report_lane(&results->environment);
	struct table table;
	char title[LABEL_LEN];
	int status;

	series_medians(&table, results);
	snprintf(title, sizeof(title), "%s: medians of whole operations, %s, by %s", lane,
		 results->environment.unit, series_axis(results)->name);
	status = html_table(page->out, &table, title) ?:
		 series_differences(&table, results, page->reference);
	if (status || !table.nr_fields)
		return status;
	snprintf(title, sizeof(title), "%s: against %s", lane, page->reference);
	return html_table(page->out, &table, title);
}

static void put_notes(struct page *page, const struct results *results)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	report_environment(&results->environment, out);
	report_notes(results, out);
	fclose(out);
	page_put_text(page, "notes", text);
}

static int put_one(struct page *page, const struct results *results)
{
	struct lines lines;
	int status;

	status = make_lines(&lines, page, results);
	if (status)
		return status;
	fputs("<h3>", page->out);
	html_text(page->out, "%s, by %s", report_lane(&results->environment), lines.axis->name);
	fputs("</h3>\n", page->out);
	put_notes(page, results);
	put_legend(page, &lines);
	put_charts(page, &lines);
	free_lines(&lines);
	page_start_details(page, "These numbers");
	status = put_tables(page, results);
	page_end_details(page);
	return status;
}

int page_put_series(struct page *page)
{
	int status = STATUS_FINE;
	bool started = false;
	size_t i;

	for (i = 0; i < page->nr_files && !status; i++) {
		if (!has_series(page->files[i].results))
			continue;
		if (!started)
			page_start_part(page, "series", "Series");
		started = true;
		status = put_one(page, page->files[i].results);
	}
	if (started)
		page_end_part(page);
	return status;
}
