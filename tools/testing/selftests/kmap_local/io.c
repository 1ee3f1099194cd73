// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device as a file: through each map that gives an address, all that reads,
 * writes, splices and maps sees the same bytes, counts are what POSIX says, to
 * the byte, and user memory may be absent, forbidden, or the very same page.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "device.h"

#define PAGES		8	/* that most tests play with, at the device's end */
#define STEPS		300	/* random transfers by each map */
#define THREADS		2
#define PARAMETER	"/sys/module/kmap_bench/parameters/io_map"

struct map {
	const char *name;
	unsigned int row;
	int sleeps;
};

FIXTURE(io)
{
	int fd;
	struct kmb_query query;
	struct rows rows, kinds;
	struct map maps[MAX_ROWS], *end;	/* the legal ones */
	struct kmb_io io;
	size_t page, window;
	off_t start;			/* of the window */
	unsigned char *shadow, *buf;	/* as large as the window, and a page */
};

static int io_request(int fd, struct kmb_io *io)
{
	io->size = sizeof(*io);
	return ioctl(fd, KMB_IO, io) ? errno : 0;
}

static int choose(int fd, unsigned int row, char *reason)
{
	struct kmb_io io = { .flags = KMB_IO_MAP, .map = row };
	int error = io_request(fd, &io);

	if (reason)
		strcpy(reason, io.reason);
	return error;
}

static void *pages_map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void randomize(unsigned char *p, size_t len)
{
	while (len--)
		*p++ = random();
}

static const char *io_missing(void)
{
	static char few[96];
	const char *reason;
	int fd = device_open(&reason);
	struct kmb_query query;
	struct kmb_io io = {};

	if (fd < 0)
		return reason;
	if (device_query(fd, &query) || io_request(fd, &io))
		reason = "cannot ask the device";
	else if (io.bytes >= 4 * PAGES * (size_t)query.page_size)
		reason = NULL;
	else
		reason = few;
	snprintf(few, sizeof(few),
		 "the device has less than %u pages: load it with a larger io_size", 4 * PAGES);
	close(fd);
	return reason;
}

PROGRAM_NEEDS(io_missing)

FIXTURE_SETUP(io)
{
	const char *reason;
	unsigned int i;

	self->fd = device_open(&reason);
	ASSERT_LE(0, self->fd) {
		TH_LOG("%s", reason);
	}
	ASSERT_EQ(0, device_query(self->fd, &self->query));
	ASSERT_EQ(0, device_rows(self->fd, KMB_LIST_MAPS, &self->rows));
	ASSERT_EQ(0, device_rows(self->fd, KMB_LIST_PAGES, &self->kinds));
	memset(&self->io, 0, sizeof(self->io));
	ASSERT_EQ(0, io_request(self->fd, &self->io));
	self->page = self->query.page_size;
	self->window = PAGES * self->page;
	self->start = self->io.bytes - self->window;
	self->end = self->maps;
	for (i = 0; i < self->rows.nr; i++) {
		if (choose(self->fd, i, NULL))
			continue;
		*self->end++ = (struct map) {
			self->rows.row[i].name, i,
			self->rows.row[i].row_flags & KMB_ROW_SLEEPS,
		};
	}
	ASSERT_EQ(0, choose(self->fd, self->io.map, NULL));
	self->shadow = pages_map(self->window + self->page);
	self->buf = pages_map(self->window + self->page);
	ASSERT_TRUE(!!self->shadow);
	ASSERT_TRUE(!!self->buf);
	srandom(1);
	randomize(self->shadow, self->window);
	ASSERT_EQ(self->window, pwrite(self->fd, self->shadow, self->window, self->start));
}

FIXTURE_TEARDOWN(io)
{
	if (self->fd >= 0)
		close(self->fd);
}

