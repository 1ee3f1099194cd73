/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _KMAP_BENCH_UAPI_H
#define _KMAP_BENCH_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Vocabulary of the interface
 *
 * /dev/kmap_bench runs *cells*. A cell is one row out of each of the module's
 * lists: a map, a copy, a context, a kind of pages and a source. Callers learn
 * the rows from KMB_ENUM and name them by index; the indexes are stable while
 * the module is loaded, the names are stable for ever.
 *
 * Every request is a struct that starts with ``__u32 size``, which the caller
 * sets to the size that it was compiled with. Output members are written back
 * on success and on every error that carries a reason. Layouts are the same
 * for 32-bit and 64-bit callers. Numbers are made with _IO(), because the size
 * travels in the struct.
 *
 * ============== =========================================================
 * errno          meaning
 * ============== =========================================================
 * EINVAL         size too small, unknown flag, a member out of its range
 *                (reason says which, where the struct has one)
 * E2BIG          non-zero bytes behind what this module knows
 * ENOTTY         unknown request number
 * ENOENT         no such row (KMB_ENUM past the end ends an enumeration)
 * EOPNOTSUPP     the cell is illegal, or impossible on this kernel: reason
 * ENOMEM         no memory, or not of the kind that was asked for: reason
 * ENOSPC         the sample buffer is too short for what was asked
 * EBUSY          too many threads are inside the module already
 * EINTR          a signal came; what was measured so far is in the buffer
 * ECANCELED      another thread of the group stopped; as EINTR
 * ETIMEDOUT      a context did not run, or a thread of the group did not
 *                come, within the limit; as EINTR
 * EIO            verification failed, or state was left behind: reason;
 *                or whoever asks holds mappings already: the kernel's log
 * EFAULT         bad pointer
 * EPERM          the caller lacks CAP_SYS_ADMIN, or did not allow the module to
 *                break the kernel: reason
 * ============== =========================================================
 */

#define KMB_DEVICE		"/dev/kmap_bench"

#define KMB_NAME_LEN		32
#define KMB_EXPR_LEN		192
#define KMB_REASON_LEN		192

/**
 * enum kmb_list - the lists whose product the cells are, in path order
 * @KMB_LIST_MAPS: how a page becomes addressable
 * @KMB_LIST_COPIES: what is done while it is mapped
 * @KMB_LIST_CONTEXTS: where that runs
 * @KMB_LIST_PAGES: what is mapped
 * @KMB_LIST_SOURCES: what the user side of a user copy is
 * @KMB_NR_LISTS: how many lists make up a cell
 * @KMB_LIST_CHECKS: not part of cells: what KMB_CHECK runs
 */
enum kmb_list {
	KMB_LIST_MAPS,
	KMB_LIST_COPIES,
	KMB_LIST_CONTEXTS,
	KMB_LIST_PAGES,
	KMB_LIST_SOURCES,
	KMB_NR_LISTS,
	KMB_LIST_CHECKS = KMB_NR_LISTS,
};

/**
 * enum kmb_preempt - the preemption model in force
 * @KMB_PREEMPT_UNKNOWN: the kernel does not tell
 * @KMB_PREEMPT_NONE: preempt=none
 * @KMB_PREEMPT_VOLUNTARY: preempt=voluntary
 * @KMB_PREEMPT_FULL: preempt=full
 * @KMB_PREEMPT_LAZY: preempt=lazy
 * @KMB_PREEMPT_RT: PREEMPT_RT
 */
enum kmb_preempt {
	KMB_PREEMPT_UNKNOWN,
	KMB_PREEMPT_NONE,
	KMB_PREEMPT_VOLUNTARY,
	KMB_PREEMPT_FULL,
	KMB_PREEMPT_LAZY,
	KMB_PREEMPT_RT,
};

