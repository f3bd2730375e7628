/*
 * The model of one simulated machine: what it is, its power, its boot settings, its set-up state.
 * WSMAN shows this one model (instance.h reads it, wsman_server.h changes it). Pure: time is an
 * argument, in milliseconds of any steady clock. One owner; no locking.
 *
 * Power (spec device-protocols 6.1). An accepted request takes effect `power_delay_ms` later:
 *
 *   ON --4--> SLEEP --2--> ON              sleep and hibernate keep the session of the system
 *   ON --7--> HIBERNATE --2--> ON, boots
 *   ON, SLEEP --8--> OFF --2--> ON, boots  12 is 8 with the agent's help
 *   ON, SLEEP --5--> OFF, then ON, boots
 *   ON --10, 14--> ON, boots               11 (NMI) changes nothing
 *
 * Set-up (7.1) is in provisioning.h; a machine that is un-provisioned no longer calls in.
 *
 * Boot options (6.4) are used once: they are armed by a Put of AMT_BootSettingData, by
 * ChangeBootOrder and SetBootConfigRole, and every boot clears them.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "core/guid.h"
#include "sim/personality.h"
#include "wsman/catalogue.h"

enum sim_power {
    SIM_POWER_ON = 2,
    SIM_POWER_SLEEP = 4,
    SIM_POWER_CYCLE = 5,
    SIM_POWER_HIBERNATE = 7,
    SIM_POWER_OFF = 8,
    SIM_POWER_RESET = 10,
    SIM_POWER_NMI = 11,
    SIM_POWER_OFF_GRACEFUL = 12,
    SIM_POWER_RESET_GRACEFUL = 14,
};

/* Return values of the DMTF family (spec device-protocols 5.4). */
enum sim_return {
    SIM_OK = 0,
    SIM_NOT_SUPPORTED = 1,
    SIM_UNKNOWN = 2,
    SIM_INVALID_PARAMETER = 5,
    SIM_ACCESS_DENIED = 6, /* of the boot classes */
    SIM_INVALID_TRANSITION = 4097,
    SIM_TIMEOUT_UNSUPPORTED = 4098,
};

/* Return values of the PT_STATUS family. */
enum sim_status {
    SIM_STATUS_INVALID_NAME = 12,
    SIM_STATUS_NOT_PERMITTED = 16,
    SIM_STATUS_MAX_LIMIT = 23,
    SIM_STATUS_INVALID_INDEX = 35,
    SIM_STATUS_INVALID_PARAMETER = 36,
    SIM_STATUS_INVALID_HANDLE = 2053,
    SIM_STATUS_INVALID_PASSWORD = 2054,
    SIM_STATUS_INVALID_REALM = 2055,
    SIM_STATUS_DATA_MISSING = 2057,
    SIM_STATUS_DUPLICATE = 2058,
    SIM_STATUS_INVALID_KEY = 2062,
    SIM_STATUS_INVALID_CERTIFICATE = 2063,
    SIM_STATUS_UNSUPPORTED = 2066,
    SIM_STATUS_NOT_FOUND = 2068,
    SIM_STATUS_BLOCKED = 2076,
};

/* AMT_SetupAndConfigurationService.ProvisioningState. */
enum sim_setup { SIM_SETUP_PRE = 0, SIM_SETUP_IN = 1, SIM_SETUP_POST = 2 };

#define SIM_CONTEXTS        8     /* enumerations open at once; the oldest gives way */
#define SIM_CONTEXT_LIFE_MS 60000 /* spec device-protocols 5.3 */
#define SIM_REALM_SIZE      40    /* "Digest:", 32 hexadecimal digits and the NUL */

/* A property that a Put has changed. */
struct sim_stored {
    struct sim_stored *next;
    const struct sim_personality_instance *instance;
    const struct wsman_property *property;
    char *text; /* NULL: the property is absent */
};

struct sim_context {
    uint32_t id; /* 0: free */
    uint16_t next;
    const struct wsman_class *class;
    uint64_t opened_ms;
};

/* User consent (spec device-protocols 6.5):
 *
 *   NONE --start--> REQUESTED --1 s, host on--> DISPLAYED --right code--> RECEIVED --session-->
 * OPEN
 *
 * back to NONE: from DISPLAYED after 300 s or the third wrong code, from RECEIVED after 120 s
 * without a session, from everywhere by a cancel. The last session's end leads back to RECEIVED. */
