#include "mps/login.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/call.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mps/failures.h"
#include "mps/tunnel.h"
#include "store/passwords.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(logins_ok, METRIC_COUNTER, "outband_mps_logins_total", "result=\"ok\"",
              "CIRA logins by result")
METRIC_DEFINE(logins_refused, METRIC_COUNTER, "outband_mps_logins_total", "result=\"refused\"",
              "CIRA logins by result")
METRIC_DEFINE(logins_failed, METRIC_COUNTER, "outband_mps_logins_total", "result=\"unavailable\"",
              "CIRA logins by result")
METRIC_DEFINE(replaced, METRIC_COUNTER, "outband_mps_tunnels_replaced_total", NULL,
              "Tunnels ended because the same device called in again")

METRIC_DEFINE(delayed, METRIC_COUNTER, "outband_mps_logins_delayed_total", NULL,
              "CIRA logins refused after a delay, because of earlier failures")
METRIC_DEFINE(cut, METRIC_COUNTER, "outband_mps_logins_cut_total", NULL,
              "CIRA logins cut off, because too many refusals were being delayed")

/* Refusals that may wait at once, per shard: each has a fiber and a connection. */
#define DELAYED_LIMIT 256

/* What a device offered; any bytes, NUL too. */
struct login {
    struct mps_tunnel *tunnel;
    struct slice user; /* both in `bytes` */
    struct slice password;
    size_t size;
    uint8_t bytes[];
};

static struct login *login_new(struct mps_tunnel *tunnel, struct slice user, struct slice password)
{
    size_t size = user.size + password.size;
    struct login *login = memory_new(sizeof *login + size);
    login->tunnel = tunnel;
    login->size = size;
    if (user.size > 0)
        memcpy(login->bytes, user.data, user.size);
    if (password.size > 0)
        memcpy(login->bytes + user.size, password.data, password.size);
    login->user = slice_of(login->bytes, user.size);
    login->password = slice_of(login->bytes + user.size, password.size);
    return login;
}

static void login_free(struct login *login)
{
    memory_wipe(login->bytes, login->size);
    free(login);
}

/* Carries "your device called in elsewhere" to the shard of the older tunnel. */
struct replacement {
    struct io_message message;
    struct mps_shard *shard;
    struct mps_handle handle;
};

static void end_replaced(struct io_message *message)
{
    struct replacement *replacement = (struct replacement *)(void *)message;
    struct mps_tunnel *older = mps_shard_tunnel(replacement->shard, replacement->handle);
    if (older != NULL) {
        metric_add(&replaced, 1);
        mps_tunnel_end(older, APF_BY_APPLICATION);
    }
    free(replacement);
}

static void replace(struct mps *mps, struct mps_handle previous)
{
    struct replacement *replacement = memory_new(sizeof *replacement);
    replacement->message.run = end_replaced;
    replacement->shard = &mps->shards[previous.shard];
    replacement->handle = previous;
    io_post(replacement->shard->loop, &replacement->message);
}

/* Compares with what is stored; NULL: with none of that. An unknown device has nothing stored,
 * which nothing matches: it is refused as a wrong password is, after the same look into the store,
 * whose cache knows both. */
static const struct store_login_password *find_match(const struct login *login,
                                                     const struct store_login *stored)
{
    struct slice user = slice_of_string(stored->mps_username);
    const struct store_login_password *match = NULL;
    bool user_matches = slice_equal_secret(login->user, user);
    for (size_t i = 0; i < stored->count; i++)
        if (slice_equal_secret(login->password, slice_of_string(stored->passwords[i].text)))
            match = &stored->passwords[i];
    return user_matches && user.size > 0 ? match : NULL;
}

static void log_login(const struct mps_tunnel *tunnel, enum log_level level, const char *message,
                      const char *why)
{
    char guid[GUID_TEXT_SIZE];
    char address[IO_ADDRESS_TEXT_SIZE];
    struct io_address peer = io_conn_peer(tunnel->conn);
    log_line(level, message, "guid", guid_format(apf_session_guid(tunnel->session), guid),
             "address", io_address_format(&peer, address), "tls", io_conn_tls_version(tunnel->conn),
             "cipher", io_conn_tls_cipher(tunnel->conn), "why", why, NULL);
}

