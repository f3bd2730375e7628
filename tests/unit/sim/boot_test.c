/* What a machine boots to (spec device-protocols 6.1, 6.4; mps 2.8): parameters are checked, serve
 * one boot, and what was started is seen. */
#include "device_bench.h"
#include "sim/capability/capability.h"

#define SETTINGS SPACE_AMT "AMT_BootSettingData"
#define SERVICE  SPACE_CIM "CIM_BootService"
#define HTTPS    "Intel(r) AMT: Force OCR UEFI HTTPS Boot"

/* The writable settings with everything off, and what is given. */
#define PUT_SETTINGS(more)                                                                         \
    PUT_OF(SPACE_AMT, "AMT_BootSettingData",                                                       \
           BOOT_FLAG("BIOSPause", "false") BOOT_FLAG("BIOSSetup", "false")                         \
               BOOT_FLAG("BootMediaIndex", "0") BOOT_FLAG("FirmwareVerbosity", "0")                \
                   BOOT_FLAG("ForcedProgressEvents", "false") BOOT_FLAG("LockKeyboard", "false")   \
                       BOOT_FLAG("LockPowerButton", "false") BOOT_FLAG("LockResetButton", "false") \
                           BOOT_FLAG("LockSleepButton", "false") BOOT_FLAG("ReflashBIOS", "false") \
                               BOOT_FLAG("SecureErase", "false") BOOT_FLAG("UseSOL", "false")      \
                                   BOOT_FLAG("UseSafeMode", "false")                               \
                                       BOOT_FLAG("UserPasswordBypass", "false") more)
#define NO_IDER  BOOT_FLAG("UseIDER", "false") BOOT_FLAG("IDERBootDevice", "0")
#define NO_RESET BOOT_FLAG("ConfigurationDataReset", "false")
#define PARAMETERS(count, text) \
    BOOT_FLAG("UefiBootNumberOfParams", count) BOOT_FLAG("UefiBootParametersArray", text)

/* 1 "https://example.com/boot.efi", 20 true */
#define HTTPS_PARAMETERS "hoABABwAAABodHRwczovL2V4YW1wbGUuY29tL2Jvb3QuZWZphoAUAAEAAAAB"
/* the same with a user and a password: 40 "user", 41 "secret" */
#define HTTPS_LOGIN HTTPS_PARAMETERS "hoAoAAQAAAB1c2VyhoApAAYAAABzZWNyZXQ="

static void boot(struct bench *bench)
{
    bench_call(bench, POWER("10"), 0);
    bench->now_ms += 60000;
    sim_device_tick(&bench->device, bench->now_ms);
}

static void boots_to(struct bench *bench, const char *to)
{
    boot(bench);
    assert_string_equal(bench->device.boot.to, to);
}

static void a_machine_boots_to_what_was_asked_for_once(void **state)
{
    struct bench *bench = *state;
    boots_to(bench, "disk");
    bench_ask(bench, BOOT_PUT("true"), 200);
    bench_call(bench, ROLE("1"), 0);
    boots_to(bench, "BIOS setup");
    bench_call(bench, ROLE("1"), 0);
    bench_call(bench, ORDER("Intel(r) AMT: Force PXE Boot"), 0);
    boots_to(bench, "PXE Boot");
    boots_to(bench, "disk");
    bench_ask(bench,
              PUT_SETTINGS(NO_RESET BOOT_FLAG("UseIDER", "true") BOOT_FLAG("IDERBootDevice", "1")),
              200);
    bench_call(bench, ROLE("1"), 0);
    boots_to(bench, "IDER CD");
}

static void without_the_role_nothing_is_next(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ORDER("Intel(r) AMT: Force PXE Boot"), 0);
    boots_to(bench, "disk");
}

