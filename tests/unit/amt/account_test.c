/* The password of "admin" and local accounts: exact calls, what is read, and refusals. */
#include "amt/account.h"
#include "amt/password.h"

#include "class_steps.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REALM   SLICE_LITERAL("Digest:F3EB554784E729164447A89F60B641C5")
#define SERVICE STEPS_AMT "AMT_AuthorizationService"
/* base64 of MD5("admin:REALM:P@ssw0rd1") and of MD5("joe:REALM:P@ssw0rd1") */
#define ADMIN_DIGEST "NNsB/WINxYZwMl0pUYgb/A=="
#define JOE_DIGEST   "2i3ePaNERhyznmYI0mfYBQ=="

static const struct amt_options one_by_one = {.in_flight_limit = 1};

struct account_call {
    struct call call;
    struct amt_account_change change;
    struct amt_account *accounts;
    size_t count;
    uint32_t handle;
    bool enabled;
};

static struct account_call *of(struct call *call)
{
    return (struct account_call *)(void *)call;
}

static bool set_admin(struct call *call)
{
    return amt_account_set_admin_password(call->device->amt, &call->arena, REALM,
                                          SLICE_LITERAL("P@ssw0rd1"), &call->err);
}

static bool list(struct call *call)
{
    return amt_account_list(call->device->amt, &call->arena, &of(call)->accounts, &of(call)->count,
                            &call->err);
}

static bool add(struct call *call)
{
    return amt_account_add(call->device->amt, &call->arena, REALM, &of(call)->change,
                           &of(call)->handle, &call->err);
}

static bool update(struct call *call)
{
    return amt_account_update(call->device->amt, &call->arena, REALM, 7, &of(call)->change,
                              &call->err);
}

static bool remove_seven(struct call *call)
{
    return amt_account_remove(call->device->amt, &call->arena, 7, &call->err);
}

static bool enable(struct call *call)
{
    return amt_account_enable(call->device->amt, &call->arena, 7, of(call)->enabled, &call->err);
}

static const struct amt_account_change joe = {
    .name = {(const uint8_t *)"joe", 3},
    .password = {(const uint8_t *)"P@ssw0rd1", 9},
    .access = AMT_ACCESS_NETWORK,
    .realms = 1u << 5 | 1u << 2,
};

static void run(struct device *device, struct account_call *account, bool (*what)(struct call *),
                const struct step *steps, size_t count)
{
    *account = (struct account_call){.change = joe};
    device_start(device, steps, count, &one_by_one);
    call_for(&account->call, device, what, 60000);
}

static void end(struct device *device, struct account_call *account)
{
    call_end(&account->call);
    device_stop(device);
}

#define RUN(what, steps) run(&device, &account, what, steps, sizeof(steps) / sizeof((steps)[0]))

static void the_administrator_s_password_goes_as_sixteen_bytes(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 STEP_RECORDED("AMT_AuthorizationService/SetAdminAclEntryEx</a:A",
                                               "amt/authorization/setadminaclentryex.xml")};
    struct device device;
    struct account_call account;
    RUN(set_admin, steps);
    assert_true(account.call.ok);
    steps_assert_body(&device, 1,
                      "<h:SetAdminAclEntryEx_INPUT xmlns:h=\"" SERVICE "\"><h:Username>admin"
                      "</h:Username><h:DigestPassword>" ADMIN_DIGEST
                      "</h:DigestPassword></h:SetAdminAclEntryEx_INPUT>");
    end(&device, &account);
}

static void it_is_sent_once(void **state)
{
    (void)state;
    const struct step lost[] = {
        STEP_401("n1"), {.expect = "<h:SetAdminAclEntryEx_INPUT ", .status = 0, .closes = true}};
    struct device device;
    struct account_call account;
    RUN(set_admin, lost);
    assert_false(account.call.ok);
    assert_int_equal(account.call.err.code, ERROR_CONNECTION);
    end(&device, &account);
}

