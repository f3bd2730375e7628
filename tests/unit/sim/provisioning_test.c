/* The states of a set-up (spec device-protocols 7.1 to 7.5), doors, and whom a machine calls; with
 * signatures and over the network see tests/integration/sim. */
#include "core/encoding.h"
#include "device_bench.h"
#include "sim/cira.h"
#include "sim/door.h"
#include "sim/login.h"
#include "sim/machine_state.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#define HOST_BASED SPACE_IPS "IPS_HostBasedSetupService"
#define SETUP      SPACE_AMT "AMT_SetupAndConfigurationService"
#define CCM(hash)                                                           \
    INVOKE(HOST_BASED, "Setup",                                             \
           "<h:NetAdminPassEncryptionType>2</h:NetAdminPassEncryptionType>" \
           "<h:NetworkAdminPassword>" hash "</h:NetworkAdminPassword>")
#define HASH        "00112233445566778899aabbccddeeff"
#define COMMIT      INVOKE(SETUP, "CommitChanges", "")
#define UNPROVISION INVOKE(SETUP, "Unprovision", "<h:ProvisioningMode>1</h:ProvisioningMode>")

static void begin(struct bench *bench, const char *personality)
{
    bench->device.personality = sim_personality_find(slice_of_string(personality));
    assert_non_null(bench->device.personality);
    sim_provisioning_begin(&bench->device);
}

static void a_set_up_makes_the_administrator(void **state)
{
    struct bench *bench = *state;
    begin(bench, "16.1");
    assert_int_equal(sim_provisioning_mode(&bench->device), 0);
    bench_call(bench, CCM(HASH), 0);
    assert_int_equal(bench->device.setup, SIM_SETUP_POST);
    assert_int_equal(sim_provisioning_mode(&bench->device), 1);
    assert_true(bench->device.admin_changed);
    assert_int_equal(bench->device.admin_hash[15], 0xFF);
    bench_call(bench, CCM(HASH), 2);
}

static void tls_only_firmware_waits_for_the_commit(void **state)
{
    struct bench *bench = *state;
    begin(bench, "19");
    bench_call(bench, COMMIT, 16);
    bench_call(bench, CCM(HASH), 0);
    assert_int_equal(bench->device.setup, SIM_SETUP_IN);
    bench_has(bench_ask(bench, GET(HOST_BASED), 200),
              "<g:CurrentControlMode>0</g:CurrentControlMode>");
    bench_call(bench, CCM(HASH), 0); /* whoever lost his way begins again */
    bench_call(bench, COMMIT, 0);
    assert_int_equal(bench->device.setup, SIM_SETUP_POST);
    assert_int_equal(sim_provisioning_mode(&bench->device), 1);
    bench_call(bench, UNPROVISION, 0);
    assert_int_equal(bench->device.setup, SIM_SETUP_PRE);
    bench_call(bench, CCM(HASH), 0);
    bench_call(bench, UNPROVISION, 0); /* out of the middle, too */
    assert_int_equal(bench->device.setup, SIM_SETUP_PRE);
}

static void a_set_up_inside_tls_can_be_stopped(void **state)
{
    struct bench *bench = *state;
    struct sim_root_hash client;
    assert_true(
        sim_root_hash_read(SLICE_LITERAL("00112233445566778899aabbccddeeff00112233"), &client));
    assert_int_equal(sim_provisioning_start(&bench->device, &client), SIM_STATUS_NOT_PERMITTED);
    begin(bench, "16.1");
    assert_int_equal(sim_provisioning_start(&bench->device, &client), 0);
    assert_true(sim_provisioning_has_started(&bench->device));
    assert_true(sim_door_is_open(&bench->device, 16993, true));
    assert_false(sim_door_is_open(&bench->device, 16993, false));
    bench_call(bench, COMMIT, 2057);
    sim_provisioning_stop(&bench->device);
    assert_int_equal(bench->device.setup, SIM_SETUP_PRE);
    assert_false(sim_door_is_open(&bench->device, 16993, true));
    bench->device.provisioning->zero_touch = false;
    assert_int_equal(sim_provisioning_start(&bench->device, &client), SIM_STATUS_NOT_PERMITTED);
}

static void steps_of_a_set_up_take_their_time(void **state)
{
    struct bench *bench = *state;
    begin(bench, "16.1");
    bench->device.provisioning->delay_ms = 1234;
    bench_call(bench, CCM("short"), 3);
    assert_int_equal(bench->device.answer_delay_ms, 0);
    bench_call(bench, CCM(HASH), 0);
    assert_int_equal(bench->device.answer_delay_ms, 1234);
}

static void a_nonce_counts_until_the_next_is_shown(void **state)
{
    struct bench *bench = *state;
    uint8_t before[SIM_SETUP_NONCE];
    begin(bench, "16.1");
    assert_false(bench->device.provisioning->nonce_was_read);
    bench_ask(bench, GET(HOST_BASED), 200);
    assert_true(bench->device.provisioning->nonce_was_read);
    memcpy(before, bench->device.provisioning->nonce, sizeof(before));
    bench_call(
        bench,
        INVOKE(HOST_BASED, "AddNextCertInChain", "<h:NextCertificate>AAAA</h:NextCertificate>"), 1);
    assert_memory_equal(before, bench->device.provisioning->nonce, sizeof(before));
    bench_ask(bench, GET(HOST_BASED), 200);
    assert_memory_not_equal(before, bench->device.provisioning->nonce, sizeof(before));
}

