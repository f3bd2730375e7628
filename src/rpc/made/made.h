/*
 * Passwords that are made here. Nobody else knows them, so from before AMT is given one until it is
 * known to somebody it stands in a file: in /var/lib/outband-rpc, else, where nothing can be kept
 * there or it is full, /run/outband-rpc, which goes with the power, else /var/tmp/outband-rpc-UID;
 * or in the folder that RPC_STATE_FOLDER names. The folder is root's or the agent's own and nobody
 * else can write to it; the file, one for each password, is for its owner alone, synced with its
 * folder, and what --password-file takes. So whatever ends the run, a second signal, SIGKILL or the
 * power, the password is not lost. It is deleted when a server was told (rpc_made_known), the
 * activation was taken back or AMT has not got it (rpc_made_drop), or it was shown (rpc_made_show).
 * Where no file can be kept AMT is given none.
 *
 * A file that a run has left behind is told by the next one that changes AMT, and by rpc doctor;
 * those of runs that are under way are locked (flock). On the run's loop.
 */
#ifndef RPC_MADE_MADE_H
#define RPC_MADE_MADE_H

#include "rpc/machine/fault.h"

enum rpc_made_kind { RPC_MADE_AMT, RPC_MADE_MEBX, RPC_MADE_MPS, RPC_MADE_KINDS };

/* "AMT", "MEBx", "MPS". */
const char *rpc_made_name(enum rpc_made_kind kind);

/* Before AMT is changed by a run that will make some. False: they could not be kept, or, where
 * `show` says that they are to be printed, nobody would see that (standard output is closed, full,
 * /dev/null or a pipe that nobody reads); the run has failed. */
bool rpc_made_prepare(struct rpc *rpc, bool show);

/* Before AMT is given it; again, too. Faults: 10 when it cannot be kept; AMT must not have it. */
bool rpc_made_hold(struct rpc *rpc, enum rpc_made_kind kind, struct slice password,
                   struct rpc_fault *fault);

/* AMT has not got it. */
void rpc_made_drop(struct rpc *rpc, enum rpc_made_kind kind);

/* AMT says that it has not got it, and may have it all the same: the file stays, and is named. */
void rpc_made_leave(struct rpc *rpc, enum rpc_made_kind kind);

/* Somebody else knows this one. What is held is forgotten if it is the same. */
void rpc_made_known(struct rpc *rpc, enum rpc_made_kind kind, struct slice password);

/* What is held and nobody knows; NULL: none. In the run's arena. */
const char *rpc_made_password(const struct rpc *rpc, enum rpc_made_kind kind);
bool rpc_made_any(const struct rpc *rpc);

/* The run's output has what is held, and is written out. If it cannot be, the files stay, and are
 * named in the log. */
void rpc_made_show(struct rpc *rpc);

/* Names the files of what is held in the log; nothing without any. */
void rpc_made_tell(struct rpc *rpc);

/* The end of the run: files of what nobody knows stay, and are named. Of the frame. */
void rpc_made_close(struct rpc *rpc);

/* The files that earlier runs have left behind, with commas; NULL: none that can be seen. In the
 * run's arena. */
const char *rpc_made_left(struct rpc *rpc);

/* Names them in the log. */
void rpc_made_mention(struct rpc *rpc);

#endif
