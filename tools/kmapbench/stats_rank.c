// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "stats.h"
#include "stats_rank.h"

/* As R: below it the exact distribution is worth its while */
#define EXACT_BELOW	50

double stats_rank_sum(const double *x, size_t nr_x, const double *y, size_t nr_y)
{
	size_t i, below = 0, up_to = 0;
	double pairs = 0;

	for (i = 0; i < nr_x; i++) {
		while (below < nr_y && y[below] < x[i])
			below++;
		while (up_to < nr_y && y[up_to] <= x[i])
			up_to++;
		pairs += below + (up_to - below) / 2.0;
	}
	return pairs;
}

/* Sum of t^3 - t over all groups of t equal values of both */
static double ties(const double *x, size_t nr_x, const double *y, size_t nr_y)
{
	size_t i = 0, j = 0;
	double sum = 0;

	while (i < nr_x || j < nr_y) {
		double value = j == nr_y || (i < nr_x && x[i] < y[j]) ? x[i] : y[j];
		double t = 0;

		for (; i < nr_x && x[i] == value; i++)
			t++;
		for (; j < nr_y && y[j] == value; j++)
			t++;
		sum += t * t * t - t;
	}
	return sum;
}

/*
 * How many of the ways to choose @nr_x of all ranks have each rank sum up to
 * @most: ranks are added one after the other, each chosen or not.
 */
static double *count_ways(size_t nr_x, size_t nr_y, size_t most)
{
	double *ways = calloc((nr_x + 1) * (most + 1), sizeof(*ways));
	size_t rank, chosen, sum, greater;

	if (!ways)
		return NULL;
	ways[0] = 1;
	for (rank = 1; rank <= nr_x + nr_y; rank++) {
		for (chosen = rank < nr_x ? rank : nr_x; chosen; chosen--) {
			double *to = ways + chosen * (most + 1);
			const double *from = to - (most + 1);

			/* The ranks before it that were not chosen are y. */
			greater = rank - chosen;
			for (sum = greater; sum <= most; sum++)
				to[sum] += from[sum - greater];
		}
	}
	return ways;
}

/* Twice the smaller tail; without ties @pairs is whole. */
static double exact_p(double pairs, size_t nr_x, size_t nr_y)
{
	size_t most = fmin(pairs, (double)nr_x * nr_y - pairs), sum;
	double *ways = count_ways(nr_x, nr_y, most);
	double tail = 0, all;

	if (!ways)
		return NAN;
	for (sum = 0; sum <= most; sum++)
		tail += ways[nr_x * (most + 1) + sum];
	free(ways);
	all = lgamma(nr_x + nr_y + 1.0) - lgamma(nr_x + 1.0) - lgamma(nr_y + 1.0);
	return fmin(1, 2 * exp(log(tail) - all));
}

static double normal_p(double pairs, double nr_x, double nr_y, double tied)
{
	double nr = nr_x + nr_y, off = pairs - nr_x * nr_y / 2;
	double variance = nr_x * nr_y / 12 * (nr + 1 - tied / (nr * (nr - 1)));

	if (!(variance > 0))
		return 1;
	if (off)
		off -= copysign(0.5, off);
	return fmin(1, erfc(fabs(off) / sqrt(2 * variance)));
}

double stats_rank_p(const double *x, size_t nr_x, const double *y, size_t nr_y, bool exact)
{
	double pairs, tied;

	if (!nr_x || !nr_y)
		return 1;
	pairs = stats_rank_sum(x, nr_x, y, nr_y);
	tied = ties(x, nr_x, y, nr_y);
	if (exact && !tied && nr_x < EXACT_BELOW && nr_y < EXACT_BELOW)
		return exact_p(pairs, nr_x, nr_y);
	return normal_p(pairs, nr_x, nr_y, tied);
}

static int compare_size(const void *a, const void *b)
{
	double p = fabs(*(const double *)a), q = fabs(*(const double *)b);

	return (p > q) - (p < q);
}

/* Differences but those of zero, by size; returns how many there are. */
static size_t by_size(const double *differences, size_t nr, double *sizes)
{
	size_t i, kept = 0;

	for (i = 0; i < nr; i++) {
		if (differences[i])
			sizes[kept++] = differences[i];
	}
	qsort(sizes, kept, sizeof(*sizes), compare_size);
	return kept;
}

/* The sum of the ranks of those above 0, and over all groups of t ties t^3 - t */
static double sum_signed_ranks(const double *sizes, size_t nr, double *tied)
{
	size_t i, j, end;
	double sum = 0;

	*tied = 0;
	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && fabs(sizes[end]) == fabs(sizes[i]); end++)
			;
		for (j = i; j < end; j++)
			sum += sizes[j] > 0 ? (i + 1 + end) / 2.0 : 0;
		*tied += pow(end - i, 3) - (end - i);
	}
	return sum;
}

/* Each rank is in the sum or not, each as likely. */
static double exact_signed_p(double sum, size_t nr)
{
	size_t all = nr * (nr + 1) / 2, most = fmin(sum, all - sum), rank, i;
	double *ways = calloc(all + 1, sizeof(*ways)), tail = 0;

	if (!ways)
		return NAN;
	ways[0] = 1;
	for (rank = 1; rank <= nr; rank++) {
		for (i = all; i >= rank; i--)
			ways[i] += ways[i - rank];
	}
	for (i = 0; i <= most; i++)
		tail += ways[i];
	free(ways);
	return fmin(1, 2 * tail * pow(0.5, nr));
}

double stats_signed_rank_p(const double *differences, size_t nr, bool exact)
{
	double *sizes = malloc((nr + 1) * sizeof(*sizes)), sum, tied, off, variance, n;
	size_t kept;

	if (!sizes)
		return NAN;
	kept = by_size(differences, nr, sizes);
	sum = sum_signed_ranks(sizes, kept, &tied);
	free(sizes);
	if (!kept)
		return 1;
	if (exact && !tied && kept == nr && nr < EXACT_BELOW)
		return exact_signed_p(sum, nr);
	n = kept;
	off = sum - n * (n + 1) / 4;
	variance = n * (n + 1) * (2 * n + 1) / 24 - tied / 48;
	if (off)
		off -= copysign(0.5, off);
	return fmin(1, erfc(fabs(off) / sqrt(2 * variance)));
}

double stats_superiority(const double *x, size_t nr_x, const double *y, size_t nr_y)
{
	return stats_rank_sum(x, nr_x, y, nr_y) / ((double)nr_x * nr_y);
}

static int compare_p(const void *a, const void *b)
{
	double p = **(double *const *)a, q = **(double *const *)b;

	return (p > q) - (p < q);
}

void stats_holm(double *p, size_t nr)
{
	double **ascending = malloc((nr + 1) * sizeof(*ascending));
	size_t i, tests = 0;
	double least = 0;

	for (i = 0; i < nr; i++) {
		if (!ascending)
			p[i] = NAN;	/* out of memory: nothing is proven */
		else if (!isnan(p[i]))
			ascending[tests++] = &p[i];
	}
	if (tests)
		qsort(ascending, tests, sizeof(*ascending), compare_p);
	for (i = 0; i < tests; i++) {
		least = fmax(least, fmin(1, *ascending[i] * (tests - i)));
		*ascending[i] = least;
	}
	free(ascending);
}
