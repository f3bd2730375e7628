#include "amt/event_record.h"

#include "core/cursor.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Sensor types that have a text. */
enum {
    SENSOR_AUTHENTICATION = 6,
    SENSOR_FIRMWARE = 15,
    SENSOR_WATCHDOG = 18,
    SENSOR_BOOT_MEDIA = 30,
    SENSOR_OS_LOCKUP = 32,
    SENSOR_BOOT_FAILURE = 35,
    SENSOR_FIRMWARE_STARTED = 37,
};

#define DATA_INVALID 235 /* in the first byte of a firmware event */
#define DATA_AGENT   170 /* in the first byte of a watchdog event: an agent's watchdog */

bool amt_event_record_decode(struct slice bytes, struct amt_event_record *record)
{
    struct cursor at = cursor_of(bytes);
    *record = (struct amt_event_record){.time = cursor_u32_le(&at)};
    record->has_time = record->time != 0 && record->time != UINT32_MAX;
    record->device_address = cursor_u8(&at);
    record->sensor_type = cursor_u8(&at);
    record->event_type = cursor_u8(&at);
    record->event_offset = cursor_u8(&at);
    record->source_type = cursor_u8(&at);
    record->severity = cursor_u8(&at);
    record->sensor_number = cursor_u8(&at);
    record->entity = cursor_u8(&at);
    record->entity_instance = cursor_u8(&at);
    struct slice data = cursor_bytes(&at, AMT_EVENT_DATA_SIZE);
    if (!cursor_ok(&at))
        return false;
    memcpy(record->data, data.data, AMT_EVENT_DATA_SIZE);
    return true;
}

static const char *const entities[] = {
    "Unspecified",
    "Other",
    "Unknown",
    "Processor",
    "Disk",
    "Peripheral",
    "System management module",
    "System board",
    "Memory module",
    "Processor module",
    "Power supply",
    "Add in card",
    "Front panel board",
    "Back panel board",
    "Power system board",
    "Drive backplane",
    "System internal expansion board",
    "Other system board",
    "Processor board",
    "Power unit",
    "Power module",
    "Power management board",
    "Chassis back panel board",
    "System chassis",
    "Sub chassis",
    "Other chassis board",
    "Disk drive bay",
    "Peripheral bay",
    "Device bay",
    "Fan cooling",
    "Cooling unit",
    "Cable interconnect",
    "Memory device",
    "System management software",
    "BIOS",
    "Intel(r) ME",
    "System bus",
    "Group",
    "Intel(r) ME",
    "External environment",
    "Battery",
    "Processing blade",
    "Connectivity switch",
    "Processor/memory module",
    "I/O module",
    "Processor I/O module",
    "Management controller firmware",
    "IPMI channel",
    "PCI bus",
    "PCI express bus",
    "SCSI bus",
    "SATA/SAS bus",
    "Processor front side bus",
};

static const char *const firmware_errors[] = {
    "Unspecified.",
    "No system memory is physically installed in the system.",
    "No usable system memory, all installed memory has experienced an unrecoverable failure.",
    "Unrecoverable hard-disk/ATAPI/IDE device failure.",
    "Unrecoverable system-board failure.",
    "Unrecoverable diskette subsystem failure.",
    "Unrecoverable hard-disk controller failure.",
    "Unrecoverable PS/2 or USB keyboard failure.",
    "Removable boot media not found.",
    "Unrecoverable video controller failure.",
    "No video device detected.",
    "Firmware (BIOS) ROM corruption detected.",
    "CPU voltage mismatch (processors that share same supply have mismatched voltage requirements)",
    "CPU speed matching failure",
};

