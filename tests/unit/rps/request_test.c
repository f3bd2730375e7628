/* What an agent's first message says (rps/request.h), with the payload of the specification (rps
 * 2.4). */
#include "rps/request.h"

#include "core/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define UUID "4c4c4544-0053-3510-8051-b8c04f4d4e31"

static const char payload[] =
    "{\"ver\":\"16.1.25\",\"build\":\"1424\",\"sku\":\"16392\",\"features\":\"AMT Pro Corporate\","
    "\"uuid\":\"" UUID "\",\"username\":\"$$OsAdmin\",\"password\":\"lsaRandom\",\"currentMode\":0,"
    "\"hostname\":\"PC-1\",\"fqdn\":\"corp.example.com\",\"client\":\"RPC\",\"certHashes\":["
    "\"e7685634efacf69ace939a6b255b7b4fabef42935b50a265acb5cb6027e44e70\"],\"ipConfiguration\":{"
    "\"dhcp\":true,\"static\":false,\"ipsync\":true,\"ipAddress\":\"192.168.1.10\",\"netmask\":"
    "\"255.255.255.0\",\"gateway\":\"192.168.1.1\",\"primaryDns\":\"192.168.1.1\","
    "\"secondaryDns\":\"\"},\"hostnameInfo\":{\"dnsSuffixOS\":\"corp.example.com\",\"hostname\":"
    "\"PC-1\"},\"friendlyName\":\"front desk\",\"tlsEnforced\":true,\"tlsTunnel\":true,"
    "\"lmsInstalled\":true}";

static struct arena arena;
static struct rps_request request;
static struct error err;

static bool read_with(const char *line, const char *json)
{
    struct rps_message message = {.method = slice_of_string(line), .has_payload = json != NULL};
    if (json != NULL)
        message.payload = encoding_base64(&arena, slice_of_string(json));
    error_clear(&err);
    return rps_request_read(&arena, &message, "C", &request, &err);
}

static void expect(struct slice got, const char *wanted)
{
    assert_true(slice_equal_string(got, wanted));
}

/* The payload of a device of which only what is needed and `more` is said. */
static const char *device(const char *more)
{
    return arena_printf(
        &arena, "{\"client\":\"RPC\",\"ver\":\"16.1.25\",\"build\":\"1\",\"uuid\":\"" UUID "\"%s}",
        more);
}

static void everything_is_read(void **state)
{
    (void)state;
    assert_true(read_with("activate --profile acmProfile", payload));
    char guid[GUID_TEXT_SIZE];
    assert_int_equal(request.command, RPS_ACTIVATE);
    expect(request.profile, "acmProfile");
    assert_string_equal(guid_format(&request.guid, guid), UUID);
    expect(request.version, "16.1.25");
    assert_true(request.release > 16.09 && request.release < 16.11);
    expect(request.build, "1424");
    expect(request.sku, "16392");
    expect(request.username, "$$OsAdmin");
    expect(request.password, "lsaRandom");
    assert_int_equal(request.control_mode, 0);
    assert_int_equal(request.hash_count, 1);
    expect(request.hashes[0], "e7685634efacf69ace939a6b255b7b4fabef42935b50a265acb5cb6027e44e70");
    assert_true(request.addresses.given && request.addresses.dhcp && request.addresses.ip_sync);
    assert_false(request.addresses.is_static);
    expect(request.addresses.netmask, "255.255.255.0");
    expect(request.addresses.secondary_dns, "");
    assert_true(request.has_host_name_info);
    expect(request.dns_suffix_os, "corp.example.com");
    assert_true(request.has_friendly_name);
    expect(request.friendly_name, "front desk");
    assert_true(request.tls_enforced && request.tls_tunnel && request.lms_installed);
    assert_false(request.progress || request.force || request.has_task);
}

static void the_line_overrides_the_payload(void **state)
{
    (void)state;
    assert_true(read_with("deactivate --password other -f", payload));
    expect(request.password, "other");
    assert_true(request.force);
    assert_true(read_with("maintenance -password x --changepassword N1 -f", payload));
    expect(request.password, "lsaRandom");
    expect(request.new_password, "N1");
    assert_int_equal(request.task, RPS_CHANGE_PASSWORD);
}

