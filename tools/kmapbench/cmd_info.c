// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <stdio.h>

#include "device.h"
#include "environment.h"
#include "kmapbench.h"
#include "results_file.h"

enum {
	OPT_JSON = 0x200,
};

static const struct argp_option options[] = {
	{ "json", OPT_JSON, NULL, 0, "As JSON", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key != OPT_JSON)
		return ARGP_ERR_UNKNOWN;
	*json = true;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "What the module and the running kernel are and allow.",
};

static void print_config(const struct environment *env)
{
	const struct config_bit *c;

	printf("%-18s", "options");
	for (c = config_bits; c->bit; c++)
		printf(" %s=%c", c->option, env->config & c->bit ? 'y' : 'n');
	putchar('\n');
}

static void print_row(const char *name, long long value, const char *unit)
{
	printf("%-18s %lld%s%s\n", name, value, *unit ? " " : "", unit);
}

static void print_text(const struct environment *env)
{
	printf("%-18s Linux %s %s\n", "kernel", env->kernel, env->machine);
	printf("%-18s %s\n", "module", env->builtin ? "built in" : "loaded");
	printf("%-18s %s\n", "preemption", env->preemption);
	print_config(env);
	print_row("nesting limit", env->nest_limit, "");
	print_row("slots", env->slots, "");
	print_row("LAST_PKMAP", env->last_pkmap, "");
	print_row("highmem", env->highmem_total_bytes >> 10, "KiB");
	print_row("highmem free", env->highmem_free_bytes >> 10, "KiB");
	print_row("NUMA nodes", env->nodes, "");
	print_row("clock resolution", env->clock.resolution_ns, "ns");
	print_row("clock cost", env->clock.cost_ns, "ns");
	printf("%-18s %s\n", "CPU", env->cpu);
	printf("%-18s %s\n", "accelerator", env->accelerator);
	printf("%-18s %s\n", "lane", *env->lane ? env->lane : "-");
	printf("%-18s %s\n", "unit", env->unit);
	if (env->config & KMB_KERNEL_FORCE_MAP && !(env->config & KMB_KERNEL_HIGHMEM))
		puts("note: DEBUG_KMAP_LOCAL_FORCE_MAP without HIGHMEM: kmap_local_page() is\n"
		     "address arithmetic there all the same and never enters the machinery;\n"
		     "kmap_local_core does.");
}

static int run(int argc, char **argv)
{
	struct environment env;
	struct device dev;
	bool json = false;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &json))
		return STATUS_USAGE;
	status = device_open(&dev);
	if (status)
		return status;
	environment_detect(&env, &dev.query);
	device_close(&dev);
	if (json)
		return environment_print_json(&env);
	print_text(&env);
	return STATUS_FINE;
}

COMMAND(info, "what the module and the running kernel are and allow", run);
