/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KMAP_BENCH_H
#define _KMAP_BENCH_H

#include <linux/atomic.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/ktime.h>
#include <linux/prandom.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "kmap_bench_uapi.h"

/* map.copy.context.pages.source */
#define KMB_PATH_LEN	(KMB_NR_LISTS * KMB_NAME_LEN)

/* Row flags that callers have no use for; the others are the UAPI's. */
#define KMB_AT_POS	BIT(24)	/* a map's address is the byte, not its page */
#define KMB_FAILS	BIT(25)	/* a map that may give NULL */
#define KMB_REAL	BIT(26)	/* maps, highmem or not */
#define KMB_CORE	BIT(27)	/* KMB_REAL where FORCE_MAP is built */
#define KMB_ASKS	BIT(28)	/* a map that sleeps where preemptible() says it may */
#define KMB_RT_PREEMPTIBLE	BIT(29)	/* a context that is so on PREEMPT_RT */
#define KMB_PAGELESS	BIT(29)	/* a copy that needs no address */
#define KMB_SECOND	BIT(30)	/* a copy that maps a second page, of any kind */
#define KMB_ZEROES	BIT(31)	/* a copy that clears what it could not copy */
#define KMB_UAPI_FLAGS	GENMASK(23, 0)

/* Of sources, which never meet the flags above: what their memory is like */
#define KMB_CUT		BIT(24)	/* so from the middle of each operation on */
#define KMB_HOLE	BIT(25)	/* as if it were not mapped */
#define KMB_BUS		BIT(26)	/* its faults fail */
#define KMB_SLOW	BIT(27)	/* its faults sleep */
#define KMB_SELF	BIT(28)	/* the page that is mapped */

