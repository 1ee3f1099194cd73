// SPDX-License-Identifier: GPL-2.0-only
/* KMB_RUN: samples of cells, a pass over all after the other, in rounds. */
#include <linux/atomic.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "kmap_bench.h"
#include "trace.h"

#define KMB_OVERHEAD_SAMPLES	4
#define KMB_OVERHEAD_UNKNOWN	U64_MAX	/* zero is what a coarse clock measures */
#define KMB_CALIBRATE_SAMPLES	8

static atomic_t kmb_inside = ATOMIC_INIT(0);

#define KMB_REFUSE(run, err, ...)	\
	(snprintf((run)->reason, KMB_REASON_LEN, __VA_ARGS__), -(err))

#define KMB_RUN_FLAGS	(KMB_RUN_VERIFY | KMB_RUN_COLD)

static struct kmb_pool *kmb_pool_of(struct kmb_bench *b, const struct kmb_cell *cell)
{
	return &b->pools[cell->cell[KMB_LIST_PAGES]];
}

/*
 * Between two samples: let others run, and see whether somebody wants us out.
 * What io_uring leaves for a task to do passes for a signal, and waits; a worker
 * of a ring is cancelled by nothing else.
 *
 * With CONFIG_PREEMPTION, cond_resched() does nothing, as the interrupt that
 * wants another task is to preempt this one. User Mode Linux never does that:
 * its interrupts are signals, which run on a stack of the CPU's own with
 * interrupts off, and from there nothing can be switched out. A loop that
 * takes no lock and enables no preemption would keep its CPU.
 */
int kmb_pause(void)
{
	if (need_resched())
		schedule();
	if (current->flags & PF_IO_WORKER)
		return signal_pending(current) ? -EINTR : 0;
	return task_sigpending(current) ? -EINTR : 0;
}

/*
 * What a context with preemption off may do in one go. Memory that is to be
 * absent is so once.
 */
static u32 kmb_max_iterations(const struct kmb_cell *cell, const struct kmb_shape *shape)
{
	u32 most = KMB_MAX_ITERATIONS;

	if (kmb_contexts[cell->cell[KMB_LIST_CONTEXTS]].row.flags & KMB_ROW_ATOMIC)
		most = min_t(u32, KMB_MAX_OFF_ITERATIONS, KMB_MAX_OFF_BYTES / shape->len);
	if (kmb_sources[cell->cell[KMB_LIST_SOURCES]].row.flags & KMB_ROW_FAULTS)
		most = min(most, kmb_pool_ops(shape));
	return most;
}

static int kmb_measure_overhead(struct kmb_bench *b, struct kmb_cell *cell)
{
	u64 duration;
	int i, ret;

	for (i = 0; i < KMB_OVERHEAD_SAMPLES; i++) {
		ret = kmb_sample(b, cell, 0, 1, &duration) ?: kmb_pause();
		if (ret)
			return ret;
		cell->overhead = min_t(u64, cell->overhead, duration);
	}
	return 0;
}

/*
 * Whole permutations of the pool, so that each page is drawn equally often.
 * Where user memory is absent now and then, whole hundreds behind the operation
 * that the overhead is subtracted for, so that as many of them fault as is asked.
 */
static u32 kmb_fit_iterations(const struct kmb_pool *pool, const struct kmb_cell *cell,
			      u32 want, u32 most)
{
	u32 unit = want > pool->nr_ops ? pool->nr_ops : pool->nr;

	if (kmb_sources[cell->cell[KMB_LIST_SOURCES]].row.flags & KMB_ROW_FAULTS && most > 100)
		return rounddown(min(roundup(want, 100), most - 1), 100) + 1;
	if (unit > most)
		return most;
	return rounddown(min(roundup(want, unit), most), unit);
}

/* The shorter one of two: whoever else runs in the middle of one is seldom there in both. */
static int kmb_duration(struct kmb_bench *b, struct kmb_cell *cell, u64 *duration)
{
	u64 again;
	int ret;

	ret = kmb_sample(b, cell, 0, cell->iterations, duration) ?: kmb_pause() ?:
	      kmb_sample(b, cell, 0, cell->iterations, &again) ?: kmb_pause();
	if (!ret)
		*duration = min(*duration, again);
	return ret;
}

