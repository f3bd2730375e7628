#include "mps/jobs_operation.h"

#include "amt/alarm.h"
#include "amt/audit_log.h"
#include "amt/event_log.h"
#include "amt/feature.h"
#include "amt/password.h"
#include "amt/power.h"
#include "amt/power_action.h"
#include "amt/setup.h"
#include "amt/survey.h"
#include "core/clock.h"
#include "core/memory.h"
#include "http/body_value.h"
#include "http/check.h"
#include "mps/jobs_secret.h"
#include "mps/rotation.h"

#include <string.h>

static bool complain(struct jobs_complaint *complaint, const char *field, const char *message)
{
    *complaint = (struct jobs_complaint){field, message};
    return false;
}

/* Every member is one of `names` (ended by NULL). */
static bool check_names(const json_t *parameters, const char *const *names,
                        struct jobs_complaint *complaint)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)parameters, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0)
            i++;
        if (names[i] == NULL)
            return complain(complaint, key, "The operation has no such parameter");
    }
    return true;
}

static bool check_none(const json_t *parameters, struct jobs_complaint *complaint)
{
    static const char *const names[] = {NULL};
    return check_names(parameters, names, complaint);
}

/* Absent, null, or of the kind. */
static bool is_text_or_nothing(const json_t *value)
{
    return value == NULL || json_is_null(value) || json_is_string(value);
}

static bool is_flag_or_nothing(const json_t *value)
{
    return value == NULL || json_is_null(value) || json_is_boolean(value);
}

/* ---- power ---- */

static void read_details(const json_t *parameters, struct amt_boot_details *details)
{
    const json_t *boot = json_object_get(parameters, "bootDetails");
    const json_t *secure = json_object_get(boot, "enforceSecureBoot");
    *details = (struct amt_boot_details){
        .use_sol = json_is_true(json_object_get(parameters, "useSOL")),
        .url = http_body_value_text(boot, "url"),
        .path = http_body_value_text(boot, "bootPath"),
    };
    if (json_is_boolean(secure))
        details->secure_boot = json_is_true(secure) ? AMT_SECURE_BOOT_ON : AMT_SECURE_BOOT_OFF;
}

/* A job is kept in the database, where no password belongs. */
static bool check_boot_details(const json_t *boot, struct jobs_complaint *complaint)
{
    static const char *const names[] = {"url", "bootPath", "enforceSecureBoot", NULL};
    if (boot == NULL || json_is_null(boot))
        return true;
    if (!json_is_object(boot))
        return complain(complaint, "bootDetails", "bootDetails should be an object");
    if (json_object_get(boot, "password") != NULL || json_object_get(boot, "username") != NULL)
        return complain(complaint, "bootDetails",
                        "A job takes no credentials: it is kept until it is deleted");
    if (!check_names(boot, names, complaint))
        return complain(complaint, "bootDetails", "bootDetails has an unknown member");
    if (!is_text_or_nothing(json_object_get(boot, "url")))
        return complain(complaint, "bootDetails", "url should be a string");
    if (http_check_userinfo(http_body_value_text(boot, "url")))
        return complain(complaint, "bootDetails",
                        "A job takes no credentials, nor in a URL: it is kept until it is deleted");
    if (!is_text_or_nothing(json_object_get(boot, "bootPath")))
        return complain(complaint, "bootDetails", "bootPath should be a string");
    return is_flag_or_nothing(json_object_get(boot, "enforceSecureBoot")) ||
           complain(complaint, "bootDetails", "enforceSecureBoot should be a boolean");
}

static bool check_power(const json_t *parameters, struct jobs_complaint *complaint)
{
    static const char *const names[] = {"action", "useSOL", "bootDetails", NULL};
    const json_t *action = json_object_get(parameters, "action");
    if (!check_names(parameters, names, complaint))
        return false;
    if (!json_is_integer(action) || json_integer_value(action) < 0 ||
        json_integer_value(action) > 1000)
        return complain(complaint, "action", "action should be the number of a power action");
    if (!is_flag_or_nothing(json_object_get(parameters, "useSOL")))
        return complain(complaint, "useSOL", "useSOL should be a boolean");
    if (!check_boot_details(json_object_get(parameters, "bootDetails"), complaint))
        return false;
    struct amt_boot_details details;
    const char *field = "action";
    read_details(parameters, &details);
    if (amt_power_check((int)json_integer_value(action), &details, &field, NULL))
        return true;
    return strcmp(field, "action") == 0
               ? complain(complaint, "action", "There is no such power action")
               : complain(complaint, "bootDetails",
                          "bootDetails lacks what the action needs, or has it wrong");
}

