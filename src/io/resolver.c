#include "io/resolver.h"

#include "core/clock.h"
#include "core/list.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "core/thread.h"
#include "io/loop.h"
#include "io/scheduler.h"

#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(names_found, METRIC_COUNTER, "outband_io_names_total", "result=\"found\"",
              "Host names that were asked for")
METRIC_DEFINE(names_failed, METRIC_COUNTER, "outband_io_names_total", "result=\"failed\"",
              "Host names that were asked for")

#define THREADS_LEAST   4u
#define THREADS_DEFAULT 64u
#define NAMES_DEFAULT   20000u
#define KNOWN_MS        60000u
#define UNKNOWN_MS      30000u
#define DOUBT_MS        1000u /* an answer that young is not doubted */
#define IDLE_MOST       4u    /* threads without work that stay */
#define BUCKETS         4096u

/* By the last answer, best first; that is the order in which names are asked for. */
enum standing { FOUND, NEW, FAILED, STANDINGS };

struct name {
    struct name *next;   /* in its bucket */
    struct list order;   /* in `remembered`, or in a queue; linked nowhere while it is asked for */
    struct list waiters; /* struct waiter */
    bool in_question;    /* queued or asked for */
    enum standing standing;
    uint64_t answered_ms; /* 0: forgotten */
    struct resolver_answer answer;
    char host[];
};

/* A fiber that waits; on its stack. */
struct waiter {
    struct list link;
    struct io_message message;
    struct io_loop *loop;
    struct io_wait done;
    bool answered; /* under the lock */
    struct resolver_answer answer;
};

struct io_resolver {
    struct io_resolver_options options;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t news;
    struct name *buckets[BUCKETS];
    uint32_t names;
    struct list remembered;        /* not in question, longest first */
    struct list queues[STANDINGS]; /* to be asked for */
    unsigned asking[STANDINGS];
    unsigned threads, idle;
    bool closing; /* freed by whoever leaves last */
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- names ---- */

static struct name **bucket_of(struct io_resolver *resolver, const char *host)
{
    uint32_t hash = 2166136261u;
    for (const char *at = host; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    return &resolver->buckets[(hash ^ hash >> 16) % BUCKETS];
}

static struct name *find(struct io_resolver *resolver, const char *host)
{
    struct name *name = *bucket_of(resolver, host);
    while (name != NULL && strcmp(name->host, host) != 0)
        name = name->next;
    return name;
}

static void drop(struct io_resolver *resolver, struct name *name)
{
    struct name **at = bucket_of(resolver, name->host);
    while (*at != name)
        at = &(*at)->next;
    *at = name->next;
    list_remove(&name->order);
    resolver->names--;
    free(name);
}

/* The name, made when it is not known; NULL when there is no room. */
static struct name *name_of(struct io_resolver *resolver, const char *host)
{
    struct name *name = find(resolver, host);
    if (name != NULL)
        return name;
    if (resolver->names >= resolver->options.names_limit) {
        if (list_is_empty(&resolver->remembered))
            return NULL;
        drop(resolver, LIST_ENTRY(resolver->remembered.next, struct name, order));
    }
    size_t size = strlen(host) + 1;
    struct name **bucket = bucket_of(resolver, host);
    name = memory_new(sizeof *name + size);
    memcpy(name->host, host, size);
    list_init(&name->waiters);
    name->standing = NEW;
    name->next = *bucket;
    *bucket = name;
    list_append(&resolver->remembered, &name->order);
    resolver->names++;
    return name;
}

static bool is_fresh(const struct io_resolver *resolver, const struct name *name)
{
    uint64_t good_ms =
        name->standing == FOUND ? resolver->options.known_ms : resolver->options.unknown_ms;
    return name->answered_ms != 0 && now_ms() - name->answered_ms < good_ms;
}

/* ---- threads ---- */

static void resolver_free(struct io_resolver *resolver)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (resolver->buckets[i] != NULL) {
            struct name *name = resolver->buckets[i];
            resolver->buckets[i] = name->next;
            free(name);
        }
    }
    (void)pthread_cond_destroy(&resolver->news);
    (void)pthread_mutex_destroy(&resolver->lock);
    free(resolver);
}

