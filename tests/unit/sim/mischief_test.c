/* Wrong answers on demand: the rules, and what a client gets. */
#include "core/arena.h"
#include "request_text.h"
#include "sim/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GENERAL SPACE_AMT "AMT_GeneralSettings"
#define BOOT    SPACE_CIM "CIM_BootService"
#define SOURCES SPACE_CIM "CIM_BootSourceSetting"

struct bench {
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_web_host host;
    struct sim_web web;
    struct sim_mischief *rules;
    struct buffer out;
    struct arena arena;
};

static void start(struct bench *bench, const char *rule)
{
    struct guid guid = {{1}};
    memset(bench, 0, sizeof(*bench));
    arena_init(&bench->arena);
    sim_device_init(&bench->device, &sim_personality_16, &guid, 1);
    sim_authenticator_init(&bench->authenticator, "admin", bench->device.realm,
                           SLICE_LITERAL("Am1-secret"));
    assert_true(sim_mischief_add(&bench->rules, slice_of_string(rule), NULL));
    bench->host.device = &bench->device;
    bench->host.authenticator = &bench->authenticator;
    bench->host.mischief = bench->rules;
    sim_web_init(&bench->web, &bench->host);
    buffer_init(&bench->out, 1024 * 1024);
}

static void stop(struct bench *bench)
{
    sim_web_fini(&bench->web);
    sim_mischief_free(bench->rules);
    sim_device_fini(&bench->device);
    sim_authenticator_fini(&bench->authenticator);
    buffer_fini(&bench->out);
    arena_fini(&bench->arena);
}

/* The whole HTTP answer to a proven request; "" for none yet. */
static const char *ask(struct bench *bench, const char *body)
{
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 1000);
    const char *realm = bench->device.realm;
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(SLICE_LITERAL("admin"), slice_of_string(realm), SLICE_LITERAL("Am1-secret"),
                    ha1);
    http_digest_response(ha1, slice_of_string(nonce), SLICE_LITERAL("1"), SLICE_LITERAL("c"),
                         SLICE_LITERAL("auth"), "POST", SLICE_LITERAL("/wsman"), response);
    const char *request =
        arena_printf(&bench->arena,
                     "POST /wsman HTTP/1.1\r\nAuthorization: Digest username=\"admin\",realm=\"%s\""
                     ",nonce=\"%s\",uri=\"/wsman\",qop=\"auth\",response=\"%s\",nc=\"1\",cnonce="
                     "\"c\"\r\nContent-Length: %zu\r\n\r\n%s",
                     realm, nonce, response, strlen(body), body);
    sim_web_feed(&bench->web, slice_of_string(request), 1000, &bench->out);
    const char *text = arena_string(&bench->arena, buffer_slice(&bench->out));
    buffer_clear(&bench->out);
    return text;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void an_absent_class_is_unknown(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootService=absent");
    assert_true(has(ask(&bench, GET(GENERAL)), "HTTP/1.1 200 OK\r\n"));
    const char *text = ask(&bench, GET(BOOT));
    assert_true(has(text, "HTTP/1.1 400 Bad Request\r\n"));
    assert_true(has(text, "b:DestinationUnreachable"));
    assert_true(has(text, "<b:RelatesTo>0</b:RelatesTo>"));
    stop(&bench);
}

static void each_fault_has_its_name(void **state)
{
    static const char *const names[][2] = {
        {"AccessDenied", "e:AccessDenied"},
        {"QuotaLimit", "e:QuotaLimit"},
        {"AlreadyExists", "e:AlreadyExists"},
        {"InvalidRepresentation", "d:InvalidRepresentation"},
        {"SchemaValidationError", "e:SchemaValidationError"},
        {"ActionNotSupported", "b:ActionNotSupported"},
        {"InvalidEnumerationContext", "c:InvalidEnumerationContext"},
        {"EncodingLimit", "e:EncodingLimit"},
        {"MustUnderstand", "a:MustUnderstand"},
        {"InternalError", "e:InternalError"},
        {"DestinationUnreachable", "b:DestinationUnreachable"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bench bench;
        char rule[80];
        snprintf(rule, sizeof(rule), "*=fault:%s", names[i][0]);
        start(&bench, rule);
        if (!has(ask(&bench, GET(GENERAL)), names[i][1]))
            fail_msg("no %s", names[i][1]);
        stop(&bench);
    }
}

static void a_rule_may_name_one_operation(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "AMT_GeneralSettings.Enumerate=status:503");
    assert_true(has(ask(&bench, GET(GENERAL)), "HTTP/1.1 200 OK\r\n"));
    assert_true(has(ask(&bench, ENUMERATE(GENERAL)), "HTTP/1.1 503 "));
    assert_true(bench.web.finished);
    stop(&bench);
}

static void a_method_returns_what_it_is_told(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_PowerManagementService.RequestPowerStateChange=return:4099");
    assert_true(has(ask(&bench, POWER("10")), "<g:ReturnValue>4099</g:ReturnValue>"));
    stop(&bench);
}

