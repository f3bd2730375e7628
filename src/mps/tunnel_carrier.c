/* A tunnel as the way to a device: for struct amt, and for whoever wants a port of it. */
#include "amt/amt.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/tls_stream.h"
#include "mps/candidates.h"
#include "mps/channel.h"
#include "mps/conversations.h"
#include "mps/inventory.h"
#include "mps/login.h"
#include "mps/pin.h"
#include "mps/tunnel.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMT_PORT     16992u
#define AMT_TLS_PORT 16993u
#define TRIES        5 /* to read what changes meanwhile */

static bool changed(struct error *err)
{
    return error_set(err, ERROR_BUSY, "the device's settings have just been changed; try again");
}

static bool is_current(void *context)
{
    const struct mps_tunnel *tunnel = context;
    if (tunnel->state == MPS_CLOSING) /* what is taken back is so as it was prepared */
        return true;
    return tunnel->version == store_device_version(tunnel->shard->mps->options.store,
                                                   apf_session_guid(tunnel->session));
}

static void end_conversations(struct mps_tunnel *tunnel)
{
    struct error why;
    (void)changed(&why);
    mps_conversations_end(tunnel->shard, tunnel, &why);
}

/* Another one ends whatever goes on under the one before. */
static void take_pin(struct mps_tunnel *tunnel, const uint8_t *pin)
{
    if (pin == NULL ? tunnel->pin == NULL
                    : tunnel->pin != NULL && memcmp(pin, tunnel->pin, IO_TLS_PIN_SIZE) == 0)
        return;
    free(tunnel->pin);
    tunnel->pin = NULL;
    tunnel->pin_changes++;
    if (pin != NULL) {
        tunnel->pin = memory_new(IO_TLS_PIN_SIZE);
        memcpy(tunnel->pin, pin, IO_TLS_PIN_SIZE);
    }
    end_conversations(tunnel);
}

/* Takes over what the row says at `version`. */
static bool take_row(struct mps_tunnel *tunnel, const struct store_device *row, uint64_t version,
                     struct error *err)
{
    uint8_t pin[IO_TLS_PIN_SIZE];
    bool pinned;
    if (!mps_pin_read(row, &pinned, pin, err))
        return false;
    take_pin(tunnel, pinned ? pin : NULL);
    tunnel->version = version;
    if (tunnel->amt != NULL)
        amt_forget(tunnel->amt);
    return true;
}