/* The rules once more, from what the rows say of themselves */
TEST_F(io, maps_are_taken_or_refused_with_the_reason)
{
	int low = self->kinds.row[self->io.pages].row_flags & KMB_ROW_LOWMEM ||
		  !(self->query.kernel & KMB_KERNEL_HIGHMEM);
	unsigned int i;

	for (i = 0; i < self->rows.nr; i++) {
		__u32 flags = self->rows.row[i].row_flags;
		char reason[KMB_REASON_LEN];
		int legal = flags & KMB_ROW_MAPS && !(flags & KMB_ROW_ABSENT) &&
			    (low || !(flags & KMB_ROW_LOWMEM));

		EXPECT_EQ(legal ? 0 : EOPNOTSUPP, choose(self->fd, i, reason)) {
			TH_LOG("%s: %s", self->rows.row[i].name, reason);
		}
		EXPECT_EQ(legal, reason[0] == '\0') {
			TH_LOG("%s: '%s'", self->rows.row[i].name, reason);
		}
	}
	EXPECT_EQ(ENOENT, choose(self->fd, self->rows.nr, NULL));
	EXPECT_EQ(0, choose(self->fd, rows_find(&self->rows, "kmap_local"), NULL));
	EXPECT_EQ(0, choose(self->fd, rows_find(&self->rows, "kmap_atomic"), NULL));
	EXPECT_EQ(0, choose(self->fd, rows_find(&self->rows, "kmap"), NULL));
}

TEST_F(io, requests_keep_the_vocabulary)
{
	struct kmb_io io = { .size = 8 }, other = { 0 };
	const char *reason;
	int fd = device_open(&reason);

	EXPECT_EQ(-1, ioctl(self->fd, KMB_IO, &io));
	EXPECT_EQ(EINVAL, errno);
	io = (struct kmb_io) { .flags = 2 };
	EXPECT_EQ(EINVAL, io_request(self->fd, &io));
	io = (struct kmb_io) { .reserved = 1 };
	EXPECT_EQ(EINVAL, io_request(self->fd, &io));
	/* A choice is one open file's, and a question changes nothing. */
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, choose(self->fd, rows_find(&self->rows, "vmap"), NULL));
	io = (struct kmb_io) { .map = self->rows.nr };
	EXPECT_EQ(0, io_request(self->fd, &io));
	EXPECT_EQ(rows_find(&self->rows, "vmap"), io.map);
	EXPECT_EQ(0, io_request(fd, &other));
	EXPECT_EQ(self->io.map, other.map);
	EXPECT_EQ(ENOENT, choose(self->fd, self->rows.nr, NULL));
	EXPECT_EQ(0, io_request(self->fd, &io));
	EXPECT_EQ(rows_find(&self->rows, "vmap"), io.map);
	close(fd);
}

static int parameter_set(const char *name)
{
	int fd = open(PARAMETER, O_WRONLY), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, name, strlen(name)) < 0)
		error = errno;
	close(fd);
	return error;
}

TEST_F(io, the_parameter_is_for_files_opened_later)
{
	struct kmb_io io = { 0 };
	const char *reason;
	int fd;

	EXPECT_EQ(EINVAL, parameter_set("no_such_map"));
	EXPECT_EQ(EOPNOTSUPP, parameter_set("none"));
	EXPECT_EQ(0, parameter_set("kmap"));
	EXPECT_EQ(0, io_request(self->fd, &io));
	EXPECT_EQ(self->io.map, io.map);
	fd = device_open(&reason);
	EXPECT_EQ(0, io_request(fd, &io));
	EXPECT_STREQ("kmap", self->rows.row[io.map].name);
	close(fd);
	EXPECT_EQ(0, parameter_set(self->rows.row[self->io.map].name));
}

/* 0, 1, a page and its neighbours, several, and anything, up to @max */
static size_t random_length(size_t page, size_t max)
{
	const size_t edges[] = { 0, 1, page - 1, page, page + 1, 2 * page, 3 * page + 1 };
	size_t n = random() % 2 ? edges[random() % ARRAY_SIZE(edges)] :
				  (size_t)random() % (max + 1);

	return n > max ? max : n;
}

static size_t random_offset(size_t page, size_t max)
{
	size_t off = random() % (max + 1);

	if (random() % 3)
		return off;
	off = off / page * page + random() % 3;
	return off > max ? max : off;
}

enum { BY_OFFSET, BY_POSITION, IN_PIECES, NR_MANNERS };

static ssize_t transfer(int fd, int out, int manner, unsigned char *buf, size_t len, off_t at)
{
	struct iovec iov[3] = {
		{ buf, len / 3 }, { buf + len / 3, len / 2 - len / 3 },
		{ buf + len / 2, len - len / 2 },
	};

	switch (manner) {
	case BY_OFFSET:
		return out ? pwrite(fd, buf, len, at) : pread(fd, buf, len, at);
	case BY_POSITION:
		if (lseek(fd, at, SEEK_SET) != at)
			return -2;
		return out ? write(fd, buf, len) : read(fd, buf, len);
	default:
		if (lseek(fd, at, SEEK_SET) != at)
			return -2;
		return out ? writev(fd, iov, 3) : readv(fd, iov, 3);
	}
}

