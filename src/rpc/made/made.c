#include "rpc/made/made.h"

#include "core/file_draft.h"
#include "io/fiber.h"
#include "rpc/run/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OVERRIDE   "RPC_STATE_FOLDER"
#define PLACES     3
#define NAME_TRIES 100
#define LEFT_MOST  8 /* files that are named */

struct kept {
    const char *password; /* NULL: none */
    const char *path;     /* of the folder */
    const char *name;     /* of its file */
    int folder, file;     /* the latter with the lock */
};

struct rpc_made {
    struct kept kept[RPC_MADE_KINDS];
};

static const char *const names[RPC_MADE_KINDS] = {"AMT", "MEBx", "MPS"};
static const char *const prefixes[RPC_MADE_KINDS] = {"amt-password-", "mebx-password-",
                                                     "mps-password-"};

const char *rpc_made_name(enum rpc_made_kind kind)
{
    return names[kind];
}

const char *rpc_made_password(const struct rpc *rpc, enum rpc_made_kind kind)
{
    return rpc->made != NULL ? rpc->made->kept[kind].password : NULL;
}

bool rpc_made_any(const struct rpc *rpc)
{
    for (size_t i = 0; i < RPC_MADE_KINDS; i++)
        if (rpc_made_password(rpc, (enum rpc_made_kind)i) != NULL)
            return true;
    return false;
}

/* ---- the folder ---- */

/* In the order in which they are taken. What the environment names is no way around the checks. */
static size_t list_places(struct rpc *rpc, const char *places[PLACES])
{
    const char *named = getenv(OVERRIDE);
    if (named != NULL && *named != '\0') {
        places[0] = named;
        return 1;
    }
    places[0] = "/var/lib/outband-rpc";
    places[1] = "/run/outband-rpc";
    places[2] = arena_printf(rpc_arena(rpc), "/var/tmp/outband-rpc-%u", (unsigned)geteuid());
    return PLACES;
}

/* Root or the agent itself (the simulator lets everybody pass for root), and nobody else. */
static bool is_own(int folder)
{
    struct stat status;
    return fstat(folder, &status) == 0 &&
           (status.st_uid == 0 || status.st_uid == geteuid() ||
            status.st_uid == getauxval(AT_EUID)) &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The same wherever the agent is run. */
static bool is_whole(const char *path, struct error *err)
{
    return path[0] == '/' ||
           error_set(err, ERROR_FORBIDDEN, "%s: the path does not begin with \"/\"", path);
}

/* -1 with `err`. */
static int open_place(const char *path, struct error *err)
{
    if (!is_whole(path, err))
        return -1;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        (void)file_error(err, ERROR_FORBIDDEN, path);
        return -1;
    }
    if (is_own(folder))
        return folder;
    (void)close(folder);
    (void)error_set(err, ERROR_FORBIDDEN,
                    "%s: it is not root's or our own, or others can write to it", path);
    return -1;
}

/* So that its entry in the folder above outlives the power, too. */
static void sync_above(int folder)
{
    int above = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above < 0)
        return;
    (void)file_sync(above);
    (void)close(above);
}

