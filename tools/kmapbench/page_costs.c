// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the maps cost, lane by lane, and what that consists of. Charts of one unit
 * have one scale, so that they can be compared by eye; those of others do not.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assets.h"
#include "chart.h"
#include "html.h"
#include "kmapbench.h"
#include "page.h"
#include "report.h"

#define LABEL_LEN	(2 * TEXT_LEN)

/* Room behind what costs most for the number that stands there: of bars, and on a log scale */
#define ROOM		1.2
#define LOG_ROOM	4

#define ROW_HEIGHT	22

/* The maps of one lane that were measured on one kind of pages, in the order of a chart */
struct ranking {
	const struct results *lane;
	const struct result **rows;
	size_t nr;
};

static bool is_map(const struct results *lane, const struct result *result)
{
	return !strcmp(result->copy, "none") && !result_is_loop(lane, result) &&
	       !isnan(result->beyond_none);
}

/* What maps nothing comes first, for scale; what is not ranked comes last. */
static int rank(const struct result *result)
{
	if (result_is_arithmetic(result))
		return 2;
	return strcmp(result->mapping, "none") ? 1 : 0;
}

static int compare(const void *a, const void *b)
{
	const struct result *x = *(const struct result **)a, *y = *(const struct result **)b;

	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (rank(x) == 1 && x->beyond_none != y->beyond_none)
		return x->beyond_none > y->beyond_none ? 1 : -1;
	return (x > y) - (x < y);
}

static int make_ranking(struct ranking *ranking, const struct results *lane, const char *pages)
{
	size_t i;

	ranking->lane = lane;
	ranking->nr = 0;
	ranking->rows = calloc(lane->nr + 1, sizeof(*ranking->rows));
	if (!ranking->rows)
		return fail(STATUS_FAILED, NULL, "report: out of memory");
	for (i = 0; i < lane->nr; i++) {
		const struct result *r = &lane->results[i];

		if (is_map(lane, r) && !strcmp(r->pages, pages))
			ranking->rows[ranking->nr++] = r;
	}
	qsort(ranking->rows, ranking->nr, sizeof(*ranking->rows), compare);
	return STATUS_FINE;
}

static const char *label_of(const struct result *result, char text[LABEL_LEN])
{
	bool task = !strcmp(result->context, "task");
	char pool[POOL_LEN];

	snprintf(text, LABEL_LEN, "%s%s%s%s", result->map, report_pool(result, pool),
		 task ? "" : "\n", task ? "" : result->context);
	return text;
}

/* A copy that was not measured with this map costs nothing here. */
static double copy_of(const struct results *lane, const struct result *map, const char *copy)
{
	const struct result *copying = report_find(lane, map, copy);

	return copying && !isnan(copying->median) ? copying->median - map->median : 0;
}

/* The most of what charts of this unit show: of maps alone, or whole operations with a copy */
static double most(const struct page *page, const char *unit, const char *copy)
{
	double value = 0;
	size_t i, j;

	for (i = 0; i < page->nr_lanes; i++) {
		const struct results *lane = &page->lanes[i];

		for (j = 0; j < lane->nr && !strcmp(lane->environment.unit, unit); j++) {
			const struct result *r = &lane->results[j];

			if (is_map(lane, r))
				value = fmax(value, copy ? r->median + copy_of(lane, r, copy) :
					     r->beyond_none);
		}
	}
	return value * (copy ? ROOM : LOG_ROOM);
}

static json_t *values_of(const struct page *page, const struct ranking *ranking,
			 const char *what, const char *copy)
{
	const char *unit = ranking->lane->environment.unit;

	return json_pack("{s:o, s:f, s:i}", "unit", json_sprintf("%s per %s", unit, what), "most",
			 most(page, unit, copy), "height", ROW_HEIGHT * (int)ranking->nr);
}

static const char *title_of(const struct ranking *ranking, char title[LABEL_LEN])
{
	const struct environment *env = &ranking->lane->environment;

	snprintf(title, LABEL_LEN, "%s, %s pages%s", report_lane(env), ranking->rows[0]->pages,
		 env->config & KMB_KERNEL_HIGHMEM ? "" : ", no HIGHMEM");
	return title;
}

