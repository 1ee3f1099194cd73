/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>

/* One line on stderr that is drawn over; nothing where that is no terminal */
struct progress {
	int shown;
	double started;
};

double seconds_now(void);
double ns_now(void);

void progress_start(struct progress *progress);

/**
 * progress_show() - draw the line
 * @progress: started
 * @what: where the measurement is
 * @done: share of the work, 0 to 1
 */
void progress_show(struct progress *progress, const char *what, double done);

void progress_end(struct progress *progress);

#endif /* PROGRESS_H */
