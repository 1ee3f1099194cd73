// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmapbench.h"
#include "report.h"
#include "summary.h"

int report_plot(const struct results *results, FILE *out)
{
	char label[RESULT_LABEL_LEN];
	struct observations obs;
	struct summary summary;
	struct box box;
	size_t i;

	for (i = 0; i < results->nr; i++) {
		if (!observations_of_result(&obs, &results->results[i]))
			return fail(STATUS_FAILED, "measure fewer cells", "plot: out of memory");
		summarize(&summary, &obs);
		observations_free(&obs);
		result_label(&results->results[i], label);
		box = summary_box("", &summary);
		fprintf(out, "\n%s\n", label);
		boxplot_print(&box, 1, results->results[i].unit, boxplot_width(out), out);
	}
	return STATUS_FINE;
}
