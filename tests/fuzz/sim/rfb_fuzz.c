/* Any bytes as what a KVM client sends after message 41: the first byte says whether the handshake
 * is behind it, the second how many bytes come at a time. The picture changes meanwhile. */
#include "sim/rfb_server.h"

#include "core/buffer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct client {
    struct sim_screen *screen;
    size_t sent;
};

static void on_send(void *owner, struct slice bytes)
{
    struct client *client = owner;
    if (bytes.size == 0)
        abort();
    client->sent += bytes.size;
}

/* Takes everything, but not always at once. */
static size_t on_queued(void *owner)
{
    return ((struct client *)owner)->sent % 65536;
}

static void on_key(void *owner, bool down, uint32_t symbol)
{
    static const uint16_t modes[][2] = {{640, 480}, {800, 600}, {1024, 768}, {65, 129}};
    struct client *client = owner;
    if (down && symbol % 8 < 4)
        sim_screen_resize(client->screen, modes[symbol % 4][0], modes[symbol % 4][1]);
    else
        sim_screen_glyph(client->screen, symbol & 1023, symbol >> 8 & 1023, (uint16_t)symbol,
                         (uint8_t)symbol, (uint8_t)(symbol >> 16), symbol % 5);
}

static void on_pointer(void *owner, uint8_t buttons, uint16_t x, uint16_t y)
{
    struct client *client = owner;
    sim_screen_point(client->screen, (buttons & 1) != 0, x, y);
    sim_screen_consent(client->screen, (buttons & 2) != 0, x);
}

static const struct sim_rfb_events events = {on_send, on_queued, on_key, on_pointer};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct client client = {.screen = sim_screen_new(320, 200)};
    struct buffer input;
    struct sim_rfb rfb;
    if (size < 2) {
        sim_screen_free(client.screen);
        return 0;
    }
    buffer_init(&input, 65536);
    sim_rfb_init(&rfb, client.screen, "004.000", &events, &client);
    rfb.greys = true;
    if ((data[0] & 1) != 0)
        rfb.state = SIM_RFB_RUNNING;
    size_t piece = data[1] + 1u;
    for (size_t at = 2; at < size && !rfb.finished; at += piece) {
        buffer_put(&input, slice_first(slice_of(data + at, size - at), piece));
        while (!rfb.finished && buffer_ok(&input) && buffer_size(&input) > 0) {
            size_t used = sim_rfb_take(&rfb, buffer_slice(&input));
            if (used > buffer_size(&input))
                abort();
            if (used == 0)
                break;
            buffer_consume(&input, used);
            sim_rfb_step(&rfb);
        }
    }
    sim_rfb_fini(&rfb);
    buffer_fini(&input);
    sim_screen_free(client.screen);
    return 0;
}