/**
 * enum kmb_kernel - bits of kmb_query.kernel: how the running kernel was built
 * @KMB_KERNEL_HIGHMEM: CONFIG_HIGHMEM
 * @KMB_KERNEL_KMAP_LOCAL: CONFIG_KMAP_LOCAL
 * @KMB_KERNEL_DEBUG_HIGHMEM: CONFIG_DEBUG_HIGHMEM
 * @KMB_KERNEL_DEBUG_KMAP_LOCAL: CONFIG_DEBUG_KMAP_LOCAL
 * @KMB_KERNEL_FORCE_MAP: CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP
 * @KMB_KERNEL_PREEMPT_RT: CONFIG_PREEMPT_RT
 * @KMB_KERNEL_PREEMPT_DYNAMIC: CONFIG_PREEMPT_DYNAMIC
 * @KMB_KERNEL_PREEMPT_COUNT: CONFIG_PREEMPT_COUNT
 * @KMB_KERNEL_PROVE_LOCKING: CONFIG_PROVE_LOCKING
 * @KMB_KERNEL_DEBUG_ATOMIC_SLEEP: CONFIG_DEBUG_ATOMIC_SLEEP
 * @KMB_KERNEL_DEBUG_VM: CONFIG_DEBUG_VM
 * @KMB_KERNEL_KASAN: CONFIG_KASAN
 * @KMB_KERNEL_SMP: CONFIG_SMP
 * @KMB_KERNEL_BUILTIN: kmap_bench is built in, not a module
 * @KMB_KERNEL_64BIT: CONFIG_64BIT
 * @KMB_KERNEL_PAE: CONFIG_X86_PAE
 */
enum kmb_kernel {
	KMB_KERNEL_HIGHMEM		= 1 << 0,
	KMB_KERNEL_KMAP_LOCAL		= 1 << 1,
	KMB_KERNEL_DEBUG_HIGHMEM	= 1 << 2,
	KMB_KERNEL_DEBUG_KMAP_LOCAL	= 1 << 3,
	KMB_KERNEL_FORCE_MAP		= 1 << 4,
	KMB_KERNEL_PREEMPT_RT		= 1 << 5,
	KMB_KERNEL_PREEMPT_DYNAMIC	= 1 << 6,
	KMB_KERNEL_PREEMPT_COUNT	= 1 << 7,
	KMB_KERNEL_PROVE_LOCKING	= 1 << 8,
	KMB_KERNEL_DEBUG_ATOMIC_SLEEP	= 1 << 9,
	KMB_KERNEL_DEBUG_VM		= 1 << 10,
	KMB_KERNEL_KASAN		= 1 << 11,
	KMB_KERNEL_SMP			= 1 << 12,
	KMB_KERNEL_BUILTIN		= 1 << 13,
	KMB_KERNEL_64BIT		= 1 << 14,
	KMB_KERNEL_PAE			= 1 << 15,
};

/**
 * enum kmb_feature - bits of kmb_query.features; those that are absent read as zero
 * @KMB_FEATURE_VERIFY: KMB_RUN_VERIFY is known
 * @KMB_FEATURE_CHECKS: KMB_CHECK is known
 * @KMB_FEATURE_THREADS: kmb_shape.threads may be more than 1
 * @KMB_FEATURE_FAULTS: kmb_shape.faults and KMB_RUN_COLD are known
 * @KMB_FEATURE_IO: the device is read, written and mapped, and KMB_IO is known
 * @KMB_FEATURE_URING: requests may come by IORING_OP_URING_CMD, and KMB_NOP is known
 */
enum kmb_feature {
	KMB_FEATURE_VERIFY	= 1 << 0,
	KMB_FEATURE_THREADS	= 1 << 1,
	KMB_FEATURE_CHECKS	= 1 << 2,
	KMB_FEATURE_FAULTS	= 1 << 3,
	KMB_FEATURE_IO		= 1 << 4,
	KMB_FEATURE_URING	= 1 << 5,
};

