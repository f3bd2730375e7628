/*
 * Setting a device up through its host (IPS_HostBasedSetupService and what goes with it; spec
 * rps 3.1 to 3.4, 4; device-protocols 7.1 to 7.4). Each function is a step of provisioning; flows
 * (rps, rpc) put them together. Over struct amt, on a fiber; what is returned lives in the arena. A
 * method's refusal is ERROR_DEVICE with the method, the number, its name and what to do about it.
 *
 * Set-up calls are sent once. When the answer is lost, the control mode is read again and decides;
 * it may be so by another's doing, so *err, which a success leaves alone else, then has the loss.
 * ERROR_DEVICE: the device has refused it. Any other error leaves open what it did, most often
 * because "$$OsAdmin" may not ask any more: log in as "admin" with the password that was being set
 * and read the mode (amt_setup_read_mode).
 */
#ifndef AMT_HOST_SETUP_H
#define AMT_HOST_SETUP_H

#include "amt/amt.h"
#include "core/guid.h"

enum amt_setup_mode { AMT_SETUP_NONE, AMT_SETUP_CLIENT, AMT_SETUP_ADMIN };

struct amt_setup_state {
    struct slice realm; /* AMT_GeneralSettings.DigestRealm: "Digest:" and 32 hex digits (checked) */
    struct slice host_name;
    unsigned control_mode; /* IPS_HostBasedSetupService.CurrentControlMode: enum amt_setup_mode */
    bool admin_allowed, client_allowed; /* AllowedControlModes; both when it names none */
    uint8_t nonce[20]; /* ConfigurationNonce; it is another one after every change */
    bool chain_begun; /* CertChainStatus: certificates of an earlier attempt are on the device … */
    bool chain_whole; /* … up to the root */
    struct guid guid; /* what the device itself says its UUID is, for checking an agent's claim */
    bool has_guid;
};

/* ERROR_PROTOCOL when the realm, mode or nonce make no sense; ERROR_UNSUPPORTED: firmware that
 * cannot be set up from its host. */
bool amt_setup_read(struct amt *amt, struct arena *arena, struct amt_setup_state *state,
                    struct error *err);
bool amt_setup_read_mode(struct amt *amt, struct arena *arena, unsigned *mode, struct error *err);

/* Client control mode with the password of "admin". */
bool amt_setup_client(struct amt *amt, struct arena *arena, struct slice realm,
                      struct slice password, struct error *err);

/* The SigningAlgorithm of admin control mode (spec rps 4.3). */
enum { AMT_SETUP_RSA_SHA256 = 2, AMT_SETUP_RSA_SHA384 = 3 };

/* What signs for admin control mode: the certificates leaf first (DER), and the signing of nonces
 * by the provisioning certificate's key, which may wait (a worker signs). */
struct amt_setup_signer {
    const struct slice *chain;
    size_t count;
    bool (*sign)(void *context, struct arena *arena, struct slice data, struct slice *signature,
                 struct error *err);
    unsigned algorithm; /* SigningAlgorithm */
    void *context;
    bool *chain_taken; /* set when the device has taken all certificates, so that a failure can be
                          told by its step; NULL: nobody asks */
};

/* AddNextCertInChain × n, then AdminSetup / UpgradeClientToAdmin; in a sequence of its own.
 * ERROR_CONFLICT: the device is in admin control mode already, nothing was sent. Neither was the
 * password when *chain_taken is false. */
bool amt_setup_admin(struct amt *amt, struct arena *arena, struct slice realm,
                     struct slice password, const struct amt_setup_signer *signer,
                     struct error *err);
bool amt_setup_upgrade(struct amt *amt, struct arena *arena, const struct amt_setup_signer *signer,
                       struct error *err);

/* CommitChanges. The device may cut the connection instead of answering. *wants_mebx: it has
 * refused since it wants a MEBx password first (DATA_MISSING). NULL: nobody asks. */
bool amt_setup_commit(struct amt *amt, struct arena *arena, bool *wants_mebx, struct error *err);

/* May be repeated. */
bool amt_setup_mebx_password(struct amt *amt, struct arena *arena, struct slice password,
                             struct error *err);

#endif
