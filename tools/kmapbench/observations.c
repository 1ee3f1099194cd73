// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "observations.h"
#include "stats.h"

/* A sample while its place is sought */
struct placed {
	long long round;
	double value;
};

static int compare_rounds(const void *a, const void *b)
{
	const struct placed *p = a, *q = b;

	return (p->round > q->round) - (p->round < q->round);
}

/* Threads may have written theirs after one another. */
static struct placed *place(const struct boot *boot)
{
	struct placed *placed = malloc(boot->nr * sizeof(*placed));
	bool in_order = true;
	size_t i;

	if (!placed)
		return NULL;
	for (i = 0; i < boot->nr; i++) {
		placed[i].round = boot->rounds[i];
		placed[i].value = boot->samples[i];
		in_order &= !i || placed[i - 1].round <= placed[i].round;
	}
	if (!in_order)
		qsort(placed, boot->nr, sizeof(*placed), compare_rounds);
	return placed;
}

static size_t count_rounds(const struct placed *placed, size_t nr)
{
	size_t i, rounds = 1;

	for (i = 1; i < nr; i++)
		rounds += placed[i].round != placed[i - 1].round;
	return rounds;
}

static void end_round(struct observations *obs)
{
	size_t first = obs->rounds[obs->nr_rounds++];

	stats_sort(obs->values + first, obs->nr - first);
	obs->rounds[obs->nr_rounds] = obs->nr;
}

static bool add_boot(struct observations *obs, const struct boot *boot)
{
	struct placed *placed = place(boot);
	size_t i, together, in_round = 1;

	if (!placed)
		return false;
	together = (count_rounds(placed, boot->nr) + MAX_ROUNDS_OF_BOOT - 1) / MAX_ROUNDS_OF_BOOT;
	for (i = 0; i < boot->nr; i++) {
		if (i && placed[i].round != placed[i - 1].round && ++in_round > together) {
			end_round(obs);
			in_round = 1;
		}
		obs->values[obs->nr++] = placed[i].value;
	}
	end_round(obs);
	free(placed);
	obs->boots[++obs->nr_boots] = obs->nr_rounds;
	return true;
}

static bool allocate(struct observations *obs, size_t nr, size_t nr_boots)
{
	memset(obs, 0, sizeof(*obs));
	obs->values = malloc((nr + 1) * sizeof(*obs->values));
	obs->sorted = malloc((nr + 1) * sizeof(*obs->sorted));
	obs->rounds = calloc(nr_boots * MAX_ROUNDS_OF_BOOT + 1, sizeof(*obs->rounds));
	obs->boots = calloc(nr_boots + 1, sizeof(*obs->boots));
	return obs->values && obs->sorted && obs->rounds && obs->boots;
}

bool observations_make(struct observations *obs, const struct boot *boots, size_t nr_boots)
{
	size_t i, nr = 0;
	bool made;

	for (i = 0; i < nr_boots; i++)
		nr += boots[i].nr;
	made = allocate(obs, nr, nr_boots);
	for (i = 0; i < nr_boots && made; i++) {
		if (boots[i].nr)
			made = add_boot(obs, &boots[i]);
	}
	if (!made) {
		observations_free(obs);
		return false;
	}
	memcpy(obs->sorted, obs->values, obs->nr * sizeof(*obs->sorted));
	stats_sort(obs->sorted, obs->nr);
	return true;
}

bool observations_of_result(struct observations *obs, const struct result *result)
{
	const struct boot boot = { result->samples, result->rounds, result->nr_samples };

	return observations_make(obs, &boot, 1);
}

void observations_free(struct observations *obs)
{
	free(obs->values);
	free(obs->sorted);
	free(obs->rounds);
	free(obs->boots);
	memset(obs, 0, sizeof(*obs));
}

double *observations_round_medians(const struct observations *obs)
{
	double *medians = malloc((obs->nr_rounds + 1) * sizeof(*medians));
	size_t i;

	for (i = 0; medians && i < obs->nr_rounds; i++)
		medians[i] = stats_median(obs->values + obs->rounds[i],
					  obs->rounds[i + 1] - obs->rounds[i]);
	return medians;
}

bool observations_pair(const struct observations *x, const struct observations *y)
{
	size_t i;

	if (x->nr_boots != y->nr_boots)
		return false;
	for (i = 0; i <= x->nr_boots; i++) {
		if (x->boots[i] != y->boots[i])
			return false;
	}
	return true;
}

bool observations_agree(const struct observations *obs)
{
	return obs->nr > 1 && obs->sorted[0] == obs->sorted[obs->nr - 1];
}
