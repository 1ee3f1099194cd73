/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KMAPBENCH_H
#define KMAPBENCH_H

#include "compiler.h"

#define KMAPBENCH_VERSION	"0.1"

/* What the program exits with. */
enum status {
	STATUS_FINE = 0,
	STATUS_FAILED = 1,	/* regression, failed check, output lost */
	STATUS_USAGE = 2,
	STATUS_UNAVAILABLE = 4,	/* not on this kernel, or no module */
	STATUS_INTERRUPTED = 130,
};

/**
 * struct command - a subcommand; COMMAND() in its own file registers it
 * @name: as typed
 * @summary: one line for --help
 * @run: argv[0] is "kmapbench NAME"; returns an enum status
 */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

#define COMMAND(_name, _summary, _run)					\
	static const struct command command_##_name = {			\
		.name = #_name,						\
		.summary = _summary,					\
		.run = _run,						\
	};								\
	static const struct command *const command_##_name##_entry	\
		__section("kmb_commands") __used = &command_##_name

/* The linker collects what COMMAND() leaves; nobody lists the subcommands. */
extern const struct command *const __start_kmb_commands[];
extern const struct command *const __stop_kmb_commands[];

/**
 * fail() - say on stderr what went wrong and what to do about it
 * @status: handed back, so that callers can return fail(...)
 * @advice: one line, without newline, or NULL
 * @fmt: "<what>: <why>"
 */
__printf(3, 4)
int fail(int status, const char *advice, const char *fmt, ...);

#endif /* KMAPBENCH_H */
