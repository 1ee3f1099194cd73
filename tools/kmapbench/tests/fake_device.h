/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

/* What the linker puts in place of the C library's, and what it leaves of that */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

#endif /* FAKE_DEVICE_H */
