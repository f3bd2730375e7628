/*
 * What has come of a call that sets AMT up: whether AMT is what it was to be by this run's doing,
 * and whether it has this run's password, which may be one that nobody else knows. Decided here
 * alone. Pure; any thread.
 *
 * Only AMT's own refusal of the call says that it has not got the password, and only while AMT is
 * seen in another mode than the one that was wanted: firmware says no to what it has done, too.
 * Then one login is tried (a wrong one counts for AMT), and what it refuses may be not ready. After
 * AMT's yes it has the password, and a login that is refused says that AMT is not ready. What was
 * not answered is open, whatever is seen later, but for a login that succeeds: that of a request
 * which AMT has answered as "admin". A run may have sent the call before, too: what came of that
 * stays
 * (`has`).
 *
 *   the password | the call's  | AMT's mode is | login as  | verdict     | has then
 *   (has) before | answer      |               | "admin"   |             |
 *   -------------+-------------+---------------+-----------+-------------+---------------------
 *   any          | yes         | as wanted     | taken     | TOOK        | HAS
 *                |             |               | else      | UNCONFIRMED | HAS
 *                |             | another       | -         | STAYS       | HAS
 *                |             | not known     | -         | UNKNOWN     | HAS
 *   HAS_NOT, MAY | none        | as wanted     | taken     | TOOK        | HAS
 *                |             |               | refused   | UNDECIDED   | MAY
 *                |             |               | fails     | UNCONFIRMED | MAY
 *                |             | another       | -         | FAILED      | MAY
 *                |             | not known     | -         | UNKNOWN     | MAY
 *   HAS_NOT      | no          | as wanted     | taken     | TOOK        | HAS
 *                |             |               | refused   | ANOTHER_S   | MAY
 *                |             |               | fails     | UNCONFIRMED | MAY
 *                |             | another       | -         | FAILED      | HAS_NOT
 *                |             | not known     | -         | FAILED      | MAY
 *   HAS_NOT      | not sent    | as wanted     | -         | ANOTHER_S   | HAS_NOT
 *                |             | else          | -         | FAILED      | HAS_NOT
 *   MAY          | no, or      | as wanted     | taken     | TOOK        | HAS
 *                | not sent    |               | refused   | UNDECIDED   | MAY
 *                |             |               | fails     | UNCONFIRMED | MAY
 *                |             | else          | -         | FAILED      | MAY
 *   HAS          | none        | as wanted     | as after a yes          | HAS
 *                |             | else          | as without an answer    | HAS
 *   HAS          | no, or      | as wanted     | as after a yes          | HAS
 *                | not sent    | else          | -         | FAILED      | HAS
 *
 * Over TLS what was set counts from a commit as "admin" on, which is tried also where AMT has
 * refused the call and shows a set-up that is begun: its login decides, once. A commit that AMT has
 * answered with yes is a yes and a login; one that was not answered is neither, whatever the mode
 * is then. A set-up that is not committed is taken back when AMT has said yes to it, or refused to
 * commit it: where nothing was answered it may be another program's.
 *
 * After that only what takes the set-up back changes `has`: to HAS_NOT once AMT says that it is at
 * its beginning.
 */
#ifndef RPC_SETUP_VERDICT_H
#define RPC_SETUP_VERDICT_H

/* Whether AMT has this run's password. In this order. */
enum rpc_has { RPC_HAS_NOT, RPC_MAY_HAVE, RPC_HAS };

enum rpc_amt_says { RPC_AMT_SAYS_YES, RPC_AMT_SAYS_NO, RPC_AMT_SAYS_NOTHING, RPC_AMT_NOT_ASKED };

enum rpc_mode_seen { RPC_MODE_UNKNOWN, RPC_MODE_ANOTHER, RPC_MODE_WANTED };

enum rpc_login_seen { RPC_LOGIN_UNTRIED, RPC_LOGIN_TAKEN, RPC_LOGIN_REFUSED, RPC_LOGIN_FAILED };

struct rpc_activation_seen {
    enum rpc_has has; /* rpc_has_after */
    enum rpc_amt_says says;
    enum rpc_mode_seen mode;
    enum rpc_login_seen login;
};

enum rpc_verdict {
    RPC_VERDICT_TOOK,
    RPC_VERDICT_LOG_IN,      /* nobody knows before somebody has tried to */
    RPC_VERDICT_UNCONFIRMED, /* AMT is as wanted, but the password could not be tried */
    RPC_VERDICT_UNDECIDED,   /* the same, by this run's doing or by another program's */
    RPC_VERDICT_ANOTHER_S,
    RPC_VERDICT_STAYS,  /* AMT says yes, and stays as it was */
    RPC_VERDICT_FAILED, /* for the reason that the call gives */
    RPC_VERDICT_UNKNOWN,
};

/* The answer to one more call is in, or it was not sent. */
enum rpc_has rpc_has_after(enum rpc_has before, enum rpc_amt_says says);

/* AMT was looked at after it, and the login tried where that is needed. */
enum rpc_has rpc_has_at_last(const struct rpc_activation_seen *seen);

enum rpc_verdict rpc_verdict_of(const struct rpc_activation_seen *seen);

#endif
