#include "sim/web.h"

#include "core/clock.h"
#include "http/parse.h"
#include "sim/login.h"
#include "sim/wsman_server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HEAD_LIMIT   8192
#define BODY_LIMIT   65536
#define INPUT_LIMIT  65536
#define ANSWER_LIMIT (512 * 1024)

/* The page of a refused log-on, padded to the size that the firmware's has. The words are ours but
 * for the sentence that people see on real devices. */
static const char refused_page[] =
    "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" "
    "\"http://www.w3.org/TR/html4/loose.dtd\">\n"
    "<html><head><title>Intel&reg; Active Management Technology</title>\n"
    "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n"
    "<link rel=\"stylesheet\" type=\"text/css\" href=/styles.css>\n"
    "</head>\n<body>\n<table class=\"page\"><tr><td>\n"
    "<h1>Intel<sup>&reg;</sup> Active Management Technology</h1>\n"
    "</td></tr><tr><td>\n"
    "<h2 class=warn>Log on failed. Incorrect user name or password, or user account temporarily "
    "locked.</h2>\n"
    "<form method=\"GET\" action=\"index.htm\">\n"
    "<input type=submit value=\"Try again\">\n"
    "</form>\n</td></tr></table>\n<!-- %s -->\n</body>\n</html>\n";

#define REFUSED_MOST 1024

void sim_web_init(struct sim_web *web, struct sim_web_host *host)
{
    memset(web, 0, sizeof(*web));
    web->host = host;
    web->due_ms = UINT64_MAX;
    buffer_init(&web->input, INPUT_LIMIT);
    buffer_init(&web->answer, ANSWER_LIMIT);
}

void sim_web_fini(struct sim_web *web)
{
    http_parser_free(web->parser);
    web->parser = NULL;
    buffer_fini(&web->input);
    buffer_fini(&web->answer);
}

static void put_date(struct buffer *out)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm parts;
    char text[64];
    gmtime_r(&now, &parts);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    buffer_printf(out, "Date: %s\r\n", text);
}

static void put_server(struct sim_web *web)
{
    buffer_printf(&web->answer, "Server: %s\r\n", web->host->device->personality->server);
}

/* The page, its comment padded so that it has exactly the real size. */
static void put_refused_page(struct buffer *out, size_t wanted)
{
    char padding[REFUSED_MOST];
    size_t fixed = sizeof(refused_page) - 1 - 2; /* without the %s */
    size_t size = fixed < wanted && wanted < sizeof(padding) ? wanted - fixed : 0;
    memset(padding, '.', size);
    padding[size] = '\0';
    buffer_printf(out, refused_page, padding);
}

static void answer_refused(struct sim_web *web, uint64_t now_ms)
{
    struct buffer *out = &web->answer;
    web->host->refused++;
    web->close_after = true;
    buffer_printf(out,
                  "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"%s\", "
                  "nonce=\"%s\",stale=\"false\",qop=\"auth\"\r\nContent-Type: text/html\r\n",
                  web->host->authenticator->realm,
                  sim_authenticator_nonce(web->host->authenticator, now_ms));
    put_server(web);
    size_t size = web->host->device->personality->refused_size;
    buffer_printf(out, "Content-Length: %zu\r\nConnection: close\r\n\r\n", size);
    put_refused_page(out, size);
}

/* Status line, Date and Server, further header lines, no body. */
static void answer_empty(struct sim_web *web, const char *status, const char *lines)
{
    buffer_printf(&web->answer, "HTTP/1.1 %s\r\n", status);
    put_date(&web->answer);
    put_server(web);
    buffer_printf(&web->answer, "%sContent-Length: 0\r\n", lines);
    if (web->close_after)
        buffer_put_text(&web->answer, "Connection: close\r\n");
    buffer_put_text(&web->answer, "\r\n");
}

static void answer_page(struct sim_web *web, const char *status, const char *text)
{
    buffer_printf(&web->answer, "HTTP/1.1 %s\r\n", status);
    put_date(&web->answer);
    put_server(web);
    web->close_after = true;
    size_t size = strlen("<html><head></head><body><h1></h1></body></html>\n") + strlen(text);
    buffer_printf(&web->answer,
                  "Content-Type: text/html\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n"
                  "<html><head></head><body><h1>%s</h1></body></html>\n",
                  size, text);
}