static void garbage_is_no_xml(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "*=garbage");
    const char *text = ask(&bench, GET(GENERAL));
    assert_true(has(text, "HTTP/1.1 200 OK\r\n"));
    assert_false(has(text, "</a:Envelope>"));
    stop(&bench);
}

static void a_truncated_answer_ends_the_connection(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "*=truncate");
    const char *text = ask(&bench, GET(GENERAL));
    assert_true(has(text, "HTTP/1.1 200 OK\r\n"));
    assert_false(has(text, "0\r\n\r\n"));
    assert_true(bench.web.finished);
    stop(&bench);
}

static void the_answer_to_another_request(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "*=wrong-id");
    const char *text = ask(&bench, GET(GENERAL));
    assert_true(has(text, "<b:RelatesTo>4711</b:RelatesTo>"));
    assert_true(has(text, "</a:Envelope>"));
    stop(&bench);
}

static void a_list_of_one(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootSourceSetting=single");
    (void)ask(&bench, ENUMERATE(SOURCES));
    const char *text = ask(&bench, PULL(SOURCES, "01000000-0000-0000-0000-000000000000"));
    const char *first = strstr(text, "<g:PullResponse><g:Items><h:CIM_BootSourceSetting>");
    assert_non_null(first);
    const char *end = strstr(first, "</h:CIM_BootSourceSetting>");
    assert_non_null(end);
    assert_null(strstr(end + 1, "</h:CIM_BootSourceSetting>"));
    assert_true(has(end, "</h:CIM_BootSourceSetting></g:Items><g:EndOfSequence>"
                         "</g:EndOfSequence></g:PullResponse>"));
    stop(&bench);
}

static void a_slow_answer_comes_in_its_time(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "AMT_GeneralSettings=slow:5000");
    assert_string_equal(ask(&bench, GET(GENERAL)), "");
    assert_int_equal(bench.web.due_ms, 6000);
    sim_web_tick(&bench.web, 6000, &bench.out);
    assert_true(buffer_size(&bench.out) > 0);
    buffer_clear(&bench.out);
    assert_true(has(ask(&bench, GET(BOOT)), "HTTP/1.1 200 OK\r\n"));
    stop(&bench);
}

static void a_silent_device_never_answers(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "AMT_GeneralSettings=silent");
    assert_string_equal(ask(&bench, GET(GENERAL)), "");
    assert_true(bench.web.due_ms == UINT64_MAX);
    assert_string_equal(ask(&bench, GET(BOOT)), "");
    stop(&bench);
}

static void the_first_rule_that_fits_counts(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "AMT_GeneralSettings=status:503");
    assert_true(sim_mischief_add(&bench.rules, SLICE_LITERAL("*=status:404"), NULL));
    assert_true(has(ask(&bench, GET(BOOT)), "HTTP/1.1 404 "));
    stop(&bench);
    start(&bench, "AMT_GeneralSettings=status:503");
    assert_true(sim_mischief_add(&bench.rules, SLICE_LITERAL("*=status:404"), NULL));
    assert_true(has(ask(&bench, GET(GENERAL)), "HTTP/1.1 503 "));
    stop(&bench);
}

static void wrong_rules_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "CIM_Chip",
        "CIM_Chip=",
        "=absent",
        "CIM_Nothing=absent",
        "*=fault",
        "*=fault:Nobody",
        "*=return:x",
        "*=status:9",
        "*=slow:",
        "*=silent:1",
        "*=loud",
        "*=slow:999999999",
        "CIM_Chip=absent:1",
        "CIM_Chip#0=absent",
        "CIM_Chip#x=absent",
        "#1=absent",
        "*=other:1",
    };
    struct sim_mischief *rules = NULL;
    struct error err;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (sim_mischief_add(&rules, slice_of_string(wrong[i]), &err))
            fail_msg("'%s' was taken", wrong[i]);
        assert_int_equal(err.code, ERROR_INVALID);
    }
    assert_null(rules);
}

static void a_method_is_refused_without_being_run(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "*.SetBootConfigRole=refuse:6@1");
    const char *text = ask(&bench, ROLE("1"));
    assert_true(has(text, "<g:ReturnValue>6</g:ReturnValue>"));
    assert_false(bench.device.boot_role);
    text = ask(&bench, ROLE("1")); /* the rule was for one request */
    assert_true(has(text, "<g:ReturnValue>0</g:ReturnValue>"));
    assert_true(bench.device.boot_role);
    stop(&bench);
}

static void an_answer_is_lost_after_the_method_was_run(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootService.SetBootConfigRole=lose");
    assert_string_equal(ask(&bench, ROLE("1")), "");
    assert_true(bench.web.finished);
    assert_true(bench.device.boot_role);
    stop(&bench);
}