/**
 * struct kmb_query - KMB_QUERY: what module, kernel and limits there are
 * @size: in: sizeof(struct kmb_query)
 * @flags: in: must be zero
 * @features: out: KMB_FEATURE_* bits
 * @kernel: out: KMB_KERNEL_* bits
 * @highmem_total: out: bytes of highmem that the kernel manages
 * @highmem_free: out: bytes of highmem that are free now
 * @page_size: out: bytes
 * @preempt: out: enum kmb_preempt
 * @nest_limit: out: kmap_local mappings that one task can hold at a time,
 *	as computed from the kernel's KM_MAX_IDX; where kmap_local needs no
 *	slots (no CONFIG_KMAP_LOCAL) a limit of this module's own
 * @slots: out: KM_MAX_IDX, or zero where the kernel has no slots
 * @last_pkmap: out: pages that kmap() can map at a time, zero without highmem
 * @nodes: out: NUMA nodes that are online
 * @max_cells: out: limit of kmb_run.nr_cells
 * @max_samples: out: limit of kmb_run.nr_samples
 * @max_pool: out: limit of base pages in a pool, see kmb_shape.pool
 * @max_order: out: limit of kmb_shape.order
 * @max_threads: out: limit of kmb_shape.threads
 * @max_iterations: out: limit of kmb_cell.iterations
 * @max_delay: out: limit of kmb_shape.delay, us
 * @reserved: out: zero
 * @clock_resolution: out: smallest step of the module's clock, ns
 * @clock_cost: out: smallest difference of two reads of it in a row, ns
 */
struct kmb_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 features;
	__aligned_u64 kernel;
	__aligned_u64 highmem_total;
	__aligned_u64 highmem_free;
	__u32 page_size;
	__u32 preempt;
	__u32 nest_limit;
	__u32 slots;
	__u32 last_pkmap;
	__u32 nodes;
	__u32 max_cells;
	__u32 max_samples;
	__u32 max_pool;
	__u32 max_order;
	__u32 max_threads;
	__u32 max_iterations;
	__u32 clock_resolution;
	__u32 clock_cost;
	__u32 max_delay;
	__u32 reserved;
};

/**
 * enum kmb_row_flag - bits of kmb_enum.row_flags: what callers may want to know
 * @KMB_ROW_MAPS: a map that gives an address
 * @KMB_ROW_SLEEPS: may sleep
 * @KMB_ROW_ATOMIC: nothing inside it may sleep
 * @KMB_ROW_USER: copies that touch user memory, sources that are some, and
 *	contexts in which the calling task's is there: those that are that task
 * @KMB_ROW_LOWMEM: for lowmem pages only
 * @KMB_ROW_OWN_MAP: copies that map by themselves
 * @KMB_ROW_DATA: copies that move len bytes
 * @KMB_ROW_ORDER: page kinds that take an order
 * @KMB_ROW_HIGHMEM: page kinds that are highmem
 * @KMB_ROW_ABSENT: not on this kernel: traits say why
 * @KMB_ROW_SLOT: takes a kmap_local slot
 * @KMB_ROW_DESTRUCTIVE: checks that break the kernel on purpose: EPERM unless the
 *	module's parameter destructive is set
 * @KMB_ROW_FAULTS: sources that are absent when an operation comes to them, as
 *	often as kmb_shape.faults says: a sample is one pass over the pool's
 *	sequence at most
 * @KMB_ROW_CALLER: sources whose memory the caller makes so before a request,
 *	kmb_legal.user_len bytes of it; other ones the module maps for the
 *	time of the request, into the caller's address space
 * @KMB_ROW_NOFAULT: copies that come back short instead of taking a fault
 * @KMB_ROW_UNMAPS: copies that take the map down by themselves
 * @KMB_ROW_FIXED: copies whose user side is a registered buffer of an io_uring:
 *	for requests with KMB_SHAPE_FIXED
 */
enum kmb_row_flag {
	KMB_ROW_MAPS	= 1 << 0,
	KMB_ROW_SLEEPS	= 1 << 1,
	KMB_ROW_ATOMIC	= 1 << 2,
	KMB_ROW_USER	= 1 << 3,
	KMB_ROW_LOWMEM	= 1 << 4,
	KMB_ROW_OWN_MAP	= 1 << 5,
	KMB_ROW_DATA	= 1 << 6,
	KMB_ROW_ORDER	= 1 << 7,
	KMB_ROW_HIGHMEM	= 1 << 8,
	KMB_ROW_ABSENT	= 1 << 9,
	KMB_ROW_SLOT	= 1 << 10,
	KMB_ROW_DESTRUCTIVE	= 1 << 11,
	KMB_ROW_FAULTS	= 1 << 12,
	KMB_ROW_CALLER	= 1 << 13,
	KMB_ROW_NOFAULT	= 1 << 14,
	KMB_ROW_UNMAPS	= 1 << 15,
	KMB_ROW_FIXED	= 1 << 16,
};

