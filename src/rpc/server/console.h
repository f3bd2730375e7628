/*
 * The devices API of a console or presence server (rpc.md 1.4, 1.5): logs in, and tells it of this
 * machine. One per command, on the run's fiber. Every request has 10 s, a
 * profile 30 s.
 */
#ifndef RPC_SERVER_CONSOLE_H
#define RPC_SERVER_CONSOLE_H

#include "core/json_writer.h"
#include "rpc/facts/facts.h"
#include "rpc/text/url.h"
#include "rpc/web/web.h"

struct rpc_console;

/* The http(s) address that an option gives. False: the run has failed. */
bool rpc_console_url(struct rpc *rpc, const char *option, struct rpc_url *url);

/* Whether the flags that say where its devices are, and how to log in, make sense together. False:
 * the run has failed. */
bool rpc_console_check(struct rpc *rpc);

/* `server`: an address on it, whose path does not count. Logs in with --auth-token, or exchanges
 * --auth-username and --auth-password for a token; with neither requests carry none. `proxy` as for
 * rpc_web_open. False: the run has failed. */
bool rpc_console_open(struct rpc *rpc, const struct rpc_url *server, const char *proxy,
                      struct rpc_console **console);

/* NULL is allowed. */
void rpc_console_close(struct rpc_console *console);

/* Every server that is used in clear is warned of when it is; this one now, before there is
 * anything to tell it. */
void rpc_console_warn_of_devices(struct rpc_console *console);

/* GET of the address itself, for a profile; the body is in the run's arena. */
bool rpc_console_get(struct rpc_console *console, const struct rpc_url *url, const char *accept,
                     size_t limit, struct slice *body, enum rpc_exit *code, struct error *err);

/* What amtinfo knows of the machine, to `url`, else the devices of the server: PATCH; a machine
 * that it doesn't know is added first. */
bool rpc_console_tell(struct rpc_console *console, const struct rpc_url *url,
                      const struct rpc_facts *facts, enum rpc_exit *code, struct error *err);

/* A machine that has been activated. Texts may be NULL: left out. */
struct rpc_console_device {
    const char *guid, *hostname, *friendly_name, *mps_user;
    const char *const *tags;                            /* ended by NULL; or NULL */
    struct slice password, mebx_password, mps_password; /* .data NULL: left out */
    bool use_tls, allow_self_signed;
    const struct rpc_facts *facts; /* NULL: without deviceInfo */
};

/* Adds it; one that is there is changed. */
bool rpc_console_register(struct rpc_console *console, const struct rpc_console_device *device,
                          enum rpc_exit *code, struct error *err);

/* It does not call in: what was its password for that is forgotten. */
bool rpc_console_forget_call(struct rpc_console *console, const char *guid, enum rpc_exit *code,
                             struct error *err);

/* Removes it. One that is not there is no error. */
bool rpc_console_remove(struct rpc_console *console, const char *guid, enum rpc_exit *code,
                        struct error *err);

/* ---- pure: the bodies ---- */

/* `now_ms`: of the wall clock. With `lms` LMS answers. */
void rpc_console_put_facts(struct buffer *out, const struct rpc_facts *facts, bool lms,
                           int64_t now_ms, struct arena *arena);
/* … its deviceInfo alone. */
void rpc_console_put_info(struct json_writer *json, const struct rpc_facts *facts, bool lms,
                          int64_t now_ms, struct arena *arena);
void rpc_console_put_discovered(struct buffer *out, const struct rpc_facts *facts, int64_t now_ms);

/* An address of the machine, else its name: where a console finds it. */
const char *rpc_console_hostname(const struct rpc_facts *facts);

#endif
