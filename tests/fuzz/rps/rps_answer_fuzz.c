/* Any bytes as a raw answer of a device, asked for what it relates to. */
#include "rps/agent_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t id;
    (void)rps_agent_answer_relates_to(slice_of(data, size), &id);
    (void)rps_agent_message_id(slice_of(data, size), &id);
    return 0;
}
