#include "rpc/server/outcome.h"

#include <string.h>

/* Sentences of servers that stand for a code of their own (rps.md 2.7, 2.9). */
static const struct {
    const char *part;
    enum rpc_exit code;
} sentences[] = {
    {"DOES NOT match stored version", RPC_WRONG_PASSWORD},
    {"Missing password", RPC_WRONG_PASSWORD},
    {"Unable to authenticate with AMT", RPC_AMT_AUTHENTICATION_FAILED},
    {"does not match list of available AMT profiles", RPC_WRONG_PROFILE},
    {"Missing DNS Suffix", RPC_MISSING_DNS_SUFFIX},
};

static const enum rpc_exit part_codes[RPC_PARTS] = {
    [RPC_PART_ACTIVATION] = RPC_ACTIVATION_FAILED, [RPC_PART_WIRED] = RPC_WIRED_FAILED,
    [RPC_PART_WIRELESS] = RPC_WIFI_FAILED,         [RPC_PART_TLS] = RPC_TLS_FAILED,
    [RPC_PART_CIRA_PROXY] = RPC_CIRA_FAILED,       [RPC_PART_CIRA] = RPC_CIRA_FAILED,
};

static bool has(struct slice text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

enum rpc_exit rpc_outcome_code(const struct rpc_final *final, bool success, enum rpc_exit usual)
{
    if (!success)
        for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
            if (has(final->status, sentences[i].part))
                return sentences[i].code;
    if (!success && final->parts[RPC_PART_ACTIVATION].failed)
        return usual;
    for (size_t i = 0; i < RPC_PARTS; i++)
        if (final->parts[i].failed)
            return part_codes[i];
    return success ? RPC_SUCCESS : usual;
}

/* As v2 has it: "  Wired Network: Wired Network Configured", the texts below one another. */
static void show_parts(struct rpc *rpc, const struct rpc_final *final)
{
    size_t width = 0;
    for (size_t i = 0; i < RPC_PARTS; i++) {
        size_t size = strlen(rpc_part_name((enum rpc_part)i));
        if (final->parts[i].ran && size > width)
            width = size;
    }
    rpc_log(rpc, LOG_INFO, "Provisioning and Configuration Result : ");
    for (size_t i = 0; i < RPC_PARTS; i++) {
        const struct rpc_part_result *part = &final->parts[i];
        const char *name = rpc_part_name((enum rpc_part)i);
        if (part->ran)
            rpc_log(rpc, part->failed ? LOG_ERROR : LOG_INFO, "  %s:%*s %.*s%s%.*s%s", name,
                    (int)(width - strlen(name)), "",
                    SLICE_ARG(slice_first_text(part->details, 600)),
                    part->mode.size > 0 ? " [" : "", SLICE_ARG(slice_first_text(part->mode, 40)),
                    part->mode.size > 0 ? "]" : "");
    }
}

static void show_line(struct rpc *rpc, bool failed, const char *label, struct slice text)
{
    if (text.size > 0)
        rpc_log(rpc, failed ? LOG_ERROR : LOG_INFO, "%s: %.*s", label,
                SLICE_ARG(slice_first_text(text, 900)));
}

void rpc_outcome_show(struct rpc *rpc, const struct rpc_final *final, bool success)
{
    const struct rpc_part_result *parts = final->parts;
    if (rpc_is_v2(rpc) && final->has_parts) {
        show_parts(rpc, final);
        return;
    }
    if (success) /* else it is what the command fails with */
        show_line(rpc, false, "Status", final->status);
    show_line(rpc, parts[RPC_PART_WIRED].failed || parts[RPC_PART_WIRELESS].failed, "Network",
              final->network);
    show_line(rpc, parts[RPC_PART_CIRA].failed, "CIRA", final->cira);
    show_line(rpc, parts[RPC_PART_TLS].failed, "TLS", final->tls);
}
