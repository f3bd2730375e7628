#include "amt/hardware.h"

static const struct {
    const struct wsman_class *class;
    bool enumerate;
} sources[AMT_HARDWARE_PARTS] = {
    [AMT_HARDWARE_SYSTEM_PACKAGE] = {&wsman_CIM_ComputerSystemPackage, false},
    [AMT_HARDWARE_SYSTEM_PACKAGING] = {&wsman_CIM_SystemPackaging, true},
    [AMT_HARDWARE_CHASSIS] = {&wsman_CIM_Chassis, false},
    [AMT_HARDWARE_CHIP] = {&wsman_CIM_Chip, true},
    [AMT_HARDWARE_CARD] = {&wsman_CIM_Card, false},
    [AMT_HARDWARE_BIOS] = {&wsman_CIM_BIOSElement, false},
    [AMT_HARDWARE_PROCESSOR] = {&wsman_CIM_Processor, true},
    [AMT_HARDWARE_MEMORY] = {&wsman_CIM_PhysicalMemory, true},
    [AMT_HARDWARE_MEDIA] = {&wsman_CIM_MediaAccessDevice, true},
    [AMT_HARDWARE_PACKAGE] = {&wsman_CIM_PhysicalPackage, true},
};

/* Reads the parts from `first` to `last`, which are neighbours in `hardware`. */
static bool read_parts(struct amt *amt, struct arena *arena, struct amt_hardware *hardware,
                       enum amt_hardware_part first, enum amt_hardware_part last, struct error *err)
{
    for (size_t i = first; i <= last; i++) {
        hardware->parts[i].target.class = sources[i].class;
        hardware->parts[i].enumerate = sources[i].enumerate;
        hardware->parts[i].tolerant = true;
    }
    if (!amt_read(amt, arena, &hardware->parts[first], (size_t)(last - first) + 1, err))
        return false;
    for (size_t i = first; i <= last; i++)
        if (hardware->parts[i].ok)
            return true;
    if (err != NULL)
        *err = hardware->parts[first].err;
    return false;
}

struct amt_hardware *amt_hardware_read(struct amt *amt, struct arena *arena, struct error *err)
{
    struct amt_hardware *hardware = arena_alloc(arena, sizeof *hardware);
    return read_parts(amt, arena, hardware, 0, AMT_HARDWARE_PARTS - 1, err) ? hardware : NULL;
}

struct amt_hardware *amt_hardware_read_disks(struct amt *amt, struct arena *arena,
                                             struct error *err)
{
    struct amt_hardware *hardware = arena_alloc(arena, sizeof *hardware);
    return read_parts(amt, arena, hardware, AMT_HARDWARE_MEDIA, AMT_HARDWARE_PACKAGE, err)
               ? hardware
               : NULL;
}
