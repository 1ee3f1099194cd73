/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOXPLOT_H
#define BOXPLOT_H

#include <stddef.h>
#include <stdio.h>

/* Five numbers, each not below the one before */
struct box {
	const char *label;
	double least;
	double lower;
	double median;
	double upper;
	double greatest;
};

/* Characters of a line that a terminal has, or a page: at least 40 */
int boxplot_width(FILE *out);

/**
 * boxplot_print() - boxes below each other, on one scale
 * @boxes: @nr of them, NANs where there are no samples
 * @nr: how many
 * @unit: of the scale
 * @width: characters of a line
 * @out: where to
 *
 * A line each: |---[==#===]-----| from the least to the greatest value, with the
 * quartiles in brackets and # at the median; and a line that tells the scale.
 */
void boxplot_print(const struct box *boxes, size_t nr, const char *unit, int width, FILE *out);

#endif /* BOXPLOT_H */
