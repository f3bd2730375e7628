/*
 * What the simulated firmware can do beyond power and boot, one file per capability: methods, what
 * the model knows better than the tables, and what a Put, Create or Delete needs. The list of them
 * is in list.c. For src/sim/ only; constant tables, any thread.
 */
#ifndef SIM_CAPABILITY_CAPABILITY_H
#define SIM_CAPABILITY_CAPABILITY_H

#include "sim/method.h"

struct sim_method {
    const char *class;
    const char *name;
    enum sim_fault (*run)(struct sim_call *call);
};

/* Fills in values of an instance that was read from the tables. */
struct sim_reader {
    const char *class;
    void (*read)(const struct sim_device *device, struct sim_instance *instance);
};

/* A Put, a Create or a Delete in progress. */
struct sim_change {
    struct sim_device *device;
    const struct sim_instance *instance; /* as it is before; of a Create: NULL */
    const struct wsman_xml *element;     /* the new one; of a Delete: NULL */
    uint64_t now_ms;
    struct arena *arena;
    const struct sim_personality_instance *created; /* out, of a Create */
};

/* Each member may be NULL. A fault of `put` or `delete` prevents the change. */
struct sim_guard {
    const char *class;
    enum sim_fault (*put)(struct sim_change *change);
    enum sim_fault (*create)(struct sim_change *change);
    enum sim_fault (*delete)(struct sim_change *change);
    void (*changed)(struct sim_change *change); /* after a Put or a Delete */
    bool put_answers_empty;                     /* the answer to a Put has no instance in it */
};

/* Each array is ended by .class NULL; or is NULL. */
struct sim_capability {
    const struct sim_method *methods;
    const struct sim_reader *readers;
    const struct sim_guard *guards;
};

/* Ended by NULL. */
extern const struct sim_capability *const sim_capabilities[];

extern const struct sim_capability sim_accounts, sim_agents, sim_defense, sim_alarms, sim_audit_log,
    sim_audit_policy, sim_boots, sim_certificates, sim_consents, sim_host_setups, sim_message_log,
    sim_network, sim_policies, sim_redirection, sim_remote_access, sim_time, sim_setups, sim_tls,
    sim_wireless;

/* NULL when the class needs none. */
const struct sim_guard *sim_guard_find(const char *class);

/* ---- across capabilities ---- */

/* The firmware's clock, seconds since 1970. */
uint64_t sim_clock(const struct sim_device *device, uint64_t now_ms);

void sim_consent_tick(struct sim_device *device, uint64_t now_ms);
void sim_alarm_tick(struct sim_device *device, uint64_t now_ms);

/* Computes again when the next alarm after now rings: the alarms or the clock have changed. */
void sim_alarm_plan(struct sim_device *device, uint64_t now_ms);

/* True when the user must consent to what the caller wants to do and has not. */
bool sim_consent_missing(const struct sim_device *device);

/* The same for a look at the screen, to which the user may have to consent even if to nothing else.
 */
bool sim_consent_missing_for_screen(const struct sim_device *device);

/* A redirection session has begun or ended (spec device-protocols 6.5). */
void sim_consent_session(struct sim_device *device, bool begins, uint64_t now_ms);

/* True when the user must consent to this kind of redirection and has not. */
bool sim_session_lacks_consent(const struct sim_device *device, unsigned kind);

/* AMT_RedirectionService.ListenerEnabled. */
bool sim_session_ports_open(const struct sim_device *device);

/* Whether this kind of redirection is switched on. */
bool sim_session_enabled(const struct sim_device *device, unsigned kind);

/* One session of a kind at a time: reserved at its start, begun when the password is proved. */
bool sim_session_reserve(struct sim_device *device, unsigned kind);
void sim_session_release(struct sim_device *device, unsigned kind);
void sim_session_begin(struct sim_device *device, unsigned kind, uint64_t now_ms);
void sim_session_end(struct sim_device *device, unsigned kind, uint64_t now_ms);
bool sim_session_is_terminated(const struct sim_device *device, unsigned kind);

/* The host's firmware runs: it uses the boot options and clears them. `reason` is a literal. */
void sim_boot_host(struct sim_device *device, const char *reason, uint64_t now_ms);

/* Forgets boot options that were set and not used. */
void sim_boot_clear(struct sim_device *device);

/* The host has booted: its firmware reports progress. */
void sim_message_log_boot(struct sim_device *device, uint64_t now_ms);

/* Passwords were wrong `times` times. */
void sim_message_log_attack(struct sim_device *device, unsigned times, uint64_t now_ms);

/* Notes an event of spec mps A.3 with its extended data, of which SIM_DETAIL_MOST bytes are kept.
 */
void sim_audit(struct sim_device *device, unsigned app, unsigned event, struct slice detail,
               uint64_t now_ms);

/* Whether the policy wants this event in the log. */
bool sim_audit_wants(const struct sim_device *device, unsigned app, unsigned event);

/* Appends all records as ReadRecords shows them; returns how many. Times in seconds, 0 for none. */
size_t sim_audit_write(const struct sim_device *device, struct buffer *out, uint32_t *first,
                       uint32_t *last);
bool sim_audit_is_locked(const struct sim_device *device, uint64_t now_ms);
void sim_audit_tick(struct sim_device *device, uint64_t now_ms);
void sim_audit_forget_key(struct sim_device *device);

/* Everything that a set-up made is gone: certificates, profiles, alarms, accounts, servers. */
void sim_unprovision_wipe(struct sim_device *device);

/* Watchdogs of agents on the host: what is due, when it is, and that the host has booted. */
void sim_agent_tick(struct sim_device *device, uint64_t now_ms);
uint64_t sim_agent_due(const struct sim_device *device);
void sim_agent_boot(struct sim_device *device, uint64_t now_ms);

/* The watchdog of this agent went to another state. */
void sim_message_log_agent(struct sim_device *device, struct slice id, unsigned state,
                           uint64_t now_ms);

/* Gives the radio back to the host when its time has come. */
void sim_link_tick(struct sim_device *device, uint64_t now_ms);

/* True when TLS, CIRA, 802.1X or Wi-Fi refers to this certificate or key. */
bool sim_is_referred_to(const struct sim_device *device, struct slice reference);

#endif