/* Chunk sizes have four upper-case digits; the first chunk shares the firmware's output buffer
 * with the header and is smaller. */
static void put_chunks(struct buffer *out, struct slice body, size_t first, size_t next)
{
    size_t most = first;
    while (body.size > 0) {
        struct slice chunk = slice_first(body, most);
        buffer_printf(out, "%04zX\r\n", chunk.size);
        buffer_put(out, chunk);
        buffer_put_text(out, "\r\n");
        body = slice_from(body, chunk.size);
        most = next;
    }
    buffer_put_text(out, "0\r\n\r\n");
}

static void answer_soap(struct sim_web *web, int status, struct slice body)
{
    const struct sim_personality *personality = web->host->device->personality;
    buffer_printf(&web->answer, "HTTP/1.1 %d %s\r\n", status,
                  status == 200   ? "OK"
                  : status == 400 ? "Bad Request"
                                  : "Internal Server Error");
    if (status != 200)
        web->close_after = true;
    put_date(&web->answer);
    put_server(web);
    buffer_put_text(&web->answer, "X-Frame-Options: DENY\r\n"
                                  "Content-Type: application/soap+xml; charset=UTF-8\r\n"
                                  "Transfer-Encoding: chunked\r\n");
    if (web->close_after)
        buffer_put_text(&web->answer, "Connection: close\r\n");
    buffer_put_text(&web->answer, "\r\n");
    if (status == 200)
        put_chunks(&web->answer, body, personality->first_chunk, personality->next_chunk);
    else
        put_chunks(&web->answer, body, 0xFFFF, 0xFFFF);
}

/* Half of the answer, and nothing after it. */
static void cut_answer(struct sim_web *web)
{
    struct buffer half;
    buffer_init(&half, ANSWER_LIMIT);
    buffer_put(&half, slice_first(buffer_slice(&web->answer), buffer_size(&web->answer) / 2));
    buffer_clear(&web->answer);
    buffer_put(&web->answer, buffer_slice(&half));
    buffer_fini(&half);
    web->close_after = true;
}

/* Serves a request that has proved who it is from; `rule` as in mischief.h, or NULL. */
static void serve_wsman(struct sim_web *web, const struct http_message *message,
                        const struct sim_mischief *rule, uint64_t now_ms)
{
    struct sim_device *device = web->host->device;
    struct buffer body;
    buffer_init(&body, ANSWER_LIMIT / 2);
    device->refused = rule != NULL && rule->kind == SIM_MISCHIEF_REFUSE;
    device->refusal = device->refused ? rule->value : 0;
    int status = rule == NULL ? 0 : sim_mischief_answer(rule, device, message->body, &body);
    if (status == 0)
        status = sim_wsman_answer(device, message->body, now_ms, &body);
    device->refused = false;
    if (rule != NULL)
        sim_mischief_spoil(rule, &body);
    web->extra_ms = device->answer_delay_ms;
    device->answer_delay_ms = 0;
    if (device->admin_changed) {
        device->admin_changed = false;
        sim_authenticator_change(web->host->authenticator, device->admin_name, device->admin_hash);
    }
    if (device->caller.turned_away) {
        answer_refused(web, now_ms);
    } else if (buffer_size(&body) > 0) {
        answer_soap(web, status, buffer_slice(&body));
    } else {
        char text[24];
        (void)snprintf(text, sizeof(text), "%d %s", status,
                       status == 400 ? "Bad Request" : "Error");
        web->close_after = true;
        answer_empty(web, text, "");
    }
    buffer_fini(&body);
}

/* Whether the request is not served at all, and then what happens instead. */
static bool goes_unserved(struct sim_web *web, const struct sim_mischief *rule, uint64_t now_ms)
{
    if (rule->kind == SIM_MISCHIEF_STATUS && rule->value == 401) { /* never without a challenge */
        answer_refused(web, now_ms);
        return true;
    }
    return rule->kind == SIM_MISCHIEF_SILENT || rule->kind == SIM_MISCHIEF_LEAVE;
}