TEST_F(io, random_transfers_agree_with_a_shadow)
{
	unsigned int step, short_counts = 0;
	const struct map *m;

	for (m = self->maps; m < self->end; m++) {
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		for (step = 0; step < STEPS; step++) {
			size_t off = random_offset(self->page, self->window);
			size_t len = random_length(self->page, self->window);
			size_t room = self->window - off, n = len < room ? len : room;
			int out = random() % 2, manner = random() % NR_MANNERS;
			ssize_t expected = n, got;

			if (random() % 4 == 0)
				madvise(self->buf, self->window, MADV_DONTNEED);
			if (out) {
				randomize(self->buf, len);
				memcpy(self->shadow + off, self->buf, n);
				if (!room && len)
					expected = -1;
			}
			errno = 0;
			got = transfer(self->fd, out, manner, self->buf, len, self->start + off);
			ASSERT_EQ(expected, got) {
				TH_LOG("%s: step %u: %s of %zu at %zu", m->name, step,
				       out ? "write" : "read", len, off);
			}
			ASSERT_EQ(expected < 0 ? ENOSPC : 0, errno);
			if (manner != BY_OFFSET && expected >= 0)
				ASSERT_EQ(self->start + off + n, lseek(self->fd, 0, SEEK_CUR));
			if (!out)
				ASSERT_EQ(0, memcmp(self->buf, self->shadow + off, n)) {
					TH_LOG("%s: step %u: read of %zu at %zu: other bytes",
					       m->name, step, len, off);
				}
			short_counts += n && n < len;
		}
		ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
		ASSERT_EQ(0, memcmp(self->buf, self->shadow, self->window)) {
			TH_LOG("%s: the device is not what was written", m->name);
		}
	}
	EXPECT_LT(0, short_counts);
}

