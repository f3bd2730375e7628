#include "sim/realm.h"

#include <string.h>

#define BIT(realm) (1u << (realm))

static const struct rule {
    const char *prefix; /* of class names; the first that fits counts */
    uint32_t reads;     /* one of these realms … */
    uint32_t changes;
} rules[] = {
    {"AMT_Audit", BIT(SIM_REALM_AUDIT), BIT(SIM_REALM_AUDIT)},
    {"AMT_Authorization", BIT(SIM_REALM_ACL) | BIT(SIM_REALM_ADMIN),
     BIT(SIM_REALM_ACL) | BIT(SIM_REALM_ADMIN)},
    /* reading an event log is a method call */
    {"AMT_MessageLog", BIT(SIM_REALM_EVENT_READER) | BIT(SIM_REALM_EVENT_MANAGER),
     BIT(SIM_REALM_EVENT_READER) | BIT(SIM_REALM_EVENT_MANAGER)},
    {"CIM_Filter", BIT(SIM_REALM_EVENT_MANAGER), BIT(SIM_REALM_EVENT_MANAGER)},
    {"AMT_TimeSynchronization", UINT32_MAX, BIT(SIM_REALM_NETWORK_TIME)},
    {"AMT_Redirection", UINT32_MAX, BIT(SIM_REALM_REDIRECTION)},
    {"CIM_KVMRedirection", UINT32_MAX, BIT(SIM_REALM_REDIRECTION)},
    {"IPS_KVMRedirection", UINT32_MAX, BIT(SIM_REALM_REDIRECTION)},
    {"IPS_OptInService", UINT32_MAX, BIT(SIM_REALM_REDIRECTION) | BIT(SIM_REALM_REMOTE_CONTROL)},
    {"CIM_PowerManagement", UINT32_MAX, BIT(SIM_REALM_REMOTE_CONTROL)},
    {"IPS_PowerManagement", UINT32_MAX, BIT(SIM_REALM_REMOTE_CONTROL)},
    {"AMT_Boot", UINT32_MAX, BIT(SIM_REALM_REMOTE_CONTROL)},
    {"CIM_Boot", UINT32_MAX, BIT(SIM_REALM_REMOTE_CONTROL)},
    {"AMT_Asset", BIT(SIM_REALM_ASSET), BIT(SIM_REALM_ASSET)},
    {"CIM_Physical", BIT(SIM_REALM_ASSET), BIT(SIM_REALM_ASSET)},
    {"AMT_AgentPresence", BIT(SIM_REALM_AGENT_LOCAL) | BIT(SIM_REALM_AGENT_REMOTE),
     BIT(SIM_REALM_AGENT_LOCAL) | BIT(SIM_REALM_AGENT_REMOTE)},
    {"AMT_SystemDefense", BIT(SIM_REALM_CIRCUIT_BREAKER), BIT(SIM_REALM_CIRCUIT_BREAKER)},
    {"AMT_NetworkPortSystemDefense", BIT(SIM_REALM_CIRCUIT_BREAKER),
     BIT(SIM_REALM_CIRCUIT_BREAKER)},
    {"AMT_IPHeadersFilter", BIT(SIM_REALM_CIRCUIT_BREAKER), BIT(SIM_REALM_CIRCUIT_BREAKER)},
    {"AMT_Hdr8021Filter", BIT(SIM_REALM_CIRCUIT_BREAKER), BIT(SIM_REALM_CIRCUIT_BREAKER)},
    {"", UINT32_MAX, 0},
};

bool sim_realm_allows(const struct sim_caller *caller, const struct wsman_class *class,
                      bool changes)
{
    const struct rule *rule = rules;
    if (caller->local && changes)
        return strcmp(class->name, "IPS_HostBasedSetupService") == 0 ||
               strcmp(class->name, "AMT_SetupAndConfigurationService") == 0;
    while (strncmp(class->name, rule->prefix, strlen(rule->prefix)) != 0)
        rule++;
    uint32_t needed = changes ? rule->changes : rule->reads;
    if (needed != BIT(SIM_REALM_AUDIT))
        needed |= BIT(SIM_REALM_ADMIN);
    return (caller->realms & needed) != 0;
}
