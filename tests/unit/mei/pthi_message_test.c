/* PTHI's frame (mei/pthi_message.h): vectors of spec rpc 2.3 and 2.4. */
#include "../apf/wire.h"

#include "mei/pthi_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct buffer bytes;
static struct error err;

static int begin(void **state)
{
    (void)state;
    buffer_init(&bytes, WIRE_LIMIT);
    err = (struct error){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_fini(&bytes);
    return 0;
}

static void a_request_is_a_header_and_a_body(void **state)
{
    (void)state;
    mei_pthi_put_request(&bytes, MEI_PTHI_CONTROL_MODE, (struct slice){0});
    wire_assert(buffer_slice(&bytes), "01 01 0000 6b000004 00000000");
    buffer_clear(&bytes);
    mei_pthi_put_request(&bytes, MEI_PTHI_LAN, slice_of("\1\0\0\0", 4));
    wire_assert(buffer_slice(&bytes), "01 01 0000 48000004 04000000 01000000");
    buffer_clear(&bytes);
    mei_pthi_put_request(&bytes, MEI_PTHI_STATE, (struct slice){0});
    wire_assert(buffer_slice(&bytes), "01 01 0000 01000001 00000000");
}

static uint32_t status;
static struct slice body;

static bool takes(uint32_t command, const char *wire)
{
    buffer_clear(&bytes);
    wire_put(&bytes, wire);
    status = 77;
    return mei_pthi_take_reply(buffer_slice(&bytes), command, &status, &body, &err);
}

static void a_reply_is_a_header_a_status_and_a_body(void **state)
{
    (void)state;
    assert_true(takes(MEI_PTHI_CONTROL_MODE, "0101 0000 6b008004 08000000 00000000 02000000"));
    assert_int_equal(status, 0);
    wire_assert(body, "02000000");
    assert_true(takes(MEI_PTHI_STATE, "0101 0000 01008001 04000000 00000000"));
    assert_int_equal(body.size, 0);
}

static void a_status_that_is_not_zero_is_no_fault_of_the_frame(void **state)
{
    (void)state;
    assert_true(takes(MEI_PTHI_UNPROVISION, "0101 0000 10008004 04000000 03000000"));
    assert_int_equal(status, 3);
    assert_int_equal(body.size, 0);
    /* some send the whole layout all the same */
    assert_true(takes(MEI_PTHI_UUID, "0101 0000 5c008004 14000000 10000000 00*16"));
    assert_int_equal(status, 16);
}

static void refuses(uint32_t command, const char *wire, const char *sentence)
{
    assert_false(takes(command, wire));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    assert_string_equal(err.text, sentence);
}

static void other_replies_are_refused(void **state)
{
    (void)state;
    refuses(MEI_PTHI_UUID, "", "PTHI GetUuid: the reply has 0 bytes, too few");
    refuses(MEI_PTHI_UUID, "0101 0000 5c008004 03000000 000000",
            "PTHI GetUuid: the reply has 15 bytes, too few");
    refuses(MEI_PTHI_UUID, "0201 0000 5c008004 04000000 00000000",
            "PTHI GetUuid: the reply is of version 2.1, not 1.1");
    refuses(MEI_PTHI_UUID, "0101 0000 6b008004 04000000 00000000",
            "PTHI GetUuid: the reply is to another command (0x0480006B instead of 0x0480005C)");
    refuses(MEI_PTHI_UUID, "0101 0000 5c000004 04000000 00000000",
            "PTHI GetUuid: the reply is to another command (0x0400005C instead of 0x0480005C)");
    refuses(MEI_PTHI_UUID, "0101 0000 5c008004 05000000 00000000",
            "PTHI GetUuid: the reply says that it has 5 bytes and has 4");
    refuses(MEI_PTHI_UUID, "0101 0000 5c008004 04000000 00000000 00",
            "PTHI GetUuid: the reply says that it has 4 bytes and has 5");
}

static void statuses_have_names(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        const char *name;
    } known[] = {{0, "AMT_STATUS_SUCCESS"},
                 {1, "AMT_STATUS_INTERNAL_ERROR"},
                 {2, "AMT_STATUS_NOT_READY"},
                 {3, "AMT_STATUS_INVALID_AMT_MODE"},
                 {4, "AMT_STATUS_INVALID_MESSAGE_LENGTH"},
                 {16, "AMT_STATUS_NOT_PERMITTED"},
                 {23, "AMT_STATUS_MAX_LIMIT_REACHED"},
                 {36, "AMT_STATUS_INVALID_PARAMETER"},
                 {47, "AMT_STATUS_RNG_GENERATION_IN_PROGRESS"},
                 {48, "AMT_STATUS_RNG_NOT_READY"},
                 {49, "AMT_STATUS_CERTIFICATE_NOT_READY"},
                 {2053, "AMT_STATUS_INVALID_HANDLE"},
                 {2057, "AMT_STATUS_DATA_MISSING"},
                 {2058, "AMT_STATUS_DUPLICATE"},
                 {2068, "AMT_STATUS_NOT_FOUND"},
                 {50, "AMT_STATUS_UNKNOWN"},
                 {UINT32_MAX, "AMT_STATUS_UNKNOWN"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_string_equal(mei_pthi_status_name(known[i].status), known[i].name);
}

static void only_questions_are_asked_twice(void **state)
{
    (void)state;
    static const uint32_t changing[] = {MEI_PTHI_UNPROVISION,
                                        MEI_PTHI_START_CONFIGURATION,
                                        MEI_PTHI_STOP_CONFIGURATION,
                                        MEI_PTHI_START_HOST_BASED,
                                        MEI_PTHI_OPEN_CONNECTION,
                                        MEI_PTHI_CLOSE_CONNECTION,
                                        MEI_PTHI_SET_HOST_FQDN,
                                        MEI_PTHI_ENTERPRISE_ACCESS,
                                        MEI_PTHI_DISABLE,
                                        0x04000028};
    for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++)
        assert_false(mei_pthi_command_reads(changing[i]));
    assert_true(mei_pthi_command_reads(MEI_PTHI_CONTROL_MODE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_is_a_header_and_a_body, begin, end),
        cmocka_unit_test_setup_teardown(a_reply_is_a_header_a_status_and_a_body, begin, end),
        cmocka_unit_test_setup_teardown(a_status_that_is_not_zero_is_no_fault_of_the_frame, begin,
                                        end),
        cmocka_unit_test_setup_teardown(other_replies_are_refused, begin, end),
        cmocka_unit_test(statuses_have_names),
        cmocka_unit_test(only_questions_are_asked_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