static int make_place(const char *path, struct error *err)
{
    if (!is_whole(path, err))
        return -1;
    bool made = mkdir(path, S_IRWXU) == 0;
    int folder = open_place(path, err);
    if (folder >= 0 && made)
        sync_above(folder);
    if (folder < 0 || faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return folder;
    (void)file_error(err, ERROR_FORBIDDEN, path);
    (void)close(folder);
    return -1;
}

static bool find_place(struct rpc *rpc, struct rpc_fault *fault)
{
    const char *places[PLACES];
    struct error first, err;
    size_t count = list_places(rpc, places);
    for (size_t i = 0; i < count; i++) {
        int folder = make_place(places[i], i == 0 ? &first : &err);
        if (folder < 0)
            continue;
        (void)close(folder);
        return true;
    }
    return rpc_fault_set(fault, RPC_GENERIC_FAILURE,
                         "a password would be made, and there is no folder to keep it in until it "
                         "is known: %s ($" OVERRIDE " names another one)",
                         first.text);
}

bool rpc_made_prepare(struct rpc *rpc, bool show)
{
    struct rpc_fault fault;
    if (show && rpc->output_is_lost != NULL && rpc->output_is_lost())
        return rpc_fail(rpc, RPC_GENERIC_FAILURE,
                        "passwords would be made, and nobody would see them: standard output is "
                        "closed, full or thrown away; AMT was left as it was found");
    return find_place(rpc, &fault) ||
           rpc_fail(rpc, fault.code, "%s; AMT was left as it was found", fault.err.text);
}

/* ---- the files ---- */

/* A file of that name. It is locked before anybody can find it by its name: it is no run's that has
 * ended, and nobody who looks for those has a lock on it. -1 with errno, which is EEXIST when there
 * is one of that name; then nothing is left behind. */
static int create(int folder, const char *name, struct slice line)
{
    struct file_draft draft;
    struct stat status;
    if (!file_draft_begin_in(&draft, folder, name, S_IRUSR | S_IWUSR))
        return -1;
    int file = fcntl(draft.fd, F_DUPFD_CLOEXEC, 0); /* for the lock to outlive the draft */
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0 && file_write_all(file, line) &&
        file_draft_keep(&draft))
        return file;
    int why = errno;
    file_draft_drop(&draft);
    if (file >= 0 && fstat(file, &status) == 0 && status.st_nlink > 0)
        (void)unlinkat(folder, name, 0); /* it was named, and the folder could not be synced */
    if (file >= 0)
        (void)close(file);
    errno = why;
    return -1;
}

static void choose_name(struct rpc *rpc, enum rpc_made_kind kind, struct kept *kept, unsigned i)
{
    char stamp[32] = "now";
    struct tm local;
    time_t now = time(NULL);
    if (localtime_r(&now, &local) != NULL)
        (void)strftime(stamp, sizeof stamp, "%Y%m%d_%H%M%S", &local);
    kept->name =
        arena_printf(rpc_arena(rpc), "%s%s_%ld_%u", prefixes[kind], stamp, (long)getpid(), i);
}

/* One that cannot be written leaves nothing behind. */
static bool keep(struct rpc *rpc, enum rpc_made_kind kind, struct kept *kept, struct error *err)
{
    const char *line = arena_printf(rpc_arena(rpc), "%s\n", kept->password);
    kept->folder = make_place(kept->path, err);
    if (kept->folder < 0)
        return false;
    kept->file = -1;
    errno = EEXIST;
    for (unsigned i = 1; kept->file < 0 && errno == EEXIST && i <= NAME_TRIES; i++) {
        choose_name(rpc, kind, kept, i);
        kept->file = create(kept->folder, kept->name, slice_of_string(line));
    }
    if (kept->file >= 0)
        return true;
    (void)file_error(err, ERROR_INVALID, kept->path);
    (void)close(kept->folder);
    return false;
}

bool rpc_made_hold(struct rpc *rpc, enum rpc_made_kind kind, struct slice password,
                   struct rpc_fault *fault)
{
    const char *former = rpc_made_password(rpc, kind);
    const char *places[PLACES];
    struct error err;
    if (former != NULL && slice_equal_secret(slice_of_string(former), password))
        return true;
    rpc_made_drop(rpc, kind);
    size_t count = list_places(rpc, places);
    for (size_t i = 0; i < count; i++) {
        struct kept kept = {.password = arena_string(rpc_arena(rpc), password), .path = places[i]};
        if (!keep(rpc, kind, &kept, i == 0 ? &fault->err : &err))
            continue;
        if (rpc->made == NULL) {
            rpc->made = arena_alloc(rpc_arena(rpc), sizeof *rpc->made);
            *rpc->made = (struct rpc_made){.kept = {{.password = NULL}}};
        }
        rpc->made->kept[kind] = kept;
        return true;
    }
    (void)error_wrap(&fault->err, "the password that would be made cannot be kept");
    return rpc_fault_take(fault, RPC_GENERIC_FAILURE, &fault->err);
}

static void close_kept(const struct kept *kept)
{
    (void)close(kept->file);
    (void)close(kept->folder);
}

