// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kmapbench.h"
#include "measure.h"
#include "progress.h"
#include "ring.h"
#include "user_memory.h"

/* Operations of a cold sample, unless told otherwise: each has memory of its own. */
#define COLD_ITERATIONS	129

/* Requests that events are counted in, for each cell */
#define COUNT_ROUNDS	3

/* Cells that go to the module in one request */
struct batch {
	const struct group *group;
	size_t first_result;
	__u32 nr;
	struct kmb_cell *cells;
	struct user_memory memory;	/* in use if cold */
	bool cold;			/* one cell, its memory made absent for each sample */
};

/* One thread's request, or one round's in flight, with room of its own for the answer */
struct worker {
	pthread_t thread;
	struct device *dev;
	pthread_mutex_t *gate;
	const bool *stopped;
	struct kmb_run run;
	struct kmb_cell *cells;
	struct kmb_sample *samples;
	void *user;
	size_t user_len;
	int error;
};

struct measurement {
	struct device *dev;
	const struct lists *lists;	/* of dev */
	const char *where;
	const struct effort *effort;
	struct goal *goal;
	struct results *results;
	struct batch *batches;
	size_t nr_batches;
	struct worker *workers;
	size_t nr_workers;
	struct ring *ring;	/* NULL: by ioctl() */
	struct ring_request *requests;
	__u32 max_cells;
	long long per_round;
	long long rounds;	/* that are done */
	struct progress progress;
};

static atomic_bool interrupted;

static void interrupt(int signal)
{
	(void)signal;
	atomic_store(&interrupted, true);
}

