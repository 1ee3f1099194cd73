/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CHART_H
#define CHART_H

#include <jansson.h>
#include <stdio.h>

#include "page.h"

/**
 * struct chart - what a Vega-Lite specification is completed with, and how to say it
 * @spec: one of the assets
 * @title: above the chart
 * @rows: what it draws, an array of flat objects; each has a cost
 * @label: key of what names a row in the text that stands for the chart; NULL where
 *	there are too many rows to be told
 * @values: replace strings such as "$unit" of the specification
 *
 * Both JSON values are dropped by chart_put().
 */
struct chart {
	const char *spec;
	const char *title;
	json_t *rows;
	const char *label;
	json_t *values;
};

/* A figure with a place for the chart, which the page's script fills */
void chart_put(struct page *page, struct chart *chart);

/* Charts are many, "small" or "large", and next to one another where there is room. */
void charts_start(struct page *page, const char *size);
void charts_end(struct page *page);

/* What the colours of bars mean; a zero name ends them */
struct legend {
	const char *name;
	const char *text;
};

void chart_legend(struct page *page, const struct legend *legend);

#endif /* CHART_H */
