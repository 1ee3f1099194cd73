// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that measure together: they start together, and while any of them
 * is measured all others are at the same work.
 */
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include "kmap_bench.h"

void kmb_group_init(struct kmb_group *g)
{
	spin_lock_init(&g->lock);
	init_waitqueue_head(&g->wait);
}

static void kmb_group_start(struct kmb_group *g, const u32 *key)
{
	memcpy(g->key, key, sizeof(g->key));
	g->want = key[0];
	g->joined = 0;
	g->aborted = false;
	atomic_set(&g->arrived, 0);
	atomic_set(&g->finished, 0);
}

/* Come in, unless the threads of the request before have yet to leave. */
static bool kmb_group_enter(struct kmb_group *g, const u32 *key, int *ret)
{
	bool done = true;

	*ret = 0;
	spin_lock(&g->lock);
	if (!g->inside)
		kmb_group_start(g, key);
	if (g->joined == g->want || g->aborted)
		done = false;
	else if (memcmp(g->key, key, sizeof(g->key)))
		*ret = -EINVAL;
	if (done && !*ret) {
		g->joined++;
		g->inside++;
	}
	spin_unlock(&g->lock);
	if (done)
		wake_up_all(&g->wait);
	return done;
}

static long kmb_group_wait(struct kmb_group *g)
{
	return wait_event_interruptible_timeout(g->wait,
						READ_ONCE(g->joined) == g->want || g->aborted,
						msecs_to_jiffies(KMB_WAIT_MS));
}

/**
 * kmb_group_join() - wait until all threads of a request are here
 * @g: of the open file
 * @run: the request; shape.threads says how many
 * @reason: KMB_REASON_LEN bytes for a sentence
 *
 * Return: 0 (then kmb_group_leave() is due), -EINTR, -ETIMEDOUT, -ECANCELED
 * when another thread gave up, -EINVAL when their requests differ.
 */
int kmb_group_join(struct kmb_group *g, const struct kmb_run *run, char *reason)
{
	const u32 key[] = {
		run->shape.threads, run->nr_cells, run->rounds, run->samples_per_round,
		run->first_round, lower_32_bits(run->seed), upper_32_bits(run->seed),
	};
	long left;
	int ret;

	BUILD_BUG_ON(sizeof(key) != sizeof(g->key));
	left = wait_event_interruptible_timeout(g->wait, kmb_group_enter(g, key, &ret),
						msecs_to_jiffies(KMB_WAIT_MS));
	if (left > 0 && ret) {
		snprintf(reason, KMB_REASON_LEN,
			 "the threads of a group must make the same request");
		return ret;
	}
	if (left > 0) {
		left = kmb_group_wait(g);
		if (left > 0 && !READ_ONCE(g->aborted))
			return 0;
		kmb_group_leave(g, true);
	}
	if (left < 0)
		return -EINTR;
	snprintf(reason, KMB_REASON_LEN, "%s",
		 left ? "another thread of the group stopped" :
			"not all threads of the group came");
	return left ? -ECANCELED : -ETIMEDOUT;
}

void kmb_group_leave(struct kmb_group *g, bool failed)
{
	spin_lock(&g->lock);
	if (failed)
		g->aborted = true;
	g->inside--;
	spin_unlock(&g->lock);
	wake_up_all(&g->wait);
}

/**
 * kmb_group_arrive() - keep working until all threads are here
 * @g: joined
 * @at: which barrier
 * @step: how often the caller passed it before
 * @meanwhile: what to do until then, 0 or an error to give up with
 * @arg: its argument
 *
 * Return: 0, -ECANCELED, -ETIMEDOUT, or what @meanwhile returned.
 */
int kmb_group_arrive(struct kmb_group *g, atomic_t *at, u32 step,
		     int (*meanwhile)(void *arg), void *arg)
{
	unsigned long limit = jiffies + msecs_to_jiffies(KMB_WAIT_MS);
	int want = (step + 1) * g->want, ret;

	atomic_inc(at);
	while (atomic_read(at) < want) {
		if (READ_ONCE(g->aborted))
			return -ECANCELED;
		if (time_after(jiffies, limit))
			return -ETIMEDOUT;
		ret = meanwhile(arg);
		if (ret)
			return ret;
	}
	return 0;
}
