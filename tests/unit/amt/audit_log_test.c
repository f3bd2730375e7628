/* Reading the audit log by what the device returns, clearing it, its policy. */
#include "amt/audit_log.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"

/* Provisioning Started by the machine itself, n seconds after 1970. */
#define RECORD(n) "ABAAAAIAAAA" n "AgAA"
#define A         RECORD("A") /* 0 */
#define B         RECORD("B")
#define C         RECORD("C")
#define D         RECORD("D")
#define E         RECORD("E")

#define EVENT(record) "<g:EventRecords>" record "</g:EventRecords>"
#define READ(start, total, returned, events)                                                       \
    {                                                                                              \
        .expect = "<h:StartIndex>" start "</h:StartIndex>", .status = 200, .soap = true,           \
        .body = "<g:ReadRecords_OUTPUT xmlns:g=\"" AMT "AMT_AuditLog\"><g:TotalRecordCount>" total \
                "</g:TotalRecordCount><g:RecordsReturned>" returned "</g:RecordsReturned>" events  \
                "<g:ReturnValue>0</g:ReturnValue></g:ReadRecords_OUTPUT>"                          \
    }
#define OUTPUT(method, inside, value)                                            \
    {                                                                            \
        .expect = "/" method "</a:Action>", .status = 200, .soap = true,         \
        .body = "<g:" method "_OUTPUT xmlns:g=\"" AMT "AMT_AuditLog\">" inside   \
                "<g:ReturnValue>" value "</g:ReturnValue></g:" method "_OUTPUT>" \
    }

struct log_call {
    struct call call;
    uint64_t skip;
    size_t most;
    struct amt_audit_page page;
};

static bool read_log(struct call *call)
{
    struct log_call *log = (struct log_call *)(void *)call;
    return amt_audit_log_read(call->device->amt, &call->arena, log->skip, log->most, &log->page,
                              &call->err);
}

/* Reads with a device that answers `steps`; numbers and times of the page as text. */
static void assert_page(const struct step *steps, size_t count, uint64_t skip, size_t most,
                        uint64_t total, const char *wanted)
{
    struct device device;
    struct log_call log = {.skip = skip, .most = most};
    char text[600] = "";
    size_t used = 0;
    device_start(&device, steps, count, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_true(log.call.ok);
    assert_int_equal(log.page.total, total);
    for (size_t i = 0; i < log.page.count; i++) {
        const struct amt_audit_entry *entry = &log.page.entries[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%u=%s%u ", entry->number,
                                 entry->decoded ? "" : "?", entry->record.time);
    }
    assert_string_equal(text, wanted);
    call_end(&log.call);
    device_stop(&device);
}
#define ASSERT_PAGE(steps, ...) assert_page(steps, sizeof(steps) / sizeof((steps)[0]), __VA_ARGS__)

static void a_short_log_is_one_request(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), READ("1", "3", "3", EVENT(A) EVENT(B) EVENT(C))};
    ASSERT_PAGE(steps, 0, 50, 3, "3=2 2=1 1=0 ");
    const struct step second[] = {STEP_401("n1"), READ("1", "3", "3", EVENT(A) EVENT(B) EVENT(C))};
    ASSERT_PAGE(second, 1, 1, 3, "2=1 ");
}

static void a_page_is_read_from_its_oldest_record_on(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        READ("1", "25", "1", EVENT(A)),
        READ("22", "25", "2", EVENT(B) EVENT(C)),
        READ("24", "25", "2", EVENT(D) EVENT(E)),
    };
    ASSERT_PAGE(steps, 0, 4, 25, "25=4 24=3 23=2 22=1 ");
}

static void what_the_first_request_brought_is_not_asked_for_again(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        READ("1", "5", "3", EVENT(A) EVENT(B) EVENT(C)),
        READ("4", "5", "2", EVENT(D) EVENT(E)),
    };
    ASSERT_PAGE(steps, 0, 50, 5, "5=4 4=3 3=2 2=1 1=0 ");
}

