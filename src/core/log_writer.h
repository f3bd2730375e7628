/*
 * The thread that writes the log, so that nobody who logs waits for whoever reads it: standard
 * output may be a pager or a collector that has stalled. Lines go into a bounded queue; those that
 * do not fit are dropped and counted (outband_log_dropped_total). Without the thread, before
 * log_writer_start and in short programs, lines are written by who logs them. Any thread.
 */
#ifndef CORE_LOG_WRITER_H
#define CORE_LOG_WRITER_H

#include "core/slice.h"

#define LOG_WRITER_QUEUE ((size_t)1024 * 1024) /* bytes that wait */

/* Starts the thread if it is not there; it takes no signals. Without one, for want of resources,
 * lines are written directly. */
void log_writer_start(void);

/* Writes or queues one line with its line feed; never a part of one. Returns how many lines were
 * dropped before it and have not been told yet; 0 when it is dropped itself. */
uint64_t log_writer_put(struct slice line);

/* Waits up to `ms` until everything queued is written, and ends the thread. Lines are written
 * directly from then on; if standard output is still stalled, they are dropped. */
void log_writer_finish(uint64_t ms);

#endif
