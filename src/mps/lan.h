/*
 * Devices on the LAN: those with an address and no CIRA (a hostname, an AMT password and no
 * mpsusername in their row, spec console 3.2), spoken to on 16992 or, with TLS, 16993.
 *
 * One that is in use has a record on the shard that its GUID hashes to, so that all conversations
 * with it share one struct amt: its digest challenge, its kept connections, its cap on requests.
 * The record is made from the row by the first conversation and kept for a minute after the last.
 * It remembers the version of the row that it was made from (store_device_version), which is
 * compared before every use and after every wait: when it is another one the row is read again,
 * and when that says something else, the record is dropped. Conversations that begin later make a
 * new one, those in progress get no further connection or password. Everything here belongs to its
 * shard's thread, except for what takes a struct mps, which may be called on a fiber of any loop.
 * Private to src/mps.
 */
#ifndef MPS_LAN_H
#define MPS_LAN_H

#include "mps/mps.h"

struct lan_device;
struct mps_lan;
struct mps_shard;
struct store_device;

struct mps_lan *mps_lan_new(struct mps_shard *shard);

/* No conversation may be in progress. NULL is allowed. */
void mps_lan_free(struct mps_lan *lan);

/* No further conversation begins; the shard's `emptied` is signalled when the last has ended. */
void mps_lan_stop(struct mps_lan *lan);
bool mps_lan_is_busy(const struct mps_lan *lan);

/* As mps_device_converse, for a device on the LAN; ERROR_NOT_FOUND when it is none of the
 * tenant's. */
bool mps_lan_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                      bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                      void *arg, struct error *err);

/* As mps_device_certificate. */
bool mps_lan_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                         struct arena *arena, struct slice *der, struct error *err);

/* Drops the device's record now, instead of when it is next used: its row has changed or is gone.
 * ERROR_BUSY or ERROR_CANCELLED. */
bool mps_lan_forget(struct mps *mps, const struct guid *guid, struct error *err);

/* Whether the row is that of a device on the LAN, and of this tenant (NULL: any). ERROR_NOT_FOUND
 * when not. `tenant_id` (of 37 bytes; may be NULL) becomes its tenant's. */
bool mps_lan_check(struct mps *mps, const struct guid *guid, const char *tenant, char *tenant_id,
                   struct error *err);

/* The row of a device on the LAN, of that tenant (NULL: any). ERROR_NOT_FOUND when it is none. */
bool mps_lan_row(struct mps *mps, struct arena *arena, const struct guid *guid, const char *tenant,
                 struct store_device *row, struct error *err);

/* How many connections are open on the shard; counted by mps/lan_stream.h. */
uint32_t *mps_lan_connections(struct mps_lan *lan);

/* Closes a connection that is kept, and not in use; false when there is none. */
bool mps_lan_evict(struct mps_lan *lan);

/* Takes the record out of its table; frees it unless a conversation holds it. On its shard. */
void mps_lan_drop(struct lan_device *device);

#endif
