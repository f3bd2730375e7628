#include "amt/status.h"

#include "amt/amt.h"

#include <inttypes.h>

struct status {
    int value;
    const char *name;
};

/* spec mps A.1, in rising order */
static const struct status general[] = {
    {0, "SUCCESS"},
    {1, "INTERNAL_ERROR"},
    {2, "NOT_READY"},
    {3, "INVALID_PT_MODE"},
    {4, "INVALID_MESSAGE_LENGTH"},
    {5, "TABLE_FINGERPRINT_NOT_AVAILABLE"},
    {6, "INTEGRITY_CHECK_FAILED"},
    {7, "UNSUPPORTED_ISVS_VERSION"},
    {8, "APPLICATION_NOT_REGISTERED"},
    {9, "INVALID_REGISTRATION_DATA"},
    {10, "APPLICATION_DOES_NOT_EXIST"},
    {11, "NOT_ENOUGH_STORAGE"},
    {12, "INVALID_NAME"},
    {13, "BLOCK_DOES_NOT_EXIST"},
    {14, "INVALID_BYTE_OFFSET"},
    {15, "INVALID_BYTE_COUNT"},
    {16, "NOT_PERMITTED"},
    {17, "NOT_OWNER"},
    {18, "BLOCK_LOCKED_BY_OTHER"},
    {19, "BLOCK_NOT_LOCKED"},
    {20, "INVALID_GROUP_PERMISSIONS"},
    {21, "GROUP_DOES_NOT_EXIST"},
    {22, "INVALID_MEMBER_COUNT"},
    {23, "MAX_LIMIT_REACHED"},
    {24, "INVALID_AUTH_TYPE"},
    {25, "AUTHENTICATION_FAILED"},
    {26, "INVALID_DHCP_MODE"},
    {27, "INVALID_IP_ADDRESS"},
    {28, "INVALID_DOMAIN_NAME"},
    {29, "UNSUPPORTED_VERSION"},
    {30, "REQUEST_UNEXPECTED"},
    {31, "INVALID_TABLE_TYPE"},
    {32, "INVALID_PROVISIONING_STATE"},
    {33, "UNSUPPORTED_OBJECT"},
    {34, "INVALID_TIME"},
    {35, "INVALID_INDEX"},
    {36, "INVALID_PARAMETER"},
    {37, "INVALID_NETMASK"},
    {38, "FLASH_WRITE_LIMIT_EXCEEDED"},
    {39, "INVALID_IMAGE_LENGTH"},
    {40, "INVALID_IMAGE_SIGNATURE"},
    {41, "PROPOSE_ANOTHER_VERSION"},
    {42, "INVALID_PID_FORMAT"},
    {43, "INVALID_PPS_FORMAT"},
    {44, "BIST_COMMAND_BLOCKED"},
    {45, "CONNECTION_FAILED"},
    {46, "CONNECTION_TOO_MANY"},
    {47, "RNG_GENERATION_IN_PROGRESS"},
    {48, "RNG_NOT_READY"},
    {49, "CERTIFICATE_NOT_READY"},
    {1024, "DISABLED_BY_POLICY"},
    {2048, "NETWORK_IF_ERROR_BASE"},
    {2049, "UNSUPPORTED_OEM_NUMBER"},
    {2050, "UNSUPPORTED_BOOT_OPTION"},
    {2051, "INVALID_COMMAND"},
    {2052, "INVALID_SPECIAL_COMMAND"},
    {2053, "INVALID_HANDLE"},
    {2054, "INVALID_PASSWORD"},
    {2055, "INVALID_REALM"},
    {2056, "STORAGE_ACL_ENTRY_IN_USE"},
    {2057, "DATA_MISSING"},
    {2058, "DUPLICATE"},
    {2059, "EVENTLOG_FROZEN"},
    {2060, "PKI_MISSING_KEYS"},
    {2061, "PKI_GENERATING_KEYS"},
    {2062, "INVALID_KEY"},
    {2063, "INVALID_CERT"},
    {2064, "CERT_KEY_NOT_MATCH"},
    {2065, "MAX_KERB_DOMAIN_REACHED"},
    {2066, "UNSUPPORTED"},
    {2067, "INVALID_PRIORITY"},
    {2068, "NOT_FOUND"},
    {2069, "INVALID_CREDENTIALS"},
    {2070, "INVALID_PASSPHRASE"},
    {2072, "NO_ASSOCIATION"},
    {2075, "AUDIT_FAIL"},
    {2076, "BLOCKING_COMPONENT"},
    {2081, "USER_CONSENT_REQUIRED"},
    {4096, "APP_INTERNAL_ERROR"},
    {4097, "NOT_INITIALIZED"},
    {4098, "LIB_VERSION_UNSUPPORTED"},
    {4099, "INVALID_PARAM"},
    {4100, "RESOURCES"},
    {4101, "HARDWARE_ACCESS_ERROR"},
    {4102, "REQUESTOR_NOT_REGISTERED"},
    {4103, "NETWORK_ERROR"},
    {4104, "PARAM_BUFFER_TOO_SHORT"},
    {4105, "COM_NOT_INITIALIZED_IN_THREAD"},
    {4106, "URL_REQUIRED"},
};

