/* Any bytes as a message of an agent: read as its first one, then taken as a later one. What is
 * refused is told in a text that can be sent. */
#include "core/encoding.h"
#include "core/json_reader.h"
#include "rps/agent.h"
#include "rps/request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The sentence for the agent must be one of ours and fit into a message. */
static void check_text(const char *text)
{
    struct buffer out;
    const struct rps_told told = {
        .method = "error", .status = "failed", .message = slice_of_string(text)};
    buffer_init(&out, 8192);
    rps_message_put(&out, "1", &told);
    json_t *json = json_reader_parse(buffer_slice(&out), 4, NULL);
    if (text[0] == '\0' || json == NULL || json_object_size(json) != 8)
        abort();
    json_decref(json);
    buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rps_message message;
    struct rps_request request;
    struct rps_agent agent;
    struct error err;
    struct arena arena;
    arena_init(&arena);
    if (!rps_message_read(&arena, slice_of(data, size), &message, &err)) {
        check_text(err.text);
    } else if (message.kind == RPS_MESSAGE_COMMAND) {
        if (!rps_request_read(&arena, &message, "C", &request, &err))
            check_text(err.text);
    } else {
        rps_agent_init(&agent, NULL, "1");
        agent.tunnel = true;
        agent.asked = true;
        agent.doubt = true;
        agent.has_id = true;
        agent.id = 7;
        (void)rps_agent_take(&agent, &message, &err);
        (void)rps_agent_take(&agent, &message, &err);
        rps_agent_fini(&agent);
    }
    arena_fini(&arena);
    return 0;
}
