/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "pattern.h"
#include "results.h"

#define DEFAULT_REFERENCE	"kmap_atomic"

/*
 * Results of one run: a row for each cell; where cells were measured in several
 * shapes, a table of series, and those rows only if @verbose. @reference is a
 * pattern.
 */
int report_run(const struct results *results, const char *reference, bool verbose, FILE *out);

/* Results of several lanes, side by side: a row for each map. */
int report_lanes(const struct results *results, size_t nr, FILE *out);

/* What was measured on, and the unit: a line */
void report_environment(const struct environment *environment, FILE *out);

/* Whether a result's names are what a pattern asks for */
bool result_matches(const struct pattern *pattern, const struct result *result);

/* What the lanes say, as one sentence that a person can quote */
void report_sentence(const struct results *results, size_t nr, FILE *out);

#endif /* REPORT_H */
