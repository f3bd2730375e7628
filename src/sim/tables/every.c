/* What every firmware has, whatever its version. */
#include "sim/tables/tables.h"

const struct sim_personality_instance *const sim_tables_of_all[] = {
    sim_table_agents, sim_table_browser,  sim_table_defense,     sim_table_events,
    sim_table_host,   sim_table_policies, sim_table_wired_8021x, NULL,
};
