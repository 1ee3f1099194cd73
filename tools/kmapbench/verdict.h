/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VERDICT_H
#define VERDICT_H

#include "compare.h"
#include "table.h"

#define SENTENCE_LEN	256

/* The verdict on one cell in plain words */
const char *verdict_sentence(const struct comparison *comparison, double threshold,
			     char text[SENTENCE_LEN]);

/* And on all of them */
void verdict_headline(const struct comparisons *comparisons, FILE *out);

/* As "+1.50 %"; "-" for NAN */
const char *format_percent(double part, char text[COST_LEN]);

/* As format_cost(), with its sign */
const char *format_shift(double shift, char text[COST_LEN]);

#endif /* VERDICT_H */
