// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

/* The row that is the loop itself, in the lists of maps and of copies */
#define LOOP	"none"

/* Room for one more element, doubled when it is used up */
static void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	return realloc(array, (nr ? 2 * nr : 1) * size);
}

struct result *results_append(struct results *results)
{
	struct result *array = grow(results->results, results->nr, sizeof(*array));

	if (!array)
		return NULL;
	results->results = array;
	array += results->nr++;
	memset(array, 0, sizeof(*array));
	array->median = NAN;
	array->ci95.lo = NAN;
	array->ci95.hi = NAN;
	array->beyond_none = NAN;
	return array;
}

struct illegal *results_append_illegal(struct results *results)
{
	struct illegal *array = grow(results->illegal, results->nr_illegal, sizeof(*array));

	if (!array)
		return NULL;
	results->illegal = array;
	array += results->nr_illegal++;
	memset(array, 0, sizeof(*array));
	return array;
}

bool result_append_sample(struct result *result, double cost, long long round,
			  long long thread)
{
	size_t nr = result->nr_samples;
	double *samples = grow(result->samples, nr, sizeof(*samples));
	long long *numbers;

	if (!samples)
		return false;
	result->samples = samples;
	numbers = grow(result->rounds, nr, sizeof(*numbers));
	if (!numbers)
		return false;
	result->rounds = numbers;
	numbers = grow(result->threads, nr, sizeof(*numbers));
	if (!numbers)
		return false;
	result->threads = numbers;

	samples[nr] = cost;
	result->rounds[nr] = round;
	result->threads[nr] = thread;
	result->nr_samples++;
	return true;
}

static void summarize(struct result *result)
{
	size_t nr = result->nr_samples;
	struct interval ci;
	double *sorted;

	if (!nr)
		return;
	sorted = malloc(nr * sizeof(*sorted));
	if (!sorted)
		return;
	memcpy(sorted, result->samples, nr * sizeof(*sorted));
	stats_sort(sorted, nr);
	result->median = stats_median(sorted, nr);
	if (stats_median_ci(sorted, nr, 0.95, &ci))
		result->ci95 = ci;
	free(sorted);
}

bool result_same_shape(const struct result *a, const struct result *b)
{
	const struct params *p = &a->params, *q = &b->params;

	return p->nest == q->nest && p->len == q->len && p->offset == q->offset &&
	       p->order == q->order && p->node == q->node && p->pool == q->pool &&
	       p->threads == q->threads && p->faults == q->faults &&
	       p->delay_us == q->delay_us;
}

const struct result *results_baseline(const struct results *results,
				      const struct result *of)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];

		if (!strcmp(r->map, LOOP) && !strcmp(r->copy, LOOP) &&
		    !strcmp(r->context, of->context) && !strcmp(r->pages, of->pages) &&
		    result_same_shape(r, of))
			return r;
	}
	return NULL;
}

bool result_is_arithmetic(const struct result *result)
{
	return !strcmp(result->mapping, "arithmetic");
}

void results_summarize(struct results *results)
{
	const struct result *loop;
	size_t i;

	for (i = 0; i < results->nr; i++)
		summarize(&results->results[i]);
	for (i = 0; i < results->nr; i++) {
		loop = results_baseline(results, &results->results[i]);
		if (loop)
			results->results[i].beyond_none = results->results[i].median -
							  loop->median;
	}
}

void results_free(struct results *results)
{
	size_t i;

	for (i = 0; i < results->nr; i++) {
		free(results->results[i].samples);
		free(results->results[i].rounds);
		free(results->results[i].threads);
	}
	for (i = 0; i < results->nr_options; i++)
		free(results->options[i]);
	free(results->results);
	free(results->illegal);
	free(results->options);
	memset(results, 0, sizeof(*results));
}
