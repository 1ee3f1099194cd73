/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HTML_H
#define HTML_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "compiler.h"
#include "table.h"

/* Text, of which nothing is taken for markup: in an element or a quoted attribute. */
__printf(2, 3)
void html_text(FILE *out, const char *fmt, ...);

/* JSON in a script element, which nothing in it can end; drops @json. */
void html_json(FILE *out, const char *id, json_t *json);

/* Whether a column has anything to show from row @first on */
bool html_column_used(const struct table *table, size_t column, size_t first);

/*
 * A table with a caption, in a frame that can be scrolled to what does not fit; rows of
 * headings follow.
 */
void html_table_start(FILE *out, const char *caption);

/*
 * Its end: the rows from @first on, the first column of each being its heading;
 * without empty columns
 */
void html_table_end(FILE *out, const struct table *table, size_t first);

/* All of it; the first row are headings. Frees @table. */
int html_table(FILE *out, struct table *table, const char *caption);

#endif /* HTML_H */
