// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "stats.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void stats_sort(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare);
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
