// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks that no translation outlives its mapping: a slot used again shows its
 * new page, to whomever, and one that nobody uses shows nothing.
 */
#include <linux/cpu.h>
#include <linux/highmem.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "rivals.h"

#define KMB_TLB_TURNS	48

/* What two tasks of a CPU tell each other: who used which address, and how */
struct kmb_slot {
	void *addr;
	bool hold;		/* asleep with it, not unmapped */
	unsigned int same, gone;
};

static bool kmb_is_gone(const void *addr)
{
	u32 word;

	return copy_from_kernel_nofault(&word, addr, sizeof(word));
}

/* Taken down, a slot shows nothing, not even to who used it. */
static int kmb_check_gone(struct kmb_checker *c)
{
	void *addr[KMB_MAX_NEST];
	unsigned int n, seen = 0;
	int ret = 0;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot");
	for (n = 0; n < c->depth; n++) {
		addr[n] = kmap_local_page(kmb_check_page(c, n));
		/* What is read is what a processor keeps a translation of. */
		seen += kmb_shows(c, addr[n], n);
	}
	/* Elsewhere the slot is another one. */
	migrate_disable();
	while (n--) {
		kunmap_local(addr[n]);
		if (!ret && !kmb_is_gone(addr[n]))
			ret = KMB_FAIL(c, "slot %u still shows something after it was unmapped",
				       n + 1);
	}
	migrate_enable();
	KMB_SAW(c, "%u slots, read before and after", seen);
	if (!ret && seen != c->depth)
		ret = KMB_FAIL(c, "%u of %u mappings showed their pages", seen, c->depth);
	return ret;
}

/* Write through a mapping: it arrives at its page and nowhere else. */
static int kmb_write_through(struct kmb_rival *r, u32 *mapped, unsigned int page)
{
	u32 *truth = kmb_truth(&r->c, page), value = r->rounds * 0x9e3779b1U + r->nr;

	WRITE_ONCE(mapped[r->nr], value);
	if (READ_ONCE(truth[r->nr]) == value)
		return 0;
	return KMB_FAIL(&r->c, "what task %u wrote to its mapping did not arrive", r->nr);
}

/* Our first slot is the one that the other used: is it ours alone? */
static int kmb_slot_use(struct kmb_rival *r, struct kmb_slot *slot)
{
	if (slot->addr && !kmb_is_gone(slot->addr))
		return KMB_FAIL(&r->c, "the page of a task that %s is still there for the next one",
				slot->hold ? "sleeps" : "unmapped it");
	slot->gone += !!slot->addr;
	r->first = r->nr * KMB_MAX_NEST + r->rounds % KMB_MAX_NEST;
	kmb_rival_map(r);
	slot->same += r->addr[0] == slot->addr;
	slot->addr = r->addr[0];
	return kmb_rival_look(r, "in a slot that another task used") ?:
	       kmb_write_through(r, r->addr[0], r->first);
}

static int kmb_slot_fn(struct kmb_rival *r)
{
	struct kmb_slot *slot = r->all->arg;
	int ret = 0;

	while (!ret && r->rounds < KMB_TLB_TURNS && kmb_rival_take(r)) {
		if (r->live) {
			ret = kmb_rival_look(r, "after another task used its slot");
			kmb_rival_level(r, 0);
		}
		ret = ret ?: kmb_slot_use(r, slot);
		if (!slot->hold)
			kmb_rival_level(r, 0);
		r->rounds++;
		kmb_rival_pass(r->all);
	}
	kmb_rival_level(r, 0);
	return ret;
}

static int kmb_slot_judge(const struct kmb_rivals *all)
{
	const unsigned int turns = 2 * KMB_TLB_TURNS;
	const struct kmb_slot *slot = all->arg;

	if (kmb_rivals_rounds(all) == turns && slot->same == turns - 1 && slot->gone == slot->same)
		return 0;
	return KMB_FAIL(all->c, "%lu turns, %u of them in the same slot: expected %u and %u",
			kmb_rivals_rounds(all), slot->same, turns, turns - 1);
}

/* Two tasks on a CPU, in turn, in one slot */
static int kmb_slot_on(struct kmb_checker *c, bool hold, unsigned int cpu, unsigned int *gone)
{
	struct kmb_rivals *all = kmb_rivals_alloc(c, 2, kmb_slot_fn, sizeof(struct kmb_slot));
	struct kmb_slot *slot;
	int ret;

	if (!all)
		return -ENOMEM;
	slot = all->arg;
	slot->hold = hold;
	ret = kmb_rivals_start(all, cpu) ?: kmb_rivals_end(all, KMB_WAIT_MS) ?: kmb_slot_judge(all);
	*gone += slot->gone;
	kmb_rivals_free(all);
	return ret;
}

/* Each CPU has slots of its own. */
static int kmb_slot(struct kmb_checker *c, bool hold)
{
	unsigned int cpu, gone = 0;
	int ret = 0;

	if (!kmb_all_take_slots(c))
		return KMB_SKIP(c, "mapping these pages takes no slot");
	cpus_read_lock();
	for_each_online_cpu(cpu)
		ret = ret ?: kmb_slot_on(c, hold, cpu, &gone);
	KMB_SAW(c, "a slot of each of %u CPUs used by two tasks %u times in all, gone before each",
		num_online_cpus(), gone);
	cpus_read_unlock();
	return ret;
}

static int kmb_check_reuse_task(struct kmb_checker *c)
{
	return kmb_slot(c, false);
}

static int kmb_check_reuse_switch(struct kmb_checker *c)
{
	return kmb_slot(c, true);
}

static const struct kmb_check_row kmb_rows[] = {
	KMB_CHECK_ROW(gone, 0, KMB_HERE,
		      "a slot shows nothing once its mapping is taken down"),
	KMB_CHECK_ROW(reuse_task, 0, KMB_HERE,
		      "a slot used by another task shows what that one mapped"),
	KMB_CHECK_ROW(reuse_switch, 0, KMB_HERE,
		      "a slot of a sleeping task is another's, and its own again"),
};

const struct kmb_check_set kmb_checks_tlb = { kmb_rows, ARRAY_SIZE(kmb_rows) };
