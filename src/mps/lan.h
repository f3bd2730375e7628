/*
 * Devices on the LAN: those with an address and no CIRA (a hostname, an AMT password and no
 * mpsusername in their row, spec console 3.2), spoken to on 16992 or, with TLS, 16993.
 *
 * One that is in use has a record on the shard that its GUID hashes to, so that all conversations
 * with it share one struct amt: its digest challenge, its kept connections, its cap on requests.
 * The record is made from the row by the first conversation, kept for a minute after the last, and
 * dropped at once when the row changes: conversations that begin later read the new row, those in
 * progress open no further connection. Everything here belongs to its shard's thread, except for
 * what takes a struct mps, which may be called on a fiber of any loop. Private to src/mps.
 */
#ifndef MPS_LAN_H
#define MPS_LAN_H

#include "mps/mps.h"

struct mps_lan;
struct mps_shard;

struct mps_lan *mps_lan_new(struct mps_shard *shard);

/* No conversation may be in progress. NULL is allowed. */
void mps_lan_free(struct mps_lan *lan);

/* No further conversation begins; the shard's `emptied` is signalled when the last has ended. */
void mps_lan_stop(struct mps_lan *lan);
bool mps_lan_is_busy(const struct mps_lan *lan);

/* Cancels the conversations in progress. */
void mps_lan_cut(struct mps_lan *lan);

/* As mps_device_converse, for a device on the LAN; ERROR_NOT_FOUND when it is none of the
 * tenant's. */
bool mps_lan_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                      bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                      void *arg, struct error *err);

/* As mps_device_certificate. */
bool mps_lan_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                         struct arena *arena, struct slice *der, struct error *err);

/* The device's row has changed or is gone: drops its record. ERROR_BUSY or ERROR_CANCELLED. */
bool mps_lan_forget(struct mps *mps, const struct guid *guid, struct error *err);

/* Whether the row is that of a device on the LAN, and of this tenant (NULL: any). ERROR_NOT_FOUND
 * when not. `tenant_id` (of 37 bytes; may be NULL) becomes its tenant's. */
bool mps_lan_check(struct mps *mps, const struct guid *guid, const char *tenant, char *tenant_id,
                   struct error *err);

#endif
