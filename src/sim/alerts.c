#include "sim/alerts.h"

#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>
#include <time.h>

#define BODY_LIMIT 4096
#define USER_NOTE  "Intel(r) AMT:User Notification"

void sim_alerts_init(struct sim_alerts *alerts, const struct sim_device *device)
{
    memset(alerts, 0, sizeof(*alerts));
    alerts->device = device;
    alerts->was_set_up = device->setup == SIM_SETUP_POST;
    alerts->was_watched = (device->sessions_open >> SIM_SESSION_KVM & 1) != 0;
    alerts->consent = device->consent.state;
}

static void drop_first(struct sim_alerts *alerts)
{
    alerts->count--;
    memmove(alerts->waiting, alerts->waiting + 1, alerts->count * sizeof(alerts->waiting[0]));
}

static void raise_alert(struct sim_alerts *alerts, const char *id, char argument, uint64_t now_ms)
{
    if (alerts->count == SIM_ALERTS_MOST)
        drop_first(alerts);
    alerts->waiting[alerts->count++] =
        (struct sim_alert){.id = id,
                           .argument = argument,
                           .number = ++alerts->number,
                           .raised_ms = now_ms,
                           .clock_s = sim_clock(alerts->device, now_ms)};
}

static void look_at_consent(struct sim_alerts *alerts, uint64_t now_ms)
{
    uint8_t before = alerts->consent, now = alerts->device->consent.state;
    alerts->consent = now;
    if (before == SIM_CONSENT_NONE && now != SIM_CONSENT_NONE)
        raise_alert(alerts, "iAMT0064", '3', now_ms);
    if (before < SIM_CONSENT_RECEIVED && now >= SIM_CONSENT_RECEIVED)
        raise_alert(alerts, "iAMT0064", '1', now_ms);
    if (before != SIM_CONSENT_NONE && now == SIM_CONSENT_NONE)
        raise_alert(alerts, "iAMT0064", '2', now_ms);
}

void sim_alerts_look(struct sim_alerts *alerts, uint64_t now_ms)
{
    const struct sim_device *device = alerts->device;
    bool set_up = device->setup == SIM_SETUP_POST;
    bool watched = (device->sessions_open >> SIM_SESSION_KVM & 1) != 0;
    if (set_up && !alerts->was_set_up)
        raise_alert(alerts, "iAMT0055", '2', now_ms);
    look_at_consent(alerts, now_ms);
    if (watched != alerts->was_watched)
        raise_alert(alerts, "iAMT0052", watched ? '1' : '2', now_ms);
    alerts->was_set_up = set_up;
    alerts->was_watched = watched;
}

/* ---- who is told ---- */

/* "http://127.0.0.1:PORT/PATH" */
static bool read_destination(struct slice text, struct sim_alert_target *target)
{
    static const char *const hosts[] = {"http://127.0.0.1:", "http://localhost:"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        uint64_t port;
        struct slice rest = text;
        if (!slice_equal_string(slice_first(text, strlen(hosts[i])), hosts[i]))
            continue;
        rest = slice_from(rest, strlen(hosts[i]));
        target->path = slice_from(rest, slice_index_of(rest, '/'));
        if (target->path.size == 0)
            target->path = SLICE_LITERAL("/");
        if (!slice_to_u64(slice_first(rest, slice_index_of(rest, '/')), UINT16_MAX, &port) ||
            port == 0)
            return false;
        target->port = (uint16_t)port;
        return true;
    }
    return false;
}

static const char *filter_of(struct slice reference)
{
    static const char *const names[] = {"Intel(r) AMT:All", "Intel(r) AMT:AllEvents", USER_NOTE};
    (void)slice_split(&reference, '=');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal_string(reference, names[i]))
            return names[i];
    }
    return NULL;
}

/* The listener of that number; 0 is the firmware's own. */
static bool find_target(const struct sim_device *device, unsigned number,
                        struct sim_alert_target *target)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *at;
    *target = (struct sim_alert_target){.port = 0, .path = SLICE_LITERAL("/"), .filter = USER_NOTE};
    if (number == 0)
        return true;
    while ((at = sim_walk_next_of(&walk, "CIM_FilterCollectionSubscription")) != NULL) {
        const struct sim_personality_instance *listener =
            sim_reference_find(device, sim_object_get(device, at, "Handler"));
        target->filter = filter_of(sim_object_get(device, at, "Filter"));
        if (listener != NULL && target->filter != NULL &&
            read_destination(sim_object_get(device, listener, "Destination"), target) &&
            --number == 0)
            return true;
    }
    return false;
}

