#include "rig.h"

#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void end_data_line(struct rig *rig)
{
    if (rig->line_of_data >= 0)
        buffer_put_text(&rig->log, "\n");
    rig->line_of_data = -1;
}

/* ---- what the owner hears ---- */

static void heard_version(void *owner, const struct apf_message *message)
{
    struct rig *rig = owner;
    char text[GUID_TEXT_SIZE];
    end_data_line(rig);
    buffer_printf(&rig->log, "version %u.%u trigger %u %s\n", message->version.major,
                  message->version.minor, message->version.trigger,
                  guid_format(&message->version.guid, text));
    if (rig->disconnect_on_version != 0)
        apf_session_disconnect(rig->session, (uint32_t)rig->disconnect_on_version);
}

static void heard_authenticate(void *owner, struct slice user, struct slice password)
{
    struct rig *rig = owner;
    end_data_line(rig);
    buffer_printf(&rig->log, "authenticate %.*s %.*s\n", SLICE_ARG(user), SLICE_ARG(password));
    if (rig->verdict != RIG_WAIT)
        apf_session_admit(rig->session, rig->verdict == RIG_ADMIT);
}

static void heard_forward(void *owner, struct slice address, uint32_t port, bool offered)
{
    struct rig *rig = owner;
    end_data_line(rig);
    buffer_printf(&rig->log, "%s %.*s %u\n", offered ? "forward" : "cancel", SLICE_ARG(address),
                  port);
}

static void heard_udp(void *owner, const struct apf_message *message)
{
    struct rig *rig = owner;
    end_data_line(rig);
    buffer_printf(&rig->log, "udp %.*s:%u from %.*s:%u %.*s\n", SLICE_ARG(message->global.address),
                  message->global.port, SLICE_ARG(message->global.origin_address),
                  message->global.origin_port, SLICE_ARG(message->global.data));
}

static void heard_keepalive(void *owner)
{
    struct rig *rig = owner;
    end_data_line(rig);
    buffer_put_text(&rig->log, "keepalive\n");
}

static void heard_options(void *owner, uint32_t interval_s, uint32_t timeout_s)
{
    struct rig *rig = owner;
    end_data_line(rig);
    buffer_printf(&rig->log, "options %u %u\n", interval_s, timeout_s);
}

static void heard_closed(void *owner, const struct error *why)
{
    struct rig *rig = owner;
    end_data_line(rig);
    buffer_printf(&rig->log, "closed %s: %s\n", error_name(why->code), why->text);
}

static const struct apf_session_events session_events = {
    .version = heard_version,
    .authenticate = heard_authenticate,
    .forward = heard_forward,
    .udp = heard_udp,
    .keepalive = heard_keepalive,
    .keepalive_options = heard_options,
    .closed = heard_closed,
};

static void channel_opened(void *owner)
{
    struct rig_channel *c = owner;
    end_data_line(c->rig);
    buffer_printf(&c->rig->log, "channel %d opened\n", c->number);
}

static void channel_data(void *owner, struct slice bytes)
{
    struct rig_channel *c = owner;
    assert_true(bytes.size > 0);
    buffer_put(&c->received, bytes);
    if (c->rig->line_of_data != c->number) {
        end_data_line(c->rig);
        buffer_printf(&c->rig->log, "channel %d data ", c->number);
        c->rig->line_of_data = c->number;
    }
    buffer_put(&c->rig->log, bytes);
    if (c->consume_on_data)
        apf_channel_consumed(c->channel, bytes.size);
    if (c->close_on_data) {
        apf_channel_close(c->channel);
        c->channel = NULL;
    }
}

static void channel_credit(void *owner)
{
    struct rig_channel *c = owner;
    end_data_line(c->rig);
    buffer_printf(&c->rig->log, "channel %d credit %u\n", c->number,
                  apf_channel_credit(c->channel));
}

static void channel_closed(void *owner, const struct error *why)
{
    struct rig_channel *c = owner;
    end_data_line(c->rig);
    if (why == NULL)
        buffer_printf(&c->rig->log, "channel %d closed\n", c->number);
    else
        buffer_printf(&c->rig->log, "channel %d closed %s: %s\n", c->number, error_name(why->code),
                      why->text);
    c->channel = NULL;
}

