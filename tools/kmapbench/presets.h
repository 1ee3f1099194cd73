/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PRESETS_H
#define PRESETS_H

/* In a pattern: highmem pages where there are any, else lowmem ones */
#define PRESET_PAGES	"{pages}"

/**
 * struct preset_line - one pattern of what a preset measures
 * @pattern: as on the command line, PRESET_PAGES besides
 * @pkmaps: pages in the pool in multiples of what kmap() can map at a time,
 *	0 for the default pool. Lines with the same value stand together
 */
struct preset_line {
	const char *pattern;
	unsigned int pkmaps;
};

/**
 * struct preset - a question that is asked often
 * @name: as on the command line
 * @len: values of --len, unless it is given; may be NULL
 * @faults: values of --faults, as @len
 * @reference: what the others are compared with, unless it is given; may be NULL
 * @lines: ends with a NULL pattern
 */
struct preset {
	const char *name;
	const char *len, *faults;
	const char *reference;
	const struct preset_line *lines;
};

/* The first one is what is measured where nothing is asked for; a NULL name ends them. */
extern const struct preset presets[];

/* Returns: that preset, or NULL */
const struct preset *preset_find(const char *name);

#endif /* PRESETS_H */
