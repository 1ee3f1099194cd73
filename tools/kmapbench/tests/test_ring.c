// SPDX-License-Identifier: GPL-2.0-or-later
/* Transfers, by system calls and by a ring: all bytes of all of them, once each. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler.h"
#include "harness.h"
#include "kmapbench.h"
#include "ring.h"

#define SIZE	3000
#define PLACES	5
#define SPAN	(PLACES * SIZE)
#define NR	17
#define DEPTH	4

static char buffers[DEPTH * SIZE];
static double latencies[NR];

static struct transfers transfers_of(int fd, size_t depth, bool write)
{
	return (struct transfers){
		.name = "file", .fd = fd, .write = write, .size = SIZE, .span = SPAN, .nr = NR,
		.depth = depth, .buffers = buffers, .latencies = latencies,
	};
}

static int file_of(size_t len)
{
	int fd = memfd_create("transfers", 0);
	char byte;
	size_t i;

	for (i = 0; i < len; i++) {
		byte = i % 251;
		if (pwrite(fd, &byte, 1, i) != 1)
			return -1;
	}
	return fd;
}

static bool all_took_time(void)
{
	size_t i;

	for (i = 0; i < NR; i++) {
		if (!(latencies[i] > 0) || latencies[i] > 1e11)
			return false;
	}
	memset(latencies, 0, sizeof(latencies));
	return true;
}

/* Whether @buffer is what stands at one of the places */
static bool is_of_the_file(const char *buffer)
{
	size_t place, i;

	for (place = 0; place < SPAN; place += SIZE) {
		for (i = 0; i < SIZE && buffer[i] == (char)((place + i) % 251); i++)
			;
		if (i == SIZE)
			return true;
	}
	return false;
}

static void try_all(struct ring *ring, size_t depth, bool fixed)
{
	struct transfers t = transfers_of(file_of(SPAN), depth, false);
	char *got = malloc(SPAN);
	size_t i;

	t.fixed = fixed;
	memset(buffers, 0, sizeof(buffers));
	check(!(ring ? ring_transfer(ring, &t) : transfer_by_syscall(&t)));
	check(all_took_time());
	for (i = 0; i < depth; i++)
		check(is_of_the_file(buffers + i * SIZE));
	t.write = true;
	memset(buffers, 'w', sizeof(buffers));
	check(!(ring ? ring_transfer(ring, &t) : transfer_by_syscall(&t)));
	check(all_took_time());
	check(pread(t.fd, got, SPAN, 0) == SPAN);
	for (i = 0; i < SPAN; i++)
		check(got[i] == 'w');
	/* Nothing is behind its end. */
	t.write = false;
	check(!ftruncate(t.fd, SPAN - SIZE));
	check((ring ? ring_transfer(ring, &t) : transfer_by_syscall(&t)) == STATUS_FAILED);
	close(t.fd);
	free(got);
}

static void test_syscalls(void)
{
	try_all(NULL, 1, false);
}

static void test_ring(void)
{
	struct ring *ring;

	check(!ring_open(0, DEPTH, &ring));
	try_all(ring, DEPTH, false);
	ring_close(ring);
	check(!ring_open(0, DEPTH, &ring));
	check(!ring_register(ring, buffers, sizeof(buffers)));
	try_all(ring, DEPTH, true);
	ring_close(ring);
}

int main(void)
{
	struct ring *ring;
	int status = ring_open(0, 1, &ring);

	harness_run("system calls", test_syscalls);
	if (status == STATUS_UNAVAILABLE) {
		printf("ok %d - ring # SKIP no io_uring here\n", ++harness_nr);
		return harness_end();
	}
	ring_close(ring);
	harness_run("ring", test_ring);
	return harness_end();
}
