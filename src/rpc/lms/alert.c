/* What the ME tells of itself over LME: a CIM_AlertIndication, as a line. */
#include "core/clock.h"
#include "core/json_writer.h"
#include "rpc/lms/lms.h"
#include "rpc/text/page.h"
#include "wsman/xml.h"

static const struct wsman_xml *find_alert(struct arena *arena, struct slice envelope)
{
    const struct wsman_xml *root = wsman_xml_parse(arena, envelope, NULL);
    return wsman_xml_child(wsman_xml_child(root, "Body"), "CIM_AlertIndication");
}

/* What is worth showing, in this order. */
static const char *const members[] = {"MessageID",  "MessageArguments",
                                      "AlertType",  "PerceivedSeverity",
                                      "SystemName", "IndicationIdentifier"};

static void put_json(struct buffer *out, int64_t now_ms, const struct wsman_xml *alert)
{
    struct json_writer json;
    char time[CLOCK_TEXT_SIZE];
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "time", clock_format(now_ms, time));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct slice text = wsman_xml_child_text(alert, members[i]);
        if (text.size > 0) {
            json_put_key(&json, members[i]);
            json_put_string_slice(&json, text);
        }
    }
    json_close_object(&json);
    buffer_put_u8(out, '\n');
}

static void put_text(struct buffer *out, struct arena *arena, int64_t now_ms,
                     const struct wsman_xml *alert)
{
    char time[CLOCK_TEXT_SIZE];
    buffer_printf(out, "%s alert", clock_format(now_ms, time));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct slice text = wsman_xml_child_text(alert, members[i]);
        if (text.size > 0)
            buffer_printf(out, " %s=%s", members[i],
                          rpc_page_printable(arena, arena_string(arena, text)));
    }
    buffer_put_u8(out, '\n');
}

bool rpc_lms_put_alert(struct buffer *out, bool json, int64_t now_ms, struct slice envelope)
{
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *alert = find_alert(&arena, envelope);
    if (alert != NULL && json)
        put_json(out, now_ms, alert);
    else if (alert != NULL)
        put_text(out, &arena, now_ms, alert);
    bool ok = alert != NULL;
    arena_fini(&arena);
    return ok;
}
