// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "kmapbench.h"
#include "pattern.h"
#include "report.h"
#include "series.h"
#include "table.h"
#include "warnings.h"

#define LABEL_LEN	(CELL_NAME_LEN + 32)
#define PAGE_OF_COPY	4096

const char *report_lane(const struct environment *env)
{
	return *env->lane ? env->lane : "this kernel";
}

const char *report_pool(const struct result *result, char text[POOL_LEN])
{
	*text = '\0';
	if (result->params.pool)
		snprintf(text, POOL_LEN, " pool=%lld", result->params.pool);
	return text;
}

static bool wraps(const struct results *results, const struct result *result)
{
	long long last_pkmap = results->environment.last_pkmap;

	return last_pkmap && result->params.pool > last_pkmap;
}

static bool same_place(const struct result *a, const struct result *b)
{
	return !strcmp(a->copy, b->copy) && !strcmp(a->context, b->context) &&
	       !strcmp(a->pages, b->pages) && !strcmp(a->source, b->source);
}

bool result_matches(const struct pattern *pattern, const struct result *r)
{
	const char *names[KMB_NR_LISTS] = {
		[KMB_LIST_MAPS] = r->map,
		[KMB_LIST_COPIES] = r->copy,
		[KMB_LIST_CONTEXTS] = r->context,
		[KMB_LIST_PAGES] = r->pages,
		[KMB_LIST_SOURCES] = *r->source ? r->source : NULL,
	};

	return pattern_matches_names(pattern, names);
}

/* The rows that a pattern of --reference matches */
struct references {
	const struct result **rows;
	size_t nr;
};

static int find_references(struct references *references, const struct results *results,
			   const char *text)
{
	struct pattern pattern;
	size_t i;
	int status;

	status = pattern_parse(text, &pattern);
	if (status)
		return status;
	references->nr = 0;
	references->rows = calloc(results->nr + 1, sizeof(*references->rows));
	if (!references->rows)
		return fail(STATUS_FAILED, NULL, "table: out of memory");
	for (i = 0; i < results->nr; i++) {
		if (result_matches(&pattern, &results->results[i]))
			references->rows[references->nr++] = &results->results[i];
	}
	return STATUS_FINE;
}

/*
 * What @result is compared with: the reference that differs from it in least,
 * or the only one that there is.
 */
static const struct result *reference_of(const struct references *references,
					 const struct result *result)
{
	const struct result *near = NULL;
	size_t i;

	for (i = 0; i < references->nr; i++) {
		if (!same_place(references->rows[i], result))
			continue;
		if (result_same_shape(references->rows[i], result))
			return references->rows[i];
		if (!near)
			near = references->rows[i];
	}
	return near ?: (references->nr == 1 ? references->rows[0] : NULL);
}

static void add_ratio(struct table *table, const struct results *results,
		      const struct result *result, const struct references *references)
{
	const struct result *reference = reference_of(references, result);

	if (result_is_arithmetic(result)) {
		table_add(table, "arithmetic");
		return;
	}
	if (result_is_loop(results, result) || !reference || isnan(reference->beyond_none) ||
	    isnan(result->beyond_none)) {
		table_add(table, "-");
		return;
	}
	/* Nothing can be so many times of what does not show */
	if (reference->beyond_none < 0.005)
		table_add(table, "~");
	else
		table_add(table, "%.2f", result->beyond_none / reference->beyond_none);
}

static void add_interval(struct table *table, const struct result *result)
{
	char lo[COST_LEN], hi[COST_LEN];

	if (isnan(result->ci95.lo))
		table_add(table, result->nr_samples ? "n too small" : "-");
	else
		table_add(table, "%s .. %s", format_cost(result->ci95.lo, lo),
			  format_cost(result->ci95.hi, hi));
}

static void add_result(struct table *table, const struct results *results,
		       const struct result *result, const struct references *references)
{
	char pool[POOL_LEN], cost[COST_LEN];

	table_add(table, "%s%s", result->cell, report_pool(result, pool));
	table_add(table, "%zu", result->nr_samples);
	table_add(table, "%s", format_cost(result->median, cost));
	add_interval(table, result);
	table_add(table, "%s", format_cost(result->beyond_none, cost));
	add_ratio(table, results, result, references);
}