/* Reads the row as it is now, unless another fiber is quicker. */
static bool read_again(struct mps_tunnel *tunnel, struct error *err)
{
    struct store *store = tunnel->shard->mps->options.store;
    const struct guid *guid = apf_session_guid(tunnel->session);
    struct error why = {ERROR_NONE, ""};
    struct store_device row;
    struct arena arena;
    uint64_t before = tunnel->version;
    uint64_t version;
    arena_init(&arena);
    bool ok = store_device_settled(store, guid, &version, &why) && mps_login_review(tunnel, &why) &&
              store_device_get(store, &arena, guid, mps_tunnel_tenant(tunnel), &row, &why);
    if (ok && tunnel->version == before)
        ok = take_row(tunnel, &row, version, &why);
    arena_fini(&arena);
    if (!ok && (why.code == ERROR_NOT_FOUND || why.code == ERROR_FORBIDDEN)) {
        (void)error_set(&why, ERROR_NOT_FOUND, "the device is not connected");
        mps_tunnel_close(tunnel, APF_BY_APPLICATION);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

bool mps_tunnel_update(struct mps_tunnel *tunnel, struct error *err)
{
    for (int tries = 0; tries < TRIES && !is_current(tunnel); tries++) {
        if (!read_again(tunnel, err))
            return false;
    }
    return is_current(tunnel) || changed(err);
}

/* What is taken back goes on, over what is open or under the new pin. */
bool mps_tunnel_revise(struct mps_tunnel *tunnel, struct error *err)
{
    uint32_t pin_changes = tunnel->pin_changes;
    if (!mps_tunnel_update(tunnel, err))
        return false;
    return pin_changes == tunnel->pin_changes || io_is_cleaning_up() || changed(err);
}

void mps_tunnel_refresh(struct mps_tunnel *tunnel)
{
    tunnel->version = MPS_TUNNEL_UNREAD;
    if (tunnel->amt != NULL)
        amt_forget(tunnel->amt);
    if (!mps_tunnel_update(tunnel, NULL)) /* nobody knows whether the pin is still good */
        end_conversations(tunnel);
}

/* Opens the channel, with TLS where it has to be. The ports of TLS are the odd ones. */
static bool open_as_pinned(struct mps_tunnel *tunnel, uint16_t port, struct io_stream **stream,
                           struct error *err)
{
    struct io_tls_policy policy = {.any = true};
    uint8_t pin[IO_TLS_PIN_SIZE];
    bool pinned = tunnel->pin != NULL;
    bool tls = pinned || (port & 1) != 0;
    if (pinned) {
        memcpy(pin, tunnel->pin, sizeof pin);
        policy = (struct io_tls_policy){.pin = pin};
    }
    if (tls) {
        if (!mps_channel_open(tunnel, (uint16_t)(port | 1u), NULL, stream, err))
            return pinned ? error_wrap(err, "its certificate is pinned, so only TLS will do")
                          : false;
    } else if (!mps_channel_open(tunnel, port, &tls, stream, err)) {
        return false;
    }
    if (tls)
        *stream = io_tls_stream_open(*stream, tunnel->shard->device_tls, &policy, err);
    return *stream != NULL;
}

bool mps_tunnel_open(struct mps_tunnel *tunnel, uint16_t port, struct io_stream **stream,
                     struct error *err)
{
    if (!mps_tunnel_revise(tunnel, err))
        return false;
    uint32_t pin_changes = tunnel->pin_changes;
    if (!open_as_pinned(tunnel, port, stream, err))
        return false;
    bool ok = mps_tunnel_revise(tunnel, err);
    if (ok && pin_changes == tunnel->pin_changes)
        return true;
    io_stream_close(*stream); /* opened under what no longer counts */
    *stream = NULL;
    return ok ? changed(err) : false;
}

bool mps_tunnel_look(struct mps_tunnel *tunnel, struct arena *arena, struct slice *der,
                     struct error *err)
{
    static const struct io_tls_policy any = {.any = true};
    struct io_stream *stream = NULL;
    if (!apf_session_forwards(tunnel->session, AMT_TLS_PORT))
        return error_set(err, ERROR_CONFLICT,
                         "the device offers no port with TLS inside its tunnel");
    if (!mps_channel_open(tunnel, AMT_TLS_PORT, NULL, &stream, err))
        return false;
    stream = io_tls_stream_open(stream, tunnel->shard->device_tls, &any, err);
    if (stream == NULL)
        return false;
    *der = io_tls_stream_certificate(stream, arena);
    io_stream_close(stream);
    return der->size > 0 || error_set(err, ERROR_PROTOCOL, "the device shows no certificate");
}

static bool revise_carrier(void *context, struct error *err)
{
    return mps_tunnel_revise(context, err);
}

static bool open_carrier(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    return mps_tunnel_open(context, port, stream, err);
}

static bool read_credentials(void *context, struct arena *arena, struct slice *user,
                             struct slice *password, struct error *err)
{
    struct mps_tunnel *tunnel = context;
    for (int tries = 0; tries < TRIES; tries++) {
        if (!mps_tunnel_revise(tunnel, err)) /* a new password is not for an old connection */
            return false;
        if (!store_amt_password(tunnel->shard->mps->options.store, arena,
                                apf_session_guid(tunnel->session), user, password, err))
            return err->code != ERROR_NOT_FOUND
                       ? false
                       : error_set(err, ERROR_STORE, "no AMT password is stored for this device");
        if (is_current(tunnel))
            return true;
        memory_wipe((uint8_t *)password->data, password->size);
        *password = (struct slice){NULL, 0};
    }
    return changed(err);
}

static bool read_candidates(void *context, struct arena *arena, struct slice *passwords,
                            size_t *count, struct error *err)
{
    struct mps_tunnel *tunnel = context;
    if (!mps_tunnel_revise(tunnel, err) ||
        !mps_candidates_read(tunnel->shard->mps->options.store, arena,
                             apf_session_guid(tunnel->session), mps_tunnel_tenant(tunnel),
                             passwords, count, err))
        return false;
    return is_current(tunnel) || changed(err);
}

static void note_found(void *context, struct slice password)
{
    struct mps_tunnel *tunnel = context;
    (void)mps_candidates_found(tunnel->shard->mps->options.store, apf_session_guid(tunnel->session),
                               mps_tunnel_tenant(tunnel), password, tunnel->unproven == NULL);
}

static enum amt_peer name_peer(void *context)
{
    const struct mps_tunnel *tunnel = context;
    return tunnel->unproven == NULL ? AMT_PEER_PROVEN : AMT_PEER_UNPROVEN;
}

static void note_learned(void *context, const struct wsman_class *class,
                         const struct wsman_xml *const *instances, size_t count, bool whole)
{
    struct mps_tunnel *tunnel = context;
    if (tunnel->state == MPS_CONNECTED && is_current(tunnel))
        mps_inventory_learn(tunnel->shard->mps->options.store, apf_session_guid(tunnel->session),
                            mps_tunnel_tenant(tunnel), class, instances, count, whole);
}

struct amt *mps_tunnel_amt(struct mps_tunnel *tunnel)
{
    if (tunnel->amt == NULL) {
        char guid[GUID_TEXT_SIZE];
        char host[GUID_TEXT_SIZE + 6]; /* as the toolkit's server writes it (spec mps 4.1) */
        (void)snprintf(host, sizeof host, "%s:%u",
                       guid_format(apf_session_guid(tunnel->session), guid), AMT_PORT);
        const struct amt_carrier carrier = {.open = open_carrier,
                                            .credentials = read_credentials,
                                            .candidates = read_candidates,
                                            .found = note_found,
                                            .peer = name_peer,
                                            .learned = note_learned,
                                            .revise = revise_carrier,
                                            .context = tunnel,
                                            .host = host};
        tunnel->amt = amt_new(&carrier, NULL);
    }
    return tunnel->amt;
}
