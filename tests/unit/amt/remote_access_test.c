/* Whom a device calls: what is set up on a whole simulated machine, that a second run changes
 * nothing, and that a failure of any one exchange leaves what was there (spec rps 3.9,
 * device-protocols 7.8). */
#include "amt/remote_access.h"

#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAP     "AMT_ManagementPresenceRemoteSAP"
#define RULE    "AMT_RemoteAccessPolicyRule"
#define APPLIES "AMT_RemoteAccessPolicyAppliesToMPS"
#define DETECT  "AMT_EnvironmentDetectionSettingData"

/* Without AMT_MPSUsernamePassword: the simulated device has one login for all servers, and nobody
 * can put back a password that cannot be read. */
static const char *const classes[] = {
    SAP, RULE, APPLIES, DETECT, "AMT_UserInitiatedConnectionService", "AMT_PublicKeyCertificate",
    NULL};

static const struct slice home[] = {{(const uint8_t *)"home.test", 9}};
static struct arena texts;
static struct slice root;

struct remote_call {
    struct machine *machine;
    struct arena arena;
    struct amt_presence_server server;
    struct amt_remote_access_changes changes;
    struct error err;
    bool clear;
    bool was_set;
    bool ok;
};

static struct amt_presence_server server(void)
{
    return (struct amt_presence_server){
        .address = SLICE_LITERAL("mps.example.test"),
        .format = 201,
        .port = 4433,
        .user = SLICE_LITERAL("a&b"),
        .password = SLICE_LITERAL("S<cret-1>"),
        .common_name = SLICE_LITERAL("never sent with a name"),
        .root_der = root,
        .detection = home,
        .detection_count = 1,
    };
}

static void converse(void *arg)
{
    struct remote_call *call = arg;
    if (call->clear)
        call->ok =
            amt_remote_access_clear(call->machine->amt, &call->arena, &call->was_set, &call->err);
    else
        call->ok = amt_remote_access_set(call->machine->amt, &call->arena, &call->server,
                                         &call->changes, &call->err);
}

static void run(struct machine *machine, struct remote_call *call)
{
    call->machine = machine;
    arena_init(&call->arena);
    machine_run(machine, converse, call);
    if (!call->ok && call->err.code == ERROR_NONE)
        fail_msg("failed without an error");
}

static void set(struct machine *machine, struct remote_call *call)
{
    run(machine, call);
    if (!call->ok)
        fail_msg("%s", call->err.text);
    arena_fini(&call->arena);
}

static void clear(struct machine *machine)
{
    struct remote_call call = {.clear = true};
    set(machine, &call);
}

static void assert_value(const struct machine *machine, const char *class, size_t index,
                         const char *property, const char *text)
{
    struct slice got = machine_value(machine, class, index, property);
    if (!slice_equal_string(got, text))
        fail_msg("%s.%s is \"%.*s\" instead of \"%s\"", class, property, SLICE_ARG(got), text);
}

static void a_bare_device_is_made_to_call(void **state)
{
    (void)state;
    struct machine machine;
    struct remote_call call = {.server = server()};
    machine_start(&machine, "16.1");
    clear(&machine);
    set(&machine, &call);
    assert_int_equal(machine_count(&machine, SAP), 1);
    assert_value(&machine, SAP, 0, "AccessInfo", "mps.example.test");
    assert_value(&machine, SAP, 0, "InfoFormat", "201");
    assert_value(&machine, SAP, 0, "Port", "4433");
    assert_value(&machine, SAP, 0, "CN", "");
    assert_int_equal(machine_count(&machine, RULE), 2);
    assert_value(&machine, RULE, 0, "PolicyRuleName", "Periodic");
    assert_value(&machine, RULE, 0, "ExtendedData", "AAAAAAAAABk=");
    assert_value(&machine, RULE, 0, "TunnelLifeTime", "0");
    assert_value(&machine, RULE, 1, "PolicyRuleName", "User Initiated");
    assert_value(&machine, RULE, 1, "TunnelLifeTime", "300");
    assert_int_equal(machine_count(&machine, APPLIES), 2);
    assert_value(&machine, APPLIES, 0, "MpsType", "2");
    assert_value(&machine, APPLIES, 1, "MpsType", "2");
    assert_value(&machine, DETECT, 0, "DetectionStrings", "home.test");
    assert_value(&machine, "AMT_MPSUsernamePassword", 0, "RemoteID", "a&b");
    assert_value(&machine, "AMT_MPSUsernamePassword", 0, "Secret", "S<cret-1>");
    assert_value(&machine, "AMT_UserInitiatedConnectionService", 0, "EnabledState", "32771");
    assert_true(call.changes.root && call.changes.server && call.changes.policies &&
                call.changes.detection);
    machine_stop(&machine);
}