static void a_uuid_may_be_the_bytes_of_smbios(void **state)
{
    (void)state;
    char guid[GUID_TEXT_SIZE];
    assert_true(read_with("activate",
                          "{\"client\":\"RPC\",\"ver\":\"9\",\"build\":\"1\",\"uuid\":[68,69,76,76,"
                          "83,0,16,53,128,81,184,192,79,77,78,49]}"));
    assert_string_equal(guid_format(&request.guid, guid), UUID);
    static const char *const wrong[] = {"[]", "[68]", "\"4c4c\"",
                                        "[68,69,76,76,83,0,16,53,128,81,184,192,79,77,78,256]",
                                        "[68,69,76,76,83,0,16,53,128,81,184,192,79,77,78,\"1\"]"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(read_with(
            "activate",
            arena_printf(&arena, "{\"client\":\"R\",\"ver\":\"9\",\"build\":\"1\",\"uuid\":%s}",
                         wrong[i])));
        assert_string_equal(err.text, "C - uuid not valid length");
    }
    assert_false(read_with("activate", "{\"client\":\"R\",\"ver\":\"9\",\"build\":\"1\",\"uuid\":"
                                       "\"zzzzzzzz-0053-3510-8051-b8c04f4d4e31\"}"));
    assert_string_equal(err.text, "C - uuid not valid");
}

static void what_is_needed_must_be_truthy(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"client\":\"\",\"ver\":\"9\",\"build\":\"1\",\"uuid\":\"" UUID "\"}",
        "{\"client\":\"R\",\"ver\":0,\"build\":\"1\",\"uuid\":\"" UUID "\"}",
        "{\"client\":\"R\",\"ver\":\"9\",\"build\":null,\"uuid\":\"" UUID "\"}",
        "{\"client\":\"R\",\"ver\":\"9\",\"build\":\"1\",\"uuid\":false}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(read_with("activate", texts[i]));
        assert_string_equal(err.text, "Error: Invalid payload from client");
    }
}

static void payloads_that_cannot_be_read_say_so(void **state)
{
    (void)state;
    assert_false(read_with("activate", NULL));
    assert_string_equal(err.text, "C - Error while Validating the client message");
    assert_false(read_with("activate", "{\"password\":\"secret"));
    assert_memory_equal(err.text, "Error: Failed to parse client message payload. ", 47);
    assert_null(strstr(err.text, "secret"));
}

static void another_word_is_no_command(void **state)
{
    (void)state;
    assert_false(read_with("dance", payload));
    assert_string_equal(err.text,
                        "Device " UUID " Not a supported method received from AMT device");
}

static void what_is_left_out_is_told_from_what_is_empty(void **state)
{
    (void)state;
    assert_true(read_with("activate", device("")));
    assert_int_equal(request.control_mode, -1);
    assert_false(request.has_friendly_name || request.addresses.given ||
                 request.has_host_name_info);
    assert_int_equal(request.hash_count, 0);
    assert_true(read_with("activate", device(",\"friendlyName\":\"\",\"certHashes\":null")));
    assert_true(request.has_friendly_name);
    assert_true(read_with("activate", device(",\"friendlyName\":null,\"currentMode\":\"2\"")));
    assert_false(request.has_friendly_name);
    assert_true(request.control_mode > 2); /* nothing that a device has */
    assert_true(read_with("activate", device(",\"progressSupported\":1,\"tlsEnforced\":\"true\"")));
    assert_false(request.progress || request.tls_enforced); /* exactly true */
    assert_true(read_with("activate", device(",\"progressSupported\":true")));
    assert_true(request.progress);
}

static void releases_are_read_as_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        double from, to;
    } cases[] = {{"16.1.25", 16.09, 16.11}, {"9.5.30", 9.49, 9.51}, {"19.0.5", 18.99, 19.01},
                 {"11", 10.9, 11.1},        {"x", -0.1, 0.1},       {"1e9", 0.9, 1.1},
                 {"6.99999999", 6.9, 7.01}, {"999999999", 9e5, 1e7}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(
            read_with("activate", arena_printf(&arena,
                                               "{\"client\":\"R\",\"ver\":\"%s\",\"build\":\"1\","
                                               "\"uuid\":\"" UUID "\"}",
                                               cases[i].version)));
        assert_true(request.release > cases[i].from && request.release < cases[i].to);
    }
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_is_read),
        TEST(the_line_overrides_the_payload),
        TEST(a_uuid_may_be_the_bytes_of_smbios),
        TEST(what_is_needed_must_be_truthy),
        TEST(payloads_that_cannot_be_read_say_so),
        TEST(another_word_is_no_command),
        TEST(what_is_left_out_is_told_from_what_is_empty),
        TEST(releases_are_read_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
