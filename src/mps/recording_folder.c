#include "mps/recording_folder.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/json_reader.h"
#include "core/memory.h"
#include "redir/asciicast.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first line of an asciicast, and where its last is looked for: first, and at most. */
#define LINE_MAX_SIZE 4096
#define TAIL_MAX_SIZE (LINE_MAX_SIZE * 256)

bool recording_folder_name(struct slice name, enum redir_kind *kind)
{
    if (name.size < 6 || name.size >= MPS_RECORDING_ID_SIZE || name.data[0] == '.')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' && c != '.')
            return false;
    }
    if (slice_equal_string(slice_from(name, name.size - 4), ".kvm"))
        *kind = REDIR_KVM;
    else if (slice_equal_string(slice_from(name, name.size - 5), ".cast"))
        *kind = REDIR_SOL;
    else
        return false;
    return true;
}

bool recording_folder_read(void *owner, uint64_t offset, void *to, size_t size)
{
    return file_read_at(*(const int *)owner, offset, to, size);
}

static const char *text_of(struct arena *arena, const json_t *about, const char *key)
{
    const char *text = json_string_value(json_object_get(about, key));
    return text != NULL ? arena_string(arena, slice_of_string(text)) : "";
}

/* What mps/recordings.c puts into the head. */
static bool take_about(struct arena *arena, const char *tenant, const json_t *about,
                       struct mps_recording_facts *facts)
{
    int64_t start;
    if (tenant != NULL && strcmp(text_of(arena, about, "tenant"), tenant) != 0)
        return false;
    facts->guid = text_of(arena, about, "guid");
    facts->user = text_of(arena, about, "user");
    if (!clock_parse(slice_of_string(text_of(arena, about, "start")), &start))
        return false;
    facts->start_ms = start;
    return true;
}

static bool look_at_screen(int fd, struct arena *arena, const char *tenant,
                           struct mps_recording_facts *facts)
{
    struct redir_recording *recording =
        redir_recording_open_head(recording_folder_read, &fd, facts->size, NULL);
    if (recording == NULL)
        return false;
    json_t *about = json_reader_parse(redir_recording_about(recording), JSON_READER_DEPTH, NULL);
    if (redir_recording_has_end(recording))
        facts->duration_ms = redir_recording_duration(recording);
    facts->whole = redir_recording_is_whole(recording);
    struct slice reason = redir_recording_reason(recording);
    if (reason.size > 0)
        facts->reason = arena_string(arena, reason);
    bool ok = about != NULL && take_about(arena, tenant, about, facts);
    json_decref(about);
    redir_recording_close(recording);
    return ok;
}

/* Where the last whole line begins, '[12.345678,…]\n'; empty when that is not in there. */
static struct slice last_line(struct slice tail)
{
    while (tail.size > 0 && tail.data[tail.size - 1] != '\n')
        tail.size--;
    tail = slice_trim(tail);
    size_t at = tail.size;
    while (at > 0 && tail.data[at - 1] != '\n')
        at--;
    return at > 0 ? slice_from(tail, at) : slice_of(NULL, 0);
}

/* The marker at the end of one that has an end. */
static void take_marker(struct arena *arena, struct slice line, struct mps_recording_facts *facts)
{
    const struct slice cut = SLICE_LITERAL(RECORDING_CUT ": ");
    struct redir_asciicast_event event;
    if (line.size > LINE_MAX_SIZE || !redir_asciicast_read_event(arena, line, &event, NULL) ||
        event.kind != REDIR_ASCIICAST_MARKER)
        return;
    facts->whole = slice_equal_string(event.text, RECORDING_END);
    if (slice_starts_with(event.text, cut))
        facts->reason = arena_string(arena, slice_from(event.text, cut.size));
}

static void take_last_line(struct arena *arena, struct slice line,
                           struct mps_recording_facts *facts)
{
    uint64_t seconds, thousandths;
    struct slice all = line;
    if (line.size == 0 || line.data[0] != '[')
        return;
    line = slice_from(line, 1);
    struct slice number = slice_split(&line, ',');
    struct slice whole = slice_split(&number, '.');
    if (number.size < 3 || !slice_to_u64(whole, UINT32_MAX, &seconds) ||
        !slice_to_u64(slice_first(number, 3), 999, &thousandths))
        return;
    facts->duration_ms = seconds * 1000 + thousandths;
    take_marker(arena, all, facts);
}

