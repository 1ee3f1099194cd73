/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "compiler.h"

#define TABLE_MAX_COLUMNS	64

/* Rows of text, aligned when they are printed */
struct table {
	size_t columns;
	bool right[TABLE_MAX_COLUMNS];	/* numbers stand under their last digit */
	char **fields;
	size_t nr_fields;
	bool failed;			/* out of memory somewhere */
};

/* @align: a letter for each column, l or r */
void table_init(struct table *table, const char *align);

/* The next field of the current row; rows follow one another. */
__printf(2, 3)
void table_add(struct table *table, const char *fmt, ...);

/* Complains and returns an enum status if rows were lost. */
int table_print(const struct table *table, FILE *out);

/* The same for a page: the first row is the heading. */
int table_print_markdown(const struct table *table, FILE *out);

/* The same for a program, as RFC 4180 has it but for the ends of lines. */
int table_print_csv(const struct table *table, FILE *out);

void table_free(struct table *table);

#define COST_LEN	32

/* A cost with as many digits as mean something; "-" for NAN. */
const char *format_cost(double cost, char text[COST_LEN]);

#endif /* TABLE_H */