static void a_connection_is_lost_once(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "AMT_GeneralSettings=slow:0");
    bench.host.drop_after = 1;
    assert_true(has(ask(&bench, GET(GENERAL)), "200 OK"));
    assert_string_equal(ask(&bench, GET(GENERAL)), "");
    assert_true(bench.web.finished);
    bench.web.finished = false; /* the next connection */
    assert_true(has(ask(&bench, GET(GENERAL)), "200 OK"));
    stop(&bench);
}

static void times_are_numbers(void **state)
{
    struct sim_mischief *rules = NULL;
    (void)state;
    assert_false(sim_mischief_add(&rules, SLICE_LITERAL("*=lose@x"), NULL));
    assert_false(sim_mischief_add(&rules, SLICE_LITERAL("*=refuse"), NULL));
    assert_null(rules);
}

static void a_rule_may_name_a_place(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "AMT_GeneralSettings.Get#2=fault:InternalError");
    assert_true(has(ask(&bench, GET(GENERAL)), "200 OK"));
    assert_true(has(ask(&bench, GET(BOOT)), "200 OK"));
    assert_true(has(ask(&bench, GET(GENERAL)), "InternalError"));
    bench.web.finished = false; /* the next connection repeats it */
    assert_true(has(ask(&bench, GET(GENERAL)), "InternalError"));
    bench.web.finished = false;
    assert_true(has(ask(&bench, GET(BOOT)), "200 OK"));
    assert_true(has(ask(&bench, GET(GENERAL)), "200 OK"));
    assert_int_equal(bench.host.used.used[0], 2);
    stop(&bench);
}

static void a_place_and_a_number_of_times(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootService#2=garbage@1");
    assert_true(sim_mischief_add(&bench.rules, SLICE_LITERAL("*#1=status:503"), NULL));
    assert_true(has(ask(&bench, GET(BOOT)), "503"));
    bench.web.finished = false;
    assert_false(has(ask(&bench, GET(BOOT)), "</a:Envelope>"));
    assert_true(has(ask(&bench, GET(BOOT)), "503")); /* still the same request, for the second */
    stop(&bench);
}

static void an_answer_that_never_comes_is_to_a_request_that_was_served(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootService.SetBootConfigRole=mute");
    assert_string_equal(ask(&bench, ROLE("1")), "");
    assert_true(bench.web.due_ms == UINT64_MAX);
    assert_false(bench.web.finished);
    assert_true(bench.device.boot_role);
    stop(&bench);
}

static void another_question_is_answered(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootService.SetBootConfigRole=other");
    const char *text = ask(&bench, ROLE("1"));
    assert_true(has(text, "HTTP/1.1 200 OK\r\n"));
    assert_true(has(text, "<b:RelatesTo>"));
    assert_true(has(text, "<g:Something>1</g:Something>"));
    assert_false(bench.device.boot_role);
    stop(&bench);
}

static void a_refused_login_comes_with_a_challenge(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "*=status:401");
    const char *text = ask(&bench, GET(GENERAL));
    assert_true(has(text, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="));
    stop(&bench);
}

static void an_agent_leaves_with_the_request_or_with_the_answer(void **state)
{
    struct bench bench;
    (void)state;
    start(&bench, "CIM_BootService.SetBootConfigRole=leave");
    assert_string_equal(ask(&bench, ROLE("1")), "");
    assert_true(bench.host.left);
    assert_false(bench.device.boot_role);
    stop(&bench);
    start(&bench, "CIM_BootService.SetBootConfigRole=leave-after");
    assert_string_equal(ask(&bench, ROLE("1")), "");
    assert_true(bench.host.left);
    assert_true(bench.device.boot_role);
    stop(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_class_is_unknown),
        cmocka_unit_test(each_fault_has_its_name),
        cmocka_unit_test(a_rule_may_name_one_operation),
        cmocka_unit_test(a_method_returns_what_it_is_told),
        cmocka_unit_test(garbage_is_no_xml),
        cmocka_unit_test(a_truncated_answer_ends_the_connection),
        cmocka_unit_test(the_answer_to_another_request),
        cmocka_unit_test(a_list_of_one),
        cmocka_unit_test(a_slow_answer_comes_in_its_time),
        cmocka_unit_test(a_silent_device_never_answers),
        cmocka_unit_test(the_first_rule_that_fits_counts),
        cmocka_unit_test(wrong_rules_are_refused),
        cmocka_unit_test(a_method_is_refused_without_being_run),
        cmocka_unit_test(an_answer_is_lost_after_the_method_was_run),
        cmocka_unit_test(a_connection_is_lost_once),
        cmocka_unit_test(times_are_numbers),
        cmocka_unit_test(a_rule_may_name_a_place),
        cmocka_unit_test(a_place_and_a_number_of_times),
        cmocka_unit_test(an_answer_that_never_comes_is_to_a_request_that_was_served),
        cmocka_unit_test(another_question_is_answered),
        cmocka_unit_test(a_refused_login_comes_with_a_challenge),
        cmocka_unit_test(an_agent_leaves_with_the_request_or_with_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
