// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "kmapbench.h"

static const char load_it[] = "load the module: modprobe kmap_bench (see make install)";
static const char rebuild[] = "build kmapbench and the module from the same tree";

static const struct {
	int error;
	enum status status;
	const char *why;
	const char *advice;
} verdicts[] = {
	{ EINVAL, STATUS_USAGE, "refused as invalid", "see `kmapbench info' for the limits" },
	{ E2BIG, STATUS_UNAVAILABLE, "module of another version", rebuild },
	{ ENOTTY, STATUS_UNAVAILABLE, "module of another version", rebuild },
	{ EOPNOTSUPP, STATUS_UNAVAILABLE, "not possible on this kernel",
	  "see `kmapbench list cells' for what is" },
	{ ENOMEM, STATUS_UNAVAILABLE, "not enough memory of the kind asked for",
	  "use a smaller --pool, or free some" },
	{ ENOSPC, STATUS_FAILED, "sample buffer too short", rebuild },
	{ EBUSY, STATUS_UNAVAILABLE, "too many threads are inside the module",
	  "use fewer --threads, or wait for the other user" },
	{ EINTR, STATUS_INTERRUPTED, "interrupted", "what was measured so far is kept" },
	{ ECANCELED, STATUS_FAILED, "another thread of the group stopped",
	  "what was measured so far is kept" },
	{ ETIMEDOUT, STATUS_FAILED, "a context or a thread did not run within the limit",
	  "try again on a machine with less load, or with fewer --threads" },
	{ EIO, STATUS_FAILED, "verification failed", "the kernel log may say more" },
	{ EPERM, STATUS_UNAVAILABLE, "needs CAP_SYS_ADMIN", "run it as root" },
};

int device_fail(const char *what, int error, const char *reason)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (verdicts[i].error != -error)
			continue;
		return fail(verdicts[i].status, verdicts[i].advice, "%s: %s", what,
			    reason && *reason ? reason : verdicts[i].why);
	}
	return fail(STATUS_FAILED, "the kernel log may say more", "%s: %s", what,
		    reason && *reason ? reason : strerror(-error));
}

static int open_failed(int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return fail(STATUS_UNAVAILABLE, load_it, "%s: no such device", KMB_DEVICE);
	case EACCES:
	case EPERM:
		return fail(STATUS_UNAVAILABLE, "run it as root", "%s: %s", KMB_DEVICE,
			    strerror(error));
	}
	return fail(STATUS_UNAVAILABLE, load_it, "%s: %s", KMB_DEVICE, strerror(error));
}

static int request(struct device *dev, unsigned long number, void *arg)
{
	return ioctl(dev->fd, number, arg) < 0 ? -errno : 0;
}

int device_open(struct device *dev)
{
	int ret;

	dev->fd = open(KMB_DEVICE, O_RDWR | O_CLOEXEC);
	if (dev->fd < 0)
		return open_failed(errno);

	memset(&dev->query, 0, sizeof(dev->query));
	dev->query.size = sizeof(dev->query);
	ret = request(dev, KMB_QUERY, &dev->query);
	if (!ret)
		return STATUS_FINE;
	device_close(dev);
	/* The query has nothing that could be out of range but its size. */
	return device_fail(KMB_DEVICE, ret == -EINVAL ? -E2BIG : ret, NULL);
}

void device_close(struct device *dev)
{
	close(dev->fd);
	dev->fd = -1;
}

int device_enum(struct device *dev, struct kmb_enum *row)
{
	row->size = sizeof(*row);
	return request(dev, KMB_ENUM, row);
}

int device_legal(struct device *dev, struct kmb_legal *legal)
{
	legal->size = sizeof(*legal);
	return request(dev, KMB_LEGAL, legal);
}

void device_prepare_run(struct kmb_run *run)
{
	run->size = sizeof(*run);
	run->cell_size = sizeof(struct kmb_cell);
	run->sample_size = sizeof(struct kmb_sample);
}

int device_run(struct device *dev, struct kmb_run *run)
{
	device_prepare_run(run);
	return request(dev, KMB_RUN, run);
}

int device_check(struct device *dev, struct kmb_check *check)
{
	check->size = sizeof(*check);
	return request(dev, KMB_CHECK, check);
}

int device_nop(struct device *dev)
{
	return request(dev, KMB_NOP, NULL);
}

int device_io(struct device *dev, struct kmb_io *io)
{
	io->size = sizeof(*io);
	return request(dev, KMB_IO, io);
}
