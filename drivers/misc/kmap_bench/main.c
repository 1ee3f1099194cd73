// SPDX-License-Identifier: GPL-2.0-only
/* /dev/kmap_bench: the device and its table of requests. */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "kmap_bench.h"

static u32 kmb_preempt_model(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return KMB_PREEMPT_RT;
	if (preempt_model_full())
		return KMB_PREEMPT_FULL;
	if (kmb_preempt_model_lazy())
		return KMB_PREEMPT_LAZY;
	if (preempt_model_voluntary())
		return KMB_PREEMPT_VOLUNTARY;
	return preempt_model_none() ? KMB_PREEMPT_NONE : KMB_PREEMPT_UNKNOWN;
}

#define KMB_KERNEL_BIT(option, bit)	(IS_ENABLED(CONFIG_##option) ? KMB_KERNEL_##bit : 0)

static u64 kmb_kernel_bits(void)
{
	return KMB_KERNEL_BIT(HIGHMEM, HIGHMEM) |
	       KMB_KERNEL_BIT(KMAP_LOCAL, KMAP_LOCAL) |
	       KMB_KERNEL_BIT(DEBUG_HIGHMEM, DEBUG_HIGHMEM) |
	       KMB_KERNEL_BIT(DEBUG_KMAP_LOCAL, DEBUG_KMAP_LOCAL) |
	       KMB_KERNEL_BIT(DEBUG_KMAP_LOCAL_FORCE_MAP, FORCE_MAP) |
	       KMB_KERNEL_BIT(PREEMPT_RT, PREEMPT_RT) |
	       KMB_KERNEL_BIT(PREEMPT_DYNAMIC, PREEMPT_DYNAMIC) |
	       KMB_KERNEL_BIT(PREEMPT_COUNT, PREEMPT_COUNT) |
	       KMB_KERNEL_BIT(PROVE_LOCKING, PROVE_LOCKING) |
	       KMB_KERNEL_BIT(DEBUG_ATOMIC_SLEEP, DEBUG_ATOMIC_SLEEP) |
	       KMB_KERNEL_BIT(DEBUG_VM, DEBUG_VM) |
	       KMB_KERNEL_BIT(KASAN, KASAN) |
	       KMB_KERNEL_BIT(SMP, SMP) |
	       KMB_KERNEL_BIT(64BIT, 64BIT) |
	       KMB_KERNEL_BIT(X86_PAE, PAE) |
	       (IS_BUILTIN(CONFIG_KMAP_BENCH) ? KMB_KERNEL_BUILTIN : 0);
}

static int kmb_do_query(const struct kmb_origin *origin, void *arg)
{
	struct kmb_query *q = arg;
	struct sysinfo si;

	if (q->flags)
		return -EINVAL;
	si_meminfo(&si);
	*q = (struct kmb_query) {
		.size = q->size,
		.features = KMB_FEATURE_VERIFY | KMB_FEATURE_THREADS |
			    KMB_FEATURE_CHECKS | KMB_FEATURE_FAULTS | KMB_FEATURE_IO |
			    (IS_ENABLED(CONFIG_IO_URING) ? KMB_FEATURE_URING : 0),
		.kernel = kmb_kernel_bits(),
		.highmem_total = (u64)si.totalhigh * si.mem_unit,
		.highmem_free = (u64)si.freehigh * si.mem_unit,
		.page_size = PAGE_SIZE,
		.preempt = kmb_preempt_model(),
		.nest_limit = kmb_nest_limit(),
#ifdef CONFIG_KMAP_LOCAL
		.slots = KM_MAX_IDX,
#endif
		.last_pkmap = LAST_PKMAP,
		.nodes = num_online_nodes(),
		.max_cells = KMB_MAX_CELLS,
		.max_samples = KMB_MAX_SAMPLES,
		.max_pool = KMB_MAX_POOL,
		.max_order = KMB_MAX_ORDER,
		.max_threads = KMB_MAX_THREADS,
		.max_iterations = KMB_MAX_ITERATIONS,
		.clock_resolution = kmb_clock_resolution(),
		.clock_cost = kmb_clock_cost(),
		.max_delay = KMB_MAX_DELAY,
	};
	return 0;
}

