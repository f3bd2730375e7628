/*
 * What a device's answers say about it, for the inventory (store/inventory.h). Every instance that
 * any conversation brings passes here (amt_carrier.learned), whichever route or job asked for it:
 * so the inventory costs no request of its own, and nobody who reads a device has to think of it.
 *
 * The sections of the document and their facts; the classes they come from are in inventory.c:
 *
 *   firmware   version, build, sku (texts), features ("AMT Pro Corporate")
 *   setup      controlMode ("acm", "ccm", "none"), provisioningMode, provisioningState
 *   general    hostName, domainName
 *   system     manufacturer, model, serialNumber, version, uuid
 *   bios       vendor, version, releaseDate
 *   processor  model, count, maxClockMHz
 *   memory     totalMB, modules [{bank, sizeMB, speedMHz, manufacturer, partNumber, serialNumber}]
 *   storage    disks [{id, sizeMB}]
 *   wired, wireless   mac, ip, linkUp, dhcp
 *   power      state (DMTF), osPowerSavingState
 *   features   userConsent ("none", "kvm", "all"), redirection, kvm, sol, ider, ocr, tls
 *   deviceInfo the same by the toolkit's names (spec mps 1.8)
 *
 * A device decides what these say: texts are cut, lists bounded, numbers checked.
 */
#ifndef MPS_INVENTORY_H
#define MPS_INVENTORY_H

#include "core/guid.h"
#include "wsman/catalogue.h"
#include "wsman/xml.h"

#include <jansson.h>

struct store;

/* Notes what the instances say. `whole`: they are all that the device has of the class. Never
 * waits; any thread. */
void mps_inventory_learn(struct store *store, const struct guid *guid, const char *tenant,
                         const struct wsman_class *class, const struct wsman_xml *const *instances,
                         size_t count, bool whole);

/* The sections that the instances give, owned by the caller; NULL when they say nothing that the
 * inventory keeps. Pure; for the tests. */
json_t *mps_inventory_sections(const struct wsman_class *class,
                               const struct wsman_xml *const *instances, size_t count, bool whole);

#endif
