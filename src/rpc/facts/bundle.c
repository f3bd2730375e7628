#include "rpc/facts/bundle.h"

#include "amt/amt.h"
#include "core/clock.h"
#include "io/fiber.h"
#include "mei/flash_log.h"
#include "mei/presence.h"
#include "rpc/doctor/doctor.h"
#include "rpc/facts/cira_text.h"
#include "rpc/facts/facts.h"
#include "rpc/facts/logs.h"
#include "rpc/facts/pthi_facts.h"
#include "rpc/facts/tar.h"
#include "rpc/facts/wsman_dump.h"
#include "rpc/machine/machine.h"
#include "rpc/run/commit.h"

#define FILE_LIMIT ((size_t)8 << 20)
#define ME_MS      20000
#define AMT_MS     240000
#define RECORDS    400

struct bundle {
    struct rpc *rpc;
    struct arena *arena;
    struct buffer *tar;
    struct buffer file;     /* that is being made */
    struct buffer problems; /* a line each */
    int64_t now;            /* seconds */
};

/* Takes what is in `file` over. */
static void keep(struct bundle *bundle, const char *name)
{
    if (!buffer_ok(&bundle->file))
        buffer_printf(&bundle->problems, "%s: too long\n", name);
    else if (buffer_size(&bundle->file) > 0)
        rpc_tar_put(bundle->tar, name, bundle->now, buffer_slice(&bundle->file));
    buffer_clear(&bundle->file);
}

static void miss(struct bundle *bundle, const char *name, const struct error *err)
{
    buffer_printf(&bundle->problems, "%s: %s\n", name, err->text);
    buffer_clear(&bundle->file);
}

static void add_version(struct bundle *bundle)
{
    char time[CLOCK_TEXT_SIZE];
    struct mei_presence presence;
    mei_presence_find("", &presence);
    buffer_printf(
        &bundle->file, "rpc %s (%s)\nmade %s\nnode %s\ndriver's state %s\nfirmware %s\nPCI %s %s\n",
        OUTBAND_VERSION, RPC_COMMIT, clock_format(bundle->now * 1000, time), presence.node,
        presence.state, presence.firmware, presence.pci_address, presence.pci_device);
    keep(bundle, "version.txt");
}

static void add_facts(struct bundle *bundle)
{
    struct rpc_facts *facts = arena_alloc(bundle->arena, sizeof *facts);
    rpc_facts_collect(bundle->rpc, RPC_FACT_ALL, facts);
    rpc_facts_put_json(facts, bundle->arena, &bundle->file);
    keep(bundle, "amtinfo.json");
}

static void add_doctor(struct bundle *bundle)
{
    struct rpc_health *health = arena_alloc(bundle->arena, sizeof *health);
    struct rpc_report report = {.arena = bundle->arena};
    struct rpc_page page = {.arena = bundle->arena};
    const struct rpc_page_look look = {.columns = 0};
    rpc_doctor_collect(bundle->rpc, false, health);
    rpc_doctor_judge(health, &report);
    rpc_doctor_put_json(&report, &bundle->file);
    keep(bundle, "doctor.json");
    rpc_doctor_put_page(&report, false, &page);
    rpc_page_print(&page, &bundle->file, &look);
    keep(bundle, "doctor.txt");
}

static void add_pthi(struct bundle *bundle)
{
    struct rpc_json json;
    struct mei_cira_log *log = arena_alloc(bundle->arena, sizeof *log);
    struct error err;
    struct mei_pthi *pthi = rpc_pthi_or(bundle->rpc, &err);
    if (pthi == NULL) {
        miss(bundle, "pthi.json", &err);
        return;
    }
    rpc_json_init(&json, &bundle->file);
    rpc_json_open(&json, NULL, '{');
    rpc_pthi_facts_put(pthi, bundle->arena, &json, NULL);
    rpc_json_close(&json, '}');
    keep(bundle, "pthi.json");
    if (!mei_pthi_cira_log(pthi, bundle->arena, log, &err)) {
        miss(bundle, "ciralog.txt", &err);
        return;
    }
    rpc_cira_text_put(&bundle->file, log);
    keep(bundle, "ciralog.txt");
}

static void add_flash_log(struct bundle *bundle)
{
    struct error err;
    if (mei_flash_log_read(&bundle->file, &err))
        keep(bundle, "csme_flash_log.bin");
    else
        miss(bundle, "csme_flash_log.bin", &err);
}

/* False when AMT refuses the login, which it would do for everything else, too. */
static bool add_classes(struct bundle *bundle, struct amt *amt)
{
    struct rpc_wsman_dump dump = {.ok = false};
    error_clear(&dump.err);
    for (size_t i = 0;
         rpc_wsman_names[i] != NULL && io_deadline_left() > 0 && dump.err.code != ERROR_LOGIN;
         i++) {
        const char *name = arena_printf(bundle->arena, "wsman/%s.xml", rpc_wsman_names[i]);
        if (!rpc_wsman_dump_read(amt, bundle->arena, rpc_wsman_names[i], &dump))
            buffer_printf(&bundle->problems, "%s: %s\n", name, dump.err.text);
        if (dump.exchanges != NULL) {
            rpc_wsman_dump_put_xml(&dump, &bundle->file);
            keep(bundle, name);
        }
    }
    return dump.err.code != ERROR_LOGIN;
}

static void add_amt(struct bundle *bundle)
{
    struct amt *amt;
    struct error err;
    if (!rpc_amt_or(bundle->rpc, RPC_AS_EITHER, &amt, &err)) {
        miss(bundle, "AMT's own ports", &err);
        return;
    }
    if (!add_classes(bundle, amt)) {
        buffer_put_text(&bundle->problems, "AMT's logs and classes want its password\n");
        return;
    }
    if (rpc_logs_put_events(amt, bundle->arena, RECORDS, true, &bundle->file, &err))
        keep(bundle, "events.json");
    else
        miss(bundle, "events.json", &err);
    if (rpc_logs_put_audit(amt, bundle->arena, RECORDS, true, &bundle->file, &err))
        keep(bundle, "audit.json");
    else
        miss(bundle, "audit.json", &err);
}

void rpc_bundle_collect(struct rpc *rpc, struct buffer *tar)
{
    unsigned mode;
    struct error err;
    struct bundle bundle = {
        .rpc = rpc, .arena = rpc_arena(rpc), .tar = tar, .now = clock_wall_ms() / 1000};
    buffer_init(&bundle.file, FILE_LIMIT);
    buffer_init(&bundle.problems, FILE_LIMIT);
    add_version(&bundle);
    add_doctor(&bundle);
    add_facts(&bundle);
    if (rpc_control_mode_or(rpc, &mode, &err)) {
        uint64_t outer = io_deadline_within(ME_MS);
        add_pthi(&bundle);
        add_flash_log(&bundle);
        io_deadline_restore(outer);
        outer = io_deadline_within(AMT_MS);
        add_amt(&bundle);
        io_deadline_restore(outer);
    } else {
        miss(&bundle, "the management engine", &err);
    }
    buffer_put(&bundle.file, buffer_slice(&bundle.problems));
    keep(&bundle, "problems.txt");
    rpc_tar_end(tar);
    buffer_fini(&bundle.problems);
    buffer_fini(&bundle.file);
}
