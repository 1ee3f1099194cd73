/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * number_parse() - a whole number within a range, strictly
 * @text: decimal digits or 0x and hexadecimal ones; with @suffixes K or M
 *	(1024, 1024 * 1024) may follow; -1 only where @min allows it
 * @min: least value
 * @max: greatest value
 * @suffixes: whether K and M are allowed
 * @value: out; left alone on failure
 *
 * Returns: whether @text is one.
 */
bool number_parse(const char *text, long long min, long long max, bool suffixes,
		  long long *value);

/* An option's value; complains and returns an enum status if it is not one. */
int number_option(const char *option, const char *text, long long min, long long max,
		  bool suffixes, long long *value);

/**
 * number_list() - an option's values, with commas between them
 * @option: its name
 * @list: what was given
 * @min: least value
 * @max: greatest value
 * @suffixes: whether K and M are allowed
 * @values: out: @nr of them, each once
 * @most: room in @values
 * @nr: out
 *
 * Returns: an enum status, and has complained unless that is STATUS_FINE.
 */
int number_list(const char *option, const char *list, long long min, long long max,
		bool suffixes, long long *values, size_t most, size_t *nr);

/* As number_option(), for seconds with a fraction. */
int seconds_option(const char *option, const char *text, double max, double *value);

/* As number_option(), for percents from @least to 100; @part is the hundredth. */
int percent_option(const char *option, const char *text, double least, double *part);

#endif /* NUMBER_H */