static const char *const firmware_progress[] = {
    "Unspecified.",
    "Memory initialization.",
    "Starting hard-disk initialization and test",
    "Secondary processor(s) initialization",
    "User authentication",
    "User-initiated system setup",
    "USB resource configuration",
    "PCI resource configuration",
    "Option ROM initialization",
    "Video initialization",
    "Cache initialization",
    "SM Bus initialization",
    "Keyboard controller initialization",
    "Embedded controller/management controller initialization",
    "Docking station attachment",
    "Enabling docking station",
    "Docking station ejection",
    "Disabling docking station",
    "Calling operating system wake-up vector",
    "Starting operating system boot process",
    "Baseboard or motherboard initialization",
    "reserved",
    "Floppy initialization",
    "Keyboard test",
    "Pointing device test",
    "Primary processor initialization",
};

const char *amt_event_entity_name(uint8_t entity)
{
    return entity < COUNT(entities) ? entities[entity] : "Unknown";
}

/* One bit each, as in a platform event trap. */
const char *amt_event_severity_name(uint8_t severity)
{
    switch (severity) {
    case 1:
        return "Monitor";
    case 2:
        return "Information";
    case 4:
        return "OK";
    case 8:
        return "Non-critical condition";
    case 16:
        return "Critical condition";
    case 32:
        return "Non-recoverable condition";
    default:
        return "Unspecified";
    }
}

const char *amt_event_type_name(uint8_t event_type)
{
    if (event_type == 0)
        return "Unspecified";
    if (event_type == 1)
        return "Threshold";
    if (event_type < 0x0d)
        return "Generic";
    if (event_type == 0x6f)
        return "Sensor specific";
    return event_type >= 0x70 && event_type < 0x80 ? "OEM" : "Reserved";
}

static const char *watchdog_state(uint8_t state)
{
    switch (state) {
    case 1:
        return "Not Started";
    case 2:
        return "Stopped";
    case 4:
        return "Running";
    case 8:
        return "Expired";
    case 16:
        return "Suspended";
    default:
        return "Unknown";
    }
}

static void put_firmware(struct buffer *out, const struct amt_event_record *record)
{
    uint8_t code = record->data[1];
    bool is_error = record->event_offset == 0;
    if (record->data[0] == DATA_INVALID)
        buffer_put_text(out, "Invalid Data");
    else if (is_error && code < COUNT(firmware_errors))
        buffer_put_text(out, firmware_errors[code]);
    else if (!is_error && code < COUNT(firmware_progress))
        buffer_put_text(out, firmware_progress[code]);
    else
        buffer_printf(out, "Unknown firmware %s #%u", is_error ? "error" : "progress", code);
}

/* The data hold how the agent's id begins (its first parts little-endian) and the new state. */
static bool put_watchdog(struct buffer *out, const uint8_t data[AMT_EVENT_DATA_SIZE])
{
    if (data[0] != DATA_AGENT)
        return false;
    buffer_printf(out, "Agent watchdog %02X%02X%02X%02X-%02X%02X-... changed to %s", data[4],
                  data[3], data[2], data[1], data[6], data[5], watchdog_state(data[7]));
    return true;
}

bool amt_event_put_description(struct buffer *out, const struct amt_event_record *record)
{
    switch (record->sensor_type) {
    case SENSOR_AUTHENTICATION:
        buffer_printf(out, "Authentication failed %u times. The system may be under attack.",
                      record->data[1] + record->data[2] * 256U);
        break;
    case SENSOR_FIRMWARE:
        put_firmware(out, record);
        break;
    case SENSOR_WATCHDOG:
        return put_watchdog(out, record->data);
    case SENSOR_BOOT_MEDIA:
        buffer_put_text(out, "No bootable media");
        break;
    case SENSOR_OS_LOCKUP:
        buffer_put_text(out, "Operating system lockup or power interrupt");
        break;
    case SENSOR_BOOT_FAILURE:
        buffer_put_text(out, "System boot failure");
        break;
    case SENSOR_FIRMWARE_STARTED:
        buffer_put_text(out, "System firmware started (at least one CPU is properly executing).");
        break;
    default:
        buffer_printf(out, "Unknown Sensor Type #%u", record->sensor_type);
        break;
    }
    return true;
}
