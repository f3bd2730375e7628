/* Each command of spec rpc 2.4, and each that LMS uses: what is sent, and what is understood of the
 * reply. Bytes of spec rpc 2.3 to 2.4 and device-protocols 8; those with more to them are in
 * pthi_test.c. */
#include "me.h"

#include "mei/pthi.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct mei_pthi *pthi;
static struct arena arena;
static struct error err;
static char told[256];

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(told, sizeof told, format, list);
    va_end(list);
}

static void tell_texts(const struct slice *texts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(told + size, sizeof told - size, "%s%.*s", i > 0 ? " " : "",
                                 SLICE_ARG(texts[i]));
}

/* ---- one function each ---- */

#define TELLS_NUMBER(command, type)                       \
    static bool command(void)                             \
    {                                                     \
        type value = 0;                                   \
        bool ok = mei_pthi_##command(pthi, &value, &err); \
        tell("%u", (unsigned)value);                      \
        return ok;                                        \
    }
TELLS_NUMBER(provisioning_state, unsigned)
TELLS_NUMBER(tls_mode, unsigned)
TELLS_NUMBER(zero_touch, bool)
TELLS_NUMBER(ehbc, bool)
TELLS_NUMBER(redirection, uint32_t)
TELLS_NUMBER(user_interfaces, uint32_t)

#define TELLS_TEXT(command)                                      \
    static bool command(void)                                    \
    {                                                            \
        struct slice text = {0};                                 \
        bool ok = mei_pthi_##command(pthi, &arena, &text, &err); \
        tell_texts(&text, 1);                                    \
        return ok;                                               \
    }
TELLS_TEXT(power_policy)
TELLS_TEXT(dns_suffix)

#define TELLS_NOTHING(command)                 \
    static bool command(void)                  \
    {                                          \
        return mei_pthi_##command(pthi, &err); \
    }
TELLS_NOTHING(unprovision)
TELLS_NOTHING(start_configuration)
TELLS_NOTHING(stop_configuration)
TELLS_NOTHING(disable)
TELLS_NOTHING(open_connection)
TELLS_NOTHING(close_connection)

static bool provisioning_mode(void)
{
    struct mei_provisioning_mode mode = {0};
    bool ok = mei_pthi_provisioning_mode(pthi, &mode, &err);
    tell("%u %d", mode.mode, mode.legacy);
    return ok;
}

static bool versions(void)
{
    struct mei_versions found = {0};
    bool ok = mei_pthi_versions(pthi, &arena, &found, &err);
    const struct slice texts[] = {found.bios, mei_versions_find(&found, "AMT")};
    tell_texts(texts, 2);
    return ok;
}

static bool uuid(void)
{
    struct guid guid = {0};
    char text[GUID_TEXT_SIZE];
    bool ok = mei_pthi_uuid(pthi, &guid, &err);
    tell("%s", guid_format(&guid, text));
    return ok;
}

static bool security(void)
{
    struct mei_security found = {0};
    bool ok = mei_pthi_security(pthi, &found, &err);
    tell("%d %d %u", found.enterprise_mode, found.tls_enabled, found.provisioning_state);
    return ok;
}

static bool reset_reason(void)
{
    struct mei_reset_reason found = {0};
    bool ok = mei_pthi_reset_reason(pthi, &found, &err);
    tell("%u %u", found.reason, found.time);
    return ok;
}

static bool web_ui(void)
{
    struct mei_feature_state found = {0};
    bool ok = mei_pthi_feature(pthi, MEI_FEATURE_WEB_UI, &found, &err);
    tell("%d", found.on);
    return ok;
}

static bool setup_audit(void)
{
    struct mei_setup_audit found = {0};
    bool ok = mei_pthi_setup_audit(pthi, &arena, &found, &err);
    tell("%u %d %.*s", found.tls_mode, found.secure_dns, SLICE_ARG(found.server_fqdn));
    return ok;
}

static bool dns_suffixes(void)
{
    struct slice *found = NULL;
    size_t count = 0;
    bool ok = mei_pthi_dns_suffixes(pthi, &arena, &found, &count, &err);
    tell_texts(found, count);
    return ok;
}

static bool config_server(void)
{
    struct mei_config_server found = {0};
    bool ok = mei_pthi_config_server(pthi, &arena, &found, &err);
    tell("%.*s %.*s %u", SLICE_ARG(found.fqdn), SLICE_ARG(found.address), found.port);
    return ok;
}

