/* What an exported profile becomes: the bodies that make it, in order. */
#include "rps/profile_import.h"

#include "core/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct made {
    struct arena arena;
    struct rps_import import;
    json_t *document;
};

static bool read_document(struct made *made, const char *json, const char *name)
{
    struct error err;
    error_clear(&err);
    arena_init(&made->arena);
    made->document = json_loads(json, 0, NULL);
    assert_non_null(made->document);
    bool ok = rps_import_read(&made->arena, made->document, name, &made->import, &err);
    assert_true(ok || err.code == ERROR_INVALID);
    return ok;
}

static void forget(struct made *made)
{
    rps_import_fini(&made->import);
    json_decref(made->document);
    arena_fini(&made->arena);
}

static void assert_part(const struct made *made, size_t place, enum store_kind kind,
                        const char *json)
{
    json_t *wanted = json_loads(json, 0, NULL);
    assert_non_null(wanted);
    assert_true(place < made->import.count);
    assert_int_equal(made->import.parts[place].kind, kind);
    char *got = json_dumps(made->import.parts[place].body, JSON_COMPACT);
    if (!json_equal(made->import.parts[place].body, wanted))
        fail_msg("%s", got);
    free(got);
    json_decref(wanted);
}

/* spec console 5.2 */
#define CONSOLE                                                                                    \
    "{\"name\":\"p\",\"configuration\":{\"network\":{\"wired\":{\"dhcpEnabled\":true,"             \
    "\"ieee8021x\":{\"authenticationProtocol\":0,\"pxeTimeout\":120}},\"wireless\":{\"profiles\":" \
    "["                                                                                            \
    "{\"profileName\":\"w\",\"ssid\":\"s\",\"password\":12345678,\"priority\":3,"                  \
    "\"authenticationMethod\":\"WPA2PSK\",\"encryptionMethod\":\"CCMP\"},"                         \
    "{\"profileName\":\"x\",\"ssid\":\"t\",\"password\":\"\",\"priority\":4,"                      \
    "\"authenticationMethod\":\"WPA2IEEE8021x\",\"encryptionMethod\":\"CCMP\",\"ieee8021x\":{"     \
    "\"authenticationProtocol\":2,\"pxeTimeout\":0}}]},\"proxy\":[{\"address\":\"proxy.a.com\","   \
    "\"port\":80,\"networkDnsSuffix\":\"a.com\"}]},\"amtSpecific\":{\"controlMode\":"              \
    "\"acmactivate\",\"adminPassword\":\"A\",\"mebxPassword\":\"M\",\"provisioningCert\":\"C\","   \
    "\"cira\":{\"mpsAddress\":\"m.a.com\",\"mpsUsername\":\"admin\",\"mpsPassword\":\"P\","        \
    "\"mpsCert\":\"R\"}}}}"

