/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPILER_H
#define COMPILER_H

/* What the kernel has in its own headers of that name */
#define ATTRIBUTE(attribute)	__attribute__((attribute))
#define __printf(a, b)		ATTRIBUTE(format(printf, a, b))
#define __section(name)		ATTRIBUTE(section(name))
#define __used			ATTRIBUTE(used)
#define __weak			ATTRIBUTE(weak)

#define ARRAY_SIZE(x)		(sizeof(x) / sizeof((x)[0]))

#endif /* COMPILER_H */
