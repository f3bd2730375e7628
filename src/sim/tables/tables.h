/*
 * Tables of instances by capability; a personality (personality.h) lists those that it has. An
 * entry without values says that the class exists and starts without an instance. The values are
 * facts about real machines (spec device-classes 3). Constant data; any thread.
 */
#ifndef SIM_TABLES_TABLES_H
#define SIM_TABLES_TABLES_H

#include "sim/personality.h"

/* Each is ended by .class NULL. */
#define SIM_TABLE(name) extern const struct sim_personality_instance sim_table_##name[]
SIM_TABLE(agents);
SIM_TABLE(alarms);
SIM_TABLE(base);
SIM_TABLE(boot);
SIM_TABLE(boot_options);
SIM_TABLE(boot_recovery);
SIM_TABLE(browser);
SIM_TABLE(certificates);
SIM_TABLE(defense);
SIM_TABLE(events);
SIM_TABLE(host);
SIM_TABLE(ips_network);
SIM_TABLE(kvm_12);
SIM_TABLE(kvm_16);
SIM_TABLE(logs);
SIM_TABLE(nuc12);
SIM_TABLE(nuc9);
SIM_TABLE(parts);
SIM_TABLE(policies);
SIM_TABLE(proxy);
SIM_TABLE(remote_access);
SIM_TABLE(screens);
SIM_TABLE(setup);
SIM_TABLE(tls);
SIM_TABLE(tls_only);
SIM_TABLE(wired_8021x);
SIM_TABLE(wireless);

/* Those that every firmware has; a personality need not list them. Ended by NULL. */
extern const struct sim_personality_instance *const sim_tables_of_all[];

#endif
