/*
 * The presence server: devices call in by CIRA, stay connected, and are spoken to through their
 * tunnels; those on the LAN are connected to when somebody has something to say. One struct mps for
 * the process, one shard per loop. A connection lives on the shard that accepted or opened it; the
 * registry (GUID → shard, slot, generation) is the only table that shards share.
 */
#ifndef MPS_MPS_H
#define MPS_MPS_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"
#include "io/conn.h"

struct access;
struct amt;
struct events;
struct io_loop;
struct io_tls;
struct mps;
struct store;

struct mps_options {
    struct store *store;
    struct access *access;
    struct events *events;
    uint32_t window;          /* APF receive window; MPS_CIRA_WINDOW_SIZE; default 81,920 */
    uint32_t keepalive_s;     /* asked of devices; default 30 */
    uint32_t idle_s;          /* a tunnel without traffic is ended; default 90; raised when the
                                 device announces a longer keep-alive interval */
    uint32_t login_ms;        /* from the end of the TLS handshake to a good login; 30,000 */
    bool last_seen;           /* write lastSeen on keep-alives; MPS_CIRA_LAST_SEEN */
    uint32_t devices_limit;   /* tunnels per shard; default 250,000 */
    uint32_t lan_connections; /* to devices on the LAN per shard, kept ones included; 0: 4,096 */
};

struct mps *mps_new(const struct mps_options *options, unsigned shard_count, struct error *err);
void mps_free(struct mps *mps);

/* Gives shard `index` its loop, and TLS settings for connections to AMT (io_tls_client_new's with
 * `firmware`), which outlive it. For all shards before anything is accepted on any loop: from then
 * on each of them may call the others. */
void mps_shard_attach(struct mps *mps, unsigned index, struct io_loop *loop,
                      struct io_tls *device_tls);

/* Opens the CIRA listener of shard `index`. On its loop's thread (a fiber or before the loop
 * runs). */
bool mps_shard_start(struct mps *mps, unsigned index, const struct io_address *address,
                     const struct io_listen_options *listen, struct error *err);

struct io_address mps_shard_address(struct mps *mps, unsigned index);

/* Stops accepting and connecting, ends the conversations and waits for them (15 s, or four fifths
 * of the caller's deadline), ends the tunnels with DISCONNECT (temporarily unavailable), each as
 * soon as it carries no conversation. Devices that do not answer are cut after 5 s, or 1 s before
 * the caller's deadline (io_deadline_within) when that is earlier. On a fiber of the shard's loop.
 */
void mps_shard_stop(struct mps *mps, unsigned index);

/* ---- devices that are connected now; from a fiber of any loop ---- */

struct mps_device_status {
    bool connected;      /* by CIRA */
    bool lan;            /* not so, but a device on the LAN, which may be reached or not */
    bool kvm, sol, ider; /* redirection sessions in progress */
    char tenant_id[37];
};

/* Neither is a success with both of them false. False with ERROR_BUSY or ERROR_CANCELLED.
 * `err` must not be NULL. */
bool mps_device_status(struct mps *mps, const struct guid *guid, struct mps_device_status *status,
                       struct error *err);

/*
 * Runs `conversation` with the device on the device's own shard and waits for it. While it runs
 * the arena and everything `arg` points to belong to it. ERROR_NOT_FOUND when the device is neither
 * connected here nor on the LAN (mps/lan.h), or belongs to another tenant; ERROR_CONNECTION when it
 * went away meanwhile; ERROR_BUSY when the shard or the device has too much to do, or the device is
 * being disconnected; ERROR_CANCELLED when the server is shutting down.
 */
bool mps_device_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                         bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                         void *arg, struct error *err);

/* The certificate (DER, in the arena) that AMT shows right now, whatever is pinned. ERROR_NOT_FOUND
 * as above; ERROR_CONFLICT when the device is spoken to without TLS. */
bool mps_device_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                            struct arena *arena, struct slice *der, struct error *err);

/* Whether the device is connected by CIRA. Never waits; any thread. */
bool mps_device_is_connected(struct mps *mps, const struct guid *guid);

/* Ends the device's tunnel. The conversations on it are cut (ERROR_BUSY), and have 15 s to take
 * back through it what they have begun, while the device is no longer connected for anybody else;
 * this is not waited for. ERROR_NOT_FOUND when it is not connected by CIRA. What is known of it as
 * a device on the LAN is forgotten, too. Done, like the next one, also on a fiber that was
 * cancelled. */
bool mps_device_disconnect(struct mps *mps, const struct guid *guid, const char *tenant,
                           struct error *err);

/* The device's row or AMT password has changed: what is kept of it under an older password or pin
 * is dropped now. It would be when it is next used, by the version of the row
 * (store_device_version), so nothing depends on this call. ERROR_NOT_FOUND when there is no such
 * device connected or on the LAN. */
bool mps_device_refresh(struct mps *mps, const struct guid *guid, const char *tenant,
                        struct error *err);

/* Tunnels that are logged in, all shards; and how many logins there have been. Any thread. */
uint64_t mps_device_count(struct mps *mps);
uint64_t mps_login_count(const struct mps *mps);

#endif