static void recorded_accounts_are_listed(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_RECORDED("<h:StartIndex>1</h:StartIndex>",
                      "amt/authorization/enumerateuseraclentries.xml"),
        STEP_RECORDED("GetUserAclEntryEx_INPUT xmlns:h=\"" SERVICE "\"><h:Handle>1</h:Handle>",
                      "amt/authorization/getuseraclentryex.xml"),
        STEP_RECORDED("GetAclEnabledState_INPUT xmlns:h=\"" SERVICE "\"><h:Handle>1</h:Handle>",
                      "amt/authorization/getaclenabledstate.xml"),
        STEP_BODY("<h:Handle>2</h:Handle>",
                  "<g:GetUserAclEntryEx_OUTPUT xmlns:g=\"" SERVICE "\"><g:DigestUsername>joe"
                  "</g:DigestUsername><g:AccessPermission>2</g:AccessPermission><g:Realms>2"
                  "</g:Realms><g:Realms>20</g:Realms><g:Realms>99</g:Realms><g:ReturnValue>0"
                  "</g:ReturnValue></g:GetUserAclEntryEx_OUTPUT>"),
        STEP_BODY("<h:Handle>2</h:Handle>",
                  "<g:GetAclEnabledState_OUTPUT xmlns:g=\"" SERVICE "\"><g:Enabled>false"
                  "</g:Enabled><g:ReturnValue>0</g:ReturnValue></g:GetAclEnabledState_OUTPUT>"),
    };
    struct device device;
    struct account_call account;
    RUN(list, steps);
    assert_true(account.call.ok);
    assert_int_equal(account.count, 2);
    assert_true(slice_equal_string(account.accounts[0].name, "$$uns"));
    assert_true(account.accounts[0].is_system && account.accounts[0].enabled);
    assert_int_equal(account.accounts[0].access, AMT_ACCESS_LOCAL);
    assert_int_equal(account.accounts[0].realms, 1u << 16);
    assert_true(slice_equal_string(account.accounts[1].name, "joe"));
    assert_false(account.accounts[1].is_system || account.accounts[1].enabled);
    assert_int_equal(account.accounts[1].realms, 1u << 2 | 1u << 20);
    end(&device, &account);
}

#define HANDLES(total, handles)                                                                \
    STEP_BODY("<h:EnumerateUserAclEntries_INPUT ",                                             \
              "<g:EnumerateUserAclEntries_OUTPUT xmlns:g=\"" SERVICE "\"><g:TotalCount>" total \
              "</g:TotalCount>" handles                                                        \
              "<g:ReturnValue>0</g:ReturnValue></g:EnumerateUserAclEntries_OUTPUT>")

static void lists_end_whatever_the_device_says(void **state)
{
    (void)state;
    const struct step none[] = {STEP_401("n1"), STEP_RETURN("EnumerateUserAclEntries", "35")};
    const struct step empty[] = {STEP_401("n1"), HANDLES("4000000000", "")};
    const struct step odd[] = {STEP_401("n1"), HANDLES("1", "<g:Handles>x</g:Handles>")};
    const struct step silent[] = {STEP_401("n1"), STEP_RETURN("EnumerateUserAclEntries", "0")};
    const struct step gone[] = {STEP_401("n1"), HANDLES("1", "<g:Handles>1</g:Handles>"),
                                STEP_RETURN("GetUserAclEntryEx", "2053")};
    const struct step refused[] = {STEP_401("n1"), STEP_RETURN("EnumerateUserAclEntries", "16")};
    struct device device;
    struct account_call account;
    RUN(list, none);
    assert_true(account.call.ok);
    assert_int_equal(account.count, 0);
    end(&device, &account);
    RUN(list, empty);
    assert_true(account.call.ok);
    end(&device, &account);
    RUN(list, odd);
    assert_int_equal(account.call.err.code, ERROR_PROTOCOL);
    end(&device, &account);
    RUN(list, silent);
    assert_int_equal(account.call.err.code, ERROR_PROTOCOL);
    end(&device, &account);
    RUN(list, gone);
    assert_true(account.call.ok);
    assert_int_equal(account.count, 0);
    end(&device, &account);
    RUN(list, refused);
    assert_int_equal(account.call.err.code, ERROR_DEVICE);
    end(&device, &account);
}

