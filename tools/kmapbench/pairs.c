// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "pairs.h"

static const size_t names[KMB_NR_LISTS] = {
	[KMB_LIST_MAPS] = offsetof(struct result, map),
	[KMB_LIST_COPIES] = offsetof(struct result, copy),
	[KMB_LIST_CONTEXTS] = offsetof(struct result, context),
	[KMB_LIST_PAGES] = offsetof(struct result, pages),
	[KMB_LIST_SOURCES] = offsetof(struct result, source),
};

static const char *name_of(const struct result *result, int list)
{
	return (const char *)result + names[list];
}

static int no_memory(void)
{
	return fail(STATUS_FAILED, "compare fewer cells", "compare: out of memory");
}

/* Same in all lists but @except, which may be none of them */
static bool same_cell(const struct result *a, const struct result *b, int except)
{
	int list;

	for (list = 0; list < KMB_NR_LISTS; list++) {
		if (list != except && strcmp(name_of(a, list), name_of(b, list)))
			return false;
	}
	return true;
}

static const struct result *find_same(const struct results *file, const struct result *like)
{
	size_t i;

	for (i = 0; i < file->nr; i++) {
		if (same_cell(&file->results[i], like, KMB_NR_LISTS) &&
		    result_same_shape(&file->results[i], like))
			return &file->results[i];
	}
	return NULL;
}

/* The same cell in a shape that @others do not have: it would be left over */
static const struct result *find_other_shape(const struct results *file,
					     const struct result *like,
					     const struct results *others)
{
	size_t i;

	for (i = 0; i < file->nr; i++) {
		if (same_cell(&file->results[i], like, KMB_NR_LISTS) &&
		    !find_same(others, &file->results[i]))
			return &file->results[i];
	}
	return NULL;
}

static bool collect(struct rows *rows, const struct side *side, const struct result *like)
{
	size_t i;

	rows->nr = side->nr;
	rows->of = calloc(side->nr + 1, sizeof(*rows->of));
	for (i = 0; rows->of && i < side->nr; i++)
		rows->of[i] = find_same(&side->files[i], like);
	return rows->of;
}

static int append(struct pairs *pairs, const struct side *old, const struct result *first_old,
		  const struct side *new, const struct result *first_new)
{
	struct pair *array = realloc(pairs->pairs, (pairs->nr + 1) * sizeof(*array));

	if (!array)
		return no_memory();
	pairs->pairs = array;
	array += pairs->nr++;
	memset(array, 0, sizeof(*array));
	array->first_old = first_old;
	array->first_new = first_new;
	if (!collect(&array->old, old, first_old) || !collect(&array->new, new, first_new))
		return no_memory();
	return STATUS_FINE;
}

/* What kind of pages were really used, and whether mapping them was more than arithmetic */
static const char *pages_of(const struct result *result)
{
	if (result_is_arithmetic(result))
		return "addresses are arithmetic";
	if (result->counters.pages_low && result->counters.pages_high)
		return "pages are low and high";
	return result->counters.pages_high ? "pages are high" : "pages are low";
}

static int check_pages(const struct side *old, const struct result *a, const struct side *new,
		       const struct result *b)
{
	char what[2 * TEXT_LEN];

	if (!strcmp(pages_of(a), pages_of(b)))
		return STATUS_FINE;
	snprintf(what, sizeof(what), "%s: %s, not %s", b->cell, pages_of(b),
		 strrchr(pages_of(a), ' ') + 1);
	return across_refuse(ACROSS_PAGES, new->paths[0], what, old->paths[0]);
}

static int check_shape(const struct side *old, const struct result *a, const struct side *new,
		       const struct result *b)
{
	char text[TEXT_LEN], what[3 * TEXT_LEN];

	snprintf(what, sizeof(what), "%s: %s", b->cell, result_shape_difference(b, a, text));
	return across_refuse(ACROSS_SHAPES, new->paths[0], what, old->paths[0]);
}

/* Finds the partner of @a, if there is one, and whether both may be compared. */
static int pair_up(struct pairs *pairs, const struct side *old, const struct result *a,
		   const struct side *new, unsigned int across)
{
	const struct result *b = find_same(&new->files[0], a);
	int status = STATUS_FINE;

	if (!b) {
		b = find_other_shape(&new->files[0], a, &old->files[0]);
		if (b && !(across & ACROSS_SHAPES))
			return check_shape(old, a, new, b);
	}
	if (!b) {
		pairs->only_old++;
		return STATUS_FINE;
	}
	if (!(across & ACROSS_PAGES))
		status = check_pages(old, a, new, b);
	return status ?: append(pairs, old, a, new, b);
}

int pairs_of_sides(struct pairs *pairs, const struct side *old, const struct side *new,
		   unsigned int across)
{
	const struct results *first = &old->files[0];
	int status = STATUS_FINE;
	size_t i;

	memset(pairs, 0, sizeof(*pairs));
	for (i = 0; i < first->nr && !status; i++)
		status = pair_up(pairs, old, &first->results[i], new, across);
	if (status)
		return status;
	if (!pairs->nr)
		return fail(STATUS_USAGE, "measure the same cells on both kernels",
			    "%s: has no cell of %s", new->paths[0], old->paths[0]);
	if (new->files[0].nr > pairs->nr)
		pairs->only_new = new->files[0].nr - pairs->nr;
	return STATUS_FINE;
}

static const struct result *find_reference(const struct results *file, const struct result *like,
					   int by, const char *reference)
{
	size_t i;

	for (i = 0; i < file->nr; i++) {
		const struct result *r = &file->results[i];

		if (!strcmp(name_of(r, by), reference) && same_cell(r, like, by) &&
		    result_same_shape(r, like))
			return r;
	}
	return NULL;
}

int pairs_by(struct pairs *pairs, const struct side *side, enum kmb_list by,
	     const char *reference)
{
	const struct results *first = &side->files[0];
	int status = STATUS_FINE;
	size_t i;

	memset(pairs, 0, sizeof(*pairs));
	for (i = 0; i < first->nr && !status; i++) {
		const struct result *r = &first->results[i];
		const struct result *old = find_reference(first, r, by, reference);

		/* The loop itself is no map and no copy */
		if (old == r || !strcmp(name_of(r, by), LOOP))
			continue;
		if (!old)
			pairs->only_new++;
		else
			status = append(pairs, side, old, side, r);
	}
	for (i = 0; i < pairs->nr; i++)
		pairs->pairs[i].together = true;
	if (status || pairs->nr)
		return status;
	return fail(STATUS_USAGE, "see what the file has with `kmapbench report'",
		    "%s: has nothing to compare with %s", side->paths[0], reference);
}

void pairs_free(struct pairs *pairs)
{
	size_t i;

	for (i = 0; i < pairs->nr; i++) {
		free(pairs->pairs[i].old.of);
		free(pairs->pairs[i].new.of);
	}
	free(pairs->pairs);
	memset(pairs, 0, sizeof(*pairs));
}
