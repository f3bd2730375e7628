/*
 * One device: a carrier that opens streams to its ports, its credentials, pacing and deadlines.
 * Everything that can be done to a device (amt/power.h, amt/boot.h, …) is written over this and
 * works over every carrier. One loop; any number of fibers may use it side by side, and the
 * device's cap on requests in flight decides how many are on the wire.
 *
 * The digest challenge outlives requests and connections (one 401 per device, not per request);
 * connections are kept and used again where the device allows it. State is allocated with the
 * first request, so that an idle device costs nothing.
 */
#ifndef AMT_AMT_H
#define AMT_AMT_H

#include "core/arena.h"
#include "core/error.h"
#include "io/stream.h"
#include "wsman/message.h"

struct amt;

#define AMT_CANDIDATES 7 /* passwords beside the one of `credentials` */

enum amt_peer {
    AMT_PEER_ANYBODY,  /* whoever answers at that address */
    AMT_PEER_UNPROVEN, /* whoever was given a password that nothing proves */
    AMT_PEER_PROVEN    /* the device itself */
};

struct amt_carrier {
    /* Opens a stream to a port of the device (16992 …); waits. The stream is closed by amt. */
    bool (*open)(void *context, uint16_t port, struct io_stream **stream, struct error *err);
    /* Fills in user and password from wherever they are kept; called before the first request and
     * after a 401 that the cached ones did not satisfy; waits. The password is in `arena`, where
     * amt wipes it. */
    bool (*credentials)(void *context, struct arena *arena, struct slice *user,
                        struct slice *password, struct error *err);
    /* Other passwords that may open the device, since one was about to be set on it and nobody
     * knows whether it was; the likeliest first, at most AMT_CANDIDATES. Asked for when the device
     * refuses the one of `credentials`; each is tried once. In `arena`, where amt wipes them.
     * Waits. NULL: there are none. */
    bool (*candidates)(void *context, struct arena *arena, struct slice *passwords, size_t *count,
                       struct error *err);
    /* The device has answered under one of those. Waits. NULL: nobody wants to know. */
    void (*found)(void *context, struct slice password);
    /* Who it is that it speaks with. May wait. NULL: AMT_PEER_ANYBODY. */
    enum amt_peer (*peer)(void *context);
    /* Hears of every instance that the device has answered with: one of a Get or a Put, all of an
     * enumeration (`whole`, also when there are none), each still in the arena of whoever asked.
     * Must not wait. NULL: nobody listens. */
    void (*learned)(void *context, const struct wsman_class *class,
                    const struct wsman_xml *const *instances, size_t count, bool whole);
    /* Makes sure before every request that what the device is known by still counts. What does not
     * is forgotten (amt_forget), if the device may be asked all the same; else false, nothing is
     * sent, and what is known stays for whoever is let pass. May wait. NULL: it always counts. */
    bool (*revise)(void *context, struct error *err);
    /* Waits, as amt_sequence_begin, until nothing is taken back any more over an earlier way to the
     * device. NULL: there is none. */
    bool (*await_earlier)(void *context, struct error *err);
    void *context;
    const char *host; /* the Host header; copied */
};

struct amt_options {
    uint32_t in_flight_limit; /* requests on the wire at once; default 3 */
    uint32_t queue_limit;     /* requests waiting; more are refused with ERROR_BUSY; default 64 */
    uint32_t request_ms;      /* deadline of one WSMAN exchange; default 30,000 */
    uint32_t attempts;     /* for carriers that lose answers: so often is sent what may be repeated;
                              default 1 */
    uint32_t attempt_ms;   /* for each attempt, also of what is sent once; default request_ms */
    size_t answers_limit;  /* bytes of one arena that answers may fill; default 64 MB */
    size_t elements_limit; /* XML elements and attributes of an answer; default 50,000 */
};

/* Copies both. NULL options: the defaults. */
struct amt *amt_new(const struct amt_carrier *carrier, const struct amt_options *options);

/* Closes kept connections and frees the device. No fiber may be using it any more. */
void amt_free(struct amt *amt);

/* Forgets the digest challenge, the cached credentials and kept connections (after the password
 * was changed). */
void amt_forget(struct amt *amt);

