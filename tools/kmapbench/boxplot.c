// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "boxplot.h"
#include "table.h"

#define PAGE_WIDTH	100
#define LEAST_WIDTH	40
#define MOST_WIDTH	200

int boxplot_width(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col)
		return PAGE_WIDTH;
	if (size.ws_col < LEAST_WIDTH)
		return LEAST_WIDTH;
	return size.ws_col < MOST_WIDTH ? size.ws_col : MOST_WIDTH;
}

struct scale {
	double least;
	double greatest;
	int columns;
};

static int column_of(const struct scale *scale, double value)
{
	double span = scale->greatest - scale->least;

	/* All values are the same: they are in the middle, wherever that is. */
	if (!(span > 0))
		return scale->columns / 2;
	return lround((value - scale->least) / span * (scale->columns - 1));
}

static struct scale find_scale(const struct box *boxes, size_t nr, int columns)
{
	struct scale scale = { INFINITY, -INFINITY, columns };
	size_t i;

	for (i = 0; i < nr; i++) {
		scale.least = fmin(scale.least, boxes[i].least);
		scale.greatest = fmax(scale.greatest, boxes[i].greatest);
	}
	return scale;
}

/* Later marks hide earlier ones: the median is always seen. */
static void draw(const struct box *box, const struct scale *scale, char *line)
{
	int least = column_of(scale, box->least), lower = column_of(scale, box->lower);
	int upper = column_of(scale, box->upper), greatest = column_of(scale, box->greatest);

	memset(line + least, '-', greatest - least);
	memset(line + lower, '=', upper - lower);
	line[least] = '|';
	line[greatest] = '|';
	line[lower] = '[';
	line[upper] = ']';
	line[column_of(scale, box->median)] = '#';
}

static int label_width(const struct box *boxes, size_t nr)
{
	int width = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		width = fmax(width, strlen(boxes[i].label));
	return width;
}

static void print_scale(const struct scale *scale, int indent, const char *unit, FILE *out)
{
	char least[COST_LEN], greatest[COST_LEN];
	int blanks;

	format_cost(scale->least, least);
	format_cost(scale->greatest, greatest);
	if (!(scale->greatest > scale->least)) {
		fprintf(out, "%*s%s %s\n", indent + scale->columns / 2, "", least, unit);
		return;
	}
	blanks = scale->columns - (int)(strlen(least) + strlen(greatest) + strlen(unit) + 1);
	fprintf(out, "%*s%s%*s%s %s\n", indent, "", least, blanks > 1 ? blanks : 1, "", greatest,
		unit);
}

void boxplot_print(const struct box *boxes, size_t nr, const char *unit, int width, FILE *out)
{
	int indent = label_width(boxes, nr) + 2;
	int columns = width - indent > LEAST_WIDTH / 2 ? width - indent : LEAST_WIDTH / 2;
	struct scale scale = find_scale(boxes, nr, columns);
	char *line = malloc(columns + 1);
	size_t i;

	for (i = 0; line && i < nr; i++) {
		memset(line, ' ', columns);
		line[columns] = '\0';
		if (isnan(boxes[i].median)) {
			fprintf(out, "%-*sno samples\n", indent, boxes[i].label);
			continue;
		}
		draw(&boxes[i], &scale, line);
		while (line[strlen(line) - 1] == ' ')
			line[strlen(line) - 1] = '\0';
		fprintf(out, "%-*s%s\n", indent, boxes[i].label, line);
	}
	if (scale.least <= scale.greatest)
		print_scale(&scale, indent, unit, out);
	free(line);
}
