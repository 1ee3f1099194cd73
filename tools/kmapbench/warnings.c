// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "stats_rank.h"
#include "warnings.h"

const struct warning_text warning_texts[] = {
	{ WARN_FEW_ROUNDS, "few_rounds", "fewer than 4 rounds cannot prove a difference",
	  "measure with more, as with `run --rounds 10'" },
	{ WARN_FEW_BOOTS, "few_boots", "2 or 3 boots: intervals are wide for want of more",
	  "boot, measure and give more files" },
	{ WARN_BIMODAL, "bimodal", "samples are around two values, and the median is either",
	  "look at them with --plot; find out what changes, or take more rounds" },
	{ WARN_DRIFT, "drift", "the second half of the rounds differs from the first",
	  "let the machine settle, and measure longer" },
	{ WARN_SINGLE, "single_operation",
	  "samples of one operation include the cost of taking them", "use more --iterations" },
	{ 0 }
};

/* Of the variance that is left in two groups: a normal distribution leaves 36 % */
#define BIMODAL_LEFT	0.15
/* and how far the groups are apart at least, of the median, and how small one may be */
#define BIMODAL_APART	0.01
#define BIMODAL_GROUP	0.1

/* Drift is seldom seen where there is none. */
#define DRIFT_P		0.01

/* Whether two groups, cut where they are best told apart, are two */
static bool is_bimodal(const double *sorted, size_t nr)
{
	double mean = 0, variance = 0, best = 0, apart = 0, sum = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		mean += sorted[i] / nr;
	for (i = 0; i < nr; i++)
		variance += (sorted[i] - mean) * (sorted[i] - mean) / nr;
	for (i = 0; i < nr - 1; i++) {
		double part = (i + 1.0) / nr, between;

		sum += sorted[i] / nr;
		if (part < BIMODAL_GROUP || part > 1 - BIMODAL_GROUP)
			continue;
		/* The difference of the two means, and the variance that it makes */
		between = (mean - sum) / (1 - part) - sum / part;
		if (part * (1 - part) * between * between <= best)
			continue;
		best = part * (1 - part) * between * between;
		apart = between;
	}
	return variance > 0 && best > (1 - BIMODAL_LEFT) * variance &&
	       apart > BIMODAL_APART * fabs(stats_median(sorted, nr));
}

static bool halves_differ(double *medians, size_t nr)
{
	size_t half = nr / 2;

	stats_sort(medians, half);
	stats_sort(medians + half, nr - half);
	return stats_rank_p(medians, half, medians + half, nr - half, true) < DRIFT_P;
}

static bool drifts(const struct observations *obs)
{
	double *medians = observations_round_medians(obs);
	bool drift = false;
	size_t boot;

	for (boot = 0; medians && boot < obs->nr_boots; boot++)
		drift |= halves_differ(medians + obs->boots[boot],
				       obs->boots[boot + 1] - obs->boots[boot]);
	free(medians);
	return drift;
}

unsigned int warnings_of(const struct observations *obs)
{
	unsigned int warnings = 0;

	if (!obs->nr)
		return 0;
	if (obs->nr_rounds < LEAST_ROUNDS)
		warnings |= WARN_FEW_ROUNDS;
	if (obs->nr_boots == 2 || obs->nr_boots == 3)
		warnings |= WARN_FEW_BOOTS;
	if (is_bimodal(obs->sorted, obs->nr))
		warnings |= WARN_BIMODAL;
	if (drifts(obs))
		warnings |= WARN_DRIFT;
	return warnings;
}

unsigned int warnings_of_result(const struct result *result)
{
	return result->params.iterations == 1 ? WARN_SINGLE : 0;
}

void warned_add(struct warned *warned, const char *label, unsigned int warnings)
{
	size_t i;

	for (i = 0; i < NR_WARNINGS; i++) {
		if (warnings & warning_texts[i].warning && !warned->nr[i]++)
			snprintf(warned->first[i], WARNED_LABEL_LEN, "%s", label);
	}
}

void warned_print(const struct warned *warned, FILE *out)
{
	size_t i;

	for (i = 0; i < NR_WARNINGS; i++) {
		if (!warned->nr[i])
			continue;
		fprintf(out, "warning: %s", warned->first[i]);
		if (warned->nr[i] > 1)
			fprintf(out, " and %zu more", warned->nr[i] - 1);
		fprintf(out, ": %s; %s\n", warning_texts[i].text, warning_texts[i].advice);
	}
}
