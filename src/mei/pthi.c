#include "mei/pthi.h"

struct mei_pthi *mei_pthi_open(struct error *err)
{
    (void)error_set(err, ERROR_UNSUPPORTED, "mei_pthi_open is not there yet");
    return NULL;
}

struct mei_pthi *mei_pthi_open_with(struct mei *(*open)(void *arg, struct error *err), void *arg,
                                    struct error *err)
{
    (void)open;
    (void)arg;
    (void)error_set(err, ERROR_UNSUPPORTED, "mei_pthi_open_with is not there yet");
    return NULL;
}

void mei_pthi_close(struct mei_pthi *pthi)
{
    (void)pthi;
}

uint32_t mei_pthi_status(const struct mei_pthi *pthi)
{
    (void)pthi;
    return 0;
}

bool mei_pthi_control_mode(struct mei_pthi *pthi, unsigned *mode, struct error *err)
{
    (void)pthi;
    (void)mode;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_control_mode is not there yet");
}

bool mei_pthi_provisioning_state(struct mei_pthi *pthi, unsigned *state, struct error *err)
{
    (void)pthi;
    (void)state;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_provisioning_state is not there yet");
}

bool mei_pthi_provisioning_mode(struct mei_pthi *pthi, struct mei_provisioning_mode *mode,
                                struct error *err)
{
    (void)pthi;
    (void)mode;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_provisioning_mode is not there yet");
}

bool mei_pthi_tls_mode(struct mei_pthi *pthi, unsigned *mode, struct error *err)
{
    (void)pthi;
    (void)mode;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_tls_mode is not there yet");
}

bool mei_pthi_zero_touch(struct mei_pthi *pthi, bool *enabled, struct error *err)
{
    (void)pthi;
    (void)enabled;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_zero_touch is not there yet");
}

bool mei_pthi_ehbc(struct mei_pthi *pthi, bool *enabled, struct error *err)
{
    (void)pthi;
    (void)enabled;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_ehbc is not there yet");
}

bool mei_pthi_versions(struct mei_pthi *pthi, struct arena *arena, struct mei_versions *versions,
                       struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)versions;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_versions is not there yet");
}

bool mei_pthi_uuid(struct mei_pthi *pthi, struct guid *uuid, struct error *err)
{
    (void)pthi;
    (void)uuid;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_uuid is not there yet");
}

bool mei_pthi_security(struct mei_pthi *pthi, struct mei_security *security, struct error *err)
{
    (void)pthi;
    (void)security;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_security is not there yet");
}

bool mei_pthi_feature(struct mei_pthi *pthi, enum mei_feature feature,
                      struct mei_feature_state *state, struct error *err)
{
    (void)pthi;
    (void)feature;
    (void)state;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_feature is not there yet");
}

bool mei_pthi_redirection(struct mei_pthi *pthi, uint32_t *bits, struct error *err)
{
    (void)pthi;
    (void)bits;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_redirection is not there yet");
}

bool mei_pthi_reset_reason(struct mei_pthi *pthi, struct mei_reset_reason *reason,
                           struct error *err)
{
    (void)pthi;
    (void)reason;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_reset_reason is not there yet");
}

bool mei_pthi_power_policy(struct mei_pthi *pthi, struct arena *arena, struct slice *policy,
                           struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)policy;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_power_policy is not there yet");
}

bool mei_pthi_state(struct mei_pthi *pthi, struct mei_state *state, struct error *err)
{
    (void)pthi;
    (void)state;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_state is not there yet");
}

bool mei_pthi_setup_audit(struct mei_pthi *pthi, struct arena *arena, struct mei_setup_audit *audit,
                          struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)audit;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_setup_audit is not there yet");
}

bool mei_pthi_local_account(struct mei_pthi *pthi, struct mei_account *account, struct error *err)
{
    (void)pthi;
    (void)account;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_local_account is not there yet");
}

bool mei_pthi_unprovision(struct mei_pthi *pthi, struct error *err)
{
    (void)pthi;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_unprovision is not there yet");
}

bool mei_pthi_start_configuration(struct mei_pthi *pthi, struct error *err)
{
    (void)pthi;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_start_configuration is not there yet");
}

