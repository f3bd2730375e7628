#include "sim/options.h"

#include "core/memory.h"
#include "sim/credentials.h"
#include "sim/option_values.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ENVIRONMENT_PASSWORD     "AMTSIM_PASSWORD"
#define ENVIRONMENT_AMT_PASSWORD "AMTSIM_AMT_PASSWORD"

#define FLEET SIM_COMMAND_FLEET
#define LAN   SIM_COMMAND_LAN
#define AGENT SIM_COMMAND_AGENT
#define MEI   SIM_COMMAND_MEI
#define BOTH  (FLEET | LAN)
#define ALL   (FLEET | LAN | AGENT | MEI)

struct option_entry {
    unsigned commands; /* that have it */
    const char *name;
    const char *value; /* name of its value in the help; "[X]" is optional; NULL: a switch */
    const char *help;
    sim_read_value *read;
    size_t field;
};

#define FIELD(name) offsetof(struct sim_options, name)

static const struct option_entry entries[] = {
    {FLEET, "server", "HOST:PORT", "where the devices call in", sim_value_text, FIELD(server)},
    {BOTH, "count", "N", "devices (10; of lan 1)", sim_value_count, FIELD(count)},
    {FLEET, "rate", "N", "new connections per second (100)", sim_value_count, FIELD(rate)},
    {FLEET, "user", "U", "user name of the tunnel (derived from seed and GUID)", sim_value_text,
     FIELD(user)},
    {FLEET, "password", "P", "password of the tunnel (derived); wiped from the process list",
     sim_value_secret, FIELD(password)},
    {FLEET, "password-file", "FILE", "the same, from the first line of a file",
     sim_value_secret_file, FIELD(password)},
    {ALL, "amt-password", "P", "password of AMT's user admin (derived); wiped as well",
     sim_value_secret, FIELD(amt_password)},
    {ALL, "amt-password-file", "FILE", "the same, from the first line of a file",
     sim_value_secret_file, FIELD(amt_password)},
    {LAN, "password", "P", "password of AMT's user admin (derived); wiped from the process list",
     sim_value_secret, FIELD(amt_password)},
    {LAN, "password-file", "FILE", "the same, from the first line of a file", sim_value_secret_file,
     FIELD(amt_password)},
    {LAN, "bind", "ADDRESS", "of the first device (127.0.0.1, of several 127.1.0.1)",
     sim_value_text, FIELD(bind)},
    {LAN | MEI, "ports", "BASE", "BASE to BASE+3 instead of 16992 to 16995; 0: any free ones",
     sim_value_ports, FIELD(ports)},
    {LAN | MEI, "sessions", "N", "HTTP connections served at once, later ones wait (5)",
     sim_value_count, FIELD(sessions)},
    {LAN | MEI, "idle", "S", "end a connection that is silent for S seconds (60)", sim_value_count,
     FIELD(idle_s)},
    {LAN | MEI, "guid", "GUID", "the same as --guid-base", sim_value_guid, FIELD(guid_base)},
    {ALL, "guid-base", "GUID", "GUID of the first device, or how it begins; the others follow",
     sim_value_guid, FIELD(guid_base)},
    {ALL, "personality", "NAME",
     "11.8, 12.0.67, 14, 15, 16.1, 16.1-tls, 19; mixed: 12.0.67 and 16.1 in turn; all (mixed)",
     sim_value_personality, FIELD(personality)},
    {ALL, "seed", "N", "what derived credentials depend on (1)", sim_value_seed, FIELD(seed)},
    {ALL, "enroll", "FILE",
     "write the devices and their secrets as JSON lines (-: standard output)", sim_value_text,
     FIELD(enroll)},
    {FLEET, "stats-file", "FILE", "write counters as JSON every second and at the end",
     sim_value_text, FIELD(stats_file)},
    {FLEET, "storm", "N", "further devices that log in and leave, over and over, N at a time",
     sim_value_count, FIELD(storm)},
    {FLEET, "storm-rate", "N", "logins per second of the storm (no bound)", sim_value_count,
     FIELD(storm_rate)},
    {FLEET, "probe", "N", "of the devices, N send a keep-alive every 2 ms and measure it",
     sim_value_count, FIELD(probe)},
    {FLEET, "duration", "S", "end after S seconds (until a signal)", sim_value_count,
     FIELD(duration_s)},
    {FLEET | AGENT | MEI, "keepalive", "S",
     "own keep-alive interval until the server asks for another (30)", sim_value_count,
     FIELD(keepalive_s)},
    {FLEET | AGENT | MEI, "keep-interval", NULL, "keep the own interval whatever the server asks",
     sim_value_switch, FIELD(ignore_keepalive_options)},
    {ALL, "latency", "MS", "time from WSMAN request to answer (0)", sim_value_count,
     FIELD(latency_ms)},
    {ALL, "power-delay", "MS", "time from power request to its effect (300)", sim_value_count,
     FIELD(power_delay_ms)},
    {ALL, "boot-time", "MS", "time that a machine takes to its login (5000)", sim_value_count,
     FIELD(boot_time_ms)},
    {BOTH, "screen", "WxH", "mode of the machine's screen once its system runs (1024x768)",
     sim_value_screen, 0},
    {ALL, "screens", "N", "displays of each machine, 1 to 4 (1)", sim_value_screens,
     FIELD(screens)},
    {FLEET | AGENT | MEI, "tls", "VERSION",
     "newest TLS version offered: 1.2 or 1.3 (1.2, as firmware)", sim_value_tls, FIELD(tls)},
    {FLEET, "ca", "FILE", "check the server's certificate against these roots", sim_value_text,
     FIELD(ca)},
    {FLEET, "insecure", NULL, "accept any certificate (default)", sim_value_insecure, 0},
    {FLEET, "redial", "S,S,...", "pauses before dialling again, the last one repeats (10,10,900)",
     sim_value_redial, 0},
    {ALL, "close-each", NULL, "end the HTTP connection after every answer", sim_value_switch,
     FIELD(close_each)},
    {BOTH, "client-mode", NULL, "devices in client control mode: users consent to everything",
     sim_value_switch, FIELD(client_mode)},
    {ALL, "no-agent", NULL, "nobody on the hosts sleeps or shuts down when asked to",
     sim_value_switch, FIELD(no_agent)},
    {BOTH, "sessions-block-power", NULL, "no power off while one redirects", sim_value_switch,
     FIELD(sessions_block_power)},
    {BOTH, "ider-request", "BYTES", "of one READ of a remote drive (32768, at most 262144)",
     sim_value_count, FIELD(drives.request)},
    {BOTH, "ider-delay", "MS", "between the commands for remote drives, as a long wire has it (0)",
     sim_value_count, FIELD(drives.delay_ms)},
    {BOTH, "ider-lenient", NULL, "let pass what firmware is not known to check in IDER messages",
     sim_value_switch, FIELD(drives.lenient)},
    {BOTH, "ider-verify", NULL, "boot loaders read the whole medium; tells bytes and SHA-256",
     sim_value_switch, FIELD(drives.verify)},
    {BOTH, "ider-write-log", NULL, "boot loaders write into the last block of a writable floppy",
     sim_value_switch, FIELD(drives.write_log)},
    {BOTH, "serial", "WHAT",
     "at the serial line: machine, echo, sink or, in messages of so many bytes, source:BYTES",
     sim_value_line, FIELD(line)},
    {ALL, "strict-count", NULL, "refuse a digest nonce count that does not rise", sim_value_switch,
     FIELD(strict_count)},
    {FLEET, "drop-on-power", "[S]",
     "lose the tunnel when the power changes, dial again after S (5-30)", sim_value_drop_on_power,
     FIELD(drop_redial_s)},
    {FLEET, "drop", "SHARE", "cut the connection after this share of messages", sim_value_share,
     FIELD(drop)},
    {FLEET, "corrupt", "SHARE", "spoil one byte in this share of messages", sim_value_share,
     FIELD(corrupt)},
    {FLEET, "delay", "MS", "hold outgoing bytes for up to MS", sim_value_count, FIELD(delay_ms)},
    {FLEET, "split", "[HOW]", "cut outgoing bytes: bytes (one at a time) or random (default)",
     sim_value_split, FIELD(split)},
    {FLEET, "coalesce", NULL, "send several messages in one TLS record", sim_value_switch,
     FIELD(coalesce)},
    {ALL, "fault", "RULE", "answer some requests wrongly (see below); may be repeated",
     sim_value_fault, FIELD(mischief)},
    {AGENT, "plan", "FILE", "such rules for single machines instead: lines of NUMBER RULE",
     sim_value_text, FIELD(plan)},
    {AGENT, "trace", NULL, "tell of each request that proves who it is from", sim_value_switch,
     FIELD(trace)},
    {ALL, "certificate", "FILE", "what every device shows on its TLS ports, with its chain (own)",
     sim_value_text, FIELD(certificate)},
    {ALL, "key", "FILE", "the private key of --certificate", sim_value_text, FIELD(key)},
    {FLEET, "json", NULL, "progress as JSON lines", sim_value_switch, FIELD(json)},
    {BOTH, "unprovisioned", NULL, "devices that nobody has set up; the local account logs in",
     sim_value_switch, FIELD(unprovisioned)},
    {ALL, "local-password", "P", "password of the local account $$OsAdmin (derived); wiped as well",
     sim_value_secret, FIELD(local_password)},
    {ALL, "local-password-file", "FILE", "the same, from the first line of a file",
     sim_value_secret_file, FIELD(local_password)},
    {ALL, "dns-suffix", "NAME", "of the machines, as DHCP tells it (option 15)", sim_value_suffix,
     FIELD(dns_suffix)},
    {ALL, "trusted-dns-suffix", "NAME", "as somebody typed it at the machine", sim_value_suffix,
     FIELD(trusted_dns_suffix)},
    {ALL, "trusted-root", "HASH",
     "root of provisioning certificates, in hexadecimal, beside the firmware's; may be repeated",
     sim_value_root, 0},
    {ALL, "only-trusted-roots", NULL, "without those of the firmware", sim_value_switch,
     FIELD(only_trusted_roots)},
    {LAN, "start-with", "HASH",
     "a set-up inside TLS has begun, for the client whose certificate has this hash",
     sim_value_client, FIELD(start_client)},
    {ALL, "no-zero-touch", NULL, "no set-up with a certificate (ZeroTouchConfigurationEnabled)",
     sim_value_switch, FIELD(no_zero_touch)},
    {ALL, "mebx-stays", NULL,
     "the MEBx password outlives an un-provisioning and a set-up that is stopped (not known of "
     "firmware)",
     sim_value_switch, FIELD(mebx_stays)},
    {ALL, "provisioning-curves", NULL,
     "provisioning certificates may have EC keys, which no firmware is known to take",
     sim_value_switch, FIELD(curves)},
    {ALL, "setup-delay-ms", "MS", "that each step of a set-up takes (0)", sim_value_count,
     FIELD(setup_delay_ms)},
    {ALL, "signature-lock", "S", "no set-up with a certificate after three wrong signatures (60)",
     sim_value_count, FIELD(signature_lock_s)},
    {ALL, "lose-answer", "METHOD",
     "serve it and lose the answer with the connection; CLASS.METHOD and @TIMES as with --fault",
     sim_value_lose, FIELD(mischief)},
    {ALL, "fail", "METHOD=CODE", "a method does nothing and returns CODE; CLASS.METHOD, @TIMES",
     sim_value_fail, FIELD(mischief)},
    {ALL, "drop-after", "N", "lose the connection, once, instead of serving request N+1",
     sim_value_count, FIELD(drop_after)},
    {ALL, "keys-fast", NULL, "devices take the keys that they generate from a pool",
     sim_value_switch, FIELD(keys_fast)},
    {ALL, "keys-from", "FILE", "… which begins with those of a PEM file", sim_value_text,
     FIELD(keys_from)},
    {ALL, "clock-ahead", "S", "the firmware's clock is so many seconds fast", sim_value_count,
     FIELD(clock_ahead_s)},
    {ALL, "clock-behind", "S", "… or slow", sim_value_count, FIELD(clock_behind_s)},
    {LAN | AGENT | MEI, "cira-via", "HOST:PORT",
     "dial configured servers there, whatever their address", sim_value_text, FIELD(cira_via)},
    {LAN | AGENT | MEI, "redial", "S,S,...", "instead of the interval of the device's policy",
     sim_value_redial, 0},
    {AGENT, "url", "URL", "ws://HOST:PORT/PATH or wss://… of the server", sim_value_text,
     FIELD(url)},
    {AGENT, "profile", "NAME", "activate with it", sim_value_text, FIELD(profile)},
    {AGENT, "deactivate", NULL, "deactivate instead", sim_value_deactivate, 0},
    {AGENT, "maintenance", "TASK",
     "instead: synctime, syncip, synchostname, syncdeviceinfo, changepassword or \"changepassword "
     "NEW\"",
     sim_value_task, 0},
    {AGENT, "count", "N", "machines side by side (1)", sim_value_count, FIELD(count)},
    {AGENT, "rate", "N", "machines begun per second (100)", sim_value_count, FIELD(rate)},
    {AGENT, "at-once", "N", "machines whose errands run side by side (all)", sim_value_count,
     FIELD(at_once)},
    {AGENT, "mode", "MODE", "of the machines at the start: 0, 1 or 2 (0; 2 unless they activate)",
     sim_value_mode, FIELD(mode)},
    {AGENT, "password", "P", "AMT password that the agent says (--amt-password); wiped as well",
     sim_value_secret, FIELD(given_password)},
    {AGENT, "password-file", "FILE", "the same, from the first line of a file",
     sim_value_secret_file, FIELD(given_password)},
    {AGENT, "token-file", "FILE", "its first line is sent as a bearer token", sim_value_text,
     FIELD(token_file)},
    {AGENT, "tenant", "ID", "tenantId of the first message", sim_value_text, FIELD(tenant)},
    {AGENT, "force", NULL, "-f in the command", sim_value_switch, FIELD(force)},
    {AGENT, "tls-tunnel", NULL, "ask for TLS inside the session", sim_value_switch,
     FIELD(tls_tunnel)},
    {AGENT, "progress", NULL, "say that progress is understood", sim_value_switch, FIELD(progress)},
    {AGENT, "keep-state", "FILE",
     "the machines' state, read at the start and kept up to date; of more machines FILE.0 …",
     sim_value_text, FIELD(state_file)},
    {AGENT, "ca", "FILE", "check the server's certificate against these roots", sim_value_text,
     FIELD(ca)},
    {AGENT, "insecure", NULL, "accept any certificate", sim_value_insecure, 0},
    {AGENT, "timeout", "S", "end a session without a final message (600)", sim_value_count,
     FIELD(timeout_s)},
    {AGENT, "answer-window", "MS",
     "answers of AMT that come later are lost, as rpc-go has it (3000)", sim_value_count,
     FIELD(answer_ms)},
    {AGENT, "duration", "S", "end after S seconds (activated machines stay until a signal)",
     sim_value_count, FIELD(duration_s)},
    {AGENT, "once", NULL, "end when the sessions are over, activated or not", sim_value_switch,
     FIELD(once)},
    {AGENT, "lie-uuid", NULL, "say another UUID than AMT does", sim_value_switch, FIELD(lie_uuid)},
    {AGENT, "hang-after", "N", "say nothing any more from the server's message N on",
     sim_value_count, FIELD(hang_after)},
    {AGENT, "close-after", "N", "hang up on message N", sim_value_count, FIELD(close_after)},
    {AGENT, "late", "N", "answer message N late", sim_value_count, FIELD(late)},
    {AGENT, "late-ms", "MS", "… so late (20000)", sim_value_count, FIELD(late_ms)},
    {AGENT, "garbage", "N", "answer message N with garbage", sim_value_count, FIELD(garbage)},
    {MEI, "activated", "MODE[:P]",
     "already set up: ccm or acm, with the password P of user admin (derived); wiped as well",
     sim_value_activated, 0},
    {MEI, "lms", NULL, "there is an LMS: 127.0.0.1:16992 and, with TLS, 16993; LME is its own",
     sim_value_lms, 0},
    {MEI, "lms-port", "PORT", "the same, on PORT and PORT+1", sim_value_ports, FIELD(lms_ports)},
    {MEI, "mac", "MAC", "hardware address of the wired port (02:00:00:00:00:00)", sim_value_mac,
     FIELD(port_facts[0])},
    {MEI, "wireless-mac", "MAC", "… of the radio (02:01:00:00:00:00, once it has a profile)",
     sim_value_mac, FIELD(port_facts[1])},
    {MEI, "address", "IPV4", "of the wired port, by DHCP (192.0.2.2)", sim_value_address,
     FIELD(port_facts[0])},
    {MEI, "bind", "ADDRESS", "the machine's ports on a network, too, once it is set up (none)",
     sim_value_text, FIELD(bind)},
    {MEI, "state", "FILE", "the machine's state, read at the start and kept up to date",
     sim_value_text, FIELD(state_file)},
    {MEI, "stay", NULL, "keep the machine running after the command's end, until a signal",
     sim_value_switch, FIELD(stay)},
    {MEI, "trace", NULL, "messages of the ME, in hexadecimal, on standard error; secrets too",
     sim_value_switch, FIELD(trace)},
    {MEI, "mei-delay", "MS", "that messages of the ME take to the command (0)", sim_value_count,
     FIELD(mei_delay_ms)},
    {MEI, "mei-fault", "KIND", "the ME misbehaves (see below); may be repeated",
     sim_value_mei_fault, FIELD(mei_faults)},
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))
#define FIRST_VALUE 256 /* of what getopt returns, past the characters that mean errors */

