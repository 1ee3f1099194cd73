// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of kinds of user memory that a copy finds absent, and has to wait
 * for: each is a way to get it, and a way to make it absent again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "user_memory.h"

#define CHUNK		65536
#define DROP_TRIES	20
#define PAUSE_NS	200000	/* the task that waits for a fault has gone to sleep by then */
#define THP		"/sys/kernel/mm/transparent_hugepage/"
#define NR_HUGE		"/proc/sys/vm/nr_hugepages"

#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW	_IO(0xAA, 0x00)
#endif

struct user_memory_kind {
	const char *source;
	int (*open)(struct user_memory *m, const char *where, char *reason);
	int (*prepare)(const struct user_memory *m);	/* NULL: it stays as it is */
	unsigned char (*byte)(size_t offset);
	void (*close)(struct user_memory *m);
};

#define REFUSE(reason, error, ...)	\
	(snprintf(reason, USER_MEMORY_REASON_LEN, __VA_ARGS__), -(error))

static size_t round_up(size_t value, size_t to)
{
	return (value + to - 1) / to * to;
}

static unsigned char zero(size_t offset)
{
	(void)offset;
	return 0;
}

/* No two pages near each other are the same. */
static unsigned char pattern(size_t offset)
{
	return (offset ^ offset >> 8 ^ offset >> 16) * 167 + 13;
}

static void fill(unsigned char *to, size_t offset, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = pattern(offset + i);
}

