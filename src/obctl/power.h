/* Power words and codes (DMTF CIM_PowerManagementService and the toolkit's codes from 100 on for
 * boots to something else). Tables only. */
#ifndef OBCTL_POWER_H
#define OBCTL_POWER_H

#include <stdint.h>

enum obctl_power_boot {
    OBCTL_BOOT_DISK,
    OBCTL_BOOT_BIOS,
    OBCTL_BOOT_PXE,
    OBCTL_BOOT_IDER_CD,
    OBCTL_BOOT_IDER_FLOPPY,
    OBCTL_BOOT_COUNT
};

/* The action code for "on", "off", "cycle", "reset", "sleep", "hibernate", "shutdown", "restart" or
 * "interrupt" with that boot source; 0 when they do not go
 * together. */
int obctl_power_action(const char *word, enum obctl_power_boot boot);

/* "on", "off (soft)" …; "unknown" for a state outside the table. */
const char *obctl_power_state_name(int64_t state);

#endif