static bool run_power(struct amt *amt, struct arena *arena, const json_t *parameters,
                      struct jobs_outcome *outcome, struct error *err)
{
    struct amt_boot_details details;
    struct amt_power_result result;
    read_details(parameters, &details);
    int action = (int)json_integer_value(json_object_get(parameters, "action"));
    if (!amt_power_act(amt, arena, action, &details, &result, err))
        return false;
    *outcome =
        (struct jobs_outcome){true, result.return_value, result.return_text, result.description};
    return true;
}

/* ---- features ---- */

static const struct {
    const char *name;
    uint32_t value;
} consents[] = {
    {"none", AMT_CONSENT_NONE},
    {"kvm", AMT_CONSENT_KVM},
    {"all", AMT_CONSENT_ALL},
};

static bool read_consent(const json_t *parameters, struct amt_features_change *change)
{
    struct slice name = http_body_value_text(parameters, "userConsent");
    for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++) {
        if (!slice_equal_string(name, consents[i].name))
            continue;
        change->change_consent = true;
        change->consent = consents[i].value;
        return true;
    }
    return false;
}

static enum amt_switch switch_of(const json_t *parameters, const char *name)
{
    const json_t *value = json_object_get(parameters, name);
    if (!json_is_boolean(value))
        return AMT_KEEP;
    return json_is_true(value) ? AMT_ON : AMT_OFF;
}

/* Unlike the route, a job may leave out what is to stay as it is. */
static bool check_features(const json_t *parameters, struct jobs_complaint *complaint)
{
    static const char *const names[] = {"userConsent", "enableKVM", "enableSOL", "enableIDER",
                                        "ocr",         "rpe",       NULL};
    struct amt_features_change ignored;
    if (!check_names(parameters, names, complaint))
        return false;
    if (json_object_size(parameters) == 0)
        return complain(complaint, "userConsent", "Nothing is to be changed");
    for (size_t i = 1; names[i] != NULL; i++)
        if (!is_flag_or_nothing(json_object_get(parameters, names[i])))
            return complain(complaint, names[i], "A switch should be a boolean");
    return json_object_get(parameters, "userConsent") == NULL ||
           read_consent(parameters, &ignored) ||
           complain(complaint, "userConsent", "userConsent should be none, kvm or all");
}

static bool run_features(struct amt *amt, struct arena *arena, const json_t *parameters,
                         struct jobs_outcome *outcome, struct error *err)
{
    (void)outcome;
    struct amt_features features;
    struct amt_features_change change = {
        .sol = switch_of(parameters, "enableSOL"),
        .ider = switch_of(parameters, "enableIDER"),
        .kvm = switch_of(parameters, "enableKVM"),
        .ocr = switch_of(parameters, "ocr"),
        .rpe = switch_of(parameters, "rpe"),
    };
    (void)read_consent(parameters, &change);
    return amt_features_set(amt, arena, &change, &features, err);
}

/* ---- alarms ---- */

#define ALARM_NAME_MOST 256 /* characters */

static bool read_alarm(const json_t *parameters, struct amt_alarm *alarm)
{
    int64_t ms;
    const json_t *minutes = json_object_get(parameters, "Interval");
    const json_t *once = json_object_get(parameters, "DeleteOnCompletion");
    json_int_t interval = json_integer_value(minutes);
    *alarm = (struct amt_alarm){
        .id = http_body_value_text(parameters, "ElementName"),
        .name = http_body_value_text(parameters, "ElementName"),
        .delete_on_completion = !json_is_false(once),
    };
    if (!clock_parse(http_body_value_text(parameters, "StartTime"), &ms) ||
        (minutes != NULL && !json_is_integer(minutes)) || interval < 0 ||
        interval > AMT_ALARM_INTERVAL_MOST)
        return false;
    alarm->start = ms / 1000;
    alarm->interval_minutes = (uint32_t)interval;
    return true;
}

static bool check_alarm(const json_t *parameters, struct jobs_complaint *complaint)
{
    static const char *const names[] = {"ElementName", "StartTime", "Interval",
                                        "DeleteOnCompletion", NULL};
    struct slice name = http_body_value_text(parameters, "ElementName");
    struct amt_alarm ignored;
    if (!check_names(parameters, names, complaint))
        return false;
    if (!http_check_length(name, 1, ALARM_NAME_MOST))
        return complain(complaint, "ElementName", "ElementName should have 1 to 256 characters");
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] < 0x20)
            return complain(complaint, "ElementName", "ElementName has a control character");
    if (!is_flag_or_nothing(json_object_get(parameters, "DeleteOnCompletion")))
        return complain(complaint, "DeleteOnCompletion", "DeleteOnCompletion should be a boolean");
    return read_alarm(parameters, &ignored) ||
           complain(complaint, "StartTime",
                    "StartTime should be a date and time, Interval a number of minutes");
}

