// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each request, with the first, second, ... allocation or user copy in it
 * failing, until none is left to fail: it gives an error of the vocabulary,
 * leaves no state behind that the kernel would warn about, and no memory.
 *
 * Further out, steps grow: a pool is thousands of allocations that are alike.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"
#include "device.h"

#define EVERY_ONE	32	/* faults to try without a gap */
#define SECONDS		8	/* for each sweep */
#define SWEEPS		5	/* that all lose memory, before it is a leak */
#define NOISE		65536	/* bytes: what others take meanwhile */
#define SHADOWS		524288	/* of vmap()s, which KASAN drops many at once */
#define TAINT_WARN	0x200
#define MAX_PAGE	65536
#define DEBUGFS		"/sys/kernel/debug/"

static struct rows lists[KMB_NR_LISTS], checks;
static struct kmb_query query;

struct request {
	const char *name, *path;
	unsigned int cmd, run_flags;
};

static const struct request requests[] = {
	{ "query", NULL, KMB_QUERY },
	{ "enum", NULL, KMB_ENUM },
	{ "legal", "kmap_local.none.task", KMB_LEGAL },
	{ "run", "kmap_local.read.task", KMB_RUN },
	{ "run_hardirq", "kmap_atomic.read.hardirq", KMB_RUN },
	{ "run_kthread", "kmap.write.kthread", KMB_RUN },
	{ "run_user", "kmap_local.from_user.task", KMB_RUN },
	{ "run_two_pages", "kmap_local.page_to_page.task", KMB_RUN },
	{ "verify", "kmap_local.page_to_page.task", KMB_RUN, KMB_RUN_VERIFY },
	{ "check", "identity", KMB_CHECK },
};

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ok;

	if (fd < 0)
		return 0;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static unsigned long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long n = 0;

	if (f) {
		if (fscanf(f, "%lu", &n) != 1)
			n = 0;
		fclose(f);
	}
	return n;
}