static void set_defaults(struct sim_options *options, enum sim_command command)
{
    static const uint32_t redial[] = {10, 10, 900};
    memset(options, 0, sizeof(*options));
    options->count = command == FLEET ? 10 : 1;
    options->signature_lock_s = 60;
    options->mode = 3;
    options->timeout_s = 600;
    options->answer_ms = 3000;
    options->late_ms = 20000;
    options->ports = 16992;
    options->sessions = 5;
    options->idle_s = 60;
    options->personality_count = SIM_PERSONALITY_MIXED;
    if (command == MEI)
        options->personality = &sim_personality_16;
    options->unprovisioned = command == MEI;
    options->loopback_only = command == MEI;
    options->rate = 100;
    options->seed = 1;
    options->keepalive_s = 30;
    options->power_delay_ms = 300;
    options->boot_time_ms = 5000;
    options->screen_width = 1024;
    options->screen_height = 768;
    options->screens = 1;
    options->tls = IO_TLS_1_2;
    memcpy(options->redial_s, redial, sizeof(redial));
    options->redial_count = sizeof(redial) / sizeof(redial[0]);
    (void)guid_parse(slice_of_string(SIM_GUID_BASE), &options->guid_base);
}

static void read_environment(const char *name, char **secret)
{
    const char *value = getenv(name);
    if (*secret == NULL && value != NULL && value[0] != '\0' && strlen(value) <= 64)
        *secret = memory_string(slice_of_string(value));
}

