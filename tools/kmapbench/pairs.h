/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdbool.h>

#include "lists.h"
#include "sides.h"

/* A cell of one side, in each of its files; NULL where one does not have it */
struct rows {
	const struct result **of;
	size_t nr;
};

/* What is compared: old and new, or a reference and what is held against it */
struct pair {
	struct rows old;
	struct rows new;
	const struct result *first_old;
	const struct result *first_new;
	bool together;	/* measured in the same rounds */
};

struct pairs {
	struct pair *pairs;
	size_t nr;
	size_t only_old;	/* cells without a partner */
	size_t only_new;
};

/* Cells that both sides have, in the order of the first file of @old */
int pairs_of_sides(struct pairs *pairs, const struct side *old, const struct side *new,
		   unsigned int across);

/**
 * pairs_by() - cells of one side against others of the same
 * @pairs: out
 * @side: one side
 * @by: the list that they differ in, as KMB_LIST_MAPS; all else is the same
 * @reference: the name in it that the others are held against
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int pairs_by(struct pairs *pairs, const struct side *side, enum kmb_list by,
	     const char *reference);

void pairs_free(struct pairs *pairs);

#endif /* PAIRS_H */
