/* A tunnel as the way to a device: for struct amt, and for whoever wants a port of it. */
#include "amt/amt.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "io/tls_stream.h"
#include "mps/channel.h"
#include "mps/inventory.h"
#include "mps/tunnel.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMT_PORT     16992u
#define AMT_TLS_PORT 16993u
#define READ_TRIES   5 /* of a row that changes meanwhile */

static bool decode_pin(const struct store_device *row, uint8_t **pin, struct error *err)
{
    *pin = NULL;
    if (row->cert_hash == NULL)
        return true;
    *pin = memory_new(IO_TLS_PIN_SIZE);
    if (encoding_hex_decode(slice_of_string(row->cert_hash), *pin, IO_TLS_PIN_SIZE))
        return true;
    free(*pin);
    return error_set(err, ERROR_STORE, "the certificate pinned for this device is no hash");
}

/* What the row says, unless it changes meanwhile: then whoever asked has to ask again. */
static bool read_pin(struct mps_tunnel *tunnel, struct error *err)
{
    struct arena arena;
    struct store_device row;
    uint8_t *pin = NULL;
    uint32_t refreshes = tunnel->refreshes;
    arena_init(&arena);
    bool ok = store_device_get(tunnel->shard->mps->options.store, &arena,
                               apf_session_guid(tunnel->session), NULL, &row, err) &&
              decode_pin(&row, &pin, err);
    arena_fini(&arena);
    if (!ok)
        return false;
    if (tunnel->pin_read || refreshes != tunnel->refreshes) {
        free(pin);
        return true;
    }
    tunnel->pin = pin;
    tunnel->pin_read = true;
    return true;
}

void mps_tunnel_refresh(struct mps_tunnel *tunnel)
{
    tunnel->refreshes++;
    tunnel->pin_read = false;
    free(tunnel->pin);
    tunnel->pin = NULL;
    if (tunnel->amt != NULL)
        amt_forget(tunnel->amt);
}

static bool changed(struct error *err)
{
    return error_set(err, ERROR_BUSY, "the device's settings have just been changed; try again");
}

/* Opens the channel, with TLS where it has to be. */
static bool open_as_pinned(struct mps_tunnel *tunnel, uint16_t port, struct io_stream **stream,
                           struct error *err)
{
    struct io_tls_policy policy = {.any = true};
    uint8_t pin[IO_TLS_PIN_SIZE];
    bool tls = tunnel->pin != NULL;
    if (tls) {
        memcpy(pin, tunnel->pin, sizeof pin);
        policy = (struct io_tls_policy){.pin = pin};
        if (!mps_channel_open(tunnel, (uint16_t)(port + 1), NULL, stream, err))
            return error_wrap(err, "its certificate is pinned, so only TLS will do");
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
    for (int tries = 0; !tunnel->pin_read; tries++) {
        if (tries == READ_TRIES)
            return changed(err);
        if (!read_pin(tunnel, err))
            return false;
    }
    uint32_t refreshes = tunnel->refreshes;
    if (!open_as_pinned(tunnel, port, stream, err))
        return false;
    if (refreshes == tunnel->refreshes)
        return true;
    io_stream_close(*stream); /* opened under what no longer counts */
    return changed(err);
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

static bool open_carrier(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    return mps_tunnel_open(context, port, stream, err);
}

static bool read_credentials(void *context, struct arena *arena, struct slice *user,
                             struct slice *password, struct error *err)
{
    struct mps_tunnel *tunnel = context;
    if (store_amt_password(tunnel->shard->mps->options.store, arena,
                           apf_session_guid(tunnel->session), user, password, err))
        return true;
    if (err->code == ERROR_NOT_FOUND)
        return error_set(err, ERROR_STORE, "no AMT password is stored for this device");
    return false;
}

static void note_learned(void *context, const struct wsman_class *class,
                         const struct wsman_xml *const *instances, size_t count, bool whole)
{
    const struct mps_tunnel *tunnel = context;
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
                                            .learned = note_learned,
                                            .context = tunnel,
                                            .host = host};
        tunnel->amt = amt_new(&carrier, NULL);
    }
    return tunnel->amt;
}
