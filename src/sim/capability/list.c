#include "sim/capability/capability.h"

#include <string.h>

const struct sim_capability *const sim_capabilities[] = {
    &sim_accounts,     &sim_agents,      &sim_defense,      &sim_alarms,        &sim_audit_log,
    &sim_audit_policy, &sim_boots,       &sim_certificates, &sim_consents,      &sim_message_log,
    &sim_network,      &sim_policies,    &sim_redirection,  &sim_remote_access, &sim_time,
    &sim_setups,       &sim_host_setups, &sim_tls,          &sim_wireless,      NULL,
};

const struct sim_guard *sim_guard_find(const char *class)
{
    for (const struct sim_capability *const *at = sim_capabilities; *at != NULL; at++) {
        for (const struct sim_guard *guard = (*at)->guards; guard != NULL && guard->class != NULL;
             guard++) {
            if (strcmp(guard->class, class) == 0)
                return guard;
        }
    }
    return NULL;
}
