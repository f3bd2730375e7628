#include "rpc/command/configure.h"
#include "rpc/run/result.h"
#include "rpc/setup/assistant.h"
#include "rpc/setup/config_v2.h"
#include "rpc/setup/steps.h"

/* What a part of it says; not so a secret, which the environment may have for other runs. */
static bool is_8021x_given(const struct rpc *rpc)
{
    return rpc_given(rpc, "ieee8021xProfileName") || rpc_given(rpc, "ieee8021xUsername") ||
           rpc_given(rpc, "ieee8021xClientCert") || rpc_given(rpc, "ieee8021xCACert") ||
           rpc_given(rpc, "ieee8021xAuthenticationProtocol") || rpc_given(rpc, "eaAddress") ||
           rpc_given(rpc, "eaUsername") || rpc_given(rpc, "eaPassword");
}

/* The secret if there is one; nobody is asked. */
static bool secret_or_none(struct rpc *rpc, const char *option, struct slice *secret)
{
    *secret = (struct slice){NULL, 0};
    return !rpc_given(rpc, option) || rpc_secret(rpc, option, option, false, secret);
}

static struct slice text_of(const struct rpc *rpc, const char *option)
{
    const char *text = rpc_text(rpc, option);
    return text != NULL ? slice_of_string(text) : (struct slice){NULL, 0};
}

/* What is no secret; of the assistant only that there is one. */
static void read_8021x_openly(const struct rpc *rpc, struct rpc_8021x *login,
                              const struct rpc_assistant_login *assistant)
{
    bool assisted =
        rpc_given(rpc, "eaAddress") || rpc_given(rpc, "eaUsername") || rpc_given(rpc, "eaPassword");
    *login = (struct rpc_8021x){
        .username = rpc_text(rpc, "ieee8021xUsername"),
        .protocol = (unsigned)rpc_number(rpc, "ieee8021xAuthenticationProtocol"),
        .client_certificate = text_of(rpc, "ieee8021xClientCert"),
        .ca_certificate = text_of(rpc, "ieee8021xCACert"),
        .pxe_timeout_s = RPC_PXE_TIMEOUT_S,
        .assistant = assisted ? assistant : NULL,
    };
}

static bool read_8021x_secrets(struct rpc *rpc, struct rpc_8021x *login,
                               struct rpc_assistant_login *assistant)
{
    if (!rpc_read_assistant(rpc, assistant, &login->assistant))
        return false;
    if (login->assistant != NULL)
        return true;
    if (login->protocol == 2 && !rpc_given(rpc, "ieee8021xPassword"))
        return rpc_secret(rpc, "ieee8021xPassword", "802.1X Password", false, &login->password);
    return secret_or_none(rpc, "ieee8021xPassword", &login->password) &&
           secret_or_none(rpc, "ieee8021xPrivateKey", &login->private_key);
}

bool rpc_run_config_v2(struct rpc *rpc, unsigned parts)
{
    json_t *profile = rpc_config_v2_read(rpc);
    bool ok = profile != NULL && rpc_profile_run_parts(rpc, profile, parts);
    rpc_profile_free(profile);
    return ok;
}

/* How it has its address. v2 wants to be told, and that DHCP's is the host's, which it always is.
 */
static bool check_way(struct rpc *rpc, const struct rpc_wired *wanted)
{
    bool v2 = rpc_is_v2(rpc), is_static = rpc_flag(rpc, "static");
    if (wanted->dhcp && is_static)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "--dhcp and --static exclude each other");
    if (v2 && !wanted->dhcp && !is_static)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "one of -dhcp and -static has to be given");
    return !v2 || !wanted->dhcp || wanted->ip_sync ||
           rpc_fail(rpc, RPC_WRONG_COMBINATION, "-dhcp goes with -ipsync");
}

/* What is no secret. */
static bool read_wired(struct rpc *rpc, struct rpc_wired *wanted, struct rpc_8021x *login,
                       const struct rpc_assistant_login *assistant)
{
    struct rpc_fault fault;
    *wanted = (struct rpc_wired){
        .dhcp = rpc_flag(rpc, "dhcp"),
        .ip_sync = rpc_flag(rpc, "ipsync"),
        .address = rpc_text(rpc, "ipaddress"),
        .subnet_mask = rpc_text(rpc, "subnetmask"),
        .gateway = rpc_text(rpc, "gateway"),
        .primary_dns = rpc_text(rpc, "primarydns"),
        .secondary_dns = rpc_text(rpc, "secondarydns"),
        .ieee8021x = is_8021x_given(rpc) ? login : NULL,
    };
    read_8021x_openly(rpc, login, assistant);
    return check_way(rpc, wanted) && rpc_check_assistant(rpc) &&
           (rpc_wired_check_openly(wanted, &fault) || rpc_fail_fault(rpc, &fault));
}

bool rpc_check_wired(struct rpc *rpc)
{
    struct rpc_assistant_login assistant = {0};
    struct rpc_8021x login;
    struct rpc_wired wanted;
    return rpc_config_v2_is_given(rpc) || read_wired(rpc, &wanted, &login, &assistant);
}

