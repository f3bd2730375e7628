#include "http/parse.h"

#include "core/buffer.h"
#include "core/memory.h"

#include <llhttp.h>
#include <stdlib.h>

_Static_assert(LLHTTP_VERSION_MAJOR == 8 && LLHTTP_VERSION_MINOR == 1,
               "written for llhttp 8.1; check callbacks and strictness before moving on");

/* Empty lines before a request line (RFC 9112 2.2) that are forgiven, in bytes. */
#define BLANK_LIMIT 4

/* Chunk sizes, extensions and trailers may take this many bytes, and eight more per byte of body
 * ("1\r\nx\r\n" is six). */
#define FRAMING_LIMIT 16384

struct http_parser {
    llhttp_t machine;
    enum http_parse_kind kind;
    uint64_t usual_limit; /* of a body */
    uint64_t body_limit;  /* of this message's */
    uint64_t body_size;   /* of this message so far */
    bool streaming;
    struct buffer head; /* raw, up to the empty line; the message points into it */
    struct buffer body;
    struct http_header *headers;
    size_t header_count;
    size_t header_capacity;
    size_t blanks;    /* bytes of empty lines skipped before the request line */
    uint64_t framing; /* bytes fed after the head */
    uint8_t previous; /* last byte of the head so far */
    uint8_t matched;  /* bytes of CR LF CR LF seen at the end of the head */
    bool head_done;
    bool done;
    bool no_body;
    bool value_open; /* the last callback was a header value */
    enum http_parse failure;
    const char *reason;
    struct http_message message;
};

static enum http_parse fail(struct http_parser *p, enum http_parse how, const char *reason)
{
    p->failure = how;
    p->reason = reason;
    return how;
}

static struct http_parser *owner_of(llhttp_t *machine)
{
    return machine->data;
}

static int on_url(llhttp_t *machine, const char *at, size_t size)
{
    struct http_parser *p = owner_of(machine);
    /* Spans of one head are contiguous, since the head is fed in one piece. */
    if (p->message.target.size == 0)
        p->message.target = slice_of(at, 0);
    p->message.target.size += size;
    return 0;
}

static int on_header_field(llhttp_t *machine, const char *at, size_t size)
{
    struct http_parser *p = owner_of(machine);
    if (p->head_done)
        return 0; /* trailers are dropped */
    bool first = p->header_count == 0 || p->value_open;
    if (first && p->header_count == HTTP_PARSE_HEADERS_LIMIT) {
        fail(p, HTTP_PARSE_HEAD_TOO_LARGE, "too many header fields");
        return -1;
    }
    if (first) {
        if (p->header_count == p->header_capacity) {
            p->header_capacity = p->header_capacity == 0 ? 8 : p->header_capacity * 2;
            p->headers = memory_resize(p->headers, p->header_capacity * sizeof *p->headers);
        }
        p->headers[p->header_count++] =
            (struct http_header){.name = slice_of(at, 0), .value = {NULL, 0}};
        p->value_open = false;
    }
    p->headers[p->header_count - 1].name.size += size;
    return 0;
}

static int on_header_value(llhttp_t *machine, const char *at, size_t size)
{
    struct http_parser *p = owner_of(machine);
    if (p->head_done || p->header_count == 0)
        return 0;
    struct slice *value = &p->headers[p->header_count - 1].value;
    if (value->size == 0)
        *value = slice_of(at, 0);
    if (value->data + value->size != (const uint8_t *)at) {
        fail(p, HTTP_PARSE_BAD, "malformed header field");
        return -1;
    }
    value->size += size;
    p->value_open = true;
    return 0;
}

static int on_header_value_complete(llhttp_t *machine)
{
    owner_of(machine)->value_open = true; /* an empty value has no span of its own */
    return 0;
}

static int on_headers_complete(llhttp_t *machine)
{
    struct http_parser *p = owner_of(machine);
    struct http_message *m = &p->message;
    p->head_done = true;
    for (size_t i = 0; i < p->header_count; i++)
        p->headers[i].value = slice_trim(p->headers[i].value);
    m->headers = p->headers;
    m->header_count = p->header_count;
    m->status = machine->status_code;
    m->minor_version = machine->http_minor;
    if (machine->http_major != 1 || machine->http_minor > 1) {
        fail(p, HTTP_PARSE_BAD, "unsupported HTTP version");
        return -1;
    }
    if (p->kind == HTTP_PARSE_RESPONSE && (m->status < 100 || m->status > 999)) {
        fail(p, HTTP_PARSE_BAD, "status without three digits");
        return -1;
    }
    uint16_t both = F_CONTENT_LENGTH | F_TRANSFER_ENCODING;
    if ((machine->flags & both) == both) {
        fail(p, HTTP_PARSE_BAD, "Content-Length together with Transfer-Encoding");
        return -1;
    }
    if (p->no_body)
        machine->flags |= F_SKIPBODY;
    m->keep_alive = llhttp_should_keep_alive(machine) == 1;
    m->until_close = llhttp_message_needs_eof(machine) == 1;
    if (!p->no_body && (machine->flags & F_CONTENT_LENGTH) != 0 &&
        machine->content_length > p->body_limit) {
        fail(p, HTTP_PARSE_BODY_TOO_LARGE, "body over the limit");
        return -1;
    }
    return HPE_PAUSED;
}