static void a_second_run_writes_the_login_and_nothing_else(void **state)
{
    (void)state;
    struct machine machine;
    struct arena arena;
    struct remote_call call = {.server = server()}, again = {.server = server()};
    machine_start(&machine, "16.1");
    arena_init(&arena);
    clear(&machine);
    set(&machine, &call);
    const char *before = machine_snapshot(&machine, &arena, classes);
    set(&machine, &again);
    assert_string_equal(machine_snapshot(&machine, &arena, classes), before);
    const struct amt_remote_access_changes login = {.login = true, .password = true};
    assert_memory_equal(&again.changes, &login, sizeof login);
    assert_non_null(strstr(machine.changing, "transfer/Put"));
    arena_fini(&arena);
    machine_stop(&machine);
}

static void another_server_takes_the_place_of_the_one_before(void **state)
{
    (void)state;
    struct machine machine;
    struct remote_call call = {.server = server()};
    machine_start(&machine, "16.1"); /* which calls 192.168.10.196 */
    call.server.detection_count = 0;
    set(&machine, &call);
    assert_int_equal(machine_count(&machine, SAP), 1);
    assert_value(&machine, SAP, 0, "AccessInfo", "mps.example.test");
    assert_int_equal(machine_count(&machine, RULE), 2);
    assert_int_equal(machine_count(&machine, APPLIES), 2);
    assert_int_equal(call.changes.removed, 1);
    assert_false(call.changes.detection); /* those that were there */
    machine_stop(&machine);
}

static void an_address_gets_the_common_name_and_a_domain_that_exists_nowhere(void **state)
{
    (void)state;
    struct machine machine;
    struct remote_call call = {.server = server()};
    machine_start(&machine, "16.1");
    clear(&machine);
    call.server.address = SLICE_LITERAL("192.0.2.7");
    call.server.format = 3;
    call.server.common_name = SLICE_LITERAL("mps.example.test");
    call.server.detection_count = 0;
    call.server.period_s = 300;
    set(&machine, &call);
    assert_value(&machine, SAP, 0, "CN", "mps.example.test");
    assert_value(&machine, RULE, 0, "ExtendedData", "AAAAAAAAASw=");
    struct slice domain = machine_value(&machine, DETECT, 0, "DetectionStrings");
    assert_int_equal(domain.size, 36 + 4);
    assert_true(slice_equal_string(slice_from(domain, 36), ".com"));
    machine_stop(&machine);
}

static void what_no_device_takes_is_not_sent(void **state)
{
    (void)state;
    struct slice six[6];
    struct machine machine;
    machine_start(&machine, "16.1");
    for (size_t i = 0; i < 6; i++)
        six[i] = SLICE_LITERAL("x.test");
    for (int i = 0; i < 5; i++) {
        struct remote_call call = {.server = server()};
        if (i == 0)
            call.server.address.size = 0;
        else if (i == 1)
            call.server.format = 5;
        else if (i == 2)
            call.server.port = 65536;
        else if (i == 3)
            call.server.password.size = 0;
        else
            call.server.detection = six, call.server.detection_count = 6;
        run(&machine, &call);
        assert_false(call.ok);
        assert_int_equal(call.err.code, ERROR_INVALID);
        arena_fini(&call.arena);
    }
    assert_int_equal(machine.exchanges, 0);
    machine_stop(&machine);
}

