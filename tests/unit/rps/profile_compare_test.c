/* Two profiles side by side. */
#include "rps/profile_compare.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_compared(const char *a, const char *b, const char *wanted)
{
    struct buffer text;
    struct json_writer json;
    json_t *left = json_loads(a, 0, NULL);
    json_t *right = json_loads(b, 0, NULL);
    assert_non_null(left);
    assert_non_null(right);
    buffer_init(&text, 4096);
    json_writer_init(&json, &text);
    rps_profile_compare(&json, left, right);
    assert_true(buffer_ok(&text));
    assert_int_equal(text.end, strlen(wanted));
    assert_memory_equal(buffer_slice(&text).data, wanted, strlen(wanted));
    buffer_fini(&text);
    json_decref(left);
    json_decref(right);
}

static void name_tenant_and_version_do_not_count(void **state)
{
    (void)state;
    assert_compared("{\"profileName\":\"x\",\"tenantId\":\"1\",\"version\":\"1\",\"tlsMode\":null}",
                    "{\"profileName\":\"y\",\"tenantId\":\"2\",\"version\":\"2\",\"tlsMode\":null}",
                    "{\"a\":\"x\",\"b\":\"y\",\"same\":true,\"fields\":[{\"field\":\"tlsMode\","
                    "\"same\":true,\"a\":null,\"b\":null}]}");
}

static void one_other_member_makes_them_different(void **state)
{
    (void)state;
    assert_compared("{\"profileName\":\"x\",\"tags\":[\"a\"],\"dhcpEnabled\":true}",
                    "{\"profileName\":\"y\",\"tags\":[\"b\"],\"dhcpEnabled\":true}",
                    "{\"a\":\"x\",\"b\":\"y\",\"same\":false,\"fields\":["
                    "{\"field\":\"tags\",\"same\":false,\"a\":[\"a\"],\"b\":[\"b\"]},"
                    "{\"field\":\"dhcpEnabled\",\"same\":true,\"a\":true,\"b\":true}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_tenant_and_version_do_not_count),
        cmocka_unit_test(one_other_member_makes_them_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
