/*
 * What is said to a presence server about a device, and what it says of one (spec rps 5.3): JSON
 * only. No state; any thread.
 */
#ifndef RPS_HANDOVER_BODY_H
#define RPS_HANDOVER_BODY_H

#include "core/buffer.h"
#include "rps/handover.h"

enum rps_body_kind {
    RPS_BODY_ADD,   /* of a POST: whose the device is, too */
    RPS_BODY_CHANGE /* of a PATCH */
};

/* Writes the body; what is NULL is left out. `with_passwords`: those of the device that are known,
 * under the names that Console and this server take (spec console 5.4), else none. `is_new`: there
 * is no record yet; one with a password and no user for calling in would otherwise begin as a
 * device whose AMT has TLS. */
void rps_handover_body_put(struct buffer *out, const struct rps_device *device,
                           enum rps_body_kind kind, bool with_passwords, bool is_new);

/* Reads a record: *known, and its deviceInfo as text (NULL: none), both in the arena. `found` is
 * set by what the record says of its tenant, as is `other_tenant`. ERROR_PROTOCOL when it is no
 * record of that device. */
bool rps_handover_record_read(struct arena *arena, struct slice text, const struct guid *guid,
                              const char *tenant, struct rps_known *known, const char **device_info,
                              struct error *err);

/* A refusal of a presence server as an error of ours: what its body says, if that is readable. It
 * is never quoted as a whole, since it may echo what was sent. Always false. */
bool rps_handover_refusal(int status, struct slice body, struct error *err);

/* The members of `changes` over those of `stored` (NULL: none), as text in the arena. NULL with
 * `err`. */
const char *rps_device_info_merge(struct arena *arena, const char *stored, const char *changes,
                                  struct error *err);

#endif
