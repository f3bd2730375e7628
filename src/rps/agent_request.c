#include "rps/agent_request.h"

#include <string.h>

void rps_agent_request_put(struct buffer *out, const struct http_message *request, const char *host,
                           bool close)
{
    struct slice authorization =
        http_header_find(request->headers, request->header_count, "Authorization");
    buffer_put_text(out, "POST /wsman HTTP/1.1\r\n");
    if (authorization.size > 0) {
        buffer_put_text(out, "Authorization: ");
        buffer_put(out, authorization);
        buffer_put_text(out, "\r\n");
    }
    buffer_printf(out, "Host: %s\r\nTransfer-Encoding: chunked\r\n%s\r\n", host,
                  close ? "Connection: close\r\n" : "");
    if (request->body.size > 0) {
        buffer_printf(out, "%zX\r\n", request->body.size);
        buffer_put(out, request->body);
        buffer_put_text(out, "\r\n");
    }
    buffer_put_text(out, "0\r\n\r\n");
}

/* The number that an element of that name (whatever its prefix) has as its text. */
static bool find_number(struct slice envelope, struct slice name, uint64_t *value)
{
    const uint8_t *at =
        envelope.size == 0 ? NULL : memmem(envelope.data, envelope.size, name.data, name.size);
    if (at == NULL)
        return false;
    struct slice rest = slice_from(envelope, (size_t)(at - envelope.data) + name.size);
    (void)slice_split(&rest, '>');
    return slice_to_u64(slice_trim(slice_split(&rest, '<')), UINT32_MAX, value);
}

bool rps_agent_message_id(struct slice envelope, uint64_t *id)
{
    return find_number(envelope, SLICE_LITERAL(":MessageID"), id);
}

bool rps_agent_relates_to(struct slice envelope, uint64_t *id)
{
    return find_number(envelope, SLICE_LITERAL(":RelatesTo"), id);
}

bool rps_agent_answer_relates_to(struct slice answer, uint64_t *id)
{
    struct http_parser *parser =
        http_parser_new(HTTP_PARSE_RESPONSE, RPS_REQUEST_HEAD_LIMIT, RPS_REQUEST_BODY_LIMIT);
    enum http_parse result = HTTP_PARSE_HEAD;
    while (result == HTTP_PARSE_HEAD || (result == HTTP_PARSE_MORE && answer.size > 0))
        result = http_parser_feed(parser, &answer);
    if (result == HTTP_PARSE_MORE)
        result = http_parser_end(parser);
    bool ok =
        result == HTTP_PARSE_DONE && rps_agent_relates_to(http_parser_message(parser)->body, id);
    http_parser_free(parser);
    return ok;
}
