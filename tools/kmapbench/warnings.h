/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARNINGS_H
#define WARNINGS_H

#include <stdio.h>

#include "observations.h"

/* What to know of samples before anything is concluded from them; bits */
enum warning {
	WARN_FEW_ROUNDS = 1 << 0,
	WARN_FEW_BOOTS = 1 << 1,
	WARN_BIMODAL = 1 << 2,
	WARN_DRIFT = 1 << 3,
	WARN_SINGLE = 1 << 4,	/* operations in a sample */
	NR_WARNINGS = 5,
};

/* Fewer a side cannot be told apart by their ranks at 5 %. */
#define LEAST_ROUNDS	4

struct warning_text {
	enum warning warning;
	const char *key;	/* in JSON */
	const char *text;
	const char *advice;
};

extern const struct warning_text warning_texts[];	/* ends with a zero warning */

/* Those that samples alone give rise to */
unsigned int warnings_of(const struct observations *obs);

/* Those that how it was measured gives rise to */
unsigned int warnings_of_result(const struct result *result);

#define WARNED_LABEL_LEN	(2 * RESULT_LABEL_LEN + 8)

/* Cells that there are warnings about: how many, and the first of them, for each */
struct warned {
	size_t nr[NR_WARNINGS];
	char first[NR_WARNINGS][WARNED_LABEL_LEN];
};

/* A cell, about which there are none or some */
void warned_add(struct warned *warned, const char *label, unsigned int warnings);

/* Each warning once, in a line, with the cells that it is about */
void warned_print(const struct warned *warned, FILE *out);

#endif /* WARNINGS_H */
