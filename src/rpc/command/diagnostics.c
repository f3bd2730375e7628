/* rpc diagnostics …: what the firmware has written down (rpc.md 1.4). */
#include "amt/amt.h"
#include "core/file.h"
#include "core/file_target.h"
#include "io/fiber.h"
#include "mei/flash_log.h"
#include "rpc/command/commands.h"
#include "rpc/facts/bundle.h"
#include "rpc/facts/cira_text.h"
#include "rpc/facts/pthi_facts.h"
#include "rpc/facts/wsman_dump.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define RESULT_LIMIT ((size_t)32 << 20)
#define AMT_MS       240000

static const struct rpc_option output_options[] = {
    {.name = "output",
     .letter = 'o',
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "The file; without it one with the time in its name"},
    {0},
};

static const struct rpc_option wsman_options[] = {
    {.name = "class",
     .letter = 'c',
     .value = RPC_LIST,
     .generations = RPC_V3,
     .help = "A class; as often as you like"},
    {.name = "all", .letter = 'a', .generations = RPC_V3, .help = "Every class"},
    {.name = "output",
     .letter = 'o',
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "A file; without it standard output"},
    {.name = "format",
     .letter = 'f',
     .value = RPC_TEXT,
     .preset = "json",
     .choices = "json|xml|table",
     .generations = RPC_V3,
     .help = "How it is written"},
    {0},
};

/* ---- files ---- */

/* --output, else the local time and `ending`. */
static const char *file_name(struct rpc *rpc, const char *ending)
{
    char time_text[32] = "";
    struct tm local;
    time_t now = time(NULL);
    const char *given = rpc_text(rpc, "output");
    if (given != NULL)
        return given;
    if (localtime_r(&now, &local) != NULL)
        (void)strftime(time_text, sizeof time_text, "%Y%m%d_%H%M%S", &local);
    return arena_printf(rpc_arena(rpc), "%s_%s", time_text, ending);
}

/* "-" is standard output. Only its owner may read the file. */
static bool write_result(struct rpc *rpc, const char *name, const struct buffer *content,
                         const char *what)
{
    if (!buffer_ok(content))
        return rpc_fail(rpc, RPC_GENERIC_FAILURE, "the result is too long");
    if (strcmp(name, "-") == 0) {
        buffer_put(rpc_out(rpc), buffer_slice(content));
        return true;
    }
    if (!file_write(name, buffer_slice(content), 0600, FILE_REPLACE)) {
        struct error err;
        (void)file_target_error(&err, ERROR_INTERNAL, name);
        return rpc_fail(rpc, RPC_GENERIC_FAILURE, "%s", err.text);
    }
    const struct rpc_result_member members[] = {{"file", name}};
    rpc_result(rpc, arena_printf(rpc_arena(rpc), "%s is in %s", what, name), members, 1);
    return true;
}

/* ---- what the engine has written down ---- */

static bool run_cira(struct rpc *rpc)
{
    struct mei_cira_log *log = arena_alloc(rpc_arena(rpc), sizeof *log);
    struct buffer text;
    struct error err;
    struct mei_pthi *pthi = rpc_pthi(rpc);
    if (pthi == NULL)
        return false;
    if (!mei_pthi_cira_log(pthi, rpc_arena(rpc), log, &err)) {
        if (err.code == ERROR_PROTOCOL || err.code == ERROR_DEVICE)
            return rpc_fail(rpc, RPC_UNSUPPORTED_AMT_VERSION, "this platform keeps no such log: %s",
                            err.text);
        return rpc_fail_me(rpc, RPC_GENERIC_FAILURE, &err);
    }
    buffer_init(&text, RESULT_LIMIT);
    rpc_cira_text_put(&text, log);
    bool ok = write_result(rpc, file_name(rpc, "ciralog.txt"), &text, "the CIRA log");
    buffer_fini(&text);
    return ok;
}

