/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>

/* Numbers that look random and are the same for the same seed, on any machine */
struct random {
	unsigned long long state;	/* the seed, to begin with */
};

unsigned long long random_next(struct random *random);

/* From 0 to @nr - 1, for 0 < @nr < 2^32 */
size_t random_below(struct random *random, size_t nr);

/* Near enough normal, with mean 0 and variance 1, and never beyond 8 */
double random_normal(struct random *random);

#endif /* RANDOM_H */
