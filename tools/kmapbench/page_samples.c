// SPDX-License-Identifier: GPL-2.0-or-later
/* How the samples of a cell are spread: which a median alone does not tell. */
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

/* Of more cells than that the others differ less, and are in the table. */
#define MOST_CELLS	16

/* Of a cell: more would hide each other, and take a browser long to draw. */
#define MOST_POINTS	2000

/* Of labels, which have two lines, and a third where there are shapes to tell apart */
#define LINE_HEIGHT	15

#define LABEL_LEN	(2 * TEXT_LEN + SERIES_REST_LEN)

struct spread {
	const struct result *result;
	struct interval range;
	double relative;
};

static struct spread spread_of(const struct result *result)
{
	struct spread spread = { .result = result, .range = { NAN, NAN } };
	size_t i;

	for (i = 0; i < result->nr_samples; i++) {
		spread.range.lo = fmin(spread.range.lo, result->samples[i]);
		spread.range.hi = fmax(spread.range.hi, result->samples[i]);
	}
	if (result->median > 0)
		spread.relative = (spread.range.hi - spread.range.lo) / result->median;
	return spread;
}

static int compare(const void *a, const void *b)
{
	const struct spread *x = a, *y = b;

	if (x->relative != y->relative)
		return x->relative < y->relative ? 1 : -1;
	return (x->result > y->result) - (x->result < y->result);
}

/* The whole name and shape, in lines that also fit beside a narrow chart */
static void label_of(const struct results *results, const struct result *result,
		     char label[LABEL_LEN])
{
	char rest[SERIES_REST_LEN], pool[POOL_LEN];
	char *dot;

	report_pool(result, pool);
	series_rest(results, result, NULL, rest);
	snprintf(label, LABEL_LEN, "%s%s%s%s", result->cell, pool, *rest ? "\n" : "",
		 *rest ? rest + 1 : "");
	dot = strchr(label, '.');
	dot = dot ? strchr(dot + 1, '.') : NULL;
	if (dot)
		*dot = '\n';
}

static void add_samples(json_t *rows, const struct results *results, const struct spread *spread)
{
	const struct result *result = spread->result;
	size_t step = (result->nr_samples + MOST_POINTS - 1) / MOST_POINTS, i;
	char label[LABEL_LEN];

	label_of(results, result, label);
	for (i = 0; i < result->nr_samples; i += step) {
		double percent = 100 * (result->samples[i] / result->median - 1);

		json_array_append_new(rows, json_pack("{s:s, s:I, s:f, s:f}", "cell", label,
						      "round", (json_int_t)result->rounds[i],
						      "cost", result->samples[i], "difference",
						      percent));
	}
}

static void put_chart(struct page *page, const struct results *results,
		      const struct spread *spreads, size_t nr)
{
	int lines = has_series(results) ? 3 : 2;
	char title[LABEL_LEN];
	struct chart chart = {
		.spec = asset_samples,
		.title = title,
		.rows = json_array(),
		.values = json_pack("{s:s, s:i, s:i}", "unit", results->environment.unit,
				    "height", (lines + 1) * LINE_HEIGHT * (int)nr, "middle",
				    (1 - lines) * LINE_HEIGHT / 2),
	};
	size_t i;

	snprintf(title, sizeof(title), "%s: the %zu of %zu cells whose samples differ%s",
		 report_lane(&results->environment), nr, results->nr,
		 nr < MOST_CELLS ? "" : " most");
	for (i = 0; i < nr; i++)
		add_samples(chart.rows, results, &spreads[i]);
	chart_put(page, &chart);
}

static int put_table(struct page *page, const struct results *results,
		     const struct spread *spreads)
{
	char title[LABEL_LEN], label[LABEL_LEN], cost[COST_LEN];
	struct table table;
	size_t i;

	table_init(&table, "lrrrr");
	table_add(&table, "cell");
	table_add(&table, "n");
	table_add(&table, "least");
	table_add(&table, "median");
	table_add(&table, "most");
	for (i = 0; i < results->nr; i++) {
		label_of(results, spreads[i].result, label);
		table_add(&table, "%s", label);
		table_add(&table, "%zu", spreads[i].result->nr_samples);
		table_add(&table, "%s", format_cost(spreads[i].range.lo, cost));
		table_add(&table, "%s", format_cost(spreads[i].result->median, cost));
		table_add(&table, "%s", format_cost(spreads[i].range.hi, cost));
	}
	snprintf(title, sizeof(title), "%s: samples, %s, those that differ most first",
		 report_lane(&results->environment), results->environment.unit);
	return html_table(page->out, &table, title);
}

static int put_one(struct page *page, const struct results *results, bool table)
{
	struct spread *spreads = calloc(results->nr + 1, sizeof(*spreads));
	int status = STATUS_FINE;
	size_t i, nr = 0;

	if (!spreads)
		return fail(STATUS_FAILED, NULL, "report: out of memory");
	for (i = 0; i < results->nr; i++)
		spreads[i] = spread_of(&results->results[i]);
	qsort(spreads, results->nr, sizeof(*spreads), compare);
	while (nr < results->nr && nr < MOST_CELLS && spreads[nr].relative > 0)
		nr++;
	if (table)
		status = put_table(page, results, spreads);
	else if (nr)
		put_chart(page, results, spreads, nr);
	free(spreads);
	return status;
}

int page_put_samples(struct page *page)
{
	int status = STATUS_FINE;
	size_t i;

	page_start_part(page, "samples", "Samples");
	fprintf(page->out,
		"<p>Each point is a sample: how far it is from the median of its cell. Each line of\n"
		"points is a round; between rounds all pages are allocated anew. Cells whose\n"
		"samples are all the same have none here; of more than %d, as many are here as\n"
		"follow each other at equal distances.</p>\n", MOST_POINTS);
	charts_start(page, "large");
	for (i = 0; i < page->nr_files && !status; i++)
		status = put_one(page, page->files[i].results, false);
	charts_end(page);
	page_start_details(page, "All cells, with the least and the most of their samples");
	for (i = 0; i < page->nr_files && !status; i++)
		status = put_one(page, page->files[i].results, true);
	page_end_details(page);
	page_end_part(page);
	return status;
}
