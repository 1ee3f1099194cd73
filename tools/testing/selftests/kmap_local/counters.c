// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's counters are those of perf: faults that were served and context
 * switches in one request are as many as the kernel's software events tell.
 */
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "request.h"

#define OPS	200
#define SLEEPS	8
#define DELAY	2000	/* us, of a fault that sleeps */

/* Of this thread, wherever it runs, kernel and user space */
static int event_open(__u64 config)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = config,
		.disabled = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static const char *why_no_event(int error)
{
	switch (error) {
	case ENOSYS:
		return "this kernel was built without perf events";
	case EACCES:
	case EPERM:
		return "may not count: run as root, or sysctl kernel.perf_event_paranoid=1";
	}
	return NULL;
}

static long switches(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? -1 : usage.ru_nvcsw + usage.ru_nivcsw;
}

/* What perf counts of one request; -1 when that, or the request, went wrong */
static long long counted(struct request *r, int event)
{
	long long nr;

	if (ioctl(event, PERF_EVENT_IOC_RESET, 0) || ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
		return -1;
	if (request(r))
		return -1;
	if (ioctl(event, PERF_EVENT_IOC_DISABLE, 0) || read(event, &nr, sizeof(nr)) != sizeof(nr))
		return -1;
	return nr;
}

FIXTURE(perf)
{
	struct request r;
	int faults, switches;
};

static const char *counters_missing(void)
{
	const char *reason = device_missing();
	int fd;

	if (reason)
		return reason;
	fd = event_open(PERF_COUNT_SW_PAGE_FAULTS);
	if (fd < 0)
		return why_no_event(errno);
	close(fd);
	return NULL;
}

PROGRAM_NEEDS(counters_missing)

FIXTURE_SETUP(perf)
{
	const char *reason;

	self->faults = -1;
	self->switches = -1;
	ASSERT_EQ(0, request_open(&self->r, &reason)) {
		TH_LOG("%s", reason);
	}
	self->faults = event_open(PERF_COUNT_SW_PAGE_FAULTS);
	ASSERT_LE(0, self->faults);
	self->switches = event_open(PERF_COUNT_SW_CONTEXT_SWITCHES);
	ASSERT_LE(0, self->switches);
}

FIXTURE_TEARDOWN(perf)
{
	if (self->faults >= 0)
		close(self->faults);
	if (self->switches >= 0)
		close(self->switches);
	close(self->r.fd);
}

/*
 * A fault that is refused, as none may be taken, is none for perf either: the kernel
 * turns away before it counts.
 */
TEST_F(perf, faults_are_as_many)
{
	static const struct {
		const char *map, *copy;
		unsigned int served;
	} copies[] = {
		{ "kmap_local", "from_user", OPS },
		{ "kmap_local", "to_user", OPS },
		{ "kmap_atomic", "from_user_inatomic", 0 },
		{ "kmap_atomic", "from_user_retry", OPS },
	};
	struct request *r = &self->r;
	unsigned int i;
	long long seen;

	r->run.flags = KMB_RUN_COLD;
	for (i = 0; i < ARRAY_SIZE(copies); i++) {
		choose(r, copies[i].map, copies[i].copy, "task", "absent");
		r->cell.iterations = OPS;
		/* Once for what the request itself touches for the first time */
		counted(r, self->faults);
		seen = counted(r, self->faults);
		EXPECT_EQ(copies[i].served, r->cell.faults) {
			TH_LOG("%s: %s", copies[i].copy, r->run.reason);
		}
		EXPECT_EQ((long long)r->cell.faults, seen) {
			TH_LOG("%s", copies[i].copy);
		}
	}
}

/*
 * Each fault sleeps with the page mapped; what else switches is not the request's doing. A host
 * that stops a CPU for the whole of the delay leaves nothing to sleep for: hence the tries.
 */
TEST_F(perf, switches_are_as_many)
{
	struct request *r = &self->r;
	unsigned int tries = 4;
	long long seen;
	long all;

	choose(r, "kmap_local", "from_user", "task", "slow");
	r->run.flags = KMB_RUN_COLD;
	r->run.shape.delay = DELAY;
	r->cell.iterations = SLEEPS;
	do {
		all = switches();
		seen = counted(r, self->switches);
		all = switches() - all;
		ASSERT_LE(0, seen) {
			TH_LOG("%s", r->run.reason);
		}
		EXPECT_LE((long long)r->cell.switches_mapped, seen);
		EXPECT_LE(seen, all);
		EXPECT_LE(r->cell.sleeps_mapped, r->cell.switches_mapped);
	} while (r->cell.sleeps_mapped < SLEEPS && --tries);
	EXPECT_EQ(SLEEPS, r->cell.sleeps_mapped);
}

TEST_HARNESS_MAIN