static const struct apf_channel_events channel_events = {
    .opened = channel_opened,
    .data = channel_data,
    .credit = channel_credit,
    .closed = channel_closed,
};

/* ---- driving it ---- */

struct rig *rig_new(const struct apf_session_options *options)
{
    static const struct apf_session_options defaults;
    struct rig *rig = memory_new(sizeof *rig);
    buffer_init(&rig->out, WIRE_LIMIT);
    buffer_init(&rig->log, WIRE_LIMIT);
    rig->line_of_data = -1;
    rig->session =
        apf_session_new(options != NULL ? options : &defaults, &rig->out, &session_events, rig);
    return rig;
}

void rig_free(struct rig *rig)
{
    apf_session_free(rig->session);
    for (int i = 0; i < rig->channel_count; i++)
        buffer_fini(&rig->channels[i].received);
    buffer_fini(&rig->out);
    buffer_fini(&rig->log);
    free(rig);
}

/* The session gets a copy of exactly the right size, so that reading past it is found out. */
bool rig_feed_slice(struct rig *rig, struct slice bytes)
{
    uint8_t *copy = malloc(bytes.size > 0 ? bytes.size : 1);
    assert_non_null(copy);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    bool open = apf_session_feed(rig->session, slice_of(copy, bytes.size));
    free(copy);
    return open;
}

bool rig_feed(struct rig *rig, const char *wire)
{
    struct buffer bytes;
    buffer_init(&bytes, WIRE_LIMIT);
    wire_put(&bytes, wire);
    bool open = rig_feed_slice(rig, buffer_slice(&bytes));
    buffer_fini(&bytes);
    return open;
}

static void forget(struct rig *rig)
{
    buffer_clear(&rig->out);
    buffer_clear(&rig->log);
    rig->line_of_data = -1;
}

void rig_login(struct rig *rig)
{
    assert_true(rig_feed(rig, WIRE_LOGIN WIRE_FORWARD(WIRE_16992) WIRE_FORWARD(WIRE_5900)));
    assert_int_equal(apf_session_state(rig->session), APF_FORWARDING);
    forget(rig);
}

void rig_expect(struct rig *rig, const char *wire)
{
    wire_assert(buffer_slice(&rig->out), wire);
    buffer_clear(&rig->out);
}

void rig_heard(struct rig *rig, const char *lines)
{
    end_data_line(rig);
    buffer_put_u8(&rig->log, 0);
    assert_string_equal(
        buffer_size(&rig->log) > 0 ? (const char *)buffer_slice(&rig->log).data : "", lines);
    buffer_clear(&rig->log);
}

void rig_ended(struct rig *rig, const char *start, const char *part)
{
    end_data_line(rig);
    assert_int_equal(apf_session_state(rig->session), APF_CLOSED);
    buffer_put_u8(&rig->log, 0);
    char *text = (char *)rig->log.bytes + rig->log.start;
    size_t length = strlen(text);
    assert_true(length > 0);
    text[length - 1] = '\0';
    char *last = strrchr(text, '\n');
    last = last == NULL ? text : last + 1;
    if (strncmp(last, start, strlen(start)) != 0 || strstr(last, part) == NULL)
        fail_msg("\"%s\" is not \"%s…%s\"", last, start, part);
    buffer_clear(&rig->log);
}

struct rig_channel *rig_open(struct rig *rig, uint32_t port)
{
    struct error err = {.code = ERROR_NONE};
    assert_true(rig->channel_count < RIG_CHANNELS);
    struct rig_channel *c = &rig->channels[rig->channel_count];
    c->rig = rig;
    c->number = rig->channel_count++;
    buffer_init(&c->received, WIRE_LIMIT);
    c->channel = apf_channel_open(rig->session, port, &channel_events, c, &err);
    if (c->channel == NULL)
        fail_msg("%s", err.text);
    return c;
}

struct rig_channel *rig_opened(struct rig *rig, const char *confirmation)
{
    struct rig_channel *c = rig_open(rig, 16992);
    char wire[128];
    snprintf(wire, sizeof wire, "5b %08x %s ffffffff", 4 + (unsigned)c->number, confirmation);
    assert_true(rig_feed(rig, wire));
    rig->line_of_data = -1;
    forget(rig);
    return c;
}
