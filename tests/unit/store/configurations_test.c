/* What administrators configure: found in any case, kept as first given, replaced at a version, and
 * never left referring to what is not there. */
#include "scratch.h"
#include "store/configurations.h"

#define PUT(kind, how, row, secrets) \
    store_##kind##_put(store, arena, "", how, row, secrets, &refusal, &err)

static struct slice text(const char *string)
{
    return slice_of_string(string);
}

static struct store_cira_config sample_cira(const char *name)
{
    return (struct store_cira_config){.name = name,
                                      .address = "192.168.8.50",
                                      .port = 4433,
                                      .username = "admin",
                                      .common_name = "192.168.8.50",
                                      .address_format = 3,
                                      .auth_method = 2,
                                      .root_certificate = "MIID",
                                      .proxy_details = ""};
}

static struct store_profile sample_profile(const char *name)
{
    return (struct store_profile){.name = name,
                                  .activation = "acmactivate",
                                  .dhcp = true,
                                  .ip_sync = STORE_UNSET,
                                  .local_wifi_sync = STORE_NO,
                                  .uefi_wifi_sync = STORE_YES,
                                  .user_consent = "KVM",
                                  .kvm = true};
}

static struct store_wireless_config sample_wireless(const char *name)
{
    return (struct store_wireless_config){
        .name = name, .authentication = 6, .encryption = 4, .ssid = "home"};
}

static struct store_proxy_config sample_proxy(const char *name, const char *address)
{
    return (struct store_proxy_config){
        .name = name, .address = address, .format = 201, .port = 3128, .dns_suffix = "example.com"};
}

static struct store_ieee8021x_config sample_ieee8021x(const char *name)
{
    return (struct store_ieee8021x_config){
        .name = name, .protocol = 2, .pxe_timeout_s = 120, .wired = true};
}

STORE_TEST(a_row_is_found_in_any_case_and_keeps_its_first_spelling)
{
    struct store_refusal refusal;
    struct error err;
    struct store_cira_config config = sample_cira("vproDemo");
    struct store_cira_config read;
    assert_true(PUT(cira_config, STORE_INSERT, &config, NULL));
    assert_true(store_cira_config_get(store, arena, "", text("VPRODEMO"), &read, &err));
    assert_string_equal(read.name, "vproDemo");
    assert_string_equal(read.address, "192.168.8.50");
    assert_int_equal(read.port, 4433);
    assert_string_equal(read.common_name, "192.168.8.50");
    assert_int_equal(read.address_format, 3);
    assert_int_equal(read.auth_method, 2);
    assert_string_equal(read.root_certificate, "MIID");
    assert_string_equal(read.proxy_details, "");
    assert_int_equal(read.version, config.version);

    struct store_cira_config change = sample_cira("vprodemo");
    change.version = read.version;
    change.common_name = NULL;
    assert_true(PUT(cira_config, STORE_UPDATE, &change, NULL));
    assert_string_equal(change.name, "vproDemo");
    assert_null(change.common_name);
    assert_true(change.version > read.version);

    struct store_cira_config again = sample_cira("vprodemo");
    assert_false(PUT(cira_config, STORE_INSERT, &again, NULL));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_int_equal(refusal.cause, STORE_CAUSE_EXISTS);
    assert_string_equal(refusal.name, "vproDemo");
}

