/*
 * Channels that the ME opens to the host, to its port 0: it posts a CIM_AlertIndication over HTTP
 * and wants it acknowledged (spec device-protocols 1.4). A connection may carry several. Without a
 * fiber: what comes is small, and answered at once.
 */
#include "core/memory.h"
#include "http/parse.h"
#include "mei/lme_parts.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_LIMIT  4096
#define BODY_LIMIT  ((size_t)64 * 1024)
#define ID_LIMIT    128
#define REPLY_LIMIT ((size_t)8 * 1024)

struct alert {
    struct list link;
    struct mei_lme *lme;
    struct apf_channel *apf;
    struct http_parser *parser;
    struct buffer reply; /* what waits for credit */
    bool over;           /* the connection ends when that has gone */
};

static void free_alert(struct alert *alert)
{
    list_remove(&alert->link);
    http_parser_free(alert->parser);
    buffer_fini(&alert->reply);
    free(alert);
}

static void hang_up(struct alert *alert)
{
    apf_channel_close(alert->apf);
    free_alert(alert);
}

/* The text of the envelope's first element MessageID, escaped as it came; empty: none that fits. */
static struct slice message_id(struct slice envelope)
{
    static const char name[] = "MessageID";
    const uint8_t *at = memmem(envelope.data, envelope.size, name, sizeof name - 1);
    if (at == NULL)
        return (struct slice){NULL, 0};
    struct slice rest = slice_from(envelope, (size_t)(at - envelope.data));
    const uint8_t *from = memchr(rest.data, '>', rest.size);
    if (from == NULL)
        return (struct slice){NULL, 0};
    rest = slice_from(rest, (size_t)(from - rest.data) + 1);
    const uint8_t *to = memchr(rest.data, '<', slice_first(rest, ID_LIMIT).size);
    return to == NULL ? (struct slice){NULL, 0} : slice_first(rest, (size_t)(to - rest.data));
}

static void put_reply(struct alert *alert, struct slice envelope)
{
    struct buffer body;
    struct slice id = message_id(envelope);
    buffer_init(&body, REPLY_LIMIT);
    buffer_printf(&body,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                  "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><s:Header>"
                  "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
                  "<a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack</a:Action>"
                  "<a:RelatesTo>%.*s</a:RelatesTo></s:Header><s:Body/></s:Envelope>",
                  SLICE_ARG(id));
    buffer_printf(&alert->reply,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"
                  "Content-Length: %zu\r\n\r\n",
                  buffer_size(&body));
    buffer_put(&alert->reply, buffer_slice(&body));
    buffer_fini(&body);
}

/* False when the connection is over, and with it `alert`. */
static bool send_reply(struct alert *alert)
{
    size_t sent = apf_channel_send(alert->apf, buffer_slice(&alert->reply));
    buffer_consume(&alert->reply, sent);
    lme_flush(alert->lme);
    if (!alert->over || buffer_size(&alert->reply) > 0)
        return true;
    hang_up(alert);
    return false;
}

static bool take_message(struct alert *alert)
{
    const struct http_message *message = http_parser_message(alert->parser);
    alert->over = !message->keep_alive;
    alert->lme->options.alert(alert->lme->options.context, message->body);
    put_reply(alert, message->body);
    if (!buffer_ok(&alert->reply)) { /* it posts on and on, and does not read */
        hang_up(alert);
        return false;
    }
    http_parser_next(alert->parser);
    return send_reply(alert);
}

static void on_data(void *owner, struct slice bytes)
{
    struct alert *alert = owner;
    apf_channel_consumed(alert->apf, bytes.size);
    while (bytes.size > 0 && !alert->over) {
        enum http_parse parse = http_parser_feed(alert->parser, &bytes);
        if (parse == HTTP_PARSE_DONE) {
            if (!take_message(alert))
                return;
        } else if (parse != HTTP_PARSE_MORE && parse != HTTP_PARSE_HEAD) {
            hang_up(alert);
            return;
        }
    }
}

static void on_credit(void *owner)
{
    (void)send_reply(owner);
}

static void on_closed(void *owner, const struct error *why)
{
    (void)why;
    free_alert(owner);
}

const struct apf_channel_events *lme_alert_accept(struct mei_lme *lme, struct apf_channel *channel,
                                                  const struct apf_message *open,
                                                  void **channel_owner)
{
    static const struct apf_channel_events events = {
        .data = on_data, .credit = on_credit, .closed = on_closed};
    if (lme->options.alert == NULL || open->open.connected_port != 0)
        return NULL;
    struct alert *alert = memory_new(sizeof *alert);
    alert->lme = lme;
    alert->apf = channel;
    alert->parser = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    buffer_init(&alert->reply, REPLY_LIMIT);
    list_append(&lme->alerts, &alert->link);
    *channel_owner = alert;
    return &events;
}
