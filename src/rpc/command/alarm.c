/* rpc alarm: alarms of AMT that switch this machine on. */
#include "amt/alarm.h"
#include "amt/clock.h"
#include "core/clock.h"
#include "rpc/command/commands.h"
#include "rpc/machine/converse.h"
#include "rpc/run/result.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

#include <string.h>

#define NAME_MOST   64
#define ALARMS_MOST 5 /* that AMT holds */

/* That Intel's guide allows; said where AMT refuses, and AMT's to judge before. */
#define AMT_NAME_MOST 32

#define CLOCK_OFF_S 120 /* from which on AMT's clock is worth a word */

static const struct rpc_option add_options[] = {
    {.name = "start",
     .value = RPC_TEXT,
     .generations = RPC_OURS,
     .help = "When, as 2026-12-24T06:00:00Z"},
    {.name = "interval",
     .value = RPC_TEXT,
     .generations = RPC_OURS,
     .help = "How long until it comes again, as P1DT0H0M; without it, once"},
    {.name = "keep", .generations = RPC_OURS, .help = "Keep one that comes once after it has come"},
    {0},
};

struct alarms {
    struct arena *arena;
    struct amt_items items;
    struct amt_alarm alarm;
    enum amt_alarm_refusal refusal;
    const char *fault; /* why it is not added; NULL: it is */
    enum rpc_exit code;
};

static bool read_alarms(struct amt *amt, void *arg, struct error *err)
{
    struct alarms *alarms = arg;
    return amt_alarm_list(amt, alarms->arena, &alarms->items, err);
}

static bool refuse(struct alarms *alarms, enum rpc_exit code, const char *fault)
{
    alarms->code = code;
    alarms->fault = fault;
    return true;
}

static bool refuse_full(struct alarms *alarms)
{
    return refuse(alarms, RPC_WRONG_INPUT,
                  arena_printf(alarms->arena,
                               "AMT holds %d alarms and has as many; \"rpc alarm delete NAME\" "
                               "makes room",
                               ALARMS_MOST));
}

static bool has_alarm(const struct alarms *alarms, struct slice id)
{
    for (size_t i = 0; i < alarms->items.count; i++)
        if (slice_equal(wsman_xml_child_text(alarms->items.items[i], "InstanceID"), id))
            return true;
    return false;
}

/* AMT refuses what is not to come (Intel's guide, "Multiple Alarms Feature"), by its own clock,
 * which may be off. */
static bool check_start(struct amt *amt, struct alarms *alarms, struct error *err)
{
    struct amt_clock_reading now;
    char text[CLOCK_TEXT_SIZE];
    if (!amt_clock_get(amt, alarms->arena, &now, err))
        return false;
    if (alarms->alarm.start > now.device)
        return true;
    bool off = now.device > now.server + CLOCK_OFF_S || now.server > now.device + CLOCK_OFF_S;
    return refuse(alarms, RPC_WRONG_PARAMETERS,
                  arena_printf(alarms->arena, "--start is past: AMT's clock says %.19sZ%s",
                               clock_format(now.device * 1000, text),
                               off ? "; \"rpc configure sync-clock\" sets it" : ""));
}

/* What AMT would only call wrong content, or itself too busy. */
static bool look_before(struct amt *amt, struct alarms *alarms, struct error *err)
{
    if (!amt_alarm_list(amt, alarms->arena, &alarms->items, err))
        return false;
    if (has_alarm(alarms, alarms->alarm.id))
        return refuse(alarms, RPC_WRONG_INPUT,
                      "AMT has an alarm of that name already (\"rpc alarm list\" has them)");
    if (alarms->items.count >= ALARMS_MOST)
        return refuse_full(alarms);
    return check_start(amt, alarms, err);
}

static bool add_alarm(struct amt *amt, void *arg, struct error *err)
{
    struct alarms *alarms = arg;
    const struct amt_alarm *alarm = &alarms->alarm;
    alarms->fault = NULL;
    if (!look_before(amt, alarms, err))
        return false;
    if (alarms->fault != NULL || amt_alarm_add(amt, alarms->arena, alarm, &alarms->refusal, err))
        return true;
    if (alarms->refusal == AMT_ALARM_QUOTA)
        return refuse_full(alarms);
    if (alarms->refusal == AMT_ALARM_INVALID && alarm->id.size > AMT_NAME_MOST)
        return error_wrap(err, "AMT's names have at most %d characters", AMT_NAME_MOST);
    if (alarms->refusal == AMT_ALARM_INVALID && alarm->start % 60 != 0)
        return error_wrap(err, "AMT's alarms come at full minutes");
    return false;
}

static bool delete_alarm(struct amt *amt, void *arg, struct error *err)
{
    struct alarms *alarms = arg;
    return amt_alarm_delete(amt, alarms->arena, alarms->alarm.id, &alarms->refusal, err) ||
           alarms->refusal == AMT_ALARM_ABSENT;
}

static const char *text_in(struct arena *arena, const struct wsman_xml *item, const char *name)
{
    return arena_string(arena, wsman_xml_child_text(item, name));
}

/* Times stand in an element of their own: <StartTime><Datetime>. */
static const char *time_in(struct arena *arena, const struct wsman_xml *item, const char *name,
                           const char *inner)
{
    const struct wsman_xml *at = wsman_xml_child(item, name);
    struct slice text = wsman_xml_child_text(at, inner);
    return arena_string(arena, text.size > 0 ? text : wsman_xml_child_text(item, name));
}

