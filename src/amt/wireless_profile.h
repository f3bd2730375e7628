/*
 * Wi-Fi profiles of a device: listing, adding, changing, deleting (spec mps 1.16, 2.3, B). Over
 * struct amt, on a fiber. Adding and changing are conversations of several steps, kept apart from
 * others of their kind; what such a conversation has added (key, certificates) is taken back when
 * a later step fails.
 */
#ifndef AMT_WIRELESS_PROFILE_H
#define AMT_WIRELESS_PROFILE_H

#include "amt/credential.h"

#define AMT_WIRELESS_PROFILES_LIMIT 8

struct amt_wireless_8021x {
    struct slice username;
    unsigned protocol;     /* 0 EAP-TLS, 2 PEAP */
    struct slice password; /* .data NULL: none */
    struct amt_credential credential;
};

struct amt_wireless_profile {
    struct slice name;
    struct slice ssid;
    unsigned priority;
    unsigned authentication; /* 4 … 7: the values of CIM_WiFiEndpointSettings */
    unsigned encryption;
    struct slice passphrase;                    /* .data NULL: none */
    const struct amt_wireless_8021x *ieee8021x; /* NULL: none */
};

enum amt_wireless_outcome {
    AMT_WIRELESS_DONE,
    AMT_WIRELESS_NO_PORT,
    AMT_WIRELESS_NOT_FOUND,
    AMT_WIRELESS_EXISTS,
    AMT_WIRELESS_PRIORITY_TAKEN,
    AMT_WIRELESS_FULL,
    AMT_WIRELESS_REFUSED /* by the return value of a method */
};

struct amt_wireless_result {
    enum amt_wireless_outcome outcome;
    const char *step; /* the method that was refused */
    const char *return_text;
    int64_t return_value;
};

/* One that is on the device, with its 802.1X settings. */
struct amt_wireless_entry {
    const struct wsman_xml *settings;  /* CIM_WiFiEndpointSettings */
    const struct wsman_xml *ieee8021x; /* CIM_IEEE8021xSettings; NULL */
};

/* All but the users' own; none on a device without Wi-Fi. */
bool amt_wireless_profile_list(struct amt *amt, struct arena *arena,
                               struct amt_wireless_entry **entries, size_t *count,
                               struct error *err);

/* True for a profile that came from the host's user and isn't ours to show. */
bool amt_wireless_profile_is_users(const struct wsman_xml *settings);

/* Every outcome is a success of the call; an error is a device that faults or can't be reached. */
bool amt_wireless_profile_add(struct amt *amt, struct arena *arena,
                              const struct amt_wireless_profile *profile,
                              struct amt_wireless_result *result, struct error *err);
bool amt_wireless_profile_change(struct amt *amt, struct arena *arena,
                                 const struct amt_wireless_profile *profile,
                                 struct amt_wireless_result *result, struct error *err);
/* Changes the one of that name, adds it where there is none: for provisioning, which may run again.
 */
bool amt_wireless_profile_put(struct amt *amt, struct arena *arena,
                              const struct amt_wireless_profile *profile,
                              struct amt_wireless_result *result, struct error *err);
bool amt_wireless_profile_delete(struct amt *amt, struct arena *arena, struct slice name,
                                 struct amt_wireless_result *result, struct error *err);

/* What an outcome means, as an error: ERROR_DEVICE with the method, the number and its name,
 * ERROR_CONFLICT, ERROR_UNSUPPORTED or ERROR_NOT_FOUND; true for AMT_WIRELESS_DONE. */
bool amt_wireless_profile_check(const struct amt_wireless_result *result, struct error *err);

#endif
