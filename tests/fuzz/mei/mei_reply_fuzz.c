/* Any bytes as what the management engine answers: the first two say which question was asked, the
 * rest is the reply. Texts that come out are printable ASCII, counts are within their bounds, and
 * what a sentence says of a reply fits. */
#include "mei/cira_log.h"
#include "mei/flash_log.h"
#include "mei/pthi_device.h"
#include "mei/pthi_message.h"
#include "mei/pthi_network.h"
#include "mei/upid.h"
#include "mei/watchdog.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        must(text.data[i] >= 0x20 && text.data[i] < 0x7f);
}

static void versions(struct slice body)
{
    struct mei_versions v;
    if (!mei_pthi_decode_versions(body, &arena, &v))
        return;
    must(v.count <= 50);
    check(v.bios);
    for (size_t i = 0; i < v.count; i++) {
        check(v.entries[i].name);
        check(v.entries[i].value);
    }
    check(mei_versions_find(&v, "AMT"));
}

static void account(struct slice body)
{
    struct mei_account a;
    if (mei_pthi_decode_account(body, &a))
        must(strlen(a.user) > 0 && strlen(a.user) <= 33 && strlen(a.password) <= 33);
}

static void hashes(struct slice body)
{
    struct mei_hash h;
    struct mei_host_based b;
    uint32_t handles[MEI_HASH_HANDLES_LIMIT];
    size_t count;
    if (mei_pthi_decode_hash(body, &arena, &h)) {
        check(h.name);
        must(h.size <= sizeof h.bytes && mei_hash_algorithm(&h) != NULL);
    }
    if (mei_pthi_decode_host_based(body, &b))
        must(b.size <= sizeof b.hash);
    if (mei_pthi_decode_handles(body, handles, &count))
        must(count <= MEI_HASH_HANDLES_LIMIT);
}

static void device(struct slice body)
{
    struct slice text;
    struct guid guid;
    uint32_t number;
    struct mei_provisioning_mode mode;
    struct mei_security security;
    struct mei_feature_state feature;
    struct mei_reset_reason reason;
    struct mei_setup_audit audit;
    struct mei_state state;
    (void)mei_pthi_decode_u32(body, &number);
    (void)mei_pthi_decode_uuid(body, &guid);
    (void)mei_pthi_decode_provisioning_mode(body, &mode);
    (void)mei_pthi_decode_security(body, &security);
    (void)mei_pthi_decode_reset_reason(body, &reason);
    (void)mei_pthi_decode_state(body, &state);
    for (int i = MEI_FEATURE_REDIRECTION_SESSIONS; i <= MEI_FEATURE_KVM_SESSION; i++)
        (void)mei_pthi_decode_feature(body, (enum mei_feature)i, &feature);
    if (mei_pthi_decode_text(body, &arena, &text))
        check(text);
    if (mei_pthi_decode_setup_audit(body, &arena, &audit)) {
        check(audit.server_address);
        check(audit.server_fqdn);
    }
}

static void network(struct slice body)
{
    struct mei_lan lan;
    struct mei_macs macs;
    struct mei_remote_access remote;
    struct mei_tcpip tcpip;
    struct mei_config_server server;
    struct mei_fqdn fqdn;
    (void)mei_pthi_decode_lan(body, &lan);
    (void)mei_pthi_decode_macs(body, &macs);
    if (mei_pthi_decode_remote_access(body, &arena, &remote))
        check(remote.mps_host);
    if (mei_pthi_decode_tcpip(body, &arena, &tcpip))
        check(tcpip.domain);
    if (mei_pthi_decode_config_server(body, &arena, &server)) {
        check(server.address);
        check(server.fqdn);
    }
    if (mei_pthi_decode_fqdn(body, &arena, &fqdn))
        check(fqdn.name);
}

static void lists(struct slice body)
{
    struct slice *suffixes;
    size_t count;
    struct mei_ipv6_lan ipv6;
    if (mei_pthi_decode_suffixes(body, &arena, &suffixes, &count))
        for (size_t i = 0; i < count; i++)
            check(suffixes[i]);
    if (!mei_pthi_decode_ipv6_lan(body, &arena, &ipv6))
        return;
    must(ipv6.count <= MEI_IPV6_LIMIT);
    check(ipv6.router);
    for (size_t i = 0; i < ipv6.count; i++)
        check(ipv6.addresses[i].address);
}

static void cira_log(struct slice body)
{
    struct mei_cira_log log;
    bool decoded = mei_cira_log_decode(body, &arena, &log);
    must(!decoded || body.size >= MEI_CIRA_LOG_SIZE);
    if (!decoded)
        return;
    check(log.tunnel.mps_host);
    check(log.tunnel.proxy);
    check(log.failure.mps_host);
    check(log.failure.interfaces[1].domain);
    check(log.failure.wifi_profile);
    check(log.failure.attempts[1].proxy);
    must(mei_cira_closure_name(log.failure.closure.reason) != NULL);
    must(mei_cira_trigger_name(log.tunnel.trigger) != NULL);
    must(mei_cira_auth_name(log.tunnel.auth_method) != NULL);
}

static void pthi(uint8_t choice, struct slice message)
{
    static const uint32_t commands[] = {
#define NUMBER(symbol, number, name, reads) number,
        MEI_PTHI_COMMANDS(NUMBER)
#undef NUMBER
    };
    uint32_t command = commands[choice % (sizeof commands / sizeof commands[0])];
    uint32_t status;
    struct slice body;
    struct error err;
    if (!mei_pthi_take_reply(message, command, &status, &body, &err)) {
        must(err.code == ERROR_PROTOCOL && strstr(err.text, mei_pthi_command_name(command)));
        return;
    }
    must(body.size + MEI_PTHI_HEADER_SIZE + sizeof status == message.size);
    must(mei_pthi_status_name(status) != NULL);
    static void (*const decoders[])(struct slice) = {versions, account, hashes,  device,
                                                     network,  lists,   cira_log};
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
        decoders[i](body);
}

static void small_clients(uint8_t choice, struct slice message)
{
    struct mei_watchdog_flags flags;
    struct mei_upid upid;
    struct slice body;
    struct error err;
    uint32_t status;
    (void)mei_watchdog_decode_flags(message, &flags);
    (void)mei_watchdog_decode_operational(message, &status);
    if (mei_upid_take_reply(message, (enum mei_upid_command)(choice % 6), &body, &err))
        (void)mei_upid_decode(body, &upid);
    enum mei_flash_log_request request = choice % 2 ? MEI_FLASH_LOG_SIZE : MEI_FLASH_LOG_DATA;
    if (mei_flash_log_take_reply(message, request, &body, &err))
        must(body.size <= MEI_FLASH_LOG_LIMIT &&
             (request == MEI_FLASH_LOG_DATA || body.size == sizeof(uint32_t)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    arena_init(&arena);
    struct slice message = slice_of(data + 2, size - 2);
    if (data[0] % 4 != 0)
        pthi(data[1], message);
    else
        small_clients(data[1], message);
    arena_fini(&arena);
    return 0;
}