/* The next name that may be asked for now; NULL when there is none. */
static struct name *next_name(const struct io_resolver *resolver)
{
    unsigned limit = resolver->options.threads_limit;
    const unsigned limits[STANDINGS] = {limit, limit - limit / 4, limit / 2};
    for (int standing = FOUND; standing < STANDINGS; standing++) {
        unsigned asking = 0;
        for (int worse = standing; worse < STANDINGS; worse++)
            asking += resolver->asking[worse];
        if (asking < limits[standing] && !list_is_empty(&resolver->queues[standing]))
            return LIST_ENTRY(resolver->queues[standing].next, struct name, order);
    }
    return NULL;
}

static void wake(struct io_message *message)
{
    io_signal(&LIST_ENTRY(message, struct waiter, message)->done);
}

static void answer_waiters(struct name *name)
{
    while (!list_is_empty(&name->waiters)) {
        struct waiter *waiter = LIST_ENTRY(name->waiters.next, struct waiter, link);
        list_remove(&waiter->link);
        waiter->answer = name->answer;
        waiter->answered = true;
        io_post(waiter->loop, &waiter->message);
    }
}

static bool call_thread(struct io_resolver *resolver, struct error *err);

/* With the lock, which it gives up while it asks. First it sees to the next in the queue, so that a
 * thread which is woken or started for one of many is enough. */
static void ask_for(struct io_resolver *resolver, struct name *name)
{
    struct resolver_answer answer = {.count = 0};
    enum standing standing = name->standing;
    list_remove(&name->order);
    resolver->asking[standing]++;
    (void)call_thread(resolver, NULL);
    (void)pthread_mutex_unlock(&resolver->lock);
    answer.code = resolver->options.look_up(resolver->options.context, name->host, answer.addresses,
                                            &answer.count);
    (void)pthread_mutex_lock(&resolver->lock);
    resolver->asking[standing]--;
    name->answer = answer;
    name->answered_ms = now_ms();
    name->standing = answer.count > 0 ? FOUND : FAILED;
    name->in_question = false;
    list_append(&resolver->remembered, &name->order);
    metric_add(answer.count > 0 ? &names_found : &names_failed, 1);
    answer_waiters(name);
}

static void *work(void *arg)
{
    struct io_resolver *resolver = arg;
    (void)pthread_mutex_lock(&resolver->lock);
    while (!resolver->closing) {
        struct name *name = next_name(resolver);
        if (name != NULL) {
            ask_for(resolver, name);
            continue;
        }
        if (resolver->idle >= IDLE_MOST)
            break;
        resolver->idle++;
        (void)pthread_cond_wait(&resolver->news, &resolver->lock);
        resolver->idle--;
    }
    bool last = --resolver->threads == 0 && resolver->closing;
    (void)pthread_mutex_unlock(&resolver->lock);
    if (last)
        resolver_free(resolver);
    return NULL;
}

/* Has what is queued asked for. False when no thread is there to do it. */
static bool call_thread(struct io_resolver *resolver, struct error *err)
{
    pthread_t thread;
    if (next_name(resolver) == NULL)
        return true;
    if (resolver->idle > 0) {
        (void)pthread_cond_broadcast(&resolver->news);
        return true;
    }
    if (resolver->threads >= resolver->options.threads_limit)
        return true;
    if (!thread_start(&thread, "names", work, resolver, err))
        return resolver->threads > 0;
    (void)pthread_detach(thread);
    resolver->threads++;
    return true;
}