static bool run_csme(struct rpc *rpc)
{
    struct buffer log;
    struct error err;
    buffer_init(&log, RESULT_LIMIT);
    bool ok = mei_flash_log_read(&log, &err);
    if (!ok && err.code == ERROR_UNSUPPORTED)
        (void)rpc_fail(rpc, RPC_UNSUPPORTED_AMT_VERSION, "%s", err.text);
    else if (!ok)
        (void)rpc_fail_me(rpc, RPC_GENERIC_FAILURE, &err);
    ok = ok && write_result(rpc, file_name(rpc, "csme_flash_log.bin"), &log, "the flash log");
    buffer_fini(&log);
    return ok;
}

static bool run_pthi(struct rpc *rpc)
{
    struct mei_pthi *pthi = rpc_pthi(rpc);
    if (pthi == NULL)
        return false;
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        struct rpc_json json;
        rpc_json_init(&json, rpc_out(rpc));
        rpc_json_open(&json, NULL, '{');
        rpc_pthi_facts_put(pthi, rpc_arena(rpc), &json, NULL);
        rpc_json_close(&json, '}');
        return true;
    }
    struct rpc_page page = {.arena = rpc_arena(rpc)};
    rpc_pthi_facts_put(pthi, rpc_arena(rpc), NULL, &page);
    rpc_print(rpc, &page);
    return true;
}

/* ---- classes ---- */

static bool run_list(struct rpc *rpc)
{
    struct rpc_json json;
    if (rpc_output(rpc) != RPC_OUT_JSON) {
        for (size_t i = 0; rpc_wsman_names[i] != NULL; i++)
            buffer_printf(rpc_out(rpc), "%s\n", rpc_wsman_names[i]);
        return true;
    }
    rpc_json_init(&json, rpc_out(rpc));
    rpc_json_open(&json, NULL, '[');
    for (size_t i = 0; rpc_wsman_names[i] != NULL; i++)
        rpc_json_text(&json, NULL, rpc_wsman_names[i]);
    rpc_json_close(&json, ']');
    return true;
}

struct classes {
    const char *const *names;
    size_t count;
    struct rpc_wsman_dump *dumps;
    size_t failed;
    struct error err; /* of the first that failed */
};

static void read_classes(struct rpc *rpc, struct amt *amt, struct classes *classes)
{
    uint64_t outer = io_deadline_within(AMT_MS);
    for (size_t i = 0; i < classes->count; i++) {
        struct rpc_wsman_dump *dump = &classes->dumps[i];
        if (rpc_wsman_dump_read(amt, rpc_arena(rpc), classes->names[i], dump))
            continue;
        if (classes->failed++ == 0)
            classes->err = dump->err;
    }
    io_deadline_restore(outer);
}

static void put_classes(struct rpc *rpc, const struct classes *classes, struct buffer *out)
{
    const char *format = rpc_text(rpc, "format");
    struct rpc_page page = {.arena = rpc_arena(rpc)};
    struct rpc_json json;
    const struct rpc_page_look look = {.table = true};
    rpc_json_init(&json, out);
    if (strcmp(format, "json") == 0)
        rpc_json_open(&json, NULL, '[');
    for (size_t i = 0; i < classes->count; i++) {
        const struct rpc_wsman_dump *dump = &classes->dumps[i];
        if (strcmp(format, "json") == 0)
            rpc_wsman_dump_put_json(dump, rpc_arena(rpc), &json);
        else if (strcmp(format, "xml") == 0)
            rpc_wsman_dump_put_xml(dump, out);
        else
            rpc_wsman_dump_put_page(dump, &page);
    }
    if (strcmp(format, "json") == 0)
        rpc_json_close(&json, ']');
    else if (strcmp(format, "table") == 0)
        rpc_page_print(&page, out, &look);
}

