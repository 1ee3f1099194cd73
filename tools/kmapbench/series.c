// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "pattern.h"
#include "report.h"
#include "series.h"
#include "table.h"

/* What a series may run over, what matters most first. Not the pool: it makes kmap() wrap. */
static const struct axis axes[] = {
#define AXIS(_name, _unit)	{ #_name, _unit, offsetof(struct params, _name) }
	AXIS(faults, " %"),
	AXIS(len, " bytes"),
	AXIS(nest, ""),
	AXIS(threads, ""),
	AXIS(order, ""),
	AXIS(delay_us, " us"),
	AXIS(offset, ""),
	AXIS(node, ""),
};

long long series_value(const struct result *result, const struct axis *axis)
{
	long long value;

	memcpy(&value, (const char *)&result->params + axis->param, sizeof(value));
	return value;
}

static bool varies(const struct results *results, const struct axis *axis)
{
	size_t i;

	for (i = 1; i < results->nr; i++) {
		if (series_value(&results->results[i], axis) !=
		    series_value(&results->results[0], axis))
			return true;
	}
	return false;
}

const struct axis *series_axis(const struct results *results)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(axes); i++) {
		if (varies(results, &axes[i]))
			return &axes[i];
	}
	return NULL;
}

bool has_series(const struct results *results)
{
	return series_axis(results);
}

/* One line of the series: they differ in what the axis says, and in nothing else */
static bool same_row(const struct result *a, const struct result *b, const struct axis *axis)
{
	size_t i;

	if (strcmp(a->cell, b->cell) || a->params.pool != b->params.pool)
		return false;
	for (i = 0; i < ARRAY_SIZE(axes); i++) {
		if (&axes[i] != axis && series_value(a, &axes[i]) != series_value(b, &axes[i]))
			return false;
	}
	return true;
}

static bool is_first(const struct results *results, size_t index, const struct axis *axis)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (same_row(&results->results[i], &results->results[index], axis))
			return false;
	}
	return true;
}

/* What varies most, and its values as they come */
struct columns {
	const struct axis *axis;
	long long values[TABLE_MAX_COLUMNS - 1];
	size_t nr;
};

static void find_columns(struct columns *columns, const struct results *results)
{
	size_t i, j;

	columns->axis = series_axis(results);
	columns->nr = 0;
	for (i = 0; columns->axis && i < results->nr; i++) {
		long long value = series_value(&results->results[i], columns->axis);

		for (j = 0; j < columns->nr && columns->values[j] != value; j++)
			;
		if (j == columns->nr && columns->nr < ARRAY_SIZE(columns->values))
			columns->values[columns->nr++] = value;
	}
}

static const struct result *find_in_row(const struct results *results, const struct result *row,
					const struct axis *axis, long long column)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (series_value(r, axis) == column && same_row(r, row, axis))
			return r;
	}
	return NULL;
}

/* The fault by itself, say, is no way to copy, and is not compared with those that are. */
static bool is_comparable(const struct results *results, const struct result *result,
			  const struct result *reference)
{
	return reference && reference != result && !result_is_loop(results, result) &&
	       !reference->counters.bytes == !result->counters.bytes;
}

/* Another cell's result in the same place and shape */
static const struct result *find_reference(const struct results *results,
					   const struct result *of,
					   const struct pattern *pattern)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (result_same_shape(r, of) && !strcmp(r->context, of->context) &&
		    !strcmp(r->pages, of->pages) && !strcmp(r->source, of->source) &&
		    result_matches(pattern, r))
			return r;
	}
	return NULL;
}

const char *series_rest(const struct results *results, const struct result *row,
			const struct axis *axis, char text[SERIES_REST_LEN])
{
	size_t i, n = 0;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(axes); i++) {
		if (&axes[i] != axis && varies(results, &axes[i]) && n < SERIES_REST_LEN)
			n += snprintf(text + n, SERIES_REST_LEN - n, " %s=%lld", axes[i].name,
				      series_value(row, &axes[i]));
	}
	return text;
}

static void add_label(struct table *table, const struct results *results,
		      const struct result *row, const struct axis *axis)
{
	char rest[SERIES_REST_LEN];

	table_add(table, "%s%s", row->cell, series_rest(results, row, axis, rest));
}

static void start(struct table *table, const struct columns *columns, const char *title)
{
	char align[TABLE_MAX_COLUMNS + 1] = "l";
	size_t i;

	memset(align + 1, 'r', columns->nr);
	table_init(table, align);
	table_add(table, "%s", title);
	for (i = 0; i < columns->nr; i++)
		table_add(table, "%lld%s", columns->values[i], columns->axis->unit);
}