static void more_than_was_announced_is_taken(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), READ("1", "1", "1", EVENT(A) EVENT(B))};
    ASSERT_PAGE(steps, 0, 50, 2, "2=1 1=0 ");
}

static void less_than_was_announced_ends_the_page(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        READ("1", "4", "10", EVENT(A) EVENT(B)),
        READ("3", "4", "2", ""),
    };
    ASSERT_PAGE(steps, 0, 50, 4, "2=1 1=0 ");
    const struct step past[] = {
        STEP_401("n1"),
        READ("1", "4000000000", "1", EVENT(A)),
        OUTPUT("ReadRecords", "", "35"),
    };
    ASSERT_PAGE(past, 0, 50, 4000000000, "");
}

static void a_device_with_nothing_at_all_ends_at_once(void **state)
{
    (void)state;
    const struct step none[] = {STEP_401("n1"), READ("1", "0", "0", "")};
    ASSERT_PAGE(none, 0, 50, 0, "");
    const struct step lies[] = {STEP_401("n1"), READ("1", "9", "9", "")};
    ASSERT_PAGE(lies, 0, 50, 9, "");
    const struct step beyond[] = {STEP_401("n1"), READ("1", "2", "2", EVENT(A) EVENT(B))};
    ASSERT_PAGE(beyond, 2, 50, 2, "");
    const struct step index[] = {STEP_401("n1"), OUTPUT("ReadRecords", "", "35")};
    ASSERT_PAGE(index, 0, 50, 0, "");
}

/* Any device decides itself how many records an answer has: ten at most by the recordings. */
static void a_page_of_fifty_is_stepped_by_what_each_read_returned(void **state)
{
    (void)state;
    struct step steps[2 + 17] = {STEP_401("n1"), READ("1", "60", "3", EVENT(A) EVENT(B) EVENT(C))};
    static char starts[17][40];
    char numbers[600] = "";
    size_t used = 0;
    for (size_t i = 0; i < 17; i++) { /* 11, 14, … 59 */
        (void)snprintf(starts[i], sizeof starts[i], "<h:StartIndex>%zu<", 11 + 3 * i);
        steps[2 + i] = (struct step)READ("", "60", "3", EVENT(A) EVENT(B) EVENT(C));
        steps[2 + i].expect = starts[i];
    }
    steps[2 + 16] = (struct step)READ("", "60", "3", EVENT(A) EVENT(B));
    steps[2 + 16].expect = starts[16];
    for (unsigned number = 60; number > 10; number--)
        used += (size_t)snprintf(numbers + used, sizeof numbers - used, "%u=%u ", number,
                                 (number - 11) % 3);
    ASSERT_PAGE(steps, 0, 50, 60, numbers);
}

static void more_than_was_asked_for_does_not_reach_into_the_page_before(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        READ("1", "9", "1", EVENT(A)),
        READ("5", "9", "5", EVENT(A) EVENT(B) EVENT(C) EVENT(D) EVENT(E)),
    };
    ASSERT_PAGE(steps, 2, 3, 9, "7=2 6=1 5=0 ");
}

/* A client that steps by the length of a page asks for what this one lacks again. */
static void a_page_that_ends_early_lacks_its_newest_records(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        READ("1", "9", "9", EVENT(A)),
        READ("5", "9", "10", EVENT(A) EVENT(B)),
        READ("7", "9", "0", ""),
    };
    ASSERT_PAGE(steps, 1, 4, 9, "6=1 5=0 ");
}

static void a_bad_record_does_not_lose_the_page(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        READ("1", "4", "4", EVENT(A) EVENT("not base64") EVENT("ABA=") EVENT(D)),
    };
    struct device device;
    struct log_call log = {.most = 50};
    DEVICE_START(&device, steps, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_true(log.call.ok);
    assert_int_equal(log.page.count, 4);
    assert_true(log.page.entries[0].decoded);
    assert_false(log.page.entries[1].decoded);
    assert_int_equal(log.page.entries[1].number, 3);
    assert_int_equal(log.page.entries[1].bytes.size, 2);
    assert_false(log.page.entries[2].decoded);
    assert_true(slice_equal_string(log.page.entries[2].bytes, "not base64"));
    assert_true(log.page.entries[3].decoded);
    call_end(&log.call);
    device_stop(&device);
}

