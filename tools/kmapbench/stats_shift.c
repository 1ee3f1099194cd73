// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats_shift.h"

/* A part of half the pairs */
#define NEAR		4096

/* Walks that look for smooth parts, and how far beside a guess they look */
#define GUESSES		30
#define GUESS_OFF	(1.0 / 64)

/* Pairs that are made rather than counted on */
#define GATHER		262144

bool tally_make(struct tally *tally, const double *sorted, size_t nr)
{
	size_t i;

	tally->nr = 0;
	tally->values = malloc(nr * sizeof(*tally->values));
	tally->below = malloc((nr + 1) * sizeof(*tally->below));
	if (!tally->values || !tally->below) {
		tally_free(tally);
		return false;
	}
	for (i = 0; i < nr; i++) {
		if (i && sorted[i] == sorted[i - 1])
			continue;
		tally->below[tally->nr] = i;
		tally->values[tally->nr++] = sorted[i];
	}
	tally->below[tally->nr] = nr;
	return true;
}

void tally_free(struct tally *tally)
{
	free(tally->values);
	free(tally->below);
	memset(tally, 0, sizeof(*tally));
}

double tally_median(const struct tally *tally)
{
	double half = tally->below[tally->nr] / 2;
	size_t lo = 0, hi = tally->nr - 1, next;

	/* The first value with half of the weight up to it */
	while (lo < hi) {
		size_t middle = (lo + hi) / 2;

		if (tally->below[middle + 1] >= half)
			hi = middle;
		else
			lo = middle + 1;
	}
	if (tally->below[lo + 1] > half)
		return tally->values[lo];
	for (next = lo + 1; next < tally->nr - 1; next++) {
		if (tally->below[next + 1] > half)
			break;
	}
	return next < tally->nr ? (tally->values[lo] + tally->values[next]) / 2 :
	       tally->values[lo];
}

/*
 * Doubles as whole numbers in the same order, without gaps: an interval of
 * them can be halved until nothing is left in it, whatever their magnitude.
 */
static int64_t to_order(double value)
{
	int64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits < 0 ? -(bits & INT64_MAX) : bits;
}