/**
 * struct kmb_enum - KMB_ENUM: one row of one list
 * @size: in: sizeof(struct kmb_enum)
 * @flags: in: must be zero
 * @list: in: enum kmb_list
 * @index: in: row, from zero until ENOENT
 * @row_flags: out: KMB_ROW_* bits
 * @reserved: must be zero
 * @name: out: as it stands in a cell's path
 * @expr: out: the kernel expression that the row stands for
 * @traits: out: the flags that decide legality, in words
 * @splat: out: for checks that break the kernel: what a line of its log must then
 *	say, as a glob, empty where this kernel, as it was built, need not notice
 */
struct kmb_enum {
	__u32 size;
	__u32 flags;
	__u32 list;
	__u32 index;
	__u32 row_flags;
	__u32 reserved;
	char name[KMB_NAME_LEN];
	char expr[KMB_EXPR_LEN];
	char traits[KMB_EXPR_LEN];
	char splat[KMB_EXPR_LEN];
};

/**
 * enum kmb_shape_flag - bits of kmb_shape.flags
 * @KMB_SHAPE_FIXED: the caller's memory, from kmb_run.user_addr on, is in the
 *	registered buffer that the request's entry names: it came by io_uring,
 *	with IORING_URING_CMD_FIXED
 */
enum kmb_shape_flag {
	KMB_SHAPE_FIXED	= 1 << 0,
};

/**
 * struct kmb_shape - what holds for all cells of a request
 * @offset: first byte of each operation in the page, or in the folio
 * @len: bytes of each operation, at least 1; zero for the rest of the page or
 *	folio. offset + len must not pass its end
 * @order: of folios, 0 for the smallest that page kinds with KMB_ROW_ORDER
 *	have (1); other kinds ignore it
 * @nest: other kmap_local mappings, of pages of the cell's own kind, held
 *	around each operation
 * @node: NUMA node of the pages, -1 for any
 * @pool: pages or folios that operations draw from in random order, 0 for a
 *	default. With an order the limit counts base pages
 * @threads: threads that measure together, 1 for the caller alone, 0 is 1.
 *	Each thread makes the same request on the same open file
 * @faults: of 100 operations, how many find their user memory absent, for
 *	sources with KMB_ROW_FAULTS that the module maps; other ones ignore it
 * @delay: what a fault of the source slow sleeps, us
 * @flags: KMB_SHAPE_* bits
 */
struct kmb_shape {
	__u32 offset;
	__u32 len;
	__u32 order;
	__u32 nest;
	__s32 node;
	__u32 pool;
	__u32 threads;
	__u32 faults;
	__u32 delay;
	__u32 flags;
};

/**
 * struct kmb_legal - KMB_LEGAL: may this cell run, and if not, why not
 * @size: in: sizeof(struct kmb_legal)
 * @flags: in: must be zero
 * @cell: in: one row index for each list, by enum kmb_list
 * @arithmetic: out: non-zero where mapping these pages is address arithmetic
 *	on this kernel, so that there is no mapping to be measured
 * @shape: in: as in struct kmb_run
 * @user_len: out: bytes of user memory that kmb_run.user_addr must have for it
 * @reason: out: with EOPNOTSUPP and EINVAL, a sentence
 */
struct kmb_legal {
	__u32 size;
	__u32 flags;
	__u32 cell[KMB_NR_LISTS];
	__u32 arithmetic;
	struct kmb_shape shape;
	__aligned_u64 user_len;
	char reason[KMB_REASON_LEN];
};

