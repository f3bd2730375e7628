/*
 * The REST interface with everything behind it replaced: requests go through the real router and
 * handlers; what they ask of the store, the devices and the access room is answered from `fake`.
 */
#ifndef TESTS_UNIT_SERVER_ROUTES_RIG_H
#define TESTS_UNIT_SERVER_ROUTES_RIG_H

#include "access/access.h"
#include "amt/identity.h"
#include "amt/power.h"
#include "events/events.h"
#include "mps/mps.h"
#include "mps/routes/routes.h"
#include "server/routes/routes.h"
#include "store/store.h"

#define RIG_BODY_SIZE (1 << 20) /* a longer answer is cut in rig_body */
#define RIG_GUID      "143e4567-e89b-12d3-a456-426614174000"

struct fake {
    /* Devices: an error before the conversation starts, or of what is asked inside it. */
    enum error_code gate, inside;
    struct amt_power_state state;
    struct amt_power_capabilities capabilities;
    const char *cause; /* the text of errors; NULL: "the cause" */
    int action;        /* the last power action */
    struct amt_boot_details details;
    const char *description;
    int64_t return_value;
    const char *return_text;
    const char *reply; /* envelope that a device answers with */
    struct mps_device_status status;
    const char *certificate; /* base64 */
    int refreshed, disconnected;
    /* Store */
    enum error_code store;
    struct store_device row;
    size_t rows; /* how often the list has it */
    uint64_t total;
    struct store_filter filter;
    struct store_device put; /* what was written */
    unsigned put_fields;
    struct store_device_secrets put_secrets;
    bool put_must_exist, put_creates, with_secrets;
    /* Access */
    enum error_code access;
    const char *tenant;
    char source[64];
    char revoked[64];
};

extern struct fake fake;
extern struct server_application application;
extern struct mps_application mps_application;

/* For cmocka: clears the fakes before, frees the last answer after. */
int rig_begin(void **state);
int rig_end(void **state);

/* Sends a request with a good token; `body` NULL sends none. Returns the status. */
int rig_send(const char *method, const char *target, const char *body);

/* The same with that Authorization header, or none. */
int rig_send_as(const char *authorization, const char *method, const char *target,
                const char *body);

/* The body of the last answer and one of its headers ("" when absent). */
const char *rig_body(void);
const char *rig_header(const char *name);

/* "request AMT_PowerState: Power State requested g; fail …": the events since rig_begin. */
const char *rig_events(void);

#endif
