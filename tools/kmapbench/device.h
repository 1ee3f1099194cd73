/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICE_H
#define DEVICE_H

#include "kmap_bench_uapi.h"

/* The only way to the module. */
struct device {
	int fd;
	struct kmb_query query;
};

/* Opens and queries; complains and returns an enum status when it cannot. */
int device_open(struct device *dev);
void device_close(struct device *dev);

/* These return 0 or a negative errno; the structs' sizes are set here. */
int device_enum(struct device *dev, struct kmb_enum *row);
int device_legal(struct device *dev, struct kmb_legal *legal);
int device_run(struct device *dev, struct kmb_run *run);

/* Only sets the sizes: for a request that gets there in another way. */
void device_prepare_run(struct kmb_run *run);
int device_check(struct device *dev, struct kmb_check *check);
int device_nop(struct device *dev);
int device_io(struct device *dev, struct kmb_io *io);

/**
 * device_fail() - complain about a request that the module refused
 * @what: the cell or the request
 * @error: negative errno
 * @reason: the module's own sentence, may be empty
 *
 * Returns: an enum status.
 */
int device_fail(const char *what, int error, const char *reason);

#endif /* DEVICE_H */
