/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "results.h"

/* Results of one run: a row for each cell. @reference may be NULL. */
int report_run(const struct results *results, const char *reference, FILE *out);

/* Results of several lanes, side by side: a row for each map. */
int report_lanes(const struct results *results, size_t nr, FILE *out);

/* What the lanes say, as one sentence that a person can quote */
void report_sentence(const struct results *results, size_t nr, FILE *out);

#endif /* REPORT_H */
