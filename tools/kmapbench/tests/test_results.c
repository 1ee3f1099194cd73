// SPDX-License-Identifier: GPL-2.0-or-later
/* Results survive being written and read, and follow from their samples. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "harness.h"
#include "kmapbench.h"
#include "results_file.h"

#define TEMPLATE	P_tmpdir "/test_results.XXXXXX"

static char path[sizeof(TEMPLATE)], path_of_errors[sizeof(TEMPLATE) + 4];

static void add(struct results *results, const char *map, const char *pages, double first)
{
	struct result *result = results_append(results);
	int i;

	snprintf(result->cell, sizeof(result->cell), "%s.none.task.%s", map, pages);
	strcpy(result->map, map);
	strcpy(result->copy, "none");
	strcpy(result->context, "task");
	strcpy(result->pages, pages);
	strcpy(result->expr, "an \"expression\" \\ with \xc3\xa9");
	strcpy(result->mapping, "page_table");
	strcpy(result->unit, "ns");
	result->params.node = -1;
	result->params.seed = 9007199254740993LL;
	result->counters.bytes = 1LL << 40;
	for (i = 0; i < 9; i++)
		result_append_sample(result, first + i, i / 3, i % 2);
}

static void make(struct results *results)
{
	memset(results, 0, sizeof(*results));
	strcpy(results->tool_version, "0");
	strcpy(results->created, "2000-01-01T00:00:00Z");
	strcpy(results->environment.unit, "ns");
	results->environment.config = KMB_KERNEL_HIGHMEM | KMB_KERNEL_PAE;
	results->environment.clock.cost_ns = 17;
	results->complete = true;
	add(results, "none", "high", 2);
	add(results, "kmap", "high", 320.25);
	add(results, "kmap", "low", 80);
	strcpy(results_append_illegal(results)->cell, "kmap.none.irq_off.low");
	results_summarize(results);
}

static void test_summary(void)
{
	struct results results;

	make(&results);
	check(results.results[0].median == 6);
	check(results.results[1].median == 324.25);
	check(results.results[1].beyond_none == 318.25);
	check(results.results[0].beyond_none == 0);
	check(results.results[1].ci95.lo == 321.25 && results.results[1].ci95.hi == 327.25);
	/* There is no loop over low pages to compare with. */
	check(isnan(results.results[2].beyond_none));
	check(results_baseline(&results, &results.results[1]) == &results.results[0]);
	strcpy(results.results[0].context, "irq_off");
	check(!results_baseline(&results, &results.results[1]));
	strcpy(results.results[0].context, "task");
	check(results_baseline(&results, &results.results[1]));
	results.results[1].params.pool = 1;
	check(!results_baseline(&results, &results.results[1]));
	results_free(&results);
}

static void compare(const struct result *a, const struct result *b)
{
	check(!strcmp(a->cell, b->cell) && !strcmp(a->expr, b->expr));
	check(!strcmp(a->source, b->source) && !strcmp(a->mapping, b->mapping));
	check(a->median == b->median && a->ci95.lo == b->ci95.lo && a->ci95.hi == b->ci95.hi);
	check(a->beyond_none == b->beyond_none ||
	      (isnan(a->beyond_none) && isnan(b->beyond_none)));
	check(!memcmp(&a->params, &b->params, sizeof(a->params)));
	check(!memcmp(&a->counters, &b->counters, sizeof(a->counters)));
	check(a->nr_samples == b->nr_samples);
	check(!memcmp(a->samples, b->samples, a->nr_samples * sizeof(*a->samples)));
	check(!memcmp(a->rounds, b->rounds, a->nr_samples * sizeof(*a->rounds)));
	check(!memcmp(a->threads, b->threads, a->nr_samples * sizeof(*a->threads)));
}

static void test_round_trip(void)
{
	struct results written, read;
	struct results_file file;
	size_t i;

	make(&written);
	check(!results_file_open(&file, path));
	check(!results_file_save(&file, &written));
	check(!results_load(&read, path));
	check(!memcmp(&written.environment, &read.environment, sizeof(read.environment)));
	check(read.complete && read.nr == written.nr && read.nr_illegal == 1);
	check(!strcmp(read.created, written.created));
	for (i = 0; i < read.nr && i < written.nr; i++)
		compare(&written.results[i], &read.results[i]);
	results_free(&written);
	results_free(&read);
}

