/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHAPE_H
#define SHAPE_H

#include <argp.h>

#include "kmap_bench_uapi.h"

/* Options of shape, an argp child whose input is a struct kmb_shape. */
extern const struct argp shape_argp;

#define SHAPE_DEFAULT	((struct kmb_shape){ .node = -1, .threads = 1 })

#endif /* SHAPE_H */
