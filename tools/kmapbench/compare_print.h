/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPARE_PRINT_H
#define COMPARE_PRINT_H

#include <stdio.h>

#include "compare.h"
#include "sides.h"

/* What comparisons are about */
struct comparing {
	const struct side *old;
	const struct side *new;		/* the same one if cells of one side are compared */
	const char *reference;		/* with which of them, else NULL */
	const struct pairs *pairs;
	const struct comparisons *comparisons;
};

/* Tables for people. They return an enum status. */
int comparing_print_text(const struct comparing *comparing, FILE *out);
int comparing_print_markdown(const struct comparing *comparing, FILE *out);

/* Data for programs, with the same keys */
int comparing_print_csv(const struct comparing *comparing, FILE *out);
int comparing_print_json(const struct comparing *comparing, FILE *out);

/* Samples of each cell on both sides, as box plots: each cell on a scale of its own */
void comparing_plot(const struct comparing *comparing, FILE *out);

#endif /* COMPARE_PRINT_H */
