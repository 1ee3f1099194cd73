// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "plan.h"

static struct group *append_group(struct plan *plan, const struct kmb_shape *shape)
{
	struct group *groups = realloc(plan->groups, (plan->nr + 1) * sizeof(*groups));

	if (!groups)
		return NULL;
	plan->groups = groups;
	groups += plan->nr++;
	memset(groups, 0, sizeof(*groups));
	groups->shape = *shape;
	return groups;
}

static int out_of_memory(void)
{
	return fail(STATUS_FAILED, "select fewer cells", "selection: out of memory");
}

static bool has_loop(const struct selection *loops, const __u32 *cell)
{
	size_t i;

	for (i = 0; i < loops->nr; i++) {
		const __u32 *loop = loops->cells[i].cell;

		if (loop[KMB_LIST_CONTEXTS] == cell[KMB_LIST_CONTEXTS] &&
		    loop[KMB_LIST_PAGES] == cell[KMB_LIST_PAGES])
			return true;
	}
	return false;
}

/* The loops that the group's cells are compared with go in front of them. */
static int add_baselines(struct selection *selection, const struct judge *judge)
{
	const struct lists *lists = judge->lists;
	struct selection loops = { 0 };
	char pattern[CELL_NAME_LEN];
	int status = STATUS_FINE;
	size_t i, known;

	for (i = 0; i < selection->nr && !status; i++) {
		const __u32 *cell = selection->cells[i].cell;
		__u32 context = cell[KMB_LIST_CONTEXTS], pages = cell[KMB_LIST_PAGES];

		if (selection->cells[i].error || has_loop(&loops, cell))
			continue;
		snprintf(pattern, sizeof(pattern), "none.none.%s.%s",
			 lists->rows[KMB_LIST_CONTEXTS][context].name,
			 lists->rows[KMB_LIST_PAGES][pages].name);
		status = selection_add(&loops, judge, pattern);
	}
	known = loops.nr;
	for (i = 0; i < selection->nr && !status; i++)
		status = selection_append(&loops, known, &selection->cells[i]);
	if (status) {
		selection_free(&loops);
		return status;
	}
	selection_free(selection);
	*selection = loops;
	return STATUS_FINE;
}

static int move_illegal(struct selection *selection, const struct lists *lists,
			struct results *results)
{
	struct illegal *illegal;
	size_t i, legal = 0;

	for (i = 0; i < selection->nr; i++) {
		struct selected *s = &selection->cells[i];

		if (!s->error) {
			selection->cells[legal++] = *s;
			continue;
		}
		illegal = results_append_illegal(results);
		if (!illegal)
			return out_of_memory();
		cell_name(lists, s->cell, illegal->cell);
		strcpy(illegal->reason, s->reason);
	}
	selection->nr = legal;
	return STATUS_FINE;
}

static int finish_group(struct group *group, const struct judge *judge, struct results *results)
{
	return add_baselines(&group->selection, judge) ?:
	       move_illegal(&group->selection, judge->lists, results);
}

int plan_patterns(struct plan *plan, const struct judge *judge, char **patterns, size_t nr,
		  struct results *results)
{
	struct group *group = append_group(plan, &judge->shape);
	int status = STATUS_FINE;
	size_t i;

	if (!group)
		return out_of_memory();
	for (i = 0; i < nr && !status; i++)
		status = selection_add(&group->selection, judge, patterns[i]);
	return status ?: selection_check(&group->selection, judge->lists) ?:
	       finish_group(group, judge, results);
}

/* A line with a pool of its own, or on a kernel that cannot wrap */
static bool is_left_out(const struct preset_line *line, const struct kmb_shape *shape,
			const struct kmb_query *query)
{
	__u64 pool = (__u64)line->pkmaps * query->last_pkmap;

	return line->pkmaps && (shape->pool || !pool || pool > query->max_pool);
}

static int add_line(struct group *group, const struct judge *judge, const char *line)
{
	const char *pages = strstr(line, PRESET_PAGES);
	char pattern[CELL_NAME_LEN];

	if (!pages)
		return selection_add(&group->selection, judge, line);
	snprintf(pattern, sizeof(pattern), "%.*s%s%s", (int)(pages - line), line,
		 judge->dev->query.highmem_total ? "high" : "low",
		 pages + strlen(PRESET_PAGES));
	return selection_add(&group->selection, judge, pattern);
}

int plan_preset(struct plan *plan, const struct judge *judge, const struct preset *preset,
		struct results *results)
{
	const struct preset_line *line = preset->lines;
	bool first = true;

	while (line->pattern) {
		unsigned int pkmaps = line->pkmaps;
		struct judge own = *judge;
		int status = STATUS_FINE;
		struct group *group;

		if (is_left_out(line, &judge->shape, &judge->dev->query)) {
			line++;
			continue;
		}
		if (pkmaps)
			own.shape.pool = pkmaps * judge->dev->query.last_pkmap;
		group = append_group(plan, &own.shape);
		if (!group)
			return out_of_memory();
		for (; line->pattern && line->pkmaps == pkmaps && !status; line++)
			status = add_line(group, &own, line->pattern);
		/* The first group has cells for every kernel, the others may not. */
		if (first && !status)
			status = selection_check(&group->selection, judge->lists);
		first = false;
		status = status ?: finish_group(group, &own, results);
		if (status)
			return status;
	}
	return STATUS_FINE;
}

size_t plan_nr_cells(const struct plan *plan)
{
	size_t i, nr = 0;

	for (i = 0; i < plan->nr; i++)
		nr += plan->groups[i].selection.nr;
	return nr;
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr; i++)
		selection_free(&plan->groups[i].selection);
	free(plan->groups);
	memset(plan, 0, sizeof(*plan));
}
