/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LISTS_H
#define LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "device.h"

#define CELL_NAME_LEN	(KMB_NR_LISTS * KMB_NAME_LEN)

/* Those that cells are made of, and the checks */
#define NR_LISTS	(KMB_LIST_CHECKS + 1)

/* The module's lists, as it told them; indexes are those of the module. */
struct lists {
	struct kmb_enum *rows[NR_LISTS];
	unsigned int nr[NR_LISTS];
};

extern const char *const list_names[NR_LISTS];

int lists_load(struct device *dev, struct lists *lists);
void lists_free(struct lists *lists);

/* Whether the cell's copy touches user memory, so that a source matters. */
bool cell_has_source(const struct lists *lists, const __u32 *cell);

/* Whether copy and source both are about user memory, or both are not. */
bool cell_source_fits(const struct lists *lists, const __u32 *cell);

void cell_name(const struct lists *lists, const __u32 *cell, char name[CELL_NAME_LEN]);

/* Up to @nr names of @list that resemble @name, nearest first. */
size_t lists_nearest(const struct lists *lists, enum kmb_list list, const char *name,
		     const char **nearest, size_t nr);

#endif /* LISTS_H */