static int put_ranking(struct page *page, const struct ranking *ranking)
{
	char title[LABEL_LEN], label[LABEL_LEN], cost[COST_LEN];
	struct chart chart = {
		.spec = asset_ranking,
		.title = title_of(ranking, title),
		.rows = json_array(),
		.label = "map",
		.values = values_of(page, ranking, "map+unmap (log scale)", NULL),
	};
	size_t i;

	for (i = 0; i < ranking->nr; i++) {
		const struct result *r = ranking->rows[i];
		json_t *row = json_pack("{s:s, s:s, s:s, s:f, s:s}", "map", label_of(r, label),
					"expr", r->expr, "mapping", r->mapping, "cost",
					r->beyond_none, "label",
					format_cost(r->beyond_none, cost));

		json_array_append_new(chart.rows, row);
	}
	chart_put(page, &chart);
	return STATUS_FINE;
}

/* What a whole operation is the sum of */
struct part {
	const char *name;
	double cost;
};

#define NR_PARTS	3

static const char *const part_of_rank[] = { "toggle", "map", "address" };

static void take_apart(const struct ranking *ranking, const struct result *result,
		       const char *copy, struct part parts[NR_PARTS])
{
	parts[0] = (struct part){ "loop", result->median - result->beyond_none };
	parts[1] = (struct part){ part_of_rank[rank(result)], result->beyond_none };
	parts[2] = (struct part){ "copy", copy_of(ranking->lane, result, copy) };
}

static void add_parts(json_t *rows, const struct ranking *ranking, const struct result *result,
		      const char *copy)
{
	char label[LABEL_LEN], cost[COST_LEN];
	struct part parts[NR_PARTS];
	size_t i;

	take_apart(ranking, result, copy, parts);
	label_of(result, label);
	for (i = 0; i < NR_PARTS; i++) {
		json_t *row = json_pack("{s:s, s:s, s:o, s:i, s:f, s:s}", "map", label, "part",
					parts[i].name, "said",
					json_sprintf("%s %s", label, parts[i].name), "order",
					(int)i, "cost", parts[i].cost, "label",
					format_cost(parts[i].cost, cost));

		json_array_append_new(rows, row);
	}
}

static int put_parts(struct page *page, const struct ranking *ranking)
{
	const char *copy = report_copy(page->lanes, page->nr_lanes);
	char title[LABEL_LEN];
	struct chart chart = {
		.spec = asset_parts,
		.title = title_of(ranking, title),
		.rows = json_array(),
		.label = "said",
		.values = values_of(page, ranking, "operation", copy),
	};
	size_t i;

	for (i = 0; i < ranking->nr; i++)
		add_parts(chart.rows, ranking, ranking->rows[i], copy);
	chart_put(page, &chart);
	return STATUS_FINE;
}

static int put_parts_table(struct page *page, const struct ranking *ranking)
{
	const char *copy = report_copy(page->lanes, page->nr_lanes);
	char title[LABEL_LEN], label[LABEL_LEN], cost[COST_LEN];
	struct part parts[NR_PARTS];
	struct table table;
	size_t i, j;

	table_init(&table, "lrrrr");
	table_add(&table, "map");
	table_add(&table, "loop");
	table_add(&table, "map+unmap");
	table_add(&table, "copy: %s", copy ?: "none");
	table_add(&table, "all, %s", ranking->lane->environment.unit);
	for (i = 0; i < ranking->nr; i++) {
		double sum = 0;

		table_add(&table, "%s", label_of(ranking->rows[i], label));
		take_apart(ranking, ranking->rows[i], copy, parts);
		for (j = 0; j < NR_PARTS; j++) {
			sum += parts[j].cost;
			table_add(&table, "%s", format_cost(parts[j].cost, cost));
		}
		table_add(&table, "%s", format_cost(sum, cost));
	}
	return html_table(page->out, &table, title_of(ranking, title));
}

static bool is_first_of_pages(const struct results *lane, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (is_map(lane, &lane->results[i]) &&
		    !strcmp(lane->results[i].pages, lane->results[index].pages))
			return false;
	}
	return is_map(lane, &lane->results[index]);
}

