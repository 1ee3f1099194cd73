/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HEADLINE_H
#define HEADLINE_H

/**
 * struct headline - a pattern of what is measured where none is given
 * @pattern: as on the command line
 * @pkmaps: pages in the pool in multiples of what kmap() can map at a time,
 *	0 for the default pool. Rows with the same value stand together
 */
struct headline {
	const char *pattern;
	unsigned int pkmaps;
};

extern const struct headline headline[];	/* ends with a NULL pattern */

#endif /* HEADLINE_H */
