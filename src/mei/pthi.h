/*
 * Conversations with AMT from the machine it is in, over PTHI: each function asks one command and
 * waits for its reply (spec rpc 2.4, device-protocols 8). On a fiber; one at a time.
 *
 * Every reply is checked for command, length and status. Errors: those of mei_open, mei_send and
 * mei_receive; ERROR_PROTOCOL for a reply that is short, too long or another command's;
 * ERROR_DEVICE "PTHI GetUuid: AMT_STATUS_NOT_PERMITTED (16)" for a status that is not 0.
 * Sentences name the command.
 *
 * After an exchange that failed the client is closed, so that no late reply is taken for another
 * command's, and opened again for the next one. When the ME was reset in the middle of a command
 * that only reads, that is asked a second time.
 *
 * Texts are in the arena that was given, as mei/pthi_device.h and mei/pthi_network.h say, where the
 * structs are too.
 */
#ifndef MEI_PTHI_H
#define MEI_PTHI_H

#include "mei/cira_log.h"
#include "mei/mei.h"
#include "mei/pthi_device.h"
#include "mei/pthi_message.h"
#include "mei/pthi_network.h"

/* As amt_setup's modes. */
enum mei_control_mode { MEI_CONTROL_NONE, MEI_CONTROL_CLIENT, MEI_CONTROL_ADMIN };
enum mei_provisioning_state { MEI_PROVISIONING_PRE, MEI_PROVISIONING_IN, MEI_PROVISIONING_POST };

struct mei_pthi;

/* NULL with the error of mei_open. Owned by the caller. */
struct mei_pthi *mei_pthi_open(struct error *err);

/* The same over clients that open(arg) makes: for tests. */
struct mei_pthi *mei_pthi_open_with(struct mei *(*open)(void *arg, struct error *err), void *arg,
                                    struct error *err);

/* NULL is allowed. Does not wait. */
void mei_pthi_close(struct mei_pthi *pthi);

/* --- state of the device -----------------------------------------------------------------------
 */

bool mei_pthi_control_mode(struct mei_pthi *pthi, unsigned *mode, struct error *err);
bool mei_pthi_provisioning_state(struct mei_pthi *pthi, unsigned *state, struct error *err);
bool mei_pthi_provisioning_mode(struct mei_pthi *pthi, struct mei_provisioning_mode *mode,
                                struct error *err);
/* How provisioning is secured: 0 unknown, 1 PSK, 2 PKI. */
bool mei_pthi_tls_mode(struct mei_pthi *pthi, unsigned *mode, struct error *err);
bool mei_pthi_zero_touch(struct mei_pthi *pthi, bool *enabled, struct error *err);
/* Embedded host based configuration: admin control without a certificate. */
bool mei_pthi_ehbc(struct mei_pthi *pthi, bool *enabled, struct error *err);
bool mei_pthi_versions(struct mei_pthi *pthi, struct arena *arena, struct mei_versions *versions,
                       struct error *err);
bool mei_pthi_uuid(struct mei_pthi *pthi, struct guid *uuid, struct error *err);
bool mei_pthi_security(struct mei_pthi *pthi, struct mei_security *security, struct error *err);
bool mei_pthi_feature(struct mei_pthi *pthi, enum mei_feature feature,
                      struct mei_feature_state *state, struct error *err);
/* Bit 0 SOL, bit 1 IDER, bit 2 KVM: switched on. */
bool mei_pthi_redirection(struct mei_pthi *pthi, uint32_t *bits, struct error *err);
bool mei_pthi_reset_reason(struct mei_pthi *pthi, struct mei_reset_reason *reason,
                           struct error *err);
/* A GUID as text, or empty. */
bool mei_pthi_power_policy(struct mei_pthi *pthi, struct arena *arena, struct slice *policy,
                           struct error *err);
bool mei_pthi_state(struct mei_pthi *pthi, struct mei_state *state, struct error *err);
/* ERROR_DEVICE AMT_STATUS_DATA_MISSING or NOT_READY when AMT was never provisioned remotely. */
bool mei_pthi_setup_audit(struct mei_pthi *pthi, struct arena *arena, struct mei_setup_audit *audit,
                          struct error *err);

/* --- provisioning ------------------------------------------------------------------------------
 */