static double from_order(int64_t order)
{
	uint64_t bits = order < 0 ? (uint64_t)-order | 1ULL << 63 : (uint64_t)order;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * What the pairs weigh whose difference x - y is up to @limit. The y for which
 * it is greater are the first few, and become more as x does.
 */
static double pairs_up_to(const struct tally *x, const struct tally *y, double limit)
{
	double all = y->below[y->nr], pairs = 0;
	size_t i, j = 0;

	for (i = 0; i < x->nr; i++) {
		while (j < y->nr && x->values[i] - y->values[j] > limit)
			j++;
		pairs += (x->below[i + 1] - x->below[i]) * (all - y->below[j]);
	}
	return pairs;
}

/* The smallest difference above @limit, INFINITY if there is none */
static double next_difference(const struct tally *x, const struct tally *y, double limit)
{
	double next = INFINITY;
	size_t i, j = 0;

	for (i = 0; i < x->nr; i++) {
		while (j < y->nr && x->values[i] - y->values[j] > limit)
			j++;
		if (j)
			next = fmin(next, x->values[i] - y->values[j - 1]);
	}
	return next;
}

/* Differences above @lo and up to @hi, as orders, and what the pairs up to each weigh */
struct bracket {
	int64_t lo;
	int64_t hi;
	double pairs_lo;
	double pairs_hi;
};

static struct bracket bracket_all(const struct tally *x, const struct tally *y)
{
	return (struct bracket){
		.lo = to_order(x->values[0] - y->values[y->nr - 1]) - 1,
		.hi = to_order(x->values[x->nr - 1] - y->values[0]),
		.pairs_hi = x->below[x->nr] * y->below[y->nr],
	};
}

static bool is_single(const struct bracket *b)
{
	return (uint64_t)b->hi - (uint64_t)b->lo <= 1;
}

/* Cut at @cut, if that is within, and keep the part with the @rank-th pair. */
static void narrow(struct bracket *b, const struct tally *x, const struct tally *y, int64_t cut,
		   double rank)
{
	double pairs;

	if (cut <= b->lo || cut >= b->hi)
		return;
	pairs = pairs_up_to(x, y, from_order(cut));
	if (pairs >= rank) {
		b->hi = cut;
		b->pairs_hi = pairs;
	} else {
		b->lo = cut;
		b->pairs_lo = pairs;
	}
}

/* Between @lo and @hi where the rank should be if pairs were evenly spread, and @off beside */
static int64_t guess(const struct bracket *b, double rank, double off)
{
	double lo = from_order(b->lo), hi = from_order(b->hi);
	double part = (rank - b->pairs_lo) / (b->pairs_hi - b->pairs_lo) + off;

	return to_order(lo * (1 - part) + hi * part);
}

/*
 * Narrowed until it holds a single number or @slack pairs: with the @rank-th.
 * To cut closely on both sides of a guess is quick where pairs are evenly
 * spread; halving what is spanned is quick to get there; and halving the
 * numbers that there are always ends.
 */
static void find_rank(struct bracket *b, const struct tally *x, const struct tally *y, double rank,
		      double slack)
{
	int i;

	for (i = 0; !is_single(b) && b->pairs_hi - b->pairs_lo > slack; i++) {
		int64_t middle = b->lo + (int64_t)(((uint64_t)b->hi - (uint64_t)b->lo) / 2);

		if (i >= GUESSES)
			narrow(b, x, y, middle, rank);
		else if (i % 3)
			narrow(b, x, y, guess(b, rank, i % 3 == 1 ? -GUESS_OFF : GUESS_OFF), rank);
		else
			narrow(b, x, y, to_order(from_order(b->lo) / 2 + from_order(b->hi) / 2),
			       rank);
	}
}

/* A difference, and how many pairs have it */
struct difference {
	double value;
	double pairs;
};

static int compare_differences(const void *a, const void *b)
{
	const struct difference *p = a, *q = b;

	return (p->value > q->value) - (p->value < q->value);
}

/* Of the differences in the bracket, as many as there is room for */
static size_t gather(const struct bracket *b, const struct tally *x, const struct tally *y,
		     struct difference *differences)
{
	double lo = from_order(b->lo), hi = from_order(b->hi);
	size_t i, j, first = 0, nr = 0;

	for (i = 0; i < x->nr; i++) {
		while (first < y->nr && x->values[i] - y->values[first] > hi)
			first++;
		for (j = first; j < y->nr && x->values[i] - y->values[j] > lo && nr < GATHER; j++)
			differences[nr++] = (struct difference){
				x->values[i] - y->values[j],
				(x->below[i + 1] - x->below[i]) * (y->below[j + 1] - y->below[j])
			};
	}
	return nr;
}

/* The @rank-th of all pairs, which is in the bracket: made, as there are few */
static double pick(const struct bracket *b, const struct tally *x, const struct tally *y,
		   double rank)
{
	struct difference *differences = malloc(GATHER * sizeof(*differences));
	double pairs = b->pairs_lo, value = from_order(b->hi);
	size_t i, nr;

	if (!differences)
		return NAN;
	nr = gather(b, x, y, differences);
	qsort(differences, nr, sizeof(*differences), compare_differences);
	for (i = 0; i < nr && pairs < rank; i++) {
		pairs += differences[i].pairs;
		value = differences[i].value;
	}
	free(differences);
	return value;
}

double stats_shift(const struct tally *x, const struct tally *y)
{
	double half = x->below[x->nr] * y->below[y->nr] / 2, shift;
	struct bracket b = bracket_all(x, y);

	find_rank(&b, x, y, half, GATHER);
	shift = is_single(&b) ? from_order(b.hi) : pick(&b, x, y, half);
	if (pairs_up_to(x, y, shift) > half)
		return shift;
	return (shift + next_difference(x, y, shift)) / 2;
}

double stats_shift_near(const struct tally *x, const struct tally *y, struct interval *seen)
{
	double half = x->below[x->nr] * y->below[y->nr] / 2, shift;
	struct bracket b = bracket_all(x, y);

	narrow(&b, x, y, to_order(seen->lo), half);
	narrow(&b, x, y, to_order(seen->hi), half);
	find_rank(&b, x, y, half, half / NEAR);
	shift = is_single(&b) ? from_order(b.hi) : next_difference(x, y, from_order(b.lo));
	seen->lo = fmin(seen->lo, shift);
	seen->hi = fmax(seen->hi, shift);
	return shift;
}