void report_environment(const struct environment *env, FILE *out)
{
	fprintf(out, "Linux %s %s", env->kernel, env->machine);
	if (*env->lane)
		fprintf(out, ", lane %s", env->lane);
	fprintf(out, ", %s, preempt=%s, %s: %s per operation\n", env->accelerator,
		env->preemption, env->config & KMB_KERNEL_HIGHMEM ? "HIGHMEM" : "no HIGHMEM",
		env->unit);
}

/* Out of memory there are none: what was measured matters more. */
static void print_warnings(const struct results *results, FILE *out)
{
	char label[RESULT_LABEL_LEN];
	struct warned warned = { 0 };
	struct observations obs;
	unsigned int warnings;
	size_t i;

	for (i = 0; i < results->nr; i++) {
		if (!observations_of_result(&obs, &results->results[i]))
			return;
		warnings = warnings_of_result(&results->results[i]);
		if (!observations_agree(&obs))
			warnings |= warnings_of(&obs);
		observations_free(&obs);
		result_label(&results->results[i], label);
		warned_add(&warned, label, warnings);
	}
	warned_print(&warned, out);
}

void report_notes(const struct results *results, FILE *out)
{
	bool arithmetic = false, wrapping = false;
	size_t i;

	for (i = 0; i < results->nr; i++) {
		arithmetic |= result_is_arithmetic(&results->results[i]);
		wrapping |= wraps(results, &results->results[i]);
	}
	if (arithmetic)
		fputs("arithmetic: an address is computed and nothing is mapped; not ranked\n",
		      out);
	if (wrapping)
		fprintf(out, "pool=: more pages than the %lld that kmap() can map at a time; "
			"it flushes all TLBs whenever it wraps\n", results->environment.last_pkmap);
	print_warnings(results, out);
	if (!results->complete)
		fputs("incomplete: the run was stopped before its end\n", out);
}

int report_cells(struct table *table, const struct results *results, const char *reference)
{
	struct references references;
	int status;
	size_t i;

	status = find_references(&references, results, reference);
	if (status)
		return status;
	table_init(table, "lrrrrr");
	table_add(table, "cell");
	table_add(table, "n");
	table_add(table, "median, %s", results->environment.unit);
	table_add(table, "95 %% CI of it");
	table_add(table, "beyond none");
	table_add(table, "vs %s", reference);
	for (i = 0; i < results->nr; i++)
		add_result(table, results, &results->results[i], &references);
	free(references.rows);
	return STATUS_FINE;
}

static int print_rows(const struct results *results, const char *reference, FILE *out)
{
	struct table table;
	int status;

	status = report_cells(&table, results, reference);
	if (status)
		return status;
	status = table_print(&table, out);
	table_free(&table);
	fputc('\n', out);
	return status;
}

static const struct result *find_counted(const struct results *results)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		if (results->results[i].nr_events)
			return &results->results[i];
	}
	return NULL;
}

static void add_event(struct table *table, const struct event_cost *event)
{
	if (isnan(event->per_op))
		table_add(table, "-");
	else
		table_add(table, "%.3f%s", event->per_op, event->scaled ? "*" : "");
}

/* A machine that cannot count an event has none of it, which is not 0. */
bool report_events(struct table *table, const struct results *results)
{
	const struct result *first = find_counted(results);
	char align[MAX_EVENTS + 2] = "l", label[RESULT_LABEL_LEN];
	size_t i, j;

	if (!first)
		return false;
	memset(align + 1, 'r', first->nr_events);
	table_init(table, align);
	table_add(table, "events per operation");
	for (j = 0; j < first->nr_events; j++)
		table_add(table, "%s", first->events[j].name);
	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (r->nr_events != first->nr_events)
			continue;
		result_label(r, label);
		table_add(table, "%s", label);
		for (j = 0; j < r->nr_events; j++)
			add_event(table, &r->events[j]);
	}
	return true;
}

static int print_events(const struct results *results, FILE *out)
{
	struct table table;
	int status;

	if (!report_events(&table, results))
		return STATUS_FINE;
	status = table_print(&table, out);
	table_free(&table);
	fputs(EVENTS_MARKS "\n\n", out);
	return status;
}

int report_run(const struct results *results, const char *reference, bool verbose, FILE *out)
{
	bool series = has_series(results);
	int status = STATUS_FINE;

	report_environment(&results->environment, out);
	fputc('\n', out);
	if (!series || verbose)
		status = print_rows(results, reference, out);
	if (series)
		status = series_print(results, reference, out) ?: status;
	status = print_events(results, out) ?: status;
	report_notes(results, out);
	if (!series)
		report_sentence(results, 1, out);
	return status;
}

