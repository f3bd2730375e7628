/* KVM settings of AMT 16. */
#include "sim/tables/tables.h"

static const struct sim_personality_value ips_kvmredirection_setting_data[] = {
    {"BackToBackFbMode", "false"},
    {"DefaultScreen", "1"},
    {"DoubleBufferActive", "false"},
    {"DoubleBufferEnabled", "true"},
    {"ElementName", "Intel(r) KVM Redirection Settings"},
    {"EnabledByMEBx", "true"},
    {"GrayscalePixelFormatSupported", "true"},
    {"InitialDecimationModeForLowRes", "2"},
    {"InstanceID", "Intel(r) KVM Redirection Settings"},
    {"Is5900PortEnabled", "false"},
    {"OptInPolicy", "false"},
    {"RFBPassword", ""},
    {"SessionTimeout", "3"},
    {"ZlibControlSupported", "true"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_kvm_16[] = {
    {"IPS_KVMRedirectionSettingData", ips_kvmredirection_setting_data},
    {NULL, NULL},
};
