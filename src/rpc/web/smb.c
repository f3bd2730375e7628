#include "rpc/web/smb.h"

#include "core/encoding.h"
#include "rpc/text/url.h"

#include <string.h>

#define SCHEME     "smb://"
#define USUAL_PORT 445
#define SHARE_MOST 80
#define PATH_MOST  1024
#define LOGIN_MOST 256

/* No name on Windows has these; and smbclient ends a command at a semicolon, even within quotes,
 * and has no other way to write a quote. */
#define NO_NAME "\"*:;<>?\\|"

static bool begins(struct slice text, const char *prefix)
{
    struct slice wanted = slice_of_string(prefix);
    return text.size >= wanted.size &&
           slice_equal_ignore_case(slice_first(text, wanted.size), wanted);
}

bool rpc_smb_is_address(struct slice text)
{
    return begins(text, "smb:");
}

static bool is_printable(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return encoding_is_utf8(slice_of_string(text));
}

static bool is_name(const char *text, size_t most)
{
    size_t size = strlen(text);
    return size > 0 && size <= most && is_printable(text) && strpbrk(text, NO_NAME) == NULL;
}

bool rpc_smb_login_fits(const char *text, const char *what, struct error *err)
{
    return (strlen(text) <= LOGIN_MOST && is_printable(text) && text[0] != ' ') ||
           error_set(err, ERROR_INVALID,
                     "the %s for SMB is longer than %d characters, begins with a blank or has "
                     "control characters, which smbclient doesn't take",
                     what, LOGIN_MOST);
}

static bool take_login(struct arena *arena, struct slice *authority, struct rpc_smb *smb,
                       struct error *err)
{
    size_t at = authority->size;
    while (at > 0 && authority->data[at - 1] != '@')
        at--;
    if (at == 0)
        return true;
    struct slice login = slice_first(*authority, at - 1);
    *authority = slice_from(*authority, at);
    size_t colon = slice_index_of(login, ':');
    struct slice user = slice_first(login, colon);
    size_t semicolon = slice_index_of(user, ';');
    if (colon < login.size)
        smb->password = rpc_url_decode(arena, slice_from(login, colon + 1));
    if (semicolon < user.size)
        smb->domain = rpc_url_decode(arena, slice_split(&user, ';'));
    if (user.size > 0)
        smb->user = rpc_url_decode(arena, user);
    return (smb->password == NULL || rpc_smb_login_fits(smb->password, "password", err)) &&
           (smb->domain == NULL || rpc_smb_login_fits(smb->domain, "domain", err)) &&
           (smb->user == NULL || rpc_smb_login_fits(smb->user, "user", err));
}

static bool take_host(struct arena *arena, struct slice authority, struct rpc_smb *smb,
                      bool *brackets, struct error *err)
{
    struct slice host = {NULL, 0};
    struct slice digits;
    uint64_t port = USUAL_PORT;
    if (!rpc_url_split_host(authority, &host, brackets, &digits))
        return error_set(err, ERROR_INVALID, "the address on an SMB share has no host");
    if (digits.size > 0 && (!slice_to_u64(digits, UINT16_MAX, &port) || port == 0))
        return error_set(err, ERROR_INVALID, "the address on an SMB share has no such port");
    smb->host = arena_string(arena, host);
    smb->port = (uint16_t)port;
    return true;
}

bool rpc_smb_parse(struct arena *arena, struct slice text, struct rpc_smb *smb, struct error *err)
{
    char port[8] = "";
    bool brackets = false;
    *smb = (struct rpc_smb){.host = NULL};
    if (!begins(text, SCHEME))
        return error_set(err, ERROR_INVALID,
                         "the address of a file on an SMB share is smb://HOST/SHARE/PATH");
    struct slice rest = slice_from(text, strlen(SCHEME));
    struct slice authority = slice_split(&rest, '/');
    if (!take_login(arena, &authority, smb, err) ||
        !take_host(arena, authority, smb, &brackets, err))
        return false;
    smb->share = rpc_url_decode(arena, slice_split(&rest, '/'));
    smb->path = rpc_url_decode(arena, rest);
    if (!is_name(smb->share, SHARE_MOST) || strchr(smb->share, '/') != NULL)
        return error_set(err, ERROR_INVALID,
                         "the address on an SMB share has no share, or its name has one of %s",
                         NO_NAME);
    if (!is_name(smb->path, PATH_MOST))
        return error_set(err, ERROR_INVALID,
                         "the address on an SMB share has no path, or that is too long or has one "
                         "of %s or a control character",
                         NO_NAME);
    if (smb->port != USUAL_PORT) {
        const char *number = arena_printf(arena, ":%u", (unsigned)smb->port);
        memcpy(port, number, strlen(number) + 1);
    }
    smb->shown = arena_printf(arena, brackets ? SCHEME "[%s]%s/%s/%s" : SCHEME "%s%s/%s/%s",
                              smb->host, port, smb->share, smb->path);
    return true;
}
