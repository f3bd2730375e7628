#include "store/passwords.h"

bool store_passwords_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct store_passwords *passwords, struct error *err)
{
    (void)store;
    (void)arena;
    (void)guid;
    (void)tenant;
    (void)passwords;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_propose(struct store *store, const struct guid *guid, const char *tenant,
                             const char *amt, const char *mebx, struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    (void)amt;
    (void)mebx;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_confirm(struct store *store, const struct guid *guid, const char *tenant,
                             struct slice amt, struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    (void)amt;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_confirm_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                  struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_found(struct store *store, const struct guid *guid, const char *tenant,
                           struct slice amt, struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    (void)amt;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_withdraw(struct store *store, const struct guid *guid, const char *tenant,
                              struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_withdraw_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                   struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_put(struct store *store, const struct guid *guid, const char *tenant,
                         const char *mps, const char *tls_certificate, struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    (void)mps;
    (void)tls_certificate;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_passwords_remove(struct store *store, const struct guid *guid, const char *tenant,
                            struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}
