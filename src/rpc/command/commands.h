/* The commands by name, each defined in a file of its own; listed in commands.c in the order of the
 * help. */
#ifndef RPC_COMMAND_COMMANDS_H
#define RPC_COMMAND_COMMANDS_H

#include "rpc/line/command.h"

extern const struct rpc_command rpc_amtinfo;
extern const struct rpc_command rpc_activate;
extern const struct rpc_command rpc_deactivate;
extern const struct rpc_command rpc_configure_amt_password;
extern const struct rpc_command rpc_configure_mebx;
extern const struct rpc_command rpc_configure_amt_features;
extern const struct rpc_command rpc_configure_enable_amt;
extern const struct rpc_command rpc_configure_disable_amt;
extern const struct rpc_command rpc_configure_wired;
extern const struct rpc_command rpc_configure_wireless;
extern const struct rpc_command rpc_configure_wifi_sync;
extern const struct rpc_command rpc_configure_tls;
extern const struct rpc_command rpc_configure_cira;
extern const struct rpc_command rpc_configure_proxy;
extern const struct rpc_command rpc_configure_sync_clock;
extern const struct rpc_command rpc_configure_hostname;
extern const struct rpc_command rpc_maintenance_syncclock;
extern const struct rpc_command rpc_maintenance_synchostname;
extern const struct rpc_command rpc_maintenance_syncip;
extern const struct rpc_command rpc_maintenance_changepassword;
extern const struct rpc_command rpc_maintenance_syncdeviceinfo;
extern const struct rpc_command rpc_diagnostics_cira;
extern const struct rpc_command rpc_diagnostics_csme;
extern const struct rpc_command rpc_diagnostics_wsman_list;
extern const struct rpc_command rpc_diagnostics_wsman_get;
extern const struct rpc_command rpc_diagnostics_bundle;
extern const struct rpc_command rpc_diagnostics_pthi;
extern const struct rpc_command rpc_doctor;
extern const struct rpc_command rpc_lms;
extern const struct rpc_command rpc_power;
extern const struct rpc_command rpc_cira_status;
extern const struct rpc_command rpc_cira_connect;
extern const struct rpc_command rpc_cira_disconnect;
extern const struct rpc_command rpc_events;
extern const struct rpc_command rpc_audit;
extern const struct rpc_command rpc_consent_show;
extern const struct rpc_command rpc_consent_start;
extern const struct rpc_command rpc_consent_send;
extern const struct rpc_command rpc_consent_cancel;
extern const struct rpc_command rpc_alarm_list;
extern const struct rpc_command rpc_alarm_add;
extern const struct rpc_command rpc_alarm_delete;
extern const struct rpc_command rpc_version;
extern const struct rpc_command rpc_commands_command;

#endif