static int on_body(llhttp_t *machine, const char *at, size_t size)
{
    struct http_parser *p = owner_of(machine);
    p->body_size += size;
    if (p->body_size <= p->body_limit)
        buffer_put(&p->body, slice_of(at, size));
    if (p->body_size > p->body_limit || !buffer_ok(&p->body)) {
        fail(p, HTTP_PARSE_BODY_TOO_LARGE, "body over the limit");
        return -1;
    }
    return 0;
}

static int on_message_complete(llhttp_t *machine)
{
    owner_of(machine)->done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void start(struct http_parser *p)
{
    llhttp_init(&p->machine, p->kind == HTTP_PARSE_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE,
                &settings);
    p->machine.data = p;
    p->header_count = 0;
    p->blanks = 0;
    p->framing = 0;
    p->body_limit = p->usual_limit;
    p->body_size = 0;
    p->streaming = false;
    p->previous = 0;
    p->matched = 0;
    p->head_done = false;
    p->done = false;
    p->no_body = false;
    p->value_open = false;
    p->failure = HTTP_PARSE_MORE;
    p->reason = "";
    p->message = (struct http_message){.status = 0};
}

struct http_parser *http_parser_new(enum http_parse_kind kind, size_t head_limit,
                                    uint64_t body_limit)
{
    struct http_parser *p = memory_new(sizeof *p);
    p->kind = kind;
    p->usual_limit = body_limit;
    buffer_init_secret(&p->head, head_limit);
    buffer_init_secret(&p->body, SIZE_MAX / 2); /* on_body keeps to body_limit */
    start(p);
    return p;
}

void http_parser_free(struct http_parser *p)
{
    if (p == NULL)
        return;
    buffer_fini(&p->head);
    buffer_fini(&p->body);
    free(p->headers);
    free(p);
}

void http_parser_no_body(struct http_parser *p)
{
    p->no_body = true;
}

enum http_parse http_parser_limit(struct http_parser *p, uint64_t limit)
{
    p->body_limit = limit;
    if ((p->machine.flags & F_CONTENT_LENGTH) == 0 || p->machine.content_length <= limit)
        return HTTP_PARSE_HEAD;
    return fail(p, HTTP_PARSE_BODY_TOO_LARGE, "body over the limit");
}

void http_parser_stream(struct http_parser *p)
{
    p->streaming = true;
}

struct slice http_parser_piece(const struct http_parser *p)
{
    return buffer_slice(&p->body);
}

void http_parser_drop(struct http_parser *p, size_t size)
{
    buffer_consume(&p->body, size);
}

const struct http_message *http_parser_message(const struct http_parser *p)
{
    return &p->message;
}

bool http_parser_idle(const struct http_parser *p)
{
    return buffer_size(&p->head) == 0 && !p->done;
}

const char *http_parser_reason(const struct http_parser *p)
{
    return p->reason;
}

void http_parser_next(struct http_parser *p)
{
    buffer_fini(&p->head);
    buffer_fini(&p->body);
    free(p->headers);
    p->headers = NULL;
    p->header_capacity = 0;
    start(p);
}

/* Checks one more byte of the head. NULL when it may stand there. */
static const char *check_head_byte(struct http_parser *p, uint8_t c)
{
    if (c == '\n' && p->previous != '\r')
        return "line feed without carriage return";
    if (p->previous == '\r' && c != '\n')
        return "carriage return without line feed";
    if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
        return "control character in the head";
    if (p->previous == '\n' && (c == ' ' || c == '\t'))
        return "folded header line";
    if (p->previous == '\n' && c == ':')
        return "header field without a name";
    return NULL;
}

/* Collects the head up to its empty line. MORE, HEAD (all of it is there) or a failure. */
static enum http_parse take_head(struct http_parser *p, struct slice *bytes)
{
    while (bytes->size > 0 && buffer_size(&p->head) == 0 && p->kind == HTTP_PARSE_REQUEST &&
           (bytes->data[0] == '\r' || bytes->data[0] == '\n')) {
        if (++p->blanks > BLANK_LIMIT)
            return fail(p, HTTP_PARSE_BAD, "empty lines in place of a request");
        *bytes = slice_from(*bytes, 1);
    }
    size_t i = 0;
    while (i < bytes->size && p->matched < 4) {
        uint8_t c = bytes->data[i++];
        const char *wrong = check_head_byte(p, c);
        if (wrong != NULL)
            return fail(p, HTTP_PARSE_BAD, wrong);
        bool wanted = c == (p->matched % 2 == 0 ? '\r' : '\n');
        p->matched = wanted ? (uint8_t)(p->matched + 1) : (uint8_t)(c == '\r');
        p->previous = c;
    }
    buffer_put(&p->head, slice_first(*bytes, i));
    if (!buffer_ok(&p->head))
        return fail(p, HTTP_PARSE_HEAD_TOO_LARGE, "head over the limit");
    *bytes = slice_from(*bytes, i);
    return p->matched == 4 ? HTTP_PARSE_HEAD : HTTP_PARSE_MORE;
}

/* Runs the machine over *bytes until it pauses or has taken all. */
static enum http_parse run(struct http_parser *p, struct slice *bytes)
{
    if (llhttp_get_errno(&p->machine) == HPE_PAUSED)
        llhttp_resume(&p->machine);
    const char *at = bytes->data == NULL ? "" : (const char *)bytes->data;
    llhttp_errno_t how = llhttp_execute(&p->machine, at, bytes->size);
    if (how == HPE_OK) {
        *bytes = slice_from(*bytes, bytes->size);
        return HTTP_PARSE_MORE;
    }
    if (how == HPE_PAUSED) {
        *bytes = slice_from(*bytes, (size_t)(llhttp_get_error_pos(&p->machine) - at));
        return p->done ? HTTP_PARSE_DONE : HTTP_PARSE_HEAD;
    }
    if (p->failure != HTTP_PARSE_MORE)
        return p->failure;
    const char *reason = llhttp_get_error_reason(&p->machine);
    return fail(p, HTTP_PARSE_BAD, reason == NULL ? "malformed message" : reason);
}

/* llhttp lets several blanks part the words of a request line. */
static bool request_line_is_plain(const struct http_parser *p, struct slice head)
{
    const struct http_message *m = &p->message;
    struct slice rest = slice_from(head, m->method.size + 1);
    return m->target.data == rest.data &&
           slice_starts_with(slice_from(rest, m->target.size), SLICE_LITERAL(" HTTP/1."));
}

static enum http_parse parse_head(struct http_parser *p)
{
    struct slice head = buffer_slice(&p->head);
    if (p->kind == HTTP_PARSE_REQUEST)
        p->message.method = slice_first(head, slice_index_of(head, ' '));
    struct slice rest = head;
    enum http_parse result = run(p, &rest);
    if (result == HTTP_PARSE_MORE || (result == HTTP_PARSE_HEAD && rest.size > 1))
        return fail(p, HTTP_PARSE_BAD, "malformed head");
    if (result == HTTP_PARSE_HEAD && p->kind == HTTP_PARSE_REQUEST &&
        !request_line_is_plain(p, head))
        return fail(p, HTTP_PARSE_BAD, "malformed request line");
    return result;
}

static enum http_parse finish(struct http_parser *p)
{
    if (!p->streaming)
        p->message.body = buffer_slice(&p->body);
    return HTTP_PARSE_DONE;
}

enum http_parse http_parser_feed(struct http_parser *p, struct slice *bytes)
{
    if (p->failure != HTTP_PARSE_MORE)
        return p->failure;
    if (p->done)
        return HTTP_PARSE_DONE;
    if (!p->head_done) {
        enum http_parse result = take_head(p, bytes);
        return result == HTTP_PARSE_HEAD ? parse_head(p) : result;
    }
    size_t before = bytes->size;
    enum http_parse result = run(p, bytes);
    p->framing += before - bytes->size;
    if (p->framing / 8 > p->body_size + FRAMING_LIMIT / 8)
        return fail(p, HTTP_PARSE_BAD, "chunk framing out of proportion");
    return result == HTTP_PARSE_DONE ? finish(p) : result;
}

enum http_parse http_parser_end(struct http_parser *p)
{
    if (p->failure != HTTP_PARSE_MORE)
        return p->failure;
    if (p->head_done && !p->done && p->message.until_close) {
        p->done = true;
        p->message.keep_alive = false;
        return finish(p);
    }
    return p->done ? HTTP_PARSE_DONE : fail(p, HTTP_PARSE_BAD, "ended inside a message");
}