/* The maps that the sentence is about, as far as they were measured */
static const char *const quoted_maps[] = { "kmap_local", "kmap_atomic", "kmap", NULL };

static const struct result *find_plain(const struct results *results, const char *map,
				       const char *pages, bool wrapping)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (!strcmp(r->map, map) && !strcmp(r->copy, "none") &&
		    !strcmp(r->context, "task") && !strcmp(r->pages, pages) &&
		    !isnan(r->beyond_none) && wraps(results, r) == wrapping)
			return r;
	}
	return NULL;
}

static void print_rounded(double cost, const char *unit, FILE *out)
{
	int digits = strcmp(unit, UNIT_INSTRUCTIONS) && fabs(cost) < 100;

	if (fabs(cost) < (digits ? 0.05 : 0.5))
		cost = 0;
	fprintf(out, "%.*f", digits, cost);
}

static const char *quoted_pages(const struct results *results)
{
	size_t i;

	for (i = 0; quoted_maps[i]; i++) {
		if (find_plain(results, quoted_maps[i], "high", false))
			return "high";
	}
	return "low";
}

/* Returns whether anything was said. */
static bool quote_lane(const struct results *results, bool first, const char *unit, FILE *out)
{
	const struct environment *env = &results->environment;
	const char *pages = quoted_pages(results);
	const struct result *plain, *wrapping;
	bool said = false;
	size_t i;

	for (i = 0; quoted_maps[i]; i++) {
		plain = find_plain(results, quoted_maps[i], pages, false);
		wrapping = find_plain(results, quoted_maps[i], pages, true);
		if (!plain)
			continue;
		if (!said && first)
			fprintf(out, "On %s (Linux %s, %s, %s)", report_lane(env), env->kernel,
				env->config & KMB_KERNEL_HIGHMEM ? "HIGHMEM" : "no HIGHMEM",
				env->accelerator);
		else if (!said)
			fprintf(out, "; on %s", report_lane(env));
		fprintf(out, "%s %s", said ? "," : "", quoted_maps[i]);
		if (!said)
			fprintf(out, " of a %s page costs", strcmp(pages, "high") ? "lowmem" :
				"highmem");
		fputc(' ', out);
		print_rounded(plain->beyond_none, env->unit, out);
		if (!said && (first || strcmp(unit, env->unit)))
			fprintf(out, " %s", env->unit);
		if (!said && first)
			fputs(" per map+unmap", out);
		if (wrapping) {
			fputs(" (", out);
			print_rounded(wrapping->beyond_none, env->unit, out);
			fputs(" when it wraps)", out);
		}
		said = true;
	}
	return said;
}

/* Where none of the quoted maps was measured: the first that is no loop */
static bool quote_first(const struct results *results, FILE *out)
{
	const struct environment *env = &results->environment;
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (result_is_loop(results, r) || isnan(r->beyond_none))
			continue;
		fprintf(out, "On %s (Linux %s, %s) %s costs ", report_lane(env), env->kernel,
			env->accelerator, r->cell);
		print_rounded(r->beyond_none, env->unit, out);
		fprintf(out, " %s beyond the empty loop", env->unit);
		return true;
	}
	return false;
}

void report_sentence(const struct results *results, size_t nr, FILE *out)
{
	const char *unit = results[0].environment.unit;
	bool said = false;
	size_t i;

	for (i = 0; i < nr; i++)
		said |= quote_lane(&results[i], !said, unit, out);
	if (!said)
		said = quote_first(&results[0], out);
	if (said)
		fputs(".\n", out);
}

/* What makes a row of the side-by-side table; pool only where it was chosen */
static bool same_row(const struct result *a, const struct result *b)
{
	return !strcmp(a->map, b->map) && !strcmp(a->context, b->context) &&
	       !strcmp(a->pages, b->pages) && a->params.nest == b->params.nest &&
	       a->params.pool == b->params.pool;
}

static bool moves_a_page(const struct result *result)
{
	return result->counters.ops &&
	       result->counters.bytes == PAGE_OF_COPY * result->counters.ops;
}

const char *report_copy(const struct results *results, size_t nr)
{
	size_t i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < results[i].nr; j++) {
			if (moves_a_page(&results[i].results[j]))
				return results[i].results[j].copy;
		}
	}
	return NULL;
}