static void doors_of_a_machine_that_nobody_set_up(void **state)
{
    struct bench *bench = *state;
    const struct sim_device *device = &bench->device;
    assert_true(sim_door_is_open(device, 16992, false) && sim_door_is_open(device, 16993, false));
    begin(bench, "16.1");
    assert_true(sim_door_is_open(device, 16992, true));
    assert_false(sim_door_is_open(device, 16993, true));
    assert_false(sim_door_is_open(device, 16995, true));
    begin(bench, "19");
    assert_false(sim_door_is_open(device, 16992, true));
    assert_true(sim_door_is_open(device, 16993, true));
}

static void each_side_has_its_settings(void **state)
{
    struct bench *bench = *state;
    struct sim_device *device = &bench->device;
    begin(bench, "16.1");
    const struct sim_personality_instance *network =
        sim_object_find(device, "AMT_TLSSettingData", "InstanceID",
                        SLICE_LITERAL("Intel(r) AMT 802.3 TLS Settings"));
    sim_object_set(device, network, "Enabled", SLICE_LITERAL("true"));
    sim_object_set(device, network, "TrustedCN", SLICE_LITERAL("console"));
    sim_door_commit(device);
    assert_true(sim_door_is_open(device, 16993, false));
    assert_false(sim_door_is_open(device, 16992, false));
    assert_true(sim_door_is_open(device, 16992, true));
    assert_false(sim_door_is_open(device, 16993, true));
    assert_string_equal(device->provisioning->doors[0].names[0], "console");
    sim_device_unprovision(device, 0);
    assert_true(sim_door_is_open(device, 16992, false));
    assert_false(sim_door_is_open(device, 16993, false));
}

static bool log_in(struct bench *bench, struct sim_authenticator *authenticator, const char *user,
                   const char *password, bool local)
{
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE], header[512];
    const char *nonce = sim_authenticator_nonce(authenticator, 0);
    http_digest_ha1(slice_of_string(user), slice_of_string(bench->device.realm),
                    slice_of_string(password), ha1);
    http_digest_response(ha1, slice_of_string(nonce), SLICE_LITERAL("1"), SLICE_LITERAL("c"),
                         SLICE_LITERAL("auth"), "POST", SLICE_LITERAL("/wsman"), response);
    snprintf(header, sizeof(header),
             "Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"/wsman\",qop=\"auth\","
             "response=\"%s\",nc=\"1\",cnonce=\"c\"",
             user, bench->device.realm, nonce, response);
    return sim_login_http(authenticator, &bench->device, slice_of_string(header), "POST", local, 0);
}

