/*
 * How the values of amtsim's options are read: one function per kind, named in the table of
 * options.c. For that file only.
 */
#ifndef SIM_OPTION_VALUES_H
#define SIM_OPTION_VALUES_H

#include "sim/options.h"

#define SIM_GUID_BASE "51a70000-0000-4000-8000-000000000000"

/* Reads `text` into `field`, which may be wiped (text) and is part of the options. False with
 * ERROR_INVALID and a sentence about the value. */
typedef bool sim_read_value(struct sim_options *options, char *text, void *field,
                            struct error *err);

sim_read_value sim_value_text, sim_value_switch, sim_value_count, sim_value_ports, sim_value_screen,
    sim_value_screens, sim_value_seed, sim_value_share, sim_value_secret, sim_value_secret_file,
    sim_value_guid, sim_value_personality, sim_value_tls, sim_value_split, sim_value_line,
    sim_value_redial, sim_value_drop_on_power, sim_value_fault, sim_value_lose, sim_value_fail,
    sim_value_root, sim_value_client, sim_value_suffix, sim_value_mode, sim_value_deactivate,
    sim_value_task, sim_value_insecure, sim_value_activated, sim_value_mei_fault, sim_value_lms,
    sim_value_mac, sim_value_address;

#endif
