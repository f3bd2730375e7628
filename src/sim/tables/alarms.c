/* The alarm clock; alarms themselves are in the model. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_alarm_clock_service[] = {
    {"CreationClassName", "AMT_AlarmClockService"},
    {"ElementName", "Intel(r) AMT Alarm Clock Service"},
    {"Name", "Intel(r) AMT Alarm Clock Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_alarms[] = {
    {"AMT_AlarmClockService", amt_alarm_clock_service},
    {"IPS_AlarmClockOccurrence", NULL},
    {NULL, NULL},
};
