#include "rpc/server/sync.h"

#include "rpc/server/console.h"

static bool read_url(struct rpc *rpc, struct rpc_url *url)
{
    struct error err;
    const char *text = rpc_text(rpc, "url");
    if (text == NULL || text[0] == '\0')
        return rpc_fail(rpc, RPC_WRONG_URL, "--sync needs --url: the devices API of a server");
    if (!rpc_url_parse(rpc_arena(rpc), slice_of_string(text), false, url, &err))
        return rpc_fail(rpc, RPC_WRONG_URL, "%s", err.text);
    return !rpc_url_is_websocket(url) ||
           rpc_fail(rpc, RPC_WRONG_URL, "%s: --sync goes to http:// or https://", url->shown);
}

bool rpc_sync_check(struct rpc *rpc)
{
    struct rpc_url ignored;
    return read_url(rpc, &ignored) && rpc_console_check(rpc);
}

bool rpc_sync(struct rpc *rpc, const struct rpc_facts *facts)
{
    struct rpc_console *console;
    struct rpc_url url;
    struct error err;
    enum rpc_exit code = RPC_GENERIC_FAILURE;
    if (!read_url(rpc, &url))
        return false;
    if (facts->uuid == NULL)
        return rpc_fail(rpc, RPC_INVALID_UUID, "this machine has no UUID to be known by");
    if (!rpc_console_open(rpc, &url, NULL, &console))
        return false;
    bool ok = rpc_console_tell(console, &url, facts, &code, &err);
    rpc_console_close(console);
    if (ok)
        rpc_log(rpc, LOG_INFO, "%s knows this machine now", url.shown);
    return ok || rpc_fail(rpc, code, "%s", err.text);
}