/* Without SA_RESTART, so that the request that runs comes back with EINTR */
void measure_catch_signals(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int out_of_memory(void)
{
	return fail(STATUS_FAILED, "take fewer samples, or fewer cells", "samples: out of memory");
}

static void describe(struct result *result, const struct lists *lists,
		     const struct selected *selected, const struct kmb_shape *shape)
{
	const char *names[KMB_NR_LISTS];
	int list;

	for (list = 0; list < KMB_NR_LISTS; list++)
		names[list] = lists->rows[list][selected->cell[list]].name;
	cell_name(lists, selected->cell, result->cell);
	strcpy(result->map, names[KMB_LIST_MAPS]);
	strcpy(result->copy, names[KMB_LIST_COPIES]);
	strcpy(result->context, names[KMB_LIST_CONTEXTS]);
	strcpy(result->pages, names[KMB_LIST_PAGES]);
	if (cell_has_source(lists, selected->cell))
		strcpy(result->source, names[KMB_LIST_SOURCES]);
	strcpy(result->expr, lists->rows[KMB_LIST_MAPS][selected->cell[KMB_LIST_MAPS]].expr);
	strcpy(result->mapping, selected->arithmetic ? "arithmetic" : "none");

	result->params.nest = shape->nest;
	result->params.len = shape->len;
	result->params.offset = shape->offset;
	result->params.order = shape->order;
	result->params.node = shape->node;
	result->params.pool = shape->pool;
	result->params.threads = shape->threads;
	result->params.faults = shape->faults;
	result->params.delay_us = shape->delay;
}

static void describe_effort(struct result *result, const struct effort *effort)
{
	result->params.seed = effort->seed;
	result->params.target_ns = effort->target_ns;
	result->params.depth = effort->depth;
	result->params.batch = effort->batch;
}

static int open_memory(struct batch *batch, struct device *dev, const struct lists *lists,
		       const char *where)
{
	const __u32 *cell = batch->cells[0].cell;
	const char *source = lists->rows[KMB_LIST_SOURCES][cell[KMB_LIST_SOURCES]].name;
	struct kmb_legal legal = { .shape = batch->group->shape };
	char reason[USER_MEMORY_REASON_LEN];
	int error;

	memcpy(legal.cell, cell, sizeof(legal.cell));
	error = device_legal(dev, &legal);
	if (error)
		return device_fail(source, error, legal.reason);
	if (!user_memory_open(&batch->memory, source, legal.user_len, where, reason))
		return STATUS_FINE;
	batch->cold = false;
	return fail(STATUS_UNAVAILABLE, "choose another source, or a smaller --pool", "%s: %s",
		    source, reason);
}

static int add_batch(struct measurement *m, const struct group *group, size_t first, __u32 nr)
{
	struct batch *batch = realloc(m->batches, (m->nr_batches + 1) * sizeof(*batch));
	__u32 i;

	if (!batch)
		return out_of_memory();
	m->batches = batch;
	batch += m->nr_batches++;
	memset(batch, 0, sizeof(*batch));
	batch->group = group;
	batch->nr = nr;
	batch->first_result = m->results->nr - group->selection.nr + first;
	batch->cells = calloc(nr, sizeof(*batch->cells));
	if (!batch->cells)
		return out_of_memory();
	for (i = 0; i < nr; i++) {
		memcpy(batch->cells[i].cell, group->selection.cells[first + i].cell,
		       sizeof(batch->cells[i].cell));
		batch->cells[i].iterations = m->effort->iterations;
	}
	batch->cold = cell_is_cold(m->lists, batch->cells[0].cell);
	if (!batch->cold)
		return STATUS_FINE;
	if (!m->effort->iterations)
		batch->cells[0].iterations = COLD_ITERATIONS;
	return open_memory(batch, m->dev, m->lists, m->where);
}

/* How many cells from there on go into one request */
static __u32 batch_length(const struct measurement *m, const struct selection *selection,
			  size_t first)
{
	__u32 nr;

	if (cell_is_cold(m->lists, selection->cells[first].cell))
		return 1;
	for (nr = 1; nr < m->max_cells && first + nr < selection->nr; nr++) {
		if (cell_is_cold(m->lists, selection->cells[first + nr].cell))
			break;
	}
	return nr;
}

static int add_group(struct measurement *m, const struct group *group)
{
	size_t i, nr = group->selection.nr;
	struct result *result;
	__u32 length;
	int status;

	for (i = 0; i < nr; i++) {
		result = results_append(m->results);
		if (!result)
			return out_of_memory();
		describe(result, m->lists, &group->selection.cells[i], &group->shape);
		describe_effort(result, m->effort);
		strcpy(result->unit, m->results->environment.unit);
		result->unit[strcspn(result->unit, " ")] = '\0';
	}
	for (i = 0; i < nr; i += length) {
		length = batch_length(m, &group->selection, i);
		status = add_batch(m, group, i, length);
		if (status)
			return status;
	}
	return STATUS_FINE;
}

static bool add_user_memory(struct worker *worker, size_t len)
{
	worker->user = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (worker->user == MAP_FAILED) {
		worker->user = NULL;
		return false;
	}
	worker->user_len = len;
	/* Resident, and should the lock be refused, at least to begin with */
	mlock(worker->user, len);
	memset(worker->user, 0x5a, len);
	return true;
}

/* As many threads, or rounds in flight, with as much memory, as any of the shapes wants */
static int add_workers(struct measurement *m, const struct plan *plan)
{
	size_t nr = m->effort->depth ?: 1, order = 1, user_len, i;

	for (i = 0; i < plan->nr; i++) {
		const struct kmb_shape *shape = &plan->groups[i].shape;

		nr = shape->threads > nr ? shape->threads : nr;
		order = shape->order > order ? shape->order : order;
	}
	user_len = (size_t)m->dev->query.page_size << order;
	m->workers = calloc(nr, sizeof(*m->workers));
	if (!m->workers)
		return out_of_memory();
	m->nr_workers = nr;
	for (i = 0; i < nr; i++) {
		struct worker *worker = &m->workers[i];

		worker->dev = m->dev;
		worker->cells = calloc(m->max_cells, sizeof(*worker->cells));
		worker->samples = calloc(m->max_cells * m->per_round, sizeof(*worker->samples));
		if (!worker->cells || !worker->samples || !add_user_memory(worker, user_len))
			return out_of_memory();
	}
	return STATUS_FINE;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	if (worker->gate) {
		pthread_mutex_lock(worker->gate);
		pthread_mutex_unlock(worker->gate);
	}
	worker->error = *worker->stopped ? -ECANCELED : device_run(worker->dev, &worker->run);
	return NULL;
}

static bool is_interrupted(void)
{
	return atomic_load(&interrupted);
}

static int open_ring(struct measurement *m)
{
	if (!m->effort->depth)
		return STATUS_FINE;
	m->requests = calloc(m->effort->depth, sizeof(*m->requests));
	if (!m->requests)
		return out_of_memory();
	return ring_open(m->dev->fd, m->effort->depth, &m->ring);
}

static int run_ring(struct measurement *m, size_t nr)
{
	int status;
	size_t i;

	for (i = 0; i < nr; i++) {
		device_prepare_run(&m->workers[i].run);
		m->requests[i] = (struct ring_request){
			.number = KMB_RUN, .arg = &m->workers[i].run,
		};
	}
	status = ring_do(m->ring, m->requests, nr, m->effort->batch, is_interrupted);
	for (i = 0; i < nr; i++)
		m->workers[i].error = m->requests[i].error;
	return status;
}

/* Nobody enters the module before all exist: it would wait for the others. */
static int run_threads(struct measurement *m, size_t nr)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	bool stopped = false;
	size_t i, started;
	int error = 0;

	pthread_mutex_lock(&gate);
	for (started = 1; started < nr; started++) {
		m->workers[started].gate = &gate;
		m->workers[started].stopped = &stopped;
		error = pthread_create(&m->workers[started].thread, NULL, work,
				       &m->workers[started]);
		if (error)
			break;
	}
	stopped = error;
	pthread_mutex_unlock(&gate);
	m->workers[0].stopped = &stopped;
	work(&m->workers[0]);
	for (i = 1; i < started; i++)
		pthread_join(m->workers[i].thread, NULL);
	if (!error)
		return STATUS_FINE;
	return fail(STATUS_FAILED, "use fewer --threads", "thread %zu of %zu: %s", started,
		    nr, strerror(error));
}

