#include "mei/pthi.h"

#include "core/memory.h"
#include "io/fiber.h"

#include <stdlib.h>
#include <string.h>

/* How long a question waits for its answer; a command that changes something waits as long as
 * mei_receive does. rpc-go gives up after 3 s. Milliseconds. */
#define QUESTION_MS 5000

/* The longest request: that for host based set-up. */
#define REQUEST_LIMIT 512

struct mei_pthi {
    struct mei *(*open)(void *arg, struct error *err);
    void *arg;
    struct mei *mei; /* NULL after an exchange that failed */
    struct buffer reply;
    uint32_t status;
};

static struct mei *open_client(void *arg, struct error *err)
{
    (void)arg;
    return mei_open(MEI_PTHI, err);
}

struct mei_pthi *mei_pthi_open_with(struct mei *(*open)(void *arg, struct error *err), void *arg,
                                    struct error *err)
{
    struct mei *mei = open(arg, err);
    if (mei == NULL)
        return NULL;
    struct mei_pthi *pthi = memory_new(sizeof *pthi);
    pthi->open = open;
    pthi->arg = arg;
    pthi->mei = mei;
    buffer_init_secret(&pthi->reply, MEI_MESSAGE_LIMIT); /* GetLocalSystemAccount's */
    return pthi;
}

struct mei_pthi *mei_pthi_open(struct error *err)
{
    return mei_pthi_open_with(open_client, NULL, err);
}

void mei_pthi_close(struct mei_pthi *pthi)
{
    if (pthi == NULL)
        return;
    mei_close(pthi->mei);
    buffer_fini(&pthi->reply);
    free(pthi);
}

/* --- one exchange ------------------------------------------------------------------------------
 */

static void drop(struct mei_pthi *pthi)
{
    mei_close(pthi->mei);
    pthi->mei = NULL;
}

/* Sends and receives once. */
static bool exchange(struct mei_pthi *pthi, struct slice request, bool reads, struct error *err)
{
    if (pthi->mei == NULL)
        pthi->mei = pthi->open(pthi->arg, err);
    if (pthi->mei == NULL)
        return false;
    uint64_t previous = io_deadline_within(reads ? QUESTION_MS : IO_FOREVER);
    bool answered = mei_send(pthi->mei, request, err) && mei_receive(pthi->mei, &pthi->reply, err);
    io_deadline_restore(previous);
    if (!answered)
        drop(pthi);
    return answered;
}

/* Asks `command`; *answer is the body of the reply behind its status, whatever that is. */
static bool converse(struct mei_pthi *pthi, uint32_t command, struct slice request,
                     struct slice *answer, struct error *err)
{
    struct error why = {0};
    struct buffer message;
    buffer_init(&message, REQUEST_LIMIT);
    mei_pthi_put_request(&message, command, request);
    pthi->status = 0;
    bool reads = mei_pthi_command_reads(command);
    bool asked = exchange(pthi, buffer_slice(&message), reads, &why);
    if (!asked && why.code == ERROR_CONNECTION && reads)
        asked = exchange(pthi, buffer_slice(&message), reads, &why);
    buffer_fini(&message);
    if (!asked) {
        if (err != NULL)
            *err = why;
        (void)error_wrap(err, "PTHI %s", mei_pthi_command_name(command));
        return false;
    }
    if (mei_pthi_take_reply(buffer_slice(&pthi->reply), command, &pthi->status, answer, err))
        return true;
    pthi->status = 0;
    drop(pthi);
    return false;
}

static bool refused(const struct mei_pthi *pthi, uint32_t command, struct error *err)
{
    return error_set(err, ERROR_DEVICE, "PTHI %s: %s (%u)", mei_pthi_command_name(command),
                     mei_pthi_status_name(pthi->status), pthi->status);
}

static bool ask(struct mei_pthi *pthi, uint32_t command, struct slice request, struct slice *answer,
                struct error *err)
{
    return converse(pthi, command, request, answer, err) &&
           (pthi->status == 0 || refused(pthi, command, err));
}

