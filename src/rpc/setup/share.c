#include "rpc/setup/share.h"

#include "io/child.h"
#include "io/fiber.h"
#include "rpc/web/smb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE_MS    60000
#define ERRORS_MOST ((size_t)8 * 1024)
#define SHOWN_MOST  120 /* of an address in a sentence */
#define STATUS_MOST 48

struct login {
    const char *domain, *user, *password; /* user NULL: nobody's */
};

static bool fail(struct error *err, const struct rpc_smb *smb, enum error_code code,
                 const char *text)
{
    struct slice shown = slice_first_text(slice_of_string(smb->shown), SHOWN_MOST);
    return error_set(err, code, "%.*s: %s", SLICE_ARG(shown), text);
}

/* ---- who asks ---- */

static bool take_password(struct rpc *rpc, const struct rpc_smb *smb, struct login *login,
                          struct error *err)
{
    struct slice given;
    bool asks = smb->password != NULL && strcmp(smb->password, "*") == 0;
    login->password = asks ? NULL : smb->password;
    if (login->password != NULL || (!asks && !rpc_given(rpc, "smb-password")))
        return true;
    if (!rpc_secret(rpc, "smb-password", "Please enter smb password", false, &given))
        return fail(err, smb, ERROR_INVALID, "its password is missing");
    login->password = (const char *)given.data;
    return true;
}

static bool take_login(struct rpc *rpc, const struct rpc_smb *smb, struct login *login,
                       struct error *err)
{
    login->domain = smb->domain != NULL ? smb->domain : rpc_text(rpc, "smb-domain");
    login->user = smb->user != NULL ? smb->user : rpc_text(rpc, "smb-user");
    if (!take_password(rpc, smb, login, err))
        return false;
    if (login->user == NULL && login->password != NULL)
        login->user = getenv("SUDO_USER");
    if (login->user == NULL && login->password != NULL)
        return fail(err, smb, ERROR_INVALID,
                    "there is a password and no user: smb://USER@…, or SMB_USER");
    if (login->user == NULL)
        return true;
    if (login->domain == NULL)
        login->domain = "";
    if (login->password == NULL)
        login->password = "";
    return rpc_smb_login_fits(login->user, "user", err) &&
           rpc_smb_login_fits(login->domain, "domain", err) &&
           rpc_smb_login_fits(login->password, "password", err);
}

/* ---- what smbclient says ---- */

enum stage { CONNECTING, NEGOTIATING, LOGGING_IN, ENTERING, OPENING, ELSEWHERE };

/* How its sentences begin, or end, at each stage. */
static const char *const marks[] = {
    [CONNECTING] = "Connection to ",       [NEGOTIATING] = "protocol negotiation failed",
    [LOGGING_IN] = "session setup failed", [ENTERING] = "tree connect failed",
    [OPENING] = " opening remote file ",
};

