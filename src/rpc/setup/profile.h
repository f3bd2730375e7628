/*
 * Profiles: a file with all that AMT is to be like (spec rpc 1.7), in YAML or JSON, sealed or not,
 * and bringing AMT into that state, step by step in this process. On the run's fiber.
 */
#ifndef RPC_SETUP_PROFILE_H
#define RPC_SETUP_PROFILE_H

#include "rpc/machine/fault.h"

#include <jansson.h>

#define RPC_PROFILE_MOST ((size_t)4 * 1024 * 1024) /* bytes */

/* A text in JSON or YAML. Owned: rpc_profile_free. NULL with ERROR_INVALID or the like. */
json_t *rpc_profile_parse(struct slice text, struct error *err);

/* A plain profile; a sealed one (12 bytes nonce, AES-256-GCM, tag; as bytes or base64) with its
 * `key`; or the object {filename, content, key} of a server, whose own key counts before `key`.
 * Owned: rpc_profile_free. NULL: fault 34 or 35, whose sentence quotes nothing. */
json_t *rpc_profile_read(struct rpc *rpc, struct slice bytes, struct slice key,
                         struct rpc_fault *fault);

/* Whether every member that means something has the type and the words that it may have, and a
 * value that its step would take, but for what certificates and keys hold; others are warned of.
 * Done by rpc_profile_read. Fault 35, whose sentence names the place and no value. */
bool rpc_profile_check(struct rpc *rpc, const json_t *profile, struct rpc_fault *fault);

/* Whether a text in it is the address of a file on an SMB share: the login is for servers that the
 * person who runs this names, and not for those of whoever has sent a profile. */
bool rpc_profile_names_share(const json_t *profile);

/* Secrets are overwritten. NULL is allowed. */
void rpc_profile_free(json_t *profile);

/* What whoever keeps a record of the machine has to know; in the run's arena. */
struct rpc_profile_outcome {
    struct slice password, mebx_password, mps_password; /* .data NULL: unknown, or not set */
    const char *mps_user;                               /* NULL: not set by this run */
    const char *name;                                   /* of the profile; NULL */
    bool admin;                                         /* control mode */
    bool made_password, made_mebx;                      /* here, not by the profile's author */
    bool tls;
    bool cira; /* the profile has it, whatever came of it */
};

/* Who keeps a record of the machine, and is told of it, with all passwords, when the steps are
 * over, also when some of them failed. False: nobody knows them. Behind a shield. */
struct rpc_profile_keeper {
    bool (*keep)(void *arg, const struct rpc_profile_outcome *outcome, struct rpc_fault *fault);
    void *arg;
};

/* Says each step's result in the log, and with --json in the result. False: the run has failed,
 * with the code of the first step that did; the steps after it were tried all the same, but when
 * AMT cannot be set up or reached. Passwords that are made here are told to the keeper (NULL:
 * there is none), or shown, or taken back with the activation (rpc/made/made.h). */
bool rpc_profile_run(struct rpc *rpc, const json_t *profile,
                     const struct rpc_profile_keeper *keeper);

/* The same for some of its parts, of an AMT that is activated and has the run's password; or, with
 * RPC_PROFILE_MODE, for the control mode. */
enum { RPC_PROFILE_MODE = 1, RPC_PROFILE_WIRED = 2, RPC_PROFILE_WIRELESS = 4, RPC_PROFILE_TLS = 8 };
bool rpc_profile_run_parts(struct rpc *rpc, const json_t *profile, unsigned parts);

/* Whether --profile's value is the name of a file. */
bool rpc_profile_is_file(const char *name);

/* The profile of rpc activate --profile FILE; freed by rpc_profile_free. NULL: the run has failed.
 */
json_t *rpc_profile_read_file(struct rpc *rpc, const char *path);

#endif
