#include "rpc/setup/made.h"

#include "core/file.h"
#include "io/fiber.h"
#include "rpc/run.h"
#include "rpc/setup/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PLACES     2 /* for the file: the working directory, and one that there always is */
#define LINE_LIMIT ((size_t)16 << 10)

static const char *const names[RPC_MADE_KINDS] = {"AMT", "MEBx", "MPS"};

/* What is held at one time, with all that a handler of signals cannot put together. */
struct rpc_made {
    const char *passwords[RPC_MADE_KINDS];
    struct slice text; /* of the file */
    const char *paths[PLACES];
    struct slice said[PLACES]; /* the line of the log that names it */
};

static const struct rpc_made *held(const struct rpc *rpc)
{
    return atomic_load(&rpc->made);
}

const char *rpc_made_password(const struct rpc *rpc, enum rpc_made_kind kind)
{
    return held(rpc) != NULL ? held(rpc)->passwords[kind] : NULL;
}

bool rpc_made_any(const struct rpc *rpc)
{
    return held(rpc) != NULL;
}

bool rpc_made_can_be_shown(struct rpc *rpc)
{
    return rpc->output_is_lost == NULL || !rpc->output_is_lost() ||
           rpc_fail(rpc, RPC_GENERIC_FAILURE,
                    "passwords would be made, and nobody would see them: standard output is "
                    "closed, full or thrown away; AMT was left as it was found");
}

/* ---- holding ---- */

static struct slice line_of(struct rpc *rpc, const char *path)
{
    struct buffer line;
    buffer_init(&line, LINE_LIMIT);
    const char *message =
        arena_printf(rpc_arena(rpc), "the passwords that were made are in %s", path);
    rpc_log_line_put(&line, rpc->json_lines, RPC_LEVEL_WARN, message);
    struct slice copy = arena_copy(rpc_arena(rpc), buffer_slice(&line));
    buffer_fini(&line);
    return copy;
}

static void choose_paths(struct rpc *rpc, struct rpc_made *made)
{
    char folder[PATH_MAX];
    char stamp[32] = "now";
    struct tm local;
    time_t now = time(NULL);
    const char *const places[PLACES] = {getcwd(folder, sizeof folder) != NULL ? folder : ".",
                                        "/var/tmp"};
    if (localtime_r(&now, &local) != NULL)
        (void)strftime(stamp, sizeof stamp, "%Y%m%d_%H%M%S", &local);
    for (size_t i = 0; i < PLACES; i++) {
        made->paths[i] =
            arena_printf(rpc_arena(rpc), "%s/%s_%ld_rpc_passwords.txt",
                         strcmp(places[i], "/") != 0 ? places[i] : "", stamp, (long)getpid());
        made->said[i] = line_of(rpc, made->paths[i]);
    }
}

static void put(struct rpc *rpc, enum rpc_made_kind kind, const char *password)
{
    const struct rpc_made *former = held(rpc);
    struct rpc_made *made = arena_alloc(rpc_arena(rpc), sizeof *made);
    const char *text = "";
    bool any = false;
    *made = former != NULL ? *former : (struct rpc_made){.text = {NULL, 0}};
    made->passwords[kind] = password;
    if (former == NULL)
        choose_paths(rpc, made);
    for (size_t i = 0; i < RPC_MADE_KINDS; i++) {
        if (made->passwords[i] == NULL)
            continue;
        any = true;
        text =
            arena_printf(rpc_arena(rpc), "%s%s password: %s\n", text, names[i], made->passwords[i]);
    }
    made->text = slice_of_string(text);
    atomic_store(&rpc->made, any ? made : NULL);
}

void rpc_made_hold(struct rpc *rpc, enum rpc_made_kind kind, struct slice password)
{
    put(rpc, kind, arena_string(rpc_arena(rpc), password));
}

void rpc_made_drop(struct rpc *rpc, enum rpc_made_kind kind)
{
    if (rpc_made_password(rpc, kind) != NULL)
        put(rpc, kind, NULL);
}

void rpc_made_known(struct rpc *rpc)
{
    atomic_store(&rpc->made, NULL);
}

/* ---- not losing them; calls only what a handler of signals may ---- */

static bool save(const struct rpc_made *made, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return false;
    bool ok = file_write_all(file, made->text) && (fsync(file) == 0 || errno == EINVAL);
    ok = close(file) == 0 && ok;
    if (!ok)
        (void)unlink(path);
    return ok;
}

static bool save_somewhere(const struct rpc *rpc, const struct rpc_made *made)
{
    for (size_t i = 0; i < PLACES; i++)
        if (save(made, made->paths[i])) {
            (void)rpc->log_door.write(rpc->log_door.arg, made->said[i]);
            return true;
        }
    return false;
}

/* On standard error, if somebody sees that. */
static bool write_log(const struct rpc *rpc, const struct rpc_made *made)
{
    bool lost = rpc->log_is_lost != NULL && rpc->log_is_lost();
    return !lost && rpc->log_door.write(rpc->log_door.arg, made->text);
}

bool rpc_made_rescue(const struct rpc *rpc)
{
    const struct rpc_made *made = held(rpc);
    return made == NULL || save_somewhere(rpc, made) || write_log(rpc, made);
}

/* ---- taking back, showing ---- */

bool rpc_made_take_back(struct rpc *rpc)
{
    struct rpc_fault fault;
    rpc_log(rpc, LOG_WARN,
            "Nobody would know the password that was made: the activation is taken back");
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    bool ok = rpc_deactivate_here(rpc, false, &fault);
    io_shield_end(shield);
    if (!ok) {
        rpc_log(rpc, LOG_ERROR, "AMT stays activated: %s", fault.err.text);
        return false;
    }
    rpc_made_drop(rpc, RPC_MADE_AMT);
    rpc_made_drop(rpc, RPC_MADE_MPS);
    return true;
}

void rpc_made_show(struct rpc *rpc, bool may_take_back)
{
    bool lost = rpc->output_is_lost != NULL && rpc->output_is_lost();
    bool ok = rpc_flush(rpc) && !lost;
    if (!rpc_made_any(rpc))
        return;
    ok = ok || save_somewhere(rpc, held(rpc));
    if (!ok && may_take_back)
        ok = rpc_made_take_back(rpc) && !rpc_made_any(rpc);
    if (!ok && !rpc_made_rescue(rpc))
        rpc_log(rpc, LOG_ERROR, "the passwords that were made could not be shown to anybody");
    rpc_made_known(rpc);
}
