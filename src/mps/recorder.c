#include "mps/recorder.h"

#include "core/log.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mps/recorder_parts.h"
#include "mps/shard.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

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

static struct mps_shard *shard_here(struct mps *mps)
{
    for (unsigned i = 0; i < mps->shard_count; i++)
        if (mps->shards[i].loop == io_loop_current())
            return &mps->shards[i];
    return NULL;
}

bool mps_recorder_may_want(const struct mps_recorder *r, const struct mps_tap_session *session)
{
    return session->record || r->options.kinds[session->kind];
}

void mps_recorder_begin(struct mps_recorder *r, struct mps_recorder_session *s,
                        const struct mps_tap_session *session)
{
    s->recorder = r;
    s->shard = shard_here(r->options.mps);
    s->guid = *session->guid;
    s->tenant = memory_string(slice_of_string(session->tenant));
    s->user = memory_string(slice_of_string(session->user != NULL ? session->user : ""));
    s->kind = session->kind;
    s->requested = session->record;
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

/* Whether the session is to be recorded after all: waits for the device's row where tags decide. */
static bool is_wanted(const struct mps_recorder_session *s)
{
    const struct mps_recorder_options *options = &s->recorder->options;
    struct store_device device;
    struct arena arena;
    struct error err;
    if (s->requested || options->tag_count == 0)
        return true;
    arena_init(&arena);
    bool wanted = store_device_get(options->store, &arena, &s->guid, s->tenant, &device, &err) &&
                  has_tag(options, &device);
    arena_fini(&arena);
    return wanted;
}

struct mps_recording *mps_recorder_open(const struct mps_recorder_session *s)
{
    const struct mps_recording_about about = {
        .guid = &s->guid, .tenant = s->tenant, .user = s->user, .kind = s->kind};
    char guid[GUID_TEXT_SIZE];
    struct error err;
    if (!is_wanted(s))
        return NULL;
    struct mps_recording *recording =
        mps_recording_begin(s->recorder->options.recordings, &about, &err);
    log_line(recording != NULL ? LOG_INFO : LOG_WARN,
             recording != NULL ? "a session is recorded" : "a session is not recorded", "guid",
             guid_format(&s->guid, guid), "kind", redir_kind_name(s->kind), "user", s->user,
             "error", recording != NULL ? NULL : err.text, NULL);
    return recording;
}
