// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of all kinds by one io_uring, many in flight, in random order: cells,
 * checks, questions, reads and writes, with and without a registered buffer, some
 * linked, some cancelled. Each completes once, with a result that it may have. The
 * argument is how many.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest.h"
#include "request.h"
#include "ring.h"

#ifndef HAVE_LIBURING
int main(void)
{
	ksft_print_header();
	ksft_exit_skip(NO_LIBURING "\n");
}
#else

#define REQUESTS	10000
#define SLOTS		32
#define MAX_CELLS	32768
#define NEST		3

enum kind { NOP, QUERY, ENUM, LEGAL, RUN, CHECK, TRANSFER, CANCEL, NR_KINDS };

static const char * const kinds[] = {
	"nop", "query", "enum", "legal", "run", "check", "transfer", "cancel",
};

/* Of 256: few of those that take long */
static const unsigned int shares[] = { 64, 32, 44, 32, 16, 1, 52, 15 };

/* A request in flight, and what it needs until it is done */
struct slot {
	enum kind kind;
	bool busy;
	int wanted;		/* a transfer's result */
	struct kmb_query query;
	struct kmb_enum row;
	struct kmb_legal legal;
	struct kmb_run run;
	struct kmb_cell cell;
	struct kmb_check check;
	struct iovec iov;
};

static struct slot slots[SLOTS];
static struct rows lists[KMB_NR_LISTS], checks;
static __u32 cells[MAX_CELLS][KMB_NR_LISTS];
static unsigned int nr_cells, good_checks[MAX_ROWS], nr_checks;
static unsigned long done[NR_KINDS], cancelled, linked;
static struct kmb_query query;
static size_t area;		/* bytes of a slot, of memory and of the device */
static char *memory;
static int fd;

/* All but those that want memory of other kinds than the registered buffer's */
static void collect_cells(void)
{
	struct kmb_legal l = {
		.size = sizeof(l),
		.shape = { .node = -1, .pool = 1, .nest = NEST, .flags = KMB_SHAPE_FIXED },
	};

	do {
		const struct kmb_enum *source =
			&lists[KMB_LIST_SOURCES].row[l.cell[KMB_LIST_SOURCES]];

		if ((!(source->row_flags & KMB_ROW_CALLER) || !strcmp(source->name, "resident")) &&
		    !ioctl(fd, KMB_LEGAL, &l))
			memcpy(cells[nr_cells++], l.cell, sizeof(l.cell));
	} while (nr_cells < MAX_CELLS && cells_next(lists, l.cell));
}

static void collect_checks(void)
{
	unsigned int i;

	for (i = 0; i < checks.nr; i++)
		if (!strncmp(checks.row[i].name, "identity", strlen("identity")))
			good_checks[nr_checks++] = i;
}

static enum kind any_kind(void)
{
	unsigned int at = random() % 256, kind;

	for (kind = 0; at >= shares[kind]; kind++)
		at -= shares[kind];
	return kind;
}

static void *fill_request(struct slot *s, unsigned int *cmd)
{
	switch (s->kind) {
	case QUERY:
		s->query = (struct kmb_query) { .size = sizeof(s->query) };
		*cmd = KMB_QUERY;
		return &s->query;
	case ENUM:
		s->row = (struct kmb_enum) {
			.size = sizeof(s->row), .list = random() % KMB_NR_LISTS,
			.index = random() % 64,
		};
		*cmd = KMB_ENUM;
		return &s->row;
	case LEGAL:
		s->legal = (struct kmb_legal) {
			.size = sizeof(s->legal), .shape = { .node = -1, .pool = 1 },
		};
		memcpy(s->legal.cell, cells[random() % nr_cells], sizeof(s->legal.cell));
		*cmd = KMB_LEGAL;
		return &s->legal;
	case RUN:
		s->cell = (struct kmb_cell) { .iterations = 1 };
		memcpy(s->cell.cell, cells[random() % nr_cells], sizeof(s->cell.cell));
		s->run = run_of(&s->cell, NULL, 0);
		s->run.flags = KMB_RUN_VERIFY;
		s->run.shape.pool = 1;
		s->run.shape.nest = random() % (NEST + 1);
		s->run.shape.flags = KMB_SHAPE_FIXED;
		s->run.user_addr = (uintptr_t)memory + (s - slots) * area;
		s->run.user_len = area;
		*cmd = KMB_RUN;
		return &s->run;
	case CHECK:
		s->check = (struct kmb_check) {
			.size = sizeof(s->check), .check = good_checks[random() % nr_checks],
			.pages = rows_find(&lists[KMB_LIST_PAGES], "any"),
		};
		*cmd = KMB_CHECK;
		return &s->check;
	default:
		*cmd = KMB_NOP;
		return NULL;
	}
}

