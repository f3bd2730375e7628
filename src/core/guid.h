/*
 * The GUID of a machine (SMBIOS type 1 UUID). Kept in the order in which it is printed; the wire
 * (APF, PTHI, PlatformGUID) has the first three groups little-endian, see spec device-protocols
 * 1.1. Plain value.
 */
#ifndef CORE_GUID_H
#define CORE_GUID_H

#include "core/slice.h"

#define GUID_TEXT_SIZE 37 /* 36 characters and the NUL */

struct guid {
    uint8_t bytes[16];
};

/* From the 16 raw SMBIOS bytes, first three groups swapped. */
struct guid guid_from_smbios(const uint8_t raw[16]);

/* To the 16 raw SMBIOS bytes. */
void guid_to_smbios(const struct guid *guid, uint8_t raw[16]);

/* Accepts 8-4-4-4-12 hexadecimal digits in either case with hyphens, nothing else. */
bool guid_parse(struct slice text, struct guid *guid);

/* Lower-case text with hyphens. Returns `text`. */
const char *guid_format(const struct guid *guid, char text[GUID_TEXT_SIZE]);

/* All zeros, all ones, or a template's: what boards say whose maker gave them none. */
bool guid_is_nobodys(const struct guid *guid);

bool guid_equal(const struct guid *a, const struct guid *b);

/* A version 4 GUID. */
struct guid guid_random(void);

#endif
