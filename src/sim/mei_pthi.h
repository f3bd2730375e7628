/*
 * The ME's client PTHI (AMTHI): commands of the host about AMT's set-up and state, each a request
 * and a reply (spec rpc 2.3 to 2.6, device-protocols 8). It shows and changes the machine's one
 * model. Written apart from mei/ on purpose, as its judge. Pure: a message in, a message out.
 */
#ifndef SIM_MEI_PTHI_H
#define SIM_MEI_PTHI_H

#include "core/buffer.h"
#include "sim/machine.h"

#define SIM_PTHI_HEADER     12
#define SIM_PTHI_REPLY_MOST 5120 /* bytes of a message (spec rpc 2.1) */

/* Answers that are the local interface's own (spec rpc 2.5); the others are of enum sim_status. */
enum sim_pthi_status {
    SIM_PTHI_INTERNAL_ERROR = 1,
    SIM_PTHI_NOT_READY = 2,
    SIM_PTHI_INVALID_MODE = 3,
    SIM_PTHI_INVALID_LENGTH = 4,
};

struct sim_pthi {
    struct sim_machine *machine; /* borrowed */
    bool has_lms;                /* the version list names an LMS */
    uint64_t now_ms;             /* of the call in progress */
};

/* Appends the reply to a request, which is one message. A request that is no PTHI message at all
 * gets no reply, as its length does not tell whom to answer. */
void sim_pthi_answer(struct sim_pthi *pthi, struct slice request, uint64_t now_ms,
                     struct buffer *reply);

/* The command of a message, 0 when it is none. */
uint32_t sim_pthi_command(struct slice message);

/* Answers of mei_pthi_facts.c, mei_pthi_lms.c and mei_cira_log.c: they append what comes after the
 * status, and return the status. */
typedef uint32_t sim_pthi_answerer(struct sim_pthi *pthi, struct slice payload, struct buffer *out);
sim_pthi_answerer sim_pthi_versions, sim_pthi_uuid, sim_pthi_hash_handles, sim_pthi_hash_entry,
    sim_pthi_lan, sim_pthi_macs, sim_pthi_remote_access, sim_pthi_security, sim_pthi_dns_suffix,
    sim_pthi_cira_log, sim_pthi_feature, sim_pthi_reset_reason, sim_pthi_redirection,
    sim_pthi_user_interfaces, sim_pthi_engine_state, sim_pthi_fqdn, sim_pthi_dns_suffixes,
    sim_pthi_config_server, sim_pthi_tcpip, sim_pthi_ipv6_lan;

#endif