static bool lan(void)
{
    struct mei_lan found = {0};
    bool ok = mei_pthi_lan(pthi, 1, &found, &err);
    tell("%08" PRIx32 " %d %02x", found.ipv4, found.link_up, found.mac[5]);
    return ok;
}

static bool ipv6_lan(void)
{
    struct mei_ipv6_lan found = {0};
    bool ok = mei_pthi_ipv6_lan(pthi, 1, &arena, &found, &err);
    tell_texts(&found.router, 1);
    return ok;
}

static bool tcpip(void)
{
    struct mei_tcpip found = {0};
    bool ok = mei_pthi_tcpip(pthi, &arena, &found, &err);
    tell("%u %08" PRIx32 " %.*s", found.dhcp_mode, found.address, SLICE_ARG(found.domain));
    return ok;
}

static bool macs(void)
{
    struct mei_macs found = {0};
    bool ok = mei_pthi_macs(pthi, &found, &err);
    tell("%02x %02x", found.dedicated[5], found.host[5]);
    return ok;
}

static bool fqdn(void)
{
    struct mei_fqdn found = {0};
    bool ok = mei_pthi_fqdn(pthi, &arena, &found, &err);
    tell("%d %u %.*s", found.shared, found.ddns_ttl, SLICE_ARG(found.name));
    return ok;
}

static bool set_host_fqdn(void)
{
    return mei_pthi_set_host_fqdn(pthi, SLICE_LITERAL("pc7.lan"), &err);
}

static bool remote_access(void)
{
    struct mei_remote_access found = {0};
    bool ok = mei_pthi_remote_access(pthi, &arena, &found, &err);
    tell("%u %u %u %.*s", found.network, (unsigned)found.remote, found.trigger,
         SLICE_ARG(found.mps_host));
    return ok;
}

static bool set_enterprise_access(void)
{
    static const uint8_t address[16] = {10, 0, 0, 7};
    return mei_pthi_set_enterprise_access(pthi, 0, address, true, &err);
}

/* ---- the table ---- */

#define LAN_BODY "01000000 0701a8c0 01000000 01 01 54b20393ce02"
#define AUDIT_BODY                                                                   \
    "02 01000000 00000000 02000000 aa*32 00*32 01*16 02*16 03*16 00000000 01000000 " \
    "01000000 '10.0.0.9' 00*38 ea07 0900 0200 1e00 0c00 0d00 0e00 0700 'rps.lan'"

