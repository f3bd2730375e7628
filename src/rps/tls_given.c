#include "rps/tls_given.h"

#include "rps/tls_certificate.h"

#include <string.h>

void rps_tls_given_read(struct arena *arena, const struct store_passwords *stored,
                        struct rps_tls_given *given)
{
    const struct store_password_list *list = &stored->lists[STORE_PASSWORD_AMT];
    struct slice rest = stored->tls_certificate;
    *given = (struct rps_tls_given){.held = list->count > 0};
    for (size_t i = 0; i < list->count; i++)
        given->rivals |= !list->items[i].proven;
    while (given->count < RPS_TLS_GIVEN &&
           rps_tls_certificate_next(arena, &rest, &given->der[given->count]))
        given->count++;
}

const char *rps_tls_given_pem(struct arena *arena, const struct rps_tls_given *given)
{
    const char *text = "";
    for (size_t i = 0; i < given->count; i++)
        text = arena_printf(arena, "%s%.*s", text,
                            SLICE_ARG(rps_tls_certificate_pem(arena, given->der[i])));
    return text;
}

bool rps_tls_given_add(struct rps_tls_given *given, struct slice der, bool proven,
                       struct error *err)
{
    if (!given->held)
        given->count = 0;
    if (!proven && given->count >= RPS_TLS_GIVEN_UNPROVEN)
        return error_set(err, ERROR_CONFLICT,
                         "%zu certificates of runs that did not end well are stored already, and "
                         "any of them may be the device's: its agent needs a token for it",
                         given->count);
    /* Of a full list the two newest are proven agents': the second one goes. */
    size_t moved = given->count == RPS_TLS_GIVEN ? 1 : given->count;
    given->count += given->count < RPS_TLS_GIVEN;
    memmove(&given->der[1], &given->der[0], moved * sizeof given->der[0]);
    given->der[0] = der;
    return true;
}

bool rps_tls_given_settle(struct rps_tls_given *given, bool proven)
{
    if (!proven || given->rivals || given->count < 2)
        return false;
    given->count = 1;
    return true;
}