bool rpc_run_wired(struct rpc *rpc)
{
    if (rpc_config_v2_is_given(rpc))
        return rpc_run_config_v2(rpc, RPC_PROFILE_WIRED);
    struct rpc_fault fault;
    struct rpc_assistant_login assistant = {0};
    struct rpc_8021x login;
    struct rpc_wired wanted;
    if (!read_wired(rpc, &wanted, &login, &assistant) ||
        (wanted.ieee8021x != NULL && !read_8021x_secrets(rpc, &login, &assistant)))
        return false;
    if (!rpc_step_wired(rpc, &wanted, &fault))
        return rpc_fail_fault(rpc, &fault);
    rpc_result(rpc, "Wired settings configured successfully", NULL, 0);
    return true;
}

/* What is no secret. */
static bool read_wireless_openly(struct rpc *rpc, struct rpc_wireless *wanted,
                                 struct rpc_8021x *login,
                                 const struct rpc_assistant_login *assistant)
{
    struct rpc_fault fault;
    *wanted = (struct rpc_wireless){
        .name = rpc_text(rpc, "profileName"),
        .ssid = rpc_text(rpc, "ssid"),
        .priority = rpc_given(rpc, "priority") ? (unsigned)rpc_number(rpc, "priority") : 0,
        .authentication = (unsigned)rpc_number(rpc, "authenticationMethod"),
        .encryption = (unsigned)rpc_number(rpc, "encryptionMethod"),
        .ieee8021x = is_8021x_given(rpc) ? login : NULL,
    };
    read_8021x_openly(rpc, login, assistant);
    return rpc_check_assistant(rpc) &&
           (rpc_wireless_check_openly(wanted, &fault) || rpc_fail_fault(rpc, &fault));
}

static bool only_purges(const struct rpc *rpc)
{
    return rpc_flag(rpc, "purge") && !rpc_given(rpc, "profileName") && !rpc_given(rpc, "ssid");
}

bool rpc_check_wireless(struct rpc *rpc)
{
    struct rpc_assistant_login assistant = {0};
    struct rpc_8021x login;
    struct rpc_wireless wanted;
    return rpc_config_v2_is_given(rpc) || only_purges(rpc) ||
           read_wireless_openly(rpc, &wanted, &login, &assistant);
}

/* Checked before anybody is asked for a secret. */
static bool read_wireless(struct rpc *rpc, struct rpc_wireless *wanted, struct rpc_8021x *login,
                          struct rpc_assistant_login *assistant)
{
    if (!read_wireless_openly(rpc, wanted, login, assistant))
        return false;
    bool psk = wanted->authentication == 4 || wanted->authentication == 6;
    const char *prompt =
        rpc_is_v2(rpc)
            ? arena_printf(rpc_arena(rpc), "Please enter PskPassphrase for %s", wanted->name)
            : "PSK Passphrase";
    if (psk && !rpc_secret(rpc, "pskPassphrase", prompt, false, &wanted->passphrase))
        return false;
    return wanted->ieee8021x == NULL || read_8021x_secrets(rpc, login, assistant);
}

static bool purge(struct rpc *rpc)
{
    struct rpc_fault fault;
    size_t count;
    if (!rpc_step_wireless_purge(rpc, &count, &fault))
        return rpc_fail_fault(rpc, &fault);
    rpc_log(rpc, LOG_INFO, "%zu Wi-Fi profiles removed", count);
    return true;
}

bool rpc_run_wireless(struct rpc *rpc)
{
    struct rpc_fault fault;
    struct rpc_assistant_login assistant = {0};
    struct rpc_8021x login;
    struct rpc_wireless wanted;
    bool has_wifi;
    bool purges = rpc_flag(rpc, "purge");
    if (rpc_config_v2_is_given(rpc))
        return rpc_run_config_v2(rpc, RPC_PROFILE_WIRELESS);
    if (only_purges(rpc)) {
        if (!purge(rpc))
            return false;
        rpc_result(rpc, "Wi-Fi profiles have been removed", NULL, 0);
        return true;
    }
    if (!read_wireless(rpc, &wanted, &login, &assistant) || (purges && !purge(rpc)))
        return false;
    if (!rpc_step_wireless(rpc, &wanted, &has_wifi, &fault))
        return rpc_fail_fault(rpc, &fault);
    if (!has_wifi)
        rpc_log(rpc, LOG_WARN, "this machine's AMT has no Wi-Fi; nothing was set");
    else
        rpc_result(rpc, arena_printf(rpc_arena(rpc), "Wi-Fi profile %s has been set", wanted.name),
                   NULL, 0);
    return true;
}

bool rpc_run_wifi_sync(struct rpc *rpc)
{
    struct rpc_fault fault;
    struct rpc_wifi_sync sync = {.host = rpc_flag(rpc, "oswifisync"),
                                 .uefi = rpc_flag(rpc, "uefiwifisync")};
    if (!rpc_step_wifi_sync(rpc, &sync, &fault))
        return rpc_fail_fault(rpc, &fault);
    if (!sync.has_wifi) {
        rpc_log(rpc, LOG_WARN, "this machine's AMT has no Wi-Fi; nothing was set");
        return true;
    }
    if (sync.uefi && !sync.has_uefi)
        rpc_log(rpc, LOG_WARN, "this machine shares no Wi-Fi profiles with its UEFI");
    rpc_result(rpc, "Wi-Fi sync has been configured", NULL, 0);
    return true;
}
