// SPDX-License-Identifier: GPL-2.0-or-later
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "kmapbench.h"
#include "pattern.h"

#define DEFAULT_SOURCE	"resident"
#define NR_NEAREST	3

static bool is_literal(const char *part)
{
	return !strpbrk(part, "*?[\\");
}

static int bad_pattern(const char *text, const char *why)
{
	return fail(STATUS_USAGE, "a cell is map.copy.context.pages, as in 'kmap_*.none.task.high'",
		    "%s: %s", text, why);
}

int pattern_parse(const char *text, struct pattern *pattern)
{
	const char *part = text;
	int list, given = 0;
	size_t len;

	memset(pattern, 0, sizeof(*pattern));
	pattern->text = text;
	pattern->exact = true;
	for (list = 0; list < KMB_NR_LISTS; list++)
		strcpy(pattern->part[list], list == KMB_LIST_SOURCES ? DEFAULT_SOURCE : "*");
	for (;;) {
		if (given == KMB_NR_LISTS)
			return bad_pattern(text, "too many components");
		len = strcspn(part, ".");
		if (!len)
			return bad_pattern(text, "empty component");
		if (len >= KMB_NAME_LEN)
			return bad_pattern(text, "component too long");
		memcpy(pattern->part[given], part, len);
		pattern->part[given][len] = '\0';
		pattern->exact &= is_literal(pattern->part[given]);
		given++;
		if (!part[len])
			break;
		part += len + 1;
	}
	pattern->exact &= given >= KMB_LIST_SOURCES;
	return STATUS_FINE;
}

static int unknown_name(const struct pattern *pattern, const struct lists *lists,
			enum kmb_list list)
{
	const char *nearest[NR_NEAREST];
	char advice[4 * KMB_NAME_LEN + 64];
	size_t i, nr;
	int n = 0;

	nr = lists_nearest(lists, list, pattern->part[list], nearest, NR_NEAREST);
	for (i = 0; i < nr; i++)
		n += snprintf(advice + n, sizeof(advice) - n, "%s%s", i ? ", " : "did you mean ",
			      nearest[i]);
	snprintf(advice + n, sizeof(advice) - n, "%ssee `kmapbench list %s'", nr ? "? " : "",
		 list_names[list]);
	return fail(STATUS_USAGE, advice, "%s: `%s' is not in the list of %s", pattern->text,
		    pattern->part[list], list_names[list]);
}

int pattern_check(const struct pattern *pattern, const struct lists *lists)
{
	unsigned int i;
	int list;

	for (list = 0; list < KMB_NR_LISTS; list++) {
		if (!is_literal(pattern->part[list]))
			continue;
		for (i = 0; i < lists->nr[list]; i++) {
			if (!strcmp(pattern->part[list], lists->rows[list][i].name))
				break;
		}
		if (i == lists->nr[list] && strcmp(pattern->part[list], DEFAULT_SOURCE))
			return unknown_name(pattern, lists, list);
	}
	return STATUS_FINE;
}

/* Cells without a user side have no source; any default goes with them. */
static bool matches_source(const char *part, const char *source)
{
	if (!source)
		return !strcmp(part, DEFAULT_SOURCE) || !fnmatch(part, "", 0);
	return !fnmatch(part, source, 0);
}

bool pattern_matches_names(const struct pattern *pattern, const char *const *names)
{
	int list;

	for (list = 0; list < KMB_LIST_SOURCES; list++) {
		if (fnmatch(pattern->part[list], names[list], 0))
			return false;
	}
	return matches_source(pattern->part[list], names[list]);
}

bool pattern_matches_cell(const struct pattern *pattern, const struct lists *lists,
			  const __u32 *cell)
{
	const char *names[KMB_NR_LISTS];
	int list;

	for (list = 0; list < KMB_NR_LISTS; list++)
		names[list] = lists->rows[list][cell[list]].name;
	if (!cell_has_source(lists, cell))
		names[KMB_LIST_SOURCES] = NULL;
	return pattern_matches_names(pattern, names);
}
