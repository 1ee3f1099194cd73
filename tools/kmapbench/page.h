/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "compiler.h"
#include "results.h"

/* A file of results, and its text as it was read */
struct page_file {
	const char *path;
	const struct results *results;
	char *text;
	size_t len;
};

/* What is being written */
struct page {
	FILE *out;
	const struct page_file *files;
	size_t nr_files;
	struct results *lanes;	/* of these, the results that are no series; not its own */
	size_t nr_lanes;
	const char *reference;
	unsigned int nr_charts;
};

/*
 * One HTML page with all that @results say, loaded from @paths; it needs no network.
 * Complains and returns an enum status.
 */
int page_save(const char *output, const struct results *results, char *const *paths, size_t nr,
	      const char *reference);

/* Its parts, each with a heading, or nothing where there is nothing to show */
int page_put_lanes(struct page *page);
int page_put_parts(struct page *page);
int page_put_series(struct page *page);
int page_put_samples(struct page *page);
int page_put_cells(struct page *page);
int page_put_environment(struct page *page);
int page_put_files(struct page *page);

/* A heading, and the part that it begins */
void page_start_part(struct page *page, const char *id, const char *heading);
void page_end_part(struct page *page);

/* Lines of text as paragraphs; frees @text */
void page_put_text(struct page *page, const char *class, char *text);

/* Rows that are only looked at on demand */
__printf(2, 3)
void page_start_details(struct page *page, const char *fmt, ...);
void page_end_details(struct page *page);

#endif /* PAGE_H */
