/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RESULTS_FILE_H
#define RESULTS_FILE_H

#include <jansson.h>

#include "results.h"

/* A place for results that is known to be writable before any are measured */
struct results_file {
	const char *path;	/* as given; "-" is stdout */
	char *target;		/* what @temporary replaces, NULL without one */
	char *temporary;
	int fd;
};

int results_file_open(struct results_file *file, const char *path);

/* Writes, syncs and renames; on failure what was there before stays. */
int results_file_save(struct results_file *file, const struct results *results);

/* Without a save: leaves no trace. */
void results_file_close(struct results_file *file);

#define RESULTS_LOAD_ADVICE	"give files that `kmapbench run --json' wrote"

/* Complains with the file's name and the reason, and returns an enum status. */
int results_load(struct results *results, const char *path);

/* The environment alone, as an object and a newline on stdout */
int environment_print_json(const struct environment *environment);

/* As it stands in a file */
json_t *environment_json(const struct environment *environment);

#endif /* RESULTS_FILE_H */
