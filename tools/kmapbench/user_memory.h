/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for the module's sources that the caller has to provide: those with
 * KMB_ROW_CALLER. The selftests use it as well: it depends on nothing else here.
 */
#ifndef USER_MEMORY_H
#define USER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define USER_MEMORY_REASON_LEN	192

struct user_memory {
	void *addr;		/* page aligned */
	size_t len;		/* bytes, at least what was asked for */
	const struct user_memory_kind *kind;
	void *state;		/* of the kind */
};

/**
 * user_memory_open() - provide memory for a source
 * @memory: filled in; user_memory_close() is due on success only, and its kind
 *	and address are NULL on failure
 * @source: the module's name of the source
 * @len: bytes, as kmb_legal.user_len says
 * @where: for the source "file": a folder on the file system to use, NULL for
 *	tmpfs; for "huge": "hugetlb" or "thp", NULL for what there is; for
 *	"blocked": "unserved" for faults that nobody ever serves; else NULL
 * @reason: gets a sentence on failure
 *
 * A file on a file system that keeps its data elsewhere leaves the page cache
 * each time; of one on tmpfs, whose page cache is where its data is, only the
 * page tables are emptied.
 *
 * Returns: 0; -EOPNOTSUPP where this kernel or machine cannot give such memory,
 * or another negative errno.
 */
int user_memory_open(struct user_memory *memory, const char *source, size_t len,
		     const char *where, char reason[USER_MEMORY_REASON_LEN]);

/**
 * user_memory_prepare() - make the memory absent again, before each request
 * @memory: opened
 *
 * What a copy from it must read is the same each time: user_memory_byte().
 *
 * Returns: 0 or a negative errno.
 */
int user_memory_prepare(const struct user_memory *memory);

/* What must be read at an offset of memory that was prepared and not written to */
unsigned char user_memory_byte(const struct user_memory *memory, size_t offset);

/* Does a file leave the page cache, so that its data is read from elsewhere? */
bool user_memory_drops(const struct user_memory *memory);

/* Faults that were served here so far; zero of memory whose faults the kernel serves alone */
unsigned long user_memory_served(const struct user_memory *memory);

void user_memory_close(struct user_memory *memory);

#endif /* USER_MEMORY_H */