static int kmb_calibrate(struct kmb_bench *b, struct kmb_cell *cell)
{
	struct kmb_pool *pool = kmb_pool_of(b, cell);
	struct kmb_shape shape = kmb_shape_resolve(&b->run->shape, pool->kind);
	u32 most = kmb_max_iterations(cell, &shape);
	u64 target = b->run->target ?: KMB_TARGET_DEFAULT, duration;
	int i, ret;

	cell->iterations = kmb_fit_iterations(pool, cell, 1, most);
	for (i = 0; i < KMB_CALIBRATE_SAMPLES; i++) {
		u32 want;
		u64 net;

		ret = kmb_duration(b, cell, &duration);
		if (ret)
			return ret;
		net = duration > cell->overhead ? duration - cell->overhead : 1;
		/* Not too far at once: the first samples are the slow ones. */
		want = min_t(u64, div64_u64(cell->iterations * target, net),
			     min(cell->iterations, most) * 16ULL);
		want = kmb_fit_iterations(pool, cell, want, most);
		if (want <= cell->iterations)
			break;
		cell->iterations = want;
	}
	return 0;
}

struct kmb_warm {
	struct kmb_bench *b;
	struct kmb_cell *cell;
};

static int kmb_warm_fn(void *arg)
{
	struct kmb_warm *w = arg;
	u64 duration;

	return kmb_sample(w->b, w->cell, 0, w->cell->iterations, &duration) ?: kmb_pause();
}

static int kmb_put_sample(struct kmb_bench *b, u32 nr, u32 round, u64 duration)
{
	struct kmb_sample sample = { .duration = duration, .cell = nr, .round = round };
	struct kmb_sample __user *to = u64_to_user_ptr(b->run->samples);

	if (copy_to_user(to + b->nr_samples, &sample, sizeof(sample)))
		return -EFAULT;
	b->nr_samples++;
	b->cells[nr].samples++;
	trace_sample(&b->cells[nr], round, duration);
	return 0;
}

/* Warm up until all threads are at it, measure, cool down until all are done. */
static int kmb_measure(struct kmb_bench *b, u32 nr, u32 round)
{
	struct kmb_cell *cell = &b->cells[nr];
	struct kmb_warm warm = { b, cell };
	u64 duration;
	int ret = 0;

	if (!(b->run->flags & KMB_RUN_COLD))
		ret = kmb_warm_fn(&warm);
	if (!ret && b->group)
		ret = kmb_group_arrive(b->group, &b->group->arrived, b->step,
				       kmb_warm_fn, &warm);
	if (!ret)
		ret = kmb_sample(b, cell, 0, cell->iterations, &duration);
	if (!ret && cell->iterations == 1)
		cell->overhead = min_t(u64, cell->overhead, duration);
	if (!ret)
		ret = kmb_put_sample(b, nr, round, duration);
	if (!ret && b->group)
		ret = kmb_group_arrive(b->group, &b->group->finished, b->step,
				       kmb_warm_fn, &warm);
	b->step++;
	return ret ?: kmb_pause();
}

static void kmb_round_end(struct kmb_bench *b)
{
	unsigned int i;

	/* They show the pools' pages. */
	for (i = 0; i < kmb_nr_sources * kmb_nr_pages; i++)
		kmb_user_exit(&b->users[i]);
	for (i = 0; i < kmb_nr_pages; i++)
		kmb_pool_free(&b->pools[i]);
}

/* The pages and the user memory of one cell, unless another one had them made */
static int kmb_cell_begin(struct kmb_bench *b, const struct kmb_cell *cell, u32 round)
{
	struct kmb_pool *pool = kmb_pool_of(b, cell);
	struct kmb_user *user = kmb_user_of(b, cell);
	u32 kind = cell->cell[KMB_LIST_PAGES];
	struct kmb_run *run = b->run;
	struct kmb_shape shape = kmb_shape_resolve(&run->shape, kind);
	bool verify = run->flags & KMB_RUN_VERIFY;
	int ret = 0;

	if (!pool->nr)
		ret = kmb_pool_alloc(pool, kind, &shape, run->reason) ?:
		      kmb_pool_sequence(pool, &shape,
					verify ? shape.pool : kmb_pool_ops(&shape),
					run->seed + round);
	if (!ret && verify && !pool->alias)
		ret = kmb_pool_alias(pool);
	if (!ret && user && !user->seq)
		ret = kmb_user_init(user, cell->cell[KMB_LIST_SOURCES], pool, run, run->reason);
	return ret;
}