/* What a decoder said of the answer. Passwords do not stay in the buffer for longer. */
static bool understood(struct mei_pthi *pthi, uint32_t command, bool decoded, struct error *err)
{
    size_t size = buffer_size(&pthi->reply);
    if (command == MEI_PTHI_ACCOUNT) {
        buffer_fini(&pthi->reply);
        buffer_init_secret(&pthi->reply, MEI_MESSAGE_LIMIT);
    }
    return decoded || error_set(err, ERROR_PROTOCOL,
                                "PTHI %s: the reply of %zu bytes is not of the form that is known",
                                mei_pthi_command_name(command), size);
}

static const struct slice nothing;

/* A command that only succeeds or fails. Some firmware echoes a u32. */
static bool tell(struct mei_pthi *pthi, uint32_t command, struct slice request, struct error *err)
{
    struct slice answer;
    return ask(pthi, command, request, &answer, err) &&
           understood(pthi, command, answer.size <= sizeof(uint32_t), err);
}

static bool ask_u32(struct mei_pthi *pthi, uint32_t command, uint32_t *value, struct error *err)
{
    struct slice answer;
    return ask(pthi, command, nothing, &answer, err) &&
           understood(pthi, command, mei_pthi_decode_u32(answer, value), err);
}

static bool ask_bool(struct mei_pthi *pthi, uint32_t command, bool *value, struct error *err)
{
    uint32_t number = 0;
    bool asked = ask_u32(pthi, command, &number, err);
    *value = number != 0;
    return asked;
}

static bool ask_text(struct mei_pthi *pthi, uint32_t command, struct arena *arena,
                     struct slice *text, struct error *err)
{
    struct slice answer;
    return ask(pthi, command, nothing, &answer, err) &&
           understood(pthi, command, mei_pthi_decode_text(answer, arena, text), err);
}

/* Four bytes of a request. */
struct number {
    uint8_t bytes[4];
};

static struct number number_of(uint32_t value)
{
    return (struct number){
        {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)}};
}

static struct slice slice_of_number(const struct number *number)
{
    return slice_of(number->bytes, sizeof number->bytes);
}

/* --- state of the device -----------------------------------------------------------------------
 */

/* A state from a table of three. */
static bool ask_state(struct mei_pthi *pthi, uint32_t command, unsigned *state, struct error *err)
{
    uint32_t value = 0;
    if (!ask_u32(pthi, command, &value, err))
        return false;
    *state = value;
    return value <= 2 || error_set(err, ERROR_PROTOCOL, "PTHI %s: the reply says %u, not 0, 1 or 2",
                                   mei_pthi_command_name(command), value);
}

bool mei_pthi_control_mode(struct mei_pthi *pthi, unsigned *mode, struct error *err)
{
    return ask_state(pthi, MEI_PTHI_CONTROL_MODE, mode, err);
}

bool mei_pthi_provisioning_state(struct mei_pthi *pthi, unsigned *state, struct error *err)
{
    return ask_state(pthi, MEI_PTHI_PROVISIONING_STATE, state, err);
}

bool mei_pthi_tls_mode(struct mei_pthi *pthi, unsigned *mode, struct error *err)
{
    return ask_state(pthi, MEI_PTHI_TLS_MODE, mode, err);
}

bool mei_pthi_zero_touch(struct mei_pthi *pthi, bool *enabled, struct error *err)
{
    return ask_bool(pthi, MEI_PTHI_ZERO_TOUCH, enabled, err);
}

bool mei_pthi_ehbc(struct mei_pthi *pthi, bool *enabled, struct error *err)
{
    return ask_bool(pthi, MEI_PTHI_EHBC, enabled, err);
}

bool mei_pthi_redirection(struct mei_pthi *pthi, uint32_t *bits, struct error *err)
{
    return ask_u32(pthi, MEI_PTHI_REDIRECTION, bits, err);
}

bool mei_pthi_power_policy(struct mei_pthi *pthi, struct arena *arena, struct slice *policy,
                           struct error *err)
{
    return ask_text(pthi, MEI_PTHI_POWER_POLICY, arena, policy, err);
}

