#include "obctl/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(int status, const char *body, enum error_code code, const char *text)
{
    struct error err;
    struct obctl_answer answer = {.status = status};
    if (body != NULL)
        answer.json = json_loads(body, 0, NULL);
    assert_false(obctl_answer_error(&answer, &err));
    assert_int_equal(err.code, code);
    assert_string_equal(err.text, text);
    obctl_answer_fini(&answer);
}

static void the_first_field_in_error_is_named(void **state)
{
    (void)state;
    check(400,
          "{\"errors\":[{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"guid\","
          "\"location\":\"body\"},{\"type\":\"field\",\"msg\":\"x\",\"path\":\"y\"}]}",
          ERROR_INVALID, "guid: Invalid value");
}

static void error_and_description_are_both_shown(void **state)
{
    (void)state;
    check(404, "{\"error\":\"Device not found/connected.\",\"errorDescription\":\"guid : 1\"}",
          ERROR_NOT_FOUND, "Device not found/connected. (guid : 1)");
    check(404, "{\"error\":\"NOT FOUND\",\"message\":\"Device ID 1 not found\"}", ERROR_NOT_FOUND,
          "NOT FOUND (Device ID 1 not found)");
}

static void a_message_alone_is_shown(void **state)
{
    (void)state;
    check(401, "{\"message\":\"Incorrect Username and/or Password!\"}", ERROR_UNAUTHORIZED,
          "Incorrect Username and/or Password!");
}

static void what_is_there_already_is_a_conflict_whatever_the_status(void **state)
{
    (void)state;
    check(400, "{\"error\":\"Unique key violation\",\"message\":\"AMT profile p already exists\"}",
          ERROR_CONFLICT, "Unique key violation (AMT profile p already exists)");
}

static void an_empty_body_still_gives_a_sentence(void **state)
{
    (void)state;
    check(401, NULL, ERROR_UNAUTHORIZED, "the server wants a login: run `obctl login`");
    check(404, NULL, ERROR_NOT_FOUND, "not found");
    check(503, NULL, ERROR_BUSY, "the server answered with status 503");
    check(504, NULL, ERROR_TIMEOUT, "the server answered with status 504");
}

static void a_refusal_of_the_device_is_named_whatever_the_status(void **state)
{
    (void)state;
    check(400, "{\"Header\":{},\"Body\":{\"ReturnValue\":3,\"ReturnValueStr\":\"BLOCKED\"}}",
          ERROR_DEVICE, "the device refused: BLOCKED (3)");
    check(400, "{\"ReturnValue\":1}", ERROR_DEVICE, "the device refused: no reason (1)");
    check(200,
          "{\"Body\":{\"ReturnValue\":2,\"ReturnValueStr\":\"NOT_READY\",\"Description\":"
          "\"the machine is on already\"},\"ReturnValue\":2}",
          ERROR_DEVICE, "refused (2): the machine is on already");
    json_t *done = json_loads("{\"Body\":{\"ReturnValue\":0},\"ReturnValue\":0}", 0, NULL);
    assert_true(obctl_answer_refusal(done, NULL));
    json_decref(done);
}

static void json_of_an_unexpected_shape_is_no_harm(void **state)
{
    (void)state;
    check(500, "[1,2]", ERROR_INTERNAL, "the server answered with status 500");
    check(400, "{\"errors\":{\"a\":1}}", ERROR_INVALID, "the server answered with status 400");
    check(404, "{\"error\":{\"alarm\":\"x\"},\"errorDescription\":\"d\"}", ERROR_NOT_FOUND, "d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_field_in_error_is_named),
        cmocka_unit_test(error_and_description_are_both_shown),
        cmocka_unit_test(a_message_alone_is_shown),
        cmocka_unit_test(what_is_there_already_is_a_conflict_whatever_the_status),
        cmocka_unit_test(an_empty_body_still_gives_a_sentence),
        cmocka_unit_test(a_refusal_of_the_device_is_named_whatever_the_status),
        cmocka_unit_test(json_of_an_unexpected_shape_is_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
