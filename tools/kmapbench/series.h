/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stdio.h>

#include "results.h"

/* Whether cells were measured in several shapes, so that there is a series to show */
bool has_series(const struct results *results);

/**
 * series_print() - a row for each cell, a column for each value of what varies
 * @results: of one run
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

#endif /* SERIES_H */
