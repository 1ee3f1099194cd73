// SPDX-License-Identifier: GPL-2.0-or-later
/* What is taken for a number on the command line, and what is not. */
#include <limits.h>
#include <stddef.h>

#include "compiler.h"
#include "harness.h"
#include "number.h"

static bool is(const char *text, bool suffixes, long long expected)
{
	long long value = -7;

	return number_parse(text, -1, LLONG_MAX, suffixes, &value) && value == expected;
}

static void test_numbers(void)
{
	check(is("0", false, 0));
	check(is("42", false, 42));
	check(is("010", false, 10));
	check(is("0x1f", false, 31));
	check(is("-1", false, -1));
	check(is("9223372036854775807", false, LLONG_MAX));
}

static void test_suffixes(void)
{
	check(is("4K", true, 4096));
	check(is("1M", true, 1 << 20));
	check(is("3k", true, 3072));
	check(!is("4K", false, 4096));
}

static void test_rubbish(void)
{
	static const char *const rubbish[] = {
		"", " 1", "1 ", "+1", "-2", "--1", "1.5", "4.5K", "K", "4KB", "4KK", "1e3", "x",
		"0xg", "9223372036854775808", "9007199254740992K",
		/* Cut to 64 bits that would be 1K */
		"18014398509481985K", "-",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rubbish); i++) {
		long long value = -7;
		bool parsed = number_parse(rubbish[i], -1, LLONG_MAX, true, &value);

		if (parsed)
			printf("# `%s' was taken for %lld\n", rubbish[i], value);
		check(!parsed && value == -7);
	}
}

static void test_range(void)
{
	long long value = -7;

	check(!number_parse("0", 1, 10, false, &value));
	check(!number_parse("11", 1, 10, false, &value));
	check(!number_parse("-1", 0, 10, false, &value));
	check(!number_parse("1K", 1, 1023, true, &value));
	check(value == -7);
	check(number_parse("1", 1, 10, false, &value) && value == 1);
	check(number_parse("10", 1, 10, false, &value) && value == 10);
}

static void test_percents(void)
{
	static const char *const rubbish[] = {
		"", "soon", "-1", "0.001", "101", "1%%", "nan", "%",
	};
	double part = -7;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rubbish); i++)
		check(percent_option("x", rubbish[i], 0.01, &part) && part == -7);
	check(!percent_option("x", "2%", 0.01, &part) && part == 0.02);
	check(!percent_option("x", "0", 0, &part) && part == 0);
	check(!percent_option("x", "100", 0, &part) && part == 1);
}

static void test_lists(void)
{
	static const char *const rubbish[] = {
		"", ",", "1,", ",1", "1,,2", "1,1", "1,0x1", "0", "11", "1 ,2", "1,2,3,4",
	};
	long long values[3];
	size_t nr, i;

	for (i = 0; i < ARRAY_SIZE(rubbish); i++)
		check(number_list("x", rubbish[i], 1, 10, false, values, 3, &nr));
	check(!number_list("x", "7", 1, 10, false, values, 3, &nr) && nr == 1 && values[0] == 7);
	check(!number_list("x", "3,1,2", 1, 10, false, values, 3, &nr) && nr == 3);
	check(values[0] == 3 && values[1] == 1 && values[2] == 2);
	check(!number_list("x", "1K,2", 1, 1024, true, values, 3, &nr) && values[0] == 1024);
}

int main(void)
{
	harness_run("numbers", test_numbers);
	harness_run("suffixes", test_suffixes);
	harness_run("rubbish", test_rubbish);
	harness_run("range", test_range);
	harness_run("percents", test_percents);
	harness_run("lists", test_lists);
	return harness_end();
}