enum sim_consent_state {
    SIM_CONSENT_NONE = 0,
    SIM_CONSENT_REQUESTED = 1,
    SIM_CONSENT_DISPLAYED = 2,
    SIM_CONSENT_RECEIVED = 3,
    SIM_CONSENT_OPEN = 4,
};

struct sim_consent {
    uint8_t state; /* enum sim_consent_state */
    uint8_t wrong; /* codes sent since the display */
    uint8_t sessions;
    uint32_t code;  /* what the screen shows, below 1000000; while DISPLAYED */
    uint32_t count; /* codes made so far */
    uint64_t due_ms;
};

#define SIM_EVENT_SIZE      21  /* of a record of the event log (spec device-protocols 6.7) */
#define SIM_EVENTS_MOST     390 /* the oldest gives way */
#define SIM_AUDITS_MOST     256
#define SIM_DETAIL_MOST     24
#define SIM_AUDIT_APP_FIRST 16 /* applications of spec mps A.3 */
#define SIM_AUDIT_APP_LAST  33

#define SIM_USER_NAME_SIZE 17

/* What the network knows of a port, where the options say it. */
struct sim_port_facts {
    uint8_t mac[6];
    bool has_mac;
    uint32_t address; /* of IPv4, that DHCP gave; 0: derived of the number */
};

/* Realms of the access control list (spec device-classes 3, AMT_AuthorizationService). */
enum sim_realm {
    SIM_REALM_REDIRECTION = 2,
    SIM_REALM_ADMIN = 3,
    SIM_REALM_ASSET = 4,
    SIM_REALM_REMOTE_CONTROL = 5,
    SIM_REALM_STORAGE = 6,
    SIM_REALM_EVENT_MANAGER = 7,
    SIM_REALM_AGENT_LOCAL = 9,
    SIM_REALM_AGENT_REMOTE = 10,
    SIM_REALM_CIRCUIT_BREAKER = 11,
    SIM_REALM_NETWORK_TIME = 12,
    SIM_REALM_GENERAL_INFO = 13,
    SIM_REALM_LOCAL_APPLICATIONS = 16,
    SIM_REALM_ACCESS_CONTROL = 17,
    SIM_REALM_EVENT_READER = 19,
    SIM_REALM_AUDIT = 20,
    SIM_REALM_ACL = 21,
    SIM_REALM_LOCAL_SYSTEM = 24,
};

/* Kinds of redirection, numbered as TerminateSession does. */
enum sim_session { SIM_SESSION_IDER = 0, SIM_SESSION_SOL = 1, SIM_SESSION_KVM = 2 };

/* Who makes the request at hand. */
struct sim_caller {
    char name[SIM_USER_NAME_SIZE];
    bool nobody;     /* the machine itself, or somebody whose password was wrong */
    bool local;      /* the local account, which may do nothing but set the machine up */
    uint32_t realms; /* bit n: realm n */
    /* The local account of a machine that is set up, at what it may not do: that it is told with
     * 401, as a machine's log in rpc-go's issue 1310 has it, and not with a fault. */
    bool turned_away;
};

struct sim_audit_record {
    uint16_t app, event;
    char user[SIM_USER_NAME_SIZE]; /* empty: done at the machine */
    uint8_t detail_size;
    uint32_t time;
    uint8_t detail[SIM_DETAIL_MOST];
};

#define SIM_ACCOUNTS_MOST 16

/* An entry of the access control list (spec device-classes 3, AMT_AuthorizationService). */
struct sim_account {
    uint32_t handle; /* 0: free */
    char name[SIM_USER_NAME_SIZE];
    uint32_t access; /* 0 local, 1 network, 2 both */
    uint32_t realms; /* bit n: realm n */
    bool enabled;
    uint8_t hash[16]; /* MD5 of name, realm and password */
};

#define SIM_BOOT_TEXT 352

/* What the machine last booted with; for tests and for people who look. */
struct sim_boot {
    uint32_t count;
    const char *source; /* InstanceID of the boot source, NULL for the machine's own order */
    bool role_was_set;
    bool bios_setup, use_ider, use_sol;
    bool ider_cd; /* use_ider: the CD, not the floppy */
    char
        to[SIM_BOOT_TEXT]; /* what was started, for people: "disk", "PXE Boot", "HTTPS https://…" */
};

