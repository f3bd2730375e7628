/* outband token: a login token for whoever can open the store, for scripts on the server itself. */
#include "access/access.h"
#include "server/commands.h"
#include "server/data_folder.h"
#include "store/store.h"

static bool issue(const struct settings_values *settings, struct arena *arena, struct slice *token,
                  struct error *err)
{
    if (!data_folder_is_used(settings->data))
        return error_set(err, ERROR_NOT_FOUND,
                         "%.150s holds no database; start the server first or give its folder with "
                         "--data",
                         settings->data);
    const struct store_options options = {
        .directory = settings->data,
        .instance = settings->instance,
        .beside_server = true,
    };
    struct store *store = store_open(&options, err);
    if (store == NULL)
        return error_wrap(err, "the data folder cannot be used");
    const struct access_options access_options = command_access_options(settings);
    struct access *access = access_new(store, &access_options, err);
    bool ok =
        access != NULL && access_issue(access, arena, (uint32_t)settings->minutes, token, err);
    if (access != NULL)
        access_free(access);
    store_close(store);
    return ok;
}

int command_token(const struct settings *settings)
{
    struct arena arena;
    struct slice token;
    struct error err;
    error_clear(&err);
    arena_init(&arena);
    bool ok = issue(&settings->values, &arena, &token, &err);
    if (ok)
        (void)printf("%.*s\n", SLICE_ARG(token));
    arena_fini(&arena);
    return ok ? 0 : command_fail(&err);
}
