/*
 * What a device knows of its set-up (spec device-protocols 7.1 to 7.5): the nonce, the chain of
 * certificates that came so far, wrong signatures, the list of trusted roots, DNS suffixes, the
 * local account. Part of the device; pure, one owner.
 *
 *   PRE --Setup--> POST, client mode --UpgradeClientToAdmin--> POST
 *   PRE --AdminSetup--> POST
 *   PRE --Setup or AdminSetup of firmware that serves TLS only--> IN --CommitChanges--> POST
 *   PRE --a client's certificate is named at the local interface--> IN --a login with that
 *   certificate, SetAdminAclEntryEx, SetMEBxPassword, CommitChanges--> POST (spec 7.4)
 *   POST, IN --Unprovision--> PRE, with everything wiped
 *
 * Before POST nobody but the local account "$$OsAdmin" logs in, and only by a local door; in IN the
 * administrator, too, by a local door. From POST on that account is refused.
 */
#ifndef SIM_PROVISIONING_H
#define SIM_PROVISIONING_H

#include "sim/chain.h"
#include "sim/device.h"

struct sim_options;

#define SIM_LOCAL_USER  "$$OsAdmin"
#define SIM_SETUP_NONCE 20
#define SIM_ROOTS_MOST  33 /* entries of the hash list, as the local interface numbers them */

/* One side of AMT_TLSSettingData, as it was committed (door.h). */
#define SIM_DOOR_NAMES 4
struct sim_door {
    bool tls, plain, mutual;
    size_t name_count;
    char names[SIM_DOOR_NAMES][65]; /* common names that clients may have; none: any */
};

struct sim_provisioning {
    uint8_t nonce[SIM_SETUP_NONCE]; /* ConfigurationNonce as it was last read */
    bool nonce_was_read;
    struct sim_chain chain;
    unsigned wrong_signatures; /* since the last good one */
    uint64_t locked_ms;        /* signatures are refused until then */
    bool client_is_disabled;   /* DisableClientControlMode */
    bool zero_touch;           /* ZeroTouchConfigurationEnabled */
    bool curves;               /* certificates of a set-up may have EC keys */
    bool mebx_was_set;
    bool mebx_stays;   /* over an un-provisioning; what firmware does is not known */
    bool switched_off; /* AMT, by the watchdog's client: no door is open */
    bool upid_is_off;
    bool admin_was_set;          /* since the set-up began */
    struct sim_root_hash client; /* of the certificate that may set up; algorithm 0: none */
    bool doors_follow;           /* the doors are as AMT_TLSSettingData says */
    struct sim_door doors[2];    /* of the network, and the local one */
    char shown[128];   /* reference to the certificate that they show; empty: the device's own */
    uint32_t delay_ms; /* that a step of a set-up takes */
    uint32_t lock_ms;  /* of too many wrong signatures */
    char dhcp_suffix[SIM_SUFFIX_SIZE];
    char trusted_suffix[SIM_SUFFIX_SIZE];
    char local_password[65];
    struct sim_root_hash roots[SIM_ROOTS_MOST];
    size_t root_count;
    struct sim_key_pool *keys; /* borrowed; NULL: every pair is made when it is asked for */
};

/* Of a device that is set up: roots of the firmware, no suffix. */
struct sim_provisioning *sim_provisioning_new(void);
void sim_provisioning_free(struct sim_provisioning *provisioning);

/* What the command line says. */
void sim_provisioning_configure(struct sim_device *device, const struct sim_options *options);

/* Makes a device that nobody has set up: wiped, and its doors follow its settings. */
void sim_provisioning_begin(struct sim_device *device);

/* Begins a set-up inside TLS for the client whose certificate has this hash, as StartConfiguration
 * of the local interface does: the local TLS door opens for it. SIM_STATUS_NOT_PERMITTED when the
 * machine is set up or may not be set up without a visit; 0 otherwise. */
uint32_t sim_provisioning_start(struct sim_device *device, const struct sim_root_hash *client);

/* True while that goes on. */
bool sim_provisioning_has_started(const struct sim_device *device);

/* StopConfiguration: a set-up that has begun and not been committed is forgotten. */
void sim_provisioning_stop(struct sim_device *device);

/* Forgets a set-up in progress; the device was or becomes un-provisioned. */
void sim_provisioning_reset(struct sim_device *device);

/* A new ConfigurationNonce, since the present one is about to be shown. A machine in admin control
 * mode, which has no use for one, keeps what the tables say. */
void sim_provisioning_show_nonce(struct sim_device *device);

/* True when AMT serves nothing without TLS. */
bool sim_provisioning_is_tls_only(const struct sim_device *device);

/* The password of the local account as it goes into digests: hash of name, realm and password. */
void sim_provisioning_local_hash(const struct sim_device *device, char ha1[33]);

/* A control mode as PTHI and the agent tell it: 0, 1, 2. */
unsigned sim_provisioning_mode(const struct sim_device *device);

#endif