static int run_workers(struct measurement *m, size_t nr)
{
	return (m->ring ? run_ring : run_threads)(m, nr);
}

/* With a ring, rounds that are in flight at once */
static size_t rounds_at_once(const struct measurement *m)
{
	long long left = m->effort->rounds - m->rounds;

	if (!m->ring)
		return 1;
	return left < m->effort->depth ? left : m->effort->depth;
}

static size_t workers_of(const struct measurement *m, const struct batch *batch)
{
	if (batch->cold)
		return 1;
	return m->ring ? rounds_at_once(m) : batch->group->shape.threads ?: 1;
}

static void prepare(struct measurement *m, const struct batch *batch, long long round,
		    long long samples)
{
	size_t i;

	for (i = 0; i < workers_of(m, batch); i++) {
		struct worker *worker = &m->workers[i];

		memcpy(worker->cells, batch->cells, batch->nr * sizeof(*batch->cells));
		worker->error = 0;
		worker->run = (struct kmb_run){
			.shape = batch->group->shape,
			.cells = (uintptr_t)worker->cells,
			.samples = (uintptr_t)worker->samples,
			.user_addr = (uintptr_t)worker->user,
			.user_len = worker->user_len,
			.seed = m->effort->seed,
			.nr_cells = batch->nr,
			.nr_samples = batch->nr * samples,
			.rounds = 1,
			.first_round = round + (m->ring ? i : 0),
			.samples_per_round = samples,
			.target = m->effort->target_ns,
		};
	}
}

static double cost_of(const struct kmb_sample *sample, const struct kmb_cell *cell)
{
	double spent = (double)sample->duration - (double)cell->overhead;

	if (cell->iterations < 2)
		return sample->duration;
	return spent / (cell->iterations - 1);
}

