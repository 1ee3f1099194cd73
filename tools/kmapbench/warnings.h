/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WARNINGS_H
#define WARNINGS_H

#include "observations.h"

/* What to know of samples before anything is concluded from them; bits */
enum warning {
	WARN_FEW_ROUNDS = 1 << 0,
	WARN_FEW_BOOTS = 1 << 1,
	WARN_BIMODAL = 1 << 2,
	WARN_DRIFT = 1 << 3,
	WARN_SINGLE = 1 << 4,	/* operations in a sample */
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

#endif /* WARNINGS_H */