/* How the machine uses remote drives. */
struct sim_drive_habits {
    uint32_t request;  /* bytes of one READ(10); 0: 32768 */
    uint32_t delay_ms; /* between the end of a command and the next one, as a longer wire has it */
    bool lenient;      /* lets pass what the host does wrong, where no firmware is known to look */
    bool verify;       /* the loader reads the whole medium and reports its hash … */
    bool write_log;    /* … and writes into the last block of a floppy */
};

/* What became of the calls to a server, for the log of the local interface. Times are those of the
 * device's clock, milliseconds; 0: never. */
struct sim_remote_access {
    uint64_t opened_ms, closed_ms, tried_ms;
    uint32_t interval_s; /* of keep-alives */
    uint32_t failures;   /* since the last call that got through */
};

/* What is at the other end of the machine's serial line. All but the machine speak and expect the
 * bytes 0, 1, … 250, 0, 1, …, and are for measuring what lies between. */
enum sim_line_end {
    SIM_LINE_MACHINE,
    SIM_LINE_ECHO,   /* says what it hears */
    SIM_LINE_SINK,   /* hears, and hangs up at the first byte that is not the next one */
    SIM_LINE_SOURCE, /* speaks as fast as the transport takes it */
};
#define SIM_LINE_CYCLE 251

struct sim_line {
    enum sim_line_end end;
    uint16_t size; /* bytes of a source's messages, with their head */
};

struct sim_device {
    const struct sim_personality *personality;
    struct guid guid;
    uint32_t number; /* place in the fleet: serial numbers and addresses derive from it */
    uint32_t power_delay_ms;
    struct sim_port_facts ports[2]; /* wired, wireless */
    char realm[SIM_REALM_SIZE];
    const char *host_name; /* borrowed */

    uint8_t power;
    uint8_t wanted; /* power state asked for and not reached yet; 0: none */
    bool starting;  /* the second half of a power cycle */
    uint64_t due_ms;
    uint8_t os_saving;  /* OSPowerSavingState */
    bool boot_happened; /* since sim_device_take_boot */

    bool agent; /* somebody on the host sleeps, hibernates and shuts down when asked to */
    bool sessions_block_power; /* no power off while one redirects, as the vendor's text has it */

    uint32_t setups;   /* how often the firmware was un-provisioned */
    uint8_t setup;     /* enum sim_setup */
    bool client_mode;  /* client control mode: the user consents to everything */
    uint64_t leave_ms; /* un-provisioned: the tunnel ends then; UINT64_MAX: stays */
    struct sim_provisioning *provisioning; /* provisioning.h */
    uint32_t answer_delay_ms;              /* that the answer to the request at hand takes longer */
    bool refused;                          /* a method at hand does nothing and returns … */
    uint32_t refusal;
    bool tunnel_is_up; /* it is connected to a server */
    bool calls_now;    /* its user has asked it to */
    struct sim_remote_access remote_access;

    uint32_t boot_service_state; /* CIM_BootService.EnabledState */
    bool boot_role;              /* Boot Configuration 0 is next */
    bool options_cleared;
    bool bios_status_known;  /* there has been a boot with options */
    uint16_t bios_status[2]; /* BIOSLastStatus since then */
    const char *boot_source;
    const char *boot_reason;                         /* IPS_HostBootReason.ReasonDetails */
    uint8_t boot_from;                               /* PreviousSxState */
    void (*booted)(const struct sim_device *device); /* told of each boot; NULL: nobody */
    void (*shown)(const struct sim_device *device);  /* told of each consent code on the screen */
    bool alarm_rings; /* the machine is switched on because of an alarm */
    struct sim_boot boot;
    uint64_t boot_ms;                     /* when that was */
    uint32_t boot_time_ms;                /* from there to the login of the system on the disk */
    uint16_t screen_width, screen_height; /* of that system */
    uint8_t screens;                      /* displays that are connected, 1 to 4 */
    struct sim_line line;                 /* what is at the serial line */
    struct sim_host *host;                /* host.h; NULL: nobody has looked at the machine yet */

