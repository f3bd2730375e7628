/* Deactivation (spec rps 3.10): the device first, then what is stored of it. */
#include "amt/setup.h"
#include "core/log.h"
#include "io/fiber.h"
#include "rps/passwords.h"
#include "rps/tls.h"

#define FORGET_MS 15000

/* Whoever has wiped another device than the one that he speaks for would have its password
 * forgotten: it must say itself which it is, where its firmware can. */
static bool open_device(struct rps_provisioning *p, struct error *err)
{
    if (p->given->request->tls_enforced)
        (void)rps_tls_trust_stored(p);
    return rps_find_login(p, err) || err->code == ERROR_UNSUPPORTED;
}

static bool unprovision(struct rps_provisioning *p, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    if (!amt_setup_unprovision(p->amt, p->arena, &reply, &value, err))
        return false;
    if (value != 0)
        return error_set(err, ERROR_DEVICE, "the device refused Unprovision: %s (%d)",
                         amt_status_name(value), (int)value);
    return true;
}

/* What is stored belongs to the device of that UUID. An agent that has only forced its way may have
 * spoken for another one. */
static void forget(struct rps_provisioning *p)
{
    struct rps_handover *handover = p->given->options->handover;
    struct error err;
    struct io_shield shield = io_shield_begin(FORGET_MS);
    p->outcome->status = "Deactivated";
    if (!rps_is_proven(p)) { /* what it has stored itself opens nothing any more */
        rps_take_back_password(p, p->device.password);
    } else if (!store_passwords_remove(p->store, &p->given->request->guid, p->given->tenant, false,
                                       NULL, &err)) {
        p->outcome->status = arena_printf(
            p->arena, "Deactivated. Failed to remove device from secret provider: %s", err.text);
        p->outcome->success = false;
    } else if (!handover->methods->remove(handover, &p->given->request->guid, p->given->tenant,
                                          &err)) {
        log_line(LOG_WARN, "a deactivated device is still with the presence server", "guid",
                 p->given->guid, "error", err.text, NULL);
        p->outcome->status = "Deactivated. MPS Unavailable.";
    }
    io_shield_end(shield);
}

void rps_deactivate(struct rps_provisioning *p)
{
    struct error err;
    rps_session_step(p->session, "Deactivating");
    if (open_device(p, &err) && unprovision(p, &err)) {
        p->outcome->success = true;
        forget(p);
        return;
    }
    p->outcome->success = false;
    p->outcome->status = err.code == ERROR_LOGIN
                             ? "Unable to authenticate with AMT"
                             : arena_string(p->arena, slice_of_string(err.text));
}
