/*
 * Who the simulated devices are: GUID, names and credentials of the n-th device, and the list of
 * them that a server is fed with. Credentials are derived from seed and GUID unless given. Pure.
 */
#ifndef SIM_ENROLL_H
#define SIM_ENROLL_H

#include "core/buffer.h"
#include "sim/options.h"

#define SIM_USER_SIZE     65
#define SIM_PASSWORD_SIZE 65

struct sim_identity {
    struct guid guid;
    char host_name[48];
    char user[SIM_USER_SIZE];         /* 16 characters when derived: some servers insist */
    char password[SIM_PASSWORD_SIZE]; /* of the tunnel */
    char amt_password[SIM_PASSWORD_SIZE];
    char local_password[SIM_PASSWORD_SIZE]; /* of the local account */
    const struct sim_personality *personality;
};

/* The n-th device of the fleet. Wipe it when done. */
void sim_identity_of(const struct sim_options *options, uint32_t number,
                     struct sim_identity *identity);

/* One line of JSON with a device's identity and secrets, for POST /api/v1/devices. */
void sim_enroll_put(struct buffer *out, const struct sim_identity *identity);

/* Writes one line for each of `count` devices; "-" is standard output. A file is made readable by
 * its owner only. */
bool sim_enroll_write(const struct sim_options *options, uint32_t count, struct error *err);

#endif