struct io_resolver *io_resolver_new(const struct io_resolver_options *options)
{
    struct io_resolver *resolver = memory_new(sizeof *resolver);
    struct io_resolver_options *own = &resolver->options;
    *own = *options;
    if (own->threads_limit == 0)
        own->threads_limit = THREADS_DEFAULT;
    if (own->threads_limit < THREADS_LEAST)
        own->threads_limit = THREADS_LEAST;
    own->names_limit = own->names_limit == 0 ? NAMES_DEFAULT : own->names_limit;
    own->known_ms = own->known_ms == 0 ? KNOWN_MS : own->known_ms;
    own->unknown_ms = own->unknown_ms == 0 ? UNKNOWN_MS : own->unknown_ms;
    if (own->look_up == NULL)
        own->look_up = resolver_system;
    (void)pthread_mutex_init(&resolver->lock, NULL);
    (void)pthread_cond_init(&resolver->news, NULL);
    list_init(&resolver->remembered);
    for (int standing = FOUND; standing < STANDINGS; standing++)
        list_init(&resolver->queues[standing]);
    return resolver;
}

void io_resolver_free(struct io_resolver *resolver)
{
    if (resolver == NULL)
        return;
    (void)pthread_mutex_lock(&resolver->lock);
    resolver->closing = true;
    bool last = resolver->threads == 0;
    (void)pthread_cond_broadcast(&resolver->news);
    (void)pthread_mutex_unlock(&resolver->lock);
    if (last)
        resolver_free(resolver);
}

/* ---- questions ---- */

static bool put_question(struct io_resolver *resolver, struct name *name, struct error *err)
{
    if (name->in_question)
        return true;
    name->in_question = true;
    list_remove(&name->order);
    list_append(&resolver->queues[name->standing], &name->order);
    if (call_thread(resolver, err))
        return true;
    name->in_question = false;
    list_remove(&name->order);
    list_append(&resolver->remembered, &name->order);
    return false;
}

/* With the lock. *waits: the answer will come to `waiter`. */
static bool look(struct io_resolver *resolver, const char *host, struct waiter *waiter, bool *waits,
                 struct error *err)
{
    struct name *name = name_of(resolver, host);
    *waits = false;
    if (name == NULL)
        return error_set(err, ERROR_BUSY, "%u host names are asked for, the limit",
                         resolver->names);
    if (!name->in_question && is_fresh(resolver, name)) {
        waiter->answer = name->answer;
        return true;
    }
    if (!put_question(resolver, name, err))
        return false;
    list_append(&name->waiters, &waiter->link);
    *waits = true;
    return true;
}

bool resolver_ask(struct io_resolver *resolver, const char *host, struct resolver_answer *answer,
                  struct error *err)
{
    struct waiter waiter = {.message.run = wake, .loop = io_loop_current()};
    bool waits;
    (void)pthread_mutex_lock(&resolver->lock);
    bool ok = look(resolver, host, &waiter, &waits, err);
    (void)pthread_mutex_unlock(&resolver->lock);
    if (waits) {
        ok = io_wait_for(&waiter.done, IO_FOREVER, err);
        /* Taken in any case: the thread that has answered is through with us and the loop then. */
        (void)pthread_mutex_lock(&resolver->lock);
        if (!ok && !waiter.answered)
            list_remove(&waiter.link);
        bool comes = !ok && waiter.answered;
        (void)pthread_mutex_unlock(&resolver->lock);
        while (comes && fiber_wait(&waiter.done, WAIT_CERTAIN, IO_FOREVER) != WAIT_SIGNALLED)
            ;
        ok = ok || comes;
    }
    *answer = waiter.answer;
    return ok;
}

void resolver_forget(struct io_resolver *resolver, const char *host)
{
    (void)pthread_mutex_lock(&resolver->lock);
    struct name *name = find(resolver, host);
    if (name != NULL && now_ms() - name->answered_ms >= DOUBT_MS)
        name->answered_ms = 0;
    (void)pthread_mutex_unlock(&resolver->lock);
}