static const struct row {
    bool (*ask)(void);
    const char *request; /* command, length, body */
    const char *reply;   /* command */
    const char *length;  /* of what follows, with the status */
    const char *body;
    const char *told; /* what is understood */
} rows[] = {
    {tcpip, "06000004 00000000", "06008004", "21000000",
     "01000000 0700000a 00ffffff 0100000a 08080808 00000000 0300 'lan'", "1 0a000007 lan"},
    {provisioning_mode, "08000004 00000000", "08008004", "0c000000", "01000000 01000000", "1 1"},
    {unprovision, "10000004 04000000 01000000", "10008004", "08000000", "00000000", ""},
    {provisioning_state, "11000004 00000000", "11008004", "08000000", "02000000", "2"},
    {versions, "1a000004 00000000", "1a008004", "75000000",
     "'HPQ 1.05' 00*57 01000000 0300 'AMT' 00*17 0700 '16.1.25' 00*13", "HPQ 1.05 16.1.25"},
    {security, "1b000004 00000000", "1b008004", "48000000",
     "01000000 01000000 01000000 02000000 00*52", "1 1 2"},
    {macs, "25000004 00000000", "25008004", "10000000", "010203040506 a1a2a3a4a5a6", "06 a6"},
    {start_configuration, "29000004 00000000", "29008004", "04000000", "", ""},
    {tls_mode, "2b000004 00000000", "2b008004", "08000000", "02000000", "2"},
    {zero_touch, "30000004 00000000", "30008004", "08000000", "01000000", "1"},
    {dns_suffix, "36000004 00000000", "36008004", "12000000", "0c00 'vprodemo.com'",
     "vprodemo.com"},
    {dns_suffixes, "3e000004 00000000", "3e008004", "0f000000", "0900 'a.b' 00 'c.de' 00",
     "a.b c.de"},
    {set_enterprise_access, "3f000004 12000000 00 0a000007 00*12 01", "3f008004", "04000000", "",
     ""},
    {open_connection, "44000004 00000000", "44008004", "04000000", "", ""},
    {close_connection, "45000004 00000000", "45008004", "04000000", "", ""},
    {remote_access, "46000004 00000000", "46008004", "19000000",
     "02000000 01000000 03000000 0700 'mps.lan'", "2 1 3 mps.lan"},
    {power_policy, "47000004 00000000", "47008004", "06000000", "0000", ""},
    {lan, "48000004 04000000 01000000", "48008004", "18000000", LAN_BODY, "c0a80107 1 02"},
    {web_ui, "49000004 04000000 02000000", "49008004", "0c000000", "02000000 01000000", "1"},
    {reset_reason, "4a000004 00000000", "4a008004", "0c000000", "00000000 80510100", "0 86400"},
    {user_interfaces, "4d000004 00000000", "4d008004", "08000000", "03000000", "3"},
    {config_server, "4e000004 00000000", "4e008004", "39000000", "f326 '10.0.0.9' 00*38 0300 'rps'",
     "rps 10.0.0.9 9971"},
    {setup_audit, "50000004 00000000", "50008004", "d2000000", AUDIT_BODY, "2 1 rps.lan"},
    {ipv6_lan, "52000004 04000000 01000000", "52008004", "92000000",
     "'fe80::1' 00*39 00*46 00*46 00000000", "fe80::1"},
    {fqdn, "56000004 00000000", "56008004", "21000000",
     "01000000 01000000 a0050000 84030000 03000000 0700 'pc7.lan'", "1 900 pc7.lan"},
    {redirection, "58000004 00000000", "58008004", "08000000", "05000000", "5"},
    {set_host_fqdn, "5b000004 0a000000 0800 'pc7.lan' 00", "5b008004", "04000000", "", ""},
    {uuid, "5c000004 00000000", "5c008004", "14000000", "44454c4c 4d00 104d 8050 b2c04f325133",
     WIRE_GUID},
    {stop_configuration, "5e000004 00000000", "5e008004", "04000000", "", ""},
    {ehbc, "84000004 00000000", "84008004", "08000000", "01000000", "1"},
    {disable, "88000004 00000000", "88008004", "04000000", "", ""},
};

#define VERSION "0101 0000 "

static void say(const char *first, const char *second, const char *third)
{
    me_says(arena_printf(&arena, VERSION "%s %s %s", first, second, third));
}

static void begin(void)
{
    arena_init(&arena);
    pthi = mei_pthi_open_with(me_open_for, NULL, &err);
    assert_non_null(pthi);
}

static void end(void)
{
    mei_pthi_close(pthi);
    arena_fini(&arena);
}

static void every_row(void)
{
    begin();
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof rows[0]; row++) {
        told[0] = '\0';
        say(row->reply, row->length, arena_printf(&arena, "00000000 %s", row->body));
        if (!row->ask())
            fail_msg("%s: %s", row->request, err.text);
        me_hears(arena_printf(&arena, VERSION "%s", row->request));
        assert_string_equal(told, row->told);
    }
    end();
}

static void each_command_is_asked_and_understood(void **state)
{
    (void)state;
    me_run(every_row);
}

static void every_refusal(void)
{
    begin();
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof rows[0]; row++) {
        say(row->reply, "04000000", "10000000");
        assert_false(row->ask());
        assert_int_equal(err.code, ERROR_DEVICE);
        assert_non_null(strstr(err.text, "AMT_STATUS_NOT_PERMITTED (16)"));
        me_hears(arena_printf(&arena, VERSION "%s", row->request));
    }
    end();
}

static void each_command_may_be_refused(void **state)
{
    (void)state;
    me_run(every_refusal);
}

/* Five bytes are too many for those that tell nothing, and not the form of any other. */
static void every_wrong_length(void)
{
    begin();
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof rows[0]; row++) {
        say(row->reply, "09000000", "00000000 ffffffffff");
        if (row->ask())
            fail_msg("%s takes five bytes", row->request);
        assert_int_equal(err.code, ERROR_PROTOCOL);
        me_hears(arena_printf(&arena, VERSION "%s", row->request));
    }
    end();
}

static void each_reply_has_its_form(void **state)
{
    (void)state;
    me_run(every_wrong_length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_is_asked_and_understood),
        cmocka_unit_test(each_command_may_be_refused),
        cmocka_unit_test(each_reply_has_its_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
