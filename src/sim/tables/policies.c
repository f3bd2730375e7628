/* What is audited, the web page, accounts in the terms of DMTF, and traces of the set-up. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_audit_policy_rule[] = {
    {"CreationClassName", "AMT_AuditPolicyRule"},
    {"ElementName", "Intel(r) AMT Audit Policy Rule"},
    {"PolicyRuleName", "Audit Policy Rule"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_web_uiservice[] = {
    {"CreationClassName", "AMT_WebUIService"},
    {"ElementName", "Intel(r) AMT Web UI Service"},
    {"Name", "Intel(r) AMT Web UI Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_account_management_service[] = {
    {"CreationClassName", "CIM_AccountManagementService"},
    {"ElementName", "Intel(r) AMT Account Management Service"},
    {"Name", "Intel(r) AMT Account Management Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_policies[] = {
    {"AMT_AuditPolicyRule", amt_audit_policy_rule},
    {"AMT_WebUIService", amt_web_uiservice},
    {"CIM_Account", NULL},
    {"CIM_AccountManagementService", cim_account_management_service},
    {"IPS_AdminProvisioningRecord", NULL},
    {"IPS_ClientProvisioningRecord", NULL},
    {"IPS_IderSessionUsingPort", NULL},
    {"IPS_KvmSessionUsingPort", NULL},
    {"IPS_SolSessionUsingPort", NULL},
    {NULL, NULL},
};
