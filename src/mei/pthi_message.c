#include "mei/pthi_message.h"

#include "core/cursor.h"

#define VERSION 0x0101 /* major 1, minor 1 */

const char *mei_pthi_command_name(uint32_t command)
{
    switch (command) {
#define CASE(symbol, number, name, reads) \
    case number:                          \
        return name;
        MEI_PTHI_COMMANDS(CASE)
#undef CASE
    default:
        return "command";
    }
}

bool mei_pthi_command_reads(uint32_t command)
{
    switch (command) {
#define CASE(symbol, number, name, reads) \
    case number:                          \
        return reads;
        MEI_PTHI_COMMANDS(CASE)
#undef CASE
    default:
        return false;
    }
}

/* Spec rpc 2.5; the others as LMS knows them. */
#define STATUSES(X)                                        \
    X(0, "AMT_STATUS_SUCCESS")                             \
    X(1, "AMT_STATUS_INTERNAL_ERROR")                      \
    X(2, "AMT_STATUS_NOT_READY")                           \
    X(3, "AMT_STATUS_INVALID_AMT_MODE")                    \
    X(4, "AMT_STATUS_INVALID_MESSAGE_LENGTH")              \
    X(5, "AMT_STATUS_TABLE_FINGERPRINT_NOT_AVAILABLE")     \
    X(6, "AMT_STATUS_INTEGRITY_CHECK_FAILED")              \
    X(7, "AMT_STATUS_UNSUPPORTED_ISVS_VERSION")            \
    X(8, "AMT_STATUS_APPLICATION_NOT_REGISTERED")          \
    X(9, "AMT_STATUS_INVALID_REGISTRATION_DATA")           \
    X(10, "AMT_STATUS_APPLICATION_DOES_NOT_EXIST")         \
    X(11, "AMT_STATUS_NOT_ENOUGH_STORAGE")                 \
    X(12, "AMT_STATUS_INVALID_NAME")                       \
    X(13, "AMT_STATUS_BLOCK_DOES_NOT_EXIST")               \
    X(14, "AMT_STATUS_INVALID_BYTE_OFFSET")                \
    X(15, "AMT_STATUS_INVALID_BYTE_COUNT")                 \
    X(16, "AMT_STATUS_NOT_PERMITTED")                      \
    X(17, "AMT_STATUS_NOT_OWNER")                          \
    X(18, "AMT_STATUS_BLOCK_LOCKED_BY_OTHER")              \
    X(19, "AMT_STATUS_BLOCK_NOT_LOCKED")                   \
    X(20, "AMT_STATUS_INVALID_GROUP_PERMISSIONS")          \
    X(21, "AMT_STATUS_GROUP_DOES_NOT_EXIST")               \
    X(22, "AMT_STATUS_INVALID_MEMBER_COUNT")               \
    X(23, "AMT_STATUS_MAX_LIMIT_REACHED")                  \
    X(24, "AMT_STATUS_INVALID_AUTH_TYPE")                  \
    X(25, "AMT_STATUS_AUTHENTICATION_FAILED")              \
    X(26, "AMT_STATUS_INVALID_DHCP_MODE")                  \
    X(27, "AMT_STATUS_INVALID_IP_ADDRESS")                 \
    X(28, "AMT_STATUS_INVALID_DOMAIN_NAME")                \
    X(29, "AMT_STATUS_UNSUPPORTED_VERSION")                \
    X(30, "AMT_STATUS_REQUEST_UNEXPECTED")                 \
    X(31, "AMT_STATUS_INVALID_TABLE_TYPE")                 \
    X(32, "AMT_STATUS_INVALID_PROVISIONING_STATE")         \
    X(33, "AMT_STATUS_UNSUPPORTED_OBJECT")                 \
    X(34, "AMT_STATUS_INVALID_TIME")                       \
    X(35, "AMT_STATUS_INVALID_INDEX")                      \
    X(36, "AMT_STATUS_INVALID_PARAMETER")                  \
    X(37, "AMT_STATUS_INVALID_NETMASK")                    \
    X(38, "AMT_STATUS_FLASH_WRITE_LIMIT_EXCEEDED")         \
    X(39, "AMT_STATUS_INVALID_IMAGE_LENGTH")               \
    X(40, "AMT_STATUS_INVALID_IMAGE_SIGNATURE")            \
    X(41, "AMT_STATUS_PROPOSE_ANOTHER_VERSION")            \
    X(42, "AMT_STATUS_INVALID_PID_FORMAT")                 \
    X(43, "AMT_STATUS_INVALID_PPS_FORMAT")                 \
    X(44, "AMT_STATUS_BIST_COMMAND_BLOCKED")               \
    X(45, "AMT_STATUS_CONNECTION_FAILED")                  \
    X(46, "AMT_STATUS_CONNECTION_TOO_MANY")                \
    X(47, "AMT_STATUS_RNG_GENERATION_IN_PROGRESS")         \
    X(48, "AMT_STATUS_RNG_NOT_READY")                      \
    X(49, "AMT_STATUS_CERTIFICATE_NOT_READY")              \
    X(512, "PT_STATUS_REMOTE_ACCESS_NOT_GRANTED")          \
    X(513, "PT_STATUS_REMOTE_ACCESS_HOST_VPN_IS_DISABLED") \
    X(514, "PT_STATUS_REMOTE_ACCESS_GRANTED_WITHOUT_DDNS") \
    X(515, "PT_STATUS_REMOTE_ACCESS_GRANTED_WITH_DDNS")    \
    X(1024, "AMT_STATUS_DISABLED_BY_POLICY")               \
    X(2049, "AMT_STATUS_UNSUPPORTED_OEM_NUMBER")           \
    X(2050, "AMT_STATUS_UNSUPPORTED_BOOT_OPTION")          \
    X(2051, "AMT_STATUS_INVALID_COMMAND")                  \
    X(2052, "AMT_STATUS_INVALID_SPECIAL_COMMAND")          \
    X(2053, "AMT_STATUS_INVALID_HANDLE")                   \
    X(2054, "AMT_STATUS_INVALID_PASSWORD")                 \
    X(2055, "AMT_STATUS_INVALID_REALM")                    \
    X(2056, "AMT_STATUS_STORAGE_ACL_ENTRY_IN_USE")         \
    X(2057, "AMT_STATUS_DATA_MISSING")                     \
    X(2058, "AMT_STATUS_DUPLICATE")                        \
    X(2059, "AMT_STATUS_EVENTLOG_FROZEN")                  \
    X(2060, "AMT_STATUS_PKI_MISSING_KEYS")                 \
    X(2061, "AMT_STATUS_PKI_GENERATING_KEYS")              \
    X(2062, "AMT_STATUS_INVALID_KEY")                      \
    X(2063, "AMT_STATUS_INVALID_CERT")                     \
    X(2064, "AMT_STATUS_CERT_KEY_NOT_MATCH")               \
    X(2065, "AMT_STATUS_MAX_KERB_DOMAIN_REACHED")          \
    X(2066, "AMT_STATUS_UNSUPPORTED")                      \
    X(2067, "AMT_STATUS_INVALID_PRIORITY")                 \
    X(2068, "AMT_STATUS_NOT_FOUND")                        \
    X(2069, "AMT_STATUS_INVALID_CREDENTIALS")              \
    X(2070, "AMT_STATUS_INVALID_PASSPHRASE")               \
    X(2072, "AMT_STATUS_NO_ASSOCIATION")                   \
    X(2075, "AMT_STATUS_AUDIT_FAIL")                       \
    X(2076, "AMT_STATUS_BLOCKING_COMPONENT")               \
    X(2500, "AMT_STATUS_IPV6_INTERFACE_DISABLED")          \
    X(2501, "AMT_STATUS_INTERFACE_DOES_NOT_EXIST")

