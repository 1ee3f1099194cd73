/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIDES_H
#define SIDES_H

#include "results.h"

/* What may differ only if it was asked for: bits, and words of --across */
enum across {
	ACROSS_UNITS = 1 << 0,
	ACROSS_LANES = 1 << 1,
	ACROSS_PAGES = 1 << 2,
	ACROSS_SHAPES = 1 << 3,
};

/* One side of a comparison: files of one kernel, a boot each */
struct side {
	const char **paths;
	struct results *files;
	size_t nr;
};

/* A file more, which is read by side_load() */
int side_add(struct side *side, const char *path);

/* Complains and returns an enum status. */
int side_load(struct side *side);

void side_free(struct side *side);

/* Words with commas between them; complains and returns an enum status. */
int across_parse(const char *words, unsigned int *across);

/**
 * across_refuse() - say that two files are not to be compared
 * @word: a bit of enum across, which allows it
 * @path: the file that is different
 * @what: is different in it, and how
 * @other: the file that it is held against
 *
 * Returns: STATUS_USAGE
 */
int across_refuse(enum across word, const char *path, const char *what, const char *other);

/* Whether all files of both, of which @b may be NULL, may be compared */
int sides_check(const struct side *a, const struct side *b, unsigned int across);

#endif /* SIDES_H */
