/*
 * What a device lets happen remotely: the switches of KVM, SOL, IDER, One-Click Recovery and remote
 * platform erase, and whether the user must consent (spec mps 1.9, 2.4; device-protocols 6.3, 6.5,
 * 6.6). Over struct amt, on a fiber.
 */
#ifndef AMT_FEATURE_H
#define AMT_FEATURE_H

#include "amt/amt.h"

/* IPS_OptInService.OptInRequired */
#define AMT_CONSENT_NONE    0u
#define AMT_CONSENT_KVM     1u
#define AMT_CONSENT_ALL     4294967295u
#define AMT_CONSENT_UNKNOWN 2u /* the device said something else */

struct amt_features {
    bool redirection; /* the listener is on */
    bool sol, ider;
    bool kvm_available; /* the device has KVM at all */
    bool kvm;
    uint32_t consent;     /* AMT_CONSENT_… */
    int64_t opt_in_state; /* 0 not started, 1 requested, 2 displayed, 3 received, 4 in session */
    bool ocr;             /* One-Click Recovery is on … */
    bool https_boot;      /* … and device and BIOS can do this … */
    bool winre_boot;      /* … this … */
    bool pba_boot;        /* … or this */
    bool rpe;             /* remote platform erase is on … */
    bool rpe_supported;   /* … and device and BIOS can do it */
};

/* Reads seven classes side by side; a device may lack those about KVM and boot. */
bool amt_features_get(struct amt *amt, struct arena *arena, struct amt_features *features,
                      struct error *err);

enum amt_switch { AMT_KEEP, AMT_OFF, AMT_ON };

struct amt_features_change {
    enum amt_switch sol, ider, kvm, ocr, rpe;
    bool change_consent;
    uint32_t consent; /* AMT_CONSENT_NONE, …_KVM or …_ALL */
};

/*
 * Changes what differs, and tells how things are then. KVM on is ignored where there is no KVM
 * (*features says so). ERROR_DEVICE names the step that the device refused; steps before it stay.
 * ERROR_INVALID when the consent policy cannot be changed on this device; ERROR_UNSUPPORTED when
 * it has no One-Click Recovery or no platform erase to switch on. Both before anything is changed.
 */
bool amt_features_set(struct amt *amt, struct arena *arena,
                      const struct amt_features_change *change, struct amt_features *features,
                      struct error *err);

#endif