static void a_record_of_any_length_is_cut_and_said_to_be(void **state)
{
    (void)state;
    static char record[3001];
    static char body[4096];
    struct device device;
    struct log_call log = {.most = 10};
    memset(record, 'A', sizeof record - 1);
    (void)snprintf(body, sizeof body,
                   "<g:ReadRecords_OUTPUT xmlns:g=\"" AMT "AMT_AuditLog\"><g:TotalRecordCount>1"
                   "</g:TotalRecordCount>" EVENT(
                       "%s") "<g:ReturnValue>0</g:ReturnValue></g:ReadRecords_OUTPUT>",
                   record);
    const struct step steps[] = {STEP_401("n1"), {.status = 200, .soap = true, .body = body}};
    DEVICE_START(&device, steps, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_true(log.call.ok);
    assert_int_equal(log.page.count, 1);
    assert_false(log.page.entries[0].decoded);
    assert_int_equal(log.page.entries[0].bytes.size, AMT_AUDIT_RECORD_MOST);
    assert_int_equal(log.page.entries[0].cut_from, 3000);
    call_end(&log.call);
    device_stop(&device);
}

static void a_refusal_to_read_says_so(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), OUTPUT("ReadRecords", "", "16")};
    struct device device;
    struct log_call log = {.most = 50};
    DEVICE_START(&device, steps, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_false(log.call.ok);
    assert_int_equal(log.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(log.call.err.text, "ReadRecords: NOT_PERMITTED (16)"));
    call_end(&log.call);
    device_stop(&device);
}

/* ---- clearing ---- */

static bool clear_log(struct call *call)
{
    return amt_audit_log_clear(call->device->amt, &call->arena, &call->err);
}

#define ASSERT_CLEAR(steps, wanted)                         \
    do {                                                    \
        struct device device_;                              \
        struct call call_ = {0};                            \
        DEVICE_START(&device_, steps, NULL);                \
        call_for(&call_, &device_, clear_log, 1000);        \
        assert_int_equal(call_.ok, wanted);                 \
        if (!(wanted))                                      \
            assert_int_equal(call_.err.code, ERROR_DEVICE); \
        call_end(&call_);                                   \
        device_stop(&device_);                              \
    } while (0)

static void an_unlocked_log_is_cleared_directly(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), OUTPUT("ClearLog", "", "0")};
    ASSERT_CLEAR(steps, true);
}

static void a_log_that_must_be_locked_is_unlocked_again(void **state)
{
    (void)state;
    struct step steps[] = {
        STEP_401("n1"),
        OUTPUT("ClearLog", "", "16"),
        OUTPUT("SetAuditLock", "<g:Handle>77</g:Handle>", "0"),
        OUTPUT("ClearLog", "", "0"),
        OUTPUT("SetAuditLock", "", "0"),
    };
    steps[2].expect = "<h:Flag>0</h:Flag></h:SetAuditLock_INPUT>";
    steps[4].expect = "<h:Flag>2</h:Flag><h:Handle>77</h:Handle>";
    ASSERT_CLEAR(steps, true);
    struct step still[] = {
        STEP_401("n1"),
        OUTPUT("ClearLog", "", "16"),
        OUTPUT("SetAuditLock", "<g:Handle>77</g:Handle>", "0"),
        OUTPUT("ClearLog", "", "16"),
        OUTPUT("SetAuditLock", "", "0"),
    };
    ASSERT_CLEAR(still, false);
}

