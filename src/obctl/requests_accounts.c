/* AMT's local accounts: commands that are one request each. */
#include "obctl/request.h"

#define ACCOUNTS "/api/v1/amt/accounts/{guid}"
#define ACCOUNT  ACCOUNTS "/{username}"

#define USER                                                                           \
    {                                                                                  \
        .value = "USER", .member = "{username}", .required = true, .help = "who it is" \
    }

#define ACCESS(required_)                                                                  \
    {                                                                                      \
        .option = "access", .value = "WHERE", .member = "access", .required = (required_), \
        .help = "from where: local, network or any"                                        \
    }

#define REALMS(required_)                                                              \
    {                                                                                  \
        .option = "realms", .value = "REALMS", .member = "realms", .kind = OBCTL_LIST, \
        .required = (required_),                                                       \
        .help = "what it may use, with commas between: Redirection,Remote Control"     \
    }

#define PASSWORD                                                                              \
    {                                                                                         \
        .option = "password-file", .value = "FILE", .member = "password",                     \
        .from = "OBCTL_ACCOUNT_PASSWORD", .kind = OBCTL_ASKED,                                \
        .help = "its password in the first line; otherwise OBCTL_ACCOUNT_PASSWORD, or it is " \
                "asked for"                                                                   \
    }

const struct obctl_command obctl_requests_accounts[] = {
    OBCTL_REQUEST("accounts list", "List a device's accounts beside the administrator's",
                  .method = "GET", .path = ACCOUNTS, .rows = "",
                  .columns = "username,access,enabled,system,realms"),
    OBCTL_REQUEST(
        "accounts add", "Give a device another account", .method = "POST", .path = ACCOUNTS,
        .fields = OBCTL_FIELDS(
            {.value = "USER", .member = "username", .required = true, .help = "1 to 16 characters"},
            ACCESS(true), REALMS(true), PASSWORD)),
    OBCTL_REQUEST("accounts change", "Change what an account of a device may do", .method = "PATCH",
                  .path = ACCOUNT,
                  .fields = OBCTL_FIELDS(USER, ACCESS(false), REALMS(false),
                                         {.option = "enabled",
                                          .value = "on|off",
                                          .member = "enabled",
                                          .kind = OBCTL_ON_OFF,
                                          .help = "whether it may log in"},
                                         {.option = "password-file",
                                          .value = "FILE",
                                          .member = "password",
                                          .kind = OBCTL_SECRET,
                                          .help = "a new password, in the first line; 'accounts "
                                                  "password' asks for it"})),
    OBCTL_REQUEST("accounts password", "Give an account of a device a new password",
                  .method = "PATCH", .path = ACCOUNT, .done = "{}: password changed",
                  .fields = OBCTL_FIELDS(USER, PASSWORD)),
    OBCTL_REQUEST("accounts remove", "Remove an account from a device", .method = "DELETE",
                  .path = ACCOUNT, .done = "{}: account removed", .final = true,
                  .fields = OBCTL_FIELDS(USER)),
    {.words = NULL},
};