/* Pages of each kind that the cells want, anew. */
static int kmb_round_begin(struct kmb_bench *b, u32 round)
{
	struct kmb_run *run = b->run;
	u32 i;
	int ret;

	for (i = 0; i < run->nr_cells; i++) {
		struct kmb_cell *cell = &b->cells[i];
		struct kmb_pool *pool = kmb_pool_of(b, cell);

		ret = kmb_cell_begin(b, cell, round);
		if (ret) {
			run->bad_cell = i;
			return ret;
		}
		cell->pages_low += pool->low;
		cell->pages_high += pool->high;
		cell->mappings = pool->segs * kmb_cell_mappings(cell->cell);
	}
	/* Resident is what the caller's buffer is to be. */
	if (fault_in_safe_writeable(u64_to_user_ptr(run->user_addr), b->resident))
		return -EFAULT;
	return 0;
}

/* One after all that is in the way of it: its overhead, and how often it goes into a sample */
static int kmb_turn(struct kmb_bench *b, u32 nr, u32 round, bool first)
{
	struct kmb_cell *cell = &b->cells[nr];
	int ret = 0;

	b->run->bad_cell = nr;
	if (b->run->flags & KMB_RUN_VERIFY)
		return kmb_verify(b, cell) ?: kmb_pause();
	if (first && !(b->run->flags & KMB_RUN_COLD))
		ret = kmb_measure_overhead(b, cell);
	if (!ret && !cell->iterations)
		ret = kmb_calibrate(b, cell);
	return ret ?: kmb_measure(b, nr, round);
}

/*
 * Each pass takes the cells in an order of its own. What a cell costs depends
 * on who had the caches before it, and always the same one would make that a
 * difference between cells that no number of rounds takes away.
 */
static int kmb_round(struct kmb_bench *b, u32 round)
{
	struct kmb_run *run = b->run;
	struct rnd_state rnd;
	int ret = 0;
	u32 s, i;

	/* Threads of a group have the same seed, and so the same order. */
	prandom_seed_state(&rnd, run->seed + round);
	for (i = 0; i < run->nr_cells; i++)
		b->order[i] = i;
	for (s = 0; !ret && s < run->samples_per_round; s++) {
		kmb_shuffle(b->order, run->nr_cells, &rnd);
		for (i = 0; !ret && i < run->nr_cells; i++)
			ret = kmb_turn(b, b->order[i], round, !s);
	}
	return ret;
}

static int kmb_rounds(struct kmb_bench *b)
{
	int ret = 0;
	u32 i;

	for (i = 0; !ret && i < b->run->rounds; i++) {
		u32 round = b->run->first_round + i;

		ret = kmb_round_begin(b, round) ?: kmb_round(b, round);
		kmb_round_end(b);
	}
	return ret;
}

/* On a 32-bit kernel no address has more bits than that. */
static bool kmb_is_address(u64 addr)
{
	return addr == (uintptr_t)addr;
}