const char *mei_pthi_status_name(uint32_t status)
{
    switch (status) {
#define CASE(number, name) \
    case number:           \
        return name;
        STATUSES(CASE)
#undef CASE
    default:
        return "AMT_STATUS_UNKNOWN";
    }
}

void mei_pthi_put_request(struct buffer *message, uint32_t command, struct slice body)
{
    buffer_put_u16_le(message, VERSION);
    buffer_put_u16_le(message, 0);
    buffer_put_u32_le(message, command);
    buffer_put_u32_le(message, (uint32_t)body.size);
    buffer_put(message, body);
}

bool mei_pthi_take_reply(struct slice message, uint32_t command, uint32_t *status,
                         struct slice *body, struct error *err)
{
    const char *name = mei_pthi_command_name(command);
    struct cursor c = cursor_of(message);
    uint16_t version = cursor_u16_le(&c);
    (void)cursor_u16_le(&c); /* reserved */
    uint32_t answered = cursor_u32_le(&c);
    uint32_t size = cursor_u32_le(&c);
    size_t behind = c.left;
    *status = cursor_u32_le(&c);
    if (!cursor_ok(&c))
        return error_set(err, ERROR_PROTOCOL, "PTHI %s: the reply has %zu bytes, too few", name,
                         message.size);
    if (version != VERSION)
        return error_set(err, ERROR_PROTOCOL, "PTHI %s: the reply is of version %u.%u, not 1.1",
                         name, version & 0xffu, version >> 8);
    if (answered != (command | MEI_PTHI_RESPONSE))
        return error_set(err, ERROR_PROTOCOL,
                         "PTHI %s: the reply is to another command (0x%08X instead of 0x%08X)",
                         name, answered, command | MEI_PTHI_RESPONSE);
    if (size != behind)
        return error_set(err, ERROR_PROTOCOL,
                         "PTHI %s: the reply says that it has %u bytes and has %zu", name, size,
                         behind);
    *body = cursor_bytes(&c, c.left);
    return true;
}
