/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OBSERVATIONS_H
#define OBSERVATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "results.h"

/* Of each boot; with more, neighbours are taken together. It bounds the work. */
#define MAX_ROUNDS_OF_BOOT	512

/**
 * struct observations - samples of one cell on one kernel, by boot and round
 * @values: @nr samples: boot after boot, in these round after round, and those
 *	of a round ascending
 * @sorted: the same, all ascending
 * @nr: samples
 * @rounds: index of the first value of each of @nr_rounds rounds; and @nr
 * @nr_rounds: of all boots
 * @boots: index of the first round of each of @nr_boots boots; and @nr_rounds
 * @nr_boots: kernels that were booted
 */
struct observations {
	double *values;
	double *sorted;
	size_t nr;
	size_t *rounds;
	size_t nr_rounds;
	size_t *boots;
	size_t nr_boots;
};

/* What one boot adds: @nr samples, each with the number of its round */
struct boot {
	const double *samples;
	const long long *rounds;
	size_t nr;
};

/* Boots without samples are no boots. Returns false if out of memory. */
bool observations_make(struct observations *obs, const struct boot *boots, size_t nr_boots);

/* The same of one result, which is of one boot */
bool observations_of_result(struct observations *obs, const struct result *result);

void observations_free(struct observations *obs);

/* The median of each round, in their order; NULL if out of memory. */
double *observations_round_medians(const struct observations *obs);

/* Whether both have as many boots, and these as many rounds, so that rounds may be pairs */
bool observations_pair(const struct observations *x, const struct observations *y);

/* Whether there are several samples and all are the same */
bool observations_agree(const struct observations *obs);

#endif /* OBSERVATIONS_H */