static int kmb_run_check(struct kmb_run *run)
{
	u64 samples = (u64)run->nr_cells * run->rounds * run->samples_per_round;

	if (!kmb_is_address(run->cells) || !kmb_is_address(run->samples) ||
	    !kmb_is_address(run->user_addr))
		return -EFAULT;
	if (run->flags & ~KMB_RUN_FLAGS || run->flags == KMB_RUN_FLAGS)
		return KMB_REFUSE(run, EINVAL, "flags %#x: unknown, or not together", run->flags);
	if (run->reserved)
		return KMB_REFUSE(run, EINVAL, "reserved is not zero");
	if (run->cell_size != sizeof(struct kmb_cell) ||
	    run->sample_size != sizeof(struct kmb_sample))
		return KMB_REFUSE(run, EINVAL, "cell_size or sample_size is not this module's");
	if (!run->nr_cells || run->nr_cells > KMB_MAX_CELLS)
		return KMB_REFUSE(run, EINVAL, "%u cells: must be 1 to %u",
				  run->nr_cells, KMB_MAX_CELLS);
	if (!run->rounds || !run->samples_per_round)
		return KMB_REFUSE(run, EINVAL, "rounds and samples_per_round must be at least 1");
	if (run->target > NSEC_PER_SEC)
		return KMB_REFUSE(run, EINVAL, "target %u ns: must be at most a second",
				  run->target);
	if (run->flags & KMB_RUN_VERIFY)
		return run->shape.threads <= 1 ? 0 :
		       KMB_REFUSE(run, EINVAL, "verification is for one thread");
	if (samples > KMB_MAX_SAMPLES || run->rounds > KMB_MAX_SAMPLES ||
	    run->samples_per_round > KMB_MAX_SAMPLES)
		return KMB_REFUSE(run, EINVAL, "%llu samples: must be at most %lu",
				  samples, KMB_MAX_SAMPLES);
	if (run->flags & KMB_RUN_COLD && (samples > 1 || run->shape.threads > 1))
		return KMB_REFUSE(run, EINVAL, "a cold run is one sample of one thread");
	if (samples > run->nr_samples)
		return KMB_REFUSE(run, ENOSPC, "room for %u samples, %llu were asked for",
				  run->nr_samples, samples);
	return 0;
}

static int kmb_user_check(struct kmb_bench *b, const struct kmb_cell *cell)
{
	const struct kmb_row *source = kmb_row(KMB_LIST_SOURCES, cell->cell[KMB_LIST_SOURCES]);
	struct kmb_run *run = b->run;
	u64 bytes = kmb_user_len(cell->cell, &run->shape, run->flags & KMB_RUN_VERIFY);

	if (!bytes)
		return 0;
	if (offset_in_page(run->user_addr) || run->user_len < bytes)
		return KMB_REFUSE(run, EINVAL,
				  "user memory must be page aligned and have %llu bytes", bytes);
	/* Copies that take no faults do not ask. */
	if (!access_ok(u64_to_user_ptr(run->user_addr), run->user_len))
		return -EFAULT;
	if (kmb_row(KMB_LIST_COPIES, cell->cell[KMB_LIST_COPIES])->flags & KMB_ROW_FIXED &&
	    kmb_uring_fixed(b->origin, run->user_addr, run->user_len, b->fixed))
		return KMB_REFUSE(run, EINVAL,
				  "user memory, all %llu bytes, must be in the registered buffer of a command with IORING_URING_CMD_FIXED",
				  run->user_len);
	if (!(source->flags & KMB_ROW_FAULTS))
		b->resident = max_t(u32, b->resident, bytes);
	else if (!run->flags)
		return KMB_REFUSE(run, EINVAL,
				  "%s is absent once: it wants KMB_RUN_COLD, or to be verified",
				  source->name);
	return 0;
}

static int kmb_cell_check(struct kmb_bench *b, struct kmb_cell *cell)
{
	struct kmb_run *run = b->run;
	struct kmb_shape shape;
	u32 most;
	int ret;

	ret = kmb_cell_legal(cell->cell, &run->shape, run->reason) ?: kmb_user_check(b, cell);
	if (ret)
		return ret;
	shape = kmb_shape_resolve(&run->shape, cell->cell[KMB_LIST_PAGES]);
	most = kmb_max_iterations(cell, &shape);
	if (cell->iterations > most)
		return KMB_REFUSE(run, EINVAL, "%u iterations: must be at most %u for this cell",
				  cell->iterations, most);
	if (run->flags & KMB_RUN_COLD && !cell->iterations)
		return KMB_REFUSE(run, EINVAL, "a cold run must be told its iterations");
	if (cell->reserved)
		return KMB_REFUSE(run, EINVAL, "a cell's reserved is not zero");
	cell->ops = 0;
	cell->bytes = 0;
	cell->faults = 0;
	cell->short_copies = 0;
	cell->slow_path = 0;
	cell->switches_mapped = 0;
	cell->sleeps_mapped = 0;
	cell->pages_low = 0;
	cell->pages_high = 0;
	cell->samples = 0;
	cell->arithmetic = kmb_cell_arithmetic(cell->cell);
	cell->overhead = cell->overhead ?: KMB_OVERHEAD_UNKNOWN;
	return 0;
}

