/* Results as JSON. */
#include "rpc/text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What a device or a server says stands in results; a terminal is not steered by it, and whoever
 * reads the JSON gets what was said. */
static void what_could_steer_a_terminal_is_escaped(void **state)
{
    struct buffer out;
    struct rpc_json json;
    (void)state;
    buffer_init(&out, 4096);
    rpc_json_init(&json, &out);
    rpc_json_open(&json, NULL, '{');
    rpc_json_text(&json, "a",
                  "x\x1b[2J\xc2\x9b"
                  "2J\xe2\x80\x8ey\xc3\xa4\xe2\x82\xac");
    rpc_json_close(&json, '}');
    buffer_put_u8(&out, '\0');
    assert_string_equal((const char *)buffer_slice(&out).data,
                        "{\n  \"a\": \"x\\u001b[2J\\u009b2J\\u200ey\xc3\xa4\xe2\x82\xac\"\n}\n");
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_steer_a_terminal_is_escaped),
    };
    return cmocka_run_group_tests_name("rpc/json", tests, NULL, NULL);
}
