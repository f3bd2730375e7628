/*
 * The command lines of amtsim's commands: one table of options that parsing and help
 * derive from. Values come from the command line, then (passwords) from files and the environment.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "core/error.h"
#include "core/guid.h"
#include "io/tls.h"
#include "sim/chain.h"
#include "sim/device.h"
#include "sim/key_pool.h"
#include "sim/mei_fault.h"
#include "sim/mischief.h"
#include "sim/personality.h"

#include <stdio.h>

enum sim_split { SIM_SPLIT_NONE, SIM_SPLIT_BYTES, SIM_SPLIT_RANDOM };

enum sim_command {
    SIM_COMMAND_FLEET = 1,
    SIM_COMMAND_LAN = 2,
    SIM_COMMAND_AGENT = 4,
    SIM_COMMAND_MEI = 8,
};

/* What `amtsim agent` asks the server for. */
enum sim_errand { SIM_ERRAND_ACTIVATE, SIM_ERRAND_DEACTIVATE, SIM_ERRAND_MAINTAIN };

struct sim_options {
    const char *server; /* HOST:PORT; NULL: only enrol */
    uint32_t count;
    uint32_t rate; /* new connections per second */
    const char *user;
    char *password; /* heap; NULL: derived per device */
    char *amt_password;
    struct guid guid_base;
    const struct sim_personality *personality; /* NULL: in turn … */
    size_t personality_count;                  /* … the first ones of personality.h */
    uint64_t seed;
    const char *enroll;
    const char *stats_file;
    uint32_t storm;
    uint32_t storm_rate; /* 0: as fast as it goes */
    uint32_t probe;
    uint32_t duration_s; /* 0: until a signal */
    uint32_t keepalive_s;
    uint32_t latency_ms;
    uint32_t power_delay_ms;
    uint32_t boot_time_ms;
    uint16_t screen_width, screen_height;
    uint32_t screens;
    enum io_tls_version tls;
    const char *ca; /* NULL: any certificate is accepted */
    uint32_t redial_s[8];
    size_t redial_count;
    bool json;
    bool close_each;
    bool strict_count;
    bool client_mode;
    bool no_agent;
    bool sessions_block_power;
    bool ignore_keepalive_options;
    bool drop_on_power;
    uint32_t drop_redial_s; /* 0: 5 to 30 */
    double drop, corrupt;   /* shares of messages */
    uint32_t delay_ms;
    enum sim_split split;
    bool coalesce;
    struct sim_mischief *mischief; /* heap; NULL: none */
    const char *certificate;       /* PEM files of the devices' TLS; NULL: each makes its own */
    const char *key;
    const char *bind; /* of the LAN: address of the first device; the others follow */
    uint16_t ports; /* … of plain HTTP, HTTPS and the two of redirection, one after the other; 0:
                       chosen by the system */
    uint32_t sessions; /* HTTP connections of one device served at once */
    uint32_t idle_s;
    struct sim_drive_habits drives;
    struct sim_line line;

    /* Set-up of the devices (provisioning.h) */
    bool unprovisioned;
    char *local_password; /* heap; NULL: derived per device */
    const char *dns_suffix, *trusted_dns_suffix;
    struct sim_root_hash trusted_roots[8];
    size_t trusted_root_count;
    bool only_trusted_roots;
    struct sim_root_hash start_client; /* algorithm 0: none */
    bool no_zero_touch;
    bool mebx_stays;
    bool curves;
    uint32_t setup_delay_ms;
    uint32_t signature_lock_s;
    uint32_t drop_after;
    bool keys_fast;
    const char *keys_from;         /* PEM file of such keys; NULL: made when needed */
    struct sim_key_pool *key_pool; /* of keys_fast */
    uint32_t clock_ahead_s, clock_behind_s;
    const char *cira_via; /* address that servers are dialled at, whatever their names */
    bool redial_given;

    /* The agent (agents.h) */
    const char *url, *profile;
    enum sim_errand errand;
    const char *task;     /* of maintenance, with its word after a blank */
    char *given_password; /* heap; what the agent says; NULL: amt_password */
    const char *token_file;
    const char *state_file;
    const char *plan; /* what goes wrong with which machine (plan.h); NULL: `mischief` for all */
    const char *tenant;
    bool force, tls_tunnel, progress, insecure_server, once, trace;
    uint32_t mode;    /* of the devices at the start: 0, 1, 2; 3: by the errand */
    uint32_t at_once; /* machines whose errands run side by side; 0: all */
    uint32_t timeout_s;
    uint32_t answer_ms;
    bool lie_uuid;
    uint32_t hang_after, close_after, late, late_ms, garbage; /* numbers of messages; 0: never */

    /* The machine around a command (mei.h) */
    char **command;     /* borrowed of argv, ended by NULL */
    bool stay;          /* after the command's end, until a signal */
    bool loopback_only; /* servers elsewhere are not called */
    bool activated;     /* at the start, unless there is a state */
    uint32_t mei_delay_ms;
    struct sim_port_facts port_facts[2];
    uint16_t lms_ports; /* the plain one, TLS is the next; 0: no LMS */
    struct sim_mei_faults mei_faults;
};

/* Reads argv[1…] (argv[0] is the command). Passwords on the command line are overwritten there.
 * False with ERROR_INVALID: `err` says which option and why. */
bool sim_options_read(struct sim_options *options, enum sim_command command, int argc, char **argv,
                      struct error *err);

/* Wipes the passwords and frees what belongs to the options. */
void sim_options_fini(struct sim_options *options);

void sim_options_help(enum sim_command command, FILE *to);
void sim_options_help_common(FILE *to);

#endif
