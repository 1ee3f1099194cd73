/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel threads that map beside a check, or in the midst of it. */
#ifndef _KMAP_BENCH_RIVALS_H
#define _KMAP_BENCH_RIVALS_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/preempt.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "checks.h"

#define KMB_MAX_RIVALS	6	/* so many shares of the pages, and a rest */
#define KMB_ANY_CPU	-1
/* Pages of a checker that no rival has */
#define KMB_SPARE_PAGE	(KMB_MAX_RIVALS * KMB_MAX_NEST)

/* Counts the switches of one task while it has mappings. */
struct kmb_meter {
	unsigned long switches;
	unsigned long sleeps;	/* of these, those that the task asked for */
	unsigned long nvcsw;	/* of the task, at the last look */
	bool slots;		/* only while it has slots taken */
#ifdef CONFIG_PREEMPT_NOTIFIERS
	struct preempt_notifier notifier;
#endif
};

struct kmb_rival {
	struct kmb_rivals *all;
	struct kmb_checker c;		/* the check's pages, a reason of its own */
	struct task_struct *task;
	struct kmb_meter meter;
	struct rnd_state rnd;
	unsigned int nr, first;		/* first: of its pages */
	unsigned int live;		/* mappings, at addr */
	void *addr[KMB_MAX_NEST];
	unsigned long rounds;
	int ret;
	char reason[KMB_REASON_LEN], seen[KMB_EXPR_LEN];
};

struct kmb_rivals {
	struct kmb_checker *c;
	int (*fn)(struct kmb_rival *r);
	void (*rest)(struct kmb_rivals *all);	/* instead of schedule() */
	int (*beside)(struct kmb_rival *r);	/* in each turn, with mappings */
	void *arg;			/* what they share, in zeroes at first */
	int cpu;			/* that they are bound to, or KMB_ANY_CPU */
	unsigned int nr, depth;		/* depth: mappings that each may hold */
	unsigned int turn;
	bool stop;
	atomic_t ended;
	wait_queue_head_t wait;
	struct kmb_rival rival[KMB_MAX_RIVALS];
};

/* A task of higher priority on a CPU, which preempts who is there */
struct kmb_preemptor {
	struct kmb_checker *c;
	void (*work)(struct kmb_preemptor *r);	/* each time that it is woken */
	struct task_struct *task;
	unsigned int runs, wrong;
	void *arg;
	bool returns;			/* by itself, a while after it ran */
	struct hrtimer timer;		/* with that, as what follows */
	struct rnd_state rnd;
};

struct kmb_rivals *kmb_rivals_alloc(struct kmb_checker *c, unsigned int nr,
				    int (*fn)(struct kmb_rival *r), size_t arg_size);
int kmb_rivals_start(struct kmb_rivals *all, int cpu);
int kmb_rivals_end(struct kmb_rivals *all, unsigned int after_ms);
void kmb_rivals_free(struct kmb_rivals *all);
unsigned long kmb_rivals_switches(const struct kmb_rivals *all);
unsigned long kmb_rivals_rounds(const struct kmb_rivals *all);

void kmb_rival_map(struct kmb_rival *r);
void kmb_rival_unmap(struct kmb_rival *r);
void kmb_rival_level(struct kmb_rival *r, unsigned int live);
unsigned int kmb_rival_wave(const struct kmb_rivals *all, unsigned int step);
int kmb_rival_look(struct kmb_rival *r, const char *when);
bool kmb_rival_take(struct kmb_rival *r);
void kmb_rival_pass(struct kmb_rivals *all);
int kmb_rival_turns(struct kmb_rival *r, unsigned int turns);

struct kmb_preemptor *kmb_preemptor_alloc(struct kmb_checker *c,
					  void (*work)(struct kmb_preemptor *r));
int kmb_preemptor_start(struct kmb_preemptor *r, int cpu);
void kmb_preemptor_stop(struct kmb_preemptor *r);

void kmb_meter_begin(struct kmb_meter *w, bool slots);
void kmb_meter_end(struct kmb_meter *w);

static inline bool kmb_rival_stops(const struct kmb_rival *r)
{
	return READ_ONCE(r->all->stop);
}

#endif /* _KMAP_BENCH_RIVALS_H */