static void the_local_account_sets_up_and_reads_at_the_local_door(void **state)
{
    struct bench *bench = *state;
    struct sim_authenticator authenticator;
    sim_authenticator_init(&authenticator, "admin", bench->device.realm, SLICE_LITERAL("Pass-1"));
    snprintf(bench->device.provisioning->local_password,
             sizeof(bench->device.provisioning->local_password), "Local-1");
    assert_false(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-1", false));
    assert_true(log_in(bench, &authenticator, "admin", "Pass-1", false));
    begin(bench, "16.1");
    assert_false(log_in(bench, &authenticator, "admin", "Pass-1", true));
    assert_false(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-1", false));
    assert_false(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-2", true));
    assert_true(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-1", true));
    assert_true(bench->device.caller.local);
    bench_call(bench, CCM(HASH), 0);
    assert_false(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-1", false));
    assert_false(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-2", true));
    assert_true(log_in(bench, &authenticator, SIM_LOCAL_USER, "Local-1", true));
    assert_false(bench->device.caller.local);
    assert_int_equal(bench->device.caller.realms >> SIM_REALM_ADMIN & 1, 0);
    assert_true(log_in(bench, &authenticator, "admin", "Pass-1", false));
    assert_false(bench->device.caller.local);
    sim_authenticator_fini(&authenticator);
}

static void detect(struct bench *bench, const char *domain)
{
    const struct sim_personality_instance *detection =
        sim_object_find(&bench->device, "AMT_EnvironmentDetectionSettingData", "InstanceID",
                        SLICE_LITERAL("Intel(r) AMT Environment Detection Settings"));
    sim_object_set(&bench->device, detection, "DetectionStrings", slice_of_string(domain));
}

static void outside_is_where_no_home_domain_is(void **state)
{
    struct bench *bench = *state;
    struct sim_device *device = &bench->device;
    struct sim_cira_plan plan;
    assert_true(sim_cira_plan(device, &plan)); /* as it was recorded */
    assert_true(slice_equal_string(plan.host, "192.168.10.196"));
    assert_int_equal(plan.port, 4433);
    assert_int_equal(plan.interval_s, 25);
    assert_true(slice_equal_string(plan.user, "test"));
    snprintf(device->provisioning->dhcp_suffix, sizeof(device->provisioning->dhcp_suffix),
             "a.corp.test");
    assert_true(sim_cira_is_outside(device));
    detect(bench, "CORP.test");
    assert_false(sim_cira_is_outside(device));
    assert_false(sim_cira_plan(device, &plan));
    detect(bench, "orp.test");
    assert_true(sim_cira_plan(device, &plan));
    sim_provisioning_begin(device);
    assert_false(sim_cira_is_outside(device));
    assert_false(sim_cira_plan(device, &plan));
}

static void make_machine(struct sim_machine *machine)
{
    struct guid guid = {{1, 2, 3}};
    struct sim_apf_options apf = {.guid = guid, .host_name = "h"};
    sim_machine_init(machine, &sim_personality_16, &apf, 1, SLICE_LITERAL("Pass-1"), NULL, NULL);
    sim_provisioning_begin(&machine->device);
}

static void a_machine_remembers(void **state)
{
    struct sim_machine *first = calloc(1, sizeof(*first)), *second = calloc(1, sizeof(*second));
    struct buffer text, again;
    (void)state;
    buffer_init(&text, 1024 * 1024);
    buffer_init(&again, 1024 * 1024);
    make_machine(first);
    make_machine(second);
    first->device.setups = 3;
    sim_device_renew_realm(&first->device);
    buffer_clear(&text);
    assert_int_equal(sim_wsman_answer(&first->device, slice_of_string(CCM(HASH)), 0, &text), 200);
    buffer_clear(&text);
    const struct sim_personality_instance *key =
        sim_object_add(&first->device, &wsman_AMT_PublicPrivateKeyPair);
    sim_object_set(&first->device, key, "InstanceID", SLICE_LITERAL("Intel(r) AMT Key: Handle: 0"));
    sim_object_keep_secret(&first->device, key, SLICE_LITERAL("c2VjcmV0"));
    sim_machine_state_put(first, &text);
    assert_true(buffer_ok(&text));
    assert_true(sim_machine_state_read(second, buffer_slice(&text), NULL));
    assert_int_equal(sim_provisioning_mode(&second->device), 1);
    assert_string_equal(second->authenticator.ha1, HASH);
    assert_string_equal(second->device.realm, first->device.realm);
    assert_int_equal(sim_object_count(&second->device, "AMT_PublicKeyCertificate"), 0);
    key = sim_object_find(&second->device, "AMT_PublicPrivateKeyPair", "InstanceID",
                          SLICE_LITERAL("Intel(r) AMT Key: Handle: 0"));
    assert_non_null(key);
    assert_true(slice_equal_string(sim_object_secret(&second->device, key), "c2VjcmV0"));
    sim_machine_state_put(second, &again);
    assert_true(slice_equal(buffer_slice(&text), buffer_slice(&again)));
    buffer_fini(&text);
    buffer_fini(&again);
    sim_machine_fini(first);
    sim_machine_fini(second);
    free(first);
    free(second);
}

static void what_is_no_memory_of_it_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"guid\":\"01020300-0000-0000-0000-000000000000\",\"state\":3}",
        "{\"guid\":\"01020300-0000-0000-0000-000000000001\",\"state\":2,\"setups\":0,\"user\":"
        "\"admin\",\"hash\":\"" HASH "\",\"changed\":[],\"added\":[]}",
        "{\"guid\":\"01020300-0000-0000-0000-000000000000\",\"state\":2,\"setups\":0,\"user\":"
        "\"admin\",\"hash\":\"" HASH "\",\"changed\":[{\"class\":\"No_Class\"}],\"added\":[]}",
        "{\"guid\":\"01020300-0000-0000-0000-000000000000\",\"state\":2,\"setups\":0,\"user\":"
        "\"admin\",\"hash\":\"" HASH "\",\"changed\":[{\"class\":\"AMT_GeneralSettings\","
        "\"place\":9,\"values\":[]}],\"added\":[]}",
    };
    struct sim_machine *machine = calloc(1, sizeof(*machine));
    (void)state;
    make_machine(machine);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(sim_machine_state_read(machine, slice_of_string(texts[i]), NULL));
        assert_int_equal(machine->device.setup, SIM_SETUP_PRE);
    }
    sim_machine_fini(machine);
    free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_set_up_makes_the_administrator),
        BENCH_TEST(tls_only_firmware_waits_for_the_commit),
        BENCH_TEST(a_set_up_inside_tls_can_be_stopped),
        BENCH_TEST(steps_of_a_set_up_take_their_time),
        BENCH_TEST(a_nonce_counts_until_the_next_is_shown),
        BENCH_TEST(doors_of_a_machine_that_nobody_set_up),
        BENCH_TEST(each_side_has_its_settings),
        BENCH_TEST(the_local_account_sets_up_and_reads_at_the_local_door),
        BENCH_TEST(outside_is_where_no_home_domain_is),
        cmocka_unit_test(a_machine_remembers),
        cmocka_unit_test(what_is_no_memory_of_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
