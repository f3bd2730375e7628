#include "sim/report.h"

#include <stdio.h>

void sim_report_boot(const struct sim_device *device)
{
    char guid[GUID_TEXT_SIZE];
    fprintf(stderr, "booted guid=%s to=%s\n", guid_format(&device->guid, guid), device->boot.to);
}

void sim_report_code(const struct sim_device *device)
{
    char guid[GUID_TEXT_SIZE];
    fprintf(stderr, "consent code shown guid=%s code=%06u\n", guid_format(&device->guid, guid),
            (unsigned)device->consent.code);
}
