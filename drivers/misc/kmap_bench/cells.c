// SPDX-License-Identifier: GPL-2.0-only
/* The lists as lists, and the one judge of which cells are legal. */
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>

#include "kmap_bench.h"

static struct kmb_row kmb_maps[] __ro_after_init = {
#define KMB_MAP(name, flags, needs, map, unmap) \
	{ #name, #map "; ... " #unmap, flags, needs },
#include "maps.h"
#undef KMB_MAP
};

static const struct kmb_copy_row kmb_copies[] = {
#define KMB_COPY(name, flags, from, to, copy) \
	{ { #name, #copy, flags }, KMB_##from, KMB_##to },
#include "copies.h"
#undef KMB_COPY
};

/* What only the running kernel can say of the rows */
void __init kmb_cells_init(void)
{
	struct kmb_row *core = &kmb_maps[KMB_MAP_kmap_local_core];

	core->absent = core->absent ?: kmb_core_fault();
}

/**
 * kmb_row() - look up a row of any list
 * @list: enum kmb_list
 * @index: row
 *
 * Return: the row, NULL where there is none.
 */
const struct kmb_row *kmb_row(unsigned int list, unsigned int index)
{
	switch (list) {
	case KMB_LIST_MAPS:
		return index < KMB_NR_MAPS ? &kmb_maps[index] : NULL;
	case KMB_LIST_COPIES:
		return index < KMB_NR_COPIES ? &kmb_copies[index].row : NULL;
	case KMB_LIST_CONTEXTS:
		return index < kmb_nr_contexts ? &kmb_contexts[index].row : NULL;
	case KMB_LIST_PAGES:
		return index < kmb_nr_pages ? &kmb_pages[index].row : NULL;
	case KMB_LIST_SOURCES:
		return index < kmb_nr_sources ? &kmb_sources[index].row : NULL;
	case KMB_LIST_CHECKS:
		return kmb_check_list(index);
	default:
		return NULL;
	}
}

const struct kmb_copy_row *kmb_copy_row(unsigned int index)
{
	return &kmb_copies[index];
}

/* As tools and tests name it; the source only where there is one */
void kmb_cell_path(const u32 *cell, char path[KMB_PATH_LEN])
{
	unsigned int list, n = 0;

	for (list = 0; list < KMB_NR_LISTS; list++) {
		const struct kmb_row *row = kmb_row(list, cell[list]);

		if (list == KMB_LIST_SOURCES && !(row->flags & KMB_ROW_USER))
			break;
		n += scnprintf(path + n, KMB_PATH_LEN - n, "%s%s", n ? "." : "", row->name);
	}
}

/**
 * kmb_nest_limit() - how many kmap_local mappings one task can hold
 *
 * The core refuses, with a BUG, to reach KM_MAX_IDX; with DEBUG_KMAP_LOCAL
 * every second slot is a guard.
 *
 * Return: that limit, or one of our own where kmap_local takes no slots.
 */
unsigned int kmb_nest_limit(void)
{
#ifdef CONFIG_KMAP_LOCAL
	return (KM_MAX_IDX - 1) / (IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL) ? 2 : 1);
#else
	return 15;
#endif
}

/* Mappings that are live at a time in one operation, a fault's included */
unsigned int kmb_slots_needed(const u32 *cell)
{
	const struct kmb_copy_row *copy = &kmb_copies[cell[KMB_LIST_COPIES]];
	unsigned int need = 0;

	if (kmb_maps[cell[KMB_LIST_MAPS]].flags & KMB_ROW_SLOT)
		need = copy->row.flags & KMB_SECOND ? 2 : 1;
	if (copy->row.flags & KMB_ROW_OWN_MAP)
		need = 1;
	if (copy->row.flags & KMB_ROW_USER)
		need += KMB_FAULT_SLOTS;
	return need;
}

/* True where the kernel computes the address and there is nothing to measure. */
bool kmb_cell_arithmetic(const u32 *cell)
{
	u32 map = kmb_maps[cell[KMB_LIST_MAPS]].flags;
	u32 copy = kmb_copies[cell[KMB_LIST_COPIES]].row.flags;

	if (!((map & KMB_ROW_MAPS) || (copy & KMB_ROW_OWN_MAP)))
		return false;
	if (map & KMB_ROW_LOWMEM)
		return true;
	if (map & KMB_REAL ||
	    (map & KMB_CORE && IS_ENABLED(CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP)))
		return false;
	return !IS_ENABLED(CONFIG_HIGHMEM);
}

/* Bytes of one page or folio of a kind */
u32 kmb_shape_bytes(const struct kmb_shape *shape, unsigned int kind)
{
	if (!(kmb_pages[kind].row.flags & KMB_ROW_ORDER))
		return PAGE_SIZE;
	return PAGE_SIZE << max(shape->order, 1U);
}

/**
 * kmb_shape_resolve() - replace a shape's defaults by what they stand for
 * @shape: of the request
 * @kind: row of kmb_pages
 *
 * Return: the shape for pages of that kind.
 */
struct kmb_shape kmb_shape_resolve(const struct kmb_shape *shape, unsigned int kind)
{
	struct kmb_shape s = *shape;

	s.order = kmb_pages[kind].row.flags & KMB_ROW_ORDER ? max(shape->order, 1U) : 0;
	s.len = shape->len ?: kmb_shape_bytes(shape, kind) - shape->offset;
	s.pool = shape->pool ?: KMB_POOL_DEFAULT;
	s.threads = shape->threads ?: 1;
	s.delay = shape->delay ?: KMB_DELAY_DEFAULT;
	return s;
}

unsigned int kmb_cell_mappings(const u32 *cell)
{
	const struct kmb_copy_row *copy = &kmb_copies[cell[KMB_LIST_COPIES]];
	u32 map = kmb_maps[cell[KMB_LIST_MAPS]].flags;

	return !!(map & KMB_ROW_MAPS) + !!(copy->row.flags & KMB_ROW_OWN_MAP) +
	       !!(copy->row.flags & (KMB_SECOND | KMB_ROW_FIXED));
}

#define KMB_REFUSE(reason, err, ...)	\
	(snprintf(reason, KMB_REASON_LEN, __VA_ARGS__), -(err))

static bool kmb_node_has_memory(int node)
{
	return node >= 0 && node < MAX_NUMNODES && node_state(node, N_MEMORY);
}

static int kmb_shape_legal(const struct kmb_shape *shape, unsigned int kind, char *reason)
{
	u32 bytes, pool = shape->pool ?: KMB_POOL_DEFAULT;

	if (shape->flags & ~KMB_SHAPE_FIXED)
		return KMB_REFUSE(reason, EINVAL, "shape.flags %#x: unknown", shape->flags);
	if (shape->order > KMB_MAX_ORDER)
		return KMB_REFUSE(reason, EINVAL, "order %u: must be at most %u",
				  shape->order, KMB_MAX_ORDER);
	bytes = kmb_shape_bytes(shape, kind);
	if (shape->offset >= bytes)
		return KMB_REFUSE(reason, EINVAL, "offset %u: %s has %u bytes",
				  shape->offset, kmb_pages[kind].row.name, bytes);
	if (shape->len > bytes - shape->offset)
		return KMB_REFUSE(reason, EINVAL, "length %u at offset %u: %s ends at %u",
				  shape->len, shape->offset, kmb_pages[kind].row.name, bytes);
	if (pool > KMB_MAX_POOL / (bytes / PAGE_SIZE))
		return KMB_REFUSE(reason, EINVAL, "pool %u: must be at most %lu for %s",
				  pool, KMB_MAX_POOL / (bytes / PAGE_SIZE),
				  kmb_pages[kind].row.name);
	if (shape->node != NUMA_NO_NODE && !kmb_node_has_memory(shape->node))
		return KMB_REFUSE(reason, EINVAL, "node %d: there is no memory on it", shape->node);
	if (shape->faults > 100)
		return KMB_REFUSE(reason, EINVAL, "faults %u: must be at most 100 of 100",
				  shape->faults);
	if (shape->delay > KMB_MAX_DELAY)
		return KMB_REFUSE(reason, EINVAL, "delay %u us: must be at most %lu",
				  shape->delay, KMB_MAX_DELAY);
	if (shape->threads > KMB_MAX_THREADS)
		return KMB_REFUSE(reason, EINVAL, "threads %u: must be at most %u",
				  shape->threads, KMB_MAX_THREADS);
	return 0;
}

static int kmb_nest_legal(const u32 *cell, const struct kmb_shape *shape, char *reason)
{
	unsigned int limit = kmb_nest_limit(), need = kmb_slots_needed(cell);

	if (shape->nest <= limit - need)
		return 0;
	return KMB_REFUSE(reason, EINVAL,
			  "nest %u: at most %u, as a task holds %u mappings at most and the operation itself may need %u",
			  shape->nest, limit - need, limit, need);
}

static int kmb_user_legal(const struct kmb_row *map, const struct kmb_row *copy,
			  const struct kmb_row *context, const struct kmb_row *source,
			  char *reason)
{
	if (!(copy->flags & KMB_ROW_USER) != !(source->flags & KMB_ROW_USER))
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s and source %s do not go together",
				  copy->name, source->name);
	if (!(copy->flags & KMB_ROW_USER))
		return 0;
	if (!(context->flags & KMB_ROW_USER))
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s needs the caller's memory, %s has none",
				  copy->name, context->name);
	if (copy->flags & KMB_ROW_NOFAULT)
		return 0;
	if (context->flags & KMB_ROW_ATOMIC)
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s may fault and sleep, %s must not",
				  copy->name, context->name);
	if (copy->flags & KMB_ROW_UNMAPS &&
	    (!(map->flags & KMB_ROW_ATOMIC) || map->flags & KMB_ASKS))
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s is for maps that must not sleep, %s may",
				  copy->name, map->name);
	if (!(copy->flags & KMB_ROW_UNMAPS) && map->flags & KMB_ROW_ATOMIC)
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s may fault and sleep, %s must not",
				  copy->name, map->name);
	return 0;
}

