// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "lists.h"

/* Against a module that would never end an enumeration */
#define MAX_ROWS	4096

const char *const list_names[NR_LISTS] = {
	[KMB_LIST_MAPS] = "maps",
	[KMB_LIST_COPIES] = "copies",
	[KMB_LIST_CONTEXTS] = "contexts",
	[KMB_LIST_PAGES] = "pages",
	[KMB_LIST_SOURCES] = "sources",
	[KMB_LIST_CHECKS] = "checks",
};

static int load_list(struct device *dev, struct lists *lists, enum kmb_list list)
{
	struct kmb_enum *rows;
	unsigned int n;
	int ret;

	for (n = 0; n < MAX_ROWS; n++) {
		rows = realloc(lists->rows[list], (n + 1) * sizeof(*rows));
		if (!rows)
			return fail(STATUS_FAILED, NULL, "list of %s: out of memory",
				    list_names[list]);
		lists->rows[list] = rows;
		memset(&rows[n], 0, sizeof(rows[n]));
		rows[n].list = list;
		rows[n].index = n;
		ret = device_enum(dev, &rows[n]);
		if (ret == -ENOENT)
			break;
		if (ret)
			return device_fail(list_names[list], ret, NULL);
		rows[n].name[KMB_NAME_LEN - 1] = '\0';
		rows[n].expr[KMB_EXPR_LEN - 1] = '\0';
		rows[n].traits[KMB_EXPR_LEN - 1] = '\0';
	}
	lists->nr[list] = n;
	return STATUS_FINE;
}

int lists_load(struct device *dev, struct lists *lists)
{
	int list, status;

	memset(lists, 0, sizeof(*lists));
	for (list = 0; list < NR_LISTS; list++) {
		status = load_list(dev, lists, list);
		if (status) {
			lists_free(lists);
			return status;
		}
	}
	return STATUS_FINE;
}

void lists_free(struct lists *lists)
{
	int list;

	for (list = 0; list < NR_LISTS; list++)
		free(lists->rows[list]);
	memset(lists, 0, sizeof(*lists));
}

bool cell_has_source(const struct lists *lists, const __u32 *cell)
{
	const struct kmb_enum *copies = lists->rows[KMB_LIST_COPIES];

	return copies[cell[KMB_LIST_COPIES]].row_flags & KMB_ROW_USER;
}

bool cell_source_fits(const struct lists *lists, const __u32 *cell)
{
	const struct kmb_enum *sources = lists->rows[KMB_LIST_SOURCES];
	__u32 source = cell[KMB_LIST_SOURCES], i;

	if (cell_has_source(lists, cell))
		return sources[source].row_flags & KMB_ROW_USER;
	/* Should there be several that are none, the first stands for them all. */
	for (i = 0; i < source; i++) {
		if (!(sources[i].row_flags & KMB_ROW_USER))
			return false;
	}
	return !(sources[source].row_flags & KMB_ROW_USER);
}

void cell_name(const struct lists *lists, const __u32 *cell, char name[CELL_NAME_LEN])
{
	int list, end = KMB_NR_LISTS, n = 0;

	if (!cell_has_source(lists, cell))
		end = KMB_LIST_SOURCES;
	for (list = 0; list < end; list++)
		n += snprintf(name + n, CELL_NAME_LEN - n, "%s%s", list ? "." : "",
			      lists->rows[list][cell[list]].name);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's, over names that are short */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[KMB_NAME_LEN + 1], len = strnlen(b, KMB_NAME_LEN);
	size_t i, j, diagonal, above;

	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= len; j++) {
			above = row[j];
			row[j] = least(least(above, row[j - 1]) + 1,
				       diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}

size_t lists_nearest(const struct lists *lists, enum kmb_list list, const char *name,
		     const char **nearest, size_t nr)
{
	size_t distance, limit, found = 0;
	unsigned int i;

	for (limit = 0; limit <= strlen(name) / 2; limit++) {
		for (i = 0; i < lists->nr[list] && found < nr; i++) {
			distance = edit_distance(name, lists->rows[list][i].name);
			if (distance == limit)
				nearest[found++] = lists->rows[list][i].name;
		}
	}
	return found;
}
