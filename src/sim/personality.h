/*
 * Firmware personalities: what a simulated device says of itself, as tables "class, property,
 * value". The values are facts about real machines (spec device-classes); what differs from device
 * to device (GUID, realm, serial numbers, addresses) or changes while it runs is filled in by
 * instance.c. Constant data; any thread.
 */
#ifndef SIM_PERSONALITY_H
#define SIM_PERSONALITY_H

#include "core/slice.h"

/* A property as text. An array repeats the name. A reference is written
 * "CIM_Chassis?CreationClassName=CIM_Chassis&Tag=CIM_Chassis". */
struct sim_personality_value {
    const char *name;
    const char *text;
};

struct sim_personality_instance {
    const char *class;
    const struct sim_personality_value
        *values; /* in ASCII order of names; ended by .name == NULL. NULL: no instance yet */
};

struct sim_personality {
    const char *name;      /* as on the command line */
    const char *server;    /* the Server header of its HTTP answers */
    bool ocr;              /* One-Click Recovery: BootService reports 32768 … 32771 (AMT 15 on) */
    uint16_t first_chunk;  /* sizes of the HTTP chunks: the first one shares its buffer with … */
    uint16_t next_chunk;   /* … the header (spec device-protocols 4.3) */
    const uint16_t *ports; /* forwarded over CIRA in this order; ended by 0 */
    const struct sim_personality_instance *instances; /* grouped by class; ended by .class NULL */
    const struct sim_personality_instance *const
        *tables; /* further ones (tables/); ended by NULL */
};

extern const struct sim_personality sim_personality_12;
extern const struct sim_personality sim_personality_16;

/* "12.0.67" or "16.1"; NULL for another name. */
const struct sim_personality *sim_personality_find(struct slice name);

/* How many there are, and the one at `index`; for mixed fleets and tests. */
size_t sim_personality_count(void);
const struct sim_personality *sim_personality_at(size_t index);

#endif
