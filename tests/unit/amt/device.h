/* A device in memory for tests of src/amt: a carrier whose streams answer HTTP requests from a
 * script, one step per request in the order of arrival, on a simulated loop. */
#ifndef TESTS_UNIT_AMT_DEVICE_H
#define TESTS_UNIT_AMT_DEVICE_H

#include "amt/amt.h"
#include "io/fiber.h"

#define DEVICE_REQUESTS 64

struct step {
    const char *expect; /* text that the request must contain; NULL: any request */
    int status;         /* 0: no answer at all */
    const char *headers;
    const char *body;     /* of the SOAP envelope when `soap`, else of the HTTP answer */
    bool soap;            /* wraps `body` into an envelope that relates to the request */
    bool chunked;         /* else Content-Length */
    const char *recorded; /* instead of body: a recorded envelope, related to the request */
    const char *raw;      /* instead of all that: the bytes of the answer */
    size_t piece;         /* most bytes per read; 0: all */
    unsigned delay_ms;    /* before the answer */
    bool closes;          /* the device closes after these bytes, or instead of them */
    bool drops;           /* as `closes`, but before the request is read, as for an idle stream */
    bool tires;           /* the device closes an idle moment after the answer, unannounced */
};

struct device {
    const struct step *steps;
    size_t step_count;
    size_t taken;
    char *requests[DEVICE_REQUESTS]; /* whole, as they came */
    unsigned opened;
    unsigned closed;
    unsigned in_flight;
    unsigned most_in_flight;
    unsigned credential_reads;
    const char *password;                   /* what the carrier's store holds */
    const char *candidates[AMT_CANDIDATES]; /* and beside it; NULL: none */
    unsigned candidate_reads;
    char found[40]; /* the one that it was told of */
    bool unreachable;
    bool misnamed;  /* opening a stream says that the host is no name */
    bool outdated;  /* what is known of it no longer counts, until it is revised */
    bool elsewhere; /* there is no way to it any more */
    struct amt *amt;
    const char *complaint; /* the script and the requests disagree */
};

/* Starts a simulated loop and a struct amt whose carrier is the device. */
void device_start(struct device *device, const struct step *steps, size_t count,
                  const struct amt_options *options);
#define DEVICE_START(device, steps, options) \
    device_start(device, steps, sizeof(steps) / sizeof((steps)[0]), options)

/* Asserts that every step was taken and every stream was closed or is freed with amt; ends the
 * loop. */
void device_stop(struct device *device);

/* The value of a parameter in the Authorization header of a request; asserts that it is there. */
void device_parameter(const struct device *device, size_t request, const char *name, char *value,
                      size_t size);

bool device_request_has(const struct device *device, size_t request, const char *text);

/* A call on a fiber of its own. */
struct call {
    struct device *device;
    bool (*run)(struct call *call);
    int action;
    struct arena arena;
    struct wsman_reply reply;
    struct error err;
    bool ok;
    bool over;
    uint64_t took_ms;
    struct io_task task;
};

/* Starts it; device_run or io_simulated_advance lets it go on. */
void call_start(struct call *call, struct device *device, bool (*run)(struct call *call));

/* Starts it and lets `ms` milliseconds pass; asserts that it is over then. */
void call_for(struct call *call, struct device *device, bool (*run)(struct call *call),
              uint64_t ms);
void call_end(struct call *call);

/* Gets AMT_GeneralSettings. */
bool call_get(struct call *call);

#define CHALLENGE(nonce)                                                                         \
    "WWW-Authenticate: Digest realm=\"Digest:2517B2332AFD88353D5F5FD352697901\", nonce=\"" nonce \
    "\",stale=\"false\",qop=\"auth\"\r\n"
#define STEP_401(nonce)                                                     \
    {                                                                       \
        .status = 401, .headers = CHALLENGE(nonce) "Connection: close\r\n", \
        .body = "<html></html>\n", .closes = true                           \
    }
#define SETTINGS                                                                   \
    "<g:AMT_GeneralSettings xmlns:g=\"http://intel.com/wbem/wscim/1/amt-schema/1/" \
    "AMT_GeneralSettings\"><g:HostName>h</g:HostName></g:AMT_GeneralSettings>"
#define STEP_200                                      \
    {                                                 \
        .status = 200, .body = SETTINGS, .soap = true \
    }

#endif
