// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "pattern.h"
#include "report.h"
#include "series.h"
#include "table.h"

#define LABEL_LEN	(CELL_NAME_LEN + 128)

/* What a series may run over, what matters most first. Not the pool: it makes kmap() wrap. */
static const struct axis {
	const char *name, *unit;
	size_t param;
} axes[] = {
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

static long long param_of(const struct result *result, const struct axis *axis)
{
	long long value;

	memcpy(&value, (const char *)&result->params + axis->param, sizeof(value));
	return value;
}

static bool varies(const struct results *results, const struct axis *axis)
{
	size_t i;

	for (i = 1; i < results->nr; i++) {
		if (param_of(&results->results[i], axis) != param_of(&results->results[0], axis))
			return true;
	}
	return false;
}

/* The first of those that vary, or NULL */
static const struct axis *find_axis(const struct results *results)
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
	return find_axis(results);
}

/* One line of the series: they differ in what the axis says, and in nothing else */
static bool same_row(const struct result *a, const struct result *b, const struct axis *axis)
{
	size_t i;

	if (strcmp(a->cell, b->cell) || a->params.pool != b->params.pool)
		return false;
	for (i = 0; i < ARRAY_SIZE(axes); i++) {
		if (&axes[i] != axis && param_of(a, &axes[i]) != param_of(b, &axes[i]))
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

/* The values of the axis, as they come */
static size_t find_columns(const struct results *results, const struct axis *axis,
			   long long *columns, size_t most)
{
	size_t i, j, nr = 0;

	for (i = 0; i < results->nr; i++) {
		long long value = param_of(&results->results[i], axis);

		for (j = 0; j < nr && columns[j] != value; j++)
			;
		if (j == nr && nr < most)
			columns[nr++] = value;
	}
	return nr;
}

static const struct result *find_in_row(const struct results *results, const struct result *row,
					const struct axis *axis, long long column)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (param_of(r, axis) == column && same_row(r, row, axis))
			return r;
	}
	return NULL;
}

static bool is_loop(const struct results *results, const struct result *result)
{
	return results_baseline(results, result) == result;
}

/* The fault by itself, say, is no way to copy, and is not compared with those that are. */
static bool is_comparable(const struct results *results, const struct result *result,
			  const struct result *reference)
{
	return reference && reference != result && !is_loop(results, result) &&
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

static void add_label(struct table *table, const struct results *results,
		      const struct result *row, const struct axis *axis)
{
	char label[LABEL_LEN];
	size_t i, n;

	n = snprintf(label, sizeof(label), "%s", row->cell);
	for (i = 0; i < ARRAY_SIZE(axes); i++) {
		if (&axes[i] != axis && varies(results, &axes[i]) && n < sizeof(label))
			n += snprintf(label + n, sizeof(label) - n, " %s=%lld", axes[i].name,
				      param_of(row, &axes[i]));
	}
	table_add(table, "%s", label);
}

static void start(struct table *table, const struct axis *axis, const long long *columns,
		  size_t nr, const char *title)
{
	char align[TABLE_MAX_COLUMNS + 1] = "l";
	size_t i;

	memset(align + 1, 'r', nr);
	table_init(table, align);
	table_add(table, "%s", title);
	for (i = 0; i < nr; i++)
		table_add(table, "%lld%s", columns[i], axis->unit);
}

static int finish(struct table *table, FILE *out)
{
	int status = table_print(table, out);

	table_free(table);
	fputc('\n', out);
	return status;
}

static int print_medians(const struct results *results, const struct axis *axis,
			 const long long *columns, size_t nr, FILE *out)
{
	char cost[COST_LEN];
	struct table table;
	size_t i, j;

	start(&table, axis, columns, nr, results->environment.unit);
	for (i = 0; i < results->nr; i++) {
		const struct result *row = &results->results[i], *r;

		if (is_loop(results, row) || !is_first(results, i, axis))
			continue;
		add_label(&table, results, row, axis);
		for (j = 0; j < nr; j++) {
			r = find_in_row(results, row, axis, columns[j]);
			table_add(&table, "%s", format_cost(r ? r->median : NAN, cost));
		}
	}
	return finish(&table, out);
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

		if (strcmp(r->cell, cell->cell) || param_of(r, axis) != column)
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
static void print_sentence(const struct results *results, const struct axis *axis,
			   const long long *columns, size_t nr, const struct pattern *pattern,
			   FILE *out)
{
	const struct result *reference = NULL, *row = NULL;
	size_t i;

	for (i = 0; i < results->nr && !row; i++) {
		reference = find_reference(results, &results->results[i], pattern);
		if (is_comparable(results, &results->results[i], reference))
			row = &results->results[i];
	}
	if (!row || isnan(range_at(results, row, axis, columns[0], pattern).lo))
		return;
	fprintf(out, "%s.%s against %s.%s: ", row->map, row->copy, reference->map,
		reference->copy);
	say_range(range_at(results, row, axis, columns[0], pattern), axis, columns[0], out);
	fputs(", ", out);
	say_range(range_at(results, row, axis, columns[nr - 1], pattern), axis, columns[nr - 1],
		  out);
	fputs(".\n", out);
}

static int print_differences(const struct results *results, const struct axis *axis,
			     const long long *columns, size_t nr, const char *reference,
			     FILE *out)
{
	struct pattern pattern;
	struct table table;
	bool any = false;
	size_t i, j;
	int status;

	status = pattern_parse(reference, &pattern);
	if (status)
		return status;
	start(&table, axis, columns, nr, "against the reference");
	for (i = 0; i < results->nr; i++) {
		const struct result *row = &results->results[i], *r;

		if (!is_first(results, i, axis) ||
		    !is_comparable(results, row, find_reference(results, row, &pattern)))
			continue;
		any = true;
		add_label(&table, results, row, axis);
		for (j = 0; j < nr; j++) {
			r = find_in_row(results, row, axis, columns[j]);
			add_difference(&table, difference(r, r ? find_reference(results, r,
										&pattern) : r));
		}
	}
	if (any)
		status = finish(&table, out);
	else
		table_free(&table);
	if (any)
		print_sentence(results, axis, columns, nr, &pattern, out);
	return status;
}

int series_print(const struct results *results, const char *reference, FILE *out)
{
	const struct axis *axis = find_axis(results);
	long long columns[TABLE_MAX_COLUMNS - 1];
	size_t nr;

	if (!axis)
		return STATUS_FINE;
	nr = find_columns(results, axis, columns, ARRAY_SIZE(columns));
	fprintf(out, "medians of whole operations, by %s\n\n", axis->name);
	return print_medians(results, axis, columns, nr, out) ?:
	       print_differences(results, axis, columns, nr, reference, out);
}
