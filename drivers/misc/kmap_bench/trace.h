/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints. None is in a timed loop; each is a nop while nobody listens. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kmap_bench

#if !defined(_KMAP_BENCH_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KMAP_BENCH_TRACE_H

#include <linux/tracepoint.h>

#include "kmap_bench.h"

TRACE_EVENT(run_begin,
	TP_PROTO(const struct kmb_run *run, bool by_uring),
	TP_ARGS(run, by_uring),
	TP_STRUCT__entry(
		__field(unsigned int, cells)
		__field(unsigned int, rounds)
		__field(unsigned int, samples_per_round)
		__field(unsigned int, threads)
		__field(unsigned int, flags)
		__field(bool, by_uring)
	),
	TP_fast_assign(
		__entry->cells = run->nr_cells;
		__entry->rounds = run->rounds;
		__entry->samples_per_round = run->samples_per_round;
		__entry->threads = run->shape.threads ?: 1;
		__entry->flags = run->flags;
		__entry->by_uring = by_uring;
	),
	TP_printk("cells=%u rounds=%u samples_per_round=%u threads=%u flags=%#x by=%s",
		  __entry->cells, __entry->rounds, __entry->samples_per_round,
		  __entry->threads, __entry->flags, __entry->by_uring ? "io_uring" : "ioctl")
);

TRACE_EVENT(run_end,
	TP_PROTO(const struct kmb_run *run, int ret),
	TP_ARGS(run, ret),
	TP_STRUCT__entry(
		__field(unsigned int, samples)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->samples = run->nr_samples;
		__entry->ret = ret;
	),
	TP_printk("samples=%u ret=%d", __entry->samples, __entry->ret)
);

TRACE_EVENT(sample,
	TP_PROTO(const struct kmb_cell *cell, u32 round, u64 duration),
	TP_ARGS(cell, round, duration),
	TP_STRUCT__entry(
		__array(char, cell, KMB_PATH_LEN)
		__field(unsigned int, round)
		__field(unsigned int, iterations)
		__field(u64, duration_ns)
		__field(u64, overhead_ns)
	),
	TP_fast_assign(
		kmb_cell_path(cell->cell, __entry->cell);
		__entry->round = round;
		__entry->iterations = cell->iterations;
		__entry->duration_ns = duration;
		__entry->overhead_ns = cell->overhead;
	),
	TP_printk("cell=%s round=%u iterations=%u duration_ns=%llu overhead_ns=%llu",
		  __entry->cell, __entry->round, __entry->iterations,
		  __entry->duration_ns, __entry->overhead_ns)
);

/* In the scheduler, on the way out; by preempt notifiers, so not on every kernel */
TRACE_EVENT(switched_while_mapped,
	TP_PROTO(unsigned int slots, bool slept),
	TP_ARGS(slots, slept),
	TP_STRUCT__entry(
		__field(unsigned int, slots)
		__field(bool, slept)
	),
	TP_fast_assign(
		__entry->slots = slots;
		__entry->slept = slept;
	),
	TP_printk("slots=%u why=%s", __entry->slots, __entry->slept ? "slept" : "preempted")
);

/* Of memory that the module maps for the time of a request */
TRACE_EVENT(fault_while_mapped,
	TP_PROTO(const char *source, unsigned long address, unsigned int slots),
	TP_ARGS(source, address, slots),
	TP_STRUCT__entry(
		__array(char, source, KMB_NAME_LEN)
		__field(unsigned long, address)
		__field(unsigned int, slots)
	),
	TP_fast_assign(
		strscpy_pad(__entry->source, source, KMB_NAME_LEN);
		__entry->address = address;
		__entry->slots = slots;
	),
	TP_printk("source=%s address=%#lx slots=%u", __entry->source, __entry->address,
		  __entry->slots)
);

#endif /* _KMAP_BENCH_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
