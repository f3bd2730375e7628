#include "http/head.h"

static size_t count_of(const struct http_message *head, const char *name)
{
    struct slice wanted = slice_of_string(name);
    size_t count = 0;
    for (size_t i = 0; i < head->header_count; i++)
        count += slice_equal_ignore_case(head->headers[i].name, wanted);
    return count;
}

const char *http_head_refuse(const struct http_message *head, int *status)
{
    *status = 400;
    size_t hosts = count_of(head, "Host");
    if (hosts > 1)
        return "more than one Host";
    if (hosts == 0 && head->minor_version >= 1)
        return "no Host";
    if (count_of(head, "Authorization") > 1)
        return "more than one Authorization";
    size_t codings = count_of(head, "Transfer-Encoding");
    if (codings == 0)
        return NULL;
    if (codings > 1)
        return "more than one Transfer-Encoding";
    if (head->minor_version == 0)
        return "Transfer-Encoding in HTTP/1.0";
    struct slice coding = http_header_find(head->headers, head->header_count, "Transfer-Encoding");
    if (slice_equal_ignore_case(coding, SLICE_LITERAL("chunked")))
        return NULL;
    *status = 501;
    return "only the transfer coding chunked is known";
}