static int kmb_cells_get(struct kmb_bench *b)
{
	struct kmb_run *run = b->run;
	int ret;
	u32 i;

	b->cells = kvmalloc_array(run->nr_cells, sizeof(*b->cells), GFP_KERNEL_ACCOUNT);
	b->order = kvmalloc_array(run->nr_cells, sizeof(*b->order), GFP_KERNEL_ACCOUNT);
	if (!b->cells || !b->order)
		return -ENOMEM;
	if (copy_from_user(b->cells, u64_to_user_ptr(run->cells),
			   run->nr_cells * sizeof(*b->cells)))
		return -EFAULT;
	for (i = 0; i < run->nr_cells; i++) {
		run->bad_cell = i;
		ret = kmb_cell_check(b, &b->cells[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int kmb_cells_put(struct kmb_bench *b)
{
	u32 i;

	for (i = 0; i < b->run->nr_cells; i++)
		if (b->cells[i].overhead == KMB_OVERHEAD_UNKNOWN)
			b->cells[i].overhead = 0;
	if (copy_to_user(u64_to_user_ptr(b->run->cells), b->cells,
			 b->run->nr_cells * sizeof(*b->cells)))
		return -EFAULT;
	b->run->nr_samples = b->nr_samples;
	return 0;
}

static int kmb_bench_init(struct kmb_file *file, struct kmb_bench *b)
{
	b->runner = xchg(&file->runner, NULL) ?: kmb_runner_alloc();
	b->pools = kcalloc(kmb_nr_pages, sizeof(*b->pools), GFP_KERNEL_ACCOUNT);
	b->users = kcalloc(kmb_nr_sources * kmb_nr_pages, sizeof(*b->users), GFP_KERNEL_ACCOUNT);
	if (!b->runner || !b->pools || !b->users)
		return -ENOMEM;
	b->buf = kmb_runner_buf(b->runner);
	return 0;
}

static void kmb_bench_exit(struct kmb_file *file, struct kmb_bench *b)
{
	kfree(b->users);
	kfree(b->pools);
	/* Its worker and its memory took longer to get than many a request takes. */
	kmb_runner_free(xchg(&file->runner, b->runner));
	kvfree(b->order);
	kvfree(b->cells);
}

static int kmb_run_grouped(struct kmb_file *file, struct kmb_bench *b)
{
	int ret;

	if (b->run->shape.threads <= 1)
		return kmb_rounds(b);
	ret = kmb_group_join(&file->group, b->run, b->run->reason);
	if (ret)
		return ret;
	b->group = &file->group;
	ret = kmb_rounds(b);
	kmb_group_leave(b->group, ret);
	return ret;
}

/**
 * kmb_run() - do a KMB_RUN request
 * @origin: the open file, and the command of a ring
 * @run: the request; samples go to the caller as they are taken
 *
 * Return: see the vocabulary in kmap_bench_uapi.h.
 */
int kmb_run(const struct kmb_origin *origin, struct kmb_run *run)
{
	struct kmb_bench b = { .run = run, .origin = origin };
	struct kmb_file *file = origin->file;
	int ret;

	run->reason[0] = '\0';
	ret = kmb_run_check(run);
	if (ret)
		return ret;
	if (atomic_inc_return(&kmb_inside) > KMB_MAX_INSIDE) {
		ret = KMB_REFUSE(run, EBUSY, "%u threads are inside already", KMB_MAX_INSIDE);
		goto out;
	}
	ret = kmb_cells_get(&b) ?: kmb_bench_init(file, &b);
	if (!ret) {
		trace_run_begin(run, origin->ioucmd);
		ret = kmb_run_grouped(file, &b);
		ret = kmb_cells_put(&b) ?: ret;
		trace_run_end(run, ret);
	} else {
		run->nr_samples = 0;
	}
	kmb_bench_exit(file, &b);
out:
	atomic_dec(&kmb_inside);
	return ret;
}
