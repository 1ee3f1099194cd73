/* SPDX-License-Identifier: GPL-2.0-only */
/* A child that is asleep in a page fault, with a mapping, and stays so until it is killed. */
#ifndef _KMAP_LOCAL_SLEEPER_H
#define _KMAP_LOCAL_SLEEPER_H

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "request.h"
#include "user_memory.h"

#define SLEEPER_OPS	200
#define SLEEPER_SECONDS	5	/* within which it sleeps, or dies */
#define SLEEPER_ANY_CPU	-1

static inline void use_memory(struct request *r, const struct user_memory *m)
{
	r->run.user_addr = (uintptr_t)m->addr;
	r->run.user_len = m->len;
}

static inline __u64 user_len(struct request *r)
{
	struct kmb_legal l = { .size = sizeof(l), .shape = r->run.shape };

	memcpy(l.cell, r->cell.cell, sizeof(l.cell));
	return ioctl(r->fd, KMB_LEGAL, &l) ? 0 : l.user_len;
}

static inline bool task_sleeps(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (file)
		fclose(file);
	return state == 'S' || state == 'D';
}

enum { SLEEPER_BROKEN = 2, SLEEPER_SKIP, SLEEPER_FAILED, SLEEPER_DONE };

/* Says that it begins, and asks for copies that come to no end by themselves. */
static inline void sleeper(int to, const char *map, const char *source, int cpu)
{
	char missing[USER_MEMORY_REASON_LEN];
	static struct request r;
	struct user_memory m;
	const char *reason;
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	if (cpu != SLEEPER_ANY_CPU)
		CPU_SET(cpu, &set);
	if (request_open(&r, &reason) ||
	    (cpu != SLEEPER_ANY_CPU && sched_setaffinity(0, sizeof(set), &set)))
		_exit(SLEEPER_BROKEN);
	choose(&r, map, "from_user", "task", source);
	r.run.flags = KMB_RUN_COLD;
	r.run.shape.delay = r.query.max_delay;
	r.cell.iterations = SLEEPER_OPS;
	if (!strcmp(source, "blocked")) {
		if (user_memory_open(&m, source, user_len(&r), "unserved", missing))
			_exit(SLEEPER_SKIP);
		use_memory(&r, &m);
	}
	if (write(to, "", 1) != 1)
		_exit(SLEEPER_BROKEN);
	_exit(request(&r) ? SLEEPER_FAILED : SLEEPER_DONE);
}

static const char sleeper_skip[] = "userfaultfd cannot be had";

/*
 * Whose copies wait for @source, "blocked" or "slow", under @map, on one CPU or on any.
 * Returns its process, for sleeper_kill(), or -1 with why: sleeper_skip, or a failure.
 */
static inline pid_t sleeper_start(const char *map, const char *source, int cpu, const char **why)
{
	int begins[2], status;
	double limit;
	pid_t pid;
	char c;

	*why = "no pipe";
	if (pipe(begins))
		return -1;
	pid = fork();
	if (!pid)
		sleeper(begins[1], map, source, cpu);
	close(begins[1]);
	*why = "did not begin";
	if (pid < 0 || read(begins[0], &c, 1) != 1) {
		if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == SLEEPER_SKIP)
			*why = sleeper_skip;
		close(begins[0]);
		return -1;
	}
	close(begins[0]);
	/* Asleep, and not for a moment only: in the fault. */
	nap(100);
	limit = now() + SLEEPER_SECONDS;
	while (!task_sleeps(pid) && now() < limit)
		nap(1);
	return pid;
}

/* Returns why it did not die as it should, or NULL. */
static inline const char *sleeper_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (!child_ended(pid, SLEEPER_SECONDS * 1000, &status))
		return "is not dead yet";
	return WIFSIGNALED(status) ? NULL : "ended before it was killed";
}

#endif /* _KMAP_LOCAL_SLEEPER_H */
