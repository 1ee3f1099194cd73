// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data stays right while everything happens at once: threads verify cells and
 * run the checks of switches and interrupts, others move them from CPU to CPU,
 * send them signals, take memory away, and take a CPU away. The argument is
 * for how many seconds. Each part has to get somewhere.
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"
#include "device.h"
#include "hotplug.h"

#define SECONDS		6
#define RUNNERS		3
#define CHECKERS	2
#define WORKERS		(RUNNERS + CHECKERS)
#define MAX_CELLS	32768
#define NEST		3
#define PLUG_TRIES	20
#define STUCK_SECONDS	60	/* after all are to end */
#define MEMORY		(48UL << 20)
#define CACHED		(4UL << 20)

/* One part of the stress; those that work on the device come first. */
struct part {
	pthread_t thread;
	pid_t tid;
	unsigned int nr, seed;
	unsigned long done, refused, interrupted;
	const char *skip;	/* why it cannot be had here */
	char wrong[KMB_REASON_LEN + 64];
};

/* Not classes: a CPU whose share a deadline task counts on is not taken away. */
static const char * const check_names[] = {
	"identity*", "reuse*", "gone", "sleep", "preempt", "share", "other_cpu", "pinned",
	"fault", "irq*", "affinity",
};

static struct part workers[WORKERS];
static struct kmb_query query;
static struct rows lists[KMB_NR_LISTS], checks;
static __u32 cells[MAX_CELLS][KMB_NR_LISTS];
static unsigned int nr_cells, good_checks[MAX_ROWS], nr_checks;
static atomic_bool stop, half_over, gentle;
static struct hot_cpu hot;

/* A part that does not end, for the parent */
static struct {
	atomic_bool is;
	const char *name;
} *stuck;

static void nap(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* What came of a request: what may happen is counted, what may not ends it all. */
static void account(struct part *p, int error, const char *what, const char *reason)
{
	switch (error) {
	case 0:
		p->done++;
		break;
	case EINTR:
		p->interrupted++;
		break;
	case EOPNOTSUPP:
	case ENOMEM:
	case EBUSY:
		p->refused++;
		break;
	default:
		snprintf(p->wrong, sizeof(p->wrong), "%s: %s", what,
			 reason[0] ? reason : strerror(error));
		atomic_store(&stop, true);
	}
}

static void run_cell(struct part *p, int fd, void *user, size_t user_len)
{
	struct kmb_cell cell = { .iterations = 1 };
	struct kmb_run run = {
		.size = sizeof(run), .flags = KMB_RUN_VERIFY,
		.shape = { .node = -1, .pool = 2, .nest = rand_r(&p->seed) % (NEST + 1) },
		.cells = (uintptr_t)&cell, .nr_cells = 1, .cell_size = sizeof(cell),
		.user_addr = (uintptr_t)user, .user_len = user_len,
		.sample_size = sizeof(struct kmb_sample),
		.seed = p->seed, .rounds = 1, .samples_per_round = 1,
	};
	char path[256];
	int error;

	memcpy(cell.cell, cells[rand_r(&p->seed) % nr_cells], sizeof(cell.cell));
	error = ioctl(fd, KMB_RUN, &run) ? errno : 0;
	cell_path(lists, cell.cell, path, sizeof(path));
	account(p, error, path, run.reason);
}

static void run_check(struct part *p, int fd)
{
	struct kmb_check c = {
		.size = sizeof(c), .check = good_checks[rand_r(&p->seed) % nr_checks],
		.pages = rand_r(&p->seed) % lists[KMB_LIST_PAGES].nr,
	};
	const struct kmb_enum *pages = &lists[KMB_LIST_PAGES].row[c.pages];
	char what[2 * KMB_NAME_LEN];
	int error;

	if (pages->row_flags & KMB_ROW_ORDER)
		return;
	error = ioctl(fd, KMB_CHECK, &c) ? errno : 0;
	snprintf(what, sizeof(what), "%s.%s", checks.row[c.check].name, pages->name);
	account(p, error == EIO && c.known ? EOPNOTSUPP : error, what, c.reason);
}

static void *work(void *arg)
{
	size_t user_len = (size_t)query.page_size << query.max_order;
	struct part *p = arg;
	const char *reason;
	void *user;
	int fd;

	p->tid = syscall(SYS_gettid);
	fd = device_open(&reason);
	user = mmap(NULL, user_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || user == MAP_FAILED)
		account(p, errno, "cannot begin", "");
	while (!atomic_load(&stop)) {
		if (p->nr < RUNNERS)
			run_cell(p, fd, user, user_len);
		else
			run_check(p, fd);
	}
	munmap(user, user_len);
	close(fd);
	return NULL;
}

/*
 * Who is moved to a CPU that goes away meanwhile can stay where it may not be, and
 * the kernel complains when it maps next: no fault of mappings. So nobody is
 * moved to that CPU alone from the moment on when CPUs may go away.
 */
static void *move(void *arg)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct part *p = arg;

	if (cpus < 2)
		p->skip = "there is one CPU";
	while (!atomic_load(&stop) && cpus > 1) {
		bool may_go = atomic_load(&half_over);
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(rand_r(&p->seed) % cpus, &set);
		if (may_go)
			CPU_SET(0, &set);
		if (sched_setaffinity(workers[rand_r(&p->seed) % WORKERS].tid, sizeof(set), &set))
			p->refused++;
		else
			p->done++;
		atomic_store(&gentle, may_go);
		nap(1);
	}
	atomic_store(&gentle, true);
	return NULL;
}