const struct sim_alert *sim_alerts_next(struct sim_alerts *alerts, uint64_t now_ms,
                                        struct sim_alert_target *target)
{
    while (alerts->count > 0) {
        const struct sim_alert *first = &alerts->waiting[0];
        if (now_ms < first->raised_ms + SIM_ALERTS_LIFE_MS &&
            find_target(alerts->device, first->told, target))
            return first;
        drop_first(alerts);
    }
    return NULL;
}

void sim_alerts_told(struct sim_alerts *alerts)
{
    if (alerts->count > 0)
        alerts->waiting[0].told++;
}

/* ---- the text ---- */

#define ANYBODY "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
#define SYSTEM                                                                     \
    "http://Interop/(instance)CIM_ComputerSystem.CreationClassName=(string)&quot;" \
    "CIM_ComputerSystem&quot;,Name=(string)&quot;ManagedSystem&quot;"
#define CLASS "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication"

static void put_envelope(const struct sim_alert *alert, const char *filter, struct buffer *out)
{
    time_t clock = (time_t)alert->clock_s;
    struct tm parts;
    char when[32];
    gmtime_r(&clock, &parts);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S.000Z", &parts);
    buffer_put_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                         "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" "
                         "xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
                         "xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
                         "xmlns:g=\"" CLASS "\" "
                         "xmlns:h=\"http://schemas.dmtf.org/wbem/wscim/1/common\"><a:Header>"
                         "<b:To>" ANYBODY "</b:To><b:ReplyTo><b:Address>" ANYBODY
                         "</b:Address></b:ReplyTo><b:Action a:mustUnderstand=\"true\">"
                         "http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</b:Action>");
    buffer_printf(out,
                  "<b:MessageID>uuid:00000000-8086-8086-8086-%012X</b:MessageID>"
                  "<c:ResourceURI>" CLASS "</c:ResourceURI></a:Header><a:Body>"
                  "<g:CIM_AlertIndication><g:AlertType>8</g:AlertType>"
                  "<g:AlertingElementFormat>2</g:AlertingElementFormat>"
                  "<g:AlertingManagedElement>" SYSTEM "</g:AlertingManagedElement>"
                  "<g:IndicationFilterName>%s</g:IndicationFilterName>"
                  "<g:IndicationIdentifier>Intel(r):%u</g:IndicationIdentifier>"
                  "<g:IndicationTime><h:Datetime>%s</h:Datetime></g:IndicationTime>",
                  (unsigned)alert->number, filter, (unsigned)alert->number, when);
    buffer_printf(out,
                  "<g:Message></g:Message><g:MessageArguments>%c</g:MessageArguments>"
                  "<g:MessageArguments>" SYSTEM "</g:MessageArguments>"
                  "<g:MessageID>%s</g:MessageID>"
                  "<g:OtherAlertingElementFormat></g:OtherAlertingElementFormat>"
                  "<g:OtherSeverity></g:OtherSeverity><g:OwningEntity>Intel(r) AMT"
                  "</g:OwningEntity><g:PerceivedSeverity>2</g:PerceivedSeverity>"
                  "<g:ProbableCause>0</g:ProbableCause><g:SystemName>Intel(r) AMT</g:SystemName>"
                  "</g:CIM_AlertIndication></a:Body></a:Envelope>",
                  alert->argument, alert->id);
}

void sim_alert_put(const struct sim_alert *alert, const struct sim_alert_target *target,
                   struct buffer *out)
{
    struct buffer body;
    buffer_init(&body, BODY_LIMIT);
    put_envelope(alert, target->filter, &body);
    buffer_printf(out,
                  "POST %.*s HTTP/1.1\r\nHost: localhost:%u\r\n"
                  "User-Agent: Intel(R) AMT Agent\r\nConnection: Keep-Alive\r\n"
                  "Content-Length: %zu\r\n\r\n",
                  SLICE_ARG(target->path), target->port, buffer_size(&body));
    buffer_put(out, buffer_slice(&body));
    buffer_fini(&body);
}
