/* What the doctor makes of what was found out. */
#include "rpc/doctor/doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct rpc_health health;

/* A machine that is well: ACM, CIRA connected. */
static int make_well(void **state)
{
    (void)state;
    arena_init(&arena);
    health = (struct rpc_health){
        .presence.verdict = MEI_PRESENCE_READY,
        .me_answers = true,
        .mode_known = true,
        .mode = MEI_CONTROL_ADMIN,
        .state_known = true,
        .state = MEI_PROVISIONING_POST,
        .watchdog_known = true,
        .watchdog = {.allowed = true, .enabled = true, .new_interface = true, .raw = 0x83},
        .version = "16.1.25",
        .major = 16,
        .lms = RPC_PORT_NOBODY,
        .way_known = true,
        .way_ok = true,
        .way = "LME",
        .dns_suffix = "example.com",
        .hashes_known = true,
        .hash_count = 3,
        .wired_known = true,
        .wired = {.enabled = true, .link_up = true, .dhcp = true, .ipv4 = 1, .mac = {2}},
        .remote_known = true,
        .remote = {.network = 2, .remote = 2, .mps_host = SLICE_LITERAL("mps.example.com")},
        .amt_asked = true,
        .password_given = true,
        .clock_known = true,
    };
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static const struct rpc_finding *find(const struct rpc_report *report, const char *key)
{
    for (const struct rpc_finding *at = report->first; at != NULL; at = at->next)
        if (strcmp(at->key, key) == 0)
            return at;
    fail_msg("nothing about %s", key);
    return NULL;
}

static void assert_verdict(const char *key, enum rpc_finding_verdict verdict, enum rpc_exit code,
                           const char *advice)
{
    struct rpc_report report = {.arena = &arena};
    rpc_doctor_judge(&health, &report);
    const struct rpc_finding *finding = find(&report, key);
    assert_string_equal(rpc_verdict_name(finding->verdict), rpc_verdict_name(verdict));
    assert_int_equal(report.code, code);
    if (advice == NULL)
        assert_null(finding->advice);
    else
        assert_non_null(strstr(finding->advice, advice));
}

static void assert_what(const char *key, const char *what)
{
    struct rpc_report report = {.arena = &arena};
    rpc_doctor_judge(&health, &report);
    assert_non_null(strstr(find(&report, key)->what, what));
}

static void a_machine_that_is_well_is_told_so(void **state)
{
    (void)state;
    struct rpc_report report = {.arena = &arena};
    rpc_doctor_judge(&health, &report);
    assert_int_equal(report.blocked, 0);
    assert_int_equal(report.warnings, 0);
    assert_verdict("cira", RPC_FINDING_GOOD, RPC_SUCCESS, NULL);
}

static void without_the_engine_nothing_else_is_judged(void **state)
{
    (void)state;
    struct rpc_report report = {.arena = &arena};
    health.me_answers = false;
    health.presence.verdict = MEI_PRESENCE_NO_DRIVER;
    rpc_doctor_judge(&health, &report);
    assert_int_equal(report.code, RPC_HECI_DRIVER_NOT_DETECTED);
    assert_ptr_equal(report.first, report.last);
    assert_non_null(strstr(report.first->what, "modprobe mei_me"));
    health.presence.verdict = MEI_PRESENCE_FORBIDDEN;
    assert_verdict("engine", RPC_FINDING_BLOCKED, RPC_INCORRECT_PERMISSIONS, NULL);
    health.presence.verdict = MEI_PRESENCE_NO_AMT;
    assert_verdict("engine", RPC_FINDING_BLOCKED, RPC_AMT_NOT_DETECTED, NULL);
    health.presence.verdict = MEI_PRESENCE_READY;
    assert_verdict("engine", RPC_FINDING_BLOCKED, RPC_AMT_NOT_READY, "take its power away");
    health.me_error.code = ERROR_BUSY;
    health.holders = "lms (7)";
    assert_verdict("engine", RPC_FINDING_BLOCKED, RPC_AMT_NOT_READY, "lms (7)");
}

static void an_amt_that_is_off_is_switched_on_where_that_may_be_done(void **state)
{
    (void)state;
    health.watchdog.enabled = false;
    assert_verdict("enabled", RPC_FINDING_BLOCKED, RPC_AMT_NOT_READY, "rpc configure enable-amt");
    health.watchdog.restricted = true;
    assert_verdict("enabled", RPC_FINDING_BLOCKED, RPC_AMT_NOT_READY, "BIOS");
    health.watchdog.new_interface = false;
    assert_verdict("enabled", RPC_FINDING_NOTE, RPC_SUCCESS, NULL);
}

static void a_set_up_that_is_stuck_is_stopped(void **state)
{
    (void)state;
    health.mode = MEI_CONTROL_NONE;
    health.state = MEI_PROVISIONING_IN;
    assert_verdict("provisioningState", RPC_FINDING_BLOCKED, RPC_UNABLE_TO_ACTIVATE,
                   "rpc activate --stopConfig");
    health.mode = MEI_CONTROL_CLIENT;
    assert_verdict("provisioningState", RPC_FINDING_BLOCKED, RPC_UNABLE_TO_ACTIVATE,
                   "rpc deactivate --local");
}

static void an_lms_that_is_ill_is_told_from_none(void **state)
{
    (void)state;
    assert_verdict("lms", RPC_FINDING_NOTE, RPC_SUCCESS, "rpc lms");
    health.lms = RPC_PORT_SILENT; /* no harm as long as LME is free */
    assert_verdict("lms", RPC_FINDING_WARNING, RPC_SUCCESS, "restart");
    health.way_ok = false;
    assert_verdict("lms", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, "restart");
    health.lms = RPC_PORT_NOBODY;
    health.lms_tls = RPC_PORT_NO_TLS;
    assert_verdict("lms", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, "restart");
    health.way_ok = true;
    health.lms_tls = RPC_PORT_ANSWERS;
    health.watchdog.tls_enforced = true;
    assert_verdict("lms", RPC_FINDING_NOTE, RPC_SUCCESS, NULL);
    health.way = "LMS";
    health.way_is_lms = true;
    assert_verdict("lms", RPC_FINDING_GOOD, RPC_SUCCESS, NULL);
}

static void whoever_listens_is_named(void **state)
{
    (void)state;
    health.lms = RPC_PORT_ANSWERS;
    health.lms_owner = "lms (812) of root";
    assert_what("lms", "lms (812) of root");
    assert_what("lms", "does without");
    health.way_is_lms = true;
    assert_what("lms", "is used");
    health.lms_doubtful = true;
    assert_verdict("lms", RPC_FINDING_WARNING, RPC_SUCCESS, "--lmsport");
}

static void a_stranger_in_lmss_place_blocks_where_there_is_no_other_way(void **state)
{
    (void)state;
    health.lms = RPC_PORT_STRANGER;
    health.lms_owner = "nc (7) of user 1000";
    assert_verdict("lms", RPC_FINDING_WARNING, RPC_SUCCESS, "end that program");
    assert_what("lms", "nc (7) of user 1000");
    health.way_ok = false;
    (void)error_set(&health.way_error, ERROR_UNAUTHORIZED, "nc listens");
    assert_verdict("lms", RPC_FINDING_BLOCKED, RPC_LMS_CONNECTION_FAILED, "end that program");
    assert_verdict("ports", RPC_FINDING_BLOCKED, RPC_LMS_CONNECTION_FAILED, "LME");
}

static void whoever_has_lme_is_named(void **state)
{
    (void)state;
    health.way_ok = false;
    (void)error_set(&health.way_error, ERROR_BUSY, "busy");
    health.holders = "meshagent (812)";
    assert_verdict("ports", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, "meshagent (812)");
    health.holders = NULL;
    assert_verdict("ports", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, "as root rpc doctor");
    health.is_root = true;
    assert_verdict("ports", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, "can't be seen");
    (void)error_set(&health.way_error, ERROR_TIMEOUT, "silent");
    assert_verdict("ports", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, "restart");
}

static void ports_that_refuse_block(void **state)
{
    (void)state;
    health.ports_refused = true;
    (void)error_set(&health.amt_error, ERROR_UNSUPPORTED, "the device refused a channel");
    assert_verdict("ports", RPC_FINDING_BLOCKED, RPC_AMT_CONNECTION_FAILED, NULL);
    assert_what("ports", "refused a channel");
}

static void a_clock_far_off_blocks(void **state)
{
    (void)state;
    health.clock_ahead_s = 299;
    assert_verdict("clock", RPC_FINDING_GOOD, RPC_SUCCESS, NULL);
    health.clock_ahead_s = -301;
    assert_verdict("clock", RPC_FINDING_WARNING, RPC_SUCCESS, "sync-clock");
    health.clock_ahead_s = 86401;
    assert_verdict("clock", RPC_FINDING_BLOCKED, RPC_SYNC_CLOCK_FAILED, "sync-clock");
}

static void a_certificate_for_another_domain_blocks(void **state)
{
    (void)state;
    health.certificate_given = true;
    health.certificate_name = "amt.example.org";
    assert_verdict("provisioningCertificate", RPC_FINDING_BLOCKED, RPC_MISSING_DNS_SUFFIX,
                   "option 15");
    health.certificate_fits = true;
    assert_verdict("provisioningCertificate", RPC_FINDING_GOOD, RPC_SUCCESS, NULL);
    health.certificate_code = RPC_CERTIFICATE_NOT_TRUSTED;
    health.certificate_fault = "not trusted";
    assert_verdict("provisioningCertificate", RPC_FINDING_BLOCKED, RPC_CERTIFICATE_NOT_TRUSTED,
                   "rpc amtinfo --cert");
}

static void why_amt_does_not_call_is_told(void **state)
{
    (void)state;
    health.remote.remote = 0;
    health.wired.link_up = false;
    assert_verdict("cira", RPC_FINDING_BLOCKED, RPC_CIRA_FAILED, "no link");
    health.wired.link_up = true;
    health.remote.network = 0;
    assert_verdict("cira", RPC_FINDING_BLOCKED, RPC_CIRA_FAILED, "inside of the enterprise");
    health.remote.network = 2;
    health.policies_known = true;
    assert_verdict("cira", RPC_FINDING_BLOCKED, RPC_CIRA_FAILED, "no policy");
    health.policy_count = 1;
    health.log_known = true;
    health.log.failure.valid = true;
    health.log.failure.attempts[0].tls_error = -5;
    assert_verdict("cira", RPC_FINDING_BLOCKED, RPC_CIRA_FAILED, "server's certificate");
    health.log.failure.attempts[0].tls_error = 0;
    assert_verdict("cira", RPC_FINDING_BLOCKED, RPC_CIRA_FAILED, "4433");
    health.remote.mps_host = SLICE_LITERAL("");
    health.servers_known = true;
    assert_verdict("cira", RPC_FINDING_NOTE, RPC_SUCCESS, "rpc configure cira");
}

static void calling_for_ever_is_told_from_calling(void **state)
{
    (void)state;
    health.remote.remote = 1;
    assert_verdict("cira", RPC_FINDING_WARNING, RPC_SUCCESS, "in a minute");
    health.log_known = true;
    health.log.failure.valid = true;
    health.log.failure.time = 100;
    health.log.summary.last_opened = 101;
    assert_verdict("cira", RPC_FINDING_WARNING, RPC_SUCCESS, "in a minute");
    health.log.summary.last_opened = 99;
    assert_verdict("cira", RPC_FINDING_BLOCKED, RPC_CIRA_FAILED, "4433");
}

static void a_password_that_is_wrong_blocks_and_none_does_not(void **state)
{
    (void)state;
    health.amt_login = true;
    assert_verdict("login", RPC_FINDING_BLOCKED, RPC_AMT_AUTHENTICATION_FAILED, "another");
    health.password_given = false;
    assert_verdict("login", RPC_FINDING_UNKNOWN, RPC_SUCCESS, "AMT_PASSWORD");
}

static void a_password_counts_from_the_activation_on(void **state)
{
    (void)state;
    health.mode = MEI_CONTROL_NONE;
    assert_verdict("login", RPC_FINDING_GOOD, RPC_SUCCESS, NULL);
    assert_what("login", "host's own account; the password counts from the activation on");
    health.amt_login = true;
    assert_verdict("login", RPC_FINDING_WARNING, RPC_SUCCESS, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_well, end)
    const struct CMUnitTest tests[] = {
        TEST(a_machine_that_is_well_is_told_so),
        TEST(without_the_engine_nothing_else_is_judged),
        TEST(an_amt_that_is_off_is_switched_on_where_that_may_be_done),
        TEST(a_set_up_that_is_stuck_is_stopped),
        TEST(an_lms_that_is_ill_is_told_from_none),
        TEST(whoever_listens_is_named),
        TEST(a_stranger_in_lmss_place_blocks_where_there_is_no_other_way),
        TEST(whoever_has_lme_is_named),
        TEST(ports_that_refuse_block),
        TEST(a_clock_far_off_blocks),
        TEST(a_certificate_for_another_domain_blocks),
        TEST(why_amt_does_not_call_is_told),
        TEST(calling_for_ever_is_told_from_calling),
        TEST(a_password_that_is_wrong_blocks_and_none_does_not),
        TEST(a_password_counts_from_the_activation_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
