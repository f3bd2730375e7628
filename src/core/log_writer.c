#include "core/log_writer.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/metrics.h"
#include "core/thread.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

METRIC_DEFINE(dropped, METRIC_COUNTER, "outband_log_dropped_total", NULL,
              "Lines of the log that were lost because standard output was stalled.")

enum state {
    DIRECT,  /* who logs writes */
    QUEUED,  /* the thread writes */
    ENDING,  /* … until the queue is empty */
    STALLED, /* it never finished: lines are dropped */
};

/* The log belongs to the process, like standard output itself. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    enum state state;
    struct buffer queue;
    uint64_t dropped; /* and not told yet */
} writer = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
    .queue = {.limit = LOG_WRITER_QUEUE},
};

static void *run(void *arg)
{
    (void)arg;
    struct buffer batch;
    buffer_init(&batch, LOG_WRITER_QUEUE);
    pthread_mutex_lock(&writer.lock);
    for (;;) {
        while (buffer_size(&writer.queue) == 0 && writer.state == QUEUED)
            pthread_cond_wait(&writer.changed, &writer.lock);
        if (buffer_size(&writer.queue) == 0)
            break;
        struct buffer full = writer.queue;
        writer.queue = batch;
        batch = full;
        pthread_mutex_unlock(&writer.lock);
        /* Where standard output is gone there is nowhere to say so. */
        (void)file_write_all(STDOUT_FILENO, buffer_slice(&batch));
        buffer_clear(&batch);
        buffer_release(&batch);
        pthread_mutex_lock(&writer.lock);
    }
    writer.state = DIRECT;
    pthread_mutex_unlock(&writer.lock);
    buffer_fini(&batch);
    return NULL;
}

void log_writer_start(void)
{
    pthread_mutex_lock(&writer.lock);
    if (writer.state == DIRECT && thread_start(&writer.thread, "log", run, NULL, NULL))
        writer.state = QUEUED;
    pthread_mutex_unlock(&writer.lock);
}

/* With the lock held. */
static bool enqueue(struct slice line)
{
    if (writer.state == STALLED)
        return false;
    bool was_empty = buffer_size(&writer.queue) == 0;
    buffer_put(&writer.queue, line);
    bool fits = buffer_ok(&writer.queue);
    writer.queue.failed = false;
    if (fits && was_empty)
        pthread_cond_signal(&writer.changed);
    return fits;
}

uint64_t log_writer_put(struct slice line)
{
    uint64_t untold = 0;
    pthread_mutex_lock(&writer.lock);
    if (writer.state == DIRECT) {
        pthread_mutex_unlock(&writer.lock);
        /* One write per line keeps the lines of several threads apart. */
        (void)file_write_all(STDOUT_FILENO, line);
        return 0;
    }
    if (enqueue(line)) {
        untold = writer.dropped;
        writer.dropped = 0;
    } else {
        writer.dropped++;
        metric_add(&dropped, 1);
    }
    pthread_mutex_unlock(&writer.lock);
    return untold;
}

void log_writer_finish(uint64_t ms)
{
    pthread_mutex_lock(&writer.lock);
    bool running = writer.state == QUEUED;
    if (running) {
        writer.state = ENDING;
        pthread_cond_signal(&writer.changed);
    }
    pthread_mutex_unlock(&writer.lock);
    if (!running)
        return;
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (time_t)(ms / 1000);
    end.tv_nsec += (long)(ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    if (pthread_timedjoin_np(writer.thread, NULL, &end) == 0)
        return;
    pthread_mutex_lock(&writer.lock);
    writer.state = STALLED;
    pthread_mutex_unlock(&writer.lock);
    (void)pthread_detach(writer.thread);
}
