// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results as JSON, both ways. Keys stand once, in the tables of members below;
 * tests hold them against results.schema.json.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmapbench.h"
#include "results_file.h"
#include "results_scan.h"

#define DUMP_FLAGS	(JSON_COMPACT | JSON_REAL_PRECISION(12))

/* Of a result; not there where none were counted */
#define EVENTS_KEY	"events"

enum kind {
	STRING,
	STRING_OR_NULL,	/* null is the empty string */
	INTEGER,
	BOOLEAN,
	REAL_OR_NULL,	/* null is NAN */
	CONFIG,		/* an object of booleans from config_bits */
	CI_OR_NULL,
	CLOCK,
	PARAMS,
	COUNTERS,
};

struct member {
	const char *key;
	enum kind kind;
	size_t offset;
	bool optional;	/* older files do not have it; then it is zero */
};

#define MEMBER(_type, _kind, _member) \
	{ #_member, _kind, offsetof(struct _type, _member), false }

#define OPTIONAL_MEMBER(_type, _kind, _member) \
	{ #_member, _kind, offsetof(struct _type, _member), true }

static const struct member environment_members[] = {
	MEMBER(environment, STRING, kernel),
	MEMBER(environment, STRING, machine),
	MEMBER(environment, STRING_OR_NULL, lane),
	MEMBER(environment, STRING, accelerator),
	MEMBER(environment, STRING, unit),
	MEMBER(environment, STRING, preemption),
	MEMBER(environment, STRING, cpu),
	MEMBER(environment, CONFIG, config),
	MEMBER(environment, BOOLEAN, builtin),
	MEMBER(environment, INTEGER, nest_limit),
	MEMBER(environment, INTEGER, slots),
	MEMBER(environment, INTEGER, last_pkmap),
	MEMBER(environment, INTEGER, page_size_bytes),
	MEMBER(environment, INTEGER, highmem_total_bytes),
	MEMBER(environment, INTEGER, highmem_free_bytes),
	MEMBER(environment, INTEGER, nodes),
	MEMBER(environment, CLOCK, clock),
	{ 0 }
};

static const struct member clock_members[] = {
	MEMBER(clock, INTEGER, resolution_ns),
	MEMBER(clock, INTEGER, cost_ns),
	{ 0 }
};

static const struct member params_members[] = {
	MEMBER(params, INTEGER, nest),
	MEMBER(params, INTEGER, len),
	MEMBER(params, INTEGER, offset),
	MEMBER(params, INTEGER, order),
	MEMBER(params, INTEGER, node),
	MEMBER(params, INTEGER, pool),
	MEMBER(params, INTEGER, threads),
	MEMBER(params, INTEGER, faults),
	MEMBER(params, INTEGER, delay_us),
	MEMBER(params, INTEGER, iterations),
	MEMBER(params, INTEGER, seed),
	MEMBER(params, INTEGER, overhead_ns),
	MEMBER(params, INTEGER, target_ns),
	OPTIONAL_MEMBER(params, INTEGER, depth),
	OPTIONAL_MEMBER(params, INTEGER, batch),
	{ 0 }
};

static const struct member counters_members[] = {
	MEMBER(counters, INTEGER, ops),
	MEMBER(counters, INTEGER, bytes),
	MEMBER(counters, INTEGER, faults),
	MEMBER(counters, INTEGER, short_copies),
	MEMBER(counters, INTEGER, slow_path),
	MEMBER(counters, INTEGER, switches_mapped),
	MEMBER(counters, INTEGER, sleeps_mapped),
	MEMBER(counters, INTEGER, pages_low),
	MEMBER(counters, INTEGER, pages_high),
	{ 0 }
};

static const struct member result_members[] = {
	MEMBER(result, STRING, cell),
	MEMBER(result, STRING, map),
	MEMBER(result, STRING, copy),
	MEMBER(result, STRING, context),
	MEMBER(result, STRING, pages),
	MEMBER(result, STRING_OR_NULL, source),
	MEMBER(result, STRING, expr),
	MEMBER(result, STRING, mapping),
	MEMBER(result, STRING, unit),
	MEMBER(result, REAL_OR_NULL, median),
	MEMBER(result, CI_OR_NULL, ci95),
	MEMBER(result, REAL_OR_NULL, beyond_none),
	MEMBER(result, PARAMS, params),
	MEMBER(result, COUNTERS, counters),
	{ 0 }
};

static const struct member event_members[] = {
	MEMBER(event_cost, STRING, name),
	MEMBER(event_cost, REAL_OR_NULL, per_op),
	MEMBER(event_cost, BOOLEAN, scaled),
	{ 0 }
};

static const struct member illegal_members[] = {
	MEMBER(illegal, STRING, cell),
	MEMBER(illegal, STRING, reason),
	{ 0 }
};

static json_t *pack_members(const struct member *member, const void *base);

static json_t *pack_config(unsigned long long config)
{
	json_t *object = json_object();
	const struct config_bit *c;

	for (c = config_bits; c->bit; c++)
		json_object_set_new(object, c->key, json_boolean(config & c->bit));
	return object;
}

static json_t *pack_real(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

/* Names come from a kernel; JSON is UTF-8, and they may not be. */
static json_t *pack_string(const char *string)
{
	return json_string(string) ?: json_string("?");
}

static json_t *pack_member(const struct member *member, const void *value)
{
	const struct interval *ci = value;

	switch (member->kind) {
	case STRING:
		return pack_string(value);
	case STRING_OR_NULL:
		return *(const char *)value ? pack_string(value) : json_null();
	case INTEGER:
		return json_integer(*(const long long *)value);
	case BOOLEAN:
		return json_boolean(*(const bool *)value);
	case REAL_OR_NULL:
		return pack_real(*(const double *)value);
	case CONFIG:
		return pack_config(*(const unsigned long long *)value);
	case CI_OR_NULL:
		return isnan(ci->lo) ? json_null() : json_pack("[ff]", ci->lo, ci->hi);
	case CLOCK:
		return pack_members(clock_members, value);
	case PARAMS:
		return pack_members(params_members, value);
	case COUNTERS:
		return pack_members(counters_members, value);
	}
	return NULL;
}

static json_t *pack_members(const struct member *member, const void *base)
{
	json_t *object = json_object();

	for (; member->key; member++)
		json_object_set_new(object, member->key,
				    pack_member(member, (const char *)base + member->offset));
	return object;
}

static json_t *pack_events(const struct result *result)
{
	json_t *events = json_array();
	size_t i;

	for (i = 0; i < result->nr_events; i++)
		json_array_append_new(events, pack_members(event_members, &result->events[i]));
	return events;
}

static json_t *pack_result(const struct result *result)
{
	json_t *object = pack_members(result_members, result);
	json_t *samples = json_array(), *rounds = json_array(), *threads = json_array();
	size_t i;

	for (i = 0; i < result->nr_samples; i++) {
		json_array_append_new(samples, json_real(result->samples[i]));
		json_array_append_new(rounds, json_integer(result->rounds[i]));
		json_array_append_new(threads, json_integer(result->threads[i]));
	}
	json_object_set_new(object, "samples", samples);
	json_object_set_new(object, "rounds", rounds);
	json_object_set_new(object, "threads", threads);
	if (result->nr_events)
		json_object_set_new(object, EVENTS_KEY, pack_events(result));
	return object;
}

/* Dumps and drops @value behind @prefix; a failed write stays in @out's error. */
static void print_value(FILE *out, const char *prefix, json_t *value)
{
	fputs(prefix, out);
	if (!value || json_dumpf(value, out, DUMP_FLAGS | JSON_ENCODE_ANY))
		fputs("null", out);
	json_decref(value);
}

/* A line for each result, so that files can be read and compared by eye */
static void print_results(FILE *out, const struct results *results)
{
	json_t *options = json_array();
	size_t i;

	for (i = 0; i < results->nr_options; i++)
		json_array_append_new(options, pack_string(results->options[i]));
	print_value(out, "{\n\"schema\": ", json_string(RESULTS_SCHEMA));
	print_value(out, ",\n\"tool\": ",
		    json_pack("{s:s, s:s}", "name", "kmapbench", "version",
			      results->tool_version));
	print_value(out, ",\n\"created\": ", json_string(results->created));
	print_value(out, ",\n\"complete\": ", json_boolean(results->complete));
	print_value(out, ",\n\"environment\": ",
		    pack_members(environment_members, &results->environment));
	print_value(out, ",\n\"options\": ", options);
	fputs(",\n\"results\": [", out);
	for (i = 0; i < results->nr; i++)
		print_value(out, i ? ",\n" : "\n", pack_result(&results->results[i]));
	fputs("\n],\n\"illegal\": [", out);
	for (i = 0; i < results->nr_illegal; i++)
		print_value(out, i ? ",\n" : "\n",
			    pack_members(illegal_members, &results->illegal[i]));
	fputs("\n]\n}\n", out);
}

json_t *environment_json(const struct environment *environment)
{
	return pack_members(environment_members, environment);
}

int environment_print_json(const struct environment *environment)
{
	print_value(stdout, "", environment_json(environment));
	putchar('\n');
	return STATUS_FINE;
}

static int cannot_write(const struct results_file *file, int error)
{
	return fail(STATUS_FAILED, "give --json a file that can be written, or - for stdout",
		    "%s: %s", file->path, strerror(error));
}

/* A device or a pipe is written to, never replaced. */
static int open_in_place(struct results_file *file)
{
	file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
	return file->fd < 0 ? cannot_write(file, errno) : STATUS_FINE;
}

static int open_temporary(struct results_file *file)
{
	mode_t mask = umask(0);

	umask(mask);
	file->target = realpath(file->path, NULL) ?: strdup(file->path);
	if (!file->target || asprintf(&file->temporary, "%s.XXXXXX", file->target) < 0) {
		file->temporary = NULL;
		return cannot_write(file, ENOMEM);
	}
	file->fd = mkostemp(file->temporary, O_CLOEXEC);
	if (file->fd < 0)
		return cannot_write(file, errno);
	fchmod(file->fd, 0666 & ~mask);
	return STATUS_FINE;
}

int results_file_open(struct results_file *file, const char *path)
{
	struct stat st;

	memset(file, 0, sizeof(*file));
	file->path = path;
	file->fd = -1;
	if (!strcmp(path, "-"))
		return STATUS_FINE;
	if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode))
			return cannot_write(file, EISDIR);
		if (!S_ISREG(st.st_mode))
			return open_in_place(file);
	}
	return open_temporary(file);
}