static bool take_samples(struct measurement *m, const struct batch *batch, size_t index)
{
	const struct worker *worker = &m->workers[index];
	struct result *results = &m->results->results[batch->first_result];
	__u32 i;

	for (i = 0; i < worker->run.nr_samples; i++) {
		const struct kmb_sample *sample = &worker->samples[i];

		if (sample->cell >= batch->nr || !worker->cells[sample->cell].iterations)
			continue;
		if (!result_append_sample(&results[sample->cell],
					  cost_of(sample, &worker->cells[sample->cell]),
					  sample->round, m->ring ? 0 : index))
			return false;
	}
	return true;
}

static void take_cells(struct measurement *m, const struct batch *batch, size_t index)
{
	const struct kmb_cell *cells = m->workers[index].cells;
	__u32 i;

	for (i = 0; i < batch->nr; i++) {
		struct result *result = &m->results->results[batch->first_result + i];
		long long overhead = cells[i].overhead;

		if (!cells[i].samples)
			continue;
		result->counters.ops += cells[i].ops;
		result->counters.bytes += cells[i].bytes;
		result->counters.faults += cells[i].faults;
		result->counters.short_copies += cells[i].short_copies;
		result->counters.slow_path += cells[i].slow_path;
		result->counters.switches_mapped += cells[i].switches_mapped;
		result->counters.sleeps_mapped += cells[i].sleeps_mapped;
		result->counters.pages_low += cells[i].pages_low;
		result->counters.pages_high += cells[i].pages_high;
		if (!result->params.iterations || overhead < result->params.overhead_ns)
			result->params.overhead_ns = overhead;
		if (cells[i].arithmetic)
			strcpy(result->mapping, "arithmetic");
		else if (cells[i].mappings)
			strcpy(result->mapping, "page_table");
		if (index)
			continue;
		result->params.iterations = cells[i].iterations;
		batch->cells[i].iterations = cells[i].iterations;
		batch->cells[i].overhead = cells[i].overhead;
	}
}

/* Whether the samples that are in the buffer in spite of an error are good */
static bool has_answer(int error)
{
	return !error || error == -EINTR || error == -ECANCELED || error == -ETIMEDOUT;
}

static int complain(const struct measurement *m, const struct batch *batch, size_t index)
{
	const struct worker *worker = &m->workers[index];
	const char *what = "run";

	if (*worker->run.reason && worker->run.bad_cell < batch->nr)
		what = m->results->results[batch->first_result + worker->run.bad_cell].cell;
	return device_fail(what, worker->error, worker->run.reason);
}

/* What stopped the others says more than that they were stopped. */
static size_t first_error(const struct measurement *m, size_t nr)
{
	size_t i, found = 0;

	for (i = 0; i < nr; i++) {
		int error = m->workers[i].error;

		if (error == -EINTR)
			return i;
		if (error && (!m->workers[found].error || m->workers[found].error == -ECANCELED))
			found = i;
	}
	return found;
}

static int judge_workers(struct measurement *m, const struct batch *batch)
{
	size_t bad = first_error(m, workers_of(m, batch));

	if (!m->workers[bad].error)
		return STATUS_FINE;
	if (m->workers[bad].error == -EINTR)
		atomic_store(&interrupted, true);
	return m->workers[bad].error == -EINTR ? STATUS_FINE : complain(m, batch, bad);
}

static int run_batch(struct measurement *m, const struct batch *batch, long long round,
		     long long samples)
{
	size_t i;
	int status;

	prepare(m, batch, round, samples);
	status = run_workers(m, workers_of(m, batch));
	if (status)
		return status;
	for (i = 0; i < workers_of(m, batch); i++) {
		m->workers[i].run.reason[KMB_REASON_LEN - 1] = '\0';
		if (!has_answer(m->workers[i].error))
			continue;
		if (m->workers[i].run.nr_samples > batch->nr * samples)
			m->workers[i].run.nr_samples = batch->nr * samples;
		if (!take_samples(m, batch, i))
			return out_of_memory();
		take_cells(m, batch, i);
	}
	return judge_workers(m, batch);
}

