/* amtinfo's outputs, byte by byte as rpc.md 1.5 and 1.6 describe them. */
#include "rpc/facts/facts.h"
#include "rpc/text/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;
static struct rpc_facts facts;
static struct mei_hash hashes[2];
static struct rpc_user_certificate certificate = {
    .name = "MPSRoot", .subject = "C=x,CN=MPSRoot", .issuer = "CN=MPSRoot", .trusted_root = true};
static struct rpc_proxy_fact proxy = {"proxy.test", "corp.test", 911, 201};

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    hashes[0] = (struct mei_hash){.name = SLICE_LITERAL("Root A"),
                                  .algorithm = 2,
                                  .bytes = {0xd7, 0xa7},
                                  .size = 2,
                                  .active = true,
                                  .is_default = true};
    hashes[1] = (struct mei_hash){
        .name = SLICE_LITERAL("Root B"), .algorithm = 1, .bytes = {1}, .size = 1, .active = true};
    facts = (struct rpc_facts){
        .wanted = RPC_FACT_ALL,
        .host = {.hostname = "box", .dns_suffix = "os.test"},
        .may_use_me = true,
        .heci_available = true,
        .version = "16.1.25",
        .build = "2124",
        .sku = "16392",
        .features = "AMT Pro Corporate",
        .uuid = "51a70000-0000-4000-8000-000000000000",
        .mode_known = true,
        .mode = 2,
        .state_known = true,
        .state = 2,
        .operational_known = true,
        .operational = true,
        .dns_suffix = "amt.test",
        .ras_known = true,
        .ras = {.network = 2, .remote = 2, .trigger = 2},
        .mps_host = "mps.test",
        .mps_port = 4433,
        .wired = {true, false, true, true, true, false, "192.0.2.2", "192.0.2.3",
                  "02:00:00:00:00:01"},
        .wireless = {true, true, false, false, true, false, "0.0.0.0", "0.0.0.0",
                     "00:00:00:00:00:00"},
        .upid_known = true,
        .oem_type = "Binary",
        .oem_id = "AA",
        .csme_id = "BB",
        .hashes_known = true,
        .hashes = hashes,
        .hash_count = 2,
        .certificates_known = true,
        .certificates = &certificate,
        .certificate_count = 1,
        .proxies_known = true,
        .proxies = &proxy,
        .proxy_count = 1,
    };
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static const char *printed(void (*put)(const struct rpc_facts *facts, struct arena *arena,
                                       struct buffer *out))
{
    struct buffer out;
    buffer_init(&out, 65536);
    put(&facts, &arena, &out);
    const char *text = arena_string(&arena, buffer_slice(&out));
    buffer_fini(&out);
    return text;
}

static void put_page(const struct rpc_facts *from, struct arena *in, struct buffer *out)
{
    struct rpc_page page = {.arena = in};
    rpc_facts_put_page(from, &page);
    rpc_page_print(&page, out, &(struct rpc_page_look){0});
}

static void v2_has_tabs(void **state)
{
    (void)state;
    assert_string_equal(printed(rpc_facts_put_text_v2),
                        "Version\t\t\t: 16.1.25\n"
                        "Build Number\t\t: 2124\n"
                        "SKU\t\t\t: 16392\n"
                        "Features\t\t: AMT Pro Corporate\n"
                        "UUID\t\t\t: 51a70000-0000-4000-8000-000000000000\n"
                        "Control Mode\t\t: activated in admin control mode\n"
                        "Operational State\t: enabled\n"
                        "DNS Suffix\t\t: amt.test\n"
                        "DNS Suffix (OS)\t\t: os.test\n"
                        "Hostname (OS)\t\t: box\n"
                        "RAS Network      \t: outside enterprise\n"
                        "RAS Remote Status\t: connected\n"
                        "RAS Trigger      \t: periodic\n"
                        "RAS MPS Hostname \t: mps.test\n"
                        "---Wired Adapter---\n"
                        "DHCP Enabled \t\t: true\n"
                        "DHCP Mode    \t\t: passive\n"
                        "Link Status  \t\t: up\n"
                        "AMT IP Address\t\t: 192.0.2.2\n"
                        "OS  IP Address\t\t: 192.0.2.3\n"
                        "MAC Address  \t\t: 02:00:00:00:00:01\n"
                        "---Wireless Adapter---\n"
                        "DHCP Enabled \t\t: true\n"
                        "DHCP Mode    \t\t: passive\n"
                        "Link Status  \t\t: down\n"
                        "AMT IP Address\t\t: 0.0.0.0\n"
                        "OS  IP Address\t\t: 0.0.0.0\n"
                        "MAC Address  \t\t: 00:00:00:00:00:00\n"
                        "---Certificate Hashes---\n"
                        "Root A  (Default, Active)\n"
                        "   SHA256: d7a7\n"
                        "Root B  (Active)\n"
                        "   SHA1: 01\n"
                        "---Public Key Certs---\n"
                        "MPSRoot  (TrustedRoot)\n");
}

