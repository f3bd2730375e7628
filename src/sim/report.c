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

void sim_report_loaded(const struct sim_device *device, bool cd, const char *why)
{
    char guid[GUID_TEXT_SIZE];
    fprintf(stderr, "ider boot guid=%s drive=%s %s%s\n", guid_format(&device->guid, guid),
            cd ? "cd" : "floppy", why == NULL ? "done" : "failed: ", why == NULL ? "" : why);
}

void sim_report_verified(const struct sim_device *device, uint64_t bytes, uint64_t ms,
                         const char *sha256)
{
    char guid[GUID_TEXT_SIZE];
    fprintf(stderr, "ider read guid=%s bytes=%llu ms=%llu sha256=%s\n",
            guid_format(&device->guid, guid), (unsigned long long)bytes, (unsigned long long)ms,
            sha256);
}
