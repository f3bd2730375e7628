/*
 * Changing the wired port: its address and its 802.1X settings (spec mps 1.16, rps 3.6, rpc 5.7).
 * 802.1X is IPS_IEEE8021xSettings, on older firmware AMT_8021XProfile. One conversation, kept apart
 * from others of its kind; what it adds (key, certificates) is taken back when a later step fails.
 * Over struct amt, on a fiber.
 */
#ifndef AMT_WIRED_H
#define AMT_WIRED_H

#include "amt/credential.h"
#include "amt/ethernet.h"

enum amt_wired_8021x_state {
    AMT_WIRED_8021X_STAYS, /* as it is on the device */
    AMT_WIRED_8021X_OFF,
    AMT_WIRED_8021X_ON, /* with certificates where there are some */
    AMT_WIRED_8021X_WITH_CERTIFICATES,
    AMT_WIRED_8021X_WITHOUT_CERTIFICATES
};

/* What is left out stays as it is on the device. */
struct amt_wired_8021x {
    enum amt_wired_8021x_state state;
    const bool *available_in_s0; /* NULL: left out, which is true when it is switched on */
    int64_t pxe_timeout_s;       /* 0 to 86,400; -1: left out */
    struct slice username;       /* .data NULL: left out, with the protocol and the password */
    unsigned protocol;           /* 0 EAP-TLS, 2 PEAPv0/MSCHAPv2, 3 PEAPv1/GTC, 5 EAP-FAST/GTC, 10
                                    EAP-FAST/TLS */
    struct slice password;       /* .data NULL: left out */
    struct amt_credential credential;
};

enum amt_wired_outcome {
    AMT_WIRED_DONE,
    AMT_WIRED_NO_PORT,
    AMT_WIRED_NO_8021X,       /* the firmware has neither class */
    AMT_WIRED_NO_LOGIN,       /* to be switched on without a user name */
    AMT_WIRED_NO_PASSWORD,    /* a new login by password without one */
    AMT_WIRED_NO_CERTIFICATE, /* a new login by certificate without one */
    AMT_WIRED_REFUSED         /* by the return value of a method */
};

struct amt_wired_result {
    enum amt_wired_outcome outcome;
    struct amt_refusal refusal;
};

/* Sets the address, then 802.1X; NULL leaves one alone. Everything that stands against
 * it is found before the first change, but what the device itself refuses: an address that was set
 * before that stays. Every outcome is a success of the call; an error is a device that faults or
 * can't be reached. */
bool amt_wired_change(struct amt *amt, struct arena *arena,
                      const struct amt_ethernet_address *address,
                      const struct amt_wired_8021x *ieee8021x, struct amt_wired_result *result,
                      struct error *err);

/* What an outcome means, as an error: ERROR_DEVICE with the method, the number and its name,
 * ERROR_UNSUPPORTED or ERROR_INVALID; true for AMT_WIRED_DONE. */
bool amt_wired_check(const struct amt_wired_result *result, struct error *err);

/* The number of an 802.1X protocol as IPS_IEEE8021xSettings has it: AMT_8021XProfile calls
 * EAP-FAST/TLS 6 (spec device-classes 3). */
unsigned amt_wired_protocol(const struct wsman_xml *settings, uint64_t number);

/* Whether the port logs in, of either class. */
bool amt_wired_8021x_is_on(const struct wsman_xml *settings);

/* True for AMT_8021XProfile, the older of the two classes. */
bool amt_wired_is_old_8021x(const struct wsman_xml *settings);

#endif
