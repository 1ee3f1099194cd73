/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RESULTS_SCAN_H
#define RESULTS_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Arrays of results that hold a number for each sample, in the order of their names */
enum column_kind {
	COLUMN_SAMPLES,
	COLUMN_ROUNDS,
	COLUMN_THREADS,
	NR_COLUMNS,
};

extern const char *const column_names[NR_COLUMNS + 1];

/* One of them: reals if they are samples, else integers */
struct column {
	enum column_kind kind;
	double *reals;
	long long *integers;
	size_t nr;
};

struct lines {
	size_t *of;
	size_t nr;
};

#define SCAN_BUFFER	65536

/* A file on its way into jansson */
struct scan {
	FILE *file;
	size_t line;			/* being read; 0 if the file cannot be read */
	/* Taken out, as jansson makes an object of each number; it gets [index] instead */
	struct column *columns;
	size_t nr_columns;
	struct lines results;		/* that each entry begins on */
	struct lines illegal;
	size_t environment;		/* line */
	char why[128];			/* an error that is not jansson's, else empty */

	/* Where in the JSON this is */
	unsigned int depth;
	bool in_string;
	bool escaped;
	char key[16];			/* the last one, or the beginning of it */
	size_t key_len;
	struct lines *entries;		/* of the array that this is in, or NULL */

	/* What jansson is to have before the file goes on */
	char pending[32];
	size_t handed;
	size_t newlines;

	unsigned char buffer[SCAN_BUFFER];
	size_t next;
	size_t filled;
};

/* NULL on errors: @scan's if it has one, else in @error. */
json_t *scan_load(struct scan *scan, FILE *file, json_error_t *error);

/*
 * What stands for @json if it is of that kind, else NULL. Who takes the numbers
 * away leaves NULL, and no number, to those who come again.
 */
struct column *scan_take(struct scan *scan, const json_t *json, enum column_kind kind);

void scan_free(struct scan *scan);

#endif /* RESULTS_SCAN_H */
