/* rpc amtinfo: what is known of AMT on this machine (rpc.md 1.5, 1.6). */
#include "rpc/command/commands.h"
#include "rpc/facts/facts.h"
#include "rpc/run/run.h"
#include "rpc/server/sync.h"
#include "rpc/text/page.h"

static const struct rpc_option options[] = {
    {.name = "ver", .letter = 'r', .generations = RPC_V2 | RPC_V3, .help = "The version of AMT"},
    {.name = "bld", .letter = 'b', .generations = RPC_V2 | RPC_V3, .help = "The build number"},
    {.name = "sku", .letter = 's', .generations = RPC_V2 | RPC_V3, .help = "The SKU"},
    {.name = "uuid",
     .letter = 'u',
     .generations = RPC_V2 | RPC_V3,
     .help = "The UUID of the machine"},
    {.name = "upid", .generations = RPC_V3, .help = "The platform's unique ID"},
    {.name = "mode", .letter = 'm', .generations = RPC_V2 | RPC_V3, .help = "The control mode"},
    {.name = "provisioningState",
     .letter = 'p',
     .generations = RPC_V3,
     .help = "How far the set-up is"},
    {.name = "dns",
     .letter = 'd',
     .generations = RPC_V2 | RPC_V3,
     .help = "The DNS suffixes, of AMT and of the host"},
    {.name = "hostname", .generations = RPC_V2 | RPC_V3, .help = "The host's name"},
    {.name = "lan", .letter = 'l', .generations = RPC_V2 | RPC_V3, .help = "The network adapters"},
    {.name = "ras",
     .letter = 'a',
     .generations = RPC_V2 | RPC_V3,
     .help = "Remote access: the state of the calls to a server"},
    {.name = "operationalState",
     .generations = RPC_V2 | RPC_V3,
     .help = "Whether AMT is switched on"},
    {.name = "cert",
     .letter = 'c',
     .generations = RPC_V2 | RPC_V3,
     .help = "The hashes of the roots that may provision"},
    {.name = "userCert", .generations = RPC_V2 | RPC_V3, .help = "The certificates in AMT"},
    {.name = "proxy", .generations = RPC_V3, .help = "The HTTP proxies in AMT"},
    {.name = "all", .letter = 'A', .generations = RPC_V2 | RPC_V3, .help = "Everything"},
    {.name = "sync",
     .aliases = RPC_TEXTS("discover", "register"),
     .generations = RPC_V3,
     .help = "Send it to the server at --url too"},
    {.name = "url",
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "The devices API of a server, for --sync"},
    {0},
};

/* Without a selector: all but the two lists of certificates. */
static unsigned wanted(const struct rpc *rpc)
{
    static const struct {
        const char *option;
        unsigned facts;
    } selectors[] = {
        {"ver", RPC_FACT_VERSION},
        {"bld", RPC_FACT_BUILD},
        {"sku", RPC_FACT_SKU},
        {"uuid", RPC_FACT_UUID},
        {"upid", RPC_FACT_UPID},
        {"mode", RPC_FACT_MODE},
        {"provisioningState", RPC_FACT_STATE},
        {"dns", RPC_FACT_DNS},
        {"hostname", RPC_FACT_HOSTNAME},
        {"lan", RPC_FACT_LAN},
        {"ras", RPC_FACT_RAS},
        {"operationalState", RPC_FACT_OPERATIONAL},
        {"cert", RPC_FACT_HASHES},
        {"userCert", RPC_FACT_CERTIFICATES},
        {"proxy", RPC_FACT_PROXIES},
        {"all", RPC_FACT_ALL},
    };
    unsigned facts = 0;
    for (size_t i = 0; i < sizeof selectors / sizeof selectors[0]; i++)
        if (rpc_flag(rpc, selectors[i].option))
            facts |= selectors[i].facts;
    return facts != 0 ? facts : RPC_FACT_USUAL;
}

static bool fail_of_engine(struct rpc *rpc, const struct rpc_facts *facts)
{
    return rpc_fail(rpc, facts->me_exit, "%s",
                    facts->may_use_me ? "the management engine doesn't answer"
                                      : "the ME's interface is for root");
}

static bool check(struct rpc *rpc)
{
    return !rpc_flag(rpc, "sync") || rpc_sync_check(rpc);
}

static bool run(struct rpc *rpc)
{
    struct rpc_facts facts;
    bool v2 = rpc_is_v2(rpc);
    bool sync = rpc_flag(rpc, "sync");
    /* A server is told all there is; a person sees what was asked for. */
    rpc_facts_collect(rpc, sync ? RPC_FACT_ALL | RPC_FACT_DOORS : wanted(rpc), &facts);
    bool ok = !sync || rpc_sync(rpc, &facts);
    facts.wanted = wanted(rpc);
    /* v2 shows nothing of a machine whose engine it can't ask. */
    if (v2 && !facts.heci_available)
        return fail_of_engine(rpc, &facts);
    if (v2 && rpc_output(rpc) == RPC_OUT_JSON) {
        rpc_facts_put_json_v2(&facts, rpc_arena(rpc), rpc_out(rpc));
    } else if (v2) {
        rpc_facts_put_text_v2(&facts, rpc_arena(rpc), rpc_out(rpc));
    } else if (rpc_output(rpc) == RPC_OUT_JSON) {
        rpc_facts_put_json(&facts, rpc_arena(rpc), rpc_out(rpc));
    } else {
        struct rpc_page page = {.arena = rpc_arena(rpc)};
        rpc_facts_put_page(&facts, &page);
        rpc_print(rpc, &page);
    }
    /* What is missing is no success, but what there is has been shown. */
    if (facts.me_exit != RPC_SUCCESS) {
        rpc_flush(rpc);
        return fail_of_engine(rpc, &facts);
    }
    return ok;
}

const struct rpc_command rpc_amtinfo = {
    .path = "amtinfo",
    .options = RPC_GROUPS(options),
    .generations = RPC_V2 | RPC_V3,
    .check = check,
    .run = run,
    .help = "What is known of AMT on this machine",
};
