#include "mei/pthi_message.h"

const char *mei_pthi_command_name(uint32_t command)
{
    (void)command;
    return "unknown";
}

bool mei_pthi_command_reads(uint32_t command)
{
    (void)command;
    return false;
}

const char *mei_pthi_status_name(uint32_t status)
{
    (void)status;
    return "unknown";
}

void mei_pthi_put_request(struct buffer *message, uint32_t command, struct slice body)
{
    (void)message;
    (void)command;
    (void)body;
}

bool mei_pthi_take_reply(struct slice message, uint32_t command, uint32_t *status,
                         struct slice *body, struct error *err)
{
    (void)message;
    (void)command;
    (void)status;
    (void)body;
    return error_set(err, ERROR_UNSUPPORTED, "mei_pthi_take_reply is not there yet");
}

bool mei_pthi_decode_u32(struct slice body, uint32_t *value)
{
    (void)body;
    (void)value;
    return false;
}

bool mei_pthi_decode_text(struct slice body, struct arena *arena, struct slice *text)
{
    (void)body;
    (void)arena;
    (void)text;
    return false;
}

bool mei_pthi_decode_uuid(struct slice body, struct guid *uuid)
{
    (void)body;
    (void)uuid;
    return false;
}

bool mei_pthi_decode_versions(struct slice body, struct arena *arena, struct mei_versions *versions)
{
    (void)body;
    (void)arena;
    (void)versions;
    return false;
}

struct slice mei_versions_find(const struct mei_versions *versions, const char *name)
{
    (void)versions;
    (void)name;
    return (struct slice){0};
}

bool mei_pthi_decode_lan(struct slice body, struct mei_lan *lan)
{
    (void)body;
    (void)lan;
    return false;
}

bool mei_pthi_decode_account(struct slice body, struct mei_account *account)
{
    (void)body;
    (void)account;
    return false;
}

bool mei_pthi_decode_handles(struct slice body, uint32_t handles[MEI_HASH_HANDLES_LIMIT],
                             size_t *count)
{
    (void)body;
    (void)handles;
    (void)count;
    return false;
}

bool mei_pthi_decode_hash(struct slice body, struct arena *arena, struct mei_hash *hash)
{
    (void)body;
    (void)arena;
    (void)hash;
    return false;
}

const char *mei_hash_algorithm(const struct mei_hash *hash)
{
    (void)hash;
    return "unknown";
}

bool mei_pthi_decode_remote_access(struct slice body, struct arena *arena,
                                   struct mei_remote_access *access)
{
    (void)body;
    (void)arena;
    (void)access;
    return false;
}

bool mei_pthi_decode_host_based(struct slice body, struct mei_host_based *reply)
{
    (void)body;
    (void)reply;
    return false;
}

bool mei_pthi_decode_provisioning_mode(struct slice body, struct mei_provisioning_mode *mode)
{
    (void)body;
    (void)mode;
    return false;
}

bool mei_pthi_decode_security(struct slice body, struct mei_security *security)
{
    (void)body;
    (void)security;
    return false;
}

bool mei_pthi_decode_macs(struct slice body, struct mei_macs *macs)
{
    (void)body;
    (void)macs;
    return false;
}

bool mei_pthi_decode_tcpip(struct slice body, struct arena *arena, struct mei_tcpip *tcpip)
{
    (void)body;
    (void)arena;
    (void)tcpip;
    return false;
}

bool mei_pthi_decode_suffixes(struct slice body, struct arena *arena, struct slice **suffixes,
                              size_t *count)
{
    (void)body;
    (void)arena;
    (void)suffixes;
    (void)count;
    return false;
}

bool mei_pthi_decode_feature(struct slice body, enum mei_feature feature,
                             struct mei_feature_state *state)
{
    (void)body;
    (void)feature;
    (void)state;
    return false;
}

bool mei_pthi_decode_reset_reason(struct slice body, struct mei_reset_reason *reason)
{
    (void)body;
    (void)reason;
    return false;
}

bool mei_pthi_decode_config_server(struct slice body, struct arena *arena,
                                   struct mei_config_server *server)
{
    (void)body;
    (void)arena;
    (void)server;
    return false;
}

bool mei_pthi_decode_setup_audit(struct slice body, struct arena *arena,
                                 struct mei_setup_audit *audit)
{
    (void)body;
    (void)arena;
    (void)audit;
    return false;
}

bool mei_pthi_decode_ipv6_lan(struct slice body, struct arena *arena, struct mei_ipv6_lan *lan)
{
    (void)body;
    (void)arena;
    (void)lan;
    return false;
}

bool mei_pthi_decode_fqdn(struct slice body, struct arena *arena, struct mei_fqdn *fqdn)
{
    (void)body;
    (void)arena;
    (void)fqdn;
    return false;
}

bool mei_pthi_decode_state(struct slice body, struct mei_state *state)
{
    (void)body;
    (void)state;
    return false;
}

bool mei_pthi_put_host_based(struct buffer *body, uint8_t algorithm, struct slice leaf_hash,
                             const struct slice *suffixes, size_t suffix_count)
{
    (void)body;
    (void)algorithm;
    (void)leaf_hash;
    (void)suffixes;
    (void)suffix_count;
    return false;
}