void rpc_made_drop(struct rpc *rpc, enum rpc_made_kind kind)
{
    if (rpc_made_password(rpc, kind) == NULL)
        return;
    struct kept *kept = &rpc->made->kept[kind];
    (void)unlinkat(kept->folder, kept->name, 0);
    close_kept(kept);
    *kept = (struct kept){.password = NULL};
}

void rpc_made_leave(struct rpc *rpc, enum rpc_made_kind kind)
{
    if (rpc_made_password(rpc, kind) == NULL)
        return;
    struct kept *kept = &rpc->made->kept[kind];
    rpc_log(rpc, LOG_WARN,
            "in case AMT has the %s password that it has refused, the one that was made stays in "
            "%s/%s",
            names[kind], kept->path, kept->name);
    close_kept(kept);
    *kept = (struct kept){.password = NULL};
}

void rpc_made_known(struct rpc *rpc, enum rpc_made_kind kind, struct slice password)
{
    const char *held = rpc_made_password(rpc, kind);
    if (held != NULL && slice_equal_secret(slice_of_string(held), password))
        rpc_made_drop(rpc, kind);
}

void rpc_made_tell(struct rpc *rpc)
{
    for (size_t i = 0; rpc->made != NULL && i < RPC_MADE_KINDS; i++)
        if (rpc->made->kept[i].password != NULL)
            rpc_log(rpc, LOG_WARN, "the %s password that was made is in %s/%s", names[i],
                    rpc->made->kept[i].path, rpc->made->kept[i].name);
}

void rpc_made_close(struct rpc *rpc)
{
    struct rpc_made *made = rpc->made;
    if (made == NULL)
        return;
    rpc_made_tell(rpc);
    for (size_t i = 0; i < RPC_MADE_KINDS; i++)
        if (made->kept[i].password != NULL)
            close_kept(&made->kept[i]);
    rpc->made = NULL;
}

/* ---- showing ---- */

void rpc_made_show(struct rpc *rpc)
{
    bool lost = rpc->output_is_lost != NULL && rpc->output_is_lost();
    if (!rpc_flush(rpc) || lost)
        return;
    for (size_t i = 0; i < RPC_MADE_KINDS; i++)
        rpc_made_drop(rpc, (enum rpc_made_kind)i);
}

/* ---- what earlier runs have left ---- */

/* One that is locked is of a run that is under way. */
static bool is_left(int folder, const char *name)
{
    bool made = false;
    for (size_t i = 0; i < RPC_MADE_KINDS; i++)
        made = made || strncmp(name, prefixes[i], strlen(prefixes[i])) == 0;
    int file = made ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    bool left = file >= 0 && flock(file, LOCK_SH | LOCK_NB) == 0;
    if (file >= 0)
        (void)close(file);
    return left;
}

static const char *add_left(struct rpc *rpc, const char *path, const char *list, size_t *count)
{
    struct error ignored;
    int folder = open_place(path, &ignored);
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    const struct dirent *entry;
    while (entries != NULL && *count < LEFT_MOST && (entry = readdir(entries)) != NULL)
        if (is_left(folder, entry->d_name))
            list = arena_printf(rpc_arena(rpc), "%s%s%s/%s", list, (*count)++ > 0 ? ", " : "", path,
                                entry->d_name);
    if (entries != NULL)
        (void)closedir(entries);
    else if (folder >= 0)
        (void)close(folder);
    return list;
}

const char *rpc_made_left(struct rpc *rpc)
{
    const char *places[PLACES];
    const char *list = "";
    size_t count = 0, place_count = list_places(rpc, places);
    for (size_t i = 0; i < place_count; i++)
        list = add_left(rpc, places[i], list, &count);
    return count > 0 ? list : NULL;
}

void rpc_made_mention(struct rpc *rpc)
{
    const char *left = rpc_made_left(rpc);
    if (left != NULL)
        rpc_log(rpc, LOG_WARN,
                "an earlier run has left what it made, which nobody may know: %s; AMT may have "
                "that password (--password-file FILE); delete what is of no more use",
                left);
}