STORE_TEST(tenants_do_not_see_each_others_rows)
{
    struct store_refusal refusal;
    struct error err;
    struct store_cira_config mine = sample_cira("c");
    struct store_cira_config theirs = sample_cira("c");
    theirs.port = 1024;
    struct store_cira_config read;
    assert_true(store_cira_config_put(store, arena, "a", STORE_INSERT, &mine, NULL, NULL, &err));
    assert_false(store_cira_config_get(store, arena, "", text("c"), &read, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_cira_config_put(store, arena, "b", STORE_INSERT, &theirs, NULL, NULL, &err));
    assert_true(store_cira_config_get(store, arena, "a", text("c"), &read, &err));
    assert_int_equal(read.port, 4433);
    assert_true(store_cira_config_delete(store, arena, "b", text("C"), &refusal, &err));
    assert_true(store_cira_config_get(store, arena, "a", text("c"), &read, &err));

    struct store_profile profile = sample_profile("p"); /* another tenant's is not there */
    profile.cira_config = "c";
    assert_false(PUT(profile, STORE_INSERT, &profile, NULL));
    assert_int_equal(refusal.cause, STORE_CAUSE_ABSENT);
    assert_int_equal(refusal.kind, STORE_CIRA_CONFIG);
    assert_string_equal(refusal.name, "c");
}

STORE_TEST(an_update_of_another_version_changes_nothing_and_gives_the_row_as_it_is)
{
    struct store_refusal refusal;
    struct error err;
    struct store_ieee8021x_config config = sample_ieee8021x("x");
    assert_true(store_ieee8021x_config_put(store, arena, "", STORE_INSERT, &config, NULL, &err));
    uint64_t version = config.version;
    struct store_ieee8021x_config change = sample_ieee8021x("X");
    change.protocol = 10;
    change.pxe_timeout_s = -1;
    change.version = 123456;
    assert_false(
        store_ieee8021x_config_put(store, arena, "", STORE_UPDATE, &change, &refusal, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_int_equal(refusal.cause, STORE_CAUSE_VERSION);
    assert_string_equal(change.name, "x");
    assert_int_equal(change.protocol, 2);
    assert_int_equal(change.pxe_timeout_s, 120);
    assert_int_equal(change.version, version);

    change.pxe_timeout_s = -1;
    assert_true(
        store_ieee8021x_config_put(store, arena, "", STORE_UPDATE, &change, &refusal, &err));
    assert_int_equal(refusal.cause, STORE_CAUSE_NONE);
    assert_int_equal(change.pxe_timeout_s, -1);
    assert_true(change.wired);

    struct store_ieee8021x_config absent = sample_ieee8021x("y");
    assert_false(
        store_ieee8021x_config_put(store, arena, "", STORE_UPDATE, &absent, &refusal, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_equal(refusal.cause, STORE_CAUSE_NONE);
    assert_false(store_ieee8021x_config_delete(store, arena, "", text("y"), &refusal, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(versions_grow_even_over_a_row_that_was_deleted)
{
    struct store_refusal refusal;
    struct error err;
    struct store_wireless_config first = sample_wireless("home");
    assert_true(PUT(wireless_config, STORE_INSERT, &first, NULL));
    assert_true(store_wireless_config_delete(store, arena, "", text("HOME"), &refusal, &err));
    struct store_wireless_config second = sample_wireless("home");
    assert_true(PUT(wireless_config, STORE_INSERT, &second, NULL));
    assert_true(second.version > first.version);
}

/* A profile "acm" with everything that it can refer to. */
static struct store_profile add_all(struct store *store, struct arena *arena)
{
    static const char *const tags[] = {"store#123", "xeon \"b\"", ""};
    static const struct store_profile_link wireless[] = {{"office", 2}, {"home", 1}};
    static const struct store_profile_link proxies[] = {{"p2", 1}, {"p1", 2}};
    struct store_refusal refusal;
    struct error err;
    struct store_cira_config cira = sample_cira("mps");
    struct store_ieee8021x_config wired = sample_ieee8021x("wired");
    struct store_wireless_config home = sample_wireless("home");
    struct store_wireless_config office = sample_wireless("office");
    struct store_proxy_config p1 = sample_proxy("p1", "one.example.com");
    struct store_proxy_config p2 = sample_proxy("p2", "two.example.com");
    assert_true(PUT(cira_config, STORE_INSERT, &cira, NULL));
    assert_true(store_ieee8021x_config_put(store, arena, "", STORE_INSERT, &wired, NULL, &err));
    assert_true(PUT(wireless_config, STORE_INSERT, &home, NULL));
    assert_true(PUT(wireless_config, STORE_INSERT, &office, NULL));
    assert_true(store_proxy_config_put(store, arena, "", STORE_INSERT, &p1, NULL, &err));
    assert_true(store_proxy_config_put(store, arena, "", STORE_INSERT, &p2, NULL, &err));
    struct store_profile profile = sample_profile("acm");
    profile.cira_config = "mps";
    profile.ieee8021x = "WIRED";
    profile.tags = tags;
    profile.tag_count = 3;
    profile.wireless = wireless;
    profile.wireless_count = 2;
    profile.proxies = proxies;
    profile.proxy_count = 2;
    assert_true(PUT(profile, STORE_INSERT, &profile, NULL));
    return profile;
}

STORE_TEST(a_profile_comes_back_with_its_links_by_priority)
{
    struct error err;
    struct store_profile read;
    (void)add_all(store, arena);
    assert_true(store_profile_get(store, arena, "", text("ACM"), &read, &err));
    assert_string_equal(read.activation, "acmactivate");
    assert_false(read.random_password);
    assert_string_equal(read.cira_config, "mps");
    assert_int_equal(read.tag_count, 3);
    assert_string_equal(read.tags[1], "xeon \"b\"");
    assert_true(read.dhcp);
    assert_int_equal(read.ip_sync, STORE_UNSET);
    assert_int_equal(read.local_wifi_sync, STORE_NO);
    assert_int_equal(read.uefi_wifi_sync, STORE_YES);
    assert_int_equal(read.tls_mode, 0);
    assert_null(read.tls_signing_authority);
    assert_string_equal(read.user_consent, "KVM");
    assert_false(read.ider);
    assert_true(read.kvm);
    assert_false(read.sol);
    assert_string_equal(read.ieee8021x, "WIRED");
    assert_int_equal(read.wireless_count, 2);
    assert_string_equal(read.wireless[0].name, "home");
    assert_int_equal(read.wireless[0].priority, 1);
    assert_string_equal(read.wireless[1].name, "office");
    assert_int_equal(read.proxy_count, 2);
    assert_string_equal(read.proxies[0].name, "p2");
    assert_string_equal(read.proxies[1].name, "p1");
}

STORE_TEST(links_are_replaced_with_the_row_and_kept_on_a_conflict)
{
    static const struct store_profile_link one[] = {{"OFFICE", 7}};
    struct store_refusal refusal;
    struct error err;
    struct store_profile stored = add_all(store, arena);
    struct store_profile change = stored;
    change.wireless = one;
    change.wireless_count = 1;
    change.proxies = NULL;
    change.proxy_count = 0;
    change.version = stored.version + 100;
    assert_false(PUT(profile, STORE_UPDATE, &change, NULL));
    assert_int_equal(refusal.cause, STORE_CAUSE_VERSION);
    assert_int_equal(change.wireless_count, 2); /* the row as it is now */
    assert_int_equal(change.proxy_count, 2);

    change.wireless = one;
    change.wireless_count = 1;
    change.proxy_count = 0;
    assert_true(PUT(profile, STORE_UPDATE, &change, NULL));
    struct store_profile read;
    assert_true(store_profile_get(store, arena, "", text("acm"), &read, &err));
    assert_int_equal(read.wireless_count, 1);
    assert_int_equal(read.wireless[0].priority, 7);
    assert_int_equal(read.proxy_count, 0);
    assert_true(store_proxy_config_delete(store, arena, "", text("p1"), &refusal, &err));
}

STORE_TEST(what_is_referred_to_is_not_deleted)
{
    struct store_refusal refusal;
    struct error err;
    (void)add_all(store, arena);
    assert_false(store_cira_config_delete(store, arena, "", text("MPS"), &refusal, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_int_equal(refusal.cause, STORE_CAUSE_IN_USE);
    assert_int_equal(refusal.kind, STORE_PROFILE);
    assert_string_equal(refusal.name, "acm");
    assert_false(store_wireless_config_delete(store, arena, "", text("home"), &refusal, &err));
    assert_int_equal(refusal.cause, STORE_CAUSE_IN_USE);
    assert_false(store_proxy_config_delete(store, arena, "", text("p1"), &refusal, &err));
    assert_int_equal(refusal.cause, STORE_CAUSE_IN_USE);
    assert_false(store_ieee8021x_config_delete(store, arena, "", text("wired"), &refusal, &err));
    assert_int_equal(refusal.cause, STORE_CAUSE_IN_USE);
    assert_int_equal(refusal.kind, STORE_PROFILE);

    struct store_wireless_config enterprise = sample_wireless("enterprise");
    enterprise.authentication = 7;
    enterprise.ieee8021x = "wired";
    assert_true(PUT(wireless_config, STORE_INSERT, &enterprise, NULL));
    assert_true(store_profile_delete(store, arena, "", text("Acm"), &refusal, &err));
    assert_false(store_ieee8021x_config_delete(store, arena, "", text("wired"), &refusal, &err));
    assert_int_equal(refusal.kind, STORE_WIRELESS_CONFIG);
    assert_string_equal(refusal.name, "enterprise");
    assert_true(store_cira_config_delete(store, arena, "", text("mps"), &refusal, &err));
    assert_true(store_wireless_config_delete(store, arena, "", text("home"), &refusal, &err));
    assert_true(store_proxy_config_delete(store, arena, "", text("p1"), &refusal, &err));
}

STORE_TEST(a_row_that_refers_to_what_is_not_there_is_refused)
{
    static const struct store_profile_link wireless[] = {{"none", 1}};
    static const struct store_profile_link proxies[] = {{"nobody", 1}};
    struct store_refusal refusal;
    struct error err;
    struct store_profile read;
    struct store_profile profile = sample_profile("p");
    profile.wireless = wireless;
    profile.wireless_count = 1;
    assert_false(PUT(profile, STORE_INSERT, &profile, NULL));
    assert_int_equal(refusal.cause, STORE_CAUSE_ABSENT);
    assert_int_equal(refusal.kind, STORE_WIRELESS_CONFIG);
    assert_string_equal(refusal.name, "none");
    profile.wireless_count = 0;
    profile.proxies = proxies;
    profile.proxy_count = 1;
    assert_false(PUT(profile, STORE_INSERT, &profile, NULL));
    assert_int_equal(refusal.kind, STORE_PROXY_CONFIG);
    profile.proxy_count = 0;
    profile.ieee8021x = "x";
    assert_false(PUT(profile, STORE_INSERT, &profile, NULL));
    assert_int_equal(refusal.kind, STORE_IEEE8021X_CONFIG);
    assert_false(store_profile_get(store, arena, "", text("p"), &read, &err));

    struct store_wireless_config enterprise = sample_wireless("enterprise");
    enterprise.ieee8021x = "x";
    assert_false(PUT(wireless_config, STORE_INSERT, &enterprise, NULL));
    assert_int_equal(refusal.kind, STORE_IEEE8021X_CONFIG);
}

STORE_TEST(a_list_is_by_name_a_page_of_it_with_the_number_of_all)
{
    static const char *const names[] = {"beta", "Alpha", "delta", "Gamma"};
    static const int policy[] = {14, 16};
    struct store_refusal refusal;
    struct error err;
    struct store_wireless_config *list;
    size_t count;
    uint64_t total;
    assert_true(store_wireless_config_list(store, arena, "", 25, 0, &list, &count, &total, &err));
    assert_int_equal(count, 0);
    assert_int_equal(total, 0);
    for (size_t i = 0; i < 4; i++) {
        struct store_wireless_config config = sample_wireless(names[i]);
        config.link_policy = i == 0 ? policy : NULL;
        config.link_policy_count = i == 0 ? 2 : 0;
        assert_true(PUT(wireless_config, STORE_INSERT, &config, NULL));
    }
    assert_true(store_wireless_config_list(store, arena, "", 2, 1, &list, &count, &total, &err));
    assert_int_equal(count, 2);
    assert_int_equal(total, 4);
    assert_string_equal(list[0].name, "beta");
    assert_int_equal(list[0].link_policy_count, 2);
    assert_int_equal(list[0].link_policy[1], 16);
    assert_string_equal(list[1].name, "delta");
    assert_null(list[1].link_policy);
    assert_true(store_wireless_config_list(store, arena, "", 0, 0, &list, &count, &total, &err));
    assert_int_equal(count, 0);
    assert_int_equal(total, 4);
    assert_true(store_wireless_config_list(store, arena, "", UINT64_MAX, UINT64_MAX, &list, &count,
                                           &total, &err));
    assert_int_equal(count, 0);
}

STORE_TEST(a_list_of_profiles_has_the_links_of_each)
{
    struct store_refusal refusal;
    struct error err;
    struct store_profile *list;
    size_t count;
    uint64_t total;
    (void)add_all(store, arena);
    struct store_profile bare = sample_profile("bare");
    assert_true(PUT(profile, STORE_INSERT, &bare, NULL));
    assert_true(store_profile_list(store, arena, "", 25, 0, &list, &count, &total, &err));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].wireless_count, 2);
    assert_int_equal(list[1].wireless_count, 0);
    assert_int_equal(list[1].tag_count, 0);
}

STORE_TEST(a_suffix_and_an_address_are_there_once)
{
    struct store_refusal refusal;
    struct error err;
    struct store_domain first = {
        .name = "one", .suffix = "corp.com", .format = "raw", .expires = 2000000000000};
    struct store_domain second = {.name = "two", .suffix = "CORP.com", .format = "string"};
    assert_true(PUT(domain, STORE_INSERT, &first, NULL));
    assert_false(PUT(domain, STORE_INSERT, &second, NULL));
    assert_int_equal(refusal.cause, STORE_CAUSE_EXISTS);
    assert_string_equal(refusal.name, "one");
    first.expires = 1;
    assert_true(PUT(domain, STORE_UPDATE, &first, NULL)); /* its own suffix is no conflict */
    assert_int_equal(first.expires, 1);

    struct store_proxy_config p1 = sample_proxy("p1", "proxy.example.com");
    struct store_proxy_config p2 = sample_proxy("p2", "proxy.example.com");
    assert_true(store_proxy_config_put(store, arena, "", STORE_INSERT, &p1, &refusal, &err));
    assert_false(store_proxy_config_put(store, arena, "", STORE_INSERT, &p2, &refusal, &err));
    assert_int_equal(refusal.cause, STORE_CAUSE_EXISTS);
    p2.port = 3129;
    assert_true(store_proxy_config_put(store, arena, "", STORE_INSERT, &p2, &refusal, &err));
    p2.port = 3128;
    assert_false(store_proxy_config_put(store, arena, "", STORE_REPLACE, &p2, &refusal, &err));
    assert_int_equal(refusal.cause, STORE_CAUSE_EXISTS);
    p1.dns_suffix = "other.example.com";
    p1.version = 0;
    assert_true(store_proxy_config_put(store, arena, "", STORE_REPLACE, &p1, &refusal, &err));
    assert_string_equal(p1.dns_suffix, "other.example.com");
}

STORE_TEST(a_domain_is_found_by_the_longest_suffix_of_two_labels_or_more)
{
    struct store_refusal refusal;
    struct error err;
    struct store_domain domain = {.name = "short", .suffix = "corp.com", .format = "raw"};
    struct store_domain longer = {.name = "long", .suffix = "b.Corp.com", .format = "raw"};
    struct store_domain top = {.name = "top", .suffix = "org", .format = "raw"};
    struct store_domain found;
    assert_true(PUT(domain, STORE_INSERT, &domain, NULL));
    assert_true(PUT(domain, STORE_INSERT, &longer, NULL));
    assert_true(PUT(domain, STORE_INSERT, &top, NULL));
    assert_true(store_domain_match(store, arena, "", text("a.B.corp.com"), &found, &err));
    assert_string_equal(found.name, "long");
    assert_true(store_domain_match(store, arena, "", text("x.y.CORP.com"), &found, &err));
    assert_string_equal(found.name, "short");
    assert_true(store_domain_match(store, arena, "", text("corp.com"), &found, &err));
    assert_string_equal(found.name, "short");
    assert_false(store_domain_match(store, arena, "", text("xcorp.com"), &found, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_domain_match(store, arena, "", text("example.org"), &found, &err));
    assert_true(store_domain_match(store, arena, "", text("org"), &found, &err)); /* all of it */
    assert_false(store_domain_match(store, arena, "t", text("corp.com"), &found, &err));
    assert_false(store_domain_match(store, arena, "", text(""), &found, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(names_and_texts_have_limits)
{
    struct store_refusal refusal;
    struct error err;
    char name[STORE_NAME_LIMIT + 2];
    memset(name, 'n', sizeof name);
    name[STORE_NAME_LIMIT + 1] = '\0';
    struct store_wireless_config config = sample_wireless(name);
    assert_false(PUT(wireless_config, STORE_INSERT, &config, NULL));
    assert_int_equal(err.code, ERROR_INVALID);
    config.name = "";
    assert_false(PUT(wireless_config, STORE_INSERT, &config, NULL));
    assert_int_equal(err.code, ERROR_INVALID);
    name[STORE_NAME_LIMIT] = '\0';
    config.name = name;
    assert_true(PUT(wireless_config, STORE_INSERT, &config, NULL));
    assert_false(store_wireless_config_get(store, arena, "", slice_of("n\0n", 3), &config, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_row_is_found_in_any_case_and_keeps_its_first_spelling),
        STORE_TEST_CASE(tenants_do_not_see_each_others_rows),
        STORE_TEST_CASE(an_update_of_another_version_changes_nothing_and_gives_the_row_as_it_is),
        STORE_TEST_CASE(versions_grow_even_over_a_row_that_was_deleted),
        STORE_TEST_CASE(a_profile_comes_back_with_its_links_by_priority),
        STORE_TEST_CASE(links_are_replaced_with_the_row_and_kept_on_a_conflict),
        STORE_TEST_CASE(what_is_referred_to_is_not_deleted),
        STORE_TEST_CASE(a_row_that_refers_to_what_is_not_there_is_refused),
        STORE_TEST_CASE(a_list_is_by_name_a_page_of_it_with_the_number_of_all),
        STORE_TEST_CASE(a_list_of_profiles_has_the_links_of_each),
        STORE_TEST_CASE(a_suffix_and_an_address_are_there_once),
        STORE_TEST_CASE(a_domain_is_found_by_the_longest_suffix_of_two_labels_or_more),
        STORE_TEST_CASE(names_and_texts_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