/* The flags that decide legality, in words; why not, for a row that is absent */
static void kmb_traits(const struct kmb_row *row, char *traits)
{
	static const struct {
		u32 flag;
		const char *word;
	} words[] = {
		{ KMB_ROW_SLEEPS, "sleeps" },
		{ KMB_ROW_ATOMIC, "atomic" },
		{ KMB_ROW_USER, "user" },
		{ KMB_ROW_LOWMEM, "lowmem" },
		{ KMB_ROW_HIGHMEM, "highmem" },
		{ KMB_ROW_OWN_MAP, "own-map" },
		{ KMB_ROW_ORDER, "order" },
		{ KMB_ROW_SLOT, "slot" },
		{ KMB_ROW_DESTRUCTIVE, "destructive" },
		{ KMB_ROW_FAULTS, "faults" },
		{ KMB_ROW_CALLER, "caller" },
		{ KMB_ROW_NOFAULT, "nofault" },
		{ KMB_ROW_UNMAPS, "unmaps" },
		{ KMB_ROW_FIXED, "registered" },
	};
	int i, n = 0;

	traits[0] = '\0';
	if (row->absent)
		n = scnprintf(traits, KMB_EXPR_LEN, "absent: %s", row->absent);
	for (i = 0; !row->absent && i < ARRAY_SIZE(words); i++)
		if (row->flags & words[i].flag)
			n += scnprintf(traits + n, KMB_EXPR_LEN - n, "%s%s",
				       n ? " " : "", words[i].word);
}

static int kmb_do_enum(const struct kmb_origin *origin, void *arg)
{
	struct kmb_enum *e = arg;
	const struct kmb_row *row;

	if (e->flags || e->reserved || e->list > KMB_LIST_CHECKS)
		return -EINVAL;
	row = kmb_row(e->list, e->index);
	if (!row)
		return -ENOENT;
	e->row_flags = (row->flags & KMB_UAPI_FLAGS) | (row->absent ? KMB_ROW_ABSENT : 0);
	strscpy_pad(e->name, row->name, sizeof(e->name));
	strscpy_pad(e->expr, row->expr, sizeof(e->expr));
	memset(e->traits, 0, sizeof(e->traits));
	kmb_traits(row, e->traits);
	memset(e->splat, 0, sizeof(e->splat));
	if (e->list == KMB_LIST_CHECKS && kmb_check_splat(e->index))
		strscpy(e->splat, kmb_check_splat(e->index), sizeof(e->splat));
	return 0;
}

static int kmb_do_legal(const struct kmb_origin *origin, void *arg)
{
	struct kmb_legal *l = arg;
	int ret;

	if (l->flags)
		return -EINVAL;
	memset(l->reason, 0, sizeof(l->reason));
	ret = kmb_cell_legal(l->cell, &l->shape, l->reason);
	l->arithmetic = ret ? 0 : kmb_cell_arithmetic(l->cell);
	l->user_len = ret ? 0 : kmb_user_len(l->cell, &l->shape, false);
	return ret;
}

static int kmb_do_run(const struct kmb_origin *origin, void *arg)
{
	struct kmb_run *run = arg;

	memset(run->reason, 0, sizeof(run->reason));
	return kmb_run(origin, run);
}

static int kmb_do_check(const struct kmb_origin *origin, void *arg)
{
	struct kmb_check *check = arg;
	bool known = false;
	int ret;

	memset(check->reason, 0, sizeof(check->reason));
	memset(check->seen, 0, sizeof(check->seen));
	if (check->flags || check->reserved)
		return -EINVAL;
	ret = kmb_check(check->check, check->pages, check->reason, check->seen, &known);
	check->known = known;
	return ret;
}

static int kmb_do_io(const struct kmb_origin *origin, void *arg)
{
	struct kmb_io *io = arg;

	memset(io->reason, 0, sizeof(io->reason));
	return kmb_io(origin->file, io);
}

/* Large enough for any; that each begins with its size is what makes them one. */
union kmb_any {
	u32 size;
	struct kmb_query query;
	struct kmb_enum enumerate;
	struct kmb_legal legal;
	struct kmb_run run;
	struct kmb_check check;
	struct kmb_io io;
};

static_assert(!offsetof(struct kmb_query, size) && !offsetof(struct kmb_enum, size) &&
	      !offsetof(struct kmb_legal, size) && !offsetof(struct kmb_run, size) &&
	      !offsetof(struct kmb_check, size) && !offsetof(struct kmb_io, size));

/*
 * @min: end of the last member that callers must know of
 * @sleeps: it does, or takes long: not for who must not wait
 */
struct kmb_request {
	unsigned int cmd, size, min;
	int (*fn)(const struct kmb_origin *origin, void *arg);
	bool sleeps;
};

static const struct kmb_request kmb_requests[] = {
	[_IOC_NR(KMB_QUERY)] = { KMB_QUERY, sizeof(struct kmb_query),
				 offsetofend(struct kmb_query, flags), kmb_do_query },
	[_IOC_NR(KMB_ENUM)] = { KMB_ENUM, sizeof(struct kmb_enum),
				offsetofend(struct kmb_enum, name), kmb_do_enum },
	[_IOC_NR(KMB_LEGAL)] = { KMB_LEGAL, sizeof(struct kmb_legal),
				 offsetofend(struct kmb_legal, shape), kmb_do_legal },
	[_IOC_NR(KMB_RUN)] = { KMB_RUN, sizeof(struct kmb_run),
			       offsetofend(struct kmb_run, reserved), kmb_do_run, true },
	[_IOC_NR(KMB_CHECK)] = { KMB_CHECK, sizeof(struct kmb_check),
				 offsetofend(struct kmb_check, pages), kmb_do_check, true },
	[_IOC_NR(KMB_IO)] = { KMB_IO, sizeof(struct kmb_io),
			      offsetofend(struct kmb_io, bytes), kmb_do_io },
	[_IOC_NR(KMB_NOP)] = { KMB_NOP },
};