static bool show_classes(struct rpc *rpc, const struct classes *classes)
{
    struct buffer out;
    const char *file = rpc_text(rpc, "output");
    buffer_init(&out, RESULT_LIMIT);
    put_classes(rpc, classes, &out);
    bool ok = write_result(rpc, file != NULL ? file : "-", &out, "the result");
    buffer_fini(&out);
    bool all = rpc_flag(rpc, "all");
    if (!ok || classes->failed == 0 || (all && classes->failed < classes->count))
        return ok;
    return rpc_fail_error(rpc, RPC_WSMAN_MESSAGE_ERROR, &classes->err);
}

static bool check_get(struct rpc *rpc)
{
    size_t count;
    (void)rpc_list(rpc, "class", &count);
    return count > 0 || rpc_flag(rpc, "all") ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                    "which classes? --class NAME, as often as you like, or --all");
}

static bool run_get(struct rpc *rpc)
{
    struct classes classes = {.failed = 0};
    struct amt *amt;
    classes.names = rpc_list(rpc, "class", &classes.count);
    if (rpc_flag(rpc, "all")) {
        classes.names = rpc_wsman_names;
        for (classes.count = 0; rpc_wsman_names[classes.count] != NULL;)
            classes.count++;
    }
    classes.dumps = arena_array(rpc_arena(rpc), classes.count, sizeof *classes.dumps);
    if (!rpc_amt(rpc, RPC_AS_EITHER, &amt))
        return false;
    read_classes(rpc, amt, &classes);
    if (classes.err.code == ERROR_LOGIN && !rpc_given(rpc, "password"))
        rpc_log(rpc, LOG_INFO,
                "AMT doesn't tell the host's own account this; --password-file or "
                "$AMT_PASSWORD gives the password");
    return show_classes(rpc, &classes);
}

/* ---- all of it ---- */

static bool run_bundle(struct rpc *rpc)
{
    struct buffer tar;
    buffer_init(&tar, RESULT_LIMIT);
    rpc_bundle_collect(rpc, &tar);
    bool ok =
        write_result(rpc, file_name(rpc, "rpc_bundle.tar"), &tar, "all that could be found out");
    buffer_fini(&tar);
    return ok;
}

const struct rpc_command rpc_diagnostics_cira = {
    .path = "diagnostics cira",
    .aliases = RPC_TEXTS("diag cira"),
    .options = RPC_GROUPS(output_options),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_V3,
    .run = run_cira,
    .help = "Write the log of the calls to a server into a file",
};

const struct rpc_command rpc_diagnostics_csme = {
    .path = "diagnostics csme",
    .aliases = RPC_TEXTS("diag csme"),
    .options = RPC_GROUPS(output_options),
    .needs = RPC_NEEDS_ROOT,
    .generations = RPC_V3,
    .run = run_csme,
    .help = "Write the firmware's flash log into a file",
};

const struct rpc_command rpc_diagnostics_wsman_list = {
    .path = "diagnostics wsman list",
    .aliases = RPC_TEXTS("diag wsman list", "diagnostics ws-man list", "diag ws-man list"),
    .generations = RPC_V3,
    .run = run_list,
    .help = "List the classes that can be read",
};

const struct rpc_command rpc_diagnostics_wsman_get = {
    .path = "diagnostics wsman get",
    .aliases = RPC_TEXTS("diag wsman get", "diagnostics ws-man get", "diag ws-man get"),
    .options = RPC_GROUPS(wsman_options),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_V3,
    .check = check_get,
    .run = run_get,
    .help = "Read classes of AMT",
};

const struct rpc_command rpc_diagnostics_bundle = {
    .path = "diagnostics bundle",
    .aliases = RPC_TEXTS("diag bundle"),
    .options = RPC_GROUPS(output_options),
    .needs = RPC_NEEDS_ROOT,
    .generations = RPC_V3,
    .run = run_bundle,
    .help = "Collect all of it into one file",
};

const struct rpc_command rpc_diagnostics_pthi = {
    .path = "diagnostics pthi",
    .aliases = RPC_TEXTS("diag pthi"),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_OURS,
    .run = run_pthi,
    .help = "All that AMT says of itself without a password: versions, security, features …",
};
