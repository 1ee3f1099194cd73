/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stdio.h>

#include "results.h"
#include "table.h"

/* Something that a series runs over: a member of struct params */
struct axis {
	const char *name;
	const char *unit;	/* behind a value, or "" */
	size_t param;		/* its offset */
};

/* Whether cells were measured in several shapes, so that there is a series to show */
bool has_series(const struct results *results);

/**
 * series_print() - a row for each cell, a column for each value of what varies
 * @results: of one run that has_series()
 * @reference: pattern of the row that the others of the same shape are compared
 *	with, in a second table, where there is one
 * @out: where to
 *
 * Columns are what matters most of what varies, in the order of the list of axes;
 * the rest of it is said with the cells.
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int series_print(const struct results *results, const char *reference, FILE *out);

/* What series_print() prints, in parts: for reports of another form */

/* What the columns are, or NULL */
const struct axis *series_axis(const struct results *results);

long long series_value(const struct result *result, const struct axis *axis);

#define SERIES_REST_LEN	128

/* What varies besides the axis (NULL: all that varies), as " len=64", or "" */
const char *series_rest(const struct results *results, const struct result *row,
			const struct axis *axis, char text[SERIES_REST_LEN]);

void series_medians(struct table *table, const struct results *results);

/* Leaves @table empty where there is nothing to compare with */
int series_differences(struct table *table, const struct results *results,
		       const char *reference);

/* Of the first cell that can be compared, what its differences are; or nothing */
int series_sentence(const struct results *results, const char *reference, FILE *out);

#endif /* SERIES_H */