void series_medians(struct table *table, const struct results *results)
{
	struct columns columns;
	char cost[COST_LEN];
	size_t i, j;

	find_columns(&columns, results);
	start(table, &columns, results->environment.unit);
	for (i = 0; i < results->nr; i++) {
		const struct result *row = &results->results[i], *r;

		if (result_is_loop(results, row) || !is_first(results, i, columns.axis))
			continue;
		add_label(table, results, row, columns.axis);
		for (j = 0; j < columns.nr; j++) {
			r = find_in_row(results, row, columns.axis, columns.values[j]);
			table_add(table, "%s", format_cost(r ? r->median : NAN, cost));
		}
	}
}

/* In percent; NAN where there is nothing to compare with */
static double difference(const struct result *result, const struct result *reference)
{
	if (!result || !reference || !(reference->median > 0))
		return NAN;
	return 100 * (result->median / reference->median - 1);
}

static void add_difference(struct table *table, double percent)
{
	if (isnan(percent))
		table_add(table, "-");
	else
		table_add(table, "%+.1f %%", percent);
}

/* The least and the most of one cell's differences where the axis has that value */
static struct interval range_at(const struct results *results, const struct result *cell,
				const struct axis *axis, long long column,
				const struct pattern *pattern)
{
	struct interval range = { NAN, NAN };
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];
		double percent;

		if (strcmp(r->cell, cell->cell) || series_value(r, axis) != column)
			continue;
		percent = difference(r, find_reference(results, r, pattern));
		range.lo = fmin(range.lo, percent);
		range.hi = fmax(range.hi, percent);
	}
	return range;
}

static void say_range(struct interval range, const struct axis *axis, long long column, FILE *out)
{
	fprintf(out, "%+.1f %%", range.lo);
	if (range.hi > range.lo)
		fprintf(out, " to %+.1f %%", range.hi);
	fprintf(out, " where %s is %lld%s", axis->name, column, axis->unit);
}

/* The first cell that can be compared, at both ends of the axis */
static void print_sentence(const struct results *results, const struct columns *columns,
			   const struct pattern *pattern, FILE *out)
{
	const struct result *reference = NULL, *row = NULL;
	const struct axis *axis = columns->axis;
	long long first = columns->values[0], last = columns->values[columns->nr - 1];
	size_t i;

	for (i = 0; i < results->nr && !row; i++) {
		reference = find_reference(results, &results->results[i], pattern);
		if (is_comparable(results, &results->results[i], reference))
			row = &results->results[i];
	}
	if (!row || isnan(range_at(results, row, axis, first, pattern).lo))
		return;
	fprintf(out, "%s.%s against %s.%s: ", row->map, row->copy, reference->map,
		reference->copy);
	say_range(range_at(results, row, axis, first, pattern), axis, first, out);
	fputs(", ", out);
	say_range(range_at(results, row, axis, last, pattern), axis, last, out);
	fputs(".\n", out);
}

int series_sentence(const struct results *results, const char *reference, FILE *out)
{
	struct columns columns;
	struct pattern pattern;
	int status;

	status = pattern_parse(reference, &pattern);
	if (status)
		return status;
	find_columns(&columns, results);
	print_sentence(results, &columns, &pattern, out);
	return STATUS_FINE;
}

static void add_differences(struct table *table, const struct results *results,
			    const struct columns *columns, const struct pattern *pattern)
{
	size_t i, j;

	for (i = 0; i < results->nr; i++) {
		const struct result *row = &results->results[i], *r;

		if (!is_first(results, i, columns->axis) ||
		    !is_comparable(results, row, find_reference(results, row, pattern)))
			continue;
		add_label(table, results, row, columns->axis);
		for (j = 0; j < columns->nr; j++) {
			r = find_in_row(results, row, columns->axis, columns->values[j]);
			add_difference(table, difference(r, r ? find_reference(results, r,
									       pattern) : r));
		}
	}
}

int series_differences(struct table *table, const struct results *results,
		       const char *reference)
{
	struct columns columns;
	struct pattern pattern;
	int status;

	status = pattern_parse(reference, &pattern);
	if (status)
		return status;
	find_columns(&columns, results);
	start(table, &columns, "against the reference");
	add_differences(table, results, &columns, &pattern);
	/* Headings alone are no table */
	if (table->nr_fields == table->columns)
		table_free(table);
	return STATUS_FINE;
}

static int print(struct table *table, FILE *out)
{
	int status = table_print(table, out);

	table_free(table);
	fputc('\n', out);
	return status;
}

int series_print(const struct results *results, const char *reference, FILE *out)
{
	struct table table;
	int status;

	fprintf(out, "medians of whole operations, by %s\n\n", series_axis(results)->name);
	series_medians(&table, results);
	status = print(&table, out) ?: series_differences(&table, results, reference);
	if (!status && table.nr_fields)
		status = print(&table, out);
	return status ?: series_sentence(results, reference, out);
}