static void a_lock_that_is_refused_leaves_the_first_refusal(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        OUTPUT("ClearLog", "", "16"),
        OUTPUT("SetAuditLock", "", "17"),
    };
    struct device device;
    struct call call = {0};
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, clear_log, 1000);
    assert_false(call.ok);
    assert_non_null(strstr(call.err.text, "ClearLog: NOT_PERMITTED"));
    call_end(&call);
    device_stop(&device);
}

/* ---- signature ---- */

struct key_call {
    struct call call;
    struct slice certificates[2];
};

static bool set_key(struct call *call)
{
    const struct key_call *key = (const struct key_call *)(const void *)call;
    return amt_audit_log_set_key(call->device->amt, &call->arena, 1, SLICE_LITERAL("key"),
                                 key->certificates, 2, &call->err);
}

static void certificates_are_one_stream_with_their_lengths(void **state)
{
    (void)state;
    struct step steps[] = {STEP_401("n1"), OUTPUT("SetSigningKeyMaterial", "", "0"),
                           OUTPUT("SetSigningKeyMaterial", "", "2062")};
    steps[1].expect = "<h:SigningMechanismType>1</h:SigningMechanismType>"
                      "<h:SigningKey>a2V5</h:SigningKey>"
                      "<h:LengthOfCertificates>3</h:LengthOfCertificates>"
                      "<h:LengthOfCertificates>2</h:LengthOfCertificates>"
                      "<h:Certificates>b25lMTI=</h:Certificates>";
    struct device device;
    struct key_call key = {.certificates = {SLICE_LITERAL("one"), SLICE_LITERAL("12")}};
    DEVICE_START(&device, steps, NULL);
    call_for(&key.call, &device, set_key, 1000);
    assert_true(key.call.ok);
    call_end(&key.call);
    call_for(&key.call, &device, set_key, 1000);
    assert_false(key.call.ok);
    assert_int_equal(key.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(key.call.err.text, "INVALID_KEY"));
    call_end(&key.call);
    device_stop(&device);
}

static void certificates_that_firmware_cannot_hold_are_not_sent(void **state)
{
    (void)state;
    static const uint8_t bytes[AMT_AUDIT_CERTIFICATES_BYTES];
    struct device device;
    struct key_call key = {.certificates = {{bytes, sizeof bytes}, {bytes, 1}}};
    device_start(&device, NULL, 0, NULL);
    call_for(&key.call, &device, set_key, 1000);
    assert_false(key.call.ok);
    assert_int_equal(key.call.err.code, ERROR_INVALID);
    call_end(&key.call);
    device_stop(&device);
}

static bool sign_log(struct call *call)
{
    const struct wsman_xml *output = NULL;
    return amt_audit_log_sign(call->device->amt, &call->arena, 2, &output, &call->err) &&
           slice_equal_string(wsman_xml_child_text(output, "Signature"), "c2ln");
}

static void the_signature_is_asked_for_by_its_mechanism(void **state)
{
    (void)state;
    struct step steps[] = {
        STEP_401("n1"),
        OUTPUT("ExportAuditLogSignature", "<g:Signature>c2ln</g:Signature>", "0"),
        OUTPUT("ExportAuditLogSignature", "", "16"),
    };
    steps[1].expect = "<h:SigningMechanism>2</h:SigningMechanism>";
    struct device device;
    struct call call = {0};
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, sign_log, 1000);
    assert_true(call.ok);
    call_end(&call);
    call_for(&call, &device, sign_log, 1000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_DEVICE);
    call_end(&call);
    device_stop(&device);
}

/* ---- policy ---- */

struct policy_call {
    struct call call;
    struct amt_audit_rule *rules;
    size_t count;
};

static bool get_policy(struct call *call)
{
    struct policy_call *policy = (struct policy_call *)(void *)call;
    return amt_audit_log_get_policy(call->device->amt, &call->arena, &policy->rules, &policy->count,
                                    &call->err);
}

