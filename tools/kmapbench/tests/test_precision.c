// SPDX-License-Identifier: GPL-2.0-or-later
/* When a run has enough: how well medians are known, and how often that is asked. */
#include <math.h>

#include "harness.h"
#include "precision.h"
#include "random.h"

#define PER_ROUND	5
#define RUNS		100

static struct random randomness = { 1 };

static struct result *add_cell(struct results *results)
{
	struct result *result = results_append(results);

	result->params.iterations = 101;
	return result;
}

/* One more, whose samples scatter by @noise as the round itself does */
static void add_round(struct result *result, long long round, double cost, double noise)
{
	int i;

	cost += noise * random_normal(&randomness);
	for (i = 0; i < PER_ROUND; i++)
		check(result_append_sample(result, cost + noise * random_normal(&randomness),
					   round, 0));
}

static struct precision find(long long rounds, double cost, double noise, long long resolution)
{
	const struct clock clock = { resolution, 0 };
	struct results results = { 0 };
	struct result *result = add_cell(&results);
	struct precision precision;
	long long i;

	for (i = 0; i < rounds; i++)
		add_round(result, i, cost, noise);
	check(precision_find(&precision, result, &clock, 0.01));
	results_free(&results);
	return precision;
}

static void test_agreement(void)
{
	check(isinf(find(3, 250, 0, 1).half));
	check(find(4, 250, 0, 1).half == 0);
	check(find(4, 250, 0, 1).median == 250);
}

static void test_scatter(void)
{
	double few, many;

	check(isinf(find(0, 250, 1, 1).half));
	check(isinf(find(9, 250, 1, 1).half));
	few = find(10, 250, 1, 1).half;
	many = find(160, 250, 1, 1).half;
	check(few > 0.3 && few < 2);
	check(many > few / 8 && many < few / 2);
}

/* Nothing that the clock, or a table, cannot show is waited for. */
static void test_floor(void)
{
	check(find(4, 250, 0, 1).wanted == 2.5);
	check(find(4, 0.5, 0, 1).wanted == 0.01);
	check(find(4, -0.1, 0, 0).wanted == 0.01);
	check(find(4, 250, 0, 1000).wanted == 10);
	check(find(20, 0, 0.01, 1).half < 0.01);
}

static void test_looks(void)
{
	struct results results = { 0 };
	struct goal goal = { .part = 0.01 };
	long long rounds, looks = 0;

	check(!goal_is_due(&(struct goal){ 0 }, 1000, 1000));
	check(!goal_is_due(&goal, 3, 1000) && goal_is_due(&goal, 4, 0));
	for (rounds = 1; rounds <= 100000; rounds++) {
		if (!goal_is_due(&goal, rounds, rounds))
			continue;
		looks++;
		check(goal_look(&goal, &results, rounds, rounds));
	}
	check(looks > 20 && looks < 60);
	check(!goal_is_due(&goal, 1000000, goal.next_seconds - 0.001));
	goal_free(&goal);
}

/* Whether the interval at the end holds what the median would be of all rounds */
static bool run_holds(long long *rounds)
{
	struct goal goal = { .part = 0.004 };
	struct results results = { 0 };
	struct result *result = add_cell(&results);
	bool holds;

	for (*rounds = 0; !goal_is_reached(&goal) && *rounds < 1000;) {
		add_round(result, (*rounds)++, 250, 1.5);
		if (goal_is_due(&goal, *rounds, *rounds))
			check(goal_look(&goal, &results, *rounds, *rounds));
	}
	check(goal_is_reached(&goal));
	holds = fabs(goal.cells[0].median - 250) <= goal.cells[0].half;
	goal_free(&goal);
	results_free(&results);
	return holds;
}

/* Who stops as soon as the interval is narrow stops where it is too narrow by chance. */
static void test_coverage(void)
{
	long long rounds, most = 0;
	int i, held = 0;

	for (i = 0; i < RUNS; i++) {
		held += run_holds(&rounds);
		most = rounds > most ? rounds : most;
	}
	printf("# %d of %d intervals held the median, of up to %lld rounds\n", held, RUNS, most);
	check(held >= 0.9 * RUNS);
	check(most > 10 && most < 100);
}

static void test_seconds(void)
{
	struct precision cells[] = { { 100, 0.5, 1, 0.01 }, { 100, 2, 1, 0.01 } };
	struct goal goal = { .part = 0.01, .cells = cells, .nr = 2, .missed = 1, .rounds = 20,
			     .seconds = 3 };

	check(isinf(goal_seconds(&(struct goal){ 0 })));
	check(goal_worst(&goal) == 1);
	check(goal_seconds(&goal) == 12);
	cells[0].half = INFINITY;
	check(goal_worst(&goal) == 0);
	check(goal_seconds(&goal) == 3);
}

int main(void)
{
	harness_run("what agrees is known at once", test_agreement);
	harness_run("what scatters takes rounds", test_scatter);
	harness_run("nothing finer than can be told", test_floor);
	harness_run("looks are few", test_looks);
	harness_run("intervals hold the median all the same", test_coverage);
	harness_run("how long it may take", test_seconds);
	return harness_end();
}
