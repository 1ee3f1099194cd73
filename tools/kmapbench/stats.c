// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One past the end of the ascending values from @first on */
static size_t end_of_run(const double *values, size_t first, size_t nr)
{
	size_t i = first + 1;

	while (i < nr && values[i - 1] <= values[i])
		i++;
	return i < nr ? i : nr;
}

static void merge(const double *from, size_t a, size_t b, size_t end, double *to)
{
	size_t middle = b;

	while (a < middle && b < end)
		*to++ = from[b] < from[a] ? from[b++] : from[a++];
	memcpy(to, from + a, (middle - a) * sizeof(*to));
	to += middle - a;
	memcpy(to, from + b, (end - b) * sizeof(*to));
}

/* Each ascending run with the next one; returns how many that leaves. */
static size_t merge_runs(const double *from, size_t nr, double *to)
{
	size_t first = 0, second, end, runs = 0;

	for (; first < nr; first = end, runs++) {
		second = end_of_run(from, first, nr);
		end = second < nr ? end_of_run(from, second, nr) : nr;
		merge(from, first, second, end, to + first);
	}
	return runs;
}

/* By the order that there is already: rounds are sorted before all of them are. */
void stats_sort(double *values, size_t nr)
{
	double *room = malloc((nr + 1) * sizeof(*room));

	if (!room) {
		qsort(values, nr, sizeof(*values), compare);
		return;
	}
	while (end_of_run(values, 0, nr) < nr) {
		if (merge_runs(values, nr, room) > 1) {
			merge_runs(room, nr, values);
			continue;
		}
		memcpy(values, room, nr * sizeof(*values));
		break;
	}
	free(room);
}

double stats_median(const double *sorted, size_t nr)
{
	if (nr % 2)
		return sorted[nr / 2];
	return (sorted[nr / 2 - 1] + sorted[nr / 2]) / 2;
}

double stats_quantile(const double *sorted, size_t nr, double part)
{
	double place = (nr - 1) * part;
	size_t below = place;

	if (below + 1 >= nr)
		return sorted[nr - 1];
	return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

double stats_geometric_mean(const double *values, size_t nr)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!(values[i] > 0))
			return NAN;
		sum += log(values[i]);
	}
	return nr ? exp(sum / nr) : NAN;
}

/* P(X = k) for X out of Binomial(n, 1/2); by logarithms, as 2^-n underflows */
static double binomial_half(double n, double k)
{
	return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * M_LN2);
}

bool stats_median_ci(const double *sorted, size_t nr, double confidence,
		     struct interval *ci)
{
	double outside = 0;
	size_t cut;

	/* @cut values are left out at each end if their tails allow it */
	for (cut = 0; cut < nr / 2; cut++) {
		outside += 2 * binomial_half(nr, cut);
		if (outside > 1 - confidence)
			break;
	}
	if (!cut)
		return false;
	ci->lo = sorted[cut - 1];
	ci->hi = sorted[nr - cut];
	return true;
}