static bool loads(const char *text)
{
	struct results results;
	FILE *file = fopen(path, "w");
	bool loaded;

	fputs(text, file);
	fclose(file);
	loaded = !results_load(&results, path);
	if (loaded)
		results_free(&results);
	return loaded;
}

/* Everything that is wrong below is one change to this. */
#define HEAD "{\"schema\":\"kmapbench-2\",\"tool\":{\"name\":\"kmapbench\",\"version\":\"0\"}," \
	"\"created\":\"\",\"complete\":true,\"options\":[],\"illegal\":[],\"environment\":"
#define ENVIRONMENT "{\"kernel\":\"\",\"machine\":\"\",\"lane\":null,\"accelerator\":\"\"," \
	"\"unit\":\"ns\",\"preemption\":\"\",\"cpu\":\"\",\"config\":{\"highmem\":true," \
	"\"kmap_local\":true,\"debug_highmem\":false,\"debug_kmap_local\":false," \
	"\"force_map\":false,\"preempt_rt\":false,\"preempt_dynamic\":false," \
	"\"preempt_count\":false,\"prove_locking\":false,\"debug_atomic_sleep\":false," \
	"\"debug_vm\":false,\"kasan\":false,\"smp\":false,\"64bit\":false,\"pae\":false}," \
	"\"builtin\":false,\"nest_limit\":1,\"slots\":1,\"last_pkmap\":1," \
	"\"page_size_bytes\":1,\"highmem_total_bytes\":1,\"highmem_free_bytes\":1,\"nodes\":1," \
	"\"clock\":{\"resolution_ns\":1,\"cost_ns\":1}"

/* Half of the numbers on lines of their own: jansson must count those, too. */
static void test_lines(void)
{
	struct results results;
	char text[256] = "";
	FILE *file = fopen(path, "w"), *said;

	fputs("{\"results\":[{\"samples\":[1,\n2,\n\n3],\n\"rounds\":frob}]}", file);
	fclose(file);
	said = freopen(path_of_errors, "w+", stderr);
	check(said && results_load(&results, path));
	rewind(stderr);
	check(fgets(text, sizeof(text), stderr) && strstr(text, ": line 5: "));
	check(freopen("/dev/null", "w", stderr));
}

static void test_foreign_files(void)
{
	check(loads(HEAD ENVIRONMENT "},\"results\":[]}"));
	check(!loads(""));
	check(!loads("[]"));
	check(!loads("{}"));
	check(!loads("{\"schema\":\"kmapbench-1\"}"));
	check(!loads(HEAD ENVIRONMENT "},\"results\":[]"));
	check(!loads(HEAD ENVIRONMENT "},\"results\":{}}"));
	check(!loads(HEAD ENVIRONMENT "},\"results\":[{}]}"));
	check(!loads(HEAD ENVIRONMENT "},\"results\":[],\"more\":1}"));
	check(!loads(HEAD ENVIRONMENT ",\"more\":1},\"results\":[]}"));
	check(!loads(HEAD ENVIRONMENT ",\"slots\":2},\"results\":[]}"));
	check(!loads(HEAD "{},\"results\":[]}"));
	check(!loads(HEAD "null,\"results\":[]}"));
}

int main(void)
{
	int fd;

	strcpy(path, TEMPLATE);
	fd = mkstemp(path);
	if (fd < 0 || !freopen("/dev/null", "w", stderr))
		return STATUS_FAILED;
	close(fd);
	snprintf(path_of_errors, sizeof(path_of_errors), "%s.err", path);
	harness_run("what follows from samples", test_summary);
	harness_run("round trip", test_round_trip);
	harness_run("foreign files", test_foreign_files);
	harness_run("lines of errors", test_lines);
	unlink(path_of_errors);
	unlink(path);
	return harness_end();
}