static void put_json(const struct alarms *alarms, struct buffer *out)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '[');
    for (size_t i = 0; i < alarms->items.count; i++) {
        const struct wsman_xml *item = alarms->items.items[i];
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "id", text_in(alarms->arena, item, "InstanceID"));
        rpc_json_text(&json, "name", text_in(alarms->arena, item, "ElementName"));
        rpc_json_text(&json, "start", time_in(alarms->arena, item, "StartTime", "Datetime"));
        rpc_json_text(&json, "interval", time_in(alarms->arena, item, "Interval", "Interval"));
        rpc_json_bool(&json, "deleteOnCompletion",
                      wsman_xml_child_is_true(item, "DeleteOnCompletion"));
        rpc_json_close(&json, '}');
    }
    rpc_json_close(&json, ']');
}

static void put_page(const struct alarms *alarms, struct rpc_page *page)
{
    rpc_page_section(page, "Alarms");
    for (size_t i = 0; i < alarms->items.count; i++) {
        const struct wsman_xml *item = alarms->items.items[i];
        const char *interval = time_in(alarms->arena, item, "Interval", "Interval");
        rpc_page_item(page, text_in(alarms->arena, item, "InstanceID"), NULL);
        rpc_page_detail(page, "Start", time_in(alarms->arena, item, "StartTime", "Datetime"));
        if (interval[0] != '\0')
            rpc_page_detail(page, "Interval", interval);
    }
    if (alarms->items.count == 0)
        rpc_page_remark(page, "No alarm is set", RPC_PLAIN);
}

static bool run_list(struct rpc *rpc)
{
    struct alarms alarms = {.arena = rpc_arena(rpc)};
    if (!rpc_converse(rpc, read_alarms, &alarms))
        return false;
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        put_json(&alarms, rpc_out(rpc));
    } else {
        struct rpc_page page = {.arena = alarms.arena};
        put_page(&alarms, &page);
        rpc_print(rpc, &page);
    }
    return true;
}

static bool read_new(struct rpc *rpc, struct amt_alarm *alarm)
{
    const char *name = rpc_operand(rpc, 0);
    const char *start = rpc_text(rpc, "start");
    const char *interval = rpc_text(rpc, "interval");
    int64_t start_ms;
    uint64_t minutes = 0;
    if (name == NULL || name[0] == '\0')
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS, "rpc alarm add NAME --start TIME");
    if (strcmp(rpc_page_printable(rpc_arena(rpc), name), name) != 0 || strlen(name) > NAME_MOST)
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                        "an alarm's name has at most %d characters that can be shown", NAME_MOST);
    if (start == NULL || !clock_parse(slice_of_string(start), &start_ms))
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS, "--start is a time, as 2026-12-24T06:00:00Z");
    if (interval != NULL && (!amt_alarm_read_interval(slice_of_string(interval), &minutes) ||
                             minutes > AMT_ALARM_INTERVAL_MOST))
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                        "--interval is days, hours and minutes, as P1DT12H30M");
    *alarm = (struct amt_alarm){.id = slice_of_string(name),
                                .name = slice_of_string(name),
                                .start = start_ms / 1000,
                                .interval_minutes = (uint32_t)minutes,
                                .delete_on_completion = !rpc_flag(rpc, "keep")};
    return true;
}

static bool check_add(struct rpc *rpc)
{
    struct amt_alarm alarm;
    return read_new(rpc, &alarm);
}

static bool run_add(struct rpc *rpc)
{
    struct alarms alarms = {.arena = rpc_arena(rpc)};
    if (!read_new(rpc, &alarms.alarm))
        return false;
    const struct rpc_result_member members[] = {{"id", rpc_operand(rpc, 0)}};
    if (!rpc_command_amt(rpc, add_alarm, &alarms))
        return false;
    if (alarms.fault != NULL)
        return rpc_fail(rpc, alarms.code, "%s", alarms.fault);
    rpc_result(rpc, "The alarm is set", members, 1);
    return true;
}

static bool check_delete(struct rpc *rpc)
{
    return rpc_operand(rpc, 0) != NULL ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS, "rpc alarm delete NAME");
}

static bool run_delete(struct rpc *rpc)
{
    struct alarms alarms = {.arena = rpc_arena(rpc)};
    const char *name = rpc_operand(rpc, 0);
    alarms.alarm.id = slice_of_string(name);
    const struct rpc_result_member members[] = {{"id", name}};
    if (!rpc_command_amt(rpc, delete_alarm, &alarms))
        return false;
    if (alarms.refusal == AMT_ALARM_ABSENT)
        return rpc_fail(rpc, RPC_WRONG_INPUT,
                        "AMT has no alarm of that name (\"rpc alarm list\" has them)");
    rpc_result(rpc, "The alarm is deleted", members, 1);
    return true;
}

const struct rpc_command rpc_alarm_list = {
    .path = "alarm list",
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME | RPC_NEEDS_ACTIVATED,
    .generations = RPC_OURS,
    .run = run_list,
    .help = "The alarms that switch this machine on",
};

const struct rpc_command rpc_alarm_add = {
    .path = "alarm add",
    .options = RPC_GROUPS(add_options),
    .operands = 1,
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .check = check_add,
    .run = run_add,
    .help = "Set an alarm: rpc alarm add NAME --start TIME",
};

const struct rpc_command rpc_alarm_delete = {
    .path = "alarm delete",
    .operands = 1,
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .check = check_delete,
    .run = run_delete,
    .help = "Delete an alarm",
};
