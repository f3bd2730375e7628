/*
 * One device on the LAN while it is in use: what its row said, its struct amt, and how it is
 * connected to. Made and freed by the table of its shard (mps/lan.h), on whose thread it lives.
 * Private to src/mps.
 */
#ifndef MPS_LAN_DEVICE_H
#define MPS_LAN_DEVICE_H

#include "core/list.h"
#include "io/tls_stream.h"
#include "store/guid_table.h"
#include "store/store.h"

struct mps_shard;

struct lan_device {
    struct guid_table_entry entry; /* first */
    struct list idle;              /* in the table's, while there is no conversation */
    struct list keeping;           /* the same, while it has connections */
    struct list leaving;           /* the same, once it was dropped while it was held */
    uint32_t connections;          /* open ones (mps/lan_stream.h) */
    uint64_t idle_since;
    uint32_t holds;   /* conversations */
    bool dropped;     /* no longer in the table: its row has changed or is gone */
    uint64_t version; /* of row and password (store_device_version) */
    struct mps_shard *shard;
    struct amt *amt;
    char *tenant;
    char *hostname;
    char *user;     /* of AMT */
    char *password; /* wiped at the end */
    bool use_tls;
    bool allow_self_signed;
    bool pinned;
    uint8_t pin[IO_TLS_PIN_SIZE];
};

/* From row and password as they were at `version`. NULL with `err` when the pin in the row is
 * none. */
struct lan_device *lan_device_new(struct mps_shard *shard, const struct store_device *row,
                                  struct slice user, struct slice password, uint64_t version,
                                  struct error *err);

/* Nobody may hold it. */
void lan_device_free(struct lan_device *device);

/* Reads row and password again if they may have changed since. True: the device is reached as
 * before, or the caller is cleaning up (io_is_cleaning_up): what is taken back is so as it was
 * prepared, from a dropped record, too. False with the record dropped: it is reached otherwise
 * (ERROR_BUSY). False with the record in place: the store cannot tell. Waits; the caller holds the
 * device. */
bool lan_device_revise(struct lan_device *device, struct error *err);

/* Reads them in any case, and knows no clean-up. */
bool lan_device_compare(struct lan_device *device, struct error *err);

/* Shows the certificate on a connection of its own, which carries nothing else: what is kept for
 * requests, and whom those accept, is not touched. ERROR_CONFLICT when the device is spoken to
 * without TLS. Waits. */
bool lan_device_look(struct lan_device *device, struct arena *arena, struct slice *der,
                     struct error *err);

/* ERROR_BUSY: the row changed under a conversation. Always false. */
bool lan_device_changed(struct error *err);

#endif