/* Seldom to who runs checks, which take longer than the others' requests. */
static void *interrupt(void *arg)
{
	struct part *p = arg;

	while (!atomic_load(&stop)) {
		unsigned int among = rand_r(&p->seed) % 32 ? RUNNERS : WORKERS;

		p->done += !pthread_kill(workers[rand_r(&p->seed) % among].thread, SIGUSR1);
		nap(3);
	}
	return NULL;
}

static bool cache_some(char *page, size_t size)
{
	char path[] = "/tmp/kmap_stress.XXXXXX", back[64];
	int fd = mkstemp(path);
	size_t at;
	bool good = fd >= 0;

	if (fd < 0)
		return false;
	unlink(path);
	for (at = 0; good && at < CACHED; at += size)
		good = write(fd, page, size) == (ssize_t)size;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (at = 0; good && at < CACHED; at += size)
		good = pread(fd, back, sizeof(back), at) == sizeof(back) &&
		       !memcmp(back, page, sizeof(back));
	close(fd);
	return good;
}

static void *eat(void *arg)
{
	struct part *p = arg;
	size_t at;

	while (!atomic_load(&stop)) {
		char *m = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (m == MAP_FAILED) {
			p->refused++;
			nap(10);
			continue;
		}
		for (at = 0; at < MEMORY && !atomic_load(&stop); at += query.page_size)
			m[at] = at >> 12;
		p->refused += !cache_some(m, query.page_size);
		munmap(m, MEMORY);
		p->done++;
	}
	return NULL;
}

/* The CPU comes back, whatever ends us. */
static void on_end(int signal)
{
	if (hot.path[0])
		hot_cpu_set(&hot, '1');
	_exit(128 + signal);
}

static void *plug(void *arg)
{
	struct part *p = arg;
	unsigned int late = 0;

	p->skip = hotplug_hangs(&query);
	if (!p->skip && !hot.path[0])
		p->skip = "no CPU can be taken away";
	/* Once at least, even if the time is over. */
	while (!p->skip && !(atomic_load(&stop) && (p->done || late > PLUG_TRIES))) {
		if (!atomic_load(&gentle)) {
			nap(10);
			continue;
		}
		late += atomic_load(&stop);
		if (hot_cpu_set(&hot, '0'))
			p->done++;
		else
			p->refused++;
		nap(60);
		if (!hot_cpu_set(&hot, '1'))
			p->refused++;
		nap(60);
	}
	return NULL;
}

static void nothing(int signal)
{
	(void)signal;
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = nothing };

	/* Without SA_RESTART, so that requests end with EINTR. */
	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = on_end;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static void collect_cells(int fd)
{
	struct kmb_legal l = {
		.size = sizeof(l), .shape = { .node = -1, .pool = 2, .nest = NEST },
	};

	do {
		if (!ioctl(fd, KMB_LEGAL, &l))
			memcpy(cells[nr_cells++], l.cell, sizeof(l.cell));
	} while (nr_cells < MAX_CELLS && cells_next(lists, l.cell));
}

static void collect_checks(void)
{
	unsigned int i, j;

	for (i = 0; i < checks.nr; i++)
		for (j = 0; j < ARRAY_SIZE(check_names); j++)
			if (!(checks.row[i].row_flags & KMB_ROW_DESTRUCTIVE) &&
			    !fnmatch(check_names[j], checks.row[i].name, 0))
				good_checks[nr_checks++] = i;
}

