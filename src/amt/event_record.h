/*
 * One record of the event log: bytes to struct, and what its fields mean in words (spec mps 2.6,
 * A.5 to A.8; device-protocols 6.7; the fields are those of an IPMI platform event trap). Pure: no
 * I/O, no state, any thread. The bytes come from a device and are checked.
 */
#ifndef AMT_EVENT_RECORD_H
#define AMT_EVENT_RECORD_H

#include "core/buffer.h"

#define AMT_EVENT_DATA_SIZE 8

struct amt_event_record {
    bool has_time;
    uint32_t time; /* seconds since 1970-01-01 UTC by the device's clock */
    uint8_t device_address;
    uint8_t sensor_type;
    uint8_t event_type;
    uint8_t event_offset;
    uint8_t source_type;
    uint8_t severity;
    uint8_t sensor_number;
    uint8_t entity;
    uint8_t entity_instance;
    uint8_t data[AMT_EVENT_DATA_SIZE];
};

/* False when there are less than 21 bytes; what follows them is ignored. A time of 0 or 0xFFFFFFFF,
 * from before the clock was set, is none. */
bool amt_event_record_decode(struct slice bytes, struct amt_event_record *record);

/* "BIOS", "Intel(r) ME" …; "Unknown" for what is not in the table. */
const char *amt_event_entity_name(uint8_t entity);

/* "Critical condition" …; "Unspecified" for what is not in the table. */
const char *amt_event_severity_name(uint8_t severity);

/* "Sensor specific" …: by which table the offset is to be read. */
const char *amt_event_type_name(uint8_t event_type);

/* The sentence for people. False, with nothing put, when the toolkit has none either. */
bool amt_event_put_description(struct buffer *out, const struct amt_event_record *record);

#endif