void results_file_close(struct results_file *file)
{
	if (file->fd >= 0) {
		close(file->fd);
		if (file->temporary && *file->temporary)
			unlink(file->temporary);
	}
	free(file->temporary);
	free(file->target);
	memset(file, 0, sizeof(*file));
	file->fd = -1;
}

/* Pipes and devices cannot be synced and say EINVAL. */
static int sync_out(FILE *out)
{
	if (fflush(out) || ferror(out))
		return errno ?: EIO;
	if (fsync(fileno(out)) && errno != EINVAL && errno != EROFS)
		return errno;
	return 0;
}

int results_file_save(struct results_file *file, const struct results *results)
{
	int fd, error, status = STATUS_FINE;
	FILE *out;

	if (!strcmp(file->path, "-")) {
		print_results(stdout, results);
		return STATUS_FINE;
	}
	fd = dup(file->fd);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		return cannot_write(file, errno);
	errno = 0;
	print_results(out, results);
	error = sync_out(out);
	if (fclose(out) && !error)
		error = errno;
	if (!error && file->temporary) {
		if (rename(file->temporary, file->target))
			error = errno;
		else
			*file->temporary = '\0';
	}
	if (error)
		status = cannot_write(file, error);
	results_file_close(file);
	return status;
}

/* What a file says goes to terminals, which must not obey it. */
static void hide_controls(char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			*text = '?';
	}
}

