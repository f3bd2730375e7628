/* What PTHI says of AMT and its set-up (mei/pthi_device.h): layouts of spec rpc 2.4. */
#include "layout.h"

#include "mei/pthi_device.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool u32(struct slice body, void *to)
{
    return mei_pthi_decode_u32(body, to);
}

static bool text(struct slice body, void *to)
{
    return mei_pthi_decode_text(body, layout_arena(), to);
}

static bool uuid(struct slice body, void *to)
{
    return mei_pthi_decode_uuid(body, to);
}

static bool versions(struct slice body, void *to)
{
    return mei_pthi_decode_versions(body, layout_arena(), to);
}

struct handles {
    uint32_t handles[MEI_HASH_HANDLES_LIMIT];
    size_t count;
};

static bool handles(struct slice body, void *to)
{
    struct handles *h = to;
    return mei_pthi_decode_handles(body, h->handles, &h->count);
}

static bool hash(struct slice body, void *to)
{
    return mei_pthi_decode_hash(body, layout_arena(), to);
}

static bool security(struct slice body, void *to)
{
    return mei_pthi_decode_security(body, to);
}

static bool mode(struct slice body, void *to)
{
    return mei_pthi_decode_provisioning_mode(body, to);
}

static bool reset_reason(struct slice body, void *to)
{
    return mei_pthi_decode_reset_reason(body, to);
}

static bool sessions(struct slice body, void *to)
{
    return mei_pthi_decode_feature(body, MEI_FEATURE_REDIRECTION_SESSIONS, to);
}

static bool web_ui(struct slice body, void *to)
{
    return mei_pthi_decode_feature(body, MEI_FEATURE_WEB_UI, to);
}

static bool audit(struct slice body, void *to)
{
    return mei_pthi_decode_setup_audit(body, layout_arena(), to);
}

static bool state_of(struct slice body, void *to)
{
    return mei_pthi_decode_state(body, to);
}

static void numbers_are_little_endian(void **state)
{
    (void)state;
    uint32_t value;
    layout_decodes(u32, "02010000", &value, 0);
    assert_int_equal(value, 0x102);
}

static void texts_have_a_length(void **state)
{
    (void)state;
    struct slice s;
    layout_decodes(text, "0c00 'vprodemo.com'", &s, 0);
    layout_text(s, "vprodemo.com");
    layout_decodes(text, "0000", &s, 0);
    layout_text(s, "");
    layout_decodes(text, "0400 'abc' 00", &s, 0); /* the NUL counted */
    layout_text(s, "abc");
    layout_decodes(text, "0500 'a' 1b c3 a4 'b'", &s, 0);
    layout_text(s, "a???b");
    layout_refuses(text, "ffff 'abc'", &s);
}

static void the_uuid_is_smbios_bytes(void **state)
{
    (void)state;
    struct guid guid;
    char words[GUID_TEXT_SIZE];
    layout_decodes(uuid, "44454c4c 4d00 104d 8050 b2c04f325133", &guid, 0);
    assert_string_equal(guid_format(&guid, words), WIRE_GUID);
}

static void versions_are_slots_of_names_and_values(void **state)
{
    (void)state;
    struct mei_versions v;
    layout_decodes(versions,
                   "'HPQ 1.05' 00*57 03000000 0300 'AMT' 00*17 0700 '16.1.25' 00*13 "
                   "0c00 'Build Number' 00*8 0400 '2124' 00*16 0300 'Sku' 00*17 0500 '16392' "
                   "00*15 ff*2068",
                   &v, SIZE_MAX); /* slots need not be whole */
    layout_text(v.bios, "HPQ 1.05");
    assert_int_equal(v.count, 3);
    layout_text(mei_versions_find(&v, "AMT"), "16.1.25");
    layout_text(mei_versions_find(&v, "Build Number"), "2124");
    layout_text(mei_versions_find(&v, "LMS"), "");
}

static void versions_may_be_just_those_that_there_are(void **state)
{
    (void)state;
    struct mei_versions v;
    assert_false(versions((struct slice){0}, &v));
    layout_refuses(versions, "00*65 01000000 0300 'AMT' 00*17 0700 '16.1.25' 00*12", &v);
    struct buffer exact;
    buffer_init(&exact, WIRE_LIMIT);
    wire_put(&exact, "00*65 01000000 0300 'AMT' 00*17 0700 '16.1.25' 00*13");
    assert_true(versions(buffer_slice(&exact), &v));
    buffer_fini(&exact);
    assert_int_equal(v.count, 1);
    layout_refuses(versions, "00*65 33000000 00*2244", &v);               /* 51 */
    layout_refuses(versions, "00*65 01000000 1500 00*20 0000 00*20", &v); /* 21 characters in 20 */
    layout_refuses(versions, "00*65 ffffffff 00*2200", &v);
}

