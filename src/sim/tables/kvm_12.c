/* KVM settings of AMT 12. */
#include "sim/tables/tables.h"

static const struct sim_personality_value ips_kvmredirection_setting_data[] = {
    {"BackToBackFbMode", "false"},
    {"DefaultScreen", "0"},
    {"ElementName", "Intel(r) KVM Redirection Settings"},
    {"EnabledByMEBx", "true"},
    {"InstanceID", "Intel(r) KVM Redirection Settings"},
    {"Is5900PortEnabled", "false"},
    {"OptInPolicy", "true"},
    {"OptInPolicyTimeout", "300"},
    {"RFBPassword", ""},
    {"SessionTimeout", "3"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_kvm_12[] = {
    {"IPS_KVMRedirectionSettingData", ips_kvmredirection_setting_data},
    {NULL, NULL},
};
