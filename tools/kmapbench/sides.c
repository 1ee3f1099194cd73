// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmapbench.h"
#include "results_file.h"
#include "sides.h"

static const struct {
	enum across bit;
	const char *word;
	const char *advice;
} words[] = {
	{ ACROSS_UNITS, "units",
	  "units say nothing about each other; --across units compares them all the same" },
	{ ACROSS_LANES, "lanes",
	  "other machines have other costs; --across lanes compares them all the same" },
	{ ACROSS_PAGES, "pages",
	  "other pages have other costs; --across pages compares them all the same" },
	{ ACROSS_SHAPES, "shapes",
	  "measure both in one shape, or --across shapes compares them all the same" },
};

/* What of the environment has to agree, and what says that it need not */
static const struct {
	enum across bit;
	const char *name;
	size_t offset;
	bool within;	/* a side, not across both */
} members[] = {
#define MEMBER(_bit, _name, _within) \
	{ _bit, #_name, offsetof(struct environment, _name), _within }
	MEMBER(ACROSS_UNITS, unit, false),
	MEMBER(ACROSS_LANES, lane, false),
	MEMBER(ACROSS_LANES, machine, false),
	MEMBER(ACROSS_LANES, accelerator, false),
	MEMBER(ACROSS_LANES, cpu, false),
	MEMBER(ACROSS_LANES, kernel, true),
};

int side_add(struct side *side, const char *path)
{
	const char **paths = realloc(side->paths, (side->nr + 1) * sizeof(*paths));

	if (!paths)
		return fail(STATUS_FAILED, "give fewer files", "compare: out of memory");
	side->paths = paths;
	paths[side->nr++] = path;
	return STATUS_FINE;
}

int side_load(struct side *side)
{
	int status = STATUS_FINE;
	size_t i;

	side->files = calloc(side->nr + 1, sizeof(*side->files));
	if (!side->files)
		return fail(STATUS_FAILED, "give fewer files", "compare: out of memory");
	for (i = 0; i < side->nr && !status; i++)
		status = results_load(&side->files[i], side->paths[i]);
	return status;
}

void side_free(struct side *side)
{
	size_t i;

	for (i = 0; side->files && i < side->nr; i++)
		results_free(&side->files[i]);
	free(side->files);
	free(side->paths);
	memset(side, 0, sizeof(*side));
}

static int add_word(const char *word, size_t len, unsigned int *across)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) == len && !strncmp(word, words[i].word, len)) {
			*across |= words[i].bit;
			return STATUS_FINE;
		}
	}
	return fail(STATUS_USAGE, "there are units, lanes, pages and shapes",
		    "--across %.*s: unknown", (int)len, word);
}

int across_parse(const char *text, unsigned int *across)
{
	int status = STATUS_FINE;
	size_t len;

	for (; !status; text += len + 1) {
		len = strcspn(text, ",");
		status = add_word(text, len, across);
		if (!text[len])
			break;
	}
	return status;
}

int across_refuse(enum across bit, const char *path, const char *what, const char *other)
{
	const char *advice = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].bit == bit)
			advice = words[i].advice;
	}
	return fail(STATUS_USAGE, advice, "%s: %s, as in %s", path, what, other);
}

static int check_member(const struct side *a, const struct side *b, size_t file, size_t member)
{
	const char *is = (const char *)&b->files[file].environment + members[member].offset;
	const char *should = (const char *)&a->files[0].environment + members[member].offset;
	char what[3 * TEXT_LEN];

	if (!strcmp(is, should))
		return STATUS_FINE;
	snprintf(what, sizeof(what), "%s is `%s', not `%s'", members[member].name, is, should);
	return across_refuse(members[member].bit, b->paths[file], what, a->paths[0]);
}

/* All files of @b against the first of @a */
static int check_files(const struct side *a, const struct side *b, unsigned int across)
{
	int status = STATUS_FINE;
	size_t file, member;

	for (file = 0; file < b->nr; file++) {
		for (member = 0; member < ARRAY_SIZE(members) && !status; member++) {
			if (across & members[member].bit || (members[member].within && a != b))
				continue;
			status = check_member(a, b, file, member);
		}
	}
	return status;
}

int sides_check(const struct side *a, const struct side *b, unsigned int across)
{
	int status = check_files(a, a, across);

	if (!status && b)
		status = check_files(b, b, across) ?: check_files(a, b, across);
	return status;
}