/**
 * struct kmb_cell - one cell of a run, an element of kmb_run.cells
 * @cell: in: one row index for each list, by enum kmb_list
 * @iterations: in: operations in a sample, 0 to have the module choose so
 *	that a sample lasts kmb_run.target; out: what was used. A sample is
 *	rounded up to full passes over the cell's sequence of pages where it
 *	is longer than that
 * @overhead: in: from an earlier request, or zero; out: duration of the
 *	shortest sample of one operation, ns, the earlier one included. The
 *	cost of one operation is (sample - overhead) / (iterations - 1)
 * @ops: out: operations, the warm-up included
 * @bytes: out: bytes that those moved
 * @faults: out: page faults that were served while these ran, for user copies
 * @short_copies: out: user copies that came back short, one a page at most
 * @slow_path: out: times that a copy which came back short was made again
 *	by way of kmap()
 * @switches_mapped: out: context switches of the task while it had the page
 *	mapped, for user copies; where the kernel has no preempt notifiers, or
 *	the map takes no slot, while the sample ran
 * @sleeps_mapped: out: of these, those that the task asked for; the others
 *	are preemptions
 * @pages_low: out: base pages in lowmem that were mapped
 * @pages_high: out: base pages in highmem that were mapped
 * @samples: out: samples in the buffer that are this cell's
 * @mappings: out: mappings that one operation makes, 0 for maps that map
 *	nothing
 * @arithmetic: out: as in struct kmb_legal
 * @reserved: must be zero
 */
struct kmb_cell {
	__u32 cell[KMB_NR_LISTS];
	__u32 iterations;
	__aligned_u64 overhead;
	__aligned_u64 ops;
	__aligned_u64 bytes;
	__aligned_u64 faults;
	__aligned_u64 short_copies;
	__aligned_u64 slow_path;
	__aligned_u64 switches_mapped;
	__aligned_u64 sleeps_mapped;
	__u32 pages_low;
	__u32 pages_high;
	__u32 samples;
	__u32 mappings;
	__u32 arithmetic;
	__u32 reserved;
};

/**
 * struct kmb_sample - one timed sample, an element of kmb_run.samples
 * @duration: of all its iterations, overhead included, ns by the module's
 *	clock
 * @cell: index into kmb_run.cells
 * @round: kmb_run.first_round and up; the pool was re-allocated in between
 */
struct kmb_sample {
	__aligned_u64 duration;
	__u32 cell;
	__u32 round;
};

/**
 * enum kmb_run_flag - bits of kmb_run.flags
 * @KMB_RUN_VERIFY: check data and state instead of time
 * @KMB_RUN_COLD: a single sample of a single cell and nothing before it, so
 *	that memory which the caller made absent is so when it is taken.
 *	iterations must be given; a sample of one is the overhead
 */
enum kmb_run_flag {
	KMB_RUN_VERIFY	= 1 << 0,
	KMB_RUN_COLD	= 1 << 1,
};

/**
 * struct kmb_run - KMB_RUN: take samples of cells, in passes over all, in rounds
 * @size: in: sizeof(struct kmb_run)
 * @flags: in: KMB_RUN_* bits. With KMB_RUN_VERIFY each cell runs once over
 *	its pool; patterns are written and read back by a path of their own
 *	and nothing is sampled
 * @shape: in: what holds for all cells
 * @cells: in/out: address of nr_cells elements of struct kmb_cell
 * @samples: out: address of room for nr_samples elements of struct kmb_sample
 * @user_addr: in: address of user memory for cells whose source is the
 *	caller's, page aligned
 * @user_len: in: its bytes, at least the cell's kmb_legal.user_len; to verify,
 *	a page or folio for each of kmb_shape.pool is enough
 * @seed: in: of the random order of pages, and of cells in each pass. The threads
 *	of a group must give the same
 * @nr_cells: in: elements
 * @cell_size: in: sizeof(struct kmb_cell)
 * @nr_samples: in: elements; out: those that were written
 * @sample_size: in: sizeof(struct kmb_sample)
 * @rounds: in: rounds, at least 1
 * @first_round: in: number of the first one
 * @samples_per_round: in: of each cell in each round, at least 1
 * @target: in: duration that a sample should have where iterations is zero,
 *	ns, 0 for a default
 * @bad_cell: out: with a reason: the cell that it is about
 * @reserved: must be zero
 * @reason: out: a sentence where errno alone does not tell
 */