/* The next request logs in with this password, which has just been set on the device. Until
 * credentials are forgotten or the device refuses it. */
void amt_log_in_with(struct amt *amt, struct slice password);

/* Whether the last answer came under this password, as far as that is known. */
bool amt_logged_in_with(const struct amt *amt, struct slice password);

/* How many answers so far were the fault that the account lacks the rights (AccessDenied): whoever
 * has asked something and got ERROR_DEVICE sees by it whether another account is worth a try. */
uint32_t amt_denials(const struct amt *amt);

/* With whom the carrier speaks. May wait. */
enum amt_peer amt_peer(const struct amt *amt);

/* Closes the kept connection that has been idle longest; false when none is kept. */
bool amt_drop_kept(struct amt *amt);

/* Brackets a conversation of several requests that must not be mixed with another one of its kind
 * (boot settings and the power change they are for); waits its turn for at most request_ms, with
 * ERROR_BUSY after that, and at once when eight wait already. Single requests and readings need no
 * brackets. */
bool amt_sequence_begin(struct amt *amt, struct error *err);
void amt_sequence_end(struct amt *amt);

/* ---- WSMAN exchanges; each waits, within the fiber's deadline and request_ms, the queue included.
 * A SOAP fault is ERROR_DEVICE with the fault's own reason; wrong AMT credentials are ERROR_LOGIN
 * ("the device refuses the AMT user name or password"). What is no answer to the request
 * is ERROR_PROTOCOL, and so is an HTTP status without an envelope. Every error starts with the
 * exchange that failed: "Get AMT_GeneralSettings: …", "RequestStateChange of CIM_KVMRedirectionSAP:
 * …". The target's message id is given here. Replies live in `arena`;
 * once more than `answers_limit` came from it, further requests are refused with ERROR_TOO_LARGE.
 * ERROR_INVALID never comes from here: it is what capabilities say of their caller's input. ---- */

bool amt_get(struct amt *amt, struct arena *arena, const struct wsman_target *target,
             struct wsman_reply *reply, struct error *err);
bool amt_put(struct amt *amt, struct arena *arena, const struct wsman_target *target,
             const struct wsman_xml *instance, const struct wsman_value *changes, size_t count,
             struct wsman_reply *reply, struct error *err);
bool amt_delete(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                struct wsman_reply *reply, struct error *err);

/* Makes an instance of a class that a client may make. */
bool amt_create(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                const struct wsman_value *values, size_t count, struct wsman_reply *reply,
                struct error *err);

/* Calls a method. *return_value is ReturnValue of the output (-1 when the device sent none). */
bool amt_invoke(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                const char *method, const struct wsman_value *values, size_t count,
                struct wsman_reply *reply, int64_t *return_value, struct error *err);

/* What went over the wire, for whoever wants to see it: one exchange after the other, in `arena`.
 * Credentials are not part of it. */
struct amt_trace {
    struct slice request; /* the envelopes; `answer` is empty when none came */
    struct slice answer;
    struct amt_trace *next;
};

struct amt_items {
    const struct wsman_xml **items;
    size_t count;
    struct wsman_reply last; /* the last answer: a PullResponse, or the fault that ended it */
};

/* Enumerates and pulls to the end (at most 10,000 instances in 2,000 pulls and 32 MB); a
 * list that is given up is released. One whose place was lost with an answer is begun again, once
 * or as often as there are attempts; what was read of it is dropped. */
bool amt_enumerate(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                   struct amt_items *items, struct error *err);

/* The same two, with every exchange added to the end of *trace (NULL at first), a failed one too:
 * after ERROR_DEVICE its answer is the device's fault as it came. */
bool amt_get_traced(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                    struct amt_trace **trace, struct wsman_reply *reply, struct error *err);
bool amt_enumerate_traced(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                          struct amt_trace **trace, struct amt_items *items, struct error *err);

/* The class's element in the body of a Get or Put reply; NULL when the device sent another. */
const struct wsman_xml *amt_instance(const struct wsman_reply *reply,
                                     const struct wsman_class *class);

/* "SUCCESS", "NOT_READY" … of spec mps A.1; "UNKNOWN_ERROR" for a code outside the table. */
const char *amt_status_name(int64_t return_value);

#endif
