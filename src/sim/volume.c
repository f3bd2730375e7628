#include "sim/volume.h"

void sim_volume_want(struct sim_volume *volume, uint64_t offset, uint32_t size)
{
    volume->offset = offset;
    volume->size = size;
    if (size == 0 || size > SIM_VOLUME_READ_LIMIT)
        sim_volume_fail(volume, "Bad medium");
}

void sim_volume_fail(struct sim_volume *volume, const char *why)
{
    volume->state = SIM_VOLUME_FAILED;
    volume->why = why;
}

void sim_volume_take(struct sim_volume *volume, struct slice bytes)
{
    if (volume->state != SIM_VOLUME_READS)
        return;
    if (bytes.size < volume->size)
        sim_volume_fail(volume, "Bad medium");
    else
        volume->take(volume, slice_first(bytes, volume->size));
}

void sim_volume_fini(struct sim_volume *volume)
{
    buffer_fini(&volume->text);
    buffer_fini(&volume->entries);
}

bool sim_volume_is_text(struct slice bytes)
{
    size_t size = slice_index_of(bytes, 0);
    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes.data[i];
        if (c > '~' || (c < ' ' && c != '\n' && c != '\r' && c != '\t'))
            return false;
    }
    return size > 0;
}
