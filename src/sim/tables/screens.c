/* Screens as one with a single display shows them. */
#include "sim/tables/tables.h"

static const struct sim_personality_value cim_redirection_service[] = {
    {"CreationClassName", "CIM_RedirectionService"},
    {"ElementName", "Intel(r) ME KVM Redirection Service"},
    {"EnabledState", "3"},
    {"MaxCurrentEnabledSAPs", "1"},
    {"Name", "Intel(r) AMT KVM Redirection Service"},
    {"RedirectionServiceType", "3"},
    {"RequestedState", "12"},
    {"SharingMode", "3"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_screen_setting_data[] = {
    {"ElementName", "Intel(r) Screen Settings"},
    {"InstanceID", "Intel(r) Screen Settings"},
    {"IsActive", "true"},
    {"IsActive", "false"},
    {"IsActive", "false"},
    {"IsActive", "false"},
    {"PrimaryIndex", "0"},
    {"QuadraryIndex", "3"},
    {"ResolutionX", "1920"},
    {"ResolutionX", "0"},
    {"ResolutionX", "0"},
    {"ResolutionX", "0"},
    {"ResolutionY", "1080"},
    {"ResolutionY", "0"},
    {"ResolutionY", "0"},
    {"ResolutionY", "0"},
    {"SecondaryIndex", "1"},
    {"TertiaryIndex", "2"},
    {"UpperLeftX", "0"},
    {"UpperLeftX", "-1"},
    {"UpperLeftX", "-1"},
    {"UpperLeftX", "-1"},
    {"UpperLeftY", "0"},
    {"UpperLeftY", "-1"},
    {"UpperLeftY", "-1"},
    {"UpperLeftY", "-1"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_sec_ioservice[] = {
    {"CreationClassName", "IPS_SecIOService"},
    {"DefaultScreen", "1"},
    {"EnabledState", "2"},
    {"Name", "SecIO"},
    {"RequestedLanguage", "2"},
    {"Started", "true"},
    {"Status", "OK"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {"language", "1"},
    {"zoom", "65535"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_screens[] = {
    {"CIM_RedirectionService", cim_redirection_service},
    {"IPS_ScreenSettingData", ips_screen_setting_data},
    {"IPS_SecIOService", ips_sec_ioservice},
    {NULL, NULL},
};
