#include "cut.h"

#include "core/list.h"
#include "store/sqlite.h"

#include <sys/wait.h>
#include <unistd.h>

#define DIED  17
#define ENDED 18

void cut_point(struct cut *cut)
{
    if (cut->points++ == cut->die_at)
        _exit(DIED);
}

static bool fails(struct cut *cut, struct error *err)
{
    bool now = cut->points == cut->fail_at;
    cut_point(cut);
    return now && !error_set(err, ERROR_STORE, "the secret store is down");
}

static bool get(struct store_secrets *secrets, struct arena *arena, const char *path,
                struct slice *value, struct error *err)
{
    struct cut *cut = LIST_ENTRY(secrets, struct cut, secrets);
    return cut->inner->methods->get(cut->inner, arena, path, value, err);
}

static bool put(struct store_secrets *secrets, const char *path, struct slice value,
                struct error *err)
{
    struct cut *cut = LIST_ENTRY(secrets, struct cut, secrets);
    if (fails(cut, err))
        return false;
    bool ok = cut->inner->methods->put(cut->inner, path, value, err);
    cut_point(cut);
    return ok;
}

static bool remove_value(struct store_secrets *secrets, const char *path, struct error *err)
{
    struct cut *cut = LIST_ENTRY(secrets, struct cut, secrets);
    if (fails(cut, err))
        return false;
    bool ok = cut->inner->methods->remove(cut->inner, path, err);
    cut_point(cut);
    return ok;
}

static int on_commit(void *arg)
{
    struct cut *cut = arg;
    cut_point(cut);
    return cut->no_commit;
}

void cut_begin(struct cut *cut, struct store *store)
{
    struct sqlite_database *database = (struct sqlite_database *)store->database;
    *cut = (struct cut){.methods = {.get = get, .put = put, .remove = remove_value},
                        .inner = store->secrets,
                        .store = store,
                        .die_at = -1,
                        .fail_at = -1};
    cut->secrets.methods = &cut->methods;
    store->secrets = &cut->secrets;
    (void)sqlite3_commit_hook(database->writer.handle, on_commit, cut);
}

void cut_end(struct cut *cut)
{
    struct sqlite_database *database = (struct sqlite_database *)cut->store->database;
    (void)sqlite3_commit_hook(database->writer.handle, NULL, NULL);
    cut->store->secrets = cut->inner;
}

struct child {
    int point;
    void (*fn)(struct cut *cut, void *arg);
    void *arg;
};

static void run_child(struct store *store, void *arg)
{
    const struct child *child = arg;
    struct cut cut;
    cut_begin(&cut, store);
    cut.die_at = child->point;
    child->fn(&cut, child->arg);
    _exit(ENDED);
}

bool cut_run(struct scratch *scratch, int point, void (*fn)(struct cut *cut, void *arg), void *arg)
{
    struct child child = {point, fn, arg};
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct error err;
        struct store *store = store_open(&scratch->options, &err);
        if (store != NULL)
            store_blocking(store, run_child, &child);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != DIED && WEXITSTATUS(status) != ENDED)
        fail_msg("the child ended with %d at point %d", WEXITSTATUS(status), point);
    return WEXITSTATUS(status) == DIED;
}