static void an_account_is_added_with_its_realms(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_BODY("<h:AddUserAclEntryEx_INPUT ",
                  "<g:AddUserAclEntryEx_OUTPUT xmlns:g=\"" SERVICE "\"><g:Handle>5</g:Handle>"
                  "<g:ReturnValue>0</g:ReturnValue></g:AddUserAclEntryEx_OUTPUT>")};
    struct device device;
    struct account_call account;
    RUN(add, steps);
    assert_true(account.call.ok);
    assert_int_equal(account.handle, 5);
    steps_assert_body(&device, 1,
                      "<h:AddUserAclEntryEx_INPUT xmlns:h=\"" SERVICE "\"><h:DigestUsername>joe"
                      "</h:DigestUsername><h:DigestPassword>" JOE_DIGEST
                      "</h:DigestPassword><h:AccessPermission>1</h:AccessPermission>"
                      "<h:Realms>2</h:Realms><h:Realms>5</h:Realms></h:AddUserAclEntryEx_INPUT>");
    end(&device, &account);
}

static void an_update_without_password_leaves_the_login(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_RETURN("UpdateUserAclEntryEx", "0")};
    struct device device;
    struct account_call account = {.change = joe};
    account.change.password = (struct slice){NULL, 0};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&account.call, &device, update, 60000);
    assert_true(account.call.ok);
    steps_assert_body(&device, 1,
                      "<h:UpdateUserAclEntryEx_INPUT xmlns:h=\"" SERVICE "\"><h:Handle>7"
                      "</h:Handle><h:AccessPermission>1</h:AccessPermission>"
                      "<h:Realms>2</h:Realms><h:Realms>5</h:Realms>"
                      "</h:UpdateUserAclEntryEx_INPUT>");
    end(&device, &account);
}

static void accounts_are_removed_and_switched(void **state)
{
    (void)state;
    const struct step removed[] = {
        STEP_401("n1"), STEP_RECORDED("<h:RemoveUserAclEntry_INPUT xmlns:h=\"" SERVICE
                                      "\"><h:Handle>7</h:Handle></h:RemoveUserAclEntry_INPUT>",
                                      "amt/authorization/removeuseraclentry.xml")};
    const struct step off[] = {
        STEP_401("n1"),
        STEP_RECORDED("<h:SetAclEnabledState_INPUT xmlns:h=\"" SERVICE "\"><h:Handle>7</h:Handle>"
                      "<h:Enabled>false</h:Enabled></h:SetAclEnabledState_INPUT>",
                      "amt/authorization/setaclenabledstate.xml")};
    struct device device;
    struct account_call account;
    RUN(remove_seven, removed);
    assert_true(account.call.ok);
    end(&device, &account);
    RUN(enable, off);
    assert_true(account.call.ok);
    end(&device, &account);
}

static void refusals_are_told_by_what_they_mean(void **state)
{
    static const struct {
        const char *value;
        enum error_code code;
        const char *says;
    } cases[] = {
        {"1", ERROR_DEVICE, "INTERNAL_ERROR (1)"},
        {"12", ERROR_DEVICE, "INVALID_NAME (12)"},
        {"16", ERROR_DEVICE, "NOT_PERMITTED (16)"},
        {"23", ERROR_DEVICE, "MAX_LIMIT_REACHED (23)"},
        {"35", ERROR_DEVICE, "INVALID_INDEX (35)"},
        {"38", ERROR_DEVICE, "FLASH_WRITE_LIMIT_EXCEEDED (38)"},
        {"2053", ERROR_NOT_FOUND, "INVALID_HANDLE (2053)"},
        {"2054", ERROR_DEVICE, "INVALID_PASSWORD (2054)"},
        {"2055", ERROR_DEVICE, "INVALID_REALM (2055)"},
        {"2058", ERROR_CONFLICT, "DUPLICATE (2058)"},
        {"2065", ERROR_DEVICE, "MAX_KERB_DOMAIN_REACHED (2065)"},
        {"2075", ERROR_DEVICE, "AUDIT_FAIL (2075)"},
    };
    static const struct {
        const char *method;
        bool (*run)(struct call *);
    } methods[] = {{"AddUserAclEntryEx", add},
                   {"UpdateUserAclEntryEx", update},
                   {"RemoveUserAclEntry", remove_seven},
                   {"SetAclEnabledState", enable},
                   {"SetAdminAclEntryEx", set_admin}};
    (void)state;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            char body[256];
            (void)snprintf(body, sizeof body,
                           "<g:%s_OUTPUT xmlns:g=\"" SERVICE "\"><g:ReturnValue>%s</g:ReturnValue>"
                           "</g:%s_OUTPUT>",
                           methods[m].method, cases[i].value, methods[m].method);
            const struct step steps[] = {STEP_401("n1"), STEP_BODY(methods[m].method, body)};
            struct device device;
            struct account_call account;
            RUN(methods[m].run, steps);
            assert_int_equal(account.call.err.code, cases[i].code);
            assert_non_null(strstr(account.call.err.text, methods[m].method));
            assert_non_null(strstr(account.call.err.text, cases[i].says));
            end(&device, &account);
        }
}