/* The first number in a file, behind a word where one is given; -1 without */
static long number_in(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	long number = -1;
	char line[256];

	while (file && number < 0 && fgets(line, sizeof(line), file))
		if (!word)
			number = strtol(line, NULL, 10);
		else if (!strncmp(line, word, strlen(word)))
			number = strtol(line + strlen(word), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

static int map_anonymous(struct user_memory *m, int flags, char *reason)
{
	m->addr = mmap(NULL, m->len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (m->addr != MAP_FAILED)
		return 0;
	return REFUSE(reason, errno, "cannot map %zu bytes: %s", m->len, strerror(errno));
}

static void unmap(struct user_memory *m)
{
	munmap(m->addr, m->len);
}

/* Of private memory this is all there is to it: it reads as zeroes afterwards. */
static int drop(const struct user_memory *m)
{
	return madvise(m->addr, m->len, MADV_DONTNEED) ? -errno : 0;
}

static int open_resident(struct user_memory *m, const char *where, char *reason)
{
	(void)where;
	return map_anonymous(m, MAP_POPULATE, reason);
}

static int prepare_resident(const struct user_memory *m)
{
	memset(m->addr, 0, m->len);
	return 0;
}

static int open_anonymous(struct user_memory *m, const char *where, char *reason)
{
	int ret = map_anonymous(m, 0, reason);

	(void)where;
	/* A fault is to be one of a page, whatever the size of the whole. */
	if (!ret)
		madvise(m->addr, m->len, MADV_NOHUGEPAGE);
	return ret;
}

struct file_state {
	int fd;
	bool cached_only;	/* on a file system that has its data nowhere else */
	unsigned char *want, *seen;
};

static int open_in(const char *folder)
{
	char path[4096];
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	snprintf(path, sizeof(path), "%s/kmapbench.XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Only what was written to is written again. */
static int restore_file(const struct user_memory *m)
{
	struct file_state *s = m->state;
	size_t at, n;

	for (at = 0; at < m->len; at += n) {
		n = m->len - at < CHUNK ? m->len - at : CHUNK;
		fill(s->want, at, n);
		if (pread(s->fd, s->seen, n, at) == (ssize_t)n && !memcmp(s->seen, s->want, n))
			continue;
		errno = EIO;
		if (pwrite(s->fd, s->want, n, at) != (ssize_t)n)
			return -errno;
	}
	return 0;
}

static bool is_cached(const struct user_memory *m)
{
	size_t page = sysconf(_SC_PAGESIZE), nr = m->len / page, i;
	unsigned char *vec = calloc(1, nr);
	bool cached = !vec || mincore(m->addr, m->len, vec);

	for (i = 0; !cached && i < nr; i++)
		cached = vec[i] & 1;
	free(vec);
	return cached;
}

static int prepare_file(const struct user_memory *m)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	struct file_state *s = m->state;
	int ret = restore_file(m), tries;

	/* What is mapped is not dropped from the page cache. */
	ret = ret ? ret : drop(m);
	if (ret || s->cached_only)
		return ret;
	for (tries = 0; tries < DROP_TRIES; tries++) {
		if (fdatasync(s->fd))
			return -errno;
		posix_fadvise(s->fd, 0, 0, POSIX_FADV_DONTNEED);
		if (!is_cached(m))
			return 0;
		nanosleep(&nap, NULL);
	}
	return -EBUSY;
}

static void close_file(struct user_memory *m)
{
	struct file_state *s = m->state;

	if (m->addr != MAP_FAILED)
		unmap(m);
	if (s->fd >= 0)
		close(s->fd);
	free(s->want);
	free(s->seen);
	free(s);
}

static int map_file(struct user_memory *m, const char *where, const char *name, char *reason)
{
	struct file_state *s = m->state;
	struct statfs fs;

	s->fd = where ? open_in(where) : memfd_create("kmapbench", MFD_CLOEXEC);
	if (s->fd >= 0 && !fstatfs(s->fd, &fs) && !ftruncate(s->fd, m->len))
		m->addr = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (m->addr == MAP_FAILED)
		return REFUSE(reason, errno == ENOSYS ? EOPNOTSUPP : errno,
			      "%s: cannot make and map a file of %zu bytes: %s", name, m->len,
			      strerror(errno));
	s->cached_only = fs.f_type == TMPFS_MAGIC ||
			 (unsigned long)fs.f_type == (unsigned long)RAMFS_MAGIC;
	return 0;
}

static int open_file(struct user_memory *m, const char *where, char *reason)
{
	struct file_state *s = calloc(1, sizeof(*s));
	const char *name = where ? where : "tmpfs";
	int ret;

	if (!s)
		return REFUSE(reason, ENOMEM, "no memory");
	m->state = s;
	m->addr = MAP_FAILED;
	s->fd = -1;
	s->want = malloc(CHUNK);
	s->seen = malloc(CHUNK);
	if (!s->want || !s->seen)
		ret = REFUSE(reason, ENOMEM, "no memory");
	else
		ret = map_file(m, where, name, reason);
	if (!ret && prepare_file(m) == -EBUSY)
		ret = REFUSE(reason, EOPNOTSUPP, "%s: a file there does not leave the page cache",
			     name);
	if (ret)
		close_file(m);
	return ret;
}

struct huge_state {
	void *map;		/* with what was cut off to align it */
	size_t map_len;
	long added;		/* huge pages that we had the kernel set aside */
};

static int set_nr_huge(long nr)
{
	FILE *file = fopen(NR_HUGE, "we");
	int ret = file && fprintf(file, "%ld\n", nr) > 0 ? 0 : -EPERM;

	if (file && fclose(file))
		ret = -EPERM;
	return ret;
}

static void give_back_huge(long added)
{
	long nr = number_in(NR_HUGE, NULL);

	if (added > 0 && nr >= added)
		set_nr_huge(nr - added);
}

/* So many free huge pages; what was added to the kernel's is in *added. */
static int set_aside_huge(long want, long *added, char *reason)
{
	long before = number_in(NR_HUGE, NULL);
	long spare = number_in("/proc/meminfo", "HugePages_Free:") -
		     number_in("/proc/meminfo", "HugePages_Rsvd:");

	*added = 0;
	if (spare >= want)
		return 0;
	if (set_nr_huge(before + want - spare))
		return REFUSE(reason, EOPNOTSUPP,
			      "%ld free huge pages are wanted, there are %ld, and " NR_HUGE
			      " may not be written to", want, spare);
	*added = number_in(NR_HUGE, NULL) - before;
	if (*added >= want - spare)
		return 0;
	give_back_huge(*added);
	return REFUSE(reason, EOPNOTSUPP,
		      "%ld free huge pages are wanted, and the kernel found memory for %ld", want,
		      spare + *added);
}

static int open_hugetlb(struct user_memory *m, char *reason)
{
	long size = number_in("/proc/meminfo", "Hugepagesize:") * 1024;
	struct huge_state *s = m->state;
	int ret;

	if (size <= 0)
		return REFUSE(reason, EOPNOTSUPP, "this kernel or machine has no huge pages");
	m->len = round_up(m->len, size);
	ret = set_aside_huge(m->len / size, &s->added, reason);
	if (ret)
		return ret;
	ret = map_anonymous(m, MAP_HUGETLB, reason);
	if (ret)
		give_back_huge(s->added);
	s->map = m->addr;
	s->map_len = m->len;
	return ret;
}

/* Does the kernel say of the whole that it is in huge pages? It must be there to be asked. */
static bool is_thp(const struct user_memory *m)
{
	uintptr_t from = (uintptr_t)m->addr;
	FILE *file = fopen("/proc/self/smaps", "re");
	bool ours = false;
	size_t huge = 0;
	unsigned long long start, end;
	char line[512];
	long kb;

	memset(m->addr, 0, m->len);
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			ours = start < from + m->len && end > from;
		else if (ours && sscanf(line, "AnonHugePages: %ld kB", &kb) == 1)
			huge += kb * 1024;
	}
	if (file)
		fclose(file);
	return huge >= m->len;
}

static int open_thp(struct user_memory *m, char *reason)
{
	long size = number_in(THP "hpage_pmd_size", NULL);
	struct huge_state *s = m->state;

	if (size <= 0)
		return REFUSE(reason, EOPNOTSUPP, "this kernel has no transparent huge pages");
	m->len = round_up(m->len, size);
	s->map_len = m->len + size;
	s->map = mmap(NULL, s->map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->map == MAP_FAILED)
		return REFUSE(reason, errno, "cannot map %zu bytes: %s", s->map_len,
			      strerror(errno));
	m->addr = (void *)round_up((uintptr_t)s->map, size);
	if (!madvise(m->addr, m->len, MADV_HUGEPAGE) && is_thp(m))
		return 0;
	munmap(s->map, s->map_len);
	return REFUSE(reason, EOPNOTSUPP,
		      "the kernel gave no transparent huge pages: see " THP "enabled");
}

static int open_huge(struct user_memory *m, const char *where, char *reason)
{
	struct huge_state *s = calloc(1, sizeof(*s));
	size_t len = m->len;
	int ret;

	if (!s)
		return REFUSE(reason, ENOMEM, "no memory");
	m->state = s;
	if (where && strcmp(where, "thp") && strcmp(where, "hugetlb")) {
		ret = REFUSE(reason, EINVAL, "%s: no kind of huge pages: thp, hugetlb", where);
	} else {
		ret = where && strcmp(where, "thp") ? -EOPNOTSUPP : open_thp(m, reason);
		m->len = ret ? len : m->len;
		if (ret && (!where || strcmp(where, "thp")))
			ret = open_hugetlb(m, reason);
	}
	if (ret)
		free(s);
	return ret;
}

static void close_huge(struct user_memory *m)
{
	struct huge_state *s = m->state;

	munmap(s->map, s->map_len);
	give_back_huge(s->added);
	free(s);
}

struct blocked_state {
	int faults, stop[2];
	bool serves;
	pthread_t thread;
	uintptr_t base;
	size_t page;
	unsigned char *data;
	atomic_ulong served;
};

static int serve(struct blocked_state *s, uintptr_t fault)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct uffdio_copy copy = {
		.dst = fault & ~(uintptr_t)(s->page - 1),
		.src = (uintptr_t)s->data,
		.len = s->page,
	};
	struct uffdio_range range = { .start = copy.dst, .len = s->page };

	fill(s->data, copy.dst - s->base, s->page);
	nanosleep(&pause, NULL);
	/* Who waits may be done before we come back. */
	atomic_fetch_add(&s->served, 1);
	while (ioctl(s->faults, UFFDIO_COPY, &copy)) {
		/* The mappings change: somebody forks, say. */
		if (errno != EAGAIN)
			return ioctl(s->faults, UFFDIO_WAKE, &range);
		copy.copy = 0;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static void *serve_all(void *arg)
{
	struct blocked_state *s = arg;
	struct pollfd wait[] = {
		{ .fd = s->stop[0], .events = POLLIN }, { .fd = s->faults, .events = POLLIN },
	};
	struct uffd_msg msg;

	while ((poll(wait, 2, -1) >= 0 || errno == EINTR) && !wait[0].revents)
		if (read(s->faults, &msg, sizeof(msg)) == sizeof(msg) &&
		    msg.event == UFFD_EVENT_PAGEFAULT)
			serve(s, msg.arg.pagefault.address);
	return NULL;
}

/* Not UFFD_USER_MODE_ONLY: the faults are the kernel's. */
static int open_userfaultfd(char *reason)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), dev, error = errno;

	if (fd < 0 && error == EPERM) {
		dev = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
		fd = dev < 0 ? -1 : ioctl(dev, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
		if (dev >= 0)
			close(dev);
	}
	if (fd >= 0)
		return fd;
	if (error == ENOSYS)
		return REFUSE(reason, EOPNOTSUPP,
			      "this kernel was built without CONFIG_USERFAULTFD");
	if (error == EPERM)
		return REFUSE(reason, EOPNOTSUPP,
			      "may not serve the kernel's faults: wants root, vm.unprivileged_userfaultfd=1 or /dev/userfaultfd");
	return REFUSE(reason, error, "userfaultfd: %s", strerror(error));
}

static void close_blocked(struct user_memory *m)
{
	struct blocked_state *s = m->state;

	if (s->serves && write(s->stop[1], "", 1) == 1)
		pthread_join(s->thread, NULL);
	if (m->addr != MAP_FAILED)
		unmap(m);
	if (s->faults >= 0)
		close(s->faults);
	if (s->stop[0] >= 0) {
		close(s->stop[0]);
		close(s->stop[1]);
	}
	free(s->data);
	free(s);
}

static int register_blocked(struct user_memory *m, char *reason)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct blocked_state *s = m->state;
	struct uffdio_register all = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int ret;

	s->faults = open_userfaultfd(reason);
	if (s->faults < 0)
		return s->faults;
	ret = map_anonymous(m, 0, reason);
	if (ret)
		return ret;
	madvise(m->addr, m->len, MADV_NOHUGEPAGE);
	s->base = (uintptr_t)m->addr;
	all.range.start = s->base;
	all.range.len = m->len;
	if (ioctl(s->faults, UFFDIO_API, &api) || ioctl(s->faults, UFFDIO_REGISTER, &all))
		return REFUSE(reason, errno, "userfaultfd: cannot register %zu bytes: %s", m->len,
			      strerror(errno));
	return 0;
}

static int start_serving(struct user_memory *m, char *reason)
{
	struct blocked_state *s = m->state;
	int error;

	s->data = malloc(s->page);
	if (!s->data)
		return REFUSE(reason, ENOMEM, "no memory");
	if (pipe2(s->stop, O_CLOEXEC)) {
		s->stop[0] = -1;
		return REFUSE(reason, errno, "cannot make a pipe: %s", strerror(errno));
	}
	error = pthread_create(&s->thread, NULL, serve_all, s);
	if (error)
		return REFUSE(reason, error, "cannot start a thread: %s", strerror(error));
	s->serves = true;
	return 0;
}

static int open_blocked(struct user_memory *m, const char *where, char *reason)
{
	struct blocked_state *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return REFUSE(reason, ENOMEM, "no memory");
	m->state = s;
	m->addr = MAP_FAILED;
	s->page = sysconf(_SC_PAGESIZE);
	s->faults = -1;
	s->stop[0] = -1;
	ret = register_blocked(m, reason);
	if (!ret && (!where || strcmp(where, "unserved")))
		ret = start_serving(m, reason);
	if (ret)
		close_blocked(m);
	return ret;
}

static const struct user_memory_kind kinds[] = {
	{ "resident",	open_resident,	prepare_resident, zero,	unmap },
	{ "anonymous",	open_anonymous,	drop,		zero,	unmap },
	{ "file",	open_file,	prepare_file,	pattern, close_file },
	{ "huge",	open_huge,	drop,		zero,	close_huge },
	{ "blocked",	open_blocked,	drop,		pattern, close_blocked },
	{ }
};

int user_memory_open(struct user_memory *memory, const char *source, size_t len,
		     const char *where, char reason[USER_MEMORY_REASON_LEN])
{
	const struct user_memory_kind *kind;
	int ret;

	*memory = (struct user_memory) { .len = round_up(len ? len : 1, sysconf(_SC_PAGESIZE)) };
	for (kind = kinds; kind->source; kind++)
		if (!strcmp(kind->source, source))
			memory->kind = kind;
	if (!memory->kind)
		return REFUSE(reason, EOPNOTSUPP, "nothing here provides memory for %s", source);
	ret = memory->kind->open(memory, where, reason);
	if (!ret) {
		ret = user_memory_prepare(memory);
		if (!ret)
			return 0;
		user_memory_close(memory);
		snprintf(reason, USER_MEMORY_REASON_LEN, "memory for %s cannot be made absent: %s",
			 source, strerror(-ret));
	}
	memory->kind = NULL;
	memory->addr = NULL;
	return ret;
}

int user_memory_prepare(const struct user_memory *memory)
{
	return memory->kind->prepare(memory);
}

unsigned char user_memory_byte(const struct user_memory *memory, size_t offset)
{
	return memory->kind->byte(offset);
}

bool user_memory_drops(const struct user_memory *memory)
{
	const struct file_state *s = memory->state;

	return memory->kind->close == close_file && !s->cached_only;
}

unsigned long user_memory_served(const struct user_memory *memory)
{
	const struct blocked_state *s = memory->state;

	return memory->kind->close == close_blocked ? atomic_load(&s->served) : 0;
}

void user_memory_close(struct user_memory *memory)
{
	memory->kind->close(memory);
}
