// SPDX-License-Identifier: GPL-2.0-or-later
/* How boxes look, above all those that have no width. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boxplot.h"
#include "harness.h"

static bool draws(const struct box *boxes, size_t nr, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool same;

	boxplot_print(boxes, nr, "ns", 26, out);
	fclose(out);
	same = !strcmp(text, expected);
	if (!same)
		printf("# drawn:\n%s", text);
	free(text);
	return same;
}

static void test_box(void)
{
	const struct box boxes[] = {
		{ "old", 0, 5, 10, 12, 20 },
		{ "new", 2, 2, 2, 4, 8 },
	};

	check(draws(boxes, 2,
		    "old  |----[====#=]-------|\n"
		    "new    #=]---|\n"
		    "     0.00         20.00 ns\n"));
}

static void test_point(void)
{
	const struct box boxes[] = {
		{ "old", 0, 0, 0, 0, 0 },
		{ "new", 20, 20, 20, 20, 20 },
	};

	check(draws(boxes, 2,
		    "old  #\n"
		    "new                      #\n"
		    "     0.00         20.00 ns\n"));
}

static void test_all_agree(void)
{
	const struct box boxes[] = {
		{ "old", 7, 7, 7, 7, 7 },
		{ "new", 7, 7, 7, 7, 7 },
	};

	check(draws(boxes, 2,
		    "old            #\n"
		    "new            #\n"
		    "               7.00 ns\n"));
}

static void test_no_samples(void)
{
	const struct box boxes[] = {
		{ "old", NAN, NAN, NAN, NAN, NAN },
		{ "new", 7, 7, 7, 7, 7 },
	};

	check(draws(boxes, 1, "old  no samples\n"));
	check(draws(boxes, 2,
		    "old  no samples\n"
		    "new            #\n"
		    "               7.00 ns\n"));
}

static void test_extremes(void)
{
	const struct box boxes[] = {
		{ "old", -1e18, 0, 1, 2, 1e18 },
	};

	check(draws(boxes, 1,
		    "old  |---------#---------|\n"
		    "     -1000000000000000000 1000000000000000000 ns\n"));
}

int main(void)
{
	harness_run("boxes", test_box);
	harness_run("samples that agree on each side", test_point);
	harness_run("samples that all agree", test_all_agree);
	harness_run("no samples", test_no_samples);
	harness_run("extremes", test_extremes);
	return harness_end();
}
