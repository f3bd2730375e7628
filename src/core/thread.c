#include "core/thread.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

bool thread_start(pthread_t *thread, const char *name, void *(*main)(void *arg), void *arg,
                  struct error *err)
{
    sigset_t all;
    sigset_t before;
    char reason[128];
    char listed[16];
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* which the new thread inherits */
    int status = pthread_create(thread, NULL, main, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0)
        return error_set(err, ERROR_INTERNAL, "thread %s cannot be started: %s", name,
                         strerror_r(status, reason, sizeof reason));
    (void)snprintf(listed, sizeof listed, "%s", name);
    (void)pthread_setname_np(*thread, listed);
    return true;
}
