/* rpc version: works without AMT and without rights. */
#include "rpc/command/commands.h"
#include "rpc/run/commit.h"
#include "rpc/run/commit_date.h"
#include "rpc/run/run.h"
#include "rpc/server/message.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

#include <stdio.h>
#include <sys/utsname.h>

#define COMPILER "C17 " __VERSION__

/* As the toolkit's names it: "linux/amd64". */
static void put_platform(char *text, size_t size)
{
    struct utsname name;
    const char *machine = uname(&name) == 0 ? name.machine : "unknown";
    if (slice_equal_string(slice_of_string(machine), "x86_64"))
        machine = "amd64";
    else if (slice_equal_string(slice_of_string(machine), "aarch64"))
        machine = "arm64";
    (void)snprintf(text, size, "linux/%s", machine);
}

static void put_json(struct buffer *out, bool v2, const char *platform)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '{');
    rpc_json_text(&json, "app", v2 ? "RPC" : "rpc");
    if (v2)
        rpc_json_text(&json, "protocol", RPC_SERVER_PROTOCOL);
    rpc_json_text(&json, "version", OUTBAND_VERSION);
    if (!v2) {
        rpc_json_text(&json, "protocol", RPC_SERVER_PROTOCOL);
        rpc_json_text(&json, "commit", RPC_COMMIT);
        rpc_json_text(&json, "date", RPC_COMMIT_DATE);
        rpc_json_text(&json, "go", COMPILER);
        rpc_json_text(&json, "platform", platform);
    }
    rpc_json_close(&json, '}');
}

static bool run(struct rpc *rpc)
{
    struct buffer *out = rpc_out(rpc);
    char platform[80];
    put_platform(platform, sizeof platform);
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        put_json(out, rpc_is_v2(rpc), platform);
        return true;
    }
    if (rpc_is_v2(rpc)) {
        buffer_printf(out, "RPC\nVersion %s\nProtocol %s\n", OUTBAND_VERSION, RPC_SERVER_PROTOCOL);
        return true;
    }
    struct rpc_page page = {.arena = rpc_arena(rpc)};
    rpc_page_section(&page, "RPC");
    rpc_page_row(&page, "Version", OUTBAND_VERSION, RPC_PLAIN);
    rpc_page_row(&page, "Protocol", RPC_SERVER_PROTOCOL, RPC_PLAIN);
    rpc_page_row(&page, "Commit", RPC_COMMIT, RPC_PLAIN);
    rpc_page_row(&page, "Built", RPC_COMMIT_DATE, RPC_PLAIN);
    rpc_page_row(&page, "Compiler", COMPILER, RPC_PLAIN);
    rpc_page_row(&page, "Platform", platform, RPC_PLAIN);
    rpc_print(rpc, &page);
    return true;
}

const struct rpc_command rpc_version = {
    .path = "version",
    .generations = RPC_V2 | RPC_V3,
    .run = run,
    .help = "The versions of this program and of its protocol",
};