static bool check_lan(struct sim_options *options, struct error *err)
{
    if (options->count == 0)
        return error_set(err, ERROR_INVALID, "--count 0 leaves no devices at all");
    if (options->sessions == 0)
        return error_set(err, ERROR_INVALID, "--sessions 0 would serve nobody");
    if (options->bind == NULL)
        options->bind = options->count == 1 ? "127.0.0.1" : "127.1.0.1";
    return true;
}

static bool check_agent(struct sim_options *options, struct error *err)
{
    bool activates = options->errand == SIM_ERRAND_ACTIVATE;
    if (options->url == NULL)
        return error_set(err, ERROR_INVALID, "--url is missing");
    if (activates && options->profile == NULL)
        return error_set(err, ERROR_INVALID, "--profile is missing");
    if (options->count == 0 || options->rate == 0)
        return error_set(err, ERROR_INVALID, "--count and --rate are 1 at least");
    if (options->mode == 3)
        options->mode = activates ? 0 : 2;
    options->unprovisioned = options->mode == 0;
    options->client_mode = options->mode == 1;
    return true;
}

static bool check_mei(struct sim_options *options, int argc, char **argv, struct error *err)
{
    if (optind >= argc)
        return error_set(err, ERROR_INVALID, "the command to run is missing");
    if (options->personality == NULL)
        return error_set(err, ERROR_INVALID, "--personality: it is one machine");
    options->command = argv + optind;
    options->unprovisioned = !options->activated;
    return true;
}