static void judge(const char *name, const struct part *p, unsigned int nr)
{
	unsigned long done = 0, refused = 0, interrupted = 0;
	const char *wrong = "";
	unsigned int i;

	for (i = 0; i < nr; i++) {
		done += p[i].done;
		refused += p[i].refused;
		interrupted += p[i].interrupted;
		if (p[i].wrong[0])
			wrong = p[i].wrong;
	}
	if (wrong[0])
		ksft_test_result_fail("%s: %s\n", name, wrong);
	else if (p->skip)
		ksft_test_result_skip("%s: %s\n", name, p->skip);
	else if (!done)
		ksft_test_result_fail("%s: none done, %lu refused, %lu interrupted\n", name,
				      refused, interrupted);
	else
		ksft_test_result_pass("%s: %lu done, %lu refused, %lu interrupted\n", name, done,
				      refused, interrupted);
}

static void begin(struct part *p, unsigned int nr, void *(*fn)(void *arg))
{
	p->nr = nr;
	p->seed = nr + 1;
	if (pthread_create(&p->thread, NULL, fn, p))
		ksft_exit_fail_msg("cannot start a thread: %s\n", strerror(errno));
}

/* Nobody gets out of a process that has a thread in the kernel for ever: leave it to guard(). */
static void join(const struct part *p, const char *name)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += STUCK_SECONDS;
	if (!pthread_timedjoin_np(p->thread, NULL, &limit))
		return;
	stuck->name = name;
	atomic_store(&stuck->is, true);
	for (;;)
		pause();
}

static void stress(struct part *parts, void *(* const fns[])(void *arg),
		   const char * const names[], unsigned int nr, unsigned int ms)
{
	unsigned int i, half = ms / 2;

	for (i = 0; i < WORKERS; i++)
		begin(&workers[i], i, work);
	/* Everybody has a tid. */
	nap(200);
	for (i = 0; i < nr; i++)
		begin(&parts[i], WORKERS + i, fns[i]);
	while (ms && !atomic_load(&stop)) {
		nap(100);
		ms -= ms < 100 ? ms : 100;
		atomic_store(&half_over, ms < half);
	}
	atomic_store(&stop, true);
	/* From the last one on: who waits for a CPU to go is what others then wait for. */
	for (i = nr; i--; )
		join(&parts[i], names[i]);
	if (hot.path[0])
		hot_cpu_set(&hot, '1');
	for (i = 0; i < WORKERS; i++)
		join(&workers[i], i < RUNNERS ? "cells" : "checks");
}

/* All of it is a child's, so that what is stuck has a verdict, and the next test its turn. */
static void guard(void)
{
	pid_t child;
	int status;

	stuck = mmap(NULL, sizeof(*stuck), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (stuck == MAP_FAILED)
		ksft_exit_fail_msg("no memory to share: %s\n", strerror(errno));
	fflush(stdout);
	child = fork();
	if (child < 0)
		ksft_exit_fail_msg("cannot fork: %s\n", strerror(errno));
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		return;
	}
	while (!child_ended(child, 100, &status)) {
		if (atomic_load(&stuck->is)) {
			ksft_test_result_fail("%s: has not ended for %d s\n", stuck->name,
					      STUCK_SECONDS);
			ksft_finished();
		}
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	ksft_test_result_fail("stress: ended by signal %d\n", WTERMSIG(status));
	ksft_finished();
}

int main(int argc, char **argv)
{
	static void *(* const fns[])(void *arg) = { move, interrupt, eat, plug };
	static const char * const names[] = { "affinity", "signals", "memory", "hotplug" };
	static struct part parts[ARRAY_SIZE(fns)];
	unsigned int i, seconds = argc > 1 ? atoi(argv[1]) : SECONDS;
	int fd;

	fd = device_begin(&query, lists, &checks);
	ksft_set_plan(2 + ARRAY_SIZE(fns));
	collect_cells(fd);
	collect_checks();
	handle_signals();
	hot_cpu_find(&hot);
	guard();
	stress(parts, fns, names, ARRAY_SIZE(fns), seconds * 1000);
	judge("cells", workers, RUNNERS);
	judge("checks", workers + RUNNERS, CHECKERS);
	for (i = 0; i < ARRAY_SIZE(fns); i++)
		judge(names[i], &parts[i], 1);
	ksft_finished();
}
