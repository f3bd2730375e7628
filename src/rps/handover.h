/*
 * Where provisioned devices are handed over to (spec rps 5.3): the store of this process, or the
 * REST interface of a presence server elsewhere (rps/handover_mps.h). One interface, so that flows
 * don't know which. All functions wait (on a fiber); any loop. The store of this process has the
 * passwords already (store/passwords.h); a presence server elsewhere is told those that work.
 */
#ifndef RPS_HANDOVER_H
#define RPS_HANDOVER_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"

struct rps_handover;

/* What is known of a device before it is provisioned. */
struct rps_known {
    bool found;               /* there is a record of the tenant */
    bool other_tenant;        /* there is one of another tenant */
    bool on_lan;              /* there is one of the tenant that is called by its host name */
    bool connected;           /* somebody calls in as it right now */
    const char *mps_username; /* as whom it calls in; NULL: it doesn't, or not known */
    const char *activated_at; /* ISO 8601, of its first activation; NULL: not known */
    bool is_bare; /* the record has at most a host name and what an agent said of the device (`rpc
                     amtinfo --sync` leaves such): whom it speaks of is not settled by it */
};

/* What a presence server elsewhere knows of a device's passwords. */
struct rps_proof_there {
    bool known;    /* it has a proven one */
    bool compared; /* it was told which one is asked about … */
    bool proven;   /* … and that is it */
};

/* What is told of a device. NULL leaves a text as it is there. */
struct rps_device {
    struct guid guid;
    const char *tenant;
    const char *host_name;
    const char *dns_suffix;
    const char *friendly_name;
    const char *mps_username;
    const char *const *tags; /* NULL: they stay */
    size_t tag_count;
    const char *device_info; /* JSON object; its members replace those of the stored one of the
                                same name, the others stay; NULL: all stay */
    const char
        *control_mode; /* as AMT answered after its set-up: "acm" or "ccm"; NULL: not asked */
    struct slice fw_version, fw_build, fw_sku; /* … and its firmware, as the run was judged by it;
                                                  for the inventory; empty: not known */
    const char *mps_password;                  /* that it calls in with */
    const char *amt_password;                  /* of "admin", seen to work */
    const char *mebx_password;
};

struct rps_handover_methods {
    bool (*find)(struct rps_handover *handover, struct arena *arena, const struct guid *guid,
                 const char *tenant, struct rps_known *known, struct error *err);

    /* Whether the password is proven where the device is handed over to; empty: only whether one
     * is. NULL: the store of this process has all that is known. */
    bool (*prove)(struct rps_handover *handover, const struct guid *guid, const char *tenant,
                  struct slice password, struct rps_proof_there *there, struct error *err);

    /* Adds the device or changes what is given of it; with `must_exist` one that is not there is
     * ERROR_NOT_FOUND. */
    bool (*put)(struct rps_handover *handover, struct arena *arena, const struct rps_device *device,
                bool must_exist, struct error *err);

    /* Its AMT password has changed, to this one: what is kept under the old one is dropped. A
     * device that is not there is a success. */
    bool (*refresh)(struct rps_handover *handover, const struct guid *guid, const char *tenant,
                    struct slice password, struct error *err);

    /* A device that is not there is a success. */
    bool (*remove)(struct rps_handover *handover, const struct guid *guid, const char *tenant,
                   struct error *err);

    void (*close)(struct rps_handover *handover);
};

/* Embedded as the first field of each kind. */
struct rps_handover {
    const struct rps_handover_methods *methods;
    bool tells_passwords; /* to a presence server elsewhere */
};

struct store;
struct mps;

/* To the store of this process; `mps` hears of changed passwords, and may be NULL. */
struct rps_handover *rps_handover_to_store(struct store *store, struct mps *mps);

#endif
