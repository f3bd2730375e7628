#include "sim/mei_pthi_field.h"

uint32_t sim_pthi_u32_le(const uint8_t at[4])
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void sim_pthi_put_zeros(struct buffer *out, size_t count)
{
    while (count-- > 0)
        buffer_put_u8(out, 0);
}

void sim_pthi_put_padded(struct buffer *out, struct slice text, size_t size)
{
    text = slice_first(text, size);
    buffer_put(out, text);
    sim_pthi_put_zeros(out, size - text.size);
}

void sim_pthi_put_text(struct buffer *out, struct slice text)
{
    buffer_put_u16_le(out, (uint16_t)text.size);
    buffer_put(out, text);
}

uint32_t sim_pthi_address_of(struct slice text)
{
    uint32_t address = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t part;
        if (!slice_to_u64(slice_split(&text, '.'), 255, &part))
            return 0;
        address = address << 8 | (uint32_t)part;
    }
    return address;
}
