// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a result was measured on. The module tells what it sees of the kernel;
 * what kind of machine runs the kernel has to be found out here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#ifdef HAVE_CPUID
#include <cpuid.h>
#endif

#include "environment.h"
#include "kmapbench.h"

const struct config_bit config_bits[] = {
	{ KMB_KERNEL_HIGHMEM, "highmem", "HIGHMEM" },
	{ KMB_KERNEL_KMAP_LOCAL, "kmap_local", "KMAP_LOCAL" },
	{ KMB_KERNEL_DEBUG_HIGHMEM, "debug_highmem", "DEBUG_HIGHMEM" },
	{ KMB_KERNEL_DEBUG_KMAP_LOCAL, "debug_kmap_local", "DEBUG_KMAP_LOCAL" },
	{ KMB_KERNEL_FORCE_MAP, "force_map", "DEBUG_KMAP_LOCAL_FORCE_MAP" },
	{ KMB_KERNEL_PREEMPT_RT, "preempt_rt", "PREEMPT_RT" },
	{ KMB_KERNEL_PREEMPT_DYNAMIC, "preempt_dynamic", "PREEMPT_DYNAMIC" },
	{ KMB_KERNEL_PREEMPT_COUNT, "preempt_count", "PREEMPT_COUNT" },
	{ KMB_KERNEL_PROVE_LOCKING, "prove_locking", "PROVE_LOCKING" },
	{ KMB_KERNEL_DEBUG_ATOMIC_SLEEP, "debug_atomic_sleep", "DEBUG_ATOMIC_SLEEP" },
	{ KMB_KERNEL_DEBUG_VM, "debug_vm", "DEBUG_VM" },
	{ KMB_KERNEL_KASAN, "kasan", "KASAN" },
	{ KMB_KERNEL_SMP, "smp", "SMP" },
	{ KMB_KERNEL_64BIT, "64bit", "64BIT" },
	{ KMB_KERNEL_PAE, "pae", "PAE" },
	{ 0 }
};

static const char *const preemption_names[] = {
	[KMB_PREEMPT_UNKNOWN] = "unknown",
	[KMB_PREEMPT_NONE] = "none",
	[KMB_PREEMPT_VOLUNTARY] = "voluntary",
	[KMB_PREEMPT_FULL] = "full",
	[KMB_PREEMPT_LAZY] = "lazy",
	[KMB_PREEMPT_RT] = "rt",
};

#define COPY(_to, _from) \
	snprintf(_to, sizeof(_to), "%.*s", (int)sizeof(_to) - 1, _from)

static bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool got;

	if (!file)
		return false;
	got = fgets(line, size, file);
	fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got && *line;
}

/* The value of the first line of /proc/cpuinfo with that key */
static bool read_cpuinfo(const char *key, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	size_t len = strlen(key);
	bool found = false;
	char line[4096];
	char *rest;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		rest = line + len;
		if (strncmp(line, key, len))
			continue;
		rest += strspn(rest, " \t");
		if (*rest != ':')
			continue;
		rest += 1 + strspn(rest + 1, " \t");
		rest[strcspn(rest, "\n")] = '\0';
		snprintf(value, size, "%s", rest);
		found = *rest;
	}
	fclose(file);
	return found;
}

static void detect_cpu(char *cpu, size_t size)
{
	static const char *const keys[] = {
		"model name", "cpu model", "cpu", "Processor", "type", NULL
	};
	int i;

	for (i = 0; keys[i]; i++) {
		if (read_cpuinfo(keys[i], cpu, size))
			return;
	}
	snprintf(cpu, size, "unknown");
}

/* Hypervisors sign at this leaf; QEMU's emulator does, too. */
static bool read_signature(char signature[13])
{
#ifdef HAVE_CPUID
	unsigned int eax, regs[3];

	if (!__get_cpuid(1, &eax, &regs[0], &regs[1], &regs[2]) || !(regs[1] & 1U << 31))
		return false;
	__cpuid(0x40000000, eax, regs[0], regs[1], regs[2]);
	memcpy(signature, regs, sizeof(regs));
	signature[sizeof(regs)] = '\0';
	return true;
#else
	(void)signature;
	return false;
#endif
}

