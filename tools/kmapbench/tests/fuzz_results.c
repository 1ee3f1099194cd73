// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a file of results holds, it is read or refused. libFuzzer makes files
 * up; what it complains of is most of what would be printed, and so is left out:
 *
 *	make fuzz && ./fuzz_results -close_fd_mask=2 -max_total_time=600 NEW tests/corpus
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler.h"
#include "results_file.h"

/* By the name that libFuzzer calls it */
int fuzz_one_input(const uint8_t *data, size_t size) ATTRIBUTE(used)
	__asm__("LLVMFuzzerTestOneInput");

/* What was read has to be what it seems, and to be written and read once more. */
static void use(struct results *results)
{
	size_t i, j;

	for (i = 0; i < results->nr; i++) {
		const struct result *r = &results->results[i];
		char label[RESULT_LABEL_LEN];

		result_label(r, label);
		for (j = 0; j < r->nr_samples; j++) {
			if (r->samples[j] != r->samples[j] || r->rounds[j] < 0 || r->threads[j] < 0)
				abort();
		}
	}
	results_summarize(results);
}

int fuzz_one_input(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;
	struct results results;

	if (fd < 0) {
		fd = memfd_create("results", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	if (results_load(&results, path))
		return 0;
	use(&results);
	results_free(&results);
	return 0;
}