/* A question without parameters and the decoder of its answer, with what that takes besides. */
#define ASK(pthi, command, decoder, ...)                \
    struct slice answer;                                \
    return ask(pthi, command, nothing, &answer, err) && \
           understood(pthi, command, decoder(answer, __VA_ARGS__), err)

bool mei_pthi_provisioning_mode(struct mei_pthi *pthi, struct mei_provisioning_mode *mode,
                                struct error *err)
{
    ASK(pthi, MEI_PTHI_PROVISIONING_MODE, mei_pthi_decode_provisioning_mode, mode);
}

bool mei_pthi_versions(struct mei_pthi *pthi, struct arena *arena, struct mei_versions *versions,
                       struct error *err)
{
    ASK(pthi, MEI_PTHI_VERSIONS, mei_pthi_decode_versions, arena, versions);
}

bool mei_pthi_uuid(struct mei_pthi *pthi, struct guid *uuid, struct error *err)
{
    ASK(pthi, MEI_PTHI_UUID, mei_pthi_decode_uuid, uuid);
}

bool mei_pthi_security(struct mei_pthi *pthi, struct mei_security *security, struct error *err)
{
    ASK(pthi, MEI_PTHI_SECURITY, mei_pthi_decode_security, security);
}

bool mei_pthi_reset_reason(struct mei_pthi *pthi, struct mei_reset_reason *reason,
                           struct error *err)
{
    ASK(pthi, MEI_PTHI_RESET_REASON, mei_pthi_decode_reset_reason, reason);
}

bool mei_pthi_setup_audit(struct mei_pthi *pthi, struct arena *arena, struct mei_setup_audit *audit,
                          struct error *err)
{
    ASK(pthi, MEI_PTHI_SETUP_AUDIT, mei_pthi_decode_setup_audit, arena, audit);
}

bool mei_pthi_feature(struct mei_pthi *pthi, enum mei_feature feature,
                      struct mei_feature_state *state, struct error *err)
{
    struct number id = number_of((uint32_t)feature);
    struct slice answer;
    return ask(pthi, MEI_PTHI_FEATURE_STATE, slice_of_number(&id), &answer, err) &&
           understood(pthi, MEI_PTHI_FEATURE_STATE, mei_pthi_decode_feature(answer, feature, state),
                      err);
}

/* The GUID of the only state that is asked for, in the byte order that LMS sends. */
bool mei_pthi_state(struct mei_pthi *pthi, struct mei_state *state, struct error *err)
{
    static const uint8_t link_state[16] = {[15] = 1};
    struct slice answer;
    return ask(pthi, MEI_PTHI_STATE, slice_of(link_state, sizeof link_state), &answer, err) &&
           understood(pthi, MEI_PTHI_STATE, mei_pthi_decode_state(answer, state), err);
}

/* --- provisioning ------------------------------------------------------------------------------
 */

bool mei_pthi_local_account(struct mei_pthi *pthi, struct mei_account *account, struct error *err)
{
    static const uint8_t reserved[40] = {0};
    struct slice answer;
    return ask(pthi, MEI_PTHI_ACCOUNT, slice_of(reserved, sizeof reserved), &answer, err) &&
           understood(pthi, MEI_PTHI_ACCOUNT, mei_pthi_decode_account(answer, account), err);
}

/* The mode that LMS and MeshCmd send, enterprise; firmware does not look at it. */
bool mei_pthi_unprovision(struct mei_pthi *pthi, struct error *err)
{
    struct number mode = number_of(1);
    return tell(pthi, MEI_PTHI_UNPROVISION, slice_of_number(&mode), err);
}

bool mei_pthi_start_configuration(struct mei_pthi *pthi, struct error *err)
{
    return tell(pthi, MEI_PTHI_START_CONFIGURATION, nothing, err);
}

bool mei_pthi_stop_configuration(struct mei_pthi *pthi, struct error *err)
{
    return tell(pthi, MEI_PTHI_STOP_CONFIGURATION, nothing, err);
}

bool mei_pthi_disable(struct mei_pthi *pthi, struct error *err)
{
    return tell(pthi, MEI_PTHI_DISABLE, nothing, err);
}

