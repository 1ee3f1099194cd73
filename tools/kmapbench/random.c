// SPDX-License-Identifier: GPL-2.0-or-later
#include "random.h"

/* SplitMix64 of Steele, Lea and Flood */
unsigned long long random_next(struct random *random)
{
	unsigned long long z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Numbers differ in how likely they are by @nr / 2^32, which nothing here can see. */
size_t random_below(struct random *random, size_t nr)
{
	return ((random_next(random) >> 32) * nr) >> 32;
}

/* Heads of 64 coins: binomial, with mean 32 and variance 16 */
double random_normal(struct random *random)
{
	return (__builtin_popcountll(random_next(random)) - 32) / 4.0;
}