static bool enter(struct mps_tunnel *tunnel, const struct store_login *stored)
{
    struct mps_shard *shard = tunnel->shard;
    struct mps *mps = shard->mps;
    struct mps_handle previous;
    uint32_t slot;
    if (!mps_shard_enter(shard, tunnel, &slot))
        return false;
    const struct guid *guid = apf_session_guid(tunnel->session);
    tunnel->handle = (struct mps_handle){.shard = shard->index, .slot = slot};
    bool replaces = mps_registry_put(mps->registry, guid, &tunnel->handle, &previous);
    if (stored->tenant_id[0] != '\0')
        tunnel->tenant = memory_string(slice_of_string(stored->tenant_id));
    if (replaces)
        replace(mps, previous);
    store_presence(mps->options.store, guid, STORE_CONNECTED, tunnel->handle.generation,
                   clock_wall_ms());
    events_publish(mps->options.events, EVENTS_SUCCESS, "CIRA_Connected",
                   "CIRA Connection Established", guid);
    return true;
}

/* Says no, after the delay that earlier failures have earned. The session waits meanwhile and takes
 * nothing more than a message. */
static void refuse(struct mps_tunnel *tunnel, const char *why)
{
    struct mps_shard *shard = tunnel->shard;
    struct io_address peer = io_conn_peer(tunnel->conn);
    metric_add(&logins_refused, 1);
    log_login(tunnel, LOG_WARN, "CIRA login refused", why);
    uint32_t delay =
        mps_failures_note(shard->mps->failures, apf_session_guid(tunnel->session), &peer, io_now());
    if (delay > 0 && shard->refusals_delayed >= DELAYED_LIMIT) {
        metric_add(&cut, 1);
        mps_tunnel_end(tunnel, APF_TOO_MANY_CONNECTIONS);
        return;
    }
    if (delay > 0) {
        struct io_wait ended = {.waiter = NULL};
        metric_add(&delayed, 1);
        shard->refusals_delayed++;
        tunnel->refusal = &ended;
        (void)io_wait_for(&ended, delay, NULL);
        tunnel->refusal = NULL;
        shard->refusals_delayed--;
    }
    if (tunnel->state != MPS_LOGGING_IN)
        return;
    apf_session_admit(tunnel->session, false);
    mps_tunnel_flush(tunnel);
}

static void admit(struct mps_tunnel *tunnel)
{
    struct io_address peer = io_conn_peer(tunnel->conn);
    metric_add(&logins_ok, 1);
    log_login(tunnel, LOG_INFO, "device connected", NULL);
    mps_failures_forgive(tunnel->shard->mps->failures, apf_session_guid(tunnel->session), &peer);
    mps_tunnel_connected(tunnel);
    apf_session_admit(tunnel->session, true);
    mps_tunnel_flush(tunnel);
}

/* Then whoever has another one is not the device. */
static bool has_proven(const struct store_login *stored)
{
    for (size_t i = 0; i < stored->count; i++)
        if (stored->passwords[i].proven)
            return true;
    return false;
}

/* Whether the store does not know yet what this login shows: that the device has the password, and
 * so needs none of the proven ones before it. */
static bool is_news(const struct store_login *stored, const struct store_login_password *match)
{
    size_t proven = 0;
    for (size_t i = 0; i < stored->count; i++)
        proven += stored->passwords[i].proven;
    return !match->seen || (match->current && proven > 1);
}

/* When that cannot be stored, the next login tries again. */
static void note_call(const struct login *login, const struct store_login *stored,
                      const struct store_login_password *match)
{
    const struct store_password_step taken = {.kind = STORE_PASSWORD_MPS,
                                              .event = STORE_PASSWORD_TAKEN,
                                              .text = login->password,
                                              .proven = true};
    struct error err;
    if (is_news(stored, match) && !store_passwords_step(login->tunnel->shard->mps->options.store,
                                                        apf_session_guid(login->tunnel->session),
                                                        stored->tenant_id, &taken, &err))
        log_login(login->tunnel, LOG_WARN, "an earlier CIRA password stays valid", err.text);
}

