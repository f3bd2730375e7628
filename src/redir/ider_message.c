#include "redir/ider_message.h"

#include "core/cursor.h"

#define ATTRIBUTE_DMA       1
#define ATTRIBUTE_COMPLETED 2

#define OPEN_REPLY_SIZE 30u /* and the OEM data behind it */
#define COMMAND_SIZE    28u
#define COMMAND_AT      16u
#define DATA_SIZE       14u /* and the data */
#define SELECT_CD       0x10
#define VERSION         1
#define REGISTER_CD     0xB0
#define REGISTER_FLOPPY 0xA0
#define STATUS_GOOD     0x50
#define STATUS_CHECK    0x51
#define STATUS_DATA     0x58
#define FEATURE_DMA     1

/* How long the message is that `bytes` begin with; 0 when that is not known yet, SIZE_MAX when it
 * is none of a device's. */
static size_t message_size(struct slice bytes)
{
    switch (bytes.data[0]) {
    case REDIR_IDER_CLOSE_REPLY:
    case REDIR_IDER_PING:
    case REDIR_IDER_PONG:
    case REDIR_IDER_HEARTBEAT:
        return REDIR_IDER_HEADER;
    case REDIR_IDER_RESET:
        return 9;
    case REDIR_IDER_FEATURES_REPLY:
        return 13;
    case REDIR_IDER_ERROR:
        return 11;
    case REDIR_IDER_COMMAND:
        return COMMAND_SIZE;
    case REDIR_IDER_OPEN_REPLY:
        return bytes.size < OPEN_REPLY_SIZE ? 0 : OPEN_REPLY_SIZE + bytes.data[29];
    case REDIR_IDER_DATA_FROM_HOST:
        if (bytes.size < DATA_SIZE)
            return 0;
        return DATA_SIZE + (bytes.data[9] | (size_t)bytes.data[10] << 8);
    default:
        return SIZE_MAX;
    }
}

static void parse_open_reply(struct cursor *c, struct redir_ider_message *m)
{
    m->major = cursor_u8(c);
    m->minor = cursor_u8(c);
    m->firmware_major = cursor_u8(c);
    m->firmware_minor = cursor_u8(c);
    cursor_bytes(c, 4);
    m->read_buffer = cursor_u16_le(c);
    m->write_buffer = cursor_u16_le(c);
    cursor_u8(c);
    m->protocol = cursor_u8(c);
}

static void parse_command(struct slice bytes, struct redir_ider_message *m)
{
    m->dma = (bytes.data[9] & FEATURE_DMA) != 0;
    m->drive = (bytes.data[14] & SELECT_CD) != 0 ? REDIR_DRIVE_CD : REDIR_DRIVE_FLOPPY;
    m->command = bytes.data + COMMAND_AT;
}

enum redir_parsed redir_ider_parse(struct slice bytes, struct redir_ider_message *message,
                                   struct error *err)
{
    *message = (struct redir_ider_message){0};
    if (bytes.size == 0)
        return REDIR_PART;
    size_t size = message_size(bytes);
    if (size == SIZE_MAX || (size > REDIR_IDER_MESSAGE_MOST)) {
        error_set(err, ERROR_PROTOCOL, "the device sent a drive message of type %02X that %s",
                  bytes.data[0], size == SIZE_MAX ? "does not exist" : "is too large");
        return REDIR_MALFORMED;
    }
    if (size == 0 || bytes.size < size)
        return REDIR_PART;
    bytes = slice_first(bytes, size);
    struct cursor c = cursor_of(bytes);
    message->type = (enum redir_ider_type)cursor_u8(&c);
    message->status = cursor_u8(&c);
    cursor_bytes(&c, 2);
    message->sequence = cursor_u32_le(&c);
    message->size = size;
    if (message->type == REDIR_IDER_OPEN_REPLY) {
        parse_open_reply(&c, message);
    } else if (message->type == REDIR_IDER_FEATURES_REPLY) {
        message->features_type = cursor_u8(&c);
        message->features = cursor_u32_le(&c);
    } else if (message->type == REDIR_IDER_ERROR) {
        message->code = cursor_u8(&c);
    } else if (message->type == REDIR_IDER_COMMAND) {
        parse_command(bytes, message);
    } else if (message->type == REDIR_IDER_DATA_FROM_HOST) {
        message->data = slice_from(bytes, DATA_SIZE);
    }
    return REDIR_WHOLE;
}

