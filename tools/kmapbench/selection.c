// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "pattern.h"
#include "selection.h"
#include "user_memory.h"

static_assert(KMB_REASON_LEN >= USER_MEMORY_REASON_LEN, "reasons of both go into one");

static bool has_cell(const struct selection *selection, size_t nr, const __u32 *cell)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!memcmp(selection->cells[i].cell, cell, sizeof(selection->cells[i].cell)))
			return true;
	}
	return false;
}

static const struct kmb_enum *source_of(const struct lists *lists, const __u32 *cell)
{
	return &lists->rows[KMB_LIST_SOURCES][cell[KMB_LIST_SOURCES]];
}

bool cell_is_cold(const struct lists *lists, const __u32 *cell)
{
	const __u32 cold = KMB_ROW_CALLER | KMB_ROW_FAULTS;

	return cell_has_source(lists, cell) &&
	       (source_of(lists, cell)->row_flags & cold) == cold;
}

/* What the module takes may still not be had from this kernel, for us. */
static void ask_memory(struct selected *selected, const struct judge *judge)
{
	const char *source = source_of(judge->lists, selected->cell)->name;
	struct user_memory memory;

	if (judge->shape.faults != 100 || judge->shape.threads > 1) {
		selected->error = -EOPNOTSUPP;
		snprintf(selected->reason, sizeof(selected->reason),
			 "%s is made absent whole, for one thread: --faults 100 and --threads 1",
			 source);
		return;
	}
	selected->error = user_memory_open(&memory, source, 1, judge->where, selected->reason);
	if (!selected->error)
		user_memory_close(&memory);
	else if (selected->error != -EINVAL)
		selected->error = -EOPNOTSUPP;
}

static int ask(struct selected *selected, const struct judge *judge)
{
	struct kmb_legal legal = { .shape = judge->shape };

	memcpy(legal.cell, selected->cell, sizeof(legal.cell));
	selected->error = device_legal(judge->dev, &legal);
	selected->arithmetic = legal.arithmetic;
	if (selected->error && selected->error != -EOPNOTSUPP && selected->error != -EINVAL)
		return device_fail("legality of a cell", selected->error, NULL);
	snprintf(selected->reason, sizeof(selected->reason), "%.*s", KMB_REASON_LEN - 1,
		 legal.reason);
	if (!selected->error && cell_is_cold(judge->lists, selected->cell))
		ask_memory(selected, judge);
	return STATUS_FINE;
}

int selection_append(struct selection *selection, size_t known,
		     const struct selected *selected)
{
	struct selected *cells;

	if (has_cell(selection, known, selected->cell))
		return STATUS_FINE;
	cells = realloc(selection->cells, (selection->nr + 1) * sizeof(*cells));
	if (!cells)
		return fail(STATUS_FAILED, "select fewer cells", "selection: out of memory");
	selection->cells = cells;
	cells[selection->nr++] = *selected;
	return STATUS_FINE;
}

static int ask_and_append(struct selection *selection, size_t known, const __u32 *cell,
			  bool exact, const struct judge *judge)
{
	struct selected selected = { .exact = exact };

	memcpy(selected.cell, cell, sizeof(selected.cell));
	return ask(&selected, judge) ?: selection_append(selection, known, &selected);
}

/* Steps @cell to the next of the product of all lists, the last list fastest. */
static bool next_cell(const struct lists *lists, __u32 *cell)
{
	int list;

	for (list = KMB_NR_LISTS - 1; list >= 0; list--) {
		if (++cell[list] < lists->nr[list])
			return true;
		cell[list] = 0;
	}
	return false;
}

static bool is_empty(const struct lists *lists)
{
	int list;

	for (list = 0; list < KMB_NR_LISTS; list++) {
		if (!lists->nr[list])
			return true;
	}
	return false;
}

int selection_add(struct selection *selection, const struct judge *judge, const char *text)
{
	const struct lists *lists = judge->lists;
	__u32 cell[KMB_NR_LISTS] = { 0 };
	size_t known = selection->nr;
	struct pattern pattern;
	bool matched = false;
	int status;

	status = pattern_parse(text, &pattern) ?: pattern_check(&pattern, lists);
	if (status)
		return status;
	if (is_empty(lists))
		return fail(STATUS_UNAVAILABLE, NULL, "module: it has an empty list");
	do {
		if (!cell_source_fits(lists, cell))
			continue;
		if (!pattern_matches_cell(&pattern, lists, cell))
			continue;
		matched = true;
		status = ask_and_append(selection, known, cell, pattern.exact, judge);
		if (status)
			return status;
	} while (next_cell(lists, cell));

	if (matched)
		return STATUS_FINE;
	return fail(STATUS_USAGE, "see `kmapbench list maps' and `kmapbench list cells'",
		    "%s: matches no cell", text);
}

int selection_check(const struct selection *selection, const struct lists *lists)
{
	const struct selected *refused = NULL;
	char name[CELL_NAME_LEN];
	bool legal = false;
	size_t i;

	for (i = 0; i < selection->nr; i++) {
		const struct selected *s = &selection->cells[i];

		legal |= !s->error;
		if (!s->error)
			continue;
		/* A shape out of range is a mistake, whatever the pattern was. */
		if (s->exact || s->error == -EINVAL) {
			refused = s;
			break;
		}
		if (!refused)
			refused = s;
	}
	if (!refused || (legal && i == selection->nr))
		return STATUS_FINE;
	cell_name(lists, refused->cell, name);
	return device_fail(name, refused->error, refused->reason);
}

void selection_free(struct selection *selection)
{
	free(selection->cells);
	memset(selection, 0, sizeof(*selection));
}
