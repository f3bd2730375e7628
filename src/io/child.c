#include "io/child.h"

#include "core/file.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FILE 10   /* ours are above those that the child knows by number */
#define LOOK_MS    10   /* between two looks whether it has ended */
#define END_MS     2000 /* for one that was killed to be gone */
#define LEFT_MS    500  /* for standard error to end after its program */
#define PIECE      4096
#define CLAIMED    (-1) /* a place among the groups, before there is one */

struct running {
    pid_t process;
    atomic_int *group;                  /* its place among the groups */
    int output[2], errors[2], input[2]; /* pipes: to read from, to write to; -1: closed */
    int status;
    bool is_over;
    struct buffer *said; /* from standard error */
};

/* ---- pipes ---- */

static void close_end(int *file)
{
    if (*file >= 0)
        (void)close(*file);
    *file = -1;
}

static bool move_up(int *file)
{
    int moved = fcntl(*file, F_DUPFD_CLOEXEC, FIRST_FILE);
    close_end(file);
    *file = moved;
    return moved >= 0;
}

/* Without O_CLOEXEC nowhere, since other threads may start programs meanwhile. */
static bool open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    return move_up(&ends[0]) && move_up(&ends[1]);
}

static bool open_pipes(const struct io_child *child, struct running *running)
{
    if (!open_pipe(running->output) || !open_pipe(running->errors))
        return false;
    if (fcntl(running->output[0], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(running->errors[0], F_SETFL, O_NONBLOCK) != 0)
        return false;
    return child->input.size == 0 ||
           (open_pipe(running->input) && file_write_all(running->input[1], child->input));
}

static void close_pipes(struct running *running)
{
    for (int end = 0; end < 2; end++) {
        close_end(&running->output[end]);
        close_end(&running->errors[end]);
        close_end(&running->input[end]);
    }
}

/* ---- which ones run ---- */

static atomic_int groups[IO_CHILDREN_MOST]; /* 0: none */

/* A free place; NULL: there is none. */
static atomic_int *claim_group(void)
{
    for (size_t i = 0; i < IO_CHILDREN_MOST; i++) {
        int expected = 0;
        if (atomic_compare_exchange_strong(&groups[i], &expected, CLAIMED))
            return &groups[i];
    }
    return NULL;
}

void io_child_kill_all(void)
{
    for (size_t i = 0; i < IO_CHILDREN_MOST; i++) {
        int group = atomic_load(&groups[i]);
        if (group > 0)
            (void)kill(-group, SIGKILL);
    }
}

/* ---- starting ---- */

static int set_files(posix_spawn_file_actions_t *files, const struct running *running)
{
    int last = STDERR_FILENO;
    int failure =
        posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY | O_NOCTTY, 0);
    if (failure == 0)
        failure = posix_spawn_file_actions_adddup2(files, running->output[1], STDOUT_FILENO);
    if (failure == 0)
        failure = posix_spawn_file_actions_adddup2(files, running->errors[1], STDERR_FILENO);
    if (failure == 0 && running->input[0] >= 0) {
        last = IO_CHILD_INPUT_FILE;
        failure = posix_spawn_file_actions_adddup2(files, running->input[0], last);
    }
    return failure != 0 ? failure : posix_spawn_file_actions_addclosefrom_np(files, last + 1);
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (failure == 0)
        failure = posix_spawnattr_setsigdefault(attributes, &all);
    return failure != 0 ? failure
                        : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                                   POSIX_SPAWN_SETSIGDEF |
                                                                   POSIX_SPAWN_SETSID);
}