/**
 * kmb_state_check() - complain when a call left behind what a cell must not
 * @before: state at its beginning
 * @what: the call
 * @nr: and which
 * @ret: what it returns
 *
 * Nobody is served by going on as if nothing were wrong: the log says so.
 */
void kmb_state_check(const struct kmb_state *before, const char *what, unsigned int nr,
		     long ret)
{
	struct kmb_state after;
	char leak[KMB_REASON_LEN];

	kmb_state_get(&after);
	WARN(!kmb_state_same(before, &after, leak),
	     "kmap_bench: %s %u, which returned %ld, left state behind: %s\n",
	     what, nr, ret, leak);
}

static const struct kmb_request *kmb_request_find(unsigned int cmd)
{
	const struct kmb_request *req = kmb_requests + _IOC_NR(cmd);

	return _IOC_NR(cmd) < ARRAY_SIZE(kmb_requests) && cmd == req->cmd ? req : NULL;
}

bool kmb_request_sleeps(unsigned int cmd)
{
	const struct kmb_request *req = kmb_request_find(cmd);

	return req && req->sleeps;
}

/**
 * kmb_request() - do a request, however it came
 * @origin: the open file, and the command of a ring
 * @cmd: its number
 * @uarg: the request, in the caller's memory
 *
 * Return: see the vocabulary in kmap_bench_uapi.h.
 */
int kmb_request(const struct kmb_origin *origin, unsigned int cmd, void __user *uarg)
{
	const struct kmb_request *req = kmb_request_find(cmd);
	struct kmb_state before;
	union kmb_any any;
	u32 size;
	int ret;

	if (!req)
		return -ENOTTY;
	if (!req->fn)
		return 0;
	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < req->min)
		return -EINVAL;
	ret = copy_struct_from_user(&any, req->size, uarg, size);
	if (ret)
		return ret;
	kmb_state_get(&before);
	/* A fork gave it them, or who leaked them got back here: nothing could be judged. */
	if (WARN(before.slots, "kmap_bench: request %u comes with %d slots taken\n", _IOC_NR(cmd),
		 before.slots))
		return -EIO;
	ret = req->fn(origin, &any);
	kmb_state_check(&before, "request", _IOC_NR(cmd), ret);
	/* On errors too: the reason and what was measured so far. */
	if (copy_to_user(uarg, &any, min(size, req->size)))
		return -EFAULT;
	return ret;
}

static long kmb_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const struct kmb_origin origin = { .file = filp->private_data };

	return kmb_request(&origin, cmd, (void __user *)arg);
}

static int kmb_open(struct inode *inode, struct file *filp)
{
	struct kmb_file *file;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	kmb_group_init(&file->group);
	kmb_io_open(file, filp);
	filp->private_data = file;
	return 0;
}

static int kmb_release(struct inode *inode, struct file *filp)
{
	struct kmb_file *file = filp->private_data;

	kmb_runner_free(file->runner);
	kfree(file);
	return 0;
}

static const struct file_operations kmb_fops = {
	.owner = THIS_MODULE,
	.open = kmb_open,
	.release = kmb_release,
	.llseek = kmb_llseek,
	.read_iter = kmb_read_iter,
	.write_iter = kmb_write_iter,
	.splice_read = kmb_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = kmb_mmap,
	.fsync = noop_fsync,
	.unlocked_ioctl = kmb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.uring_cmd = kmb_uring_cmd,
};

static struct miscdevice kmb_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kmap_bench",
	.fops = &kmb_fops,
	.mode = 0600,
};

static int __init kmb_init(void)
{
	int ret;

	kmb_clock_init();
	ret = kmb_core_init();
	if (ret)
		return ret;
	kmb_cells_init();
	ret = kmb_contexts_init();
	if (ret)
		return ret;
	ret = kmb_io_init();
	if (ret)
		goto err_contexts;
	ret = misc_register(&kmb_device);
	if (ret)
		goto err_io;
	/* Once: it patches the scheduler, and waits for CPUs that mappings keep up. */
	kmb_preempt_notifiers_inc();
	return 0;

err_io:
	kmb_io_exit();
err_contexts:
	kmb_contexts_exit();
	return ret;
}

static void __exit kmb_exit(void)
{
	kmb_preempt_notifiers_dec();
	misc_deregister(&kmb_device);
	kmb_io_exit();
	kmb_contexts_exit();
}

module_init(kmb_init);
module_exit(kmb_exit);

MODULE_DESCRIPTION("Self-test and benchmark of temporary kernel mappings");
MODULE_AUTHOR("kmapbench");
MODULE_LICENSE("GPL");