bool mei_pthi_start_host_based(struct mei_pthi *pthi, uint8_t algorithm, struct slice leaf_hash,
                               const struct slice *suffixes, size_t suffix_count,
                               struct mei_host_based *reply, struct error *err)
{
    struct buffer request;
    buffer_init(&request, REQUEST_LIMIT);
    bool done = false;
    struct slice answer;
    if (!mei_pthi_put_host_based(&request, algorithm, leaf_hash, suffixes, suffix_count))
        (void)error_set(
            err, ERROR_INVALID, "PTHI %s: a hash of %zu bytes and %zu DNS suffixes do not fit",
            mei_pthi_command_name(MEI_PTHI_START_HOST_BASED), leaf_hash.size, suffix_count);
    else if (ask(pthi, MEI_PTHI_START_HOST_BASED, buffer_slice(&request), &answer, err))
        done = understood(pthi, MEI_PTHI_START_HOST_BASED,
                          mei_pthi_decode_host_based(answer, reply), err);
    buffer_fini(&request);
    return done;
}

bool mei_pthi_dns_suffix(struct mei_pthi *pthi, struct arena *arena, struct slice *suffix,
                         struct error *err)
{
    return ask_text(pthi, MEI_PTHI_DNS_SUFFIX, arena, suffix, err);
}

bool mei_pthi_dns_suffixes(struct mei_pthi *pthi, struct arena *arena, struct slice **suffixes,
                           size_t *count, struct error *err)
{
    ASK(pthi, MEI_PTHI_DNS_SUFFIXES, mei_pthi_decode_suffixes, arena, suffixes, count);
}

static bool ask_hash(struct mei_pthi *pthi, uint32_t handle, struct arena *arena,
                     struct mei_hash *hash, struct error *err)
{
    struct number id = number_of(handle);
    struct slice answer;
    return ask(pthi, MEI_PTHI_HASH, slice_of_number(&id), &answer, err) &&
           understood(pthi, MEI_PTHI_HASH, mei_pthi_decode_hash(answer, arena, hash), err);
}

bool mei_pthi_hashes(struct mei_pthi *pthi, struct arena *arena, struct mei_hash **hashes,
                     size_t *count, struct error *err)
{
    uint32_t handles[MEI_HASH_HANDLES_LIMIT];
    struct slice answer;
    if (!ask(pthi, MEI_PTHI_HASH_HANDLES, nothing, &answer, err) ||
        !understood(pthi, MEI_PTHI_HASH_HANDLES, mei_pthi_decode_handles(answer, handles, count),
                    err))
        return false;
    *hashes = arena_array(arena, *count, sizeof **hashes);
    for (size_t i = 0; i < *count; i++)
        if (!ask_hash(pthi, handles[i], arena, &(*hashes)[i], err))
            return false;
    return true;
}

bool mei_pthi_config_server(struct mei_pthi *pthi, struct arena *arena,
                            struct mei_config_server *server, struct error *err)
{
    ASK(pthi, MEI_PTHI_CONFIG_SERVER, mei_pthi_decode_config_server, arena, server);
}

/* --- network -----------------------------------------------------------------------------------
 */

bool mei_pthi_lan(struct mei_pthi *pthi, unsigned index, struct mei_lan *lan, struct error *err)
{
    struct number id = number_of(index);
    struct slice answer;
    return ask(pthi, MEI_PTHI_LAN, slice_of_number(&id), &answer, err) &&
           understood(pthi, MEI_PTHI_LAN, mei_pthi_decode_lan(answer, lan), err);
}

bool mei_pthi_ipv6_lan(struct mei_pthi *pthi, unsigned index, struct arena *arena,
                       struct mei_ipv6_lan *lan, struct error *err)
{
    struct number id = number_of(index);
    struct slice answer;
    return ask(pthi, MEI_PTHI_IPV6_LAN, slice_of_number(&id), &answer, err) &&
           understood(pthi, MEI_PTHI_IPV6_LAN, mei_pthi_decode_ipv6_lan(answer, arena, lan), err);
}

