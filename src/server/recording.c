#include "server/recording.h"

/* The parts of a list with commas, without the empty ones. */
static const char **split(struct arena *arena, const char *list, size_t *count)
{
    struct slice rest = slice_of_string(list);
    size_t most = 1;
    for (size_t i = 0; i < rest.size; i++)
        most += rest.data[i] == ',';
    const char **parts = arena_array(arena, most, sizeof *parts);
    *count = 0;
    while (rest.size > 0) {
        struct slice part = slice_trim(slice_split(&rest, ','));
        if (part.size > 0)
            parts[(*count)++] = arena_string(arena, part);
    }
    return parts;
}

static bool read_kinds(struct arena *arena, const char *list, bool kinds[REDIR_KINDS],
                       struct error *err)
{
    size_t count;
    const char **names = split(arena, list, &count);
    for (size_t i = 0; i < count; i++) {
        enum redir_kind kind;
        if (!redir_kind_parse(slice_of_string(names[i]), &kind) || kind == REDIR_IDER)
            return error_set(err, ERROR_INVALID, "--record: %s is neither kvm nor sol", names[i]);
        kinds[kind] = true;
    }
    return true;
}

bool recording_make(struct recording *recording, struct arena *arena,
                    const struct settings_values *settings, struct mps *mps, struct store *store,
                    struct error *err)
{
    const struct mps_recordings_options library = {
        .folder = arena_printf(arena, "%s/recordings", settings->data),
        .size_limit = (uint64_t)settings->recordings_limit << 20,
        .days = (uint32_t)settings->recordings_days,
    };
    struct mps_recorder_options recorder = {
        .mps = mps, .store = store, .required = settings->record_required};
    recorder.tags = split(arena, settings->record_tags, &recorder.tag_count);
    if (!read_kinds(arena, settings->record, recorder.kinds, err))
        return false;
    recording->library = mps_recordings_new(&library, err);
    if (recording->library == NULL)
        return error_wrap(err, "the folder of recordings cannot be used");
    recorder.recordings = recording->library;
    recording->recorder = mps_recorder_new(&recorder);
    return true;
}

void recording_fini(struct recording *recording)
{
    mps_recorder_free(recording->recorder);
    mps_recordings_free(recording->library);
}