static void a_document_of_console_gets_the_names_that_it_lacks(void **state)
{
    (void)state;
    struct made made;
    assert_true(read_document(&made, CONSOLE, NULL));
    assert_int_equal(made.import.count, 7);
    assert_true(made.import.without_domain);
    assert_part(&made, 0, STORE_IEEE8021X_CONFIG,
                "{\"profileName\":\"p8021x\",\"authenticationProtocol\":0,\"wiredInterface\":true,"
                "\"pxeTimeout\":120}");
    assert_part(&made, 1, STORE_WIRELESS_CONFIG,
                "{\"profileName\":\"w\",\"authenticationMethod\":6,\"encryptionMethod\":4,"
                "\"ssid\":\"s\",\"pskPassphrase\":\"12345678\"}");
    assert_part(&made, 2, STORE_IEEE8021X_CONFIG,
                "{\"profileName\":\"x8021x\",\"authenticationProtocol\":2,"
                "\"wiredInterface\":false}");
    assert_part(&made, 3, STORE_WIRELESS_CONFIG,
                "{\"profileName\":\"x\",\"authenticationMethod\":7,\"encryptionMethod\":4,"
                "\"ssid\":\"t\",\"ieee8021xProfileName\":\"x8021x\"}");
    assert_part(&made, 4, STORE_PROXY_CONFIG,
                "{\"name\":\"pproxy1\",\"address\":\"proxy.a.com\",\"port\":80,"
                "\"networkDnsSuffix\":\"a.com\"}");
    assert_part(&made, 5, STORE_CIRA_CONFIG,
                "{\"configName\":\"p\",\"mpsServerAddress\":\"m.a.com\",\"mpsPort\":4433,"
                "\"serverAddressFormat\":201,\"authMethod\":2,\"username\":\"admin\","
                "\"password\":\"P\",\"mpsRootCertificate\":\"R\"}");
    assert_part(&made, 6, STORE_PROFILE,
                "{\"profileName\":\"p\",\"activation\":\"acmactivate\",\"wifiConfigs\":["
                "{\"profileName\":\"w\",\"priority\":3},{\"profileName\":\"x\",\"priority\":4}],"
                "\"proxyConfigs\":[{\"name\":\"pproxy1\",\"priority\":1}],"
                "\"ciraConfigName\":\"p\",\"ieee8021xProfileName\":\"p8021x\","
                "\"dhcpEnabled\":true,\"generateRandomPassword\":false,\"amtPassword\":\"A\","
                "\"generateRandomMEBxPassword\":false,\"mebxPassword\":\"M\"}");
    forget(&made);
}

static void another_name_is_taken(void **state)
{
    (void)state;
    struct made made;
    assert_true(read_document(&made, CONSOLE, "other"));
    assert_string_equal(json_string_value(json_object_get(
                            made.import.parts[made.import.count - 1].body, "profileName")),
                        "other");
    forget(&made);
}

static void tls_becomes_its_mode(void **state)
{
    static const struct {
        const char *tls;
        int mode;
    } cases[] = {
        {"{\"enabled\":true}", 1},
        {"{\"enabled\":true,\"allowNonTLS\":true}", 2},
        {"{\"enabled\":true,\"mutualAuthentication\":true}", 3},
        {"{\"enabled\":true,\"mutualAuthentication\":true,\"allowNonTLS\":true}", 4},
        {"{\"enabled\":false,\"allowNonTLS\":true}", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct made made;
        (void)snprintf(text, sizeof text,
                       "{\"name\":\"p\",\"configuration\":{\"tls\":%s,\"amtSpecific\":{"
                       "\"controlMode\":\"ccmactivate\"}}}",
                       cases[i].tls);
        assert_true(read_document(&made, text, ""));
        const json_t *mode = json_object_get(made.import.parts[0].body, "tlsMode");
        assert_int_equal(json_integer_value(mode), cases[i].mode);
        forget(&made);
    }
}

static void what_is_no_export_is_refused(void **state)
{
    (void)state;
    struct made made;
    assert_false(read_document(&made, "{\"name\":\"p\"}", NULL));
    forget(&made);
    assert_false(read_document(&made, "{\"configuration\":{\"amtSpecific\":[]}}", NULL));
    forget(&made);
}

static void more_parts_than_fit_are_refused(void **state)
{
    (void)state;
    struct made made;
    struct buffer text;
    buffer_init(&text, 65536);
    buffer_put_text(&text, "{\"configuration\":{\"amtSpecific\":{\"controlMode\":\"x\"},"
                           "\"network\":{\"proxy\":[{}");
    for (int i = 0; i < 60; i++)
        buffer_put_text(&text, ",{}");
    buffer_put_text(&text, "]}}}");
    buffer_put_u8(&text, '\0');
    assert_false(read_document(&made, (const char *)buffer_slice(&text).data, NULL));
    forget(&made);
    buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_of_console_gets_the_names_that_it_lacks),
        cmocka_unit_test(another_name_is_taken),
        cmocka_unit_test(tls_becomes_its_mode),
        cmocka_unit_test(what_is_no_export_is_refused),
        cmocka_unit_test(more_parts_than_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
