/* Threads besides the main one, and how they wait for each other. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include "core/error.h"

#include <pthread.h>
#include <stdint.h>

/* Starts a thread that runs main(arg), named `name` (15 characters at most) where threads are
 * listed. It gets no signals: they are the main thread's business. The caller joins it.
 * ERROR_INTERNAL when the system has no thread left. */
bool thread_start(pthread_t *thread, const char *name, void *(*main)(void *arg), void *arg,
                  struct error *err);

/* A condition for thread_wait_until, which no change of the system's time touches. */
void thread_condition_init(pthread_cond_t *condition);

/* Waits on it with the lock; false when the monotonic clock has come to `ms` (clock_monotonic_ns).
 */
bool thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t ms);

#endif