#define KMB_NO_ADDRESS(reason, map, what)	\
	KMB_REFUSE(reason, EOPNOTSUPP, "%s gives no address for %s", (map)->name, what)

static int kmb_row_legal(unsigned int list, unsigned int index, char *reason)
{
	const struct kmb_row *row = kmb_row(list, index);

	if (!row)
		return KMB_REFUSE(reason, ENOENT, "list %u has no row %u", list, index);
	if (row->absent)
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s", row->absent);
	return 0;
}

/* What pages rule out, whatever is done with them */
static int kmb_map_fits(const struct kmb_row *map, const struct kmb_row *pages, char *reason)
{
	if (pages->flags & KMB_ROW_HIGHMEM && !totalhigh_pages())
		return KMB_REFUSE(reason, EOPNOTSUPP, "this machine has no highmem");
	if (map->flags & KMB_ROW_LOWMEM && !(pages->flags & KMB_ROW_LOWMEM) &&
	    IS_ENABLED(CONFIG_HIGHMEM))
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s is for lowmem and %s may be highmem",
				  map->name, pages->name);
	return 0;
}

static int kmb_rows_legal(const u32 *cell, char *reason)
{
	const struct kmb_row *map = kmb_row(KMB_LIST_MAPS, cell[KMB_LIST_MAPS]);
	const struct kmb_row *copy = kmb_row(KMB_LIST_COPIES, cell[KMB_LIST_COPIES]);
	const struct kmb_row *context = kmb_row(KMB_LIST_CONTEXTS, cell[KMB_LIST_CONTEXTS]);
	const struct kmb_row *pages = kmb_row(KMB_LIST_PAGES, cell[KMB_LIST_PAGES]);
	const struct kmb_row *source = kmb_row(KMB_LIST_SOURCES, cell[KMB_LIST_SOURCES]);
	int ret;

	ret = kmb_map_fits(map, pages, reason);
	if (ret)
		return ret;
	if (map->flags & KMB_ROW_SLEEPS && context->flags & KMB_ROW_ATOMIC)
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s may sleep and %s must not",
				  map->name, context->name);
	/* preemptible() says yes there; kmap() then waits for other CPUs with BH off. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && map->flags & KMB_ASKS &&
	    context->flags & KMB_RT_PREEMPTIBLE)
		return KMB_REFUSE(reason, EOPNOTSUPP,
				  "%s sleeps in %s: that is preemptible on PREEMPT_RT, yet must not sleep",
				  map->name, context->name);
	if (copy->flags & KMB_ROW_OWN_MAP && map != kmb_row(KMB_LIST_MAPS, KMB_MAP_none))
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s maps by itself: use it with map none",
				  copy->name);
	if (!(copy->flags & (KMB_PAGELESS | KMB_ROW_OWN_MAP)) && !(map->flags & KMB_ROW_MAPS))
		return KMB_NO_ADDRESS(reason, map, copy->name);
	if (map->flags & KMB_ROW_LOWMEM && copy->flags & KMB_SECOND &&
	    copy->flags & KMB_ROW_USER && IS_ENABLED(CONFIG_HIGHMEM))
		return KMB_REFUSE(reason, EOPNOTSUPP,
				  "%s is for lowmem and %s maps the user's pages, too",
				  map->name, copy->name);
	return kmb_user_legal(map, copy, context, source, reason);
}

static int kmb_fixed_legal(const u32 *cell, const struct kmb_shape *shape, char *reason)
{
	const struct kmb_row *copy = kmb_row(KMB_LIST_COPIES, cell[KMB_LIST_COPIES]);
	const struct kmb_row *source = kmb_row(KMB_LIST_SOURCES, cell[KMB_LIST_SOURCES]);

	if (!(copy->flags & KMB_ROW_FIXED))
		return 0;
	if (source->flags & KMB_ROW_FAULTS || !(source->flags & KMB_ROW_CALLER))
		return KMB_REFUSE(reason, EOPNOTSUPP, "registered buffers are resident, %s is not",
				  source->name);
	if (!(shape->flags & KMB_SHAPE_FIXED))
		return KMB_REFUSE(reason, EOPNOTSUPP,
				  "%s wants a registered buffer: by io_uring, with KMB_SHAPE_FIXED",
				  copy->name);
	return 0;
}

/**
 * kmb_cell_legal() - decide whether a cell may run, and say why not
 * @cell: a row of each list
 * @shape: of the request, not resolved
 * @reason: KMB_REASON_LEN bytes for a sentence
 *
 * Return: 0, -ENOENT without such rows, -EOPNOTSUPP for what rows rule out,
 * -EINVAL for what the shape does.
 */
