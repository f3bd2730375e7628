#include "redir/sol_message.h"

#include "core/cursor.h"

#include <string.h>

/* Ours, as the clients that firmware was tested with have them, but for RxTimeout: the device drops
 * a client that is silent for longer, and whoever suspends a console with Ctrl-Z is. */
#define TX_TIMEOUT_MS  100
#define RX_TIMEOUT_MS  65000 /* nearly the most that there is room for */
#define RX_FLUSH_MS    100
#define RECEIVED_MOST  10000 /* of data in one message of the device */
#define SETTINGS_VALUE 0x1B  /* seen of all clients; its meaning is not known */

/* Bytes of a message without its data; 0: no device sends such. */
static size_t size_of(uint8_t type)
{
    switch (type) {
    case REDIR_SOL_STARTED:
        return REDIR_SOL_STARTED_SIZE;
    case REDIR_SOL_LINE:
    case REDIR_SOL_SAID:
        return REDIR_SOL_HEADER;
    case REDIR_SOL_END:
    case REDIR_SOL_ENDED:
    case REDIR_SOL_PING:
    case REDIR_SOL_PONG:
    case REDIR_SOL_HEARTBEAT:
        return 8;
    default:
        return 0;
    }
}

/* How many bytes the head at hand has for certain: a start that is refused may end with its first
 * four. */
static size_t wanted(const struct redir_sol_reader *reader)
{
    if (reader->head[0] == REDIR_SOL_STARTED && reader->have >= 4 && reader->head[1] != 0)
        return 4;
    return size_of(reader->head[0]);
}

static void read_head(struct redir_sol_reader *reader, struct redir_sol_message *message)
{
    struct cursor from = cursor_of(slice_of(reader->head, reader->have));
    *message = (struct redir_sol_message){.type = (enum redir_sol_type)cursor_u8(&from)};
    message->status = cursor_u8(&from);
    (void)cursor_u16_le(&from);
    message->sequence = cursor_u32_le(&from);
    reader->have = 0;
    if (message->type == REDIR_SOL_STARTED) {
        message->most = cursor_u16_le(&from);
    } else if (message->type == REDIR_SOL_LINE) {
        message->controls = cursor_u8(&from);
        message->line = cursor_u8(&from);
    } else if (message->type == REDIR_SOL_SAID) {
        reader->left = cursor_u16_le(&from);
    }
}

static void take_data(struct redir_sol_reader *reader, struct slice *rest,
                      struct redir_sol_message *message)
{
    message->data = slice_first(*rest, reader->left);
    *rest = slice_from(*rest, message->data.size);
    reader->left = (uint16_t)(reader->left - message->data.size);
}

enum redir_parsed redir_sol_read(struct redir_sol_reader *reader, struct slice *rest,
                                 struct redir_sol_message *message, struct error *err)
{
    if (reader->left > 0) {
        *message = (struct redir_sol_message){.type = REDIR_SOL_SAID};
        take_data(reader, rest, message);
        return message->data.size > 0 ? REDIR_WHOLE : REDIR_PART;
    }
    while (rest->size > 0) {
        reader->head[reader->have++] = rest->data[0];
        *rest = slice_from(*rest, 1);
        if (wanted(reader) == 0) {
            error_set(err, ERROR_PROTOCOL, "the device sent %02X in a serial session",
                      reader->head[0]);
            return REDIR_MALFORMED;
        }
        if (reader->have < wanted(reader))
            continue;
        read_head(reader, message);
        if (message->type == REDIR_SOL_SAID)
            take_data(reader, rest, message);
        return REDIR_WHOLE;
    }
    return REDIR_PART;
}

static void put_head(struct buffer *to, enum redir_sol_type type, uint32_t sequence)
{
    buffer_put_u32_le(to, (uint32_t)type);
    buffer_put_u32_le(to, sequence);
}

void redir_sol_put_start(struct buffer *to, uint32_t sequence, uint16_t heartbeat_ms)
{
    put_head(to, REDIR_SOL_START, sequence);
    buffer_put_u16_le(to, RECEIVED_MOST);
    buffer_put_u16_le(to, TX_TIMEOUT_MS);
    buffer_put_u16_le(to, 0); /* on overflow: as the device likes */
    buffer_put_u16_le(to, RX_TIMEOUT_MS);
    buffer_put_u16_le(to, RX_FLUSH_MS);
    buffer_put_u16_le(to, heartbeat_ms);
    buffer_put_u32_le(to, 0);
}

void redir_sol_put_settings(struct buffer *to, uint32_t sequence, uint8_t controls)
{
    put_head(to, REDIR_SOL_SETTINGS, sequence);
    buffer_put_u8(to, controls);
    buffer_put_u8(to, 0);
    buffer_put_u32_le(to, SETTINGS_VALUE);
}

void redir_sol_put_typed(struct buffer *to, uint32_t sequence, struct slice bytes)
{
    put_head(to, REDIR_SOL_TYPED, sequence);
    buffer_put_u16_le(to, (uint16_t)bytes.size);
    buffer_put(to, bytes);
}

void redir_sol_put_plain(struct buffer *to, enum redir_sol_type type, uint32_t sequence)
{
    put_head(to, type, sequence);
}
