/*
 * What a machine can be told to boot from: CIM_BootSourceSetting (spec mps 1.11, 2.4; device-
 * protocols 6.3). Pure, but for reading them: over struct amt, on a fiber.
 */
#ifndef AMT_BOOT_SOURCE_H
#define AMT_BOOT_SOURCE_H

#include "amt/amt.h"

#define AMT_BOOT_SOURCE_CD         "Intel(r) AMT: Force CD/DVD Boot"
#define AMT_BOOT_SOURCE_DIAGNOSTIC "Intel(r) AMT: Force Diagnostic Boot"
#define AMT_BOOT_SOURCE_HTTPS      "Intel(r) AMT: Force OCR UEFI HTTPS Boot"
#define AMT_BOOT_SOURCE_PXE        "Intel(r) AMT: Force PXE Boot"

/* An entry of One-Click Recovery on the disk. */
enum amt_boot_option { AMT_BOOT_OPTION_WINRE, AMT_BOOT_OPTION_PBA };

/* All sources, in the device's order. */
bool amt_boot_source_list(struct amt *amt, struct arena *arena, struct amt_items *sources,
                          struct error *err);

/* The first whose InstanceID starts with `id`; NULL when there is none. */
const struct wsman_xml *amt_boot_source_find(const struct amt_items *sources, const char *id);

/* The first recovery entry of that kind; NULL when there is none. */
const struct wsman_xml *amt_boot_source_find_option(const struct amt_items *sources,
                                                    enum amt_boot_option option);

/* The one whose BootString is `path`; NULL when there is none. */
const struct wsman_xml *amt_boot_source_find_path(const struct amt_items *sources,
                                                  struct slice path);

#endif
