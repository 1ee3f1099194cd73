// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "summary.h"

void summarize(struct summary *summary, const struct observations *obs)
{
	*summary = (struct summary)SUMMARY_UNKNOWN;
	summary->nr = obs->nr;
	summary->rounds = obs->nr_rounds;
	summary->boots = obs->nr_boots;
	if (!obs->nr)
		return;
	summary->least = stats_quantile(obs->sorted, obs->nr, 0);
	summary->lower = stats_quantile(obs->sorted, obs->nr, 0.25);
	summary->median = stats_median(obs->sorted, obs->nr);
	summary->upper = stats_quantile(obs->sorted, obs->nr, 0.75);
	summary->greatest = stats_quantile(obs->sorted, obs->nr, 1);
	summary->ci95.lo = summary->median;
	summary->ci95.hi = summary->median;
}

struct box summary_box(const char *label, const struct summary *summary)
{
	return (struct box){ label, summary->least, summary->lower, summary->median,
			     summary->upper, summary->greatest };
}
