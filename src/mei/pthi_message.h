/*
 * PTHI (also AMTHI): requests to AMT from the machine it is in, and their replies, as bytes (spec
 * rpc 2.3 to 2.5, device-protocols 8). Pure; the conversation is in mei/pthi.h, the layouts of what
 * is asked for in mei/pthi_device.h and mei/pthi_network.h.
 *
 * A message is a header of 12 bytes (version 1.1, command, number of bytes that follow, all
 * little-endian) and a body; a reply's body begins with a status, and has nothing more when that is
 * not 0.
 */
#ifndef MEI_PTHI_MESSAGE_H
#define MEI_PTHI_MESSAGE_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/slice.h"

#include <stdint.h>

/*  X(command, number, name, only reads: may be asked a second time) */
#define MEI_PTHI_COMMANDS(X)                                                           \
    X(MEI_PTHI_TCPIP, 0x04000006, "GetTcpipParameters", true)                          \
    X(MEI_PTHI_PROVISIONING_MODE, 0x04000008, "GetProvisioningMode", true)             \
    X(MEI_PTHI_UNPROVISION, 0x04000010, "Unprovision", false)                          \
    X(MEI_PTHI_PROVISIONING_STATE, 0x04000011, "GetProvisioningState", true)           \
    X(MEI_PTHI_VERSIONS, 0x0400001A, "GetCodeVersions", true)                          \
    X(MEI_PTHI_SECURITY, 0x0400001B, "GetSecurityParameters", true)                    \
    X(MEI_PTHI_MACS, 0x04000025, "GetMacAddresses", true)                              \
    X(MEI_PTHI_START_CONFIGURATION, 0x04000029, "StartConfiguration", false)           \
    X(MEI_PTHI_TLS_MODE, 0x0400002B, "GetProvisioningTlsMode", true)                   \
    X(MEI_PTHI_HASH_HANDLES, 0x0400002C, "EnumerateHashHandles", true)                 \
    X(MEI_PTHI_HASH, 0x0400002D, "GetCertificateHashEntry", true)                      \
    X(MEI_PTHI_ZERO_TOUCH, 0x04000030, "GetZeroTouchEnabled", true)                    \
    X(MEI_PTHI_DNS_SUFFIX, 0x04000036, "GetPkiFqdnSuffix", true)                       \
    X(MEI_PTHI_DNS_SUFFIXES, 0x0400003E, "GetDnsSuffixList", true)                     \
    X(MEI_PTHI_ENTERPRISE_ACCESS, 0x0400003F, "SetEnterpriseAccess", false)            \
    X(MEI_PTHI_OPEN_CONNECTION, 0x04000044, "OpenUserInitiatedConnection", false)      \
    X(MEI_PTHI_CLOSE_CONNECTION, 0x04000045, "CloseUserInitiatedConnection", false)    \
    X(MEI_PTHI_REMOTE_ACCESS, 0x04000046, "GetRemoteAccessConnectionStatus", true)     \
    X(MEI_PTHI_POWER_POLICY, 0x04000047, "GetCurrentPowerPolicy", true)                \
    X(MEI_PTHI_LAN, 0x04000048, "GetLanInterfaceSettings", true)                       \
    X(MEI_PTHI_FEATURE_STATE, 0x04000049, "GetFeaturesState", true)                    \
    X(MEI_PTHI_RESET_REASON, 0x0400004A, "GetLastHostResetReason", true)               \
    X(MEI_PTHI_USER_INTERFACES, 0x0400004D, "GetUserInitiatedEnabledInterfaces", true) \
    X(MEI_PTHI_CONFIG_SERVER, 0x0400004E, "GetConfigServerData", true)                 \
    X(MEI_PTHI_SETUP_AUDIT, 0x04000050, "GetMeSetupAuditRecord", true)                 \
    X(MEI_PTHI_IPV6_LAN, 0x04000052, "GetIpv6LanInterfaceStatus", true)                \
    X(MEI_PTHI_FQDN, 0x04000056, "GetFqdn", true)                                      \
    X(MEI_PTHI_REDIRECTION, 0x04000058, "GetRedirectionState", true)                   \
    X(MEI_PTHI_SET_HOST_FQDN, 0x0400005B, "SetHostFqdn", false)                        \
    X(MEI_PTHI_UUID, 0x0400005C, "GetUuid", true)                                      \
    X(MEI_PTHI_STOP_CONFIGURATION, 0x0400005E, "StopConfiguration", false)             \
    X(MEI_PTHI_ACCOUNT, 0x04000067, "GetLocalSystemAccount", true)                     \
    X(MEI_PTHI_CONTROL_MODE, 0x0400006B, "GetControlMode", true)                       \
    X(MEI_PTHI_EHBC, 0x04000084, "GetEhbcState", true)                                 \
    X(MEI_PTHI_DISABLE, 0x04000088, "DisableAndClear", false)                          \
    X(MEI_PTHI_START_HOST_BASED, 0x0400008B, "StartConfigurationHostBased", false)     \
    X(MEI_PTHI_CIRA_LOG, 0x0400008E, "GetCiraLog", true)                               \
    X(MEI_PTHI_STATE, 0x01000001, "GetAmtState", true)

enum mei_pthi_command {
#define MEI_PTHI_COMMAND(command, number, name, reads) command = number,
    MEI_PTHI_COMMANDS(MEI_PTHI_COMMAND)
#undef MEI_PTHI_COMMAND
};

#define MEI_PTHI_HEADER_SIZE 12
/* In the command of a reply. */
#define MEI_PTHI_RESPONSE 0x00800000u

/* The name in the table above; "PTHI command" for a number that is not there. */
const char *mei_pthi_command_name(uint32_t command);

/* True when asking a second time changes nothing. */
bool mei_pthi_command_reads(uint32_t command);

/* "AMT_STATUS_…"; "AMT_STATUS_UNKNOWN" for what has no name. */
const char *mei_pthi_status_name(uint32_t status);

/* Appends a whole request. */
void mei_pthi_put_request(struct buffer *message, uint32_t command, struct slice body);

/* The reply to `command`: its status and the body behind it (borrowed). False with ERROR_PROTOCOL
 * when it is too short, another command's, of another version or not as long as it says. */
bool mei_pthi_take_reply(struct slice message, uint32_t command, uint32_t *status,
                         struct slice *body, struct error *err);

#endif
