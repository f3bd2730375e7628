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
 * new one. Those in progress are ended (mps/conversations.h): what they ask for is refused, except
 * for what takes back what they have begun, which goes the old way, under the pin and the password
 * that it was prepared under; the record keeps them until the last conversation has left. Changes
 * over the new record that must not be mixed with that wait for it. Everything here belongs to its
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

/* The shard that has the device's record, if there is one. Any thread. */
struct mps_shard *mps_lan_shard(struct mps *mps, const struct guid *guid);

/* As mps_device_certificate. */
bool mps_lan_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                         struct arena *arena, struct slice *der, struct error *err);

/* The device's row may have changed: drops the tenant's (NULL: any) record now if it has, instead
 * of when it is next used; else only connections, challenge and password are forgotten. ERROR_BUSY
 * or ERROR_CANCELLED. */
bool mps_lan_refresh(struct mps *mps, const struct guid *guid, const char *tenant,
                     struct error *err);

/* Drops it whatever the row says, which is about to go or is gone. */
bool mps_lan_forget(struct mps *mps, const struct guid *guid, const char *tenant,
                    struct error *err);

/* Whether the row is that of a device on the LAN, and of this tenant (NULL: any). ERROR_NOT_FOUND
 * when not. `tenant_id` (of 37 bytes; may be NULL) becomes its tenant's. */
bool mps_lan_check(struct mps *mps, const struct guid *guid, const char *tenant, char *tenant_id,
                   struct error *err);

/* What there is of a device on the LAN, of that tenant (NULL: any): its row, AMT user and password.
 * `version`: of both; they belong together if it is still the same afterwards. ERROR_NOT_FOUND when
 * there is none, or no password. Waits; the caller wipes the arena. */
bool mps_lan_read(struct mps *mps, struct arena *arena, const struct guid *guid, const char *tenant,
                  struct store_device *row, struct slice *user, struct slice *password,
                  uint64_t *version, struct error *err);

/* How many connections are open on the shard; counted by mps/lan_stream.h. */
uint32_t *mps_lan_connections(struct mps_lan *lan);

/* Closes a connection that is kept, and not in use; false when there is none. */
bool mps_lan_evict(struct mps_lan *lan);

/* Takes the record out of its table and ends its conversations, the last of which frees it. On its
 * shard; the record is not to be used any more by a caller that does not hold it. */
void mps_lan_drop(struct lan_device *device);

/* Waits until no dropped record of the same device is held any more. */
bool mps_lan_await_leaving(struct lan_device *device, struct error *err);

#endif