/* Of so many operations, with their memory absent; what it took is in the worker. */
static int cold_request(struct measurement *m, const struct batch *batch, long long round,
			__u32 iterations)
{
	struct worker *worker = &m->workers[0];
	int error, status;

	error = user_memory_prepare(&batch->memory);
	if (error)
		return fail(STATUS_FAILED, "see the kernel log", "%s: memory: %s",
			    m->results->results[batch->first_result].cell, strerror(-error));
	prepare(m, batch, round, 1);
	worker->cells[0].iterations = iterations;
	worker->run.flags = KMB_RUN_COLD;
	worker->run.user_addr = (uintptr_t)batch->memory.addr;
	worker->run.user_len = batch->memory.len;
	status = run_workers(m, 1);
	return status ?: judge_workers(m, batch);
}

/* The overhead is that of a sample of one operation, which needs its memory absent, too. */
static int run_cold(struct measurement *m, const struct batch *batch, long long round,
		    long long samples)
{
	int status = STATUS_FINE;

	while (samples-- && !status && !interrupted) {
		status = cold_request(m, batch, round, 1);
		if (status || interrupted)
			break;
		batch->cells[0].overhead = m->workers[0].cells[0].overhead;
		status = cold_request(m, batch, round, batch->cells[0].iterations);
		if (status || interrupted)
			break;
		if (!take_samples(m, batch, 0))
			return out_of_memory();
		take_cells(m, batch, 0);
	}
	return status;
}

/* Events of one request with one sample, and of nothing but what such a request needs */
static int count_request(struct measurement *m, const struct batch *batch, __u32 nr,
			 __u32 iterations)
{
	struct worker *worker = &m->workers[0];
	int error = batch->cold ? user_memory_prepare(&batch->memory) : 0;

	if (error)
		return fail(STATUS_FAILED, "see the kernel log", "%s: memory: %s",
			    m->results->results[batch->first_result + nr].cell,
			    strerror(-error));
	prepare(m, batch, 0, 1);
	worker->cells[0] = batch->cells[nr];
	worker->cells[0].iterations = iterations;
	worker->run.nr_cells = 1;
	worker->run.nr_samples = 1;
	worker->run.flags = KMB_RUN_COLD;
	if (batch->cold) {
		worker->run.user_addr = (uintptr_t)batch->memory.addr;
		worker->run.user_len = batch->memory.len;
	}
	events_start(m->effort->events);
	worker->error = device_run(m->dev, &worker->run);
	events_stop(m->effort->events);
	if (!worker->error)
		return STATUS_FINE;
	return device_fail(m->results->results[batch->first_result + nr].cell, worker->error,
			   worker->run.reason);
}

/* What a request costs by itself goes with one that has a single operation. */
static int count_round(struct measurement *m, const struct batch *batch, __u32 nr,
		       struct event_cost *costs)
{
	const struct events *events = m->effort->events;
	__u32 iterations = batch->cells[nr].iterations;
	double many[MAX_EVENTS];
	int status;
	size_t i;

	status = count_request(m, batch, nr, iterations);
	for (i = 0; i < events->nr; i++)
		many[i] = events->event[i].value;
	status = status ?: count_request(m, batch, nr, 1);
	for (i = 0; i < events->nr; i++) {
		costs[i].per_op += (many[i] - events->event[i].value) / (iterations - 1) /
				   COUNT_ROUNDS;
		costs[i].scaled |= events->event[i].scaled;
	}
	return status;
}

/* Events are this thread's: what another one does, or an interrupt, is not among them. */
static bool can_count(const struct measurement *m, const struct kmb_cell *cell)
{
	const struct kmb_enum *contexts = m->lists->rows[KMB_LIST_CONTEXTS];

	return cell->iterations > 1 &&
	       contexts[cell->cell[KMB_LIST_CONTEXTS]].row_flags & KMB_ROW_USER;
}