static bool detect_by_cpu(char *accelerator, size_t size)
{
	char value[64], signature[13];

	if (read_cpuinfo("vendor_id", value, sizeof(value)) && !strcmp(value, "User Mode Linux")) {
		snprintf(accelerator, size, "um");
		return true;
	}
	if (!read_signature(signature))
		return false;
	if (!strcmp(signature, "TCGTCGTCGTCG"))
		snprintf(accelerator, size, "tcg");
	else if (!strncmp(signature, "KVMKVMKVM", 9))
		snprintf(accelerator, size, "kvm");
	else
		snprintf(accelerator, size, "virtual machine (%s)", signature);
	return true;
}

static bool detect_by_firmware(char *accelerator, size_t size)
{
	static const char *const virtual[] = {
		"QEMU", "Bochs", "KVM", "VMware", "innotek", "Xen", "Virtual", "dummy-virt",
		"Amazon EC2", "Google Compute", "Parallels", "OpenStack", NULL
	};
	static const char *const files[] = {
		"/sys/hypervisor/type", "/sys/class/dmi/id/sys_vendor",
		"/sys/class/dmi/id/product_name", "/proc/device-tree/compatible", NULL
	};
	char line[64];
	int f, v;

	for (f = 0; files[f]; f++) {
		if (!read_line(files[f], line, sizeof(line)))
			continue;
		for (v = 0; virtual[v]; v++) {
			if (f && !strstr(line, virtual[v]))
				continue;
			snprintf(accelerator, size, "virtual machine (%.63s)", line);
			return true;
		}
	}
	return false;
}

static void detect_accelerator(char *accelerator, size_t size)
{
	const char *told = getenv("KMAPBENCH_ACCEL");

	if (told && *told)
		snprintf(accelerator, size, "%s", told);
	else if (!detect_by_cpu(accelerator, size) && !detect_by_firmware(accelerator, size))
		snprintf(accelerator, size, "bare metal");
}

static const char *unit_of(const char *accelerator)
{
	if (!strcmp(accelerator, "icount"))
		return UNIT_INSTRUCTIONS;
	if (!strcmp(accelerator, "tcg"))
		return UNIT_NS_EMULATOR;
	return UNIT_NS;
}

bool environment_counts_instructions(const struct environment *environment)
{
	return !strcmp(environment->unit, UNIT_INSTRUCTIONS);
}

void environment_detect(struct environment *env, const struct kmb_query *query)
{
	const unsigned int nr = ARRAY_SIZE(preemption_names);
	struct utsname uts;

	memset(env, 0, sizeof(*env));
	uname(&uts);
	COPY(env->kernel, uts.release);
	COPY(env->machine, uts.machine);
	COPY(env->lane, getenv("KMAPBENCH_LANE") ?: "");
	detect_cpu(env->cpu, sizeof(env->cpu));
	detect_accelerator(env->accelerator, sizeof(env->accelerator));
	COPY(env->unit, unit_of(env->accelerator));
	COPY(env->preemption, preemption_names[query->preempt < nr ? query->preempt : 0]);

	env->config = query->kernel & ~KMB_KERNEL_BUILTIN;
	env->builtin = query->kernel & KMB_KERNEL_BUILTIN;
	env->nest_limit = query->nest_limit;
	env->slots = query->slots;
	env->last_pkmap = query->last_pkmap;
	env->page_size_bytes = query->page_size;
	env->highmem_total_bytes = query->highmem_total;
	env->highmem_free_bytes = query->highmem_free;
	env->nodes = query->nodes;
	env->clock.resolution_ns = query->clock_resolution;
	env->clock.cost_ns = query->clock_cost;
}
