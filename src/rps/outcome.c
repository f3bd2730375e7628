#include "rps/outcome.h"

#include "core/json_writer.h"

const char *rps_outcome_message(struct arena *arena, const struct rps_outcome *outcome)
{
    struct buffer text;
    struct json_writer json;
    if (outcome->plain != NULL)
        return outcome->plain;
    buffer_init(&text, (size_t)64 * 1024);
    json_writer_init(&json, &text);
    json_open_object(&json);
    if (outcome->status != NULL)
        json_put_member_string(&json, "Status", outcome->status);
    json_close_object(&json);
    const char *message = arena_string(arena, buffer_slice(&text));
    buffer_fini(&text);
    return message;
}