static void v2_json_is_alphabetical(void **state)
{
    (void)state;
    facts.wanted = RPC_FACT_USUAL;
    facts.hashes_known = false;
    facts.wireless.known = false;
    assert_string_equal(printed(rpc_facts_put_json_v2),
                        "{\n"
                        "  \"amt\": \"16.1.25\",\n"
                        "  \"buildNumber\": \"2124\",\n"
                        "  \"controlMode\": \"activated in admin control mode\",\n"
                        "  \"dnsSuffix\": \"amt.test\",\n"
                        "  \"dnsSuffixOS\": \"os.test\",\n"
                        "  \"features\": \"AMT Pro Corporate\",\n"
                        "  \"hostnameOS\": \"box\",\n"
                        "  \"operationalState\": \"enabled\",\n"
                        "  \"ras\": {\n"
                        "    \"networkStatus\": \"outside enterprise\",\n"
                        "    \"remoteStatus\": \"connected\",\n"
                        "    \"remoteTrigger\": \"periodic\",\n"
                        "    \"mpsHostname\": \"mps.test\"\n"
                        "  },\n"
                        "  \"sku\": \"16392\",\n"
                        "  \"uuid\": \"51a70000-0000-4000-8000-000000000000\",\n"
                        "  \"wiredAdapter\": {\n"
                        "    \"isEnable\": true,\n"
                        "    \"linkStatus\": \"up\",\n"
                        "    \"dhcpEnabled\": true,\n"
                        "    \"dhcpMode\": \"passive\",\n"
                        "    \"ipAddress\": \"192.0.2.2\",\n"
                        "    \"osIpAddress\": \"192.0.2.3\",\n"
                        "    \"macAddress\": \"02:00:00:00:00:01\"\n"
                        "  }\n"
                        "}\n");
}