/* Where a file was found wrong, for one message at the end */
struct loading {
	struct scan scan;
	size_t line;		/* 0 if not known */
	char why[256];
};

__printf(2, 3)
static bool wrong(struct loading *loading, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(loading->why, sizeof(loading->why), fmt, args);
	va_end(args);
	hide_controls(loading->why);
	return false;
}

static bool load_members(struct loading *loading, json_t *object, const char *what,
			 const struct member *members, const char *const *others, void *base);

static bool load_string(const struct member *member, json_t *json, char *value)
{
	if (member->kind == STRING_OR_NULL && json_is_null(json)) {
		*value = '\0';
		return true;
	}
	if (!json_is_string(json) || json_string_length(json) >= TEXT_LEN)
		return false;
	strcpy(value, json_string_value(json));
	hide_controls(value);
	return true;
}

static bool load_config(json_t *json, unsigned long long *config)
{
	const struct config_bit *c;

	*config = 0;
	for (c = config_bits; c->bit; c++) {
		json_t *boolean = json_object_get(json, c->key);

		if (!json_is_boolean(boolean))
			return false;
		*config |= json_is_true(boolean) ? c->bit : 0;
	}
	return true;
}

static bool load_ci(json_t *json, struct interval *ci)
{
	if (json_is_null(json)) {
		ci->lo = NAN;
		ci->hi = NAN;
		return true;
	}
	return !json_unpack_ex(json, NULL, JSON_STRICT, "[FF]", &ci->lo, &ci->hi);
}

