/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ARRAY_H
#define ARRAY_H

#include <stdlib.h>

/* Room for one more element, doubled when it is used up; NULL if out of memory */
static inline void *array_grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	return realloc(array, (nr ? 2 * nr : 1) * size);
}

#endif /* ARRAY_H */