static void clearing_finds_nothing_the_second_time(void **state)
{
    (void)state;
    struct machine machine;
    struct remote_call call = {.clear = true}, again = {.clear = true};
    machine_start(&machine, "16.1");
    set(&machine, &call);
    assert_true(call.was_set);
    assert_int_equal(machine_count(&machine, SAP), 0);
    assert_int_equal(machine_count(&machine, RULE), 0);
    assert_value(&machine, DETECT, 0, "DetectionStrings", "");
    free(machine.changing);
    machine.changing = NULL;
    set(&machine, &again);
    assert_false(again.was_set);
    assert_null(machine.changing);
    machine_stop(&machine);
}

static void a_refusal_says_what_to_do(void **state)
{
    (void)state;
    struct machine machine;
    struct remote_call call = {.server = server()};
    machine_start(&machine, "16.1");
    call.server.root_der = SLICE_LITERAL("no certificate");
    run(&machine, &call);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_DEVICE);
    assert_string_equal(call.err.text,
                        "the device refuses AddTrustedRootCertificate: INVALID_CERT (2063): it "
                        "cannot use this certificate; check its key size and signature");
    arena_fini(&call.arena);
    machine_stop(&machine);
}

/* One conversation with its exchange `at` failing. False when there are not that many. */
static bool fails_without_a_trace(unsigned at, enum machine_failure failure, bool bare)
{
    struct machine machine;
    struct arena arena;
    struct remote_call call = {.server = server()};
    machine_start(&machine, "16.1");
    arena_init(&arena);
    machine_set(&machine, "AMT_UserInitiatedConnectionService", 0, "EnabledState", "32768");
    if (bare)
        clear(&machine);
    const char *before = machine_snapshot(&machine, &arena, classes);
    machine.exchanges = 0;
    machine.fail_at = at;
    machine.failure = failure;
    free(machine.changing);
    machine.changing = NULL;
    run(&machine, &call);
    bool failed = machine.failed;
    if (failed && !call.ok) {
        const char *after = machine_snapshot(&machine, &arena, classes);
        if (strcmp(before, after) != 0)
            fail_msg("exchange %u failing by %d (%s) leaves\n%sinstead of\n%s", at, (int)failure,
                     call.err.text, after, before);
    }
    arena_fini(&call.arena);
    arena_fini(&arena);
    machine_stop(&machine);
    return failed;
}

static void whatever_fails_leaves_what_was_there(void **state)
{
    (void)state;
    for (int failure = 0; failure < MACHINE_FAILURES; failure++)
        for (int bare = 0; bare < 2; bare++) {
            unsigned at = 1;
            while (fails_without_a_trace(at, (enum machine_failure)failure, bare != 0))
                at++;
            assert_in_range(at, 20, 60); /* it has walked all of it */
        }
}

static int make_root(void **state)
{
    (void)state;
    arena_init(&texts);
    root = machine_certificate(&texts, "MPSRoot-test");
    return 0;
}

static int free_root(void **state)
{
    (void)state;
    arena_fini(&texts);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_device_is_made_to_call),
        cmocka_unit_test(a_second_run_writes_the_login_and_nothing_else),
        cmocka_unit_test(another_server_takes_the_place_of_the_one_before),
        cmocka_unit_test(an_address_gets_the_common_name_and_a_domain_that_exists_nowhere),
        cmocka_unit_test(what_no_device_takes_is_not_sent),
        cmocka_unit_test(clearing_finds_nothing_the_second_time),
        cmocka_unit_test(a_refusal_says_what_to_do),
        cmocka_unit_test(whatever_fails_leaves_what_was_there),
    };
    return cmocka_run_group_tests(tests, make_root, free_root);
}
