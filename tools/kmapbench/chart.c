// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "chart.h"
#include "html.h"
#include "table.h"

/* In a text that is heard, what comes later than this is not listened to. */
#define MOST_SAID	40

static json_t *completed(json_t *json, json_t *values);

static json_t *completed_object(json_t *object, json_t *values)
{
	json_t *result = json_object(), *value;
	const char *key;

	json_object_foreach(object, key, value)
		json_object_set_new(result, key, completed(value, values));
	return result;
}

static json_t *completed_array(json_t *array, json_t *values)
{
	json_t *result = json_array(), *value;
	size_t i;

	json_array_foreach(array, i, value)
		json_array_append_new(result, completed(value, values));
	return result;
}

/* A copy of a part of the specification; values themselves are not looked into. */
static json_t *completed(json_t *json, json_t *values)
{
	const char *text = json_string_value(json);

	if (json_is_object(json))
		return completed_object(json, values);
	if (json_is_array(json))
		return completed_array(json, values);
	if (text && *text == '$')
		return json_incref(json_object_get(values, text + 1));
	return json_incref(json);
}

static void put_spec(struct page *page, struct chart *chart)
{
	json_t *spec = json_loads(chart->spec, 0, NULL);
	char id[32];

	json_object_set(chart->values, "rows", chart->rows);
	snprintf(id, sizeof(id), "chart-%u", page->nr_charts++);
	html_json(page->out, id, completed(spec, chart->values));
	json_decref(spec);
}

/* The chart in words: what a screen reader says in its place */
static void put_words(FILE *out, const struct chart *chart)
{
	size_t i, nr = json_array_size(chart->rows);
	char cost[COST_LEN];
	json_t *row;

	html_text(out, "Chart. %s%s ", chart->title, chart->label ? ":" : "; see the table");
	if (!chart->label)
		return;
	json_array_foreach(chart->rows, i, row) {
		if (i == MOST_SAID)
			break;
		html_text(out, "%s%s %s", i ? "; " : "",
			  json_string_value(json_object_get(row, chart->label)),
			  format_cost(json_number_value(json_object_get(row, "cost")), cost));
	}
	if (nr > MOST_SAID)
		html_text(out, "; and %zu more, see the table", nr - MOST_SAID);
}

void chart_put(struct page *page, struct chart *chart)
{
	FILE *out = page->out;

	fputs("<figure>\n<figcaption>", out);
	html_text(out, "%s", chart->title);
	fputs("</figcaption>\n<div class=\"chart\" role=\"img\" aria-label=\"", out);
	put_words(out, chart);
	fputs("\"></div>\n", out);
	put_spec(page, chart);
	fputs("</figure>\n", out);
	json_decref(chart->rows);
	json_decref(chart->values);
}

void charts_start(struct page *page, const char *size)
{
	fprintf(page->out, "<div class=\"charts %s\">\n", size);
}

void charts_end(struct page *page)
{
	fputs("</div>\n", page->out);
}

void chart_legend(struct page *page, const struct legend *legend)
{
	fputs("<ul class=\"legend\">\n", page->out);
	for (; legend->name; legend++) {
		fprintf(page->out, "<li><span class=\"swatch %s\"></span> ", legend->name);
		html_text(page->out, "%s", legend->text);
		fputs("</li>\n", page->out);
	}
	fputs("</ul>\n", page->out);
}
