// SPDX-License-Identifier: GPL-2.0-or-later
/* How samples are grouped by boot and round. */
#include <stdlib.h>

#include "harness.h"
#include "observations.h"

/* Two threads, whose samples came after one another; a boot without any; a third */
static void test_grouping(void)
{
	const double a[] = { 3, 1, 5, 4, 2, 6 }, b[] = { 9 };
	const long long a_rounds[] = { 0, 0, 1, 0, 1, 1 }, b_rounds[] = { 7 };
	const struct boot boots[] = { { a, a_rounds, 6 }, { NULL, NULL, 0 }, { b, b_rounds, 1 } };
	struct observations obs;
	double *medians;

	check(observations_make(&obs, boots, 3));
	check(obs.nr == 7 && obs.nr_rounds == 3 && obs.nr_boots == 2);
	check(obs.values[0] == 1 && obs.values[1] == 3 && obs.values[2] == 4);
	check(obs.values[3] == 2 && obs.values[6] == 9);
	check(obs.rounds[1] == 3 && obs.rounds[2] == 6 && obs.rounds[3] == 7);
	check(obs.boots[0] == 0 && obs.boots[1] == 2 && obs.boots[2] == 3);
	check(obs.sorted[0] == 1 && obs.sorted[1] == 2 && obs.sorted[6] == 9);
	medians = observations_round_medians(&obs);
	check(medians && medians[0] == 3 && medians[1] == 5 && medians[2] == 9);
	free(medians);
	observations_free(&obs);
}

static void test_no_samples(void)
{
	const struct boot none = { 0 };
	struct observations obs;

	check(observations_make(&obs, &none, 1));
	check(obs.nr == 0 && obs.nr_rounds == 0 && obs.nr_boots == 0);
	check(!observations_agree(&obs));
	observations_free(&obs);
}

static void test_many_rounds(void)
{
	enum { NR = 3 * MAX_ROUNDS_OF_BOOT - 1 };
	static double samples[2 * NR];
	static long long rounds[2 * NR];
	struct observations obs;
	size_t i;

	for (i = 0; i < 2 * NR; i++) {
		samples[i] = i;
		rounds[i] = i / 2;
	}
	check(observations_make(&obs, &(struct boot){ samples, rounds, 2 * NR }, 1));
	check(obs.nr == 2 * NR && obs.nr_rounds == MAX_ROUNDS_OF_BOOT);
	check(obs.rounds[1] == 6 && obs.rounds[2] == 12 && obs.rounds[obs.nr_rounds] == 2 * NR);
	observations_free(&obs);
}

static void test_agreement(void)
{
	const double values[] = { 4, 4, 4.5 };
	const long long rounds[] = { 0, 1, 2 };
	struct observations obs;
	size_t nr;

	for (nr = 1; nr <= 3; nr++) {
		check(observations_make(&obs, &(struct boot){ values, rounds, nr }, 1));
		/* One sample alone agrees with nothing. */
		check(observations_agree(&obs) == (nr == 2));
		observations_free(&obs);
	}
}

int main(void)
{
	harness_run("boots and rounds", test_grouping);
	harness_run("no samples", test_no_samples);
	harness_run("more rounds than are kept apart", test_many_rounds);
	harness_run("samples that agree", test_agreement);
	return harness_end();
}
