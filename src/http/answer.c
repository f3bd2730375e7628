#include "http/answer.h"

#include "core/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Payload Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* Weak: length and FNV-1a of the body. Equal bodies have equal tags; that is all it is for. */
static void tag_of(struct slice body, char tag[40])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < body.size; i++)
        hash = (hash ^ body.data[i]) * UINT64_C(0x100000001b3);
    (void)snprintf(tag, 40, "W/\"%zx-%016" PRIx64 "\"", body.size, hash);
}

/* Compares weakly, as If-None-Match does: "W/" does not count. */
static bool has_tag(struct slice wanted, struct slice tag)
{
    struct slice weak = SLICE_LITERAL("W/");
    while (wanted.size > 0) {
        struct slice one = slice_trim(slice_split(&wanted, ','));
        if (slice_equal_string(one, "*"))
            return true;
        if (slice_starts_with(one, weak))
            one = slice_from(one, weak.size);
        if (slice_equal(one, slice_from(tag, weak.size)))
            return true;
    }
    return false;
}

static void put_date(struct buffer *head)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm tm;
    if (gmtime_r(&now, &tm) == NULL)
        return;
    buffer_printf(head, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday], tm.tm_mday,
                  months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_header(struct buffer *head, const char *name, const char *value)
{
    buffer_put_text(head, name);
    buffer_put_text(head, ": ");
    buffer_put_text(head, value);
    buffer_put_text(head, "\r\n");
}

/* Adds the ETag; true when the client has that body already. */
static bool put_tag(struct http_exchange *x, struct buffer *head, struct slice body)
{
    char tag[40];
    if (x->status != 200 || x->from_file || (x->method != HTTP_GET && x->method != HTTP_HEAD))
        return false;
    tag_of(body, tag);
    put_header(head, "ETag", tag);
    return has_tag(http_header_get(x, "If-None-Match"), slice_of_string(tag));
}

struct slice http_answer_head(struct http_exchange *x, enum http_answer_connection connection,
                              bool tls, struct slice *body)
{
    struct buffer rest;
    struct buffer head;
    buffer_init(&rest, 64 * 1024);
    buffer_init(&head, 64 * 1024);
    *body = buffer_slice(&x->answer);
    int status = put_tag(x, &rest, *body) ? 304 : x->status;
    bool bodiless = status == 101 || status == 204 || status == 304;

    buffer_printf(&head, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
    put_date(&head);
    if (x->content_type != NULL && !bodiless)
        put_header(&head, "Content-Type", x->content_type);
    if (!bodiless)
        buffer_printf(&head, "Content-Length: %" PRIu64 "\r\n",
                      x->from_file ? x->file_size : (uint64_t)body->size);
    buffer_put(&head, buffer_slice(&rest));
    put_header(&head, "X-Content-Type-Options", "nosniff");
    if (slice_starts_with(slice_of_string(x->content_type), SLICE_LITERAL("application/json")) &&
        http_header_find(x->extra, x->extra_count, "Cache-Control").size == 0)
        put_header(&head, "Cache-Control", "no-store");
    if (tls)
        put_header(&head, "Strict-Transport-Security", "max-age=31536000");
    for (size_t i = 0; i < x->extra_count; i++) {
        buffer_put(&head, x->extra[i].name);
        buffer_put_text(&head, ": ");
        buffer_put(&head, x->extra[i].value);
        buffer_put_text(&head, "\r\n");
    }
    if (connection == HTTP_ANSWER_CLOSE)
        put_header(&head, "Connection", "close");
    else if (connection == HTTP_ANSWER_KEEP_ALIVE)
        put_header(&head, "Connection", "keep-alive");
    else if (connection == HTTP_ANSWER_UPGRADE)
        put_header(&head, "Connection", "Upgrade");
    buffer_put_text(&head, "\r\n");
    if (bodiless || x->method == HTTP_HEAD)
        *body = (struct slice){NULL, 0};
    struct slice bytes = arena_copy(x->arena, buffer_slice(&head));
    buffer_fini(&rest);
    buffer_fini(&head);
    return bytes;
}