static void handles_may_fill_their_array(void **state)
{
    (void)state;
    struct handles h;
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, "02000000 07000000 09000000 ff*124"); /* 33 places, two used */
    assert_true(handles(buffer_slice(&b), &h));
    assert_int_equal(h.count, 2);
    assert_int_equal(h.handles[1], 9);
    assert_false(handles(slice_first(buffer_slice(&b), 11), &h));
    buffer_fini(&b);
    layout_refuses(handles, "41000000 00*260", &h);
    layout_refuses(handles, "02000000 07000000 09000000 ff*249", &h);
}

static void a_hash_says_its_algorithm_and_its_size(void **state)
{
    (void)state;
    struct mei_hash h;
    layout_decodes(hash, "01000000 01000000 aa*20 00*44 01 0300 'Old'", &h, 0);
    assert_true(h.is_default && h.active);
    assert_int_equal(h.size, 20);
    assert_string_equal(mei_hash_algorithm(&h), "SHA1");
    layout_text(h.name, "Old");
    layout_decodes(hash, "00000000 00000000 aa*64 03 0000", &h, 0);
    assert_string_equal(mei_hash_algorithm(&h), "SHA512"); /* as LMS has it */
    assert_int_equal(h.size, 64);
    layout_decodes(hash, "00000000 00000000 aa*64 09 0000", &h, 0);
    assert_string_equal(mei_hash_algorithm(&h), "unknown");
}

static void security_parameters_are_seventeen_numbers(void **state)
{
    (void)state;
    struct mei_security s;
    layout_decodes(security,
                   "01000000 00000000 01000000 02000000 01000000 01000000 00000000 01000000 "
                   "01000000 01000000 ff*28",
                   &s, 0);
    assert_true(s.enterprise_mode && !s.tls_enabled && s.hardware_crypto && s.network_enabled);
    assert_true(s.sol_enabled && !s.ider_enabled && s.firmware_update_enabled && s.link_up);
    assert_true(s.kvm_enabled);
    assert_int_equal(s.provisioning_state, 2);
}

static void small_states(void **state)
{
    (void)state;
    struct mei_provisioning_mode m;
    struct mei_reset_reason r;
    struct mei_feature_state f;
    struct mei_state s;
    layout_decodes(mode, "01000000 01000000", &m, 0);
    assert_true(m.mode == 1 && m.legacy);
    layout_decodes(reset_reason, "00000000 80510100", &r, 0);
    assert_int_equal(r.time, 86400);
    layout_decodes(sessions, "00000000 00000000 01000000 00000000", &f, 0);
    assert_true(f.sol_open && !f.ider_open);
    layout_refuses(sessions, "02000000 00000000 01000000 00000000", &f);
    layout_decodes(web_ui, "02000000 01000000", &f, 0);
    assert_true(f.on);
    layout_refuses(state_of, "00*16 06000000 00*6", &s);
}

static void the_audit_says_who_set_amt_up(void **state)
{
    (void)state;
    struct mei_setup_audit a;
    layout_decodes(audit,
                   "02 01000000 00000000 02000000 aa*32 00*32 01*16 02*16 03*16 00000000 "
                   "01000000 01000000 '10.0.0.9' 00*38 ea07 0900 0200 1e00 0c00 0d00 0e00 "
                   "0700 'rps.lan'",
                   &a, 0);
    assert_int_equal(a.tls_mode, 2);
    assert_true(a.secure_dns && !a.host_initiated && a.oem_default && a.time_valid);
    layout_text(a.server_address, "10.0.0.9");
    layout_text(a.server_fqdn, "rps.lan");
    assert_int_equal(a.year, 2026);
    assert_int_equal(a.day, 30);
    assert_int_equal(a.second, 14);
    assert_int_equal(a.serials[47], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_are_little_endian, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(texts_have_a_length, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(the_uuid_is_smbios_bytes, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(versions_are_slots_of_names_and_values, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(versions_may_be_just_those_that_there_are, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(handles_may_fill_their_array, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(a_hash_says_its_algorithm_and_its_size, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(security_parameters_are_seventeen_numbers, layout_begin,
                                        layout_end),
        cmocka_unit_test_setup_teardown(small_states, layout_begin, layout_end),
        cmocka_unit_test_setup_teardown(the_audit_says_who_set_amt_up, layout_begin, layout_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