/* spec mps A.2 */
static const struct status os_power_saving[] = {
    {0, "COMPLETED_WITH_NO_ERROR"},
    {1, "NOT_SUPPORTED"},
    {2, "UNKNOWN_OR_UNSPECIFIED_ERROR"},
    {3, "CANNOT_COMPLETE_WITHIN_TIMEOUT_PERIOD"},
    {4, "FAILED"},
    {5, "INVALID_PARAMETER"},
    {6, "IN_USE"},
    {4096, "METHOD_PARAMETERS_CHECKED_JOB_STARTED"},
    {4097, "INVALID_STATE_TRANSITION"},
    {4098, "USE_OF_TIMEOUT_PARAMETER_NOT_SUPPORTED"},
    {4099, "BUSY"},
};

#define BOOT_FAMILY_END 7

/* spec device-protocols 5.4, the boot family */
static const struct status boot[] = {
    {0, "SUCCESS"},           {1, "NOT_SUPPORTED"},     {2, "UNKNOWN_ERROR"}, {3, "BUSY"},
    {4, "INVALID_REFERENCE"}, {5, "INVALID_PARAMETER"}, {6, "ACCESS_DENIED"},
};

/* spec device-protocols 5.4, Wi-Fi configuration */
static const struct status wifi[] = {
    {0, "SUCCESS"},           {1, "NOT_SUPPORTED"},     {2, "FAILED"},
    {3, "INVALID_PARAMETER"}, {4, "INVALID_REFERENCE"},
};

static const char *name_of(const struct status *table, size_t count, int64_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].value == value)
            return table[i].name;
    }
    return "UNKNOWN_ERROR";
}

#define NAME_OF(table, value) name_of(table, sizeof(table) / sizeof((table)[0]), value)

const char *amt_status_name(int64_t return_value)
{
    return NAME_OF(general, return_value);
}

const char *amt_status_os_name(int64_t return_value)
{
    return NAME_OF(os_power_saving, return_value);
}

const char *amt_status_boot_name(int64_t return_value)
{
    return return_value < BOOT_FAMILY_END ? NAME_OF(boot, return_value)
                                          : NAME_OF(general, return_value);
}

const char *amt_status_wifi_name(int64_t return_value)
{
    return NAME_OF(wifi, return_value);
}

/* In rising order. */
static const struct status advice[] = {
    {2, "it is not ready; try again in a few seconds"},
    {16, "the AMT account, or the device's control mode, does not allow it"},
    {23, "it has no room for another; remove one first"},
    {36, "it takes a value for invalid"},
    {38, "its flash takes no more changes for now; try again later"},
    {47, "it is still making keys; try again in a minute"},
    {48, "it is still making keys; try again in a minute"},
    {2057, "it misses something that belongs to this"},
    {2058, "it has that already"},
    {2061, "it is still making keys; try again in a minute"},
    {2063, "it cannot use this certificate; check its key size and signature"},
    {2064, "the certificate is for another key"},
    {2066, "its firmware does not support this"},
    {2076, "a part of it that is locked, such as the audit log, blocks this"},
};

const char *amt_status_advice(int64_t return_value)
{
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++) {
        if (advice[i].value == return_value)
            return advice[i].name;
    }
    return NULL;
}

bool amt_status_refuse(struct error *err, const char *method, int64_t return_value)
{
    const char *what = amt_status_advice(return_value);
    return error_set(err, ERROR_DEVICE, "the device refuses %s: %s (%" PRId64 ")%s%s", method,
                     amt_status_name(return_value), return_value, what == NULL ? "" : ": ",
                     what == NULL ? "" : what);
}