    uint64_t clock_base; /* the firmware's clock, seconds since 1970, when now_ms was 0 */
    struct sim_consent consent;
    bool agents_watched;   /* there has been a watchdog */
    uint32_t agent_number; /* of the last session that an agent began */
    uint64_t link_ms;  /* when the radio goes back to the host; UINT64_MAX: it is there, or stays */
    uint64_t alarm_ms; /* when the next alarm rings; UINT64_MAX: none is set */
    bool events_frozen, kerberos_cached;
    bool audit_disabled;
    uint64_t audit_lock_ms; /* an auditor has the log for itself until then; 0: nobody */
    char *audit_key;        /* signs exported logs; base64, NULL: none */
    uint32_t
        audit_off[SIM_AUDIT_APP_LAST - SIM_AUDIT_APP_FIRST + 1]; /* bit n: event n isn't noted */
    bool events_cleared, audits_cleared; /* the records from before the start are gone, too */
    uint16_t event_count, audit_count;
    uint8_t (*events)[SIM_EVENT_SIZE]; /* oldest first; NULL until something happens */
    struct sim_audit_record *audits;

    struct sim_account *accounts; /* SIM_ACCOUNTS_MOST of them; NULL until somebody asks */
    bool admin_changed;           /* the administrator has a new name and password */
    char admin_name[SIM_USER_NAME_SIZE];
    uint8_t admin_hash[16];

    uint8_t sessions_reserved; /* bit n: enum sim_session; from its start on … */
    uint8_t sessions_open;     /* … from the proof of the password on … */
    uint8_t sessions_ended;    /* … and the model wants it to end */

    struct sim_ider *ider;     /* the session that brings the drives; NULL: there is none */
    struct sim_loader *loader; /* loader.h; NULL: does not run */
    const char *loader_failure;
    struct sim_drive_habits drives;
    /* Told of each boot from a remote drive: why it failed, a literal, or NULL. NULL: nobody. */
    void (*loaded)(const struct sim_device *device, bool cd, const char *why);
    /* Told of the whole medium that the loader has read, in lower case; NULL: nobody. */
    void (*verified)(const struct sim_device *device, uint64_t bytes, uint64_t ms,
                     const char *sha256);

    struct sim_caller caller;
    uint32_t failed_logins; /* since the last good one */

    struct sim_stored *stored;
    struct sim_object *objects; /* object.h */
    uint32_t message_id;        /* of the last envelope sent */
    uint32_t context_id;        /* of the last enumeration */
    struct sim_context contexts[SIM_CONTEXTS];
    uint64_t requests; /* WSMAN requests served */
};

/* A machine that is provisioned in admin control mode and switched on. The realm is made of the
 * GUID. */
void sim_device_init(struct sim_device *device, const struct sim_personality *personality,
                     const struct guid *guid, uint32_t number);
void sim_device_fini(struct sim_device *device);

/* CIM_PowerManagementService.RequestPowerStateChange: the method's ReturnValue. */
enum sim_return sim_device_power(struct sim_device *device, uint32_t state, uint64_t now_ms);

/* Power states that can be asked for now, ended by 0 (AvailableRequestedPowerStates). */
const uint8_t *sim_device_offers(const struct sim_device *device);

/* Brings about what is due by now. Call before looking at the model and when sim_device_due has
 * come. */
void sim_device_tick(struct sim_device *device, uint64_t now_ms);

/* When something changes by itself next; UINT64_MAX: never. */
uint64_t sim_device_due(const struct sim_device *device);

/* Un-provisions: what the set-up made is gone, the realm is another one, network logins fail from
 * now on, and the tunnel ends `power_delay_ms` later. */
void sim_device_unprovision(struct sim_device *device, uint64_t now_ms);

/* Makes the realm anew, of the GUID and the number of set-ups. */
void sim_device_renew_realm(struct sim_device *device);

/* True once after the power changed so that the network link was reset (boot, off). */
bool sim_device_take_link_reset(struct sim_device *device);

/* Adds a stored value to those of one property (more than one is an array); `text` is copied.
 * sim_device_forget drops the values of one property or (NULL) of the whole instance. */
void sim_device_store(struct sim_device *device, const struct sim_personality_instance *instance,
                      const struct wsman_property *property, struct slice text);
void sim_device_forget(struct sim_device *device, const struct sim_personality_instance *instance,
                       const struct wsman_property *property);

/* Makes a property absent, whatever the table says. */
void sim_device_hide(struct sim_device *device, const struct sim_personality_instance *instance,
                     const struct wsman_property *property);

/* Opens an enumeration from item `next` on; returns its id. */
uint32_t sim_device_context_open(struct sim_device *device, const struct wsman_class *class,
                                 uint16_t next, uint64_t now_ms);

/* Takes the context out (it serves once). False when there is none, or it is older than 60 s. */
bool sim_device_context_take(struct sim_device *device, uint32_t id, uint64_t now_ms,
                             struct sim_context *context);

#endif
