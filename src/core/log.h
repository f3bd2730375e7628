/*
 * The log: one line per event on standard output, as text for people or as JSON for machines. The
 * level and the form are set once at start. Any thread. Leaf code returns errors instead of
 * logging; the one who decides logs once, with the device's GUID and the request id among the
 * fields. Never log a secret.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/error.h"

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_form { LOG_TEXT, LOG_JSON };

/* Call before the threads start. Until then: info, text, and each line is written by who logs it;
 * from then on a thread writes (core/log_writer.h), and the end of the program waits for it. */
void log_setup(enum log_level level, enum log_form form);

/* Waits, at most 2 s, until all lines are written. Happens by itself when main returns or exit is
 * called; call it before _exit. */
void log_finish(void);

/* "error", "warn", "info", "debug"; also the toolkit's "http" and "verbose" (as debug) and "silly"
 * (as debug). False for another word. */
bool log_level_of(const char *name, enum log_level *level);

bool log_enabled(enum log_level level);

/* Writes one line: the message, then pairs of key and value (`const char *` each; a NULL value is
 * left out), ended by NULL. Control characters are escaped; in the text form values with blanks,
 * quotes, backslashes or "=" are quoted. Of lines past 8 KB values are cut or left out. Never waits
 * for the reader of the log once log_setup was called. */
void log_line(enum log_level level, const char *message, ...) __attribute__((sentinel));

#endif