static bool check_fleet(const struct sim_options *options, struct error *err)
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

/* A mode that a release's KVM cannot show (spec device-protocols 3.2) is no machine of that
 * release.
 */
static bool check_screen(const struct sim_options *options, struct error *err)
{
    size_t count = options->personality != NULL ? 1 : options->personality_count;
    for (size_t i = 0; i < count; i++) {
        const struct sim_personality *one =
            options->personality != NULL ? options->personality : sim_personality_at(i);
        if (options->screen_width > one->screen_width ||
            options->screen_height > one->screen_height)
            return error_set(err, ERROR_INVALID,
                             "--screen: %ux%u is more than the %ux%u of firmware %s",
                             options->screen_width, options->screen_height, one->screen_width,
                             one->screen_height, one->name);
    }
    return true;
}

/* The command's part of the table for getopt; each `val` is FIRST_VALUE + the index in the table.
 */
static void list_options(enum sim_command command, struct option longs[ENTRY_COUNT + 1])
{
    memset(longs, 0, (ENTRY_COUNT + 1) * sizeof(*longs));
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        if ((entries[i].commands & command) == 0)
            continue;
        longs->name = entries[i].name;
        longs->has_arg = entries[i].value == NULL     ? no_argument
                         : entries[i].value[0] == '[' ? optional_argument
                                                      : required_argument;
        longs->val = FIRST_VALUE + (int)i;
        longs++;
    }
}

