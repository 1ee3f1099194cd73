/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "device.h"
#include "results.h"

#define UNIT_INSTRUCTIONS	"instructions"
#define UNIT_NS			"ns"
#define UNIT_NS_EMULATOR	"ns (emulator)"

void environment_detect(struct environment *environment, const struct kmb_query *query);

/* Whether a nanosecond of the kernel's is one instruction */
bool environment_counts_instructions(const struct environment *environment);

#endif /* ENVIRONMENT_H */
