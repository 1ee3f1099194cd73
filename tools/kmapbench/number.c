// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "number.h"

static bool scale_by_suffix(const char *suffix, long long *number)
{
	int shift = 0;

	if (*suffix == 'K' || *suffix == 'k')
		shift = 10;
	else if (*suffix == 'M' || *suffix == 'm')
		shift = 20;
	if (shift)
		suffix++;
	if (*suffix)
		return false;
	return !__builtin_mul_overflow(*number, 1LL << shift, number);
}

bool number_parse(const char *text, long long min, long long max, bool suffixes,
		  long long *value)
{
	const char *digits = *text == '-' && min < 0 ? text + 1 : text;
	long long number;
	char *end;

	/* strtoll() would take blanks and a sign as well. */
	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	number = strtoll(text, &end, !strncmp(digits, "0x", 2) ? 16 : 10);
	if (errno || (*end && !suffixes) || !scale_by_suffix(end, &number))
		return false;
	if (number < min || number > max)
		return false;
	*value = number;
	return true;
}

int number_option(const char *option, const char *text, long long min, long long max,
		  bool suffixes, long long *value)
{
	if (number_parse(text, min, max, suffixes, value))
		return STATUS_FINE;
	return fail(STATUS_USAGE,
		    suffixes ? "sizes may end in K or M, as in 4K" : "give a decimal number",
		    "--%s %s: not a number from %lld to %lld", option, text, min, max);
}

int seconds_option(const char *option, const char *text, double max, double *value)
{
	double number;
	char *end;

	errno = 0;
	number = strtod(text, &end);
	if (isdigit((unsigned char)*text) && !*end && !errno && number > 0 && number <= max) {
		*value = number;
		return STATUS_FINE;
	}
	return fail(STATUS_USAGE, "give a number of seconds, as in 0.5",
		    "--%s %s: not above 0 and up to %.0f", option, text, max);
}

int percent_option(const char *option, const char *text, double least, double *part)
{
	double percent;
	char *end;

	percent = strtod(text, &end);
	if (*end == '%')
		end++;
	if (isdigit((unsigned char)*text) && !*end && percent >= least && percent <= 100) {
		*part = percent / 100;
		return STATUS_FINE;
	}
	return fail(STATUS_USAGE, "give percents, as in 2%", "--%s %s: not from %g to 100", option,
		    text, least);
}

static bool has_value(const long long *values, size_t nr, long long value)
{
	while (nr--) {
		if (values[nr] == value)
			return true;
	}
	return false;
}

int number_list(const char *option, const char *list, long long min, long long max,
		bool suffixes, long long *values, size_t most, size_t *nr)
{
	const char *end;
	char text[32];
	long long value;
	int status;

	*nr = 0;
	for (;; list = end + 1) {
		end = strchrnul(list, ',');
		snprintf(text, sizeof(text), "%.*s", (int)(end - list), list);
		status = number_option(option, text, min, max, suffixes, &value);
		if (status)
			return status;
		if (has_value(values, *nr, value))
			return fail(STATUS_USAGE, "give each value once", "--%s: %lld twice",
				    option, value);
		if (*nr == most)
			return fail(STATUS_USAGE, "measure them in several runs",
				    "--%s: more than %zu values", option, most);
		values[(*nr)++] = value;
		if (!*end)
			return STATUS_FINE;
	}
}
