// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "compiler.h"
#include "results.h"

struct result *results_append(struct results *results)
{
	struct result *array = array_grow(results->results, results->nr, sizeof(*array));

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
	struct illegal *array = array_grow(results->illegal, results->nr_illegal, sizeof(*array));

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
	double *samples = array_grow(result->samples, nr, sizeof(*samples));
	long long *numbers;

	if (!samples)
		return false;
	result->samples = samples;
	numbers = array_grow(result->rounds, nr, sizeof(*numbers));
	if (!numbers)
		return false;
	result->rounds = numbers;
	numbers = array_grow(result->threads, nr, sizeof(*numbers));
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

/* What makes a shape, and what each is where nothing was asked for */
static const struct shape_param {
	const char *name;
	size_t offset;
	long long unset;
} shape_params[] = {
#define SHAPE_PARAM(_name, _unset)	{ #_name, offsetof(struct params, _name), _unset }
	SHAPE_PARAM(nest, 0),
	SHAPE_PARAM(len, 0),
	SHAPE_PARAM(offset, 0),
	SHAPE_PARAM(order, 0),
	SHAPE_PARAM(node, -1),
	SHAPE_PARAM(pool, 0),
	SHAPE_PARAM(threads, 1),
	SHAPE_PARAM(faults, 100),
	SHAPE_PARAM(delay_us, 0),
	SHAPE_PARAM(depth, 0),
	SHAPE_PARAM(batch, 0),
};

static long long shape_value(const struct result *result, const struct shape_param *param)
{
	return *(const long long *)((const char *)&result->params + param->offset);
}

bool result_same_shape(const struct result *a, const struct result *b)
{
	char text[TEXT_LEN];

	return !*result_shape_difference(a, b, text);
}

const char *result_shape_difference(const struct result *a, const struct result *b,
				    char text[TEXT_LEN])
{
	const struct shape_param *p;

	*text = '\0';
	for (p = shape_params; p < shape_params + ARRAY_SIZE(shape_params); p++) {
		if (shape_value(a, p) == shape_value(b, p))
			continue;
		snprintf(text, TEXT_LEN, "%s is %lld, not %lld", p->name, shape_value(a, p),
			 shape_value(b, p));
		break;
	}
	return text;
}

void result_label(const struct result *result, char label[RESULT_LABEL_LEN])
{
	const struct shape_param *p;
	int n = snprintf(label, RESULT_LABEL_LEN, "%s", result->cell);

	for (p = shape_params; p < shape_params + ARRAY_SIZE(shape_params); p++) {
		if (n < RESULT_LABEL_LEN && shape_value(result, p) != p->unset)
			n += snprintf(label + n, RESULT_LABEL_LEN - n, " %s=%lld", p->name,
				      shape_value(result, p));
	}
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

bool result_is_loop(const struct results *results, const struct result *result)
{
	return results_baseline(results, result) == result;
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
		free(results->results[i].events);
	}
	for (i = 0; i < results->nr_options; i++)
		free(results->options[i]);
	free(results->results);
	free(results->illegal);
	free(results->options);
	memset(results, 0, sizeof(*results));
}
