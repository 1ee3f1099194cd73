// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparisons for people: a table, what to know of it, and a sentence */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boxplot.h"
#include "compare_print.h"
#include "kmapbench.h"
#include "report.h"
#include "table.h"
#include "verdict.h"
#include "warnings.h"

static void print_side(const char *name, const struct side *side, FILE *out)
{
	size_t i;

	fprintf(out, "%s: ", name);
	report_environment(&side->files[0].environment, out);
	for (i = 0; i < side->nr; i++)
		fprintf(out, "%s%s", i ? ", " : "     ", side->paths[i]);
	fputc('\n', out);
}

static void print_heading(const struct comparing *comparing, FILE *out)
{
	if (comparing->reference) {
		print_side("all", comparing->new, out);
		fprintf(out, "reference: %s\n", comparing->reference);
	} else {
		print_side("old", comparing->old, out);
		print_side("new", comparing->new, out);
	}
	fputc('\n', out);
}

static void add_headings(struct table *table, const struct comparing *comparing)
{
	table_add(table, "cell");
	table_add(table, "%s, %s", comparing->reference ?: "old",
		  comparing->old->files[0].environment.unit);
	table_add(table, "%s, %s", comparing->reference ? "this" : "new",
		  comparing->new->files[0].environment.unit);
	table_add(table, "shift");
	table_add(table, "95 %% CI of it");
	table_add(table, "shift, %%");
	table_add(table, "95 %% CI of it");
	table_add(table, "p");
	table_add(table, "n");
	table_add(table, "verdict");
}

static void add_interval(struct table *table, const struct interval *ci,
			 const char *(*format)(double, char *))
{
	char lo[COST_LEN], hi[COST_LEN];

	if (isnan(ci->lo))
		table_add(table, "-");
	else
		table_add(table, "%s .. %s", format(ci->lo, lo), format(ci->hi, hi));
}

static void add_p(struct table *table, const struct comparison *c)
{
	if (c->exact)
		table_add(table, "exact");
	else if (isnan(c->p))
		table_add(table, "-");
	else if (c->p < 0.0001)
		table_add(table, "<0.0001");
	else
		table_add(table, "%.4f", c->p);
}

static void add_row(struct table *table, const struct comparison *c, double threshold)
{
	char text[COST_LEN], sentence[SENTENCE_LEN];

	table_add(table, "%s", c->label);
	table_add(table, "%s", format_cost(c->old.median, text));
	table_add(table, "%s", format_cost(c->new.median, text));
	table_add(table, "%s", format_shift(c->shift, text));
	add_interval(table, &c->shift_ci95, format_shift);
	table_add(table, "%s", format_percent(c->relative, text));
	add_interval(table, &c->relative_ci95, format_percent);
	add_p(table, c);
	table_add(table, "%zu/%zu", c->old.nr, c->new.nr);
	table_add(table, "%s", verdict_sentence(c, threshold, sentence));
}

static int print_table(const struct comparing *comparing, FILE *out,
		       int (*print)(const struct table *table, FILE *out))
{
	const struct comparisons *comparisons = comparing->comparisons;
	struct table table;
	int status;
	size_t i;

	table_init(&table, "lrrrrrrrrl");
	add_headings(&table, comparing);
	for (i = 0; i < comparisons->nr; i++)
		add_row(&table, &comparisons->rows[i], comparisons->threshold);
	status = print(&table, out);
	table_free(&table);
	fputc('\n', out);
	return status;
}

static void print_incomplete(const struct side *side, FILE *out)
{
	size_t i;

	for (i = 0; i < side->nr; i++) {
		if (!side->files[i].complete)
			fprintf(out, "warning: %s: the run was stopped before its end\n",
				side->paths[i]);
	}
}

/* What no number of rounds tells: how much a boot more would change */
static bool lacks_boots(const struct comparisons *comparisons)
{
	size_t i;

	for (i = 0; i < comparisons->nr; i++) {
		const struct comparison *c = &comparisons->rows[i];

		if (!c->exact && (c->old.boots == 1 || c->new.boots == 1))
			return true;
	}
	return false;
}

static void print_notes(const struct comparing *comparing, FILE *out)
{
	const struct comparisons *comparisons = comparing->comparisons;
	struct warned warned = { 0 };
	size_t i;

	print_incomplete(comparing->old, out);
	if (comparing->new != comparing->old)
		print_incomplete(comparing->new, out);
	for (i = 0; i < comparisons->nr; i++)
		warned_add(&warned, comparisons->rows[i].label, comparisons->rows[i].warnings);
	warned_print(&warned, out);
	if (!comparing->reference && lacks_boots(comparisons))
		fputs("note: of one boot: what differs from boot to boot is not in the intervals; "
		      "give files of more with --old and --new\n", out);
	if (comparing->pairs->only_old)
		fprintf(out, "note: %zu cells of old are not in new\n", comparing->pairs->only_old);
	if (comparing->pairs->only_new)
		fprintf(out, "note: %zu cells of new have no partner\n",
			comparing->pairs->only_new);
}

static int print_all(const struct comparing *comparing, FILE *out,
		     int (*print)(const struct table *table, FILE *out))
{
	int status;

	print_heading(comparing, out);
	status = print_table(comparing, out, print);
	print_notes(comparing, out);
	verdict_headline(comparing->comparisons, out);
	return status;
}

void comparing_plot(const struct comparing *comparing, FILE *out)
{
	const char *old = comparing->reference ?: "old";
	const char *new = comparing->reference ? "this" : "new";
	int width = boxplot_width(out);
	size_t i;

	for (i = 0; i < comparing->comparisons->nr; i++) {
		const struct comparison *c = &comparing->comparisons->rows[i];
		const struct box boxes[] = { summary_box(old, &c->old),
					     summary_box(new, &c->new) };

		fprintf(out, "\n%s\n", c->label);
		boxplot_print(boxes, ARRAY_SIZE(boxes), c->unit, width, out);
	}
}

int comparing_print_text(const struct comparing *comparing, FILE *out)
{
	return print_all(comparing, out, table_print);
}

int comparing_print_markdown(const struct comparing *comparing, FILE *out)
{
	return print_all(comparing, out, table_print_markdown);
}
