#include "redir/rfb_message.h"

void redir_rfb_put_pixel_format(struct buffer *b, enum redir_rfb_format format)
{
    buffer_put_u32_be(b, (uint32_t)REDIR_RFB_SET_PIXEL_FORMAT << 24);
    redir_rfb_format_put(b, format);
}

void redir_rfb_put_encodings(struct buffer *b, const int32_t *encodings, uint16_t count)
{
    buffer_put_u16_be(b, REDIR_RFB_SET_ENCODINGS << 8);
    buffer_put_u16_be(b, count);
    for (uint16_t i = 0; i < count; i++)
        buffer_put_u32_be(b, (uint32_t)encodings[i]);
}

void redir_rfb_put_update_request(struct buffer *b, bool incremental, const struct redir_rect *rect)
{
    buffer_put_u8(b, REDIR_RFB_UPDATE_REQUEST);
    buffer_put_u8(b, incremental);
    buffer_put_u16_be(b, rect->x);
    buffer_put_u16_be(b, rect->y);
    buffer_put_u16_be(b, rect->width);
    buffer_put_u16_be(b, rect->height);
}

void redir_rfb_put_extension(struct buffer *b, uint8_t command, uint8_t value)
{
    struct slice tag = REDIR_RFB_EXTENSION_TAG;
    buffer_put_u32_be(b, (uint32_t)REDIR_RFB_CLIENT_CUT_TEXT << 24);
    buffer_put_u32_be(b, (uint32_t)tag.size + 2);
    buffer_put(b, tag);
    buffer_put_u8(b, command);
    buffer_put_u8(b, value);
}
