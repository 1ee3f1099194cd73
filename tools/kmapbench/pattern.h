/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PATTERN_H
#define PATTERN_H

#include "lists.h"

/**
 * struct pattern - map.copy.context.pages[.source], shell globs by component
 * @text: as given
 * @part: components; those that were not given are "*", a source "resident"
 * @exact: no wildcards, and nothing was left out: it names one cell
 */
struct pattern {
	const char *text;
	char part[KMB_NR_LISTS][KMB_NAME_LEN];
	bool exact;
};

/* Complain and return an enum status if @text is not a pattern. */
int pattern_parse(const char *text, struct pattern *pattern);

/* Likewise for a component without wildcards that is no row of its list. */
int pattern_check(const struct pattern *pattern, const struct lists *lists);

bool pattern_matches_cell(const struct pattern *pattern, const struct lists *lists,
			  const __u32 *cell);

/* By names, by enum kmb_list; NULL for the source of a cell that has none. */
bool pattern_matches_names(const struct pattern *pattern, const char *const *names);

#endif /* PATTERN_H */
