/* Fan and sensor. */
#include "sim/tables/tables.h"

static const struct sim_personality_value cim_fan[] = {
    {"ActiveCooling", "true"},
    {"CreationClassName", "CIM_Fan"},
    {"DesiredSpeed", "0"},
    {"DeviceID", "Fan 0"},
    {"ElementName", "Fan"},
    {"EnabledState", "5"},
    {"HealthState", "5"},
    {"OperationalStatus", "2"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {"VariableSpeed", "false"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_sensor[] = {
    {"CreationClassName", "CIM_Sensor"},
    {"CurrentState", "Unknown"},
    {"DeviceID", "Sensor 1"},
    {"ElementName", "Sensor"},
    {"EnabledState", "5"},
    {"HealthState", "5"},
    {"OperationalStatus", "2"},
    {"PossibleStates", "Bad"},
    {"PossibleStates", "Good"},
    {"PossibleStates", "Unknown"},
    {"RequestedState", "12"},
    {"SensorType", "0"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_parts[] = {
    {"CIM_Fan", cim_fan},
    {"CIM_Sensor", cim_sensor},
    {NULL, NULL},
};