int kmb_cell_legal(const u32 *cell, const struct kmb_shape *shape, char *reason)
{
	unsigned int list;
	int ret;

	for (list = 0; list < KMB_NR_LISTS; list++) {
		ret = kmb_row_legal(list, cell[list], reason);
		if (ret)
			return ret;
	}
	ret = kmb_rows_legal(cell, reason) ?: kmb_fixed_legal(cell, shape, reason);
	if (ret)
		return ret;
	ret = kmb_shape_legal(shape, cell[KMB_LIST_PAGES], reason);
	if (ret)
		return ret;
	return kmb_nest_legal(cell, shape, reason);
}

/**
 * kmb_io_legal() - decide whether read() and write() may go through a map
 * @map: row of maps
 * @pages: row of page kinds
 * @reason: KMB_REASON_LEN bytes for a sentence
 *
 * Return: 0, -ENOENT without such rows, -EOPNOTSUPP for what rows rule out.
 */
int kmb_io_legal(unsigned int map, unsigned int pages, char *reason)
{
	int ret;

	ret = kmb_row_legal(KMB_LIST_MAPS, map, reason) ?:
	      kmb_row_legal(KMB_LIST_PAGES, pages, reason) ?:
	      kmb_map_fits(&kmb_maps[map], &kmb_pages[pages].row, reason);
	if (ret)
		return ret;
	if (!(kmb_maps[map].flags & KMB_ROW_MAPS))
		return KMB_NO_ADDRESS(reason, &kmb_maps[map], "read() and write()");
	if (kmb_pages[pages].row.flags & KMB_ROW_ORDER)
		return KMB_REFUSE(reason, EOPNOTSUPP, "%s: the device's pages have no order",
				  kmb_pages[pages].row.name);
	return 0;
}
