// SPDX-License-Identifier: GPL-2.0-only
/* One sample: a loop, in its context, among its live mappings, by the clock. */
#include <linux/delay.h>
#include <linux/highmem.h>

#include "kmap_bench.h"
#include "rivals.h"

#define KMB_CROWDED_TRIES	1000

struct kmb_job {
	const u32 *cell;
	struct kmb_pool *pool;
	struct kmb_loop loop;
	struct kmb_meter meter;
	unsigned int room;	/* slots that must be free */
	struct kmb_state before, after;
	u64 duration;
	unsigned long faults;
	unsigned int held_bad;
	bool user;		/* the loop is one of user copies */
	bool crowded, moved;
};

/* Slots that the current task, or the one that we interrupted, holds */
static unsigned int kmb_slots_used(const struct kmb_state *s)
{
	return s->slots / (IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) ? 2 : 1);
}

static const void *kmb_held_alias(const struct kmb_pool *pool, unsigned int i)
{
	return pool->alias + ((2 * pool->nr + i) << (PAGE_SHIFT + pool->order));
}

static void kmb_job_loop(struct kmb_job *job)
{
	u64 start = kmb_clock();

	kmb_loop_run(job->cell[KMB_LIST_MAPS], job->cell[KMB_LIST_COPIES], &job->loop);
	job->duration = kmb_clock() - start;
}

/* What happens to the caller while it is at it; in other contexts, it is not. */
static void kmb_job_watched(struct kmb_job *job)
{
	u32 map = kmb_row(KMB_LIST_MAPS, job->cell[KMB_LIST_MAPS])->flags;
	unsigned long faults = current->min_flt + current->maj_flt;
	bool slots = map & KMB_ROW_SLOT && (!job->pool->low ||
					    IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP));

	kmb_meter_begin(&job->meter, slots && IS_ENABLED(CONFIG_KMAP_LOCAL));
	kmb_job_loop(job);
	kmb_meter_end(&job->meter);
	job->faults = current->min_flt + current->maj_flt - faults;
}

/* Runs in the cell's context. */
static void kmb_job_fn(void *arg)
{
	void *held[KMB_MAX_NEST];
	struct kmb_job *job = arg;
	struct kmb_pool *pool = job->pool;
	struct kmb_state inside;
	unsigned int i;
	int cpu;

	kmb_state_get(&job->before);
	/* One mapping too many is a BUG, and an interrupted task has its own. */
	job->crowded = kmb_slots_used(&job->before) + job->room > kmb_nest_limit();
	if (job->crowded)
		return;
	for (i = 0; i < pool->nr_held; i++)
		held[i] = kmap_local_page(pool->pages[2 * pool->nr + i]);

	kmb_state_get(&inside);
	cpu = raw_smp_processor_id();
	if (job->user)
		kmb_job_watched(job);
	else
		kmb_job_loop(job);
	/* Mappings that take slots keep their task on its CPU. */
	job->moved = inside.slots != job->before.slots && cpu != raw_smp_processor_id();

	while (i--) {
		if (pool->alias && memcmp(held[i], kmb_held_alias(pool, i), PAGE_SIZE))
			job->held_bad++;
		kunmap_local(held[i]);
	}
	kmb_state_get(&job->after);
}

static int kmb_job_run(struct kmb_bench *b, struct kmb_job *job)
{
	int tries, ret;

	for (tries = 0; tries < KMB_CROWDED_TRIES; tries++) {
		ret = kmb_context_run(b->runner, job->cell[KMB_LIST_CONTEXTS],
				      kmb_job_fn, job);
		if (ret || !job->crowded)
			return ret;
		usleep_range(10, 100);
	}
	snprintf(b->run->reason, KMB_REASON_LEN,
		 "no free mapping slots: other tasks hold them when the context comes up");
	return -EBUSY;
}

static int kmb_job_judge(struct kmb_bench *b, struct kmb_job *job)
{
	char *reason = b->run->reason;

	if (!kmb_state_same(&job->before, &job->after, reason))
		return -EIO;
	if (job->moved) {
		snprintf(reason, KMB_REASON_LEN,
			 "the task went to another CPU while it held %u mappings",
			 job->pool->nr_held);
		return -EIO;
	}
	if (job->held_bad) {
		snprintf(reason, KMB_REASON_LEN,
			 "%u of %u mappings held around the operation showed other data",
			 job->held_bad, job->pool->nr_held);
		return -EIO;
	}
	if (job->loop.failed) {
		snprintf(reason, KMB_REASON_LEN, "%s gave no address %lu times",
			 kmb_row(KMB_LIST_MAPS, job->cell[KMB_LIST_MAPS])->name,
			 job->loop.failed);
		return -ENOMEM;
	}
	return 0;
}

/* The user memory of a cell's source; NULL for copies without */
struct kmb_user *kmb_user_of(const struct kmb_bench *b, const struct kmb_cell *cell)
{
	if (!(kmb_row(KMB_LIST_COPIES, cell->cell[KMB_LIST_COPIES])->flags & KMB_ROW_USER))
		return NULL;
	return &b->users[cell->cell[KMB_LIST_SOURCES] * kmb_nr_pages +
			 cell->cell[KMB_LIST_PAGES]];
}

static void kmb_job_count(const struct kmb_job *job, struct kmb_cell *cell, unsigned int ops)
{
	const struct kmb_seg *seg;

	cell->ops += ops;
	cell->faults += job->faults;
	cell->short_copies += job->loop.shorts;
	cell->slow_path += job->loop.slow;
	cell->switches_mapped += job->meter.switches;
	cell->sleeps_mapped += job->meter.sleeps;
	if (!(kmb_row(KMB_LIST_COPIES, cell->cell[KMB_LIST_COPIES])->flags & KMB_ROW_DATA))
		return;
	for (seg = job->loop.seg; seg != job->loop.seg + job->pool->segs; seg++)
		cell->bytes += (u64)seg->len * ops;
	cell->bytes -= job->loop.left;
}

/**
 * kmb_sample() - take one sample of a cell
 * @b: the request
 * @cell: one of its cells; its counters are added to
 * @first: operation of the pool's sequence to begin with
 * @iterations: operations; full passes where the sequence is shorter
 * @duration: out: ns
 *
 * Return: 0, -EIO when something was left behind (run.reason says what), or
 * another error with a reason.
 */
int kmb_sample(struct kmb_bench *b, struct kmb_cell *cell, unsigned int first,
	       unsigned int iterations, u64 *duration)
{
	struct kmb_pool *pool = &b->pools[cell->cell[KMB_LIST_PAGES]];
	struct kmb_user *user = kmb_user_of(b, cell);
	const struct kmb_seg *seq = user ? user->seq : pool->seq;
	unsigned int ops = min(iterations, pool->nr_ops);
	struct kmb_job job = {
		.cell = cell->cell,
		.pool = pool,
		.room = kmb_slots_needed(cell->cell) + pool->nr_held,
		.user = user,
		.loop = {
			.seg = seq + first * pool->segs,
			.end = seq + (first + ops) * pool->segs,
			.passes = iterations / ops,
			.buf = b->buf,
			.ubuf = user ? (void __user *)user->addr : NULL,
			.fixed = b->fixed,
		},
	};
	int ret = 0;

	if (user)
		ret = kmb_user_prepare(user, first, ops,
				       kmb_copy_row(cell->cell[KMB_LIST_COPIES])->to == KMB_USER);
	ret = ret ?: kmb_job_run(b, &job);
	if (ret)
		return ret;
	*duration = job.duration;
	kmb_job_count(&job, cell, ops * job.loop.passes);
	return kmb_job_judge(b, &job);
}