/* What posix_spawn says; it returns when the program is there, in its session. */
static int spawn(const struct io_child *child, struct running *running)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&files);
    if (failure != 0)
        return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure == 0) {
        failure = set_files(&files, running);
        if (failure == 0)
            failure = set_attributes(&attributes);
        if (failure == 0)
            failure = posix_spawn(&running->process, child->program, &files, &attributes,
                                  (char *const *)(uintptr_t)child->arguments,
                                  (char *const *)(uintptr_t)child->environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return failure;
}

/* In its place among the groups. */
static bool start(const struct io_child *child, struct running *running, struct error *err)
{
    char text[128];
    if (child->input.size > IO_CHILD_INPUT_MOST)
        return error_set(err, ERROR_TOO_LARGE, "that is too much for a pipe");
    if (!open_pipes(child, running))
        return error_set(err, ERROR_INTERNAL, "a pipe cannot be made: %s",
                         strerror_r(errno, text, sizeof text));
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler sees it before it is listed */
    int failure = spawn(child, running);
    if (failure == 0)
        atomic_store(running->group, running->process);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    close_end(&running->output[1]);
    close_end(&running->errors[1]);
    close_end(&running->input[0]);
    close_end(&running->input[1]);
    bool missing = failure == ENOENT || failure == ENOTDIR || failure == EACCES ||
                   failure == ENOEXEC || failure == EPERM;
    return failure == 0 || error_set(err, missing ? ERROR_NOT_FOUND : ERROR_INTERNAL, "%.120s: %s",
                                     child->program, strerror_r(failure, text, sizeof text));
}

/* ---- reading ---- */

/* Until nobody holds the other end. What is read may be a secret. */
static bool read_all(int file, struct buffer *to, bool keep_first, struct error *err)
{
    uint8_t piece[PIECE];
    ssize_t count = 1;
    bool ok = true;
    struct io_ready *ready = io_ready_new(file, err);
    if (ready == NULL)
        return false;
    while (ok && count != 0) {
        count = read(file, piece, sizeof piece);
        if (count < 0 && errno == EAGAIN)
            ok = io_ready_wait(ready, IO_READABLE, IO_FOREVER, err);
        else if (count < 0 && errno != EINTR)
            ok = error_set(err, ERROR_INTERNAL, "the program's output cannot be read");
        if (count <= 0)
            continue;
        size_t room = to->limit - buffer_size(to);
        if (keep_first)
            buffer_put(to, slice_first(slice_of(piece, (size_t)count), room));
        else if ((size_t)count > room)
            ok = error_set(err, ERROR_TOO_LARGE, "the program's output is too long");
        else
            buffer_put(to, slice_of(piece, (size_t)count));
    }
    memory_wipe(piece, sizeof piece);
    io_ready_free(ready);
    return ok;
}

static void read_errors(void *arg)
{
    struct running *running = arg;
    struct error err;
    (void)read_all(running->errors[0], running->said, true, &err);
}

/* ---- the end ---- */

/* Whether it has ended. It's left a zombie for a moment, so that its number, which is its group's,
 * is nobody else's when what it left behind is ended. */
static void look(struct running *running)
{
    siginfo_t info = {.si_pid = 0};
    int status = 0;
    bool known = waitid(P_PID, (id_t)running->process, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    if ((known && info.si_pid == 0) || (!known && errno == EINTR))
        return;
    running->is_over = true;
    running->status = IO_CHILD_TAKEN;
    if (known)
        (void)kill(-running->process, SIGKILL);
    atomic_store(running->group, 0);
    if (!known)
        return;
    if (waitpid(running->process, &status, 0) != running->process)
        return;
    running->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool await_end(struct running *running, struct error *err)
{
    for (look(running); !running->is_over; look(running))
        if (!io_sleep(LOOK_MS, err))
            return false;
    return true;
}

/* One that hangs in the kernel after its signal is left there: it has nothing more to be told. */
static void end(struct running *running)
{
    struct error err;
    if (running->is_over)
        return;
    (void)kill(-running->process, SIGKILL);
    struct io_shield shield = io_shield_begin(END_MS);
    if (!await_end(running, &err))
        atomic_store(running->group, 0);
    io_shield_end(shield);
}

/* The reader of standard error ends with what is left to read. What went on in a session of its own
 * may hold it for ever, and has nothing to say. */
static void end_reader(struct io_task *task)
{
    struct error err;
    int waited = 0;
    while (waited < LEFT_MS && io_task_running(task) && io_sleep(LOOK_MS, &err))
        waited += LOOK_MS;
    io_task_cancel(task);
    io_task_join(task);
}

static bool converse(struct running *running, struct buffer *output, struct error *err)
{
    struct io_task task = {.fiber = NULL};
    bool ok = io_task_start(&task, read_errors, running, err) &&
              read_all(running->output[0], output, false, err) && await_end(running, err);
    end(running);
    end_reader(&task);
    return ok;
}

bool io_child_run(const struct io_child *child, struct buffer *output, struct buffer *errors,
                  int *status, struct error *err)
{
    struct running running = {.group = claim_group(),
                              .output = {-1, -1},
                              .errors = {-1, -1},
                              .input = {-1, -1},
                              .said = errors};
    *status = 0;
    if (running.group == NULL)
        return error_set(err, ERROR_BUSY, "%u programs run already", IO_CHILDREN_MOST);
    bool ok = start(child, &running, err);
    if (ok)
        ok = converse(&running, output, err);
    else
        atomic_store(running.group, 0);
    close_pipes(&running);
    *status = running.status;
    return ok;
}

const char *io_child_find(struct arena *arena, const char *path, const char *name)
{
    struct slice rest = slice_of_string(path != NULL ? path : "");
    while (rest.size > 0) {
        struct slice folder = slice_split(&rest, ':');
        struct stat status;
        if (folder.size == 0 || folder.data[0] != '/')
            continue;
        const char *found = arena_printf(arena, "%.*s/%s", SLICE_ARG(folder), name);
        if (stat(found, &status) == 0 && S_ISREG(status.st_mode) && access(found, X_OK) == 0)
            return found;
    }
    return NULL;
}