static bool run_alarm_add(struct amt *amt, struct arena *arena, const json_t *parameters,
                          struct jobs_outcome *outcome, struct error *err)
{
    (void)outcome;
    struct amt_alarm alarm;
    enum amt_alarm_refusal refusal;
    return (read_alarm(parameters, &alarm) ||
            error_set(err, ERROR_INVALID, "the alarm is malformed")) &&
           amt_alarm_add(amt, arena, &alarm, &refusal, err);
}

/* ---- the others ---- */

static bool run_deactivate(struct amt *amt, struct arena *arena, const json_t *parameters,
                           struct jobs_outcome *outcome, struct error *err)
{
    (void)parameters;
    struct wsman_reply reply;
    int64_t return_value;
    if (!amt_setup_unprovision(amt, arena, &reply, &return_value, err))
        return false;
    *outcome = (struct jobs_outcome){true, return_value, amt_status_name(return_value), NULL};
    return true;
}

static bool run_inventory(struct amt *amt, struct arena *arena, const json_t *parameters,
                          struct jobs_outcome *outcome, struct error *err)
{
    (void)parameters;
    (void)outcome;
    size_t read;
    return amt_survey(amt, arena, &read, err);
}

static bool run_clear_event_log(struct amt *amt, struct arena *arena, const json_t *parameters,
                                struct jobs_outcome *outcome, struct error *err)
{
    (void)parameters;
    (void)outcome;
    return amt_event_log_clear(amt, arena, err);
}

static bool run_clear_audit_log(struct amt *amt, struct arena *arena, const json_t *parameters,
                                struct jobs_outcome *outcome, struct error *err)
{
    (void)parameters;
    (void)outcome;
    return amt_audit_log_clear(amt, arena, err);
}

/* The next request reads user and password from the store again. */
static bool run_refresh_credentials(struct amt *amt, struct arena *arena, const json_t *parameters,
                                    struct jobs_outcome *outcome, struct error *err)
{
    (void)arena;
    (void)parameters;
    (void)outcome;
    (void)err;
    amt_forget(amt);
    return true;
}

/* ---- passwords ---- */

#define PASSWORD "password"

static bool check_rotate(const json_t *parameters, struct jobs_complaint *complaint)
{
    static const char *const names[] = {PASSWORD, NULL};
    const json_t *password = json_object_get(parameters, PASSWORD);
    if (!check_names(parameters, names, complaint))
        return false;
    if (password == NULL)
        return true;
    if (!json_is_string(password))
        return complain(complaint, PASSWORD, "password should be a string");
    const char *fault = amt_password_fault(http_body_value_text(parameters, PASSWORD));
    return fault == NULL || complain(complaint, PASSWORD, fault);
}

/* The one that was given for all, or one of its own. */
static bool run_rotate(const struct jobs_place *place, struct amt *amt, struct arena *arena,
                       const json_t *parameters, struct error *err)
{
    struct slice password;
    if (!jobs_secret_read(place->store, arena, place->job, parameters, &password, err))
        return false;
    bool ok =
        mps_rotation_run(place->store, place->device, place->tenant, amt, arena, password, err);
    if (password.size > 0)
        memory_wipe((uint8_t *)(uintptr_t)password.data, password.size);
    return ok;
}

static const struct jobs_operation operations[] = {
    {.name = "power", .check = check_power, .run = run_power},
    {.name = "features", .repeatable = true, .check = check_features, .run = run_features},
    {.name = "inventory", .repeatable = true, .check = check_none, .run = run_inventory},
    {.name = "deactivate", .forgets = true, .check = check_none, .run = run_deactivate},
    {.name = "alarm-add", .check = check_alarm, .run = run_alarm_add},
    {.name = "clear-event-log",
     .repeatable = true,
     .check = check_none,
     .run = run_clear_event_log},
    {.name = "clear-audit-log",
     .repeatable = true,
     .check = check_none,
     .run = run_clear_audit_log},
    {.name = "refresh-credentials",
     .repeatable = true,
     .check = check_none,
     .run = run_refresh_credentials},
    {.name = "rotate-password",
     .repeatable = true,
     .check = check_rotate,
     .run_at = run_rotate,
     .secret = PASSWORD},
};

const struct jobs_operation *jobs_operation_find(struct slice name)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (slice_equal_string(name, operations[i].name))
            return &operations[i];
    return NULL;
}