/* All memory counts, and the log stays readable; what is not built in is not asked for. */
static void faults_prepare(void)
{
	write_file(DEBUGFS "failslab/ignore-gfp-wait", "N");
	write_file(DEBUGFS "failslab/verbose", "0");
	write_file(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	write_file(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N");
	write_file(DEBUGFS "fail_page_alloc/min-order", "0");
	write_file(DEBUGFS "fail_page_alloc/verbose", "0");
	write_file(DEBUGFS "fail_usercopy/verbose", "0");
}

static void fail_set(int nth, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	/* What is armed may hit this very write. */
	while (pwrite(nth, text, len, 0) != len)
		if (errno != EFAULT && errno != ENOMEM)
			ksft_exit_fail_msg("cannot arm the fault: %s\n", strerror(errno));
}

/* Did the armed fault come? If this read itself meets it, it had not. */
static int fail_came(int nth)
{
	char text[16] = "";

	return pread(nth, text, sizeof(text) - 1, 0) > 0 && !strtoul(text, NULL, 10);
}

static int cell_find(const char *path, const char *pages, __u32 *cell)
{
	char copy[128], *name, *rest = copy;
	unsigned int list;
	int row, user = 0;

	snprintf(copy, sizeof(copy), "%s.%s", path, pages);
	for (list = 0; list < KMB_NR_LISTS; list++) {
		name = list == KMB_LIST_SOURCES ? user ? "resident" : "none" : strsep(&rest, ".");
		row = name ? rows_find(&lists[list], name) : -1;
		if (row < 0)
			return -1;
		if (list == KMB_LIST_COPIES)
			user = lists[list].row[row].row_flags & KMB_ROW_USER;
		cell[list] = row;
	}
	return 0;
}

static const char *pages_name(void)
{
	return query.highmem_total ? "high" : "low";
}

static int do_run(int fd, const struct request *r, char *reason)
{
	static unsigned char room[2 * MAX_PAGE];
	uintptr_t user = ((uintptr_t)room | (MAX_PAGE - 1)) + 1;
	struct kmb_sample samples[8];
	struct kmb_cell cell = { .iterations = 4 };
	struct kmb_run run = {
		.size = sizeof(run), .flags = r->run_flags,
		.shape = { .node = -1, .pool = 4, .nest = 2 },
		.cells = (uintptr_t)&cell, .samples = (uintptr_t)samples,
		.user_addr = user, .user_len = query.page_size,
		.nr_cells = 1, .cell_size = sizeof(cell),
		.nr_samples = 8, .sample_size = sizeof(samples[0]),
		.rounds = 2, .samples_per_round = 2, .target = 1000,
	};
	int error;

	if (cell_find(r->path, pages_name(), cell.cell))
		return -ENOENT;
	error = ioctl(fd, KMB_RUN, &run) ? -errno : 0;
	snprintf(reason, KMB_REASON_LEN, "%s", run.reason);
	return error;
}

static int do_request(int fd, const struct request *r, char *reason)
{
	struct kmb_query q = { .size = sizeof(q) };
	struct kmb_enum e = { .size = sizeof(e), .list = KMB_LIST_CHECKS };
	struct kmb_legal l = { .size = sizeof(l), .shape = { .node = -1 } };
	struct kmb_check c = {
		.size = sizeof(c), .check = r->path ? rows_find(&checks, r->path) : 0,
		.pages = rows_find(&lists[KMB_LIST_PAGES], pages_name()),
	};
	int error;

	*reason = '\0';
	switch (r->cmd) {
	case KMB_QUERY:
		return ioctl(fd, KMB_QUERY, &q) ? -errno : 0;
	case KMB_ENUM:
		return ioctl(fd, KMB_ENUM, &e) ? -errno : 0;
	case KMB_LEGAL:
		if (cell_find(r->path, pages_name(), l.cell))
			return -ENOENT;
		return ioctl(fd, KMB_LEGAL, &l) ? -errno : 0;
	case KMB_CHECK:
		error = ioctl(fd, KMB_CHECK, &c) ? -errno : 0;
		snprintf(reason, KMB_REASON_LEN, "%s", c.reason);
		return error;
	default:
		return do_run(fd, r, reason);
	}
}

/* KASAN keeps freed objects for a while: to shrink their caches gives them back. */
static void give_back(void)
{
	glob_t caches;
	size_t i;

	if (!(query.kernel & KMB_KERNEL_KASAN))
		return;
	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		return;
	for (i = 0; i < caches.gl_pathc; i++)
		write_file(caches.gl_pathv[i], "1");
	globfree(&caches);
}

/* With what each CPU keeps at hand, or a batch that goes there and back would be a leak. */
static long long free_bytes(void)
{
	FILE *f = fopen("/proc/zoneinfo", "re");
	long long pages = 0, nr;
	char line[128];

	if (!f)
		ksft_exit_fail_msg("/proc/zoneinfo: %s\n", strerror(errno));
	give_back();
	/* Each CPU counts for itself at first: to read this adds all up. */
	read_number("/proc/sys/vm/stat_refresh");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %lld", &nr) == 1 ||
		    sscanf(line, " count: %lld", &nr) == 1)
			pages += nr;
	fclose(f);
	return pages * query.page_size;
}

static unsigned long warned(void)
{
	return read_number("/proc/sys/kernel/tainted") & TAINT_WARN;
}

struct swept {
	unsigned int last, faults, failed;
	long long gone;		/* bytes */
};

/* Every fault once; false when it has been judged. */
static bool sweep_once(int fd, int nth, const struct request *r, struct swept *s)
{
	time_t end = time(NULL) + SECONDS;
	long long before = 0;
	unsigned long taint = warned();
	char reason[KMB_REASON_LEN];
	unsigned int n, came;
	int error;

	*s = (struct swept) {};
	for (n = 1; time(NULL) < end; n += n < EVERY_ONE ? 1 : n / 8) {
		fail_set(nth, n);
		error = do_request(fd, r, reason);
		came = fail_came(nth);
		fail_set(nth, 0);
		if (error && error != -ENOMEM && error != -EFAULT) {
			ksft_test_result_fail("%s: fault %u: not ENOMEM or EFAULT: %s: %s\n",
					      r->name, n, strerror(-error), reason);
			return false;
		}
		if (warned() != taint) {
			ksft_test_result_fail("%s: fault %u: the kernel warned: see its log\n",
					      r->name, n);
			return false;
		}
		if (!came)
			break;
		s->faults++;
		s->failed += !!error;
		/* The first ones fill caches that stay. */
		if (s->faults == 2)
			before = free_bytes();
	}
	s->last = n;
	s->gone = s->faults > 2 ? before - free_bytes() : 0;
	error = do_request(fd, r, reason);
	if (!error)
		return true;
	ksft_test_result_fail("%s: without a fault again: %s: %s\n", r->name, strerror(-error),
			      reason);
	return false;
}

/*
 * What leaks does so in each sweep, and nothing of it comes back between two. What KASAN
 * notes of whoever allocates takes memory only once.
 */
static void sweep(int fd, int nth, const struct request *r)
{
	long long start = free_bytes(), lost = LLONG_MAX;
	long long noise = query.kernel & KMB_KERNEL_KASAN ? SHADOWS : NOISE;
	struct swept s;
	int nr;

	for (nr = 1; nr <= SWEEPS && lost > noise; nr++) {
		if (!sweep_once(fd, nth, r, &s))
			return;
		lost = (start - free_bytes()) / nr;
		if (lost > s.gone)
			lost = s.gone;
	}
	if (lost > noise)
		ksft_test_result_fail("%s: %lld kB gone after %u faults, in each of %d sweeps\n",
				      r->name, lost / 1024, s.faults, SWEEPS);
	else if (!s.faults)
		ksft_test_result_skip("%s: this kernel injects no fault there\n", r->name);
	else
		ksft_test_result_pass("%s: %u faults up to number %u, %u errors\n", r->name,
				      s.faults, s.last, s.failed);
}

int main(void)
{
	unsigned int i;
	int fd, nth;

	fd = device_begin(&query, lists, &checks);
	nth = open("/proc/self/fail-nth", O_RDWR);
	if (nth < 0)
		ksft_exit_skip("the kernel was built without CONFIG_FAULT_INJECTION\n");
	faults_prepare();
	ksft_set_plan(ARRAY_SIZE(requests));
	for (i = 0; i < ARRAY_SIZE(requests); i++)
		sweep(fd, nth, &requests[i]);
	ksft_finished();
}
