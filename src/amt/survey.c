#include "amt/survey.h"

#include "amt/reading.h"

static const struct {
    const struct wsman_class *class;
    bool enumerate;
} classes[] = {
    {&wsman_CIM_SoftwareIdentity, true},
    {&wsman_AMT_SetupAndConfigurationService, false},
    {&wsman_AMT_GeneralSettings, false},
    {&wsman_CIM_ServiceAvailableToElement, true}, /* the power state */
    {&wsman_IPS_PowerManagementService, false},
    {&wsman_CIM_Chassis, false},
    {&wsman_CIM_ComputerSystemPackage, false},
    {&wsman_CIM_BIOSElement, false},
    {&wsman_CIM_Chip, true},
    {&wsman_CIM_Processor, true},
    {&wsman_CIM_PhysicalMemory, true},
    {&wsman_CIM_MediaAccessDevice, true},
    {&wsman_AMT_EthernetPortSettings, true},
    {&wsman_AMT_RedirectionService, false},
    {&wsman_IPS_OptInService, false},
    {&wsman_CIM_KVMRedirectionSAP, false},
    {&wsman_CIM_BootService, false},
    {&wsman_AMT_TLSSettingData, true},
};

#define CLASSES (sizeof classes / sizeof classes[0])

bool amt_survey(struct amt *amt, struct arena *arena, size_t *read, struct error *err)
{
    struct amt_reading *readings = arena_array(arena, CLASSES, sizeof *readings);
    for (size_t i = 0; i < CLASSES; i++)
        readings[i] = (struct amt_reading){.target = {.class = classes[i].class},
                                           .enumerate = classes[i].enumerate,
                                           .tolerant = true};
    *read = 0;
    if (!amt_read(amt, arena, readings, CLASSES, err))
        return false;
    for (size_t i = 0; i < CLASSES; i++)
        *read += readings[i].ok ? 1 : 0;
    if (*read == 0 && err != NULL)
        *err = readings[0].err;
    return *read > 0;
}