/* Within the slot's own part of the device, which nobody else writes to */
static void put_transfer(struct io_uring_sqe *sqe, struct slot *s)
{
	static const unsigned int ops[] = {
		IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV, IORING_OP_WRITEV,
		IORING_OP_READ_FIXED, IORING_OP_WRITE_FIXED,
	};
	unsigned int op = ops[random() % ARRAY_SIZE(ops)];
	size_t start = (s - slots) * area, at = random() % area;

	s->wanted = 1 + random() % (area - at);
	s->iov = (struct iovec) { memory + start + at, s->wanted };
	if (op == IORING_OP_READV || op == IORING_OP_WRITEV)
		io_uring_prep_rw(op, sqe, fd, &s->iov, 1, start + at);
	else
		io_uring_prep_rw(op, sqe, fd, s->iov.iov_base, s->wanted, start + at);
}

/*
 * Returns whether the next one waits for this one to end. A command that waits is left to
 * a worker: of one that is done when its turn comes, Linux 6.12 reads the entry only then,
 * and we have another request there by now.
 */
static bool put(struct io_uring *ring, struct slot *s, bool waits, bool more)
{
	struct io_uring_sqe *sqe;
	bool command;
	unsigned int cmd;
	void *arg;

	s->kind = any_kind();
	s->busy = true;
	command = s->kind != TRANSFER && s->kind != CANCEL;
	if (!command) {
		sqe = io_uring_get_sqe(ring);
		if (s->kind == TRANSFER)
			put_transfer(sqe, s);
		else
			io_uring_prep_cancel(sqe, &slots[random() % SLOTS], 0);
		io_uring_sqe_set_data(sqe, s);
	} else {
		arg = fill_request(s, &cmd);
		sqe = ring_put(ring, fd, cmd, arg, s);
		if (s->kind == RUN)
			sqe->rw_flags = IORING_URING_CMD_FIXED;
	}
	if (random() % 4 == 0 || (command && waits))
		sqe->flags |= IOSQE_ASYNC;
	if (!more || random() % 8)
		return false;
	sqe->flags |= IOSQE_IO_LINK;
	linked++;
	return true;
}

/* Is it a result that such a request may have, among others that cancel it? */
static bool fits(const struct slot *s, int res)
{
	if (res == -ECANCELED || res == -EINTR) {
		cancelled++;
		return true;
	}
	switch (s->kind) {
	case ENUM:
		return !res || res == -ENOENT;
	case LEGAL:
		return !res || res == -EOPNOTSUPP;
	case RUN:
		return !res || res == -ENOMEM || res == -EBUSY;
	case CHECK:
		return !res || res == -EOPNOTSUPP || res == -ENOMEM;
	case TRANSFER:
		return res == s->wanted;
	case CANCEL:
		return !res || res == -ENOENT || res == -EALREADY;
	default:
		return !res;
	}
}

static void describe(const struct slot *s, char *text, size_t size)
{
	char path[256] = "";

	if (s->kind == RUN)
		cell_path(lists, s->cell.cell, path, sizeof(path));
	snprintf(text, size, "%s %s %s", kinds[s->kind], path,
		 s->kind == RUN ? s->run.reason : s->kind == CHECK ? s->check.reason : "");
}

