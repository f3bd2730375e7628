/* The doctor's report, for people and for programs. */
#include "rpc/doctor/doctor.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

const char *rpc_verdict_name(enum rpc_finding_verdict verdict)
{
    static const char *const names[] = {"ok", "note", "warning", "blocked", "unknown"};
    return names[verdict];
}

static const char *const words[] = {"ok: ", "", "warning: ", "BLOCKED: ", "unknown: "};
static const char *const marks_of[] = {"✔ ", "  ", "! ", "✘ ", "? "};
static const enum rpc_tone tones[] = {RPC_GOOD, RPC_PLAIN, RPC_MIDDLING, RPC_BAD, RPC_DIM};

void rpc_doctor_put_page(const struct rpc_report *report, bool marks, struct rpc_page *page)
{
    const char *area = NULL;
    for (const struct rpc_finding *at = report->first; at != NULL; at = at->next) {
        if (at->area != area)
            rpc_page_section(page, at->area);
        area = at->area;
        const char *mark = marks ? marks_of[at->verdict] : words[at->verdict];
        rpc_page_row(page, at->check, arena_printf(page->arena, "%s%s", mark, at->what),
                     tones[at->verdict]);
        if (at->advice != NULL)
            rpc_page_row(page, "", arena_printf(page->arena, "→ %s", at->advice), RPC_PLAIN);
    }
    rpc_page_section(page, "Summary");
    rpc_page_remark(
        page,
        report->blocked > 0
            ? arena_printf(page->arena, "%zu of these block activation or CIRA (exit code %d, %s)",
                           report->blocked, (int)report->code, rpc_exit_name(report->code))
            : "Nothing blocks activation or CIRA",
        report->blocked > 0 ? RPC_BAD : RPC_GOOD);
}

void rpc_doctor_put_json(const struct rpc_report *report, struct buffer *out)
{
    struct rpc_json json;
    rpc_json_init(&json, out);
    rpc_json_open(&json, NULL, '{');
    rpc_json_bool(&json, "healthy", report->blocked == 0);
    rpc_json_number(&json, "code", report->code);
    rpc_json_text(&json, "codeName", rpc_exit_name(report->code));
    rpc_json_number(&json, "blocked", (int64_t)report->blocked);
    rpc_json_number(&json, "warnings", (int64_t)report->warnings);
    rpc_json_open(&json, "findings", '[');
    for (const struct rpc_finding *at = report->first; at != NULL; at = at->next) {
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "area", at->area);
        rpc_json_text(&json, "check", at->key);
        rpc_json_text(&json, "verdict", rpc_verdict_name(at->verdict));
        if (at->verdict == RPC_FINDING_BLOCKED)
            rpc_json_number(&json, "code", at->code);
        rpc_json_text(&json, "what", at->what);
        rpc_json_text(&json, "advice", at->advice);
        rpc_json_close(&json, '}');
    }
    rpc_json_close(&json, ']');
    rpc_json_close(&json, '}');
}
