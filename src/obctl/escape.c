#include "obctl/escape.h"

#define CONTROL_Z 0x1A

static enum obctl_escape_action action_of(uint8_t byte)
{
    switch (byte) {
    case '.':
        return OBCTL_ESCAPE_END;
    case 'b':
    case 'B':
        return OBCTL_ESCAPE_BREAK;
    case CONTROL_Z:
        return OBCTL_ESCAPE_SUSPEND;
    case '?':
        return OBCTL_ESCAPE_HELP;
    default:
        return OBCTL_ESCAPE_NONE;
    }
}

static void type(struct obctl_escape *escape, uint8_t byte, struct buffer *typed)
{
    buffer_put_u8(typed, byte);
    escape->within = byte != '\r' && byte != '\n';
}

enum obctl_escape_action obctl_escape_take(struct obctl_escape *escape, struct slice *rest,
                                           struct buffer *typed)
{
    while (rest->size > 0) {
        uint8_t byte = rest->data[0];
        *rest = slice_from(*rest, 1);
        if (!escape->held) {
            escape->held = byte == '~' && !escape->within;
            if (!escape->held)
                type(escape, byte, typed);
            continue;
        }
        escape->held = false;
        enum obctl_escape_action action = action_of(byte);
        if (action != OBCTL_ESCAPE_NONE)
            return action;
        type(escape, '~', typed);
        if (byte != '~') /* two stand for one */
            type(escape, byte, typed);
    }
    return OBCTL_ESCAPE_NONE;
}

void obctl_escape_plain(bool *cr, struct slice text, struct buffer *typed)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte != '\n')
            buffer_put_u8(typed, byte);
        else if (!*cr)
            buffer_put_u8(typed, '\r');
        *cr = byte == '\r';
    }
}
