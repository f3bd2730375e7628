/* Alerts of the ME as a line, for people and for programs. */
#include "rpc/lms/lms.h"

#include "core/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char envelope[] =
    "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"><a:Header/><a:Body>"
    "<g:CIM_AlertIndication xmlns:g=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
    "CIM_AlertIndication\"><g:AlertType>8</g:AlertType>"
    "<g:IndicationIdentifier>Intel(r):7</g:IndicationIdentifier>"
    "<g:MessageArguments>a&#10;b</g:MessageArguments><g:MessageID>iAMT0052</g:MessageID>"
    "<g:PerceivedSeverity>2</g:PerceivedSeverity></g:CIM_AlertIndication></a:Body></a:Envelope>";

static void assert_line(bool json, const char *text, bool wanted, const char *line)
{
    struct buffer out;
    buffer_init(&out, 4096);
    assert_int_equal(rpc_lms_put_alert(&out, json, 1700000000000, slice_of_string(text)), wanted);
    assert_true(slice_equal_string(buffer_slice(&out), line));
    buffer_fini(&out);
}

static void an_alert_is_a_line_that_cannot_steer_the_terminal(void **state)
{
    (void)state;
    assert_line(
        false, envelope, true,
        "2023-11-14T22:13:20.000Z alert MessageID=iAMT0052 MessageArguments=a?b AlertType=8 "
        "PerceivedSeverity=2 IndicationIdentifier=Intel(r):7\n");
}

static void an_alert_is_an_object_of_a_line(void **state)
{
    (void)state;
    assert_line(true, envelope, true,
                "{\"time\":\"2023-11-14T22:13:20.000Z\",\"MessageID\":\"iAMT0052\","
                "\"MessageArguments\":\"a\\nb\",\"AlertType\":\"8\",\"PerceivedSeverity\":\"2\","
                "\"IndicationIdentifier\":\"Intel(r):7\"}\n");
}

static void what_is_no_alert_is_none(void **state)
{
    (void)state;
    assert_line(false, "<x/>", false, "");
    assert_line(true, "no XML", false, "");
    assert_line(true, "", false, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_is_a_line_that_cannot_steer_the_terminal),
        cmocka_unit_test(an_alert_is_an_object_of_a_line),
        cmocka_unit_test(what_is_no_alert_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
