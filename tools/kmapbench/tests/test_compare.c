// SPDX-License-Identifier: GPL-2.0-or-later
/* What is concluded from samples, and above all what is not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "harness.h"
#include "kmapbench.h"
#include "random.h"
#include "verdict.h"
#include "warnings.h"

#define MAX_BOOTS	8

/* What a kernel's samples are like: the standard deviations of three levels */
struct model {
	double mean, boot, round, sample;
	size_t boots, rounds, samples;
};

static struct random randomness = { 1 };
static struct result *old_boots[MAX_BOOTS], *new_boots[MAX_BOOTS];

static double noise(double deviation)
{
	/* Finer than the steps of random_normal(), so that there are no ties */
	return deviation * (random_normal(&randomness) + random_below(&randomness, 1 << 16) /
			    (4.0 * (1 << 16)));
}

static struct result *make_boot(struct results *results, const struct model *model)
{
	struct result *result = results_append(results);
	double boot = model->mean + noise(model->boot), round;
	size_t i, j;

	strcpy(result->cell, "kmap.none.task.high");
	strcpy(result->unit, "instructions");
	result->params.iterations = 100;
	for (i = 0; i < model->rounds; i++) {
		round = boot + noise(model->round);
		for (j = 0; j < model->samples; j++)
			check(result_append_sample(result, round + noise(model->sample), i, 0));
	}
	return result;
}

static struct results boots_of_tests[2 * MAX_BOOTS];

static struct rows make_rows(struct result **boots, struct results *results,
			     const struct model *model)
{
	size_t i;

	for (i = 0; i < model->boots; i++)
		boots[i] = make_boot(&results[i], model);
	return (struct rows){ (const struct result **)boots, model->boots };
}

/* The only row of a comparison of two models */
static struct comparison compare_models(const struct model *old, const struct model *new,
					double threshold)
{
	struct pair pair = {
		.old = make_rows(old_boots, boots_of_tests, old),
		.new = make_rows(new_boots, boots_of_tests + MAX_BOOTS, new),
	};
	struct pairs pairs = { .pairs = &pair, .nr = 1 };
	struct comparisons comparisons;
	struct comparison c;
	size_t i;

	pair.first_old = old_boots[0];
	pair.first_new = new_boots[0];
	check(!compare_pairs(&comparisons, &pairs, threshold));
	c = comparisons.rows[0];
	c.unit = "instructions";
	comparisons_free(&comparisons);
	for (i = 0; i < 2 * MAX_BOOTS; i++)
		results_free(&boots_of_tests[i]);
	return c;
}

static bool reads(const struct comparison *c, double threshold, const char *expected)
{
	char text[SENTENCE_LEN];

	if (!strcmp(verdict_sentence(c, threshold, text), expected))
		return true;
	printf("# it is: %s\n", text);
	return false;
}

static bool starts(const struct comparison *c, const char *expected)
{
	char text[SENTENCE_LEN];

	verdict_sentence(c, 0, text);
	if (!strncmp(text, expected, strlen(expected)))
		return true;
	printf("# it is: %s\n", text);
	return false;
}

static void test_exact(void)
{
	const struct model of_252 = { 252, .boots = 1, .rounds = 3, .samples = 3 };
	struct model other = of_252;
	struct comparison c;

	c = compare_models(&of_252, &other, 0);
	check(c.verdict == VERDICT_SAME && reads(&c, 0, "same: all samples agree"));
	other.mean = 253;
	c = compare_models(&of_252, &other, 0);
	check(c.exact && c.shift == 1 && c.shift_ci95.lo == 1 && c.shift_ci95.hi == 1);
	check(c.verdict == VERDICT_SLOWER && reads(&c, 0, "slower: +1 instruction"));
	check(isnan(c.p) && !c.warnings && c.superiority == 1);
	c = compare_models(&of_252, &other, 0.02);
	check(c.verdict == VERDICT_SAME && reads(&c, 0.02, "same within 2 %: +1 instruction"));
	other.mean = 249.5;
	c = compare_models(&of_252, &other, 0);
	check(c.verdict == VERDICT_FASTER && reads(&c, 0, "faster: -2.5 instructions"));
	/* A single sample shows nothing about the next. */
	other.rounds = 1;
	other.samples = 1;
	c = compare_models(&of_252, &other, 0);
	check(!c.exact && c.verdict == VERDICT_UNPROVEN);
	check(reads(&c, 0, "no difference proven, and none excluded"));
	other.rounds = 0;
	c = compare_models(&of_252, &other, 0);
	check(c.verdict == VERDICT_UNKNOWN && reads(&c, 0, "no samples"));
}

