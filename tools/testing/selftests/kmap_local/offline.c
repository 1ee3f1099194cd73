// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU that is to be taken away waits for the tasks that sleep on it with mappings: their
 * addresses are that CPU's slots, and good nowhere else. Afterwards it goes, and when it is
 * back its slots are as good as before.
 */
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "hotplug.h"
#include "sleeper.h"

#define HOLD_MS		500	/* at least, and so often as long as it takes otherwise: */
#define HOLD_TIMES	4
#define GO_MS		30000

static struct request r;
static struct hot_cpu cpu;

/* By a child, as it may take for ever. Returns its process. */
static pid_t send_away(void)
{
	pid_t pid = fork();

	if (pid < 0)
		ksft_exit_fail_msg("cannot fork: %s\n", strerror(errno));
	if (!pid)
		_exit(!hot_cpu_set(&cpu, '0'));
	return pid;
}

static bool went(int status)
{
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* How long it takes when nobody is in the way, in ms; ends the program where it cannot be */
static int go_and_come(void)
{
	double start = now();
	int status;

	if (!child_ended(send_away(), GO_MS, &status))
		ksft_exit_fail_msg("CPU %d has not gone for %d ms, and nobody was there\n",
				   cpu.nr, GO_MS);
	if (!went(status))
		ksft_exit_skip("CPU %d cannot be taken away\n", cpu.nr);
	start = now() - start;
	if (!hot_cpu_set(&cpu, '1'))
		ksft_exit_fail_msg("CPU %d does not come back: %s\n", cpu.nr, strerror(errno));
	return start * 1000;
}

/* Whoever is killed has to run on that CPU once more, and may then be anywhere. */
static void free_to_move(pid_t pid)
{
	cpu_set_t all;
	int i;

	CPU_ZERO(&all);
	for (i = 0; i <= cpu.nr; i++)
		CPU_SET(i, &all);
	if (sched_setaffinity(pid, sizeof(all), &all))
		ksft_print_msg("the sleeper may not move: %s\n", strerror(errno));
}

static void stays_and_goes(int hold_ms)
{
	const char *why, *wrong;
	bool gone;
	int status = 0;
	pid_t pid, away;

	pid = sleeper_start("kmap_local", "blocked", cpu.nr, &why);
	if (pid < 0 && why == sleeper_skip)
		ksft_exit_skip("%s\n", why);
	if (pid < 0)
		ksft_exit_fail_msg("who is to sleep there %s\n", why);
	free_to_move(pid);
	away = send_away();
	gone = child_ended(away, hold_ms, &status);
	/* Who sleeps on a CPU that is not there takes the kernel with it when it wakes up. */
	if (gone)
		hot_cpu_set(&cpu, '1');
	ksft_test_result(!gone, "CPU %d stays for a task that sleeps there with a mapping: %s\n",
			 cpu.nr,
			 !gone ? "it waited" :
			 went(status) ? "expected it to wait, saw it go" :
					"expected it to wait, saw it refuse to go");
	fflush(stdout);
	wrong = sleeper_kill(pid);
	if (gone) {
		ksft_test_result_skip("it went before\n");
		return;
	}
	gone = child_ended(away, GO_MS, &status) && went(status);
	ksft_test_result(gone && !wrong, "and goes when nobody is mapped there%s%s\n",
			 wrong ? ": who was " : "", wrong ?: "");
}

/* By a task of that CPU alone */
static void works_again(void)
{
	bool back = hot_cpu_set(&cpu, '1');
	cpu_set_t set;
	int error;

	CPU_ZERO(&set);
	CPU_SET(cpu.nr, &set);
	choose(&r, "kmap_local", "page_to_page", "task", "none");
	r.run.flags = KMB_RUN_VERIFY;
	error = back && !sched_setaffinity(0, sizeof(set), &set) ? request(&r) : errno;
	ksft_test_result(!error, "its slots work when it is back%s%s\n", error ? ": " : "",
			 !error ? "" : r.run.reason[0] ? r.run.reason : strerror(error));
}

int main(void)
{
	const char *reason;
	int ms;

	skip_program(device_missing());
	ksft_print_header();
	if (request_open(&r, &reason))
		ksft_exit_fail_msg("%s\n", reason);
	if (!r.query.highmem_total)
		ksft_exit_skip("no highmem: mapping takes no slot, and tasks may move\n");
	if (hotplug_hangs(&r.query))
		ksft_exit_skip("%s\n", hotplug_hangs(&r.query));
	if (!hot_cpu_find(&cpu))
		ksft_exit_skip("no CPU can be taken away\n");
	ms = go_and_come();
	ksft_set_plan(3);
	ksft_print_msg("CPU %d goes in %d ms\n", cpu.nr, ms);
	stays_and_goes(ms * HOLD_TIMES > HOLD_MS ? ms * HOLD_TIMES : HOLD_MS);
	works_again();
	ksft_finished();
}