bool mei_pthi_tcpip(struct mei_pthi *pthi, struct arena *arena, struct mei_tcpip *tcpip,
                    struct error *err)
{
    ASK(pthi, MEI_PTHI_TCPIP, mei_pthi_decode_tcpip, arena, tcpip);
}

bool mei_pthi_macs(struct mei_pthi *pthi, struct mei_macs *macs, struct error *err)
{
    ASK(pthi, MEI_PTHI_MACS, mei_pthi_decode_macs, macs);
}

bool mei_pthi_fqdn(struct mei_pthi *pthi, struct arena *arena, struct mei_fqdn *fqdn,
                   struct error *err)
{
    ASK(pthi, MEI_PTHI_FQDN, mei_pthi_decode_fqdn, arena, fqdn);
}

/* The NUL counts, as LMS has it. */
bool mei_pthi_set_host_fqdn(struct mei_pthi *pthi, struct slice name, struct error *err)
{
    if (name.size > 255 || slice_index_of(name, 0) < name.size)
        return error_set(err, ERROR_INVALID,
                         "a host name has at most 255 bytes, none of them 0; this one has %zu",
                         name.size);
    struct buffer request;
    buffer_init(&request, REQUEST_LIMIT);
    buffer_put_u16_le(&request, (uint16_t)(name.size + 1));
    buffer_put(&request, name);
    buffer_put_u8(&request, 0);
    bool told = tell(pthi, MEI_PTHI_SET_HOST_FQDN, buffer_slice(&request), err);
    buffer_fini(&request);
    return told;
}

/* --- remote access (CIRA) ----------------------------------------------------------------------
 */

bool mei_pthi_remote_access(struct mei_pthi *pthi, struct arena *arena,
                            struct mei_remote_access *access, struct error *err)
{
    ASK(pthi, MEI_PTHI_REMOTE_ACCESS, mei_pthi_decode_remote_access, arena, access);
}

bool mei_pthi_open_connection(struct mei_pthi *pthi, struct error *err)
{
    return tell(pthi, MEI_PTHI_OPEN_CONNECTION, nothing, err);
}

bool mei_pthi_close_connection(struct mei_pthi *pthi, struct error *err)
{
    return tell(pthi, MEI_PTHI_CLOSE_CONNECTION, nothing, err);
}

bool mei_pthi_user_interfaces(struct mei_pthi *pthi, uint32_t *bits, struct error *err)
{
    return ask_u32(pthi, MEI_PTHI_USER_INTERFACES, bits, err);
}

bool mei_pthi_cira_log(struct mei_pthi *pthi, struct arena *arena, struct mei_cira_log *log,
                       struct error *err)
{
    static const uint8_t version[1] = {0};
    struct slice answer;
    return ask(pthi, MEI_PTHI_CIRA_LOG, slice_of(version, sizeof version), &answer, err) &&
           understood(pthi, MEI_PTHI_CIRA_LOG, mei_cira_log_decode(answer, arena, log), err);
}

/* Granted, but not with status 0: without and with an update of the DNS. */
#define GRANTED_WITHOUT_DDNS 0x202
#define GRANTED_WITH_DDNS    0x203

bool mei_pthi_set_enterprise_access(struct mei_pthi *pthi, uint8_t flags, const uint8_t address[16],
                                    bool inside, struct error *err)
{
    uint8_t request[18];
    request[0] = flags;
    memcpy(request + 1, address, 16);
    request[17] = inside ? 1 : 0;
    struct slice answer;
    if (!converse(pthi, MEI_PTHI_ENTERPRISE_ACCESS, slice_of(request, sizeof request), &answer,
                  err))
        return false;
    bool granted = pthi->status == 0 || pthi->status == GRANTED_WITHOUT_DDNS ||
                   pthi->status == GRANTED_WITH_DDNS;
    return granted
               ? understood(pthi, MEI_PTHI_ENTERPRISE_ACCESS, answer.size <= sizeof(uint32_t), err)
               : refused(pthi, MEI_PTHI_ENTERPRISE_ACCESS, err);
}