static void test_difference(void)
{
	const struct model old = { 100, 0, 0.5, 1, 1, 10, 5 };
	struct model new = old;
	struct comparison c;

	new.mean = 103;
	c = compare_models(&old, &new, 0);
	check(c.verdict == VERDICT_SLOWER && starts(&c, "slower, by "));
	check(c.shift_ci95.lo > 1 && c.shift_ci95.hi < 5);
	check(c.shift_ci95.lo < c.shift && c.shift < c.shift_ci95.hi);
	check(fabs(c.relative - c.shift / c.old.median) < 1 / 1e9 && fabs(c.ratio - 1.03) < 0.01);
	check(c.old.ci95.lo < c.old.median && c.old.median < c.old.ci95.hi);
	check(c.p < 0.01 && c.superiority > 0.9);
	c = compare_models(&new, &old, 0);
	check(c.verdict == VERDICT_FASTER && c.shift < 0 && starts(&c, "faster, by "));
	c = compare_models(&old, &new, 0.1);
	check(c.verdict == VERDICT_SAME && reads(&c, 0.1, "same within 10 %"));
	c = compare_models(&old, &old, 0);
	check(c.verdict == VERDICT_UNPROVEN && starts(&c, "no difference proven; larger than "));
}

/* However many samples a round has, where its pages lie is one throw of the dice. */
static void test_rounds_are_not_samples(void)
{
	const struct model model = { 100, 0, 5, 0.1, 1, 10, 20 };
	int i, wrong = 0, missed = 0;
	struct comparison c;

	for (i = 0; i < 60; i++) {
		c = compare_models(&model, &model, 0);
		wrong += c.verdict != VERDICT_UNPROVEN;
		missed += c.shift_ci95.lo > 0 || c.shift_ci95.hi < 0;
	}
	printf("# of 60 %d differ, %d intervals miss\n", wrong, missed);
	check(wrong <= 6 && missed <= 7);
}

static void test_boots_are_not_rounds(void)
{
	const struct model model = { 100, 5, 0.1, 0.1, 4, 5, 3 };
	int i, wrong = 0;

	for (i = 0; i < 40; i++)
		wrong += compare_models(&model, &model, 0).verdict != VERDICT_UNPROVEN;
	printf("# of 40 %d differ\n", wrong);
	check(wrong <= 5);
}

static void test_warnings(void)
{
	const struct model good = { 100, 0, 1, 1, 1, 10, 5 };
	struct model model = good;
	struct observations obs;
	double values[100];
	long long rounds[100];
	size_t i;

	check(!compare_models(&good, &good, 0).warnings);
	model.rounds = 3;
	check(compare_models(&good, &model, 0).warnings == WARN_FEW_ROUNDS);
	model = good;
	model.boots = 2;
	check(compare_models(&good, &model, 0).warnings == WARN_FEW_BOOTS);
	for (i = 0; i < 100; i++) {
		rounds[i] = i / 10;
		values[i] = 100 + i / 10 % 2 * 3 + noise(0.05);
	}
	check(observations_make(&obs, &(struct boot){ values, rounds, 100 }, 1));
	check(warnings_of(&obs) == WARN_BIMODAL);
	observations_free(&obs);
	for (i = 0; i < 100; i++)
		values[i] = 100 + i / 10 * 0.1 + noise(0.05);
	check(observations_make(&obs, &(struct boot){ values, rounds, 100 }, 1));
	check(warnings_of(&obs) == WARN_DRIFT);
	observations_free(&obs);
}

int main(void)
{
	harness_run("samples that agree", test_exact);
	harness_run("samples that differ", test_difference);
	harness_run("rounds are not samples", test_rounds_are_not_samples);
	harness_run("boots are not rounds", test_boots_are_not_rounds);
	harness_run("warnings", test_warnings);
	return harness_end();
}
