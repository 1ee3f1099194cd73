/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "pattern.h"
#include "results.h"
#include "table.h"

#define DEFAULT_REFERENCE	"kmap_atomic"

/*
 * Results of one run: a row for each cell; where cells were measured in several
 * shapes, a table of series, and those rows only if @verbose. @reference is a
 * pattern.
 */
int report_run(const struct results *results, const char *reference, bool verbose, FILE *out);

/* Samples of each cell as a box plot, each on a scale of its own; an enum status */
int report_plot(const struct results *results, FILE *out);

/* Results of several lanes, side by side: a row for each map. */
int report_lanes(const struct results *results, size_t nr, FILE *out);

/* What was measured on, and the unit: a line */
void report_environment(const struct environment *environment, FILE *out);

/* What those two print, in parts: for reports of another form */

/* Every cell in every shape, with what its samples say */
int report_cells(struct table *table, const struct results *results, const char *reference);

#define EVENTS_MARKS	"-: not supported here, or not this task's doing; "	\
			"*: counted for a part of the time, and scaled"

/* What perf counted of every cell; false when nothing was to be counted */
bool report_events(struct table *table, const struct results *results);

/* Lanes side by side: two rows of headings, and three columns of labels */
int report_lanes_table(struct table *table, const struct results *results, size_t nr);

void report_notes(const struct results *results, FILE *out);
void report_lane_notes(const struct results *results, size_t nr, FILE *out);

const char *report_lane(const struct environment *env);

#define POOL_LEN	32

/* Cells may stand twice in a run, with pools of different sizes: which, or "" */
const char *report_pool(const struct result *result, char text[POOL_LEN]);

/* The copy that stands beside the maps alone: the first in the files that moves a page */
const char *report_copy(const struct results *results, size_t nr);

/* What was measured in the place of @row with that copy, or NULL */
const struct result *report_find(const struct results *results,
				 const struct result *row, const char *copy);

/* Whether a result's names are what a pattern asks for */
bool result_matches(const struct pattern *pattern, const struct result *result);

/* What the lanes say, as one sentence that a person can quote */
void report_sentence(const struct results *results, size_t nr, FILE *out);

#endif /* REPORT_H */