static bool reap(struct io_uring *ring, char *wrong, size_t size)
{
	void *data = NULL;
	int res = ring_wait(ring, &data), n;
	struct slot *s = data;

	if (!s || !s->busy) {
		snprintf(wrong, size, "%s", !s && res == -ETIME ? "a completion does not come" :
			 s ? "a request completed twice" : strerror(-res));
		return false;
	}
	s->busy = false;
	done[s->kind]++;
	if (fits(s, res))
		return true;
	describe(s, wrong, size);
	n = strlen(wrong);
	snprintf(wrong + n, size - n, ": %d (%s)", res, res < 0 ? strerror(-res) : "");
	return false;
}

static unsigned int find_free(struct slot *nr[SLOTS])
{
	unsigned int i, found = 0;

	for (i = 0; i < SLOTS; i++)
		if (!slots[i].busy)
			nr[found++] = &slots[i];
	return found;
}

/* Each free slot gets a request, and no chain goes on behind the last one. */
static bool put_all(struct io_uring *ring, unsigned long most, unsigned long *put_in)
{
	struct slot *nr[SLOTS];
	unsigned int i, found = find_free(nr);
	bool waits = false;

	if (found > most)
		found = most;
	for (i = 0; i < found; i++)
		waits = put(ring, nr[i], waits, i + 1 < found);
	*put_in += found;
	return !found || io_uring_submit(ring) == (int)found;
}

/* As many go in as have room, then some are waited for. */
static unsigned long go(struct io_uring *ring, unsigned long requests, char *wrong, size_t size)
{
	unsigned long put_in = 0, out = 0, until;

	while (out < requests) {
		if (!put_all(ring, requests - put_in, &put_in)) {
			snprintf(wrong, size, "cannot submit");
			return out;
		}
		until = put_in == requests ? put_in : out + 1 + random() % 8;
		for (; out < until && out < put_in; out++)
			if (!reap(ring, wrong, size))
				return out;
	}
	return out;
}

static void open_ring(struct io_uring *ring)
{
	struct iovec buffer;
	const char *reason;
	bool skip;
	int ret;

	reason = ring_open(ring, SLOTS, IORING_SETUP_SUBMIT_ALL, &skip);
	if (reason && skip)
		ksft_exit_skip("%s\n", reason);
	if (reason)
		ksft_exit_fail_msg("io_uring: %s\n", reason);
	area = (size_t)query.page_size << query.max_order;
	memory = mmap(NULL, SLOTS * area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		ksft_exit_fail_msg("memory: %s\n", strerror(errno));
	buffer = (struct iovec) { memory, SLOTS * area };
	ret = io_uring_register_buffers(ring, &buffer, 1);
	if (ret)
		ksft_exit_fail_msg("registering a buffer: %s\n", strerror(-ret));
}

int main(int argc, char **argv)
{
	unsigned long requests = argc > 1 ? strtoul(argv[1], NULL, 10) : REQUESTS, out;
	struct io_uring ring;
	char wrong[512] = "";
	unsigned int kind;
	long before;

	fd = device_begin(&query, lists, &checks);
	before = module_refcnt();
	open_ring(&ring);
	collect_cells();
	collect_checks();
	if (!nr_cells || !nr_checks)
		ksft_exit_fail_msg("no cells, or no checks\n");
	ksft_set_plan(NR_KINDS + 2);
	srandom(1);
	out = go(&ring, requests, wrong, sizeof(wrong));
	ksft_test_result(out == requests, "%lu of %lu completed as they may%s%s\n", out, requests,
			 wrong[0] ? ": " : "", wrong);
	for (kind = 0; kind < NR_KINDS; kind++)
		ksft_test_result(done[kind], "%s: %lu\n", kinds[kind], done[kind]);
	io_uring_queue_exit(&ring);
	ksft_print_msg("%lu were linked, %lu cancelled or interrupted\n", linked, cancelled);
	ksft_test_result(wait_references(before), "nothing is left behind\n");
	ksft_finished();
}
#endif
