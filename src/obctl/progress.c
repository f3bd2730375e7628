#include "obctl/progress.h"

#include "obctl/url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 40
#define FIRST_MS  100 /* between questions: short jobs end at once, long ones are left alone */
#define LAST_MS   1000

struct counts {
    uint64_t total, succeeded, failed, skipped;
};

char *obctl_progress_bar(struct arena *arena, uint64_t done, uint64_t failed, uint64_t total,
                         unsigned width)
{
    char *bar = arena_alloc(arena, width + 1U);
    uint64_t full = total == 0 || done >= total ? width : done * width / total;
    for (unsigned i = 0; i < width; i++)
        bar[i] = i < full ? '#' : '.';
    return failed == 0 ? arena_printf(arena, "[%s] %" PRIu64 "/%" PRIu64, bar, done, total)
                       : arena_printf(arena, "[%s] %" PRIu64 "/%" PRIu64 ", %" PRIu64 " failed",
                                      bar, done, total, failed);
}

static uint64_t count_of(const json_t *job, const char *name)
{
    const json_t *value = json_object_get(json_object_get(job, "counts"), name);
    json_int_t count = json_integer_value(value);
    return count > 0 ? (uint64_t)count : 0;
}

static bool is_over(const char *state)
{
    return strcmp(state, "done") == 0 || strcmp(state, "cancelled") == 0;
}

static void draw(struct obctl *obctl, const struct counts *counts, bool last)
{
    if (obctl->json || isatty(STDERR_FILENO) == 0)
        return;
    uint64_t done = counts->succeeded + counts->failed + counts->skipped;
    (void)fprintf(stderr, "\r%s\x1b[K%s",
                  obctl_progress_bar(obctl->arena, done, counts->failed, counts->total, BAR_WIDTH),
                  last ? "\n" : "");
}

static bool finish(struct obctl *obctl, const struct obctl_answer *answer,
                   const struct counts *counts, const char *id, const char *state,
                   struct error *err)
{
    if (obctl->json) {
        buffer_put(&obctl->out, answer->body);
        buffer_put_u8(&obctl->out, '\n');
    } else {
        buffer_printf(&obctl->out,
                      "%" PRIu64 " devices: %" PRIu64 " succeeded, %" PRIu64 " failed, %" PRIu64
                      " skipped\n",
                      counts->total, counts->succeeded, counts->failed, counts->skipped);
    }
    if (counts->total == 0)
        return error_set(err, ERROR_NOT_FOUND, "no device fits: nothing was done");
    if (strcmp(state, "cancelled") == 0)
        return error_set(err, ERROR_CANCELLED, "the job was cancelled");
    return counts->failed == 0 ||
           error_set(err, ERROR_DEVICE,
                     "it failed on %" PRIu64 " devices: see obctl jobs results %s --state failed",
                     counts->failed, id);
}

bool obctl_progress_follow(struct obctl *obctl, const char *id, struct error *err)
{
    const char *target = arena_printf(obctl->arena, "/api/v1/jobs/%s",
                                      obctl_url_escape(obctl->arena, slice_of_string(id)));
    long wait_ms = FIRST_MS;
    for (;;) {
        struct obctl_answer answer;
        if (!obctl_api_call(obctl->api, obctl->arena, "GET", target, (struct slice){0}, &answer,
                            err))
            return false;
        const char *state = json_string_value(json_object_get(answer.json, "state"));
        struct counts counts = {count_of(answer.json, "total"), count_of(answer.json, "succeeded"),
                                count_of(answer.json, "failed"), count_of(answer.json, "skipped")};
        bool over = state != NULL && is_over(state);
        bool ok = state != NULL ||
                  error_set(err, ERROR_PROTOCOL, "the server's answer has no state of the job");
        if (ok)
            draw(obctl, &counts, over);
        if (over)
            ok = finish(obctl, &answer, &counts, id, state, err);
        obctl_answer_fini(&answer);
        if (over || !ok)
            return ok;
        struct timespec pause = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
        (void)nanosleep(&pause, NULL);
        wait_ms = wait_ms * 2 > LAST_MS ? LAST_MS : wait_ms * 2;
    }
}
