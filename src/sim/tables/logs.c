/* The event log and the audit log; their records are in the model. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_audit_log[] = {
    {"AuditState", "16"},
    {"CurrentNumberOfRecords", "162"},
    {"ElementName", "Intel(r) AMT Audit Log"},
    {"EnabledState", "2"},
    {"MaxAllowedAuditors", "1"},
    {"MaxNumberOfRecords", "0"},
    {"Name", "Intel(r) AMT:Audit Log"},
    {"OverwritePolicy", "2"},
    {"PercentageFree", "92"},
    {"RequestedState", "2"},
    {"StoragePolicy", "1"},
    {"TimeOfLastRecord", "2024-01-03T00:45:41Z"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_message_log[] = {
    {"Capabilities", "5"},
    {"Capabilities", "6"},
    {"Capabilities", "8"},
    {"Capabilities", "7"},
    {"CharacterSet", "10"},
    {"CreationClassName", "AMT_MessageLog"},
    {"CurrentNumberOfRecords", "390"},
    {"ElementName", "Intel(r) AMT:MessageLog 1"},
    {"EnabledDefault", "2"},
    {"EnabledState", "2"},
    {"HealthState", "5"},
    {"IsFrozen", "false"},
    {"LastChange", "0"},
    {"LogState", "4"},
    {"MaxLogSize", "0"},
    {"MaxNumberOfRecords", "390"},
    {"MaxRecordSize", "21"},
    {"Name", "Intel(r) AMT:MessageLog 1"},
    {"OperationalStatus", "2"},
    {"OverwritePolicy", "2"},
    {"PercentageNearFull", "100"},
    {"RequestedState", "12"},
    {"SizeOfHeader", "0"},
    {"SizeOfRecordHeader", "0"},
    {"Status", "OK"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_logs[] = {
    {"AMT_AuditLog", amt_audit_log},
    {"AMT_MessageLog", amt_message_log},
    {NULL, NULL},
};