static bool load_real(json_t *json, double *value)
{
	*value = json_is_null(json) ? NAN : json_number_value(json);
	return json_is_null(json) || json_is_number(json);
}

static bool load_integer(json_t *json, long long *value)
{
	*value = json_integer_value(json);
	return json_is_integer(json);
}

static bool load_boolean(json_t *json, bool *value)
{
	*value = json_is_true(json);
	return json_is_boolean(json);
}

static bool load_member(struct loading *loading, const struct member *member, json_t *json,
			void *value)
{
	switch (member->kind) {
	case STRING:
	case STRING_OR_NULL:
		return load_string(member, json, value);
	case INTEGER:
		return load_integer(json, value);
	case BOOLEAN:
		return load_boolean(json, value);
	case REAL_OR_NULL:
		return load_real(json, value);
	case CONFIG:
		return load_config(json, value);
	case CI_OR_NULL:
		return load_ci(json, value);
	case CLOCK:
		return load_members(loading, json, "clock", clock_members, NULL, value);
	case PARAMS:
		return load_members(loading, json, "params", params_members, NULL, value);
	case COUNTERS:
		return load_members(loading, json, "counters", counters_members, NULL, value);
	}
	return false;
}

static bool is_known(const char *key, const struct member *members, const char *const *others)
{
	for (; members->key; members++) {
		if (!strcmp(key, members->key))
			return true;
	}
	for (; others && *others; others++) {
		if (!strcmp(key, *others))
			return true;
	}
	return false;
}

static bool load_members(struct loading *loading, json_t *object, const char *what,
			 const struct member *members, const char *const *others, void *base)
{
	const struct member *m;
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return wrong(loading, "%s: missing, or not an object", what);
	json_object_foreach(object, key, value) {
		if (!is_known(key, members, others))
			return wrong(loading, "%s: unknown key %.64s", what, key);
	}
	for (m = members; m->key; m++) {
		value = json_object_get(object, m->key);
		if (!value && m->optional)
			continue;
		if (!value)
			return wrong(loading, "%s: no key %s", what, m->key);
		if (load_member(loading, m, value, (char *)base + m->offset))
			continue;
		if (*loading->why)
			return false;
		return wrong(loading, "%s: %s is not what it should be", what, m->key);
	}
	return true;
}

static bool load_samples(struct loading *loading, json_t *object, struct result *result)
{
	struct column *columns[NR_COLUMNS];
	int i;

	for (i = 0; i < NR_COLUMNS; i++) {
		columns[i] = scan_take(&loading->scan, json_object_get(object, column_names[i]), i);
		if (!columns[i])
			return wrong(loading, "%s: no array %s", result->cell, column_names[i]);
	}
	if (columns[COLUMN_ROUNDS]->nr != columns[COLUMN_SAMPLES]->nr ||
	    columns[COLUMN_THREADS]->nr != columns[COLUMN_SAMPLES]->nr)
		return wrong(loading, "%s: samples, rounds and threads differ in length",
			     result->cell);
	result->nr_samples = columns[COLUMN_SAMPLES]->nr;
	result->samples = columns[COLUMN_SAMPLES]->reals;
	result->rounds = columns[COLUMN_ROUNDS]->integers;
	result->threads = columns[COLUMN_THREADS]->integers;
	for (i = 0; i < NR_COLUMNS; i++)
		*columns[i] = (struct column){ .kind = columns[i]->kind };
	return true;
}

static bool load_events(struct loading *loading, json_t *events, struct result *result)
{
	json_t *object;
	size_t i;

	if (!events)
		return true;
	if (!json_is_array(events) || json_array_size(events) > MAX_EVENTS)
		return wrong(loading, "%s: %s is not an array of up to %d", result->cell,
			     EVENTS_KEY, MAX_EVENTS);
	result->events = calloc(MAX_EVENTS, sizeof(*result->events));
	if (!result->events)
		return wrong(loading, "out of memory");
	json_array_foreach(events, i, object) {
		if (!load_members(loading, object, EVENTS_KEY, event_members, NULL,
				  &result->events[i]))
			return false;
		result->nr_events++;
	}
	return true;
}

