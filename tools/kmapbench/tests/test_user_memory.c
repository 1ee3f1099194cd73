// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each kind of user memory reads as it says, also after it was written to, and
 * is in no page table once it was prepared. What a machine has not, it says.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "harness.h"
#include "user_memory.h"

#define LEN		(3 * 4096 * 16 + 1)
#define PRESENT		(3ULL << 62)	/* in memory, or swapped out */

/* How many of its pages the page tables have, as /proc tells; -1 when it does not */
static long pages_present(const struct user_memory *m)
{
	size_t page = sysconf(_SC_PAGESIZE), i;
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;
	long nr = 0;

	for (i = 0; fd >= 0 && nr >= 0 && i < m->len / page; i++) {
		off_t at = ((uintptr_t)m->addr / page + i) * sizeof(entry);

		if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
			nr = -1;
		else
			nr += !!(entry & PRESENT);
	}
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : nr;
}

static bool reads_as_it_says(const struct user_memory *m)
{
	const unsigned char *at = m->addr;
	size_t i;

	for (i = 0; i < LEN; i++)
		if (at[i] != user_memory_byte(m, i))
			return false;
	return true;
}

static void use(const char *source, const char *where)
{
	char reason[USER_MEMORY_REASON_LEN] = "";
	struct user_memory m;
	int ret = user_memory_open(&m, source, LEN, where, reason), again;

	if (ret) {
		printf("# %s %s: %s\n", source, where ? where : "", reason);
		check(reason[0]);
		return;
	}
	check(m.len >= LEN && (uintptr_t)m.addr % sysconf(_SC_PAGESIZE) == 0);
	for (again = 0; again < 3; again++) {
		if (strcmp(source, "resident"))
			check(pages_present(&m) <= 0);
		else
			check(pages_present(&m) != 0);
		check(reads_as_it_says(&m));
		memset(m.addr, 0xa5, LEN);
		check(user_memory_prepare(&m) == 0);
	}
	user_memory_close(&m);
}

static void test_resident(void)
{
	use("resident", NULL);
}

static void test_anonymous(void)
{
	use("anonymous", NULL);
}

static void test_file(void)
{
	use("file", NULL);
	use("file", ".");
	use("file", "/dev/shm");
}

static void test_huge(void)
{
	use("huge", NULL);
	use("huge", "thp");
	use("huge", "hugetlb");
}

static void test_blocked(void)
{
	use("blocked", NULL);
}

static void test_refused(void)
{
	static const struct { const char *source, *where; } tries[] = {
		{ "nonsense", NULL }, { "file", "/nonexistent/folder" }, { "huge", "nonsense" },
	};
	char reason[USER_MEMORY_REASON_LEN];
	struct user_memory m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		reason[0] = '\0';
		check(user_memory_open(&m, tries[i].source, LEN, tries[i].where, reason) < 0);
		check(reason[0]);
		check(!m.kind && !m.addr);
	}
}

int main(void)
{
	harness_run("resident", test_resident);
	harness_run("anonymous", test_anonymous);
	harness_run("file", test_file);
	harness_run("huge", test_huge);
	harness_run("blocked", test_blocked);
	harness_run("refused", test_refused);
	return harness_end();
}