TEST_F(io, the_end_is_where_it_is)
{
	const off_t end = self->io.bytes;
	char c = 1;

	EXPECT_EQ(end, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(0, read(self->fd, &c, 1));
	EXPECT_EQ(-1, write(self->fd, &c, 1));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(0, write(self->fd, &c, 0));
	EXPECT_EQ(end - 1, lseek(self->fd, -1, SEEK_CUR));
	EXPECT_EQ(1, write(self->fd, &c, 1));
	EXPECT_EQ(-1, lseek(self->fd, 1, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, &c, 1, end + 12345));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(0, pread(self->fd, &c, 1, end + 12345));
	EXPECT_TRUE(mmap(NULL, 2 * self->page, PROT_READ, MAP_SHARED, self->fd,
			 end - self->page) == MAP_FAILED);
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(0, fsync(self->fd));
}

static int all_zero(const unsigned char *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

/* Leaves pages of the kind that the device is made of behind that are not zero */
static void pages_soil(unsigned char *buf, size_t len)
{
	int fds[2];

	if (pipe(fds))
		return;
	memset(buf, 0xff, len);
	if (write(fds[1], buf, len) < 0)
		perror("pipe");
	close(fds[0]);
	close(fds[1]);
}

/* In the middle of the device, where no other test writes */
TEST_F(io, what_was_never_written_is_zero)
{
	off_t at = self->io.bytes / self->page / 2 * self->page;
	struct iovec iov = { self->buf, 1 };

	/* Twice, so that what a read leaves alone is not taken for what is there. */
	memset(self->buf, 0xff, 3 * self->page);
	memset(self->shadow, 0x11, 3 * self->page);
	ASSERT_EQ(3 * self->page, pread(self->fd, self->buf, 3 * self->page, at));
	ASSERT_EQ(3 * self->page, pread(self->fd, self->shadow, 3 * self->page, at));
	ASSERT_EQ(0, memcmp(self->buf, self->shadow, 3 * self->page));
	if (!all_zero(self->buf, 3 * self->page))
		SKIP(return, "somebody has written there: load the module anew");
	self->buf[0] = 1;
	/* No wait for memory; and once there, it is zero but for what is written. */
	if (pwritev2(self->fd, &iov, 1, at + self->page + 5, RWF_NOWAIT) == 1)
		SKIP(return, "a page is there already: load the module anew");
	EXPECT_EQ(EAGAIN, errno);
	pages_soil(self->shadow, self->window);
	ASSERT_EQ(1, pwrite(self->fd, self->buf, 1, at + self->page + 5));
	EXPECT_EQ(1, pwritev2(self->fd, &iov, 1, at + self->page + 6, RWF_NOWAIT));
	ASSERT_EQ(3 * self->page, pread(self->fd, self->buf, 3 * self->page, at));
	EXPECT_EQ(1, self->buf[self->page + 5] & self->buf[self->page + 6]);
	memset(self->buf + self->page + 5, 0, 2);
	EXPECT_TRUE(all_zero(self->buf, 3 * self->page));
	ASSERT_EQ(2, pwrite(self->fd, self->buf, 2, at + self->page + 5));
}

TEST_F(io, callers_that_must_not_wait_are_told)
{
	struct iovec iov = { self->buf, 100 };
	const struct map *m;

	for (m = self->maps; m < self->end; m++) {
		ssize_t n;

		/* These may sleep on some kernels, and say so on all. */
		if (!strcmp(m->name, "kmap_or_atomic"))
			continue;
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		n = preadv2(self->fd, &iov, 1, self->start, RWF_NOWAIT);
		EXPECT_EQ(m->sleeps ? -1 : 100, n) {
			TH_LOG("%s", m->name);
		}
		if (n < 0)
			EXPECT_EQ(EAGAIN, errno);
	}
}

TEST_F(io, pipes_carry_it_both_ways)
{
	size_t len = 2 * self->page + 100, from = 3 * self->page - 50, to = 77, done;
	const struct map *m;
	loff_t at;
	ssize_t n;
	int fds[2];

	ASSERT_EQ(0, pipe(fds));
	for (m = self->maps; m < self->end; m++) {
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		at = self->start + from;
		for (done = 0; done < len; done += n) {
			n = splice(self->fd, &at, fds[1], NULL, len - done, 0);
			ASSERT_LT(0, n) TH_LOG("%s: %s", m->name, strerror(errno));
		}
		ASSERT_EQ(self->start + from + len, at);
		for (done = 0, at = self->start + to; done < len; done += n) {
			n = splice(fds[0], NULL, self->fd, &at, len - done, 0);
			ASSERT_LT(0, n) TH_LOG("%s: %s", m->name, strerror(errno));
		}
		memmove(self->shadow + to, self->shadow + from, len);
		ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
		EXPECT_EQ(0, memcmp(self->buf, self->shadow, self->window)) TH_LOG("%s", m->name);
		randomize(self->shadow + from, len);
		ASSERT_EQ(len, pwrite(self->fd, self->shadow + from, len, self->start + from));
	}
	at = self->io.bytes;
	EXPECT_EQ(0, splice(self->fd, &at, fds[1], NULL, 1, 0));
}

TEST_F(io, sendfile_goes_both_ways)
{
	size_t len = self->window - 3;
	const struct map *m;
	int file;

	for (m = self->maps; m < self->end; m++) {
		off_t at = self->start + 1, zero = 0;

		file = memfd_create("io", 0);
		ASSERT_LE(0, file);
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		ASSERT_EQ(len, sendfile(file, self->fd, &at, len)) TH_LOG("%s", m->name);
		ASSERT_EQ(len, pread(file, self->buf, self->window, 0));
		EXPECT_EQ(0, memcmp(self->buf, self->shadow + 1, len)) TH_LOG("%s", m->name);
		randomize(self->shadow + 2, len);
		ASSERT_EQ(len, pwrite(file, self->shadow + 2, len, 0));
		ASSERT_EQ(self->start + 2, lseek(self->fd, self->start + 2, SEEK_SET));
		ASSERT_EQ(len, sendfile(self->fd, file, &zero, len)) TH_LOG("%s", m->name);
		ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
		EXPECT_EQ(0, memcmp(self->buf, self->shadow, self->window)) TH_LOG("%s", m->name);
		close(file);
	}
}

TEST_F(io, a_mapping_shows_the_very_pages)
{
	unsigned char *shared, *copy;
	const struct map *m;

	shared = mmap(NULL, self->window, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		      self->start);
	copy = mmap(NULL, self->window, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd,
		    self->start);
	ASSERT_TRUE(shared != MAP_FAILED);
	ASSERT_TRUE(copy != MAP_FAILED);
	EXPECT_EQ(0, memcmp(shared, self->shadow, self->window));
	for (m = self->maps; m < self->end; m++) {
		size_t at = random() % (self->window - 2 * self->page), len = self->page + 9;

		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		randomize(self->shadow + at, len);
		ASSERT_EQ(len, pwrite(self->fd, self->shadow + at, len, self->start + at));
		EXPECT_EQ(0, memcmp(shared, self->shadow, self->window)) TH_LOG("%s", m->name);
		at = random() % (self->window - 2 * self->page);
		randomize(self->shadow + at, len);
		memcpy(shared + at, self->shadow + at, len);
		ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
		EXPECT_EQ(0, memcmp(self->buf, self->shadow, self->window)) TH_LOG("%s", m->name);
	}
	memset(copy, 0, self->window);
	EXPECT_EQ(0, memcmp(shared, self->shadow, self->window));
}

/* To and from a mapping of the page that is written or read: nothing to wait for. */
TEST_F(io, the_buffer_may_be_the_same_page)
{
	size_t page = self->page, half = self->page / 2;
	const struct map *m;
	unsigned char *p;

	p = mmap(NULL, self->window, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, self->start);
	ASSERT_TRUE(p != MAP_FAILED);
	for (m = self->maps; m < self->end; m++) {
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		madvise(p, self->window, MADV_DONTNEED);
		EXPECT_EQ(page, pwrite(self->fd, p, page, self->start)) TH_LOG("%s", m->name);
		madvise(p, self->window, MADV_DONTNEED);
		EXPECT_EQ(page, pread(self->fd, p, page, self->start)) TH_LOG("%s", m->name);
		EXPECT_EQ(0, memcmp(p, self->shadow, self->window)) TH_LOG("%s", m->name);

		/* Its first half to its second, over a page's edge; and back */
		madvise(p, self->window, MADV_DONTNEED);
		EXPECT_EQ(half, pwrite(self->fd, p + page - half / 2, half,
				       self->start + page + half / 2)) TH_LOG("%s", m->name);
		memcpy(self->shadow + page + half / 2, self->shadow + page - half / 2, half);
		madvise(p, self->window, MADV_DONTNEED);
		EXPECT_EQ(half, pread(self->fd, p + 3 * page, half, self->start + 3 * page + half))
			TH_LOG("%s", m->name);
		memcpy(self->shadow + 3 * page, self->shadow + 3 * page + half, half);
		EXPECT_EQ(0, memcmp(p, self->shadow, self->window)) TH_LOG("%s", m->name);
		randomize(p, self->window);
		memcpy(self->shadow, p, self->window);
	}
}

TEST_F(io, absent_memory_is_faulted_in)
{
	const struct map *m;

	for (m = self->maps; m < self->end; m++) {
		unsigned char *fresh = pages_map(self->window);

		ASSERT_TRUE(!!fresh);
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		ASSERT_EQ(self->window - 1,
			  pread(self->fd, fresh + 1, self->window - 1, self->start + 1))
			TH_LOG("%s", m->name);
		EXPECT_EQ(0, memcmp(fresh + 1, self->shadow + 1, self->window - 1))
			TH_LOG("%s", m->name);
		madvise(fresh, self->window, MADV_DONTNEED);
		ASSERT_EQ(self->window, pwrite(self->fd, fresh, self->window, self->start))
			TH_LOG("%s", m->name);
		ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
		EXPECT_TRUE(all_zero(self->buf, self->window)) TH_LOG("%s", m->name);
		ASSERT_EQ(self->window, pwrite(self->fd, self->shadow, self->window, self->start));
		munmap(fresh, self->window);
	}
}

/* Memory of three pages, the middle one of which is protected, or (PROT_WRITE) no more */
static unsigned char *holed(size_t page, int how)
{
	unsigned char *p = pages_map(3 * page);
	int error;

	if (!p)
		return NULL;
	memset(p, 0x77, 3 * page);
	error = how == PROT_WRITE ? munmap(p + page, page) : mprotect(p + page, page, how);
	return error ? NULL : p;
}

struct kind {
	const char *name, *map;
	int out, how;
};

/* Up to the byte before what cannot be had, @n bytes ahead, and not one more */
static void exact_count(struct __test_metadata *_metadata, FIXTURE_DATA(io) * self,
			const struct kind *kind, unsigned char *p, size_t n, size_t at)
{
	off_t pos = self->start + at;

	ASSERT_EQ(self->window, pwrite(self->fd, self->shadow, self->window, self->start));
	ASSERT_EQ(n, transfer(self->fd, kind->out, BY_POSITION, p + self->page - n,
			      self->page + n, pos)) {
		TH_LOG("%s: %s: %zu bytes ahead, device at %zu", kind->map, kind->name, n, at);
	}
	ASSERT_EQ(pos + n, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, transfer(self->fd, kind->out, BY_OFFSET, p + self->page, 100, pos));
	EXPECT_EQ(EFAULT, errno);
	if (kind->out)
		memcpy(self->shadow + at, p + self->page - n, n);
	else
		EXPECT_EQ(0, memcmp(p + self->page - n, self->shadow + at, n));
	ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
	ASSERT_EQ(0, memcmp(self->buf, self->shadow, self->window)) {
		TH_LOG("%s: %s: other bytes on the device", kind->map, kind->name);
	}
	if (kind->out)
		randomize(self->shadow + at, n);
}

TEST_F(io, counts_are_exact_where_memory_ends)
{
	struct kind kinds[] = {
		{ "write from a hole", NULL, 1, PROT_WRITE },
		{ "write from PROT_NONE", NULL, 1, PROT_NONE },
		{ "read to a hole", NULL, 0, PROT_WRITE },
		{ "read to PROT_NONE", NULL, 0, PROT_NONE },
		{ "read to PROT_READ", NULL, 0, PROT_READ },
	};
	const size_t before[] = { 1, 2, 3, 5, 63, 64, 100, 1000, self->page };
	const size_t at[] = { 0, 1, self->page - 30, self->page - 500 };
	const struct map *m;
	unsigned int k, i;

	for (m = self->maps; m < self->end; m++) {
		ASSERT_EQ(0, choose(self->fd, m->row, NULL));
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			unsigned char *p;

			/* Its kernel reads what nobody may: Documentation/kmapbench/findings.rst */
			if (kinds[k].out && kinds[k].how == PROT_NONE && on_user_mode_linux())
				continue;
			p = holed(self->page, kinds[k].how);
			ASSERT_TRUE(!!p);
			kinds[k].map = m->name;
			for (i = 0; i < ARRAY_SIZE(before) * ARRAY_SIZE(at); i++)
				exact_count(_metadata, self, &kinds[k], p,
					    before[i / ARRAY_SIZE(at)], at[i % ARRAY_SIZE(at)]);
			munmap(p, 3 * self->page);
		}
	}
}

struct writer {
	pthread_t thread;
	int fd, nr, error;
	size_t window;
	off_t start;
};

/* Every second byte: what others write next to it stays. */
static void *writer_fn(void *arg)
{
	struct writer *w = arg;
	unsigned char c = 0x40 + w->nr;
	size_t i;

	for (i = w->nr; i < w->window / 8; i += THREADS)
		if (pwrite(w->fd, &c, 1, w->start + i) != 1)
			w->error = errno;
	return NULL;
}

TEST_F(io, open_files_share_the_bytes)
{
	struct writer writers[THREADS] = { 0 };
	const struct map *m;
	const char *reason;
	size_t i;
	int t;

	for (m = self->maps; m < self->end; m++) {
		memset(self->buf, 0, self->window);
		ASSERT_EQ(self->window, pwrite(self->fd, self->buf, self->window, self->start));
		for (t = 0; t < THREADS; t++) {
			writers[t] = (struct writer) {
				.fd = device_open(&reason), .nr = t,
				.window = self->window, .start = self->start,
			};
			ASSERT_LE(0, writers[t].fd);
			ASSERT_EQ(0, choose(writers[t].fd, t ? m->row : self->io.map, NULL));
			pthread_create(&writers[t].thread, NULL, writer_fn, &writers[t]);
		}
		for (t = 0; t < THREADS; t++) {
			pthread_join(writers[t].thread, NULL);
			EXPECT_EQ(0, writers[t].error);
			close(writers[t].fd);
		}
		ASSERT_EQ(self->window, pread(self->fd, self->buf, self->window, self->start));
		for (i = 0; i < self->window / 8; i++)
			ASSERT_EQ(0x40 + i % THREADS, self->buf[i]) TH_LOG("%s: %zu", m->name, i);
		EXPECT_TRUE(all_zero(self->buf + i, self->window - i));
	}
}

TEST_HARNESS_MAIN
