// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "kmapbench.h"

static void put_escaped(FILE *out, const char *text, size_t len)
{
	for (; len--; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void html_text(FILE *out, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		put_escaped(out, text, strlen(text));
	free(text);
}

/* In JSON a < can only be part of a string; without one, no tag begins or ends there. */
static int put_script(const char *text, size_t len, void *out)
{
	for (; len--; text++) {
		if (*text == '<')
			fputs("\\u003c", out);
		else
			fputc(*text, out);
	}
	return 0;
}

void html_json(FILE *out, const char *id, json_t *json)
{
	fprintf(out, "<script type=\"application/json\" id=\"%s\">", id);
	if (!json || json_dump_callback(json, put_script, out, JSON_COMPACT | JSON_ENCODE_ANY |
					JSON_REAL_PRECISION(12)))
		fputs("null", out);
	fputs("</script>\n", out);
	json_decref(json);
}

bool html_column_used(const struct table *table, size_t column, size_t first)
{
	size_t i;

	for (i = first * table->columns + column; i < table->nr_fields; i += table->columns) {
		if (*table->fields[i])
			return true;
	}
	return false;
}

void html_table_start(FILE *out, const char *caption)
{
	fputs("<div class=\"frame\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
	html_text(out, "%s", caption);
	fputs("\"><table>\n<caption>", out);
	html_text(out, "%s", caption);
	fputs("</caption>\n<thead>\n", out);
}

/* Marks behind numbers must not move these; blanks there only kept them in place. */
static void put_field(FILE *out, const char *field)
{
	size_t len = strlen(field);
	bool mark = len && field[len - 1] == '*';

	while (len && strchr(" *", field[len - 1]))
		len--;
	put_escaped(out, field, len);
	if (mark)
		fputs("<sup>*</sup>", out);
}

/* The rows before @first are headings */
static void put_row(FILE *out, const struct table *table, size_t row, size_t first)
{
	bool headings = row < first;
	size_t i;

	fputs("<tr>", out);
	for (i = 0; i < table->columns; i++) {
		const char *class = table->right[i] ? " class=\"number\"" : "";
		const char *tag = headings || !i ? "th" : "td";

		if (!html_column_used(table, i, first))
			continue;
		fprintf(out, "<%s%s%s>", tag, class,
			headings ? " scope=\"col\"" : i ? "" : " scope=\"row\"");
		put_field(out, table->fields[row * table->columns + i]);
		fprintf(out, "</%s>", tag);
	}
	fputs("</tr>\n", out);
}

void html_table_end(FILE *out, const struct table *table, size_t first)
{
	size_t row;

	fputs("</thead>\n<tbody>\n", out);
	for (row = first; (row + 1) * table->columns <= table->nr_fields; row++)
		put_row(out, table, row, first);
	fputs("</tbody></table></div>\n", out);
}

int html_table(FILE *out, struct table *table, const char *caption)
{
	int status = STATUS_FINE;

	if (table->failed) {
		status = fail(STATUS_FAILED, NULL, "table: out of memory");
	} else {
		html_table_start(out, caption);
		put_row(out, table, 0, 1);
		html_table_end(out, table, 1);
	}
	table_free(table);
	return status;
}