static void put_header(struct buffer *to, uint32_t sequence, enum redir_ider_type type,
                       uint8_t attributes)
{
    buffer_put_u8(to, (uint8_t)type);
    buffer_put_u16_le(to, 0);
    buffer_put_u8(to, attributes);
    buffer_put_u32_le(to, sequence);
}

static void put_zeros(struct buffer *to, size_t count)
{
    static const uint8_t zeros[16];
    buffer_put(to, slice_of(zeros, count));
}

static uint8_t drive_register(struct redir_ider_target target)
{
    return target.drive == REDIR_DRIVE_CD ? REGISTER_CD : REGISTER_FLOPPY;
}

void redir_ider_put_open(struct buffer *to, uint32_t sequence, uint16_t receive, uint16_t transmit,
                         uint16_t heartbeat)
{
    put_header(to, sequence, REDIR_IDER_OPEN, 0);
    buffer_put_u16_le(to, receive);
    buffer_put_u16_le(to, transmit);
    buffer_put_u16_le(to, heartbeat);
    buffer_put_u32_le(to, VERSION);
}

void redir_ider_put_plain(struct buffer *to, uint32_t sequence, enum redir_ider_type type)
{
    put_header(to, sequence, type, 0);
}

void redir_ider_put_features(struct buffer *to, uint32_t sequence, uint32_t features)
{
    put_header(to, sequence, REDIR_IDER_FEATURES, 0);
    buffer_put_u8(to, REDIR_IDER_FEATURES_SET);
    buffer_put_u32_le(to, features);
}

static uint8_t attributes_of(struct redir_ider_target target, bool completed)
{
    return (uint8_t)((target.dma ? ATTRIBUTE_DMA : 0) | (completed ? ATTRIBUTE_COMPLETED : 0));
}

void redir_ider_put_end(struct buffer *to, uint32_t sequence, struct redir_ider_target target,
                        uint8_t sense, uint8_t asc, uint8_t ascq)
{
    bool good = sense == 0;
    put_header(to, sequence, REDIR_IDER_COMMAND_END, attributes_of(target, true));
    put_zeros(to, 12);
    buffer_put_u8(to, good ? 0xC5 : 0x87);
    buffer_put_u8(to, (uint8_t)(sense << 4));
    buffer_put_u8(to, 3);
    put_zeros(to, 3);
    buffer_put_u8(to, drive_register(target));
    buffer_put_u8(to, good ? STATUS_GOOD : STATUS_CHECK);
    buffer_put_u8(to, sense);
    buffer_put_u8(to, asc);
    buffer_put_u8(to, ascq);
}

void redir_ider_put_get_data(struct buffer *to, uint32_t sequence, struct redir_ider_target target,
                             uint16_t size)
{
    put_header(to, sequence, REDIR_IDER_GET_DATA, 0);
    buffer_put_u8(to, 0);
    buffer_put_u16_le(to, size);
    buffer_put_u8(to, 0);
    buffer_put_u8(to, 0xB5);
    put_zeros(to, 3);
    buffer_put_u16_le(to, size);
    buffer_put_u8(to, drive_register(target));
    buffer_put_u8(to, STATUS_DATA);
    put_zeros(to, 11);
}

void redir_ider_put_data(struct buffer *to, uint32_t sequence, struct redir_ider_target target,
                         struct slice data, bool last)
{
    put_header(to, sequence, REDIR_IDER_DATA_TO_HOST, attributes_of(target, last));
    buffer_put_u8(to, 0);
    buffer_put_u16_le(to, (uint16_t)data.size);
    buffer_put_u8(to, 0);
    buffer_put_u8(to, target.dma ? 0xB4 : 0xB5);
    buffer_put_u8(to, 0);
    buffer_put_u8(to, 2);
    buffer_put_u8(to, 0);
    buffer_put_u16_le(to, target.dma ? 0 : (uint16_t)data.size);
    buffer_put_u8(to, drive_register(target));
    buffer_put_u8(to, STATUS_DATA);
    if (last) {
        buffer_put_u8(to, 0x85);
        buffer_put_u8(to, 0);
        buffer_put_u8(to, 3);
        put_zeros(to, 3);
        buffer_put_u8(to, drive_register(target));
        buffer_put_u8(to, STATUS_GOOD);
        put_zeros(to, 6);
    } else {
        put_zeros(to, 14);
    }
    buffer_put(to, data);
}
