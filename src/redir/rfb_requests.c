#include "redir/rfb_requests.h"

#include "core/cursor.h"
#include "redir/rfb_message.h"

#include <string.h>

enum { PHASE_VERSION, PHASE_CHOICE, PHASE_INIT, PHASE_MESSAGES };

void redir_rfb_requests_init(struct redir_rfb_requests *r,
                             const struct redir_rfb_request_events *events, void *owner)
{
    memset(r, 0, sizeof *r);
    r->events = events;
    r->owner = owner;
}

/* Bytes of a message that are looked at as one: all but its list or text. 0: there is no such. */
static size_t head_size(uint8_t type)
{
    switch (type) {
    case REDIR_RFB_SET_PIXEL_FORMAT:
        return 4 + REDIR_RFB_FORMAT_SIZE;
    case REDIR_RFB_SET_ENCODINGS:
        return 4;
    case REDIR_RFB_UPDATE_REQUEST:
        return 10;
    case REDIR_RFB_KEY_EVENT:
        return 8;
    case REDIR_RFB_POINTER_EVENT:
        return 6;
    case REDIR_RFB_CLIENT_CUT_TEXT:
        return 8;
    default:
        return 0;
    }
}

static size_t wanted(const struct redir_rfb_requests *r)
{
    switch (r->phase) {
    case PHASE_VERSION:
        return REDIR_RFB_VERSION_SIZE;
    case PHASE_CHOICE:
    case PHASE_INIT:
        return 1;
    default:
        if (r->encodings > 0)
            return 4;
        return r->have == 0 ? 1 : head_size(r->head[0]);
    }
}

static bool end_format(struct redir_rfb_requests *r, struct error *err)
{
    enum redir_rfb_format format;
    struct slice wire = slice_of(r->head + 4, REDIR_RFB_FORMAT_SIZE);
    if (redir_rfb_format_read(wire, &format) &&
        (r->events->format == NULL || r->events->format(r->owner, format)))
        return true;
    return error_set(err, ERROR_PROTOCOL, "the client wants pixels of an unknown format");
}

static void end_request(struct redir_rfb_requests *r)
{
    struct cursor c = cursor_of(slice_of(r->head + 1, 9));
    bool incremental = cursor_u8(&c) != 0;
    struct redir_rect rect;
    rect.x = cursor_u16_be(&c);
    rect.y = cursor_u16_be(&c);
    rect.width = cursor_u16_be(&c);
    rect.height = cursor_u16_be(&c);
    if (r->events->request != NULL)
        r->events->request(r->owner, incremental, &rect);
}

static bool end_message(struct redir_rfb_requests *r, struct error *err)
{
    struct cursor c = cursor_of(slice_of(r->head, sizeof r->head));
    switch (r->head[0]) {
    case REDIR_RFB_SET_PIXEL_FORMAT:
        return end_format(r, err);
    case REDIR_RFB_SET_ENCODINGS:
        cursor_bytes(&c, 2);
        r->encodings = cursor_u16_be(&c);
        r->first = true;
        return true;
    case REDIR_RFB_UPDATE_REQUEST:
        end_request(r);
        return true;
    case REDIR_RFB_CLIENT_CUT_TEXT:
        cursor_bytes(&c, 4);
        r->skip = cursor_u32_be(&c);
        return r->skip <= REDIR_RFB_CLIENT_TEXT_LIMIT ||
               error_set(err, ERROR_PROTOCOL, "the client sent a cut text of %u bytes", r->skip);
    default:
        return true; /* keys and the pointer are the device's */
    }
}

static void end_encoding(struct redir_rfb_requests *r)
{
    struct cursor c = cursor_of(slice_of(r->head, 4));
    int32_t encoding = (int32_t)cursor_u32_be(&c);
    r->encodings--;
    if (r->events->encoding != NULL)
        r->events->encoding(r->owner, encoding, r->first);
    r->first = false;
}

/* The head is whole. */
static bool end_head(struct redir_rfb_requests *r, struct error *err)
{
    r->have = 0;
    switch (r->phase) {
    case PHASE_VERSION:
        r->phase = PHASE_CHOICE;
        if (memcmp(r->head, REDIR_RFB_VERSION_TEXT, REDIR_RFB_VERSION_SIZE) != 0)
            return error_set(err, ERROR_PROTOCOL, "the client does not speak RFB 3.8");
        if (r->events->version != NULL)
            r->events->version(r->owner);
        return true;
    case PHASE_CHOICE:
        r->phase = PHASE_INIT;
        if (r->events->choice != NULL)
            r->events->choice(r->owner, r->head[0]);
        return true;
    case PHASE_INIT:
        r->phase = PHASE_MESSAGES;
        if (r->events->init != NULL)
            r->events->init(r->owner);
        return true;
    default:
        if (r->encodings == 0)
            return end_message(r, err);
        end_encoding(r);
        return true;
    }
}

/* The byte of a request that says "changes only" passes. */
static void pass_flag(struct redir_rfb_requests *r, uint8_t *change)
{
    if (r->phase == PHASE_MESSAGES && r->encodings == 0 && r->have == 2 &&
        r->head[0] == REDIR_RFB_UPDATE_REQUEST && r->head[1] != 0 && change != NULL &&
        r->events->renews != NULL && r->events->renews(r->owner)) {
        *change = 0;
        r->head[1] = 0;
    }
}

bool redir_rfb_requests_feed(struct redir_rfb_requests *r, struct slice bytes, uint8_t *change,
                             struct error *err)
{
    for (size_t at = 0; at < bytes.size;) {
        if (r->skip > 0) {
            size_t left = bytes.size - at;
            size_t skipped = left < r->skip ? left : r->skip;
            r->skip -= (uint32_t)skipped;
            at += skipped;
            continue;
        }
        r->head[r->have++] = bytes.data[at];
        pass_flag(r, change != NULL ? change + at : NULL);
        at++;
        size_t size = wanted(r);
        if (size == 0)
            return error_set(err, ERROR_PROTOCOL, "the client sent a screen message of type %u",
                             r->head[0]);
        if (r->have >= size && !end_head(r, err))
            return false;
    }
    return true;
}

bool redir_rfb_requests_at_rest(const struct redir_rfb_requests *r)
{
    return r->phase == PHASE_MESSAGES && r->have == 0 && r->skip == 0 && r->encodings == 0;
}