static void https_boot_takes_its_parameters(void **state)
{
    struct bench *bench = *state;
    bench_ask(bench, PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("4", HTTPS_LOGIN)), 200);
    bench_call(bench, ROLE("1"), 0);
    bench_call(bench, ORDER(HTTPS), 0);
    boots_to(bench, "HTTPS https://example.com/boot.efi");
    const char *text = bench_ask(bench, GET(SETTINGS), 200);
    bench_has(text, "<g:BIOSLastStatus>0</g:BIOSLastStatus><g:BIOSLastStatus>0</g:BIOSLastStatus>");
    bench_has(text, "<g:UefiBootNumberOfParams>0</g:UefiBootNumberOfParams>");
    bench_lacks(text, "UefiBootParametersArray");
}

static void https_boot_without_an_address_fails(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ROLE("1"), 0);
    bench_call(bench, ORDER(HTTPS), 0);
    boots_to(bench, "disk");
    bench_has(bench_ask(bench, GET(SETTINGS), 200),
              "<g:BIOSLastStatus>65535</g:BIOSLastStatus><g:BIOSLastStatus>3</g:BIOSLastStatus>");
}

static void bad_parameters_are_refused(void **state)
{
    static const char *const bad[] = {
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", HTTPS_PARAMETERS)), /* two of them */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", "hYABAAEAAABh")),   /* another vendor */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", "hoAHAAEAAABh")),   /* no such type */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", "hoABAAIAAABh")),   /* cut off */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", "hoABAAAAAAA=")),   /* empty */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", "hoADAAEAAABh")),   /* a number of one byte */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS(
            "1", "hoAoABEAAABhYWFhYWFhYWFhYWFhYWFhYQ==")), /* 17 bytes */
        PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("1", "not base64")),
        PUT_SETTINGS(NO_RESET NO_IDER BOOT_FLAG("UefiBootNumberOfParams", "1")),
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        bench_has(bench_ask(bench, bad[i], 400), "d:InvalidRepresentation");
    bench->device.personality = &sim_personality_12;
    bench_ask(bench, PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("2", HTTPS_PARAMETERS)), 400);
}

static void client_mode_wants_signed_images(void **state)
{
    struct bench *bench = *state;
    bench->device.client_mode = true;
    bench_ask(bench,
              PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("2", HTTPS_PARAMETERS)
                               BOOT_FLAG("EnforceSecureBoot", "false")),
              400);
    bench_ask(bench,
              PUT_SETTINGS(NO_RESET NO_IDER PARAMETERS("2", HTTPS_PARAMETERS)
                               BOOT_FLAG("EnforceSecureBoot", "true")),
              200);
}

#define ERASE(mask) \
    PUT_SETTINGS(NO_RESET NO_IDER BOOT_FLAG("PlatformErase", "true") PARAMETERS("1", mask))

static void what_can_be_erased_is_erased(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_ask(bench, GET(SPACE_AMT "AMT_BootCapabilities"), 200),
              "<g:PlatformErase>67174469</g:PlatformErase>");
    bench_ask(bench, ERASE("hoABAAQAAAAAAAAA"), 400); /* nothing */
    bench_ask(bench, ERASE("hoABAAQAAAAAAACA"), 400); /* what it cannot */
    bench_ask(bench, ERASE("hoAUAAQAAABEAAAA"), 400); /* no mask */
    bench_ask(bench, ERASE("hoABAAQAAABEAAAA"), 200); /* SSDs and TPM */
    bench_call(bench, ROLE("1"), 0);
    boots_to(bench, "platform erase 0x00000044");
    bench->device.personality = sim_personality_find(SLICE_LITERAL("15"));
    assert_non_null(bench->device.personality);
    bench_lacks(bench_ask(bench, GET(SPACE_AMT "AMT_BootCapabilities"), 200), "PlatformErase");
    bench_ask(bench, ERASE("hoABAAQAAABEAAAA"), 400);
}

static void a_reset_of_the_firmware_unprovisions(void **state)
{
    struct bench *bench = *state;
    bench_ask(bench, PUT_SETTINGS(NO_IDER BOOT_FLAG("ConfigurationDataReset", "true")), 200);
    bench_call(bench, ROLE("1"), 0);
    boots_to(bench, "unconfigured firmware");
    assert_int_equal(bench->device.setup, SIM_SETUP_PRE);
}

