#include "sim/options.h"

#include "core/memory.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ENVIRONMENT_PASSWORD     "AMTSIM_PASSWORD"
#define ENVIRONMENT_AMT_PASSWORD "AMTSIM_AMT_PASSWORD"
#define FILE_LIMIT               256

static const char guid_base_default[] = "51a70000-0000-4000-8000-000000000000";

typedef bool read_value(struct sim_options *options, char *text, void *field, struct error *err);

struct option_entry {
    const char *name;
    const char *value; /* name of its value in the help; "[X]" is optional; NULL: a switch */
    const char *help;
    read_value *read;
    size_t field;
};

static bool read_text(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    (void)err;
    *(const char **)field = text;
    return true;
}

static bool read_switch(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    (void)text;
    (void)err;
    *(bool *)field = true;
    return true;
}

static bool read_count(struct sim_options *options, char *text, void *field, struct error *err)
{
    uint64_t value;
    (void)options;
    if (!slice_to_u64(slice_of_string(text), 10000000, &value))
        return error_set(err, ERROR_INVALID, "'%s' is not a number from 0 to 10000000", text);
    *(uint32_t *)field = (uint32_t)value;
    return true;
}

static bool read_seed(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (!slice_to_u64(slice_of_string(text), UINT64_MAX, field))
        return error_set(err, ERROR_INVALID, "'%s' is not a whole number", text);
    return true;
}

static bool read_share(struct sim_options *options, char *text, void *field, struct error *err)
{
    char *end;
    (void)options;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value <= 1))
        return error_set(err, ERROR_INVALID, "'%s' is not a share from 0 to 1", text);
    *(double *)field = value;
    return true;
}

/* Keeps a copy and leaves nothing to read in the list of processes. */
static bool read_secret(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (strlen(text) > 64)
        return error_set(err, ERROR_INVALID, "a password has 64 characters at most");
    char **secret = field;
    free(*secret);
    *secret = memory_string(slice_of_string(text));
    memory_wipe(text, strlen(text));
    return true;
}

static bool read_secret_file(struct sim_options *options, char *text, void *field,
                             struct error *err)
{
    char line[FILE_LIMIT];
    FILE *file = fopen(text, "re");
    if (file == NULL)
        return error_set(err, ERROR_INVALID, "cannot read %s (errno %d)", text, errno);
    bool got = fgets(line, sizeof(line), file) != NULL;
    (void)fclose(file);
    if (!got)
        return error_set(err, ERROR_INVALID, "%s is empty", text);
    line[strcspn(line, "\r\n")] = '\0';
    return read_secret(options, line, field, err);
}

/* A whole GUID, or the first hexadecimal digits of its first group. */
static bool read_guid(struct sim_options *options, char *text, void *field, struct error *err)
{
    char whole[GUID_TEXT_SIZE];
    (void)options;
    memcpy(whole, guid_base_default, sizeof(whole));
    size_t size = strlen(text);
    if (size > 0 && size <= 8) {
        memset(whole, '0', 8);
        memcpy(whole, text, size);
        text = whole;
    }
    if (!guid_parse(slice_of_string(text), field))
        return error_set(err, ERROR_INVALID, "'%s' is not a GUID such as %s", text,
                         guid_base_default);
    return true;
}

static bool read_personality(struct sim_options *options, char *text, void *field,
                             struct error *err)
{
    const struct sim_personality *found = sim_personality_find(slice_of_string(text));
    *(const struct sim_personality **)field = found;
    if (found != NULL)
        return true;
    if (strcmp(text, "mixed") == 0)
        options->personality_count = SIM_PERSONALITY_MIXED;
    else if (strcmp(text, "all") == 0)
        options->personality_count = sim_personality_count();
    else
        return error_set(err, ERROR_INVALID,
                         "'%s' is none of 11.8, 12.0.67, 14, 15, 16.1, 16.1-tls, 19, mixed, all",
                         text);
    return true;
}

static bool read_tls(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (!io_tls_version_of(slice_of_string(text), field))
        return error_set(err, ERROR_INVALID, "'%s' is none of 1.0, 1.1, 1.2, 1.3", text);
    return true;
}

static bool read_split(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    enum sim_split *split = field;
    if (text == NULL || strcmp(text, "random") == 0)
        *split = SIM_SPLIT_RANDOM;
    else if (strcmp(text, "bytes") == 0)
        *split = SIM_SPLIT_BYTES;
    else
        return error_set(err, ERROR_INVALID, "'%s' is none of bytes, random", text);
    return true;
}