static const struct {
    enum stage stage;
    const char *status;
    enum error_code code;
    const char *text;
} sentences[] = {
    {CONNECTING, "CONNECTION_REFUSED", ERROR_CONNECTION, "the host refuses connections"},
    {CONNECTING, "UNSUCCESSFUL", ERROR_NOT_FOUND, "there is no host of that name"},
    {CONNECTING, "NOT_FOUND", ERROR_NOT_FOUND, "there is no host of that name"},
    {CONNECTING, "IO_TIMEOUT", ERROR_CONNECTION, "the host doesn't answer"},
    {CONNECTING, "HOST_UNREACHABLE", ERROR_CONNECTION, "the host cannot be reached"},
    {CONNECTING, "NETWORK_UNREACHABLE", ERROR_CONNECTION, "the host cannot be reached"},
    {LOGGING_IN, "LOGON_FAILURE", ERROR_UNAUTHORIZED, "user or password is wrong"},
    {LOGGING_IN, "WRONG_PASSWORD", ERROR_UNAUTHORIZED, "user or password is wrong"},
    {LOGGING_IN, "NO_SUCH_USER", ERROR_UNAUTHORIZED, "user or password is wrong"},
    {LOGGING_IN, "ACCOUNT_DISABLED", ERROR_FORBIDDEN, "the user's account is disabled"},
    {LOGGING_IN, "ACCOUNT_LOCKED_OUT", ERROR_FORBIDDEN, "the user's account is locked"},
    {LOGGING_IN, "PASSWORD_EXPIRED", ERROR_FORBIDDEN, "the password has expired"},
    {LOGGING_IN, "PASSWORD_MUST_CHANGE", ERROR_FORBIDDEN, "the password has to be changed first"},
    {ENTERING, "BAD_NETWORK_NAME", ERROR_NOT_FOUND, "the host has no such share"},
    {ENTERING, "ACCESS_DENIED", ERROR_FORBIDDEN, "the user may not enter the share"},
    {OPENING, "OBJECT_NAME_NOT_FOUND", ERROR_NOT_FOUND, "the share has no such file"},
    {OPENING, "OBJECT_PATH_NOT_FOUND", ERROR_NOT_FOUND, "the share has no such file"},
    {OPENING, "OBJECT_NAME_INVALID", ERROR_NOT_FOUND, "the share has no such file"},
    {OPENING, "NO_SUCH_FILE", ERROR_NOT_FOUND, "the share has no such file"},
    {OPENING, "FILE_IS_A_DIRECTORY", ERROR_INVALID, "it is a folder"},
    {OPENING, "ACCESS_DENIED", ERROR_FORBIDDEN, "the user may not read it"},
    {OPENING, "SHARING_VIOLATION", ERROR_CONFLICT, "somebody else has it open"},
};