static void v3_json_has_its_own_order_and_words(void **state)
{
    (void)state;
    facts.wireless.known = false;
    assert_string_equal(printed(rpc_facts_put_json),
                        "{\n"
                        "  \"amt\": \"16.1.25\",\n"
                        "  \"buildNumber\": \"2124\",\n"
                        "  \"sku\": \"16392\",\n"
                        "  \"features\": \"AMT Pro Corporate\",\n"
                        "  \"uuid\": \"51a70000-0000-4000-8000-000000000000\",\n"
                        "  \"controlMode\": \"admin control mode\",\n"
                        "  \"provisioningState\": \"post-provisioning\",\n"
                        "  \"operationalState\": \"enabled\",\n"
                        "  \"dnsSuffix\": \"amt.test\",\n"
                        "  \"dnsSuffixOS\": \"os.test\",\n"
                        "  \"hostnameOS\": \"box\",\n"
                        "  \"ras\": {\n"
                        "    \"networkStatus\": \"outside enterprise (CIRA)\",\n"
                        "    \"remoteStatus\": \"connected\",\n"
                        "    \"remoteTrigger\": \"periodic\",\n"
                        "    \"mpsHostname\": \"mps.test\",\n"
                        "    \"mpsPort\": 4433\n"
                        "  },\n"
                        "  \"wiredAdapter\": {\n"
                        "    \"isEnable\": true,\n"
                        "    \"linkStatus\": \"up\",\n"
                        "    \"dhcpEnabled\": true,\n"
                        "    \"dhcpMode\": \"passive\",\n"
                        "    \"ipAddress\": \"192.0.2.2\",\n"
                        "    \"osIpAddress\": \"192.0.2.3\",\n"
                        "    \"macAddress\": \"02:00:00:00:00:01\"\n"
                        "  },\n"
                        "  \"upid\": {\n"
                        "    \"oemPlatformIdType\": \"Binary\",\n"
                        "    \"oemId\": \"AA\",\n"
                        "    \"csmeId\": \"BB\"\n"
                        "  },\n"
                        "  \"certificateHashes\": {\n"
                        "    \"Root A\": {\n"
                        "      \"Hash\": \"d7a7\",\n"
                        "      \"Name\": \"Root A\",\n"
                        "      \"Algorithm\": \"SHA256\",\n"
                        "      \"IsActive\": true,\n"
                        "      \"IsDefault\": true\n"
                        "    },\n"
                        "    \"Root B\": {\n"
                        "      \"Hash\": \"01\",\n"
                        "      \"Name\": \"Root B\",\n"
                        "      \"Algorithm\": \"SHA1\",\n"
                        "      \"IsActive\": true,\n"
                        "      \"IsDefault\": false\n"
                        "    }\n"
                        "  },\n"
                        "  \"userCerts\": {\n"
                        "    \"MPSRoot\": {\n"
                        "      \"subject\": \"C=x,CN=MPSRoot\",\n"
                        "      \"issuer\": \"CN=MPSRoot\",\n"
                        "      \"trustedRootCertificate\": true,\n"
                        "      \"readOnlyCertificate\": false\n"
                        "    }\n"
                        "  },\n"
                        "  \"proxyAccessPoints\": [\n"
                        "    {\n"
                        "      \"address\": \"proxy.test\",\n"
                        "      \"port\": 911,\n"
                        "      \"networkDnsSuffix\": \"corp.test\",\n"
                        "      \"infoFormat\": \"FQDN\"\n"
                        "    }\n"
                        "  ],\n"
                        "  \"heciAvailable\": true\n"
                        "}\n");
}

static void v3_text_has_sections(void **state)
{
    (void)state;
    facts.wireless.known = true;
    facts.wanted = RPC_FACT_ALL & ~RPC_FACT_UPID;
    facts.upid_known = false;
    assert_string_equal(printed(put_page),
                        "\n"
                        "  AMT Device Information\n"
                        "  ──────────────────────\n"
                        "  Version                        16.1.25\n"
                        "  Build Number                   2124\n"
                        "  SKU                            16392\n"
                        "  Features                       AMT Pro Corporate\n"
                        "  UUID                           51a70000-0000-4000-8000-000000000000\n"
                        "  Control Mode                   admin control mode\n"
                        "  Provisioning State             post-provisioning\n"
                        "  AMT Operational State (BIOS)   enabled\n"
                        "  DNS Suffix                     amt.test\n"
                        "  DNS Suffix (OS)                os.test\n"
                        "  Hostname (OS)                  box\n"
                        "\n"
                        "  Remote Access\n"
                        "  ─────────────\n"
                        "  Network                        outside enterprise (CIRA)\n"
                        "  Remote Status                  connected\n"
                        "  Trigger                        periodic\n"
                        "  MPS Hostname                   mps.test\n"
                        "  MPS Port                       4433\n"
                        "\n"
                        "  HTTP Proxy Configuration\n"
                        "  ────────────────────────\n"
                        "  Address                        proxy.test\n"
                        "  Port                           911\n"
                        "  Type                           FQDN\n"
                        "  Network DNS Suffix             corp.test\n"
                        "\n"
                        "  Wired Adapter\n"
                        "  ─────────────\n"
                        "  DHCP Enabled                   true\n"
                        "  DHCP Mode                      passive\n"
                        "  Link Status                    up\n"
                        "  AMT IP Address                 192.0.2.2\n"
                        "  OS IP Address                  192.0.2.3\n"
                        "  MAC Address                    02:00:00:00:00:01\n"
                        "\n"
                        "  Wireless Adapter\n"
                        "  ────────────────\n"
                        "  DHCP Enabled                   true\n"
                        "  DHCP Mode                      passive\n"
                        "  Link Status                    down\n"
                        "  AMT IP Address                 0.0.0.0\n"
                        "  OS IP Address                  0.0.0.0\n"
                        "  MAC Address                    00:00:00:00:00:00\n"
                        "\n"
                        "  Public Key Certificates\n"
                        "  ───────────────────────\n"
                        "  •MPSRoot (Trusted Root)\n"
                        "    Subject: C=x,CN=MPSRoot\n"
                        "    Issuer: CN=MPSRoot\n"
                        "\n"
                        "  Certificate Hashes\n"
                        "  ──────────────────\n"
                        "  •Root A (Default, Active)\n"
                        "    SHA256: d7a7\n"
                        "  •Root B (Active)\n"
                        "    SHA1: 01\n");
}

