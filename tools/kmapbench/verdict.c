// SPDX-License-Identifier: GPL-2.0-or-later
/* What comparisons say, in words */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "environment.h"
#include "verdict.h"

const char *format_percent(double part, char text[COST_LEN])
{
	double percent = 100 * part;

	if (isnan(part))
		return strcpy(text, "-");
	/* No minus zero */
	if (fabs(percent) < 0.005)
		percent = 0;
	snprintf(text, COST_LEN, fabs(percent) < 10 ? "%+.2f %%" : "%+.1f %%", percent);
	return text;
}

const char *format_shift(double shift, char text[COST_LEN])
{
	char cost[COST_LEN];

	format_cost(shift, cost);
	snprintf(text, COST_LEN, "%s%.*s", shift >= 0.005 ? "+" : "", COST_LEN - 2, cost);
	return text;
}

/* An exact difference has all of its digits: "+1 instruction" */
static void say_exactly(const struct comparison *c, char *text, size_t size)
{
	bool one = !strcmp(c->unit, UNIT_INSTRUCTIONS) && fabs(c->shift) == 1;

	snprintf(text, size, "%+.6g %.*s", c->shift, (int)strlen(c->unit) - one, c->unit);
}

/* Without a sign: a range has one direction, which the verdict names. */
static const char *say_size(const struct comparison *c, double size, double part,
			    char text[COST_LEN])
{
	char cost[COST_LEN];

	if (isnan(part))
		snprintf(text, COST_LEN, "%.*s %.15s", COST_LEN - 17,
			 format_cost(fabs(size), cost), c->unit);
	else
		snprintf(text, COST_LEN, "%s", format_percent(fabs(part), cost) + 1);
	return text;
}

static void say_range(const struct comparison *c, char *text, size_t size)
{
	const struct interval *ci = &c->shift_ci95, *part = &c->relative_ci95;
	char least[COST_LEN], most[COST_LEN];
	bool up = ci->lo > 0;

	say_size(c, up ? ci->lo : ci->hi, up ? part->lo : part->hi, least);
	say_size(c, up ? ci->hi : ci->lo, up ? part->hi : part->lo, most);
	snprintf(text, size, "%s, by %s%s%s", verdict_names[c->verdict], least,
		 strcmp(least, most) ? " to " : "", strcmp(least, most) ? most : "");
}

static void say_unproven(const struct comparison *c, char *text, size_t size)
{
	const struct interval *ci = &c->shift_ci95, *part = &c->relative_ci95;
	char most[COST_LEN];

	if (isnan(ci->lo))
		snprintf(text, size, "no difference proven, and none excluded");
	else
		snprintf(text, size, "no difference proven; larger than %s excluded",
			 say_size(c, fmax(-ci->lo, ci->hi), fmax(-part->lo, part->hi), most));
}

const char *verdict_sentence(const struct comparison *c, double threshold,
			     char text[SENTENCE_LEN])
{
	char exactly[SENTENCE_LEN / 2];

	say_exactly(c, exactly, sizeof(exactly));
	switch (c->verdict) {
	case VERDICT_SLOWER:
	case VERDICT_FASTER:
		if (c->exact)
			snprintf(text, SENTENCE_LEN, "%s: %s", verdict_names[c->verdict], exactly);
		else
			say_range(c, text, SENTENCE_LEN);
		break;
	case VERDICT_SAME:
		if (c->exact && !c->shift)
			snprintf(text, SENTENCE_LEN, "same: all samples agree");
		else
			snprintf(text, SENTENCE_LEN, "same within %g %%%s%s", 100 * threshold,
				 c->exact ? ": " : "", c->exact ? exactly : "");
		break;
	case VERDICT_UNPROVEN:
		say_unproven(c, text, SENTENCE_LEN);
		break;
	case VERDICT_NOT_RANKED:
		snprintf(text, SENTENCE_LEN, "not ranked: only one of them maps");
		break;
	default:
		snprintf(text, SENTENCE_LEN, "no samples");
	}
	return text;
}

/* The cell that differs most, of those that do */
static const struct comparison *find_largest(const struct comparisons *comparisons)
{
	const struct comparison *largest = NULL;
	size_t i;

	for (i = 0; i < comparisons->nr; i++) {
		const struct comparison *c = &comparisons->rows[i];

		if (c->verdict != VERDICT_SLOWER && c->verdict != VERDICT_FASTER)
			continue;
		if (!largest || fabs(c->relative) > fabs(largest->relative))
			largest = c;
	}
	return largest;
}

void verdict_headline(const struct comparisons *comparisons, FILE *out)
{
	const struct comparison *largest = find_largest(comparisons);
	const size_t *count = comparisons->count;
	size_t others = count[VERDICT_UNKNOWN] + count[VERDICT_NOT_RANKED];
	char sentence[SENTENCE_LEN], percent[COST_LEN];

	fprintf(out, "Of %zu cells %zu are slower, %zu faster and %zu the same", comparisons->nr,
		count[VERDICT_SLOWER], count[VERDICT_FASTER], count[VERDICT_SAME]);
	fprintf(out, "; for %zu no difference is proven", count[VERDICT_UNPROVEN]);
	if (others)
		fprintf(out, ", and %zu cannot be compared", others);
	fputs(".\n", out);
	if (largest)
		fprintf(out, "The largest difference: %s is %s.\n", largest->label,
			verdict_sentence(largest, comparisons->threshold, sentence));
	if (!isnan(comparisons->geometric_mean))
		fprintf(out, "Geometric mean of the ratios of medians, of %zu cells: %.4f (%s).\n",
			comparisons->nr_ratios, comparisons->geometric_mean,
			format_percent(comparisons->geometric_mean - 1, percent));
}
