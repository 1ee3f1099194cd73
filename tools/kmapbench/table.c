// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "table.h"

void table_init(struct table *table, const char *align)
{
	memset(table, 0, sizeof(*table));
	for (; *align && table->columns < TABLE_MAX_COLUMNS; align++)
		table->right[table->columns++] = *align == 'r';
}

void table_add(struct table *table, const char *fmt, ...)
{
	char **fields = realloc(table->fields, (table->nr_fields + 1) * sizeof(*fields));
	va_list args;
	int len = -1;

	if (fields) {
		table->fields = fields;
		va_start(args, fmt);
		len = vasprintf(&fields[table->nr_fields], fmt, args);
		va_end(args);
	}
	if (len < 0)
		table->failed = true;
	else
		table->nr_fields++;
}

static void measure_columns(const struct table *table, int *width)
{
	size_t i;
	int len;

	memset(width, 0, table->columns * sizeof(*width));
	for (i = 0; i < table->nr_fields; i++) {
		len = strlen(table->fields[i]);
		if (len > width[i % table->columns])
			width[i % table->columns] = len;
	}
}

/* Blanks are held back until something follows them, so that no line ends in one. */
static void print_field(FILE *out, const char *field, int width, bool right, int *blanks)
{
	int len = strlen(field);

	if (right)
		*blanks += width - len;
	if (len) {
		fprintf(out, "%*s%s", *blanks, "", field);
		*blanks = 0;
	}
	if (!right)
		*blanks += width - len;
}

static int check_whole(const struct table *table)
{
	return table->failed ? fail(STATUS_FAILED, NULL, "table: out of memory") : STATUS_FINE;
}

int table_print(const struct table *table, FILE *out)
{
	int width[TABLE_MAX_COLUMNS];
	size_t i, column;
	int blanks = 0;

	if (check_whole(table))
		return STATUS_FAILED;
	measure_columns(table, width);
	for (i = 0; i < table->nr_fields; i++) {
		column = i % table->columns;
		print_field(out, table->fields[i], width[column], table->right[column], &blanks);
		blanks += 2;
		if (column < table->columns - 1)
			continue;
		fputc('\n', out);
		blanks = 0;
	}
	return STATUS_FINE;
}

static void print_escaped(FILE *out, const char *text, char special, char escape)
{
	for (; *text; text++) {
		if (*text == special)
			fputc(escape, out);
		fputc(*text, out);
	}
}

int table_print_markdown(const struct table *table, FILE *out)
{
	size_t i, column;

	if (check_whole(table))
		return STATUS_FAILED;
	for (i = 0; i < table->nr_fields; i++) {
		fputs(i % table->columns ? " | " : "| ", out);
		print_escaped(out, table->fields[i], '|', '\\');
		if ((i + 1) % table->columns)
			continue;
		fputs(" |\n", out);
		if (i + 1 > table->columns)
			continue;
		for (column = 0; column < table->columns; column++)
			fputs(table->right[column] ? "| --: " : "| :-- ", out);
		fputs("|\n", out);
	}
	return STATUS_FINE;
}

int table_print_csv(const struct table *table, FILE *out)
{
	bool quoted;
	size_t i;

	if (check_whole(table))
		return STATUS_FAILED;
	for (i = 0; i < table->nr_fields; i++) {
		quoted = strpbrk(table->fields[i], ",\"\n");
		fputs(quoted ? "\"" : "", out);
		print_escaped(out, table->fields[i], '"', '"');
		fputs(quoted ? "\"" : "", out);
		fputc((i + 1) % table->columns ? ',' : '\n', out);
	}
	return STATUS_FINE;
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->nr_fields; i++)
		free(table->fields[i]);
	free(table->fields);
	memset(table, 0, sizeof(*table));
}

const char *format_cost(double cost, char text[COST_LEN])
{
	int digits = 2;

	if (isnan(cost))
		return strcpy(text, "-");
	if (fabs(cost) >= 100)
		digits = 1;
	if (fabs(cost) >= 1000)
		digits = 0;
	/* No minus zero */
	if (fabs(cost) < 0.005)
		cost = 0;
	snprintf(text, COST_LEN, "%.*f", digits, cost);
	return text;
}