static void empty_lists_say_so(void **state)
{
    (void)state;
    facts = (struct rpc_facts){
        .wanted = RPC_FACT_HASHES | RPC_FACT_CERTIFICATES | RPC_FACT_PROXIES,
        .may_use_me = true,
        .heci_available = true,
        .mode_known = true,
        .mode = 1,
        .certificates_known = true,
    };
    assert_string_equal(printed(put_page), "\n"
                                           "  HTTP Proxy Configuration\n"
                                           "  ────────────────────────\n"
                                           "  Proxy configuration could not be retrieved\n"
                                           "\n"
                                           "  Public Key Certificates\n"
                                           "  ───────────────────────\n"
                                           "  No public key certificates found\n"
                                           "\n"
                                           "  Certificate Hashes\n"
                                           "  ──────────────────\n"
                                           "  No certificate hashes found\n");
}

static void without_rights_the_system_s_part_is_shown(void **state)
{
    (void)state;
    facts = (struct rpc_facts){
        .wanted = RPC_FACT_USUAL,
        .me_exit = RPC_INCORRECT_PERMISSIONS,
        .host = {.hostname = "box", .dns_suffix = "os.test"},
    };
    assert_string_equal(printed(put_page),
                        "  Not running as administrator: AMT's data is unavailable.\n"
                        "  Only what the operating system knows is shown.\n"
                        "\n"
                        "  AMT Device Information\n"
                        "  ──────────────────────\n"
                        "  DNS Suffix (OS)                os.test\n"
                        "  Hostname (OS)                  box\n");
    assert_string_equal(printed(rpc_facts_put_json), "{\n"
                                                     "  \"dnsSuffixOS\": \"os.test\",\n"
                                                     "  \"hostnameOS\": \"box\",\n"
                                                     "  \"heciAvailable\": false\n"
                                                     "}\n");
}

/* A server may have been told more than is shown. */
static void only_what_is_wanted_is_shown(void **state)
{
    (void)state;
    facts.wanted = RPC_FACT_VERSION;
    assert_string_equal(printed(rpc_facts_put_json),
                        "{\n  \"amt\": \"16.1.25\",\n  \"heciAvailable\": true\n}\n");
    assert_string_equal(printed(rpc_facts_put_json_v2), "{\n  \"amt\": \"16.1.25\"\n}\n");
    assert_string_equal(printed(rpc_facts_put_text_v2), "Version\t\t\t: 16.1.25\n");
    assert_string_equal(printed(put_page), "\n  AMT Device Information\n  ──────────────────────\n"
                                           "  Version                        16.1.25\n");
}

static void what_nobody_knows_is_no_blank_page(void **state)
{
    (void)state;
    facts = (struct rpc_facts){
        .wanted = RPC_FACT_OPERATIONAL, .may_use_me = true, .heci_available = true};
    assert_string_equal(printed(put_page), "  No matching information found.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(v2_has_tabs, begin, end),
        cmocka_unit_test_setup_teardown(v2_json_is_alphabetical, begin, end),
        cmocka_unit_test_setup_teardown(v3_json_has_its_own_order_and_words, begin, end),
        cmocka_unit_test_setup_teardown(v3_text_has_sections, begin, end),
        cmocka_unit_test_setup_teardown(empty_lists_say_so, begin, end),
        cmocka_unit_test_setup_teardown(without_rights_the_system_s_part_is_shown, begin, end),
        cmocka_unit_test_setup_teardown(only_what_is_wanted_is_shown, begin, end),
        cmocka_unit_test_setup_teardown(what_nobody_knows_is_no_blank_page, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