static int count_cell(struct measurement *m, const struct batch *batch, __u32 nr)
{
	struct result *result = &m->results->results[batch->first_result + nr];
	const struct events *events = m->effort->events;
	bool counts = can_count(m, &batch->cells[nr]);
	int status = STATUS_FINE, round;
	size_t i;

	result->events = calloc(events->nr, sizeof(*result->events));
	if (!result->events)
		return out_of_memory();
	result->nr_events = events->nr;
	for (round = 0; round < COUNT_ROUNDS && !status; round++) {
		if (counts)
			status = count_round(m, batch, nr, result->events);
	}
	for (i = 0; i < events->nr; i++) {
		strcpy(result->events[i].name, events->event[i].name);
		if (events->event[i].fd < 0 || !counts)
			result->events[i].per_op = NAN;
	}
	return status;
}

static int count_events(struct measurement *m)
{
	int status = STATUS_FINE;
	size_t i;
	__u32 nr;

	for (i = 0; m->effort->events && i < m->nr_batches; i++) {
		for (nr = 0; nr < m->batches[i].nr && !status && !interrupted; nr++)
			status = count_cell(m, &m->batches[i], nr);
	}
	return status;
}

static double elapsed_of(const struct measurement *m)
{
	return seconds_now() - m->progress.started;
}

/* What the end depends on: the cell that is farthest from the goal */
static void describe_goal(const struct measurement *m, char *what, size_t size)
{
	const struct goal *goal = m->goal;
	const struct result *result = &m->results->results[goal_worst(goal)];
	const struct precision *precision = &goal->cells[goal_worst(goal)];
	char reached[PRECISION_LEN];

	snprintf(what, size, "%s  about %.1f %s, %s of +-%g %%", result->cell, precision->median,
		 result->unit, precision_text(precision, result->unit, reached),
		 100 * goal->part);
}

static void describe_last(const struct measurement *m, const struct batch *batch, char *what,
			  size_t size)
{
	const struct result *result = &m->results->results[batch->first_result];
	int n;

	result += m->rounds % batch->nr;
	n = snprintf(what, size, "%s", result->cell);
	if (result->nr_samples)
		snprintf(what + n, size - n, "  about %.1f %s",
			 result->samples[result->nr_samples - 1], m->results->environment.unit);
}

/* How much is done when a batch begins */
static double share_done(const struct measurement *m, size_t batch)
{
	const struct effort *effort = m->effort;
	double done = (m->rounds + (double)batch / m->nr_batches) / effort->rounds;

	if (effort->seconds > 0)
		done = fmax(done, elapsed_of(m) / fmin(effort->seconds, goal_seconds(m->goal)));
	return fmin(done, 1);
}

static void show(struct measurement *m, size_t batch)
{
	char what[2 * CELL_NAME_LEN + 128];
	int n;

	n = snprintf(what, sizeof(what), "round %lld  ", m->rounds + 1);
	if (m->goal->nr)
		describe_goal(m, what + n, sizeof(what) - n);
	else
		describe_last(m, &m->batches[batch], what + n, sizeof(what) - n);
	progress_show(&m->progress, what, share_done(m, batch));
}

static bool is_time_over(const struct measurement *m)
{
	return m->rounds && m->effort->seconds > 0 && elapsed_of(m) >= m->effort->seconds;
}

/* Of cells that want their memory made absent, one after the other all the same */
static int run_colds(struct measurement *m, const struct batch *batch, long long samples)
{
	long long round = m->rounds, end = round + rounds_at_once(m);
	int status = STATUS_FINE;

	for (; round < end && !status && !interrupted; round++)
		status = run_cold(m, batch, round, samples);
	return status;
}

