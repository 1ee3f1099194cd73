/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SELECTION_H
#define SELECTION_H

#include "lists.h"

/**
 * struct selected - a cell that a pattern matched, and the module's verdict
 * @cell: one row index for each list, by enum kmb_list
 * @exact: named without wildcards
 * @arithmetic: mapping it is address arithmetic on this kernel
 * @error: 0 if it may run, else the negative errno
 * @reason: why it may not
 */
struct selected {
	__u32 cell[KMB_NR_LISTS];
	bool exact;
	bool arithmetic;
	int error;
	char reason[KMB_REASON_LEN];
};

struct selection {
	struct selected *cells;
	size_t nr;
};

/**
 * struct judge - who says which cells may run
 * @dev: the module, which knows its lists
 * @lists: of @dev
 * @shape: that the cells are to have
 * @where: where memory of the caller's is to come from, see user_memory_open()
 */
struct judge {
	struct device *dev;
	const struct lists *lists;
	struct kmb_shape shape;
	const char *where;
};

/* Whether the caller has to make a cell's memory absent before each sample */
bool cell_is_cold(const struct lists *lists, const __u32 *cell);

/**
 * selection_add() - append the cells that a pattern matches
 * @selection: gets them at its end
 * @judge: of what is legal, and can be had here
 * @pattern: text; a cell that is there already is not taken again
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 * Illegal cells are no failure here.
 */
int selection_add(struct selection *selection, const struct judge *judge, const char *pattern);

/* Appends a cell that was asked for elsewhere, unless the first @known have it. */
int selection_append(struct selection *selection, size_t known,
		     const struct selected *selected);

/* Complain of what must not be passed over: the shape, cells named exactly. */
int selection_check(const struct selection *selection, const struct lists *lists);

void selection_free(struct selection *selection);

#endif /* SELECTION_H */
