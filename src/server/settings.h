/*
 * The settings of the server: each declared once in the table of settings_table.c, which decides
 * flag, environment names, key of the INI file, range, default and help. A flag wins over the
 * environment, that over the INI file, that over the default. Read once at start; read-only then.
 */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include "core/error.h"
#include "io/conn.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum setting_type {
    SETTING_TEXT,    /* char * */
    SETTING_NUMBER,  /* int64_t, min … max */
    SETTING_FLAG,    /* bool: true, false, 1, 0, yes, no, on, off */
    SETTING_ADDRESS, /* struct setting_address: "127.0.0.1:443", ":443", "443", "off" */
    SETTING_CHOICE,  /* char *, one word of `choices` */
    SETTING_SECRET   /* char *, never from the command line, never printed */
};

struct setting_address {
    bool on;
    struct io_address address;
};

/* Values; a text without a default is NULL when it was not given. */
struct settings_values {
    char *config;
    char *data;
    char *roles;
    struct setting_address https;
    struct setting_address cira;
    struct setting_address mps_http;
    struct setting_address rps_http;
    char *rps_auth;
    int64_t loops;
    char *log_level;
    char *log_form;
    char *common_name;
    char *instance;
    char *admin_user;
    char *admin_password;
    char *admin_password_file;
    bool login;
    char *jwt_secret;
    char *jwt_issuer;
    int64_t token_minutes;
    int64_t redirection_minutes;
    char *tls_oldest;
    char *device_ca;
    char *key_bits;
    int64_t keepalive;
    int64_t cira_idle;
    int64_t cira_login;
    int64_t cira_window;
    bool cira_last_seen;
    int64_t cira_devices;
    int64_t lan_connections;
    int64_t cira_handshakes;
    int64_t cira_parked;
    int64_t cira_handshake_time;
    int64_t cira_source_rate;
    int64_t https_source_rate;
    int64_t http_connections;
    int64_t http_body;
    int64_t http_idle;
    int64_t image_limit;
    int64_t images_limit;
    char *record;
    char *record_tags;
    bool record_required;
    int64_t recordings_limit;
    int64_t recordings_days;
    int64_t device_time;
    char *origins;
    bool metrics_open;
    struct setting_address rps_ws;
    char *agent_auth;
    int64_t agent_sessions;
    int64_t agent_source_sessions;
    int64_t agent_memory;
    int64_t agent_newcomers;
    int64_t agent_tenant_newcomers;
    int64_t agent_source_newcomers;
    int64_t agent_minutes;
    int64_t agent_attempt;
    int64_t agent_resume;
    bool prevent_orphans;
    const char *cira_home_domain;
    char *on_die_roots;
    char *mps_server;
    char *mps_token_file;
    char *mps_ca;
    struct setting_address ea_port;
    char *ea_auth;
    int64_t drain;
    int64_t minutes;
};

struct setting {
    const char *name;    /* "mps-http": flag --mps-http, INI key mps-http, OUTBAND_MPS_HTTP */
    const char *toolkit; /* the toolkit's environment name; NULL: it has none */
    enum setting_type type;
    size_t offset; /* into struct settings_values */
    int64_t min, max;
    const char *otherwise; /* the default as text; NULL: none */
    const char *choices;   /* words separated by blanks */
    const char *shown;     /* what the help calls the value */
    const char *help;
    const char *command; /* the only command that takes it, from the command line only */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

#define SETTINGS_LIMIT 96

/* Where a value came from, for messages: "--https", "MPS_PORT", "/etc/outband/outband.ini:3". */
struct settings {
    struct settings_values values;
    char *origins[SETTINGS_LIMIT]; /* NULL: the default */
};

/* What this process is (--roles): where devices call in and are managed, where they are
 * provisioned, or both. */
bool settings_is_mps(const struct settings_values *values);
bool settings_is_rps(const struct settings_values *values);

/* Reads all sources for `command` ("serve"). `arguments` are those after the command, ended by
 * NULL. Listeners of a role that the process doesn't have are off, whatever the sources say.
 * ERROR_INVALID names source and remedy. Call settings_fini in either case. */
bool settings_read(struct settings *settings, const char *command, char *const *arguments,
                   char *const *environment, struct error *err);

/* Frees; wipes the secrets. */
void settings_fini(struct settings *settings);

/* The effective values with their sources, secrets hidden. */
void settings_print(const struct settings *settings, FILE *to);

/* What --help prints about `command`. */
void settings_help(const char *command, FILE *to);

/* ---- for the readers of the sources ---- */

/* NULL when there is no such setting. */
const struct setting *settings_find(struct slice name);

/* Parses and sets; `origin` goes into messages and is copied. */
bool settings_set(struct settings *settings, const struct setting *setting, const char *value,
                  const char *origin, struct error *err);

/* The setting whose name is most like `name`; NULL when none is. */
const struct setting *settings_nearest(struct slice name);

/* "OUTBAND_MPS_HTTP". Returns `text`. */
const char *settings_variable(const struct setting *setting, char text[64]);

#endif
