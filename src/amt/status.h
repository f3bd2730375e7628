/* Names of the return values of AMT's methods, by family (spec mps A.1, A.2; device-protocols
 * 5.4). amt_status_name of amt.h is the general one. Constant data, any thread. */
#ifndef AMT_STATUS_H
#define AMT_STATUS_H

#include "core/error.h"

#include <stdint.h>

/* Of RequestOSPowerSavingStateChange; "UNKNOWN_ERROR" for a code outside the table. */
const char *amt_status_os_name(int64_t return_value);

/* Of ChangeBootOrder and SetBootConfigRole, whose table ends at 6; the general name from there on.
 * "UNKNOWN_ERROR" for a code outside both. */
const char *amt_status_boot_name(int64_t return_value);

/* Of AddWiFiSettings and UpdateWiFiSettings; "UNKNOWN_ERROR" for a code outside the table. */
const char *amt_status_wifi_name(int64_t return_value);

/* What to do about a general return value, or what is behind it; NULL where its name says it. */
const char *amt_status_advice(int64_t return_value);

/* ERROR_DEVICE: the device refuses the method with this return value, by amt_status_name, and
 * amt_status_advice. */
bool amt_status_refuse(struct error *err, const char *method, int64_t return_value);

#endif