static bool read_keys(struct sim_options *options, struct error *err)
{
    struct slice pem;
    struct arena arena;
    arena_init(&arena);
    bool done = sim_credentials_read(&arena, options->keys_from, &pem, err) &&
                (sim_key_pool_fill(options->key_pool, pem, err) ||
                 error_wrap(err, "%s", options->keys_from));
    arena_fini_wiped(&arena);
    return done;
}

bool sim_options_read(struct sim_options *options, enum sim_command command, int argc, char **argv,
                      struct error *err)
{
    struct option longs[ENTRY_COUNT + 1];
    set_defaults(options, command);
    list_options(command, longs);
    opterr = 0;
    optind = 1;
    for (;;) {
        int got = getopt_long(argc, argv, command == MEI ? "+" : "", longs, NULL);
        if (got == -1)
            break;
        if (got < FIRST_VALUE)
            return error_set(err, ERROR_INVALID, "%s: unknown option, or its value is missing",
                             argv[optind - 1]);
        const struct option_entry *entry = &entries[got - FIRST_VALUE];
        if (!entry->read(options, optarg, (char *)options + entry->field, err))
            return error_wrap(err, "--%s", entry->name);
    }
    if (optind < argc && command != MEI)
        return error_set(err, ERROR_INVALID, "'%s' is not an option", argv[optind]);
    read_environment(ENVIRONMENT_PASSWORD, &options->password);
    read_environment(ENVIRONMENT_AMT_PASSWORD, &options->amt_password);
    if ((options->certificate == NULL) != (options->key == NULL))
        return error_set(err, ERROR_INVALID, "--certificate and --key go together");
    if (!check_screen(options, err))
        return false;
    if (options->keys_fast || options->keys_from != NULL)
        options->key_pool = sim_key_pool_new();
    if (options->keys_from != NULL && !read_keys(options, err))
        return false;
    return command == LAN     ? check_lan(options, err)
           : command == AGENT ? check_agent(options, err)
           : command == MEI   ? check_mei(options, argc, argv, err)
                              : check_fleet(options, err);
}