static void what_cannot_be_right_is_not_sent(void **state)
{
    static const struct {
        const char *name;
        const char *password;
        uint32_t realms;
    } cases[] = {
        {"", "P@ssw0rd1", 4},
        {"12345678901234567", "P@ssw0rd1", 4},
        {"a:b", "P@ssw0rd1", 4},
        {"a b", "P@ssw0rd1", 4},
        {"caf\xc3\xa9", "P@ssw0rd1", 4},
        {"admin", "P@ssw0rd1", 4},
        {"Admin", "P@ssw0rd1", 4},
        {"$$uns", "P@ssw0rd1", 4},
        {"joe", "password", 4},
        {"joe", "P@ssw0rd1", 0},
        {"joe", "P@ssw0rd1", 1},
        {"joe", "P@ssw0rd1", 1u << 31},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct device device;
        struct account_call account = {.change = joe};
        account.change.name = slice_of_string(cases[i].name);
        account.change.password = slice_of_string(cases[i].password);
        account.change.realms = cases[i].realms;
        device_start(&device, NULL, 0, &one_by_one);
        call_for(&account.call, &device, add, 60000);
        assert_int_equal(account.call.err.code, ERROR_INVALID);
        end(&device, &account);
    }
}

/* ---- passwords ---- */

static void passwords_that_firmware_refuses_are_told(void **state)
{
    static const struct {
        const char *password;
        bool good;
    } cases[] = {
        {"P@ssw0rd", true},
        {"Abcdefg1!", true},
        {"Abcdef1^", true},
        {"Abcd ef1!", true},
        {"P@ssw0r", false},
        {"password1!", false},
        {"PASSWORD1!", false},
        {"Password!", false},
        {"Password1", false},
        {"Passw_rd1", false},
        {"P@ss:w0rd", false},
        {"P@ss\"w0rd", false},
        {"P@ss,w0rd", false},
        {"P@ssw0rd\n", false},
        {"P@ssw0rd\xc3\xa9", false},
        {"P@ssw0rdP@ssw0rdP@ssw0rdP@ssw0rd", true},
        {"P@ssw0rdP@ssw0rdP@ssw0rdP@ssw0rdx", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((amt_password_fault(slice_of_string(cases[i].password)) == NULL) != cases[i].good)
            fail_msg("%s", cases[i].password);
}

static void made_passwords_are_good_ones_and_differ(void **state)
{
    (void)state;
    struct arena arena;
    struct slice last = SLICE_LITERAL("");
    arena_init(&arena);
    for (unsigned i = 0; i < 200; i++) {
        struct slice one = amt_password_generate(&arena);
        assert_int_equal(one.size, 16);
        assert_null(amt_password_fault(one));
        assert_false(slice_equal(one, last));
        for (size_t c = 0; c < one.size; c++)
            assert_true(one.data[c] != '\0' &&
                        strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "!@#$%^*()",
                               one.data[c]) != NULL);
        last = one;
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_administrator_s_password_goes_as_sixteen_bytes),
        cmocka_unit_test(it_is_sent_once),
        cmocka_unit_test(recorded_accounts_are_listed),
        cmocka_unit_test(lists_end_whatever_the_device_says),
        cmocka_unit_test(an_account_is_added_with_its_realms),
        cmocka_unit_test(an_update_without_password_leaves_the_login),
        cmocka_unit_test(accounts_are_removed_and_switched),
        cmocka_unit_test(refusals_are_told_by_what_they_mean),
        cmocka_unit_test(what_cannot_be_right_is_not_sent),
        cmocka_unit_test(passwords_that_firmware_refuses_are_told),
        cmocka_unit_test(made_passwords_are_good_ones_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