static bool load_result(struct loading *loading, json_t *object, struct results *results)
{
	static const char *const others[] = { "samples", "rounds", "threads", EVENTS_KEY, NULL };
	struct result *result = results_append(results);
	char what[32];

	snprintf(what, sizeof(what), "results[%zu]", results->nr - 1);
	if (!result)
		return wrong(loading, "out of memory");
	return load_members(loading, object, what, result_members, others, result) &&
	       load_samples(loading, object, result) &&
	       load_events(loading, json_object_get(object, EVENTS_KEY), result);
}

static bool load_options(struct loading *loading, json_t *options, struct results *results)
{
	json_t *option;
	size_t i;

	results->options = calloc(json_array_size(options) + 1, sizeof(*results->options));
	if (!results->options)
		return wrong(loading, "out of memory");
	json_array_foreach(options, i, option) {
		if (!json_is_string(option))
			return wrong(loading, "options[%zu] is not a string", i);
		results->options[i] = strdup(json_string_value(option));
		if (!results->options[i])
			return wrong(loading, "out of memory");
		results->nr_options++;
	}
	return true;
}

/* Entries that are no objects have none. */
static size_t line_of(const struct lines *lines, size_t entry)
{
	return entry < lines->nr ? lines->of[entry] : 0;
}

static bool copy_text(char *to, const char *from)
{
	return snprintf(to, TEXT_LEN, "%s", from) < TEXT_LEN;
}

static bool load_root(struct loading *loading, json_t *root, struct results *results)
{
	json_t *environment, *options, *array, *illegal, *object;
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const char *name, *version, *created;
	json_error_t error;
	int complete;
	size_t i;

	if (!schema)
		return wrong(loading, "not a file of results: it has no schema");
	if (strcmp(schema, RESULTS_SCHEMA))
		return wrong(loading, "schema is %.64s, not %s", schema, RESULTS_SCHEMA);
	if (json_unpack_ex(root, &error, JSON_STRICT,
			   "{s:s, s:{s:s, s:s}, s:s, s:b, s:o, s:o, s:o, s:o}", "schema", &schema,
			   "tool", "name", &name, "version", &version, "created", &created,
			   "complete", &complete, "environment", &environment, "options",
			   &options, "results", &array, "illegal", &illegal))
		return wrong(loading, "%s", error.text);
	if (!json_is_array(options) || !json_is_array(array) || !json_is_array(illegal))
		return wrong(loading, "options, results and illegal must be arrays");
	if (!copy_text(results->tool_version, version) || !copy_text(results->created, created))
		return wrong(loading, "version or date too long");
	results->complete = complete;

	loading->line = loading->scan.environment;
	if (!load_members(loading, environment, "environment", environment_members, NULL,
			  &results->environment) ||
	    !load_options(loading, options, results))
		return false;
	json_array_foreach(array, i, object) {
		loading->line = line_of(&loading->scan.results, i);
		if (!load_result(loading, object, results))
			return false;
	}
	json_array_foreach(illegal, i, object) {
		struct illegal *entry = results_append_illegal(results);

		loading->line = line_of(&loading->scan.illegal, i);
		if (!entry)
			return wrong(loading, "out of memory");
		if (!load_members(loading, object, "illegal", illegal_members, NULL, entry))
			return false;
	}
	return true;
}

static int refuse(const char *path, size_t line, const char *why)
{
	if (line)
		return fail(STATUS_USAGE, RESULTS_LOAD_ADVICE, "%s: line %zu: %s", path, line, why);
	return fail(STATUS_USAGE, RESULTS_LOAD_ADVICE, "%s: %s", path, why);
}

static int load(struct loading *loading, FILE *file, const char *path, struct results *results)
{
	json_error_t error;
	json_t *root = scan_load(&loading->scan, file, &error);
	bool loaded;

	if (!root && *loading->scan.why)
		return refuse(path, loading->scan.line, loading->scan.why);
	if (!root) {
		hide_controls(error.text);
		return refuse(path, error.line > 0 ? error.line : 0, error.text);
	}
	loaded = load_root(loading, root, results);
	json_decref(root);
	return loaded ? STATUS_FINE : refuse(path, loading->line, loading->why);
}

int results_load(struct results *results, const char *path)
{
	struct loading *loading = calloc(1, sizeof(*loading));
	FILE *file = fopen(path, "re");
	int status;

	memset(results, 0, sizeof(*results));
	if (!loading || !file) {
		status = fail(STATUS_USAGE, RESULTS_LOAD_ADVICE, "%s: %s", path, strerror(errno));
	} else {
		status = load(loading, file, path, results);
		scan_free(&loading->scan);
	}
	if (file)
		fclose(file);
	free(loading);
	if (status)
		results_free(results);
	return status;
}
