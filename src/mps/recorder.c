#include "mps/recorder.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mps/recorder_parts.h"
#include "mps/shard.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For how long a session goes on while what was seen of it cannot be written. */
#define HELD_MS 30000u

METRIC_DEFINE(ended_total, METRIC_COUNTER, "outband_mps_recordings_missing_total",
              "session=\"ended\"",
              "Sessions that record demands a recording of and that could not be recorded")
METRIC_DEFINE(went_on_total, METRIC_COUNTER, "outband_mps_recordings_missing_total",
              "session=\"went-on\"",
              "Sessions that record demands a recording of and that could not be recorded")

struct mps_recorder *mps_recorder_new(const struct mps_recorder_options *options)
{
    struct mps_recorder *r = memory_new(sizeof *r);
    r->options = *options;
    mps_recorder_tap_consoles(r);
    return r;
}

void mps_recorder_free(struct mps_recorder *r)
{
    free(r);
}

bool mps_recorder_may_want(const struct mps_recorder *r, const struct mps_tap_session *session)
{
    return session->record || r->options.kinds[session->kind];
}

void mps_recorder_begin(struct mps_recorder *r, struct mps_recorder_session *s,
                        const struct mps_tap_session *session)
{
    s->recorder = r;
    s->shard = mps_shard_here(r->options.mps);
    s->guid = *session->guid;
    s->tenant = memory_string(slice_of_string(session->tenant));
    s->user = memory_string(slice_of_string(session->user != NULL ? session->user : ""));
    s->kind = session->kind;
    s->requested = session->record;
    s->demanded = r->options.kinds[session->kind];
    s->stop = session->stop;
    s->relay = session->relay;
    s->began = io_now();
    atomic_fetch_add(&s->shard->relays, 1);
}

void mps_recorder_leave(struct mps_recorder_session *s)
{
    struct mps_shard *shard = s->shard;
    free(s->tenant);
    free(s->user);
    atomic_fetch_sub(&shard->relays, 1);
    io_signal(&shard->emptied);
}

static bool has_tag(const struct mps_recorder_options *options, const struct store_device *device)
{
    for (size_t i = 0; i < options->tag_count; i++)
        for (size_t j = 0; j < device->tag_count; j++)
            if (strcmp(options->tags[i], device->tags[j]) == 0)
                return true;
    return false;
}

/* Whether the session is to be recorded after all: waits for the device's row where tags decide.
 * One that cannot be read has them. */
static bool is_wanted(struct mps_recorder_session *s)
{
    const struct mps_recorder_options *options = &s->recorder->options;
    struct store_device device;
    struct arena arena;
    struct error err;
    char guid[GUID_TEXT_SIZE];
    if (!s->demanded || options->tag_count == 0)
        return s->demanded || s->requested;
    arena_init(&arena);
    if (store_device_get(options->store, &arena, &s->guid, s->tenant, &device, &err))
        s->demanded = has_tag(options, &device);
    else
        log_line(LOG_WARN, "a session is recorded since its device's tags cannot be read", "guid",
                 guid_format(&s->guid, guid), "kind", redir_kind_name(s->kind), "user", s->user,
                 "error", err.text, NULL);
    arena_fini(&arena);
    return s->demanded || s->requested;
}

void mps_recorder_fail(struct mps_recorder_session *s, const struct error *why)
{
    char guid[GUID_TEXT_SIZE];
    struct error err;
    if (s->failed)
        return;
    s->failed = true;
    bool ends = s->demanded && s->recorder->options.required && !s->over;
    log_line(LOG_WARN, s->id[0] != 0 ? "a recording was dropped" : "a session is not recorded",
             "guid", guid_format(&s->guid, guid), "kind", redir_kind_name(s->kind), "user", s->user,
             "session", ends ? "ended" : "goes on", "id", s->id[0] != 0 ? s->id : NULL, "error",
             why->text, NULL);
    if (s->demanded)
        metric_add(ends ? &ended_total : &went_on_total, 1);
    if (!ends)
        return;
    error_set(&err, ERROR_STORE, "the session must be recorded, and cannot be: %s", why->text);
    s->stop(s->relay, &err);
}

struct mps_recording *mps_recorder_open(struct mps_recorder_session *s)
{
    const struct mps_recording_about about = {
        .guid = &s->guid, .tenant = s->tenant, .user = s->user, .kind = s->kind};
    char guid[GUID_TEXT_SIZE];
    struct error err;
    mps_recorder_step(s, true);
    struct mps_recording *recording =
        is_wanted(s) ? mps_recording_begin(s->recorder->options.recordings, &about, &err) : NULL;
    mps_recorder_step(s, false);
    if (recording != NULL) {
        (void)snprintf(s->id, sizeof s->id, "%s", mps_recording_id(recording));
        log_line(LOG_INFO, "a session is recorded", "guid", guid_format(&s->guid, guid), "kind",
                 redir_kind_name(s->kind), "user", s->user, "id", s->id, NULL);
    } else if (s->demanded || s->requested) {
        mps_recorder_fail(s, &err);
    }
    return recording;
}

void mps_recorder_step(struct mps_recorder_session *s, bool begins)
{
    s->step_since = begins ? io_now() : 0;
}

void mps_recorder_look(struct mps_recorder_session *s)
{
    struct error err;
    if (s->failed || s->step_since == 0 || io_now() - s->step_since < HELD_MS)
        return;
    error_set(&err, ERROR_TIMEOUT, "nothing could be written for %u s", HELD_MS / 1000u);
    mps_recorder_fail(s, &err);
}

void mps_recorder_close(struct mps_recorder_session *s, struct mps_recording *recording,
                        const struct error *why)
{
    char guid[GUID_TEXT_SIZE];
    struct error err;
    if (why != NULL)
        mps_recorder_fail(s, why);
    if (!mps_recording_end(recording, io_now() - s->began, why != NULL ? why->text : NULL, &err))
        log_line(LOG_WARN, "a recording has no end", "guid", guid_format(&s->guid, guid), "kind",
                 redir_kind_name(s->kind), "user", s->user, "id", s->id, "error", err.text, NULL);
}