/* The account that may ask AMT's own ports for what the host is allowed. Wipe it after use. */
bool mei_pthi_local_account(struct mei_pthi *pthi, struct mei_account *account, struct error *err);
/* Ends client control mode; in admin control mode AMT_STATUS_INVALID_AMT_MODE (3). */
bool mei_pthi_unprovision(struct mei_pthi *pthi, struct error *err);
/* Opens the time in which a configuration server may set AMT up. */
bool mei_pthi_start_configuration(struct mei_pthi *pthi, struct error *err);
bool mei_pthi_stop_configuration(struct mei_pthi *pthi, struct error *err);
/*
 * Opens AMT's TLS port for host based set-up (AMT 14 and later; the only way from 19 on) to a
 * client with the certificate whose hash this is. `algorithm`: 2 SHA-256, 3 SHA-384. `suffixes`:
 * DNS suffixes of this host that the certificate may be for. ERROR_INVALID when they do not fit.
 */
bool mei_pthi_start_host_based(struct mei_pthi *pthi, uint8_t algorithm, struct slice leaf_hash,
                               const struct slice *suffixes, size_t suffix_count,
                               struct mei_host_based *reply, struct error *err);
/* Switches AMT off and clears it, before provisioning only (AMT 12 and later). */
bool mei_pthi_disable(struct mei_pthi *pthi, struct error *err);
/* The suffix that a provisioning certificate must be for (option 15 of DHCP or set in the BIOS). */
bool mei_pthi_dns_suffix(struct mei_pthi *pthi, struct arena *arena, struct slice *suffix,
                         struct error *err);
bool mei_pthi_dns_suffixes(struct mei_pthi *pthi, struct arena *arena, struct slice **suffixes,
                           size_t *count, struct error *err);
/* The hashes of the roots that AMT trusts for provisioning certificates: asks for the list and for
 * every entry. */
bool mei_pthi_hashes(struct mei_pthi *pthi, struct arena *arena, struct mei_hash **hashes,
                     size_t *count, struct error *err);
bool mei_pthi_config_server(struct mei_pthi *pthi, struct arena *arena,
                            struct mei_config_server *server, struct error *err);

/* --- network -----------------------------------------------------------------------------------
 */

/* `index`: 0 wired, 1 wireless. AMT says AMT_STATUS_INTERFACE_DOES_NOT_EXIST or INVALID_PARAMETER
 * where there is none, or one with a MAC of zeros. */
bool mei_pthi_lan(struct mei_pthi *pthi, unsigned index, struct mei_lan *lan, struct error *err);
bool mei_pthi_ipv6_lan(struct mei_pthi *pthi, unsigned index, struct arena *arena,
                       struct mei_ipv6_lan *lan, struct error *err);
bool mei_pthi_tcpip(struct mei_pthi *pthi, struct arena *arena, struct mei_tcpip *tcpip,
                    struct error *err);
bool mei_pthi_macs(struct mei_pthi *pthi, struct mei_macs *macs, struct error *err);
bool mei_pthi_fqdn(struct mei_pthi *pthi, struct arena *arena, struct mei_fqdn *fqdn,
                   struct error *err);
/* Tells AMT the host's name. ERROR_INVALID past 255 bytes. */
bool mei_pthi_set_host_fqdn(struct mei_pthi *pthi, struct slice name, struct error *err);

/* --- remote access (CIRA) ----------------------------------------------------------------------
 */

bool mei_pthi_remote_access(struct mei_pthi *pthi, struct arena *arena,
                            struct mei_remote_access *access, struct error *err);
/* Opens and closes the connection that a user asks for. */
bool mei_pthi_open_connection(struct mei_pthi *pthi, struct error *err);
bool mei_pthi_close_connection(struct mei_pthi *pthi, struct error *err);
/* From where a user may ask for one: bit 0 BIOS, bit 1 an agent in the operating system. */
bool mei_pthi_user_interfaces(struct mei_pthi *pthi, uint32_t *bits, struct error *err);
bool mei_pthi_cira_log(struct mei_pthi *pthi, struct arena *arena, struct mei_cira_log *log,
                       struct error *err);
/* Says whether the host is inside of the enterprise (over its VPN), and with which address: 16
 * bytes of IPv6, or IPv4 in the first four. `flags`: 0 IPv4, 1 IPv6. */
bool mei_pthi_set_enterprise_access(struct mei_pthi *pthi, uint8_t flags, const uint8_t address[16],
                                    bool inside, struct error *err);

#endif