/* The last line is looked for in more and more of the file's end. */
static void look_at_last_line(int fd, struct arena *arena, struct mps_recording_facts *facts)
{
    for (size_t size = LINE_MAX_SIZE; size <= TAIL_MAX_SIZE; size *= 16) {
        size_t part = facts->size < size ? (size_t)facts->size : size;
        uint8_t *bytes = memory_new(part + 1);
        struct slice line = {0};
        if (recording_folder_read(&fd, facts->size - part, bytes, part))
            line = last_line(slice_of(bytes, part));
        take_last_line(arena, line, facts);
        bool found = line.size > 0;
        free(bytes);
        if (found || part < size)
            return;
    }
}

static bool look_at_console(int fd, struct arena *arena, const char *tenant,
                            struct mps_recording_facts *facts)
{
    uint8_t bytes[LINE_MAX_SIZE];
    size_t size = facts->size < sizeof bytes ? (size_t)facts->size : sizeof bytes;
    if (!recording_folder_read(&fd, 0, bytes, size))
        return false;
    struct slice rest = slice_of(bytes, size);
    struct slice first = slice_split(&rest, '\n');
    json_t *head = json_reader_parse(first, JSON_READER_DEPTH, NULL);
    bool ok = head != NULL && take_about(arena, tenant, json_object_get(head, "outband"), facts);
    json_decref(head);
    if (ok)
        look_at_last_line(fd, arena, facts);
    return ok;
}

bool recording_folder_look(int folder, struct arena *arena, const char *tenant, const char *name,
                           struct mps_recording_facts *facts)
{
    struct stat about = {0};
    memset(facts, 0, sizeof *facts);
    if (!recording_folder_name(slice_of_string(name), &facts->kind))
        return false;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    memcpy(facts->id, name, strlen(name) + 1);
    bool ok = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    facts->size = ok ? (uint64_t)about.st_size : 0;
    ok = ok && (facts->kind == REDIR_KVM ? look_at_screen(fd, arena, tenant, facts)
                                         : look_at_console(fd, arena, tenant, facts));
    (void)close(fd);
    /* Being made, or of a process that was killed: until it was written to last. */
    int64_t changed = (int64_t)about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1000000;
    if (ok && facts->duration_ms == 0 && !facts->whole && changed > facts->start_ms)
        facts->duration_ms = (uint64_t)(changed - facts->start_ms);
    return ok;
}

static int compare(const void *a, const void *b)
{
    const struct mps_recording_facts *one = a;
    const struct mps_recording_facts *other = b;
    if (one->start_ms != other->start_ms)
        return one->start_ms < other->start_ms ? 1 : -1;
    return strcmp(one->id, other->id);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct recording_name *)b)->id, ((const struct recording_name *)a)->id);
}

static struct recording_name *read_names(DIR *entries, int folder, size_t *count)
{
    struct recording_name *names = NULL;
    size_t room = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        enum redir_kind kind;
        struct stat about;
        struct slice name = slice_of_string(entry->d_name);
        if (!recording_folder_name(name, &kind) ||
            fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(about.st_mode))
            continue;
        if (*count == room) {
            room = room > 0 ? 2 * room : 64;
            names = memory_resize(names, room * sizeof *names);
        }
        memcpy(names[*count].id, name.data, name.size + 1);
        names[(*count)++].size = (uint64_t)about.st_size;
    }
    return names;
}

bool recording_folder_names(int folder, struct recording_name **names, size_t *count,
                            struct error *err)
{
    int fd = openat(folder, ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (entries == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return file_error(err, ERROR_STORE, "recordings");
    }
    *count = 0;
    *names = read_names(entries, folder, count);
    (void)closedir(entries);
    if (*count > 0)
        qsort(*names, *count, sizeof **names, compare_names);
    return true;
}

bool recording_folder_list(int folder, struct arena *arena, const char *tenant,
                           struct mps_recording_facts **list, size_t *count, struct error *err)
{
    struct recording_name *names = NULL;
    size_t found = 0;
    if (!recording_folder_names(folder, &names, &found, err))
        return false;
    *list = arena_array(arena, found < MPS_RECORDINGS_MOST ? found + 1 : MPS_RECORDINGS_MOST,
                        sizeof **list);
    *count = 0;
    for (size_t i = 0; i < found && *count < MPS_RECORDINGS_MOST; i++)
        if (recording_folder_look(folder, arena, tenant, names[i].id, &(*list)[*count]))
            (*count)++;
    free(names);
    qsort(*list, *count, sizeof **list, compare);
    return true;
}