void sim_options_fini(struct sim_options *options)
{
    char *secrets[] = {options->password, options->amt_password, options->local_password,
                       options->given_password};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (secrets[i] != NULL)
            memory_wipe(secrets[i], strlen(secrets[i]));
        free(secrets[i]);
    }
    options->password = NULL;
    options->amt_password = NULL;
    options->local_password = NULL;
    options->given_password = NULL;
    sim_key_pool_free(options->key_pool);
    options->key_pool = NULL;
    sim_mischief_free(options->mischief);
    options->mischief = NULL;
}

void sim_options_help(enum sim_command command, FILE *to)
{
    for (size_t i = 0; i < ENTRY_COUNT; i++) {
        if ((entries[i].commands & command) == 0)
            continue;
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
    if (command == MEI)
        sim_mei_faults_help(to);
}

void sim_options_help_common(FILE *to)
{
    fputs("\n" ENVIRONMENT_PASSWORD " and " ENVIRONMENT_AMT_PASSWORD
          " in the environment stand for the two passwords.\n\n"
          "A rule of --fault is TARGET=KIND[:VALUE]; the first one that fits a request counts.\n"
          "TARGET is CLASS, CLASS.OPERATION (Get, Put, Enumerate, Pull, Create, Delete or a\n"
          "method), or *. KIND is one of\n\n"
          "  absent      the class is unknown\n"
          "  fault:NAME  that SOAP fault, such as AccessDenied, QuotaLimit, InternalError\n"
          "  return:N    the request is served, but the method's ReturnValue is N\n"
          "  status:N    that HTTP status, with an empty body\n"
          "  garbage     a body that is no XML\n"
          "  truncate    half of the answer, then the connection ends\n"
          "  wrong-id    the answer relates to another request\n"
          "  single      a Pull is answered with its first item, and that was all\n"
          "  slow:MS     the answer comes so much later\n"
          "  silent      no answer, ever\n"
          "  refuse:N    a method does nothing, and its ReturnValue is N\n"
          "  lose        the request is served, and the connection ends without an answer\n"
          "  mute        the request is served, and the answer never comes\n"
          "  other       the answer is one to another question\n"
          "  leave       the agent that carries the request hangs up instead\n"
          "  leave-after … hangs up instead of carrying the answer\n\n"
          "With @N behind it a rule counts for the first N requests of each device only; with #N\n"
          "behind its target for the N-th of them, and for its repetitions that follow at once.\n",
          to);
}
