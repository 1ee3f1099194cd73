// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of ioctl() as commands of io_uring: the same structs, the same
 * table, but workers of the ring may be who maps, and not the task that asked.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "compat.h"
#include "kmap_bench.h"

static_assert(sizeof(struct kmb_uring) <=
	      sizeof(struct io_uring_sqe) - offsetof(struct io_uring_sqe, cmd));

/**
 * kmb_uring_fixed() - a part of the registered buffer that a request's entry names
 * @origin: the request
 * @addr: in the memory of who registered it
 * @len: bytes
 * @fixed: out: these bytes, READ and WRITE, for as long as the request is at work
 *
 * Return: 0, -EINVAL without such a buffer, -EFAULT where it has no such bytes, or
 * another error of the ring's.
 */
int kmb_uring_fixed(const struct kmb_origin *origin, u64 addr, u64 len, struct iov_iter *fixed)
{
	int rw, ret = 0;

	if (!origin->ioucmd || !(origin->ioucmd->flags & IORING_URING_CMD_FIXED))
		return -EINVAL;
	for (rw = READ; !ret && rw <= WRITE; rw++)
		ret = kmb_uring_import(origin->ioucmd, addr, len, rw, &fixed[rw],
				       origin->issue_flags);
	return ret;
}

/**
 * kmb_uring_cmd() - do a request that came as an IORING_OP_URING_CMD
 * @ioucmd: the command
 * @issue_flags: with IO_URING_F_NONBLOCK the caller must not wait, and comes
 *	again from a worker when told -EAGAIN
 *
 * The entry may be in memory that user space can write to: it is read once.
 *
 * Return: the result, as the completion is to have it.
 */
int kmb_uring_cmd(struct io_uring_cmd *ioucmd, unsigned int issue_flags)
{
	const struct kmb_uring *from = kmb_uring_payload(ioucmd);
	const struct kmb_origin origin = { ioucmd->file->private_data, ioucmd, issue_flags };
	u64 arg = READ_ONCE(from->arg);

	if (READ_ONCE(from->reserved))
		return -EINVAL;
	if (arg != (uintptr_t)arg)
		return -EFAULT;
	if (issue_flags & IO_URING_F_NONBLOCK && kmb_request_sleeps(ioucmd->cmd_op)) {
		kmb_uring_keep(ioucmd);
		return -EAGAIN;
	}
	return kmb_request(&origin, ioucmd->cmd_op, u64_to_user_ptr(arg));
}