static void the_policy_pairs_events_with_their_type(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.expect = "AMT_AuditPolicyRule",
         .status = 200,
         .soap = true,
         .body = "<g:AMT_AuditPolicyRule xmlns:g=\"" AMT "AMT_AuditPolicyRule\">"
                 "<g:AuditApplicationEventID>1048576</g:AuditApplicationEventID>"
                 "<g:AuditApplicationEventID>1966082</g:AuditApplicationEventID>"
                 "<g:AuditApplicationEventID>x</g:AuditApplicationEventID>"
                 "<g:AuditApplicationEventID>1048577</g:AuditApplicationEventID>"
                 "<g:PolicyType>0</g:PolicyType><g:PolicyType>1</g:PolicyType>"
                 "</g:AMT_AuditPolicyRule>"},
    };
    struct device device;
    struct policy_call policy = {.count = 0};
    DEVICE_START(&device, steps, NULL);
    call_for(&policy.call, &device, get_policy, 1000);
    assert_true(policy.call.ok);
    assert_int_equal(policy.count, 3);
    assert_int_equal(policy.rules[0].app, 16);
    assert_int_equal(policy.rules[0].event, 0);
    assert_false(policy.rules[0].critical);
    assert_int_equal(policy.rules[1].app, 30);
    assert_int_equal(policy.rules[1].event, 2);
    assert_true(policy.rules[1].critical);
    assert_int_equal(policy.rules[2].event, 1);
    call_end(&policy.call);
    device_stop(&device);
}

static bool set_policy(struct call *call)
{
    const struct amt_audit_rule rule = {.app = 16, .event = 2, .critical = true};
    return amt_audit_log_set_policy(call->device->amt, &call->arena, &rule, true, &call->err);
}

static void a_rule_is_sent_as_the_firmware_wants_it(void **state)
{
    (void)state;
    struct step steps[] = {STEP_401("n1"), OUTPUT("SetAuditPolicy", "", "0"),
                           OUTPUT("SetAuditPolicy", "", "36")};
    steps[1].expect = "<h:Enable>true</h:Enable><h:AuditedAppID>16</h:AuditedAppID>"
                      "<h:EventID>2</h:EventID><h:PolicyType>1</h:PolicyType>";
    struct device device;
    struct call call = {0};
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, set_policy, 1000);
    assert_true(call.ok);
    call_end(&call);
    call_for(&call, &device, set_policy, 1000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_DEVICE);
    call_end(&call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_log_is_one_request),
        cmocka_unit_test(a_page_is_read_from_its_oldest_record_on),
        cmocka_unit_test(what_the_first_request_brought_is_not_asked_for_again),
        cmocka_unit_test(more_than_was_announced_is_taken),
        cmocka_unit_test(less_than_was_announced_ends_the_page),
        cmocka_unit_test(a_device_with_nothing_at_all_ends_at_once),
        cmocka_unit_test(a_page_of_fifty_is_stepped_by_what_each_read_returned),
        cmocka_unit_test(more_than_was_asked_for_does_not_reach_into_the_page_before),
        cmocka_unit_test(a_page_that_ends_early_lacks_its_newest_records),
        cmocka_unit_test(a_bad_record_does_not_lose_the_page),
        cmocka_unit_test(a_record_of_any_length_is_cut_and_said_to_be),
        cmocka_unit_test(a_refusal_to_read_says_so),
        cmocka_unit_test(an_unlocked_log_is_cleared_directly),
        cmocka_unit_test(a_log_that_must_be_locked_is_unlocked_again),
        cmocka_unit_test(a_lock_that_is_refused_leaves_the_first_refusal),
        cmocka_unit_test(certificates_are_one_stream_with_their_lengths),
        cmocka_unit_test(certificates_that_firmware_cannot_hold_are_not_sent),
        cmocka_unit_test(the_signature_is_asked_for_by_its_mechanism),
        cmocka_unit_test(the_policy_pairs_events_with_their_type),
        cmocka_unit_test(a_rule_is_sent_as_the_firmware_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
