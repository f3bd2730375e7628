/* A WebSocket peer that sends any bytes: what the decoder makes of them must not depend on the
 * pieces they come in, payload stays where the decoder was given room, and what it lets through
 * keeps RFC 6455's rules. The first byte chooses the size of a piece, the second who sends. */
#include "http/websocket_frame.h"

#include "core/encoding.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT 4096

struct outcome {
    uint64_t payload; /* hash */
    uint64_t controls;
    size_t size;
    enum http_decoded last;
    unsigned code;
};

static uint64_t mix(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void note_control(struct outcome *outcome, const struct http_frame_decoder *d,
                         enum http_decoded result)
{
    if (d->control_size > HTTP_FRAME_CONTROL_SIZE)
        abort();
    outcome->controls = mix(outcome->controls * 31 + (uint64_t)result, d->control, d->control_size);
    if (result == HTTP_DECODED_CLOSE && d->control_size > 0 &&
        (d->control_size == 1 ||
         !http_frame_code_is_valid((unsigned)d->control[0] << 8 | d->control[1]) ||
         !encoding_is_utf8(slice_of(d->control + 2, d->control_size - 2U))))
        abort();
}

/* In memory as large as the piece, so that ASan sees what is written outside. */
static bool decode_piece(struct http_frame_decoder *d, struct slice piece, struct outcome *outcome)
{
    uint8_t *memory = malloc(piece.size);
    struct http_decoding at = {memory, piece.size, memory};
    memcpy(memory, piece.data, piece.size);
    do {
        outcome->last = http_frame_decode(d, &at);
        if (at.to > at.from || at.from + at.left != memory + piece.size)
            abort();
        if (outcome->last == HTTP_DECODED_BAD)
            outcome->code = d->code;
        else if (outcome->last != HTTP_DECODED_MORE)
            note_control(outcome, d, outcome->last);
    } while (outcome->last == HTTP_DECODED_PING || outcome->last == HTTP_DECODED_PONG);
    /* Payload before a fault is not delivered by the stream, and its amount depends on the piece.
     */
    if (outcome->last != HTTP_DECODED_BAD) {
        outcome->payload = mix(outcome->payload, memory, (size_t)(at.to - memory));
        outcome->size += (size_t)(at.to - memory);
    }
    free(memory);
    return outcome->last == HTTP_DECODED_MORE;
}

static struct outcome decode(struct slice bytes, bool masked, size_t piece)
{
    struct http_frame_decoder d;
    struct outcome outcome = {0};
    http_frame_decoder_init(&d, masked, LIMIT);
    while (bytes.size > 0 && decode_piece(&d, slice_first(bytes, piece), &outcome))
        bytes = slice_from(bytes, piece);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct slice bytes = slice_of(data + 2, size - 2);
    bool masked = (data[1] & 1) != 0;
    struct outcome whole = decode(bytes, masked, bytes.size);
    struct outcome parted = decode(bytes, masked, 1U + data[0]);
    struct outcome bytewise = decode(bytes, masked, 1);
    if (whole.last != parted.last || whole.code != parted.code || whole.last != bytewise.last ||
        whole.code != bytewise.code)
        abort();
    if (whole.controls != parted.controls || whole.controls != bytewise.controls)
        abort();
    if (whole.last != HTTP_DECODED_BAD &&
        (whole.size != parted.size || whole.payload != parted.payload ||
         whole.size != bytewise.size || whole.payload != bytewise.payload))
        abort();
    return 0;
}