/* The password was right. */
static void let_in(struct mps_tunnel *tunnel, const struct login *login,
                   const struct store_login *stored, const struct store_login_password *match)
{
    if (!match->proven)
        tunnel->unproven = memory_string(login->password);
    if (enter(tunnel, stored)) {
        admit(tunnel);
        return;
    }
    metric_add(&logins_failed, 1);
    log_login(tunnel, LOG_ERROR, "CIRA login turned away",
              "this server holds as many devices as it may");
    mps_tunnel_end(tunnel, APF_TOO_MANY_CONNECTIONS);
}

static void decide(struct mps_tunnel *tunnel, const struct login *login, struct store_login *stored)
{
    struct error err = {0};
    bool found = store_login_get(tunnel->shard->mps->options.store,
                                 apf_session_guid(tunnel->session), stored, &err);
    const struct store_login_password *match = found ? find_match(login, stored) : NULL;
    if (match != NULL && match->proven)
        note_call(login, stored, match);
    if (tunnel->state != MPS_LOGGING_IN)
        return;
    if (!found && err.code != ERROR_NOT_FOUND) {
        metric_add(&logins_failed, 1);
        log_login(tunnel, LOG_ERROR, "CIRA login could not be checked", err.text);
        mps_tunnel_end(tunnel, APF_TEMPORARILY_UNAVAILABLE);
    } else if (match == NULL) {
        memory_wipe(stored, sizeof *stored); /* before a wait */
        refuse(tunnel, found ? "wrong user name or password" : "unknown device");
    } else if (!match->proven && has_proven(stored)) {
        memory_wipe(stored, sizeof *stored);
        refuse(tunnel, "its password is that of a run that did not end well");
    } else {
        let_in(tunnel, login, stored, match);
    }
}

static void check(void *arg)
{
    struct login *login = arg;
    struct mps_tunnel *tunnel = login->tunnel;
    struct store_login *stored = memory_new(sizeof *stored);
    decide(tunnel, login, stored);
    memory_wipe(stored, sizeof *stored);
    free(stored);
    login_free(login);
    mps_tunnel_release(tunnel);
}

void mps_login_start(struct mps_tunnel *tunnel, struct slice user, struct slice password)
{
    struct error err = {0};
    struct login *login = login_new(tunnel, user, password);
    if (!mps_tunnel_hold(tunnel, &err)) {
        login_free(login);
        return;
    }
    if (!io_fiber_start(check, login, &err)) {
        metric_add(&logins_failed, 1);
        login_free(login);
        mps_tunnel_release(tunnel);
        mps_tunnel_end(tunnel, APF_TEMPORARILY_UNAVAILABLE);
    }
}

bool mps_login_review(struct mps_tunnel *tunnel, struct error *err)
{
    bool proves = false, another = false;
    if (tunnel->unproven == NULL)
        return true;
    /* Another fiber's review may be quicker, and wipe the tunnel's own. */
    char *text = memory_string(slice_of_string(tunnel->unproven));
    struct slice password = slice_of_string(text);
    struct store_login *stored = memory_new(sizeof *stored);
    bool ok = store_login_get(tunnel->shard->mps->options.store, apf_session_guid(tunnel->session),
                              stored, err);
    for (size_t i = 0; ok && i < stored->count; i++) {
        bool same = slice_equal_secret(password, slice_of_string(stored->passwords[i].text));
        proves |= stored->passwords[i].proven && same;
        another |= stored->passwords[i].proven && !same;
    }
    memory_wipe(stored, sizeof *stored);
    free(stored);
    memory_wipe(text, password.size);
    free(text);
    if (proves)
        mps_login_forget(tunnel);
    return ok &&
           (proves || !another || error_set(err, ERROR_FORBIDDEN, "the device is not connected"));
}

void mps_login_forget(struct mps_tunnel *tunnel)
{
    if (tunnel->unproven != NULL)
        memory_wipe(tunnel->unproven, strlen(tunnel->unproven));
    free(tunnel->unproven);
    tunnel->unproven = NULL;
}
