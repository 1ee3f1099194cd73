// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verification of a cell: every place that an operation may touch gets a
 * pattern of its own, one operation runs, and every byte of every place is
 * compared with what the copy's row promises. Pages are filled and read
 * through the pool's alias, which owes nothing to kmap.
 */
#include <linux/highmem.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "kmap_bench.h"

/* One operation under test, and where each place's bytes can be seen */
struct kmb_view {
	const struct kmb_copy_row *copy;
	struct kmb_shape shape;
	u32 bytes;
	unsigned int op;
	u32 *at[KMB_BYTE];
};

static const char * const kmb_place_names[] = {
	[KMB_PAGE] = "the page",
	[KMB_PEER] = "the second page",
	[KMB_BUF] = "the kernel's buffer",
	[KMB_USER] = "the user's buffer",
};

/* No two words of a place are the same, nor of two places, nor of two pages. */
static u32 kmb_salt(const struct kmb_view *v, enum kmb_place place)
{
	u32 salt = (v->op * KMB_BYTE + place) * 0x85ebca6bU;

	return salt ^ salt >> 16;
}

static u32 kmb_pattern(u32 salt, u32 word)
{
	return (word + 1) * 0x9e3779b1U ^ salt;
}

/* The word that must stand at the copy's destination after the operation */
static u32 kmb_expect(const struct kmb_view *v, u32 word)
{
	u32 from = word * sizeof(word) - v->shape.offset, i;
	u32 kept = kmb_pattern(kmb_salt(v, v->copy->to), word);
	u32 moved = v->copy->from == KMB_BYTE ? KMB_FILL_BYTE * 0x01010101U :
		    kmb_pattern(kmb_salt(v, v->copy->from), word);

	if (from < v->shape.len && v->shape.len - from >= sizeof(word))
		return moved;
	for (i = 0; i < sizeof(word); i++)
		if (from + i < v->shape.len)
			((u8 *)&kept)[i] = ((u8 *)&moved)[i];
	return kept;
}

/* The places that the copy could reach; user memory only where it is given */
static enum kmb_place kmb_places_end(const struct kmb_view *v)
{
	return v->copy->row.flags & KMB_ROW_USER ? KMB_USER + 1 : KMB_USER;
}

static int kmb_view_fill(const struct kmb_view *v, void __user *ubuf)
{
	u32 word, words = v->bytes / sizeof(word);
	enum kmb_place place;

	for (place = KMB_PAGE; place < kmb_places_end(v); place++) {
		u32 salt = kmb_salt(v, place), *at = v->at[place];

		for (word = 0; word < words; word++)
			at[word] = kmb_pattern(salt, word);
	}
	if (v->copy->row.flags & KMB_ROW_USER &&
	    copy_to_user(ubuf, v->at[KMB_USER], v->bytes))
		return -EFAULT;
	return 0;
}

/* The first word of a place that is not as it must be; their number if all are */
static u32 kmb_place_check(const struct kmb_view *v, enum kmb_place place, u32 *want)
{
	u32 word, words = v->bytes / sizeof(word), salt = kmb_salt(v, place);
	const u32 *at = v->at[place];

	for (word = 0; word < words; word++) {
		*want = place == v->copy->to ? kmb_expect(v, word) : kmb_pattern(salt, word);
		if (at[word] != *want)
			break;
	}
	return word;
}

static int kmb_view_check(const struct kmb_view *v, void __user *ubuf, char *reason)
{
	enum kmb_place place;
	u32 word, want;

	if (v->copy->row.flags & KMB_ROW_USER &&
	    copy_from_user(v->at[KMB_USER], ubuf, v->bytes))
		return -EFAULT;
	for (place = KMB_PAGE; place < kmb_places_end(v); place++) {
		word = kmb_place_check(v, place, &want);
		if (word == v->bytes / sizeof(word))
			continue;
		snprintf(reason, KMB_REASON_LEN,
			 "page %u of the pool: word at byte %zu of %s: expected %#010x, saw %#010x",
			 v->op, word * sizeof(word), kmb_place_names[place], want,
			 v->at[place][word]);
		return -EIO;
	}
	return 0;
}

static u32 *kmb_alias(const struct kmb_pool *pool, const struct page *head)
{
	unsigned int i = 0;

	while (pool->pages[i] != head)
		i++;
	return pool->alias + ((size_t)i << (PAGE_SHIFT + pool->order));
}

static int kmb_verify_op(struct kmb_bench *b, struct kmb_cell *cell,
			 struct kmb_view *v, unsigned int op)
{
	struct kmb_pool *pool = &b->pools[cell->cell[KMB_LIST_PAGES]];
	const struct kmb_seg *seg = pool->seq + op * pool->segs;
	void __user *ubuf = u64_to_user_ptr(b->run->user_addr);
	u64 duration;
	int ret;

	v->op = op;
	v->at[KMB_PAGE] = kmb_alias(pool, &seg->own.folio->page);
	v->at[KMB_PEER] = kmb_alias(pool, &seg->peer.folio->page);
	ret = kmb_view_fill(v, ubuf) ?: kmb_sample(b, cell, op, 1, &duration);
	if (!ret && cell->short_copies) {
		snprintf(b->run->reason, KMB_REASON_LEN,
			 "a copy of resident user memory came back short");
		return -EIO;
	}
	return ret ?: kmb_view_check(v, ubuf, b->run->reason);
}

static void kmb_fill_held(const struct kmb_pool *pool)
{
	u32 *word = pool->alias + ((size_t)2 * pool->nr << (PAGE_SHIFT + pool->order));
	u32 words = pool->nr_held << (PAGE_SHIFT + pool->order - 2), i;

	for (i = 0; i < words; i++)
		word[i] = ~i * 0xc2b2ae35U;
}

/**
 * kmb_verify() - verify one cell over its pool
 * @b: the request
 * @cell: one of its cells
 *
 * Return: 0, or -EIO with the first difference in run.reason.
 */
int kmb_verify(struct kmb_bench *b, struct kmb_cell *cell)
{
	u32 kind = cell->cell[KMB_LIST_PAGES], op;
	struct kmb_pool *pool = &b->pools[kind];
	struct kmb_view v = {
		.copy = kmb_copy_row(cell->cell[KMB_LIST_COPIES]),
		.shape = kmb_shape_resolve(&b->run->shape, kind),
		.bytes = kmb_shape_bytes(&b->run->shape, kind),
	};
	u64 duration;
	int ret = 0;

	v.at[KMB_BUF] = b->buf;
	v.at[KMB_USER] = kmalloc(v.bytes, GFP_KERNEL_ACCOUNT);
	if (!v.at[KMB_USER])
		return -ENOMEM;
	kmb_fill_held(pool);
	for (op = 0; !ret && op < pool->nr; op++)
		ret = kmb_verify_op(b, cell, &v, op) ?: kmb_pause();
	if (!ret)
		ret = kmb_sample(b, cell, 0, pool->nr, &duration);
	kfree(v.at[KMB_USER]);
	return ret;
}