static bool has(struct slice text, const char *part)
{
    return text.data != NULL && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

/* The first word behind "NT_STATUS_"; "" without one. Nothing else of what a server may have a hand
 * in is shown. */
static void status_of(struct slice said, char status[STATUS_MOST])
{
    static const char prefix[] = "NT_STATUS_";
    const uint8_t *at =
        said.size > 0 ? memmem(said.data, said.size, prefix, sizeof prefix - 1) : NULL;
    size_t size = 0;
    if (at != NULL)
        said = slice_from(said, (size_t)(at - said.data) + sizeof prefix - 1);
    while (at != NULL && size + 1 < STATUS_MOST && size < said.size &&
           ((said.data[size] >= 'A' && said.data[size] <= 'Z') || said.data[size] == '_')) {
        status[size] = (char)said.data[size];
        size++;
    }
    status[size] = '\0';
}

static bool explain(const struct rpc_smb *smb, bool is_nobody, struct slice said, int ended,
                    struct error *err)
{
    char status[STATUS_MOST];
    char text[128];
    enum stage stage = CONNECTING;
    while (stage < ELSEWHERE && !has(said, marks[stage]))
        stage++;
    status_of(said, status);
    if (is_nobody && (stage == LOGGING_IN || stage == ENTERING || stage == OPENING) &&
        (strcmp(status, "ACCESS_DENIED") == 0 || strcmp(status, "LOGON_FAILURE") == 0))
        return fail(err, smb, ERROR_UNAUTHORIZED,
                    "the host wants a login: smb://USER:*@…, or SMB_USER and SMB_PASSWORD");
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (sentences[i].stage == stage && strcmp(sentences[i].status, status) == 0)
            return fail(err, smb, sentences[i].code, sentences[i].text);
    static const char *const otherwise[] = {
        [CONNECTING] = "the host cannot be reached",
        [NEGOTIATING] = "the host speaks no SMB that smbclient takes",
        [LOGGING_IN] = "the host refuses the login",
        [ENTERING] = "the host doesn't open the share",
        [OPENING] = "the host doesn't open the file",
        [ELSEWHERE] = "smbclient could not read it",
    };
    if (status[0] != '\0')
        (void)snprintf(text, sizeof text, "%s (NT_STATUS_%s)", otherwise[stage], status);
    else if (ended == IO_CHILD_TAKEN)
        (void)snprintf(text, sizeof text,
                       "%s (this process has others wait for smbclient's exit status)",
                       otherwise[stage]);
    else
        (void)snprintf(text, sizeof text, "%s (smbclient ended with %d)", otherwise[stage], ended);
    return fail(err, smb, ERROR_CONNECTION, text);
}

/* ---- running it ---- */

/* Without a status, which a program that we are a library of may have taken: smbclient tells the
 * file's size before it writes it, and what goes wrong. */
static bool is_whole(struct slice said, size_t size)
{
    char told[48];
    (void)snprintf(told, sizeof told, " of size %zu as - ", size);
    return has(said, told) && !has(said, "NT_STATUS_");
}

static bool refuse_run(const struct rpc_smb *smb, struct error *err)
{
    struct error why = *err;
    switch (why.code) {
    case ERROR_TOO_LARGE:
        return fail(err, smb, why.code, "it is too large");
    case ERROR_TIMEOUT:
        return fail(err, smb, why.code, "the host took too long");
    default:
        return fail(err, smb, why.code, why.text);
    }
}

/* An authenticated session is signed: nobody on the way changes what root is about to do. */
static bool run(struct rpc *rpc, const struct rpc_smb *smb, const struct login *login,
                const char *program, struct buffer *output, struct error *err)
{
    struct arena *arena = rpc_arena(rpc);
    const char *path = getenv("PATH");
    const char *service = arena_printf(arena, "//%s/%s", smb->host, smb->share);
    const char *port = arena_printf(arena, "--port=%u", (unsigned)smb->port);
    const char *command = arena_printf(arena, "get \"%s\" -", smb->path);
    const char *environment[] = {arena_printf(arena, "PATH=%s", path), "LC_ALL=C", NULL};
    const char *as_user[] = {"smbclient",
                             "-E",
                             "-d1",
                             port,
                             "--option=clientsigning=required",
                             "-A",
                             "/proc/self/fd/3",
                             service,
                             "-c",
                             command,
                             NULL};
    const char *as_nobody[] = {"smbclient", "-E", "-d1", port, "-N", service, "-c", command, NULL};
    struct io_child child = {program, as_nobody, environment, {NULL, 0}};
    if (login->user != NULL) {
        child.arguments = as_user;
        child.input =
            slice_of_string(arena_printf(arena, "username = %s\npassword = %s\ndomain = %s\n",
                                         login->user, login->password, login->domain));
    }
    struct buffer errors;
    int status = 0;
    buffer_init(&errors, ERRORS_MOST);
    uint64_t before = io_deadline_within(SHARE_MS);
    bool ok = io_child_run(&child, output, &errors, &status, err);
    io_deadline_restore(before);
    if (!ok)
        (void)refuse_run(smb, err);
    else if (status == IO_CHILD_TAKEN)
        ok = is_whole(buffer_slice(&errors), buffer_size(output)) ||
             explain(smb, login->user == NULL, buffer_slice(&errors), status, err);
    else if (status != 0)
        ok = explain(smb, login->user == NULL, buffer_slice(&errors), status, err);
    buffer_fini(&errors);
    return ok;
}

bool rpc_share_read(struct rpc *rpc, struct slice address, size_t limit, struct slice *content,
                    struct error *err)
{
    struct rpc_smb smb;
    struct login login;
    struct buffer output;
    if (!rpc_smb_parse(rpc_arena(rpc), address, &smb, err))
        return false;
    const char *program = io_child_find(rpc_arena(rpc), getenv("PATH"), "smbclient");
    if (program == NULL)
        return fail(err, &smb, ERROR_NOT_FOUND,
                    "smbclient reads SMB shares and isn't installed: install it (Debian: apt "
                    "install smbclient), or mount the share");
    if (!take_login(rpc, &smb, &login, err))
        return false;
    buffer_init_secret(&output, limit);
    bool ok = run(rpc, &smb, &login, program, &output, err);
    if (ok)
        *content = arena_copy(rpc_arena(rpc), buffer_slice(&output));
    buffer_fini(&output);
    return ok;
}
