/* Any bytes as a boot medium: the first byte says whether it is a CD or a floppy. A short input is
 * the answer to every read, so that each byte counts. */
#include "sim/volume.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_volume volume;
    unsigned reads = 0;
    if (size < 2)
        return 0;
    struct slice medium = slice_of(data + 1, size - 1);
    if (data[0] % 2 == 0)
        sim_iso_begin(&volume, "/A/BOOT.TXT");
    else
        sim_fat_begin(&volume, "BOOT.TXT");
    while (volume.state == SIM_VOLUME_READS) {
        static uint8_t bytes[SIM_VOLUME_READ_LIMIT];
        if (++reads > 2000 || volume.size == 0 || volume.size > sizeof(bytes))
            abort();
        /* what lies past the end repeats */
        for (uint32_t i = 0; i < volume.size; i++)
            bytes[i] = medium.data[(volume.offset + i) % medium.size];
        sim_volume_take(&volume, slice_of(bytes, volume.size));
    }
    if (buffer_size(&volume.text) > SIM_VOLUME_TEXT_LIMIT ||
        (volume.state == SIM_VOLUME_FAILED) != (volume.why != NULL))
        abort();
    sim_volume_fini(&volume);
    return 0;
}
