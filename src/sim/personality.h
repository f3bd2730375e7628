/*
 * Firmware personalities: what a simulated device is and says of itself, as tables "class,
 * property, value". The values are facts about real machines (spec device-classes); what differs
 * from device to device (GUID, realm, serial numbers, addresses) or changes while it runs is filled
 * in by instance.c. A personality is a row of differences (personality.c) over shared tables
 * (tables/). Constant data; any thread.
 */
#ifndef SIM_PERSONALITY_H
#define SIM_PERSONALITY_H

#include "core/slice.h"
#include "io/tls.h"

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
    const char *name;    /* as on the command line */
    const char *version; /* in CIM_SoftwareIdentity */
    const char *build;
    const char *server;   /* the Server header of its HTTP answers */
    uint8_t major, minor; /* as redirection sessions tell it */
    bool ocr;             /* One-Click Recovery: BootService reports 32768 … 32771 */
    uint16_t screen_width, screen_height; /* of the largest mode that KVM shows */
    uint16_t refused_size;                /* bytes of the page of a 401 */
    uint16_t first_chunk; /* sizes of the HTTP chunks: the first one shares its buffer … */
    uint16_t next_chunk;  /* … with the header (spec device-protocols 4.3) */
    enum io_tls_version tls_oldest; /* of the device as a TLS server */
    enum io_tls_version tls_newest;
    bool tls_closes_each;  /* Connection: close on every answer inside TLS */
    const uint16_t *ports; /* forwarded over CIRA in this order, and those of them that a
                              LAN client reaches; ended by 0 */
    const struct sim_personality_instance *const
        *tables; /* grouped by class, each ended by .class NULL; ended by NULL */
};

/* Those with recordings of their own. */
extern const struct sim_personality sim_personality_12;
extern const struct sim_personality sim_personality_16;

/* By the name on the command line; NULL for another one. */
const struct sim_personality *sim_personality_find(struct slice name);

/* How many there are, and the one at `index`; the first SIM_PERSONALITY_MIXED are those of a mixed
 * fleet. */
#define SIM_PERSONALITY_MIXED 2
size_t sim_personality_count(void);
const struct sim_personality *sim_personality_at(size_t index);

/* True when the firmware has this port. */
bool sim_personality_has_port(const struct sim_personality *personality, uint16_t port);

#endif
