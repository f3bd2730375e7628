#include "server/commands.h"

int command_fail(const struct error *err)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "outband: %s\n", err->text);
    return error_exit_code(err->code);
}

struct access_options command_access_options(const struct settings_values *settings)
{
    return (struct access_options){
        .issuer = settings->jwt_issuer,
        .jwt_secret = settings->jwt_secret,
        .expiration_min = (uint32_t)settings->token_minutes,
        .redirection_min = (uint32_t)settings->redirection_minutes,
        .login_enabled = settings->login,
    };
}