bool mei_pthi_stop_configuration(struct mei_pthi *pthi, struct error *err)
{
    (void)pthi;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_stop_configuration is not there yet");
}

bool mei_pthi_start_host_based(struct mei_pthi *pthi, uint8_t algorithm, struct slice leaf_hash,
                               const struct slice *suffixes, size_t suffix_count,
                               struct mei_host_based *reply, struct error *err)
{
    (void)pthi;
    (void)algorithm;
    (void)leaf_hash;
    (void)suffixes;
    (void)suffix_count;
    (void)reply;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_start_host_based is not there yet");
}

bool mei_pthi_disable(struct mei_pthi *pthi, struct error *err)
{
    (void)pthi;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_disable is not there yet");
}

bool mei_pthi_dns_suffix(struct mei_pthi *pthi, struct arena *arena, struct slice *suffix,
                         struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)suffix;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_dns_suffix is not there yet");
}

bool mei_pthi_dns_suffixes(struct mei_pthi *pthi, struct arena *arena, struct slice **suffixes,
                           size_t *count, struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)suffixes;
    (void)count;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_dns_suffixes is not there yet");
}

bool mei_pthi_hashes(struct mei_pthi *pthi, struct arena *arena, struct mei_hash **hashes,
                     size_t *count, struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)hashes;
    (void)count;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_hashes is not there yet");
}

bool mei_pthi_config_server(struct mei_pthi *pthi, struct arena *arena,
                            struct mei_config_server *server, struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)server;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_config_server is not there yet");
}

bool mei_pthi_lan(struct mei_pthi *pthi, unsigned index, struct mei_lan *lan, struct error *err)
{
    (void)pthi;
    (void)index;
    (void)lan;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_lan is not there yet");
}

bool mei_pthi_ipv6_lan(struct mei_pthi *pthi, unsigned index, struct arena *arena,
                       struct mei_ipv6_lan *lan, struct error *err)
{
    (void)pthi;
    (void)index;
    (void)arena;
    (void)lan;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_ipv6_lan is not there yet");
}

bool mei_pthi_tcpip(struct mei_pthi *pthi, struct arena *arena, struct mei_tcpip *tcpip,
                    struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)tcpip;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_tcpip is not there yet");
}

bool mei_pthi_macs(struct mei_pthi *pthi, struct mei_macs *macs, struct error *err)
{
    (void)pthi;
    (void)macs;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_macs is not there yet");
}

bool mei_pthi_fqdn(struct mei_pthi *pthi, struct arena *arena, struct mei_fqdn *fqdn,
                   struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)fqdn;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_fqdn is not there yet");
}

bool mei_pthi_set_host_fqdn(struct mei_pthi *pthi, struct slice name, struct error *err)
{
    (void)pthi;
    (void)name;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_set_host_fqdn is not there yet");
}

bool mei_pthi_remote_access(struct mei_pthi *pthi, struct arena *arena,
                            struct mei_remote_access *access, struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)access;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_remote_access is not there yet");
}

bool mei_pthi_open_connection(struct mei_pthi *pthi, struct error *err)
{
    (void)pthi;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_open_connection is not there yet");
}

bool mei_pthi_close_connection(struct mei_pthi *pthi, struct error *err)
{
    (void)pthi;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_close_connection is not there yet");
}

bool mei_pthi_user_interfaces(struct mei_pthi *pthi, uint32_t *bits, struct error *err)
{
    (void)pthi;
    (void)bits;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_user_interfaces is not there yet");
}

bool mei_pthi_cira_log(struct mei_pthi *pthi, struct arena *arena, struct mei_cira_log *log,
                       struct error *err)
{
    (void)pthi;
    (void)arena;
    (void)log;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_cira_log is not there yet");
}

bool mei_pthi_set_enterprise_access(struct mei_pthi *pthi, uint8_t flags, const uint8_t address[16],
                                    bool inside, struct error *err)
{
    (void)pthi;
    (void)flags;
    (void)address;
    (void)inside;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_set_enterprise_access is not there yet");
}