#define KMB_HERE	NULL
#define KMB_NEEDS(CONFIG_option) \
	(IS_ENABLED(CONFIG_option) ? KMB_HERE : "the kernel was built without " #CONFIG_option)

/* What a user copy's fault may itself map: a zeroed or copied page, a HIGHPTE. */
#define KMB_FAULT_SLOTS	4

#define KMB_MAX_NEST	16	/* the most that any kernel allows */
#define KMB_MAX_CELLS	8192
#define KMB_MAX_SAMPLES	BIT(22)
#define KMB_MAX_POOL	8192
#define KMB_MAX_ORDER	3
#define KMB_MAX_THREADS	64
#define KMB_MAX_INSIDE	128	/* LAST_PKMAP is 512 at least, each may want 2 */
#define KMB_MAX_ITERATIONS	BIT(20)
#define KMB_MAX_OFF_BYTES	SZ_64M	/* of a sample with preemption off */
#define KMB_MAX_OFF_ITERATIONS	BIT(16)
#define KMB_POOL_DEFAULT	64
#define KMB_TARGET_DEFAULT	200000
#define KMB_SEQUENCE		512	/* operations, more where the pool is larger */
#define KMB_FILL_BYTE		0x5a
#define KMB_WAIT_MS		10000
#define KMB_DELAY_DEFAULT	100
#define KMB_MAX_DELAY	(USEC_PER_SEC / 10)

enum kmb_map_id {
#define KMB_MAP(name, ...)	KMB_MAP_##name,
#include "maps.h"
#undef KMB_MAP
	KMB_NR_MAPS
};

enum kmb_copy_id {
#define KMB_COPY(name, ...)	KMB_COPY_##name,
#include "copies.h"
#undef KMB_COPY
	KMB_NR_COPIES
};

/* Where a copy's bytes come from and end up */
enum kmb_place {
	KMB_NOWHERE, KMB_PAGE, KMB_PEER, KMB_BUF, KMB_USER, KMB_NR_PLACES,
	KMB_BYTE = KMB_NR_PLACES, KMB_ZERO,
};

struct kmb_row {
	const char *name;
	const char *expr;
	u32 flags;
	const char *absent;	/* why it cannot be had here, or KMB_HERE */
};

struct kmb_copy_row {
	struct kmb_row row;
	enum kmb_place from, to;
};

struct kmb_side {
	struct page *page;
	struct folio *folio;
};

/* One mapping of an operation: @len bytes from byte @pos of the folio */
struct kmb_seg {
	struct kmb_side own, peer;
	u32 pos, len;
	u32 user;		/* its first byte in user memory */
};

/* One sample's work, and what came of it */
struct kmb_loop {
	const struct kmb_seg *seg, *end;
	unsigned int passes;
	void *buf;		/* as large as a folio, indexed by pos */
	void __user *ubuf;	/* indexed by user */
	const struct iov_iter *fixed;	/* READ and WRITE; the same bytes */
	unsigned long left;	/* bytes that user copies did not copy */
	unsigned long shorts;	/* user copies that left some */
	unsigned long slow;	/* that went on by way of kmap() */
	unsigned long failed;	/* maps that gave no address */
};

/* What a cell must leave as it found it */
struct kmb_state {
	int preempt_count, pagefault_disabled, migration_disabled, slots;
	bool irqs_off;
};

struct kmb_source_row {
	struct kmb_row row;
	unsigned long prot;	/* of what the module maps, PROT_*; 0: the caller did */
};

struct kmb_window;

/*
 * What one source is for the operations on one pool: areas of user memory, one
 * for each operation that is to find its own absent, else one for all
 */
struct kmb_user {
	const struct kmb_source_row *source;
	const struct kmb_pool *pool;
	struct kmb_seg *seq;		/* the pool's, with places in user memory */
	struct kmb_window *window;	/* NULL: the caller's memory */
	unsigned long addr;
	u32 area, nr_areas;		/* area: bytes of one */
	u32 shift;			/* of an operation in its area */
	u32 cut;			/* byte of an area where KMB_CUT begins */
	u32 percent;			/* of operations find it absent */
};

struct io_uring_cmd;
struct kmb_runner;

struct kmb_context_row {
	struct kmb_row row;
	int (*run)(struct kmb_runner *r, void (*fn)(void *arg), void *arg);
};

struct kmb_pages_row {
	struct kmb_row row;
	gfp_t gfp;
};

/* Pages of one kind, and a random sequence of operations on them */
struct kmb_pool {
	unsigned int kind, order, nr;	/* nr: operations draw from that many */
	unsigned int nr_held;
	struct page **pages;		/* nr own, nr peers, nr_held */
	void *alias;			/* all base pages, by vmap, for verification */
	struct kmb_seg *seq;
	unsigned int nr_ops, segs;	/* segs: mappings of an operation */
	unsigned int low, high;		/* base pages */
};

/* The threads of one open file that measure together */
struct kmb_group {
	spinlock_t lock;		/* of all but the two counters */
	wait_queue_head_t wait;
	u32 want, joined, inside;
	bool aborted;
	u32 key[7];		/* what all requests must agree on */
	atomic_t arrived, finished;	/* of all steps so far */
};

struct kmb_file {
	struct kmb_group group;
	struct kmb_runner *runner;	/* one that no thread uses now, or NULL */
	unsigned int io_map;		/* what read() and write() map by */
};

/* How a request came */
struct kmb_origin {
	struct kmb_file *file;
	struct io_uring_cmd *ioucmd;	/* NULL: by ioctl() */
	unsigned int issue_flags;
};

/* One request at work */
struct kmb_bench {
	struct kmb_run *run;
	const struct kmb_origin *origin;
	struct iov_iter fixed[2];	/* READ and WRITE of a registered buffer */
	struct kmb_group *group;	/* NULL for a thread alone */
	struct kmb_runner *runner;
	struct kmb_cell *cells;
	u32 *order;			/* in which a pass takes the cells */
	struct kmb_pool *pools;		/* one a kind, in use where nr is not 0 */
	struct kmb_user *users;		/* a source each of a kind, in use with a seq */
	void *buf;
	u32 nr_samples, step;
	u32 resident;			/* bytes of the caller's memory to be faulted in */
};

/* The lists, each in the file of its name (maps and copies: in cells.c) */
extern const struct kmb_context_row kmb_contexts[];
extern const struct kmb_pages_row kmb_pages[];
extern const struct kmb_source_row kmb_sources[];
extern const unsigned int kmb_nr_contexts, kmb_nr_pages, kmb_nr_sources;

/* loops.c */
void kmb_loop_run(enum kmb_map_id map, enum kmb_copy_id copy, struct kmb_loop *l);

/* contexts.c */
struct kmb_runner *kmb_runner_alloc(void);
void kmb_runner_free(struct kmb_runner *r);
void *kmb_runner_buf(const struct kmb_runner *r);
void *kmb_runner_scratch(struct kmb_runner *r, size_t size);
int kmb_context_run(struct kmb_runner *r, unsigned int context,
		    void (*fn)(void *arg), void *arg);
void kmb_state_get(struct kmb_state *s);
bool kmb_state_same(const struct kmb_state *a, const struct kmb_state *b,
		    char *reason);
int kmb_contexts_init(void);
void kmb_contexts_exit(void);

/* pages.c */
struct page *kmb_page_alloc(const struct kmb_pages_row *kind, unsigned int order, int node,
			    struct list_head *aside);
void kmb_pages_free(struct list_head *aside, unsigned int order);
int kmb_pool_alloc(struct kmb_pool *pool, unsigned int kind,
		   const struct kmb_shape *shape, char *reason);
void kmb_pool_free(struct kmb_pool *pool);
unsigned int kmb_pool_ops(const struct kmb_shape *shape);
void kmb_shuffle(u32 *nrs, unsigned int nr, struct rnd_state *rnd);
int kmb_pool_sequence(struct kmb_pool *pool, const struct kmb_shape *shape, unsigned int ops,
		      u64 seed);
struct page *kmb_page_new(unsigned int kind);
int kmb_pool_alias(struct kmb_pool *pool);

/* sources.c */
u64 kmb_user_len(const u32 *cell, const struct kmb_shape *shape, bool verify);
int kmb_user_init(struct kmb_user *user, unsigned int source, const struct kmb_pool *pool,
		  const struct kmb_run *run, char *reason);
void kmb_user_exit(struct kmb_user *user);
bool kmb_user_faults(const struct kmb_user *user, unsigned int op);
int kmb_user_prepare(struct kmb_user *user, unsigned int first, unsigned int ops, bool written);
unsigned long kmb_user_served(const struct kmb_user *user);
void *kmb_user_alias(const struct kmb_user *user);

static inline bool kmb_is_window(const struct kmb_source_row *source)
{
	return source->prot;
}

/* Slots that the running task has taken, guards and those of interrupts included */
static inline int kmb_slots(void)
{
#ifdef CONFIG_KMAP_LOCAL
	return current->kmap_ctrl.idx;
#else
	return 0;
#endif
}

/* clock.c */
void kmb_clock_init(void);
u32 kmb_clock_resolution(void);
u32 kmb_clock_cost(void);

static inline u64 kmb_clock(void)
{
	return ktime_get_mono_fast_ns();
}

/* core.c */
int kmb_core_init(void);
const char *kmb_core_fault(void);

/* cells.c: the lists as lists, and the one judge of cells */
void kmb_cells_init(void);
const struct kmb_row *kmb_row(unsigned int list, unsigned int index);
const struct kmb_copy_row *kmb_copy_row(unsigned int index);
void kmb_cell_path(const u32 *cell, char path[KMB_PATH_LEN]);
unsigned int kmb_nest_limit(void);
unsigned int kmb_slots_needed(const u32 *cell);
bool kmb_cell_arithmetic(const u32 *cell);
unsigned int kmb_cell_mappings(const u32 *cell);
struct kmb_shape kmb_shape_resolve(const struct kmb_shape *shape, unsigned int kind);
u32 kmb_shape_bytes(const struct kmb_shape *shape, unsigned int kind);
int kmb_cell_legal(const u32 *cell, const struct kmb_shape *shape, char *reason);
int kmb_io_legal(unsigned int map, unsigned int pages, char *reason);

/* group.c */
void kmb_group_init(struct kmb_group *g);
int kmb_group_join(struct kmb_group *g, const struct kmb_run *run, char *reason);
void kmb_group_leave(struct kmb_group *g, bool failed);
int kmb_group_arrive(struct kmb_group *g, atomic_t *at, u32 step,
		     int (*meanwhile)(void *arg), void *arg);

/* sample.c */
struct kmb_user *kmb_user_of(const struct kmb_bench *b, const struct kmb_cell *cell);
int kmb_sample(struct kmb_bench *b, struct kmb_cell *cell, unsigned int first,
	       unsigned int iterations, u64 *duration);

/* checks.c */
const struct kmb_row *kmb_check_list(unsigned int index);
const char *kmb_check_splat(unsigned int index);
int kmb_check_legal(unsigned int check, unsigned int pages, char *reason);
int kmb_check(unsigned int index, unsigned int kind, char *reason, char *seen, bool *known);

/* io.c */
int kmb_io_init(void);
void kmb_io_exit(void);
void kmb_io_open(struct kmb_file *file, struct file *filp);
int kmb_io(struct kmb_file *file, struct kmb_io *io);
ssize_t kmb_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t kmb_write_iter(struct kiocb *iocb, struct iov_iter *from);
loff_t kmb_llseek(struct file *filp, loff_t offset, int whence);
int kmb_mmap(struct file *filp, struct vm_area_struct *vma);

/* uring.c */
int kmb_uring_cmd(struct io_uring_cmd *ioucmd, unsigned int issue_flags);
int kmb_uring_fixed(const struct kmb_origin *origin, u64 addr, u64 len, struct iov_iter *fixed);

/* main.c */
bool kmb_request_sleeps(unsigned int cmd);
int kmb_request(const struct kmb_origin *origin, unsigned int cmd, void __user *uarg);
void kmb_state_check(const struct kmb_state *before, const char *what, unsigned int nr,
		     long ret);

/* run.c, verify.c */
int kmb_run(const struct kmb_origin *origin, struct kmb_run *run);
int kmb_pause(void);
int kmb_verify(struct kmb_bench *b, struct kmb_cell *cell);

#endif /* _KMAP_BENCH_H */
