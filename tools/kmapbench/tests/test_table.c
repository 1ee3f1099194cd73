// SPDX-License-Identifier: GPL-2.0-or-later
/* How tables and costs look. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "table.h"

static bool prints_by(int (*print)(const struct table *table, FILE *out), struct table *table,
		      const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool same;

	print(table, out);
	fclose(out);
	same = !strcmp(text, expected);
	if (!same)
		printf("# printed: %s\n", text);
	free(text);
	table_free(table);
	return same;
}

static bool prints(struct table *table, const char *expected)
{
	return prints_by(table_print, table, expected);
}

static void fill(struct table *table, const char *field)
{
	table_init(table, "lr");
	table_add(table, "cell");
	table_add(table, "n");
	table_add(table, "%s", field);
	table_add(table, "7");
}

static void test_markdown(void)
{
	struct table table;

	fill(&table, "a|b");
	check(prints_by(table_print_markdown, &table,
			"| cell | n |\n| :-- | --: |\n| a\\|b | 7 |\n"));
}

static void test_csv(void)
{
	struct table table;

	fill(&table, "plain");
	check(prints_by(table_print_csv, &table, "cell,n\nplain,7\n"));
	fill(&table, "a \"b\", c");
	check(prints_by(table_print_csv, &table, "cell,n\n\"a \"\"b\"\", c\",7\n"));
}

static void test_alignment(void)
{
	struct table table;

	table_init(&table, "lrl");
	table_add(&table, "cell");
	table_add(&table, "n");
	table_add(&table, "note");
	table_add(&table, "kmap");
	table_add(&table, "%d", 1000);
	table_add(&table, "%s", "");
	check(prints(&table, "cell     n  note\nkmap  1000\n"));
}

static void test_no_blanks_at_the_end(void)
{
	struct table table;

	table_init(&table, "ll");
	table_add(&table, "long one");
	table_add(&table, "%s", "");
	table_add(&table, "%s", "");
	table_add(&table, "x");
	check(prints(&table, "long one\n          x\n"));
}

static bool looks(double cost, const char *expected)
{
	char text[COST_LEN];

	return !strcmp(format_cost(cost, text), expected);
}

static void test_costs(void)
{
	check(looks(0, "0.00"));
	check(looks(-0.001, "0.00"));
	check(looks(2.5, "2.50"));
	check(looks(270.04, "270.0"));
	check(looks(12345.6, "12346"));
	check(looks(-270.06, "-270.1"));
	check(looks(NAN, "-"));
}

int main(void)
{
	harness_run("alignment", test_alignment);
	harness_run("no blanks at the end of a line", test_no_blanks_at_the_end);
	harness_run("Markdown", test_markdown);
	harness_run("CSV", test_csv);
	harness_run("costs", test_costs);
	return harness_end();
}
