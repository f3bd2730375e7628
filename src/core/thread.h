/* Threads besides the main one. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include "core/error.h"

#include <pthread.h>

/* Starts a thread that runs main(arg), named `name` (15 characters at most) where threads are
 * listed. It gets no signals: they are the main thread's business. The caller joins it.
 * ERROR_INTERNAL when the system has no thread left. */
bool thread_start(pthread_t *thread, const char *name, void *(*main)(void *arg), void *arg,
                  struct error *err);

#endif