static bool read_redial(struct sim_options *options, char *text, void *field, struct error *err)
{
    struct slice rest = slice_of_string(text);
    (void)field;
    options->redial_count = 0;
    while (rest.size > 0) {
        uint64_t value;
        struct slice item = slice_split(&rest, ',');
        if (options->redial_count == sizeof(options->redial_s) / sizeof(options->redial_s[0]) ||
            !slice_to_u64(item, 86400, &value))
            return error_set(err, ERROR_INVALID, "'%s' is not a list of up to 8 seconds", text);
        options->redial_s[options->redial_count++] = (uint32_t)value;
    }
    if (options->redial_count == 0)
        return error_set(err, ERROR_INVALID, "the list is empty");
    return true;
}

static bool read_drop_on_power(struct sim_options *options, char *text, void *field,
                               struct error *err)
{
    options->drop_on_power = true;
    return text == NULL || read_count(options, text, field, err);
}

static bool read_insecure(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)text;
    (void)field;
    (void)err;
    options->ca = NULL;
    return true;
}

#define FIELD(name) offsetof(struct sim_options, name)

static const struct option_entry entries[] = {
    {"server", "HOST:PORT", "where the devices call in", read_text, FIELD(server)},
    {"count", "N", "devices (10)", read_count, FIELD(count)},
    {"rate", "N", "new connections per second (100)", read_count, FIELD(rate)},
    {"user", "U", "user name of the tunnel (derived from seed and GUID)", read_text, FIELD(user)},
    {"password", "P", "password of the tunnel (derived); wiped from the process list", read_secret,
     FIELD(password)},
    {"password-file", "FILE", "the same, from the first line of a file", read_secret_file,
     FIELD(password)},
    {"amt-password", "P", "password of AMT's user admin (derived); wiped as well", read_secret,
     FIELD(amt_password)},
    {"amt-password-file", "FILE", "the same, from the first line of a file", read_secret_file,
     FIELD(amt_password)},
    {"guid-base", "GUID", "GUID of the first device, or how it begins; the others follow",
     read_guid, FIELD(guid_base)},
    {"personality", "NAME",
     "11.8, 12.0.67, 14, 15, 16.1, 16.1-tls, 19; mixed: 12.0.67 and 16.1 in turn; all (mixed)",
     read_personality, FIELD(personality)},
    {"seed", "N", "what derived credentials depend on (1)", read_seed, FIELD(seed)},
    {"enroll", "FILE", "write the devices and their secrets as JSON lines (-: standard output)",
     read_text, FIELD(enroll)},
    {"stats-file", "FILE", "write counters as JSON every second and at the end", read_text,
     FIELD(stats_file)},
    {"storm", "N", "further devices that log in and leave, over and over, N at a time", read_count,
     FIELD(storm)},
    {"storm-rate", "N", "logins per second of the storm (no bound)", read_count, FIELD(storm_rate)},
    {"probe", "N", "of the devices, N send a keep-alive every 2 ms and measure it", read_count,
     FIELD(probe)},
    {"duration", "S", "end after S seconds (until a signal)", read_count, FIELD(duration_s)},
    {"keepalive", "S", "own keep-alive interval until the server asks for another (30)", read_count,
     FIELD(keepalive_s)},
    {"keep-interval", NULL, "keep the own interval whatever the server asks", read_switch,
     FIELD(ignore_keepalive_options)},
    {"latency", "MS", "time from WSMAN request to answer (0)", read_count, FIELD(latency_ms)},
    {"power-delay", "MS", "time from power request to its effect (300)", read_count,
     FIELD(power_delay_ms)},
    {"tls", "VERSION", "newest TLS version offered: 1.2 or 1.3 (1.2, as firmware)", read_tls,
     FIELD(tls)},
    {"ca", "FILE", "check the server's certificate against these roots", read_text, FIELD(ca)},
    {"insecure", NULL, "accept any certificate (default)", read_insecure, 0},
    {"redial", "S,S,...", "pauses before dialling again, the last one repeats (10,10,900)",
     read_redial, 0},
    {"close-each", NULL, "end the HTTP connection after every answer", read_switch,
     FIELD(close_each)},
    {"strict-count", NULL, "refuse a digest nonce count that does not rise", read_switch,
     FIELD(strict_count)},
    {"drop-on-power", "[S]", "lose the tunnel when the power changes, dial again after S (5-30)",
     read_drop_on_power, FIELD(drop_redial_s)},
    {"drop", "SHARE", "cut the connection after this share of messages", read_share, FIELD(drop)},
    {"corrupt", "SHARE", "spoil one byte in this share of messages", read_share, FIELD(corrupt)},
    {"delay", "MS", "hold outgoing bytes for up to MS", read_count, FIELD(delay_ms)},
    {"split", "[HOW]", "cut outgoing bytes: bytes (one at a time) or random (default)", read_split,
     FIELD(split)},
    {"coalesce", NULL, "send several messages in one TLS record", read_switch, FIELD(coalesce)},
    {"json", NULL, "progress as JSON lines", read_switch, FIELD(json)},
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

static void set_defaults(struct sim_options *options)
{
    static const uint32_t redial[] = {10, 10, 900};
    memset(options, 0, sizeof(*options));
    options->count = 10;
    options->personality_count = SIM_PERSONALITY_MIXED;
    options->rate = 100;
    options->seed = 1;
    options->keepalive_s = 30;
    options->power_delay_ms = 300;
    options->tls = IO_TLS_1_2;
    memcpy(options->redial_s, redial, sizeof(redial));
    options->redial_count = sizeof(redial) / sizeof(redial[0]);
    (void)guid_parse(slice_of_string(guid_base_default), &options->guid_base);
}

static void read_environment(const char *name, char **secret)
{
    const char *value = getenv(name);
    if (*secret == NULL && value != NULL && value[0] != '\0' && strlen(value) <= 64)
        *secret = memory_string(slice_of_string(value));
}

static bool check(const struct sim_options *options, struct error *err)
{
    if (options->server == NULL && options->enroll == NULL)
        return error_set(err, ERROR_INVALID, "--server or --enroll is missing");
    if (options->user != NULL && strlen(options->user) > 64)
        return error_set(err, ERROR_INVALID, "--user: 64 characters at most");
    if (options->count == 0 && options->storm == 0)
        return error_set(err, ERROR_INVALID, "--count 0 without --storm leaves no devices at all");
    if (options->probe > options->count)
        return error_set(err, ERROR_INVALID, "--probe is more than --count");
    if (options->rate == 0)
        return error_set(err, ERROR_INVALID, "--rate: nobody would ever call in");
    return true;
}

bool sim_options_read(struct sim_options *options, int argc, char **argv, struct error *err)
{
    struct option longs[ENTRY_COUNT + 1];
    set_defaults(options);
    memset(longs, 0, sizeof(longs));
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        longs[i].name = entries[i].name;
        longs[i].has_arg = entries[i].value == NULL     ? no_argument
                           : entries[i].value[0] == '[' ? optional_argument
                                                        : required_argument;
    }
    opterr = 0;
    optind = 1;
    for (;;) {
        int index = -1;
        int got = getopt_long(argc, argv, "", longs, &index);
        if (got == -1)
            break;
        if (got != 0 || index < 0)
            return error_set(err, ERROR_INVALID, "%s: unknown option, or its value is missing",
                             argv[optind - 1]);
        void *field = (char *)options + entries[index].field;
        if (!entries[index].read(options, optarg, field, err))
            return error_wrap(err, "--%s", entries[index].name);
    }
    if (optind < argc)
        return error_set(err, ERROR_INVALID, "'%s' is not an option", argv[optind]);
    read_environment(ENVIRONMENT_PASSWORD, &options->password);
    read_environment(ENVIRONMENT_AMT_PASSWORD, &options->amt_password);
    return check(options, err);
}

void sim_options_fini(struct sim_options *options)
{
    char *secrets[] = {options->password, options->amt_password};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (secrets[i] != NULL)
            memory_wipe(secrets[i], strlen(secrets[i]));
        free(secrets[i]);
    }
    options->password = NULL;
    options->amt_password = NULL;
}

void sim_options_help(FILE *to)
{
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        char left[40];
        const char *value = entries[i].value;
        if (value == NULL)
            snprintf(left, sizeof(left), "--%s", entries[i].name);
        else if (value[0] == '[')
            snprintf(left, sizeof(left), "--%s[=%s", entries[i].name, value + 1);
        else
            snprintf(left, sizeof(left), "--%s %s", entries[i].name, value);
        fprintf(to, "  %-24s %s\n", left, entries[i].help);
    }
    fputs("\n" ENVIRONMENT_PASSWORD " and " ENVIRONMENT_AMT_PASSWORD
          " in the environment stand for the two passwords.\n",
          to);
}
