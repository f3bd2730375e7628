/* The watchdogs of agents on the host; there is none until a client makes one. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_agent_presence_capabilities[] = {
    {"ElementName", "Intel(r) AMT:Agent Presence Capabilities"},
    {"InstanceID", "Intel(r) AMT:Agent Presence Capabilities"},
    {"MaxEacAgents", "0"},
    {"MaxTotalActions", "128"},
    {"MaxTotalAgents", "16"},
    {"MinGuaranteedActionListSize", "8"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_agents[] = {
    {"AMT_AgentPresenceCapabilities", amt_agent_presence_capabilities},
    {"AMT_AgentPresenceWatchdog", NULL},
    {"AMT_AgentPresenceWatchdogAction", NULL},
    {"AMT_StateTransitionCondition", NULL},
    {NULL, NULL},
};