static unsigned told;

static void tell(const struct sim_device *device)
{
    told++;
    assert_string_equal(device->boot.to, "disk");
}

static void each_boot_is_told(void **state)
{
    struct bench *bench = *state;
    told = 0;
    bench->device.booted = tell;
    boot(bench);
    boot(bench);
    assert_int_equal(told, 2);
}

static void the_reason_of_a_boot_is_seen(void **state)
{
    struct bench *bench = *state;
    boot(bench);
    bench_has(bench_ask(bench, GET(SPACE_IPS "IPS_HostBootReason"), 200),
              "<g:PreviousSxState>0</g:PreviousSxState><g:Reason>1</g:Reason>"
              "<g:ReasonDetails>Reset</g:ReasonDetails>");
    bench_call(bench, POWER("8"), 0);
    bench->now_ms += 60000;
    bench_call(bench, POWER("2"), 0);
    bench->now_ms += 60000;
    bench_has(bench_ask(bench, GET(SPACE_IPS "IPS_HostBootReason"), 200),
              "<g:PreviousSxState>5</g:PreviousSxState><g:Reason>1</g:Reason>"
              "<g:ReasonDetails>Power Up</g:ReasonDetails>");
}

static void consent_guards_the_boot(void **state)
{
    struct bench *bench = *state;
    bench->device.client_mode = true;
    bench_call(bench, ROLE("1"), 6);
    bench_call(bench, ORDER(HTTPS), 6);
    bench_call(bench, ROLE("32768"), 0);
    bench->device.consent.state = SIM_CONSENT_RECEIVED;
    bench_call(bench, ROLE("1"), 0);
    bench_call(bench, ORDER("Intel(r) AMT: Force PXE Boot"), 0);
    /* a consent that ends takes what it allowed with it */
    bench_call(bench, INVOKE(SPACE_IPS "IPS_OptInService", "CancelOptIn", ""), 0);
    assert_false(bench->device.boot_role);
    assert_null(bench->device.boot_source);
}

static void graceful_actions_need_the_agent(void **state)
{
    struct bench *bench = *state;
    static const char *const graceful[] = {POWER("4"), POWER("7"), POWER("12"), POWER("14")};
    bench->device.agent = false;
    bench_has(bench_ask(bench, GET(SPACE_CIM "CIM_AssociatedPowerManagementService"), 200),
              "<g:AvailableRequestedPowerStates>11</g:AvailableRequestedPowerStates>"
              "<g:PowerState>");
    for (size_t i = 0; i < 4; i++)
        bench_call(bench, graceful[i], 4097);
    bench_call(bench, POWER("8"), 0);
}

static void sessions_may_block_the_power(void **state)
{
    struct bench *bench = *state;
    sim_session_begin(&bench->device, SIM_SESSION_SOL, 0);
    bench->device.sessions_block_power = true;
    bench_call(bench, POWER("5"), 5);
    bench_call(bench, POWER("8"), 5);
    bench_call(bench, POWER("10"), 0);
    bench->device.sessions_block_power = false;
    bench_call(bench, POWER("8"), 0);
    sim_session_end(&bench->device, SIM_SESSION_SOL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_machine_boots_to_what_was_asked_for_once),
        BENCH_TEST(without_the_role_nothing_is_next),
        BENCH_TEST(https_boot_takes_its_parameters),
        BENCH_TEST(https_boot_without_an_address_fails),
        BENCH_TEST(bad_parameters_are_refused),
        BENCH_TEST(client_mode_wants_signed_images),
        BENCH_TEST(what_can_be_erased_is_erased),
        BENCH_TEST(a_reset_of_the_firmware_unprovisions),
        BENCH_TEST(each_boot_is_told),
        BENCH_TEST(the_reason_of_a_boot_is_seen),
        BENCH_TEST(consent_guards_the_boot),
        BENCH_TEST(graceful_actions_need_the_agent),
        BENCH_TEST(sessions_may_block_the_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
