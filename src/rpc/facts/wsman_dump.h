/*
 * Classes of AMT as they are, for `rpc diagnostics wsman` and the bundle (rpc.md 1.4): read word by
 * word, with passwords and keys cut out (amt/explorer.h), and printed as JSON, XML or a table.
 */
#ifndef RPC_FACTS_WSMAN_DUMP_H
#define RPC_FACTS_WSMAN_DUMP_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

struct amt;
struct amt_trace;
struct wsman_xml;

/* The names that v3 of the toolkit's client knows, sorted; ended by NULL. Others of the catalogue
 * can be read, too. */
extern const char *const rpc_wsman_names[];

struct rpc_wsman_dump {
    const char *name;
    bool ok;
    struct error err; /* why not */
    bool listed;      /* several instances, not one */
    const struct wsman_xml **instances;
    size_t count;
    const struct amt_trace *exchanges; /* NULL: none */
};

/* Reads one. False when it failed; `dump` says why. */
bool rpc_wsman_dump_read(struct amt *amt, struct arena *arena, const char *name,
                         struct rpc_wsman_dump *dump);

/* {"class", "data"}, or {"class", "status": "fetch_failed", "message"}. */
void rpc_wsman_dump_put_json(const struct rpc_wsman_dump *dump, struct arena *arena,
                             struct rpc_json *json);

/* The answers as they came, below a comment with the name. */
void rpc_wsman_dump_put_xml(const struct rpc_wsman_dump *dump, struct buffer *out);

/* A section. */
void rpc_wsman_dump_put_page(const struct rpc_wsman_dump *dump, struct rpc_page *page);

#endif