/* Between the device and its client. */
static void spoil_answer(struct sim_web *web, const struct sim_mischief *rule)
{
    switch (rule->kind) {
    case SIM_MISCHIEF_TRUNCATE:
        cut_answer(web);
        break;
    case SIM_MISCHIEF_LOSE:
        buffer_clear(&web->answer);
        web->close_after = true;
        break;
    case SIM_MISCHIEF_SLOW:
        web->extra_ms += rule->value;
        break;
    case SIM_MISCHIEF_LEAVE:
    case SIM_MISCHIEF_LEAVE_AFTER:
        web->host->left = true;
        web->muted = true;
        break;
    case SIM_MISCHIEF_SILENT:
    case SIM_MISCHIEF_MUTE:
        web->muted = true;
        break;
    default:
        break;
    }
}

static void answer_wsman(struct sim_web *web, const struct http_message *message, uint64_t now_ms)
{
    struct slice authorization =
        http_header_find(message->headers, message->header_count, "Authorization");
    if (authorization.size == 0 || !sim_login_http(web->host->authenticator, web->host->device,
                                                   authorization, "POST", web->local, now_ms)) {
        answer_refused(web, now_ms);
        return;
    }
    if (web->host->asked != NULL)
        web->host->asked(web->host->device, message->body);
    const struct sim_mischief *rule =
        sim_mischief_find(web->host->mischief, &web->host->used, message->body);
    if (web->host->drop_after > 0 && web->host->device->requests >= web->host->drop_after) {
        web->host->drop_after = 0;
        web->close_after = true; /* before anything is said */
        return;
    }
    if (rule == NULL || !goes_unserved(web, rule, now_ms))
        serve_wsman(web, message, rule, now_ms);
    if (rule != NULL)
        spoil_answer(web, rule);
}

static void answer_message(struct sim_web *web, const struct http_message *message, uint64_t now_ms)
{
    bool post = slice_equal_string(message->method, "POST");
    web->close_after = web->host->close_each || web->close_each || !message->keep_alive;
    if (slice_equal_string(message->target, "/wsman")) {
        if (post)
            answer_wsman(web, message, now_ms);
        else
            answer_page(web, "405 Method Not Allowed", "Method Not Allowed");
    } else if (slice_equal_string(message->target, "/") && !post) {
        answer_empty(web, "303 See Other", "Location: /logon.htm\r\n");
    } else {
        answer_page(web, "404 Not Found", "Not Found");
    }
}

static void schedule(struct sim_web *web, uint64_t now_ms)
{
    struct sim_web_host *host = web->host;
    uint64_t from = host->busy_until_ms > now_ms ? host->busy_until_ms : now_ms;
    web->due_ms = host->latency_ms == 0 ? now_ms : from + host->latency_ms;
    host->busy_until_ms = web->due_ms;
    web->due_ms += web->extra_ms;
    web->extra_ms = 0;
}

/* Parses input until an answer is complete or the bytes are used up. */
static void advance(struct sim_web *web, uint64_t now_ms)
{
    while (web->due_ms == UINT64_MAX && !web->finished && !web->muted &&
           buffer_size(&web->input) > 0) {
        if (web->parser == NULL)
            web->parser = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
        struct slice bytes = buffer_slice(&web->input);
        size_t before = bytes.size;
        enum http_parse got = http_parser_feed(web->parser, &bytes);
        while (got == HTTP_PARSE_HEAD)
            got = http_parser_feed(web->parser, &bytes);
        if (got == HTTP_PARSE_DONE) {
            answer_message(web, http_parser_message(web->parser), now_ms);
            http_parser_next(web->parser);
            if (!web->muted)
                schedule(web, now_ms);
        } else if (got != HTTP_PARSE_MORE) {
            web->close_after = true;
            answer_empty(web, "400 Bad Request", "");
            schedule(web, now_ms);
        }
        buffer_consume(&web->input, before - bytes.size);
    }
    buffer_release(&web->input);
}

void sim_web_tick(struct sim_web *web, uint64_t now_ms, struct buffer *out)
{
    while (web->due_ms <= now_ms) {
        buffer_put(out, buffer_slice(&web->answer));
        buffer_clear(&web->answer);
        buffer_release(&web->answer);
        web->due_ms = UINT64_MAX;
        web->finished = web->close_after;
        advance(web, now_ms);
    }
}

void sim_web_feed(struct sim_web *web, struct slice bytes, uint64_t now_ms, struct buffer *out)
{
    if (web->finished)
        return;
    buffer_put(&web->input, bytes);
    if (!buffer_ok(&web->input)) {
        web->finished = true;
        return;
    }
    advance(web, now_ms);
    sim_web_tick(web, now_ms, out);
}
