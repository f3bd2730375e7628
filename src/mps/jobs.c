#include "mps/jobs.h"

#include "core/clock.h"
#include "core/json_reader.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/fiber.h"
#include "mps/jobs_run.h"
#include "mps/jobs_secret.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(running_jobs, METRIC_GAUGE, "outband_jobs_running", NULL, "Jobs that run now.")
METRIC_DEFINE(waiting_jobs, METRIC_GAUGE, "outband_jobs_waiting", NULL,
              "Jobs that wait for others to end.")

#define RUNNING_DEFAULT   8
#define QUEUE_DEFAULT     100
#define GRACE_DEFAULT_S   120
#define FINISH_DEFAULT_MS 2000
#define STOP_STEP_MS      20
#define RETRY_MS          200 /* when a loop has no fiber for a job */

struct mps_jobs {
    struct mps_jobs_options options;
    pthread_mutex_t lock;
    /* under the lock */
    struct list waiting; /* struct jobs_run, in their order */
    struct list running;
    unsigned waiting_count;
    unsigned running_count;
    unsigned reserved; /* places in the queue for jobs that are being stored */
    unsigned next_loop;
    bool resumed;
    bool stopping;
    struct io_loop *loops[]; /* set before any job runs */
};

struct mps_jobs *mps_jobs_new(const struct mps_jobs_options *options)
{
    struct mps_jobs *jobs =
        memory_new(sizeof *jobs + options->loop_count * sizeof(struct io_loop *));
    jobs->options = *options;
    if (jobs->options.running_limit == 0)
        jobs->options.running_limit = RUNNING_DEFAULT;
    if (jobs->options.queue_limit == 0)
        jobs->options.queue_limit = QUEUE_DEFAULT;
    if (jobs->options.grace_s == 0)
        jobs->options.grace_s = GRACE_DEFAULT_S;
    if (jobs->options.finish_ms == 0)
        jobs->options.finish_ms = FINISH_DEFAULT_MS;
    pthread_mutex_init(&jobs->lock, NULL);
    list_init(&jobs->waiting);
    list_init(&jobs->running);
    return jobs;
}

static void run_free(struct jobs_run *run)
{
    json_decref(run->parameters);
    free(run);
}

