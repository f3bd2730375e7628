/* Any bytes as what a presence server says: a record of a device, or a refusal. */
#include "rps/handover_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guid guid = {0};
    struct arena arena;
    struct rps_known known;
    const char *info;
    struct error err;
    (void)guid_parse(SLICE_LITERAL("4c4c4544-0053-3510-8051-b8c04f4d4e31"), &guid);
    arena_init(&arena);
    if (rps_handover_record_read(&arena, slice_of(data, size), &guid, "", &known, &info, &err))
        (void)rps_device_info_merge(&arena, info, "{\"status\":{}}", &err);
    (void)rps_handover_refusal(400, slice_of(data, size), &err);
    arena_fini(&arena);
    return 0;
}