static int each_ranking(struct page *page,
			int (*put)(struct page *page, const struct ranking *ranking))
{
	struct ranking ranking;
	int status = STATUS_FINE;
	size_t i, j;

	for (i = 0; i < page->nr_lanes; i++) {
		const struct results *lane = &page->lanes[i];

		for (j = 0; j < lane->nr && !status; j++) {
			if (!is_first_of_pages(lane, j))
				continue;
			status = make_ranking(&ranking, lane, lane->results[j].pages);
			if (!status)
				status = put(page, &ranking);
			free(ranking.rows);
		}
	}
	return status;
}

static void put_lane_headings(struct page *page, const struct table *table, const char *copy)
{
	bool contexts = html_column_used(table, 1, 2);
	FILE *out = page->out;
	size_t i;

	fprintf(out, "<tr>%s%s%s", "<th scope=\"col\" rowspan=\"2\">map</th>",
		contexts ? "<th scope=\"col\" rowspan=\"2\">context</th>" : "",
		"<th scope=\"col\" rowspan=\"2\">pages</th>");
	for (i = 0; i < page->nr_lanes; i++) {
		const struct environment *env = &page->lanes[i].environment;

		fputs("<th scope=\"colgroup\" colspan=\"2\">", out);
		html_text(out, "%s", report_lane(env));
		fputs("<br><small>", out);
		html_text(out, "%s, %s", env->unit,
			  env->config & KMB_KERNEL_HIGHMEM ? "HIGHMEM" : "no HIGHMEM");
		fputs("</small></th>", out);
	}
	fputs("</tr>\n<tr>", out);
	for (i = 0; i < page->nr_lanes; i++) {
		fputs("<th scope=\"col\" class=\"number\">map+unmap</th>\n"
		      "<th scope=\"col\" class=\"number\">", out);
		html_text(out, copy ? "with %s 4K" : "-", copy);
		fputs("</th>", out);
	}
	fputs("</tr>\n", out);
}

static int put_lanes_table(struct page *page)
{
	struct table table;
	int status;

	status = report_lanes_table(&table, page->lanes, page->nr_lanes);
	if (status)
		return status;
	html_table_start(page->out, "What each map costs, per operation");
	put_lane_headings(page, &table, report_copy(page->lanes, page->nr_lanes));
	html_table_end(page->out, &table, 2);
	table_free(&table);
	return STATUS_FINE;
}

static void put_notes(struct page *page)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	report_lane_notes(page->lanes, page->nr_lanes, out);
	fclose(out);
	page_put_text(page, "notes", text);
}

int page_put_lanes(struct page *page)
{
	static const struct legend legend[] = {
		{ "map", "map by page tables, ranked" },
		{ "address", "arithmetic: an address is computed; not ranked" },
		{ "toggle", "toggle: what maps are made of, on its own" },
		{ 0 }
	};
	int status;

	if (!page->nr_lanes)
		return STATUS_FINE;
	page_start_part(page, "lanes", "Side by side");
	chart_legend(page, legend);
	charts_start(page, "large");
	status = each_ranking(page, put_ranking);
	charts_end(page);
	status = status ?: put_lanes_table(page);
	put_notes(page);
	page_end_part(page);
	return status;
}

int page_put_parts(struct page *page)
{
	static const struct legend legend[] = {
		{ "loop", "the empty loop" },
		{ "toggle", "toggle, on its own" },
		{ "map", "map and unmap" },
		{ "address", "arithmetic: address computed" },
		{ "copy", "copy of a page" },
		{ 0 }
	};
	int status;

	if (!page->nr_lanes)
		return STATUS_FINE;
	page_start_part(page, "parts", "Taken apart");
	fputs("<p>What a whole operation is the sum of. The toggles, such as disabling\n"
	      "preemption, are part of what maps do, but not subtracted from them: inside a map\n"
	      "the compiler makes other code of them.</p>\n", page->out);
	chart_legend(page, legend);
	charts_start(page, "large");
	status = each_ranking(page, put_parts);
	charts_end(page);
	page_start_details(page, "These numbers");
	status = status ?: each_ranking(page, put_parts_table);
	page_end_details(page);
	page_end_part(page);
	return status;
}