/* A round that ends early does not count, but its samples are kept. */
static int run_round(struct measurement *m, long long samples)
{
	int status = STATUS_FINE;
	size_t i;

	for (i = 0; i < m->nr_batches && !status && !interrupted && !is_time_over(m); i++) {
		show(m, i);
		if (m->batches[i].cold)
			status = run_colds(m, &m->batches[i], samples);
		else
			status = run_batch(m, &m->batches[i], m->rounds, samples);
	}
	if (i == m->nr_batches && !status && !interrupted)
		m->rounds += rounds_at_once(m);
	return status;
}

static int look_at_goal(struct measurement *m)
{
	return goal_look(m->goal, m->results, m->rounds, elapsed_of(m)) ? STATUS_FINE :
	       out_of_memory();
}

static int run_rounds(struct measurement *m)
{
	long long samples, left = m->effort->samples;
	int status = STATUS_FINE;

	while (m->rounds < m->effort->rounds && left > 0 && !goal_is_reached(m->goal)) {
		samples = left < m->per_round ? left : m->per_round;
		left -= samples * rounds_at_once(m);
		status = run_round(m, samples);
		if (!status && goal_is_due(m->goal, m->rounds, elapsed_of(m)))
			status = look_at_goal(m);
		if (status || interrupted || is_time_over(m))
			break;
	}
	if (m->goal->part > 0 && m->goal->rounds != m->rounds && !status)
		status = look_at_goal(m);
	return status;
}

static void free_measurement(struct measurement *m)
{
	size_t i;

	for (i = 0; i < m->nr_batches; i++) {
		if (m->batches[i].cold)
			user_memory_close(&m->batches[i].memory);
		free(m->batches[i].cells);
	}
	ring_close(m->ring);
	free(m->requests);
	for (i = 0; i < m->nr_workers; i++) {
		free(m->workers[i].cells);
		free(m->workers[i].samples);
		if (m->workers[i].user)
			munmap(m->workers[i].user, m->workers[i].user_len);
	}
	free(m->batches);
	free(m->workers);
}

static int limit_batches(struct measurement *m, const struct plan *plan)
{
	const struct kmb_query *query = &m->dev->query;
	size_t i, most = 0;

	if (m->per_round > query->max_samples)
		return fail(STATUS_USAGE, "take more --rounds, or fewer --samples",
			    "samples: %lld a round: the module takes up to %u", m->per_round,
			    query->max_samples);
	m->max_cells = query->max_samples / m->per_round;
	if (m->max_cells > query->max_cells)
		m->max_cells = query->max_cells;
	if (!m->max_cells)
		return fail(STATUS_UNAVAILABLE, NULL, "module: it takes no cells");
	for (i = 0; i < plan->nr; i++) {
		if (plan->groups[i].selection.nr > most)
			most = plan->groups[i].selection.nr;
	}
	if (m->max_cells > most)
		m->max_cells = most;
	return most ? STATUS_FINE : fail(STATUS_UNAVAILABLE, NULL, "run: no cells");
}

int measure(struct device *dev, const struct lists *lists, const struct plan *plan,
	    const struct effort *effort, struct goal *goal, struct results *results)
{
	struct measurement m = {
		.dev = dev,
		.lists = lists,
		.where = plan->where,
		.effort = effort,
		.goal = goal,
		.results = results,
		.per_round = (effort->samples + effort->rounds - 1) / effort->rounds,
	};
	int status;
	size_t i;

	goal->part = effort->precision;
	status = limit_batches(&m, plan);
	for (i = 0; i < plan->nr && !status; i++)
		status = add_group(&m, &plan->groups[i]);
	status = status ?: add_workers(&m, plan) ?: open_ring(&m);
	if (!status) {
		progress_start(&m.progress);
		status = run_rounds(&m);
		if (!status && !interrupted)
			status = count_events(&m);
		progress_end(&m.progress);
	}
	if (!status && interrupted)
		status = device_fail("run", -EINTR, NULL);
	results->complete = !status;
	results_summarize(results);
	free_measurement(&m);
	return status;
}