const struct result *report_find(const struct results *results,
				 const struct result *row, const char *copy)
{
	size_t i;

	for (i = 0; copy && i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (same_row(r, row) && !strcmp(r->copy, copy) &&
		    (!strcmp(copy, "none") || moves_a_page(r)))
			return r;
	}
	return NULL;
}

static void add_lane(struct table *table, const struct results *lane,
		     const struct result *row, const char *copy)
{
	const struct result *plain = report_find(lane, row, "none");
	const struct result *copying = report_find(lane, row, copy);
	char cost[COST_LEN];
	double pair = NAN;

	if (plain)
		pair = result_is_loop(lane, plain) ? plain->median : plain->beyond_none;
	table_add(table, "%s%s", format_cost(pair, cost),
		  plain && result_is_arithmetic(plain) ? "*" : " ");
	table_add(table, "%s", format_cost(copying ? copying->median : NAN, cost));
}

static bool is_first_of_row(const struct results *results, size_t lane, size_t index)
{
	const struct result *result = &results[lane].results[index];
	size_t i, j;

	for (i = 0; i <= lane; i++) {
		for (j = 0; j < (i == lane ? index : results[i].nr); j++) {
			if (same_row(&results[i].results[j], result))
				return false;
		}
	}
	return true;
}

static void add_row(struct table *table, const struct results *results, size_t nr,
		    const struct result *row, const char *copy)
{
	char pool[POOL_LEN];
	size_t i;

	table_add(table, "%s%s", row->map, report_pool(row, pool));
	table_add(table, "%s", strcmp(row->context, "task") ? row->context : "");
	table_add(table, "%s", row->pages);
	for (i = 0; i < nr; i++)
		add_lane(table, &results[i], row, copy);
}

static void add_headings(struct table *table, const struct results *results, size_t nr,
			 const char *copy)
{
	size_t i;

	for (i = 0; i < 3; i++)
		table_add(table, "%s", "");
	for (i = 0; i < nr; i++) {
		table_add(table, "%s:", report_lane(&results[i].environment));
		table_add(table, "%s", results[i].environment.unit);
	}
	table_add(table, "map");
	table_add(table, "%s", "");
	table_add(table, "pages");
	for (i = 0; i < nr; i++) {
		table_add(table, "map+unmap ");
		table_add(table, copy ? "with %s 4K" : "-", copy);
	}
}

void report_lane_notes(const struct results *results, size_t nr, FILE *out)
{
	bool arithmetic = false;
	size_t i, j;

	for (i = 0; i < nr; i++) {
		report_environment(&results[i].environment, out);
		if (!results[i].complete)
			fprintf(out, "  incomplete: this run was stopped before its end\n");
		for (j = 0; j < results[i].nr; j++)
			arithmetic |= result_is_arithmetic(&results[i].results[j]);
	}
	fputs("map+unmap: median beyond the empty loop (none); with a copy: the whole median\n",
	      out);
	if (arithmetic)
		fputs("*: an address is computed and nothing is mapped; not ranked\n", out);
}

int report_lanes_table(struct table *table, const struct results *results, size_t nr)
{
	const char *copy = report_copy(results, nr);
	char align[TABLE_MAX_COLUMNS + 1] = "lll";
	size_t i, j;

	if (3 + 2 * nr > TABLE_MAX_COLUMNS)
		return fail(STATUS_USAGE, "give fewer files", "report: %zu files: at most %d", nr,
			    (TABLE_MAX_COLUMNS - 3) / 2);
	memset(align + 3, 'r', 2 * nr);
	table_init(table, align);
	add_headings(table, results, nr, copy);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < results[i].nr; j++) {
			const struct result *row = &results[i].results[j];

			/* A loop with a pool of its own is there to be subtracted. */
			if (is_first_of_row(results, i, j) &&
			    !(row->params.pool && result_is_loop(&results[i], row)))
				add_row(table, results, nr, row, copy);
		}
	}
	return STATUS_FINE;
}

int report_lanes(const struct results *results, size_t nr, FILE *out)
{
	struct table table;
	int status;

	status = report_lanes_table(&table, results, nr);
	if (status)
		return status;
	status = table_print(&table, out);
	table_free(&table);
	fputc('\n', out);
	report_lane_notes(results, nr, out);
	fputc('\n', out);
	report_sentence(results, nr, out);
	return status;
}
