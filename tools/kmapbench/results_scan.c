// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Millions of samples take a hundred bytes each as jansson's objects, and 24 as
 * numbers. So their arrays are read here, and all else is left to jansson.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "compiler.h"
#include "results_scan.h"

/* { "results": [ { "samples": [ */
#define DEPTH_ROOT	1
#define DEPTH_ARRAY	2
#define DEPTH_ENTRY	3

#define NUMBER_LEN	64

/* No clock counts further: 2^64 */
#define MOST_COST	18446744073709551616.0

const char *const column_names[NR_COLUMNS + 1] = { "samples", "rounds", "threads", NULL };

__printf(2, 3)
static bool wrong(struct scan *scan, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(scan->why, sizeof(scan->why), fmt, args);
	va_end(args);
	return false;
}

static int peek(struct scan *scan)
{
	if (scan->next == scan->filled) {
		scan->filled = fread(scan->buffer, 1, sizeof(scan->buffer), scan->file);
		scan->next = 0;
		if (!scan->filled)
			return EOF;
	}
	return scan->buffer[scan->next];
}

static int next(struct scan *scan)
{
	int c = peek(scan);

	if (c == EOF)
		return EOF;
	scan->next++;
	scan->line += c == '\n';
	return c;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* To what follows blanks; jansson counts the lines that it is not shown. */
static int skip_blanks(struct scan *scan)
{
	while (is_blank(peek(scan)))
		scan->newlines += next(scan) == '\n';
	return peek(scan);
}

static const char *skip_digits(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return text;
}

/* JSON has fewer kinds of numbers than strtod(). */
static bool is_number(const char *text, bool integer)
{
	const char *digits = text + (*text == '-'), *end = skip_digits(digits), *more;

	if (end == digits || (*digits == '0' && end > digits + 1))
		return false;
	if (!integer && *end == '.') {
		more = end + 1;
		end = skip_digits(more);
		if (end == more)
			return false;
	}
	if (!integer && (*end == 'e' || *end == 'E')) {
		more = end + 1;
		more += *more == '+' || *more == '-';
		end = skip_digits(more);
		if (end == more)
			return false;
	}
	return !*end;
}

static bool append_real(struct scan *scan, struct column *column, const char *text)
{
	double *reals = array_grow(column->reals, column->nr, sizeof(*reals));
	double real = strtod(text, NULL);

	if (!reals)
		return wrong(scan, "out of memory");
	column->reals = reals;
	if (fabs(real) > MOST_COST)
		return wrong(scan, "samples: %.40s is more than a clock counts", text);
	reals[column->nr++] = real;
	return true;
}

static bool append_integer(struct scan *scan, struct column *column, const char *text)
{
	long long *integers = array_grow(column->integers, column->nr, sizeof(*integers));
	long long integer;

	if (!integers)
		return wrong(scan, "out of memory");
	column->integers = integers;
	errno = 0;
	integer = strtoll(text, NULL, 10);
	if (errno || integer < 0)
		return wrong(scan, "%s: %.40s is not a number from 0", column_names[column->kind],
			     text);
	integers[column->nr++] = integer;
	return true;
}

static bool read_number(struct scan *scan, struct column *column)
{
	bool real = column->kind == COLUMN_SAMPLES;
	char text[NUMBER_LEN];
	size_t len = 0;
	int c;

	for (c = peek(scan); c != EOF && (isalnum(c) || strchr("+-.", c)) && c; c = peek(scan)) {
		if (len == sizeof(text) - 1)
			break;
		text[len++] = next(scan);
	}
	text[len] = '\0';
	if (!is_number(text, !real))
		return wrong(scan, "%s: sample %zu is not a number", column_names[column->kind],
			     column->nr);
	return real ? append_real(scan, column, text) : append_integer(scan, column, text);
}

/* What follows the bracket, up to its partner */
static bool read_numbers(struct scan *scan, struct column *column)
{
	int c = skip_blanks(scan);

	if (c == ']') {
		next(scan);
		return true;
	}
	for (;;) {
		if (!read_number(scan, column))
			return false;
		c = skip_blanks(scan);
		if (c == EOF)
			return wrong(scan, "%s: the file ends here", column_names[column->kind]);
		next(scan);
		if (c == ']')
			return true;
		if (c != ',')
			return wrong(scan, "%s: `,' or `]' expected", column_names[column->kind]);
		skip_blanks(scan);
	}
}

static bool take_out(struct scan *scan, enum column_kind kind)
{
	struct column *columns = array_grow(scan->columns, scan->nr_columns, sizeof(*columns));
	struct column *column;

	if (!columns)
		return wrong(scan, "out of memory");
	scan->columns = columns;
	column = &columns[scan->nr_columns];
	memset(column, 0, sizeof(*column));
	column->kind = kind;
	scan->handed = 0;
	snprintf(scan->pending, sizeof(scan->pending), "%zu]", scan->nr_columns++);
	return read_numbers(scan, column);
}

static bool has_key(const struct scan *scan, const char *key)
{
	return !strcmp(scan->key, key);
}

static bool note_line(struct scan *scan, struct lines *lines)
{
	size_t *of = array_grow(lines->of, lines->nr, sizeof(*of));

	if (!of)
		return wrong(scan, "out of memory");
	lines->of = of;
	of[lines->nr++] = scan->line;
	return true;
}

static struct lines *entries_of(struct scan *scan)
{
	if (has_key(scan, "results"))
		return &scan->results;
	return has_key(scan, "illegal") ? &scan->illegal : NULL;
}

static bool open_bracket(struct scan *scan, int c)
{
	int kind;

	scan->depth++;
	if (scan->depth == DEPTH_ARRAY && c == '[')
		scan->entries = entries_of(scan);
	else if (scan->depth == DEPTH_ARRAY && has_key(scan, "environment"))
		scan->environment = scan->line;
	else if (scan->depth == DEPTH_ENTRY && c == '{' && scan->entries)
		return note_line(scan, scan->entries);
	for (kind = 0; scan->depth == DEPTH_ENTRY + 1 && c == '[' && kind < NR_COLUMNS; kind++) {
		if (!has_key(scan, column_names[kind]))
			continue;
		scan->depth--;
		return take_out(scan, kind);
	}
	return true;
}

/* The last string before a bracket is its key; escapes are not in any that matter. */
static void pass_string(struct scan *scan, int c)
{
	if (scan->escaped)
		scan->escaped = false;
	else if (c == '\\')
		scan->escaped = true;
	else if (c == '"')
		scan->in_string = false;
	if (scan->in_string && scan->key_len < sizeof(scan->key) - 1)
		scan->key[scan->key_len++] = c;
	scan->key[scan->key_len] = '\0';
}

static bool pass(struct scan *scan, int c)
{
	if (scan->in_string) {
		pass_string(scan, c);
		return true;
	}
	switch (c) {
	case '"':
		scan->in_string = true;
		scan->key_len = 0;
		break;
	case '{':
	case '[':
		return open_bracket(scan, c);
	case '}':
	case ']':
		scan->depth--;
		break;
	case ',':
		*scan->key = '\0';
		break;
	}
	return true;
}

static int next_for_jansson(struct scan *scan)
{
	int c;

	if (scan->newlines) {
		scan->newlines--;
		return '\n';
	}
	if (scan->pending[scan->handed])
		return scan->pending[scan->handed++];
	c = next(scan);
	return c == EOF || pass(scan, c) ? c : EOF;
}

static size_t read_for_jansson(void *buffer, size_t size, void *data)
{
	struct scan *scan = data;
	char *to = buffer;
	size_t nr;
	int c;

	for (nr = 0; nr < size; nr++) {
		c = next_for_jansson(scan);
		if (c == EOF)
			break;
		to[nr] = c;
	}
	if (ferror(scan->file) && !*scan->why) {
		scan->line = 0;
		wrong(scan, "%s", strerror(errno));
	}
	return *scan->why ? (size_t)-1 : nr;
}

json_t *scan_load(struct scan *scan, FILE *file, json_error_t *error)
{
	memset(scan, 0, sizeof(*scan));
	scan->file = file;
	scan->line = 1;
	return json_load_callback(read_for_jansson, scan, JSON_REJECT_DUPLICATES, error);
}

struct column *scan_take(struct scan *scan, const json_t *json, enum column_kind kind)
{
	const json_t *index = json_array_size(json) == 1 ? json_array_get(json, 0) : NULL;
	json_int_t i = json_integer_value(index);

	if (!json_is_integer(index) || i < 0 || (size_t)i >= scan->nr_columns ||
	    scan->columns[i].kind != kind)
		return NULL;
	return &scan->columns[i];
}

void scan_free(struct scan *scan)
{
	size_t i;

	for (i = 0; i < scan->nr_columns; i++) {
		free(scan->columns[i].reals);
		free(scan->columns[i].integers);
	}
	free(scan->columns);
	free(scan->results.of);
	free(scan->illegal.of);
}