struct kmb_run {
	__u32 size;
	__u32 flags;
	struct kmb_shape shape;
	__aligned_u64 cells;
	__aligned_u64 samples;
	__aligned_u64 user_addr;
	__aligned_u64 user_len;
	__aligned_u64 seed;
	__u32 nr_cells;
	__u32 cell_size;
	__u32 nr_samples;
	__u32 sample_size;
	__u32 rounds;
	__u32 first_round;
	__u32 samples_per_round;
	__u32 target;
	__u32 bad_cell;
	__u32 reserved;
	char reason[KMB_REASON_LEN];
};

/**
 * struct kmb_check - KMB_CHECK: run a check of what mappings promise
 * @size: in: sizeof(struct kmb_check)
 * @flags: in: must be zero
 * @check: in: row of KMB_LIST_CHECKS
 * @pages: in: row of KMB_LIST_PAGES, of a kind without an order
 * @known: out: with EIO, 1 when the mistake is the kernel's, and written up
 * @reserved: must be zero
 * @reason: out: with EIO what is wrong, with EOPNOTSUPP why it cannot be shown
 * @seen: out: what was really used: mappings, switches, pages
 */
struct kmb_check {
	__u32 size;
	__u32 flags;
	__u32 check;
	__u32 pages;
	__u32 known;
	__u32 reserved;
	char reason[KMB_REASON_LEN];
	char seen[KMB_EXPR_LEN];
};

/**
 * enum kmb_io_flag - bits of kmb_io.flags
 * @KMB_IO_MAP: from now on this open file maps by kmb_io.map
 */
enum kmb_io_flag {
	KMB_IO_MAP	= 1 << 0,
};

/**
 * struct kmb_io - KMB_IO: what read() and write() on this open file go through
 * @size: in: sizeof(struct kmb_io)
 * @flags: in: KMB_IO_* bits; without KMB_IO_MAP nothing is changed
 * @map: in, with KMB_IO_MAP: row of KMB_LIST_MAPS, one that gives an address of
 *	such pages; out: the one in force. A file starts with the row that the
 *	module's parameter io_map names when it is opened
 * @pages: out: row of KMB_LIST_PAGES, by the module's parameter io_pages
 * @bytes: out: size of the device, by the module's parameter io_size
 * @reserved: must be zero
 * @reason: out: with EOPNOTSUPP and ENOENT, a sentence
 */
struct kmb_io {
	__u32 size;
	__u32 flags;
	__u32 map;
	__u32 pages;
	__aligned_u64 bytes;
	__aligned_u64 reserved;
	char reason[KMB_REASON_LEN];
};

#define KMB_IOC_TYPE	0xE6

#define KMB_QUERY	_IO(KMB_IOC_TYPE, 0)
#define KMB_ENUM	_IO(KMB_IOC_TYPE, 1)
#define KMB_LEGAL	_IO(KMB_IOC_TYPE, 2)
#define KMB_RUN		_IO(KMB_IOC_TYPE, 3)
#define KMB_CHECK	_IO(KMB_IOC_TYPE, 4)
#define KMB_IO		_IO(KMB_IOC_TYPE, 5)
/* Takes no struct and does nothing: what a request costs on its way in and out */
#define KMB_NOP		_IO(KMB_IOC_TYPE, 6)

/**
 * struct kmb_uring - what an IORING_OP_URING_CMD has in its 16 bytes of payload
 * @arg: address of the request's struct, as ioctl() takes it
 * @reserved: must be zero
 *
 * cmd_op is the number of the request. The result is 0 or a negative errno of the
 * vocabulary. What sleeps or takes long is done by a worker of io_uring's.
 */
struct kmb_uring {
	__aligned_u64 arg;
	__aligned_u64 reserved;
};

#endif /* _KMAP_BENCH_UAPI_H */
