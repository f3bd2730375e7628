#include "rpc/run/result.h"

#include "rpc/text/json.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS_MOST 16

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct rpc_result_member *)a)->key,
                  ((const struct rpc_result_member *)b)->key);
}

void rpc_result(struct rpc *rpc, const char *message, const struct rpc_result_member *members,
                size_t count)
{
    struct rpc_result_member sorted[MEMBERS_MOST];
    struct rpc_json json;
    if (rpc_output(rpc) != RPC_OUT_JSON) {
        rpc_log(rpc, LOG_INFO, "Status: %s", message);
        return;
    }
    size_t total = 0;
    for (size_t i = 0; i < count && total < MEMBERS_MOST - 2; i++)
        sorted[total++] = members[i];
    sorted[total++] = (struct rpc_result_member){"message", message};
    sorted[total++] = (struct rpc_result_member){"status", "success"};
    qsort(sorted, total, sizeof *sorted, compare);
    rpc_json_init(&json, rpc_out(rpc));
    rpc_json_open(&json, NULL, '{');
    for (size_t i = 0; i < total; i++)
        rpc_json_text(&json, sorted[i].key, sorted[i].value);
    rpc_json_close(&json, '}');
}