void mps_jobs_free(struct mps_jobs *jobs)
{
    if (jobs == NULL)
        return;
    while (!list_is_empty(&jobs->waiting)) {
        struct jobs_run *run = LIST_ENTRY(jobs->waiting.next, struct jobs_run, link);
        list_remove(&run->link);
        run_free(run);
    }
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

void mps_jobs_attach(struct mps_jobs *jobs, unsigned index, struct io_loop *loop)
{
    jobs->loops[index] = loop;
}

/* NULL when the job cannot be carried out by this version of the program. */
static struct jobs_run *run_new(struct mps_jobs *jobs, const struct store_job *job)
{
    const struct jobs_operation *operation = jobs_operation_find(slice_of_string(job->operation));
    json_t *parameters =
        json_reader_parse(slice_of_string(job->parameters), JSON_READER_DEPTH, NULL);
    if (operation == NULL || parameters == NULL) {
        json_decref(parameters);
        return NULL;
    }
    struct jobs_run *run = memory_new(sizeof *run);
    list_init(&run->link);
    run->owner = jobs;
    run->options = &jobs->options;
    run->id = job->id;
    (void)snprintf(run->tenant, sizeof run->tenant, "%s", job->tenant_id);
    run->operation = operation;
    run->parameters = parameters;
    run->concurrency = job->concurrency;
    run->timeout_s = job->timeout_s;
    run->wait_s = job->wait_s;
    return run;
}

/* ---- turns ---- */

static void start_waiting(struct mps_jobs *jobs);

static void leave(struct jobs_run *run)
{
    struct mps_jobs *jobs = run->owner;
    pthread_mutex_lock(&jobs->lock);
    list_remove(&run->link);
    jobs->running_count--;
    metric_add(&running_jobs, -1);
    start_waiting(jobs);
    pthread_mutex_unlock(&jobs->lock);
    run_free(run);
}

static void on_fiber(void *arg)
{
    jobs_run(arg);
    leave(arg);
}

/* With the lock: on the next loop. */
static void post(struct mps_jobs *jobs, struct jobs_run *run)
{
    run->loop = jobs->next_loop++ % jobs->options.loop_count;
    io_post(jobs->loops[run->loop], &run->start);
}

static void on_retry(struct io_timer *timer)
{
    struct jobs_run *run = LIST_ENTRY(timer, struct jobs_run, retry);
    struct mps_jobs *jobs = run->owner;
    if (atomic_load(&run->stopping)) { /* it is still queued on disk */
        leave(run);
        return;
    }
    pthread_mutex_lock(&jobs->lock);
    post(jobs, run);
    pthread_mutex_unlock(&jobs->lock);
}

/* On the loop that was chosen for it. Without a fiber there another one has its turn soon. */
static void on_loop(struct io_message *message)
{
    struct jobs_run *run = LIST_ENTRY(message, struct jobs_run, start);
    struct error err;
    if (io_fiber_start(on_fiber, run, &err))
        return;
    if (!run->has_waited)
        log_line(LOG_WARN, "a job has to wait", "error", err.text, NULL);
    run->has_waited = true;
    io_timer_init(&run->retry, on_retry);
    io_timer_start(&run->retry, RETRY_MS);
}

/* With the lock. */
static void start_waiting(struct mps_jobs *jobs)
{
    while (!jobs->stopping && jobs->running_count < jobs->options.running_limit &&
           !list_is_empty(&jobs->waiting)) {
        struct jobs_run *run = LIST_ENTRY(jobs->waiting.next, struct jobs_run, link);
        list_remove(&run->link);
        list_append(&jobs->running, &run->link);
        jobs->waiting_count--;
        jobs->running_count++;
        metric_add(&waiting_jobs, -1);
        metric_add(&running_jobs, 1);
        run->start.run = on_loop;
        post(jobs, run);
    }
}

static void enqueue(struct mps_jobs *jobs, struct jobs_run *run)
{
    list_append(&jobs->waiting, &run->link);
    jobs->waiting_count++;
    metric_add(&waiting_jobs, 1);
}

/* ---- making ---- */

static bool not_taken_up(struct error *err)
{
    return error_set(err, ERROR_BUSY, "the server is starting or stopping; jobs have to wait");
}

/* A place in the queue, so that what was stored can be kept. */
static bool reserve(struct mps_jobs *jobs, struct error *err)
{
    bool ok = true;
    pthread_mutex_lock(&jobs->lock);
    if (!jobs->resumed || jobs->stopping)
        ok = not_taken_up(err);
    else if (jobs->waiting_count + jobs->reserved >= jobs->options.queue_limit)
        ok = error_set(err, ERROR_BUSY, "%u jobs are waiting already", jobs->waiting_count);
    else
        jobs->reserved++;
    pthread_mutex_unlock(&jobs->lock);
    return ok;
}

/* The job that `run` is made for: stored, and its turn comes. */
static bool store_and_enqueue(struct mps_jobs *jobs, struct jobs_run *run, struct store_job *job,
                              const struct guid *guids, size_t count,
                              const struct store_filter *filter, struct error *err)
{
    struct store *store = jobs->options.store;
    if (!reserve(jobs, err))
        return false;
    bool ok = store_job_add(store, job, guids, count, filter, err);
    pthread_mutex_lock(&jobs->lock);
    jobs->reserved--;
    if (ok) {
        enqueue(jobs, run);
        start_waiting(jobs);
    }
    pthread_mutex_unlock(&jobs->lock);
    return ok;
}

bool mps_jobs_submit(struct mps_jobs *jobs, struct store_job *job, const struct guid *guids,
                     size_t count, const struct store_filter *filter, struct error *err)
{
    struct store *store = jobs->options.store;
    job->id = guid_random();
    job->state = STORE_JOB_QUEUED;
    job->created = clock_wall_ms();
    job->started = STORE_NEVER;
    job->finished = STORE_NEVER;
    const struct jobs_operation *operation = jobs_operation_find(slice_of_string(job->operation));
    if (!jobs_secret_seal(store, job, operation, err))
        return false;
    struct jobs_run *run = run_new(jobs, job);
    if (run == NULL)
        return error_set(err, ERROR_INVALID, "there is no such operation");
    bool ok = store_and_enqueue(jobs, run, job, guids, count, filter, err);
    if (!ok) {
        jobs_secret_remove(store, &job->id, operation);
        run_free(run);
    }
    return ok;
}

/* ---- after a restart ---- */

/* NULL: nothing is left to do. */
static struct jobs_run *take_up(struct mps_jobs *jobs, const struct store_job *job,
                                struct error *err, bool *ok)
{
    struct store *store = jobs->options.store;
    struct jobs_run *run = run_new(jobs, job);
    int64_t now = clock_wall_ms();
    *ok = store_job_recover(store, &job->id, run != NULL && run->operation->repeatable, now, err);
    if (*ok && (run == NULL || job->state == STORE_JOB_CANCELLING))
        *ok = store_job_set_state(store, &job->id, STORE_JOB_CANCELLED, now, err);
    if (*ok && run != NULL && job->state == STORE_JOB_CANCELLING)
        jobs_secret_remove(store, &job->id, run->operation);
    if (run == NULL || (*ok && job->state != STORE_JOB_CANCELLING)) {
        if (run != NULL)
            run->resumed = job->state == STORE_JOB_RUNNING || job->state == STORE_JOB_QUEUED;
        return run;
    }
    run_free(run);
    return NULL;
}

bool mps_jobs_resume(struct mps_jobs *jobs, struct error *err)
{
    struct arena arena;
    struct store_job *unfinished;
    size_t count = 0;
    arena_init(&arena);
    bool ok = store_job_unfinished(jobs->options.store, &arena, &unfinished, &count, err);
    for (size_t i = 0; ok && i < count; i++) {
        struct jobs_run *run = take_up(jobs, &unfinished[i], err, &ok);
        pthread_mutex_lock(&jobs->lock);
        if (run != NULL)
            enqueue(jobs, run);
        pthread_mutex_unlock(&jobs->lock);
    }
    arena_fini(&arena);
    if (!ok)
        return false;
    pthread_mutex_lock(&jobs->lock);
    jobs->resumed = true;
    start_waiting(jobs);
    pthread_mutex_unlock(&jobs->lock);
    if (count > 0)
        log_line(LOG_INFO, "jobs of an earlier run go on", NULL);
    return true;
}

/* ---- ending ---- */

/* With the lock; NULL when there is none. */
static struct jobs_run *find(struct list *list, const struct guid *id)
{
    for (struct list *at = list->next; at != list; at = at->next) {
        struct jobs_run *run = LIST_ENTRY(at, struct jobs_run, link);
        if (guid_equal(&run->id, id))
            return run;
    }
    return NULL;
}

/* One that waits is taken out of the queue; one that runs is told so. */
static bool end_run(struct mps_jobs *jobs, const struct guid *id, const char *tenant,
                    struct jobs_run **waiting, struct error *err)
{
    bool ok = true;
    pthread_mutex_lock(&jobs->lock);
    struct jobs_run *queued = find(&jobs->waiting, id);
    struct jobs_run *running = find(&jobs->running, id);
    const struct jobs_run *any = queued != NULL ? queued : running;
    if (!jobs->resumed || jobs->stopping) {
        ok = not_taken_up(err);
    } else if (any == NULL || strcmp(any->tenant, tenant) != 0) {
        ok = error_set(err, ERROR_CONFLICT, "the job is over");
    } else if (queued != NULL && !atomic_load(&queued->cancelled)) {
        list_remove(&queued->link);
        jobs->waiting_count--;
        metric_add(&waiting_jobs, -1);
        *waiting = queued;
    } else if (running != NULL) {
        atomic_store(&running->cancelled, true);
    }
    pthread_mutex_unlock(&jobs->lock);
    return ok;
}

/* Its end is not on disk: it has its turn, the next one, and ends there. */
static void end_later(struct mps_jobs *jobs, struct jobs_run *run)
{
    atomic_store(&run->cancelled, true);
    pthread_mutex_lock(&jobs->lock);
    list_append(jobs->waiting.next, &run->link); /* at the head */
    jobs->waiting_count++;
    metric_add(&waiting_jobs, 1);
    start_waiting(jobs);
    pthread_mutex_unlock(&jobs->lock);
}

bool mps_jobs_cancel(struct mps_jobs *jobs, const struct guid *id, const char *tenant,
                     struct error *err)
{
    struct jobs_run *waiting = NULL;
    if (!end_run(jobs, id, tenant, &waiting, err))
        return false;
    if (waiting == NULL)
        return true;
    if (store_job_set_state(jobs->options.store, id, STORE_JOB_CANCELLED, clock_wall_ms(), NULL)) {
        jobs_secret_remove(jobs->options.store, id, waiting->operation);
        events_publish(jobs->options.events, EVENTS_FAIL, "Job", "Job cancelled", NULL);
        run_free(waiting);
    } else {
        end_later(jobs, waiting);
    }
    return true;
}

bool mps_jobs_is_cancelling(struct mps_jobs *jobs, const struct guid *id)
{
    pthread_mutex_lock(&jobs->lock);
    const struct jobs_run *run = find(&jobs->running, id);
    if (run == NULL)
        run = find(&jobs->waiting, id);
    bool is_cancelling = run != NULL && atomic_load(&run->cancelled);
    pthread_mutex_unlock(&jobs->lock);
    return is_cancelling;
}

static bool runs_on(struct mps_jobs *jobs, unsigned index)
{
    bool any = false;
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    for (struct list *at = jobs->running.next; at != &jobs->running; at = at->next) {
        struct jobs_run *run = LIST_ENTRY(at, struct jobs_run, link);
        atomic_store(&run->stopping, true);
        any = any || run->loop == index;
    }
    pthread_mutex_unlock(&jobs->lock);
    return any;
}

void mps_jobs_stop(struct mps_jobs *jobs, unsigned index)
{
    while (runs_on(jobs, index) && io_sleep(STOP_STEP_MS, NULL)) {
    }
}
