/* obctl login: asks for a password, stores server, token and trust. */
#include "core/json_writer.h"
#include "core/memory.h"
#include "obctl/command.h"
#include "obctl/secret.h"
#include "obctl/trust.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_LIMIT 1024
#define FILE_LIMIT     32768

struct choices {
    const char *user;
    const char *password_file;
    const char *ca_file;
    const char *pin;
    bool insecure;
};

static bool get_password(struct obctl *obctl, const struct choices *choices, char *password,
                         struct error *err)
{
    if (choices->password_file == NULL)
        return obctl_secret_ask(arena_printf(obctl->arena, "Password of %s", choices->user),
                                password, PASSWORD_LIMIT, err);
    struct slice text;
    if (!obctl_config_read_file(obctl->arena, choices->password_file, PASSWORD_LIMIT - 1, &text,
                                err))
        return false;
    struct slice line = slice_split(&text, '\n');
    memcpy(password, line.data, line.size);
    password[line.size] = '\0';
    password[strcspn(password, "\r")] = '\0';
    return true;
}

static bool confirm(const struct obctl_url *url, const struct obctl_certificate *certificate,
                    struct error *err)
{
    if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {
        char answer[16];
        (void)fprintf(stderr,
                      "%s shows a certificate that no known authority has signed.\n"
                      "SHA-256 %s\n"
                      "The server prints its own at the start. Trust it? [y/N] ",
                      url->base, certificate->fingerprint);
        if (obctl_secret_read_line(answer, sizeof answer) && (answer[0] == 'y' || answer[0] == 'Y'))
            return true;
        return error_set(err, ERROR_INVALID, "not trusted, nothing was sent");
    }
    return error_set(err, ERROR_INVALID,
                     "no known authority signed the server's certificate; give --ca FILE or, once "
                     "compared, --pin %s",
                     certificate->fingerprint);
}

/* Decides what certificates are good from now on. */
static bool decide_trust(struct obctl *obctl, const struct obctl_url *url,
                         const struct choices *choices, struct error *err)
{
    struct obctl_config *config = &obctl->config;
    config->insecure = choices->insecure;
    if (choices->insecure || !url->tls)
        return true;
    if (choices->ca_file != NULL) {
        struct slice pem;
        if (!obctl_config_read_file(obctl->arena, choices->ca_file, FILE_LIMIT, &pem, err))
            return false;
        config->trust = arena_string(obctl->arena, pem);
        return true;
    }
    if (config->trust != NULL && choices->pin == NULL)
        return true; /* OBCTL_CA, or decided at an earlier login to this server */
    struct obctl_certificate certificate = {0};
    if (!obctl_trust_fetch(obctl->arena, url, &certificate, err))
        return false;
    if (choices->pin != NULL) {
        if (!obctl_trust_matches(&certificate, slice_of_string(choices->pin)))
            return error_set(err, ERROR_UNAUTHORIZED,
                             "the server's certificate is another one: SHA-256 %s",
                             certificate.fingerprint);
    } else if (certificate.known) {
        return true;
    } else if (!confirm(url, &certificate, err)) {
        return false;
    }
    config->trust = certificate.pem;
    return true;
}

static bool log_in(struct obctl *obctl, const struct choices *choices, const char *password,
                   struct error *err)
{
    bool ok = false;
    struct buffer body;
    struct json_writer json;
    struct obctl_answer answer = {0};
    buffer_init(&body, PASSWORD_LIMIT * 8);
    json_writer_init(&json, &body);
    json_open_object(&json);
    json_put_member_string(&json, "username", choices->user);
    json_put_member_string(&json, "password", password);
    json_close_object(&json);

    obctl->api = obctl_api_new(&obctl->config, err);
    if (obctl->api == NULL || !obctl_api_call(obctl->api, obctl->arena, "POST", "/api/v1/authorize",
                                              buffer_slice(&body), &answer, err))
        goto out;
    const char *token = json_string_value(json_object_get(answer.json, "token"));
    if (token == NULL) {
        error_set(err, ERROR_PROTOCOL, "the server sent no token");
        goto out;
    }
    obctl->config.token = arena_string(obctl->arena, slice_of_string(token));
    ok = obctl_config_save(obctl->arena, obctl->config_path, &obctl->config, err);
out:
    obctl_answer_fini(&answer);
    memory_wipe(body.bytes, body.end);
    buffer_fini(&body);
    return ok;
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {
        {"user", required_argument, NULL, 'u'}, {"password-file", required_argument, NULL, 'p'},
        {"ca", required_argument, NULL, 'c'},   {"pin", required_argument, NULL, 'f'},
        {"insecure", no_argument, NULL, 'i'},   {0},
    };
    struct choices choices = {.user = "admin"};
    for (;;) {
        int option = obctl_command_option(obctl, argc, argv, options, err);
        if (option == -1)
            break;
        if (option == 'u')
            choices.user = optarg;
        else if (option == 'p')
            choices.password_file = optarg;
        else if (option == 'c')
            choices.ca_file = optarg;
        else if (option == 'f')
            choices.pin = optarg;
        else if (option == 'i')
            choices.insecure = true;
        else
            return false;
    }
    if (!obctl_command_operands(argc, obctl->config.url != NULL ? 0 : 1, 1, err))
        return false;

    struct obctl_url url;
    const char *address = optind < argc ? argv[optind] : obctl->config.url;
    if (!obctl_url_parse(obctl->arena, slice_of_string(address), &url, err))
        return false;
    if (obctl->config.url == NULL || strcmp(obctl->config.url, url.base) != 0)
        obctl->config = (struct obctl_config){.url = url.base};
    obctl->config.token = NULL;

    char password[PASSWORD_LIMIT];
    bool ok = decide_trust(obctl, &url, &choices, err) &&
              get_password(obctl, &choices, password, err) &&
              log_in(obctl, &choices, password, err);
    memory_wipe(password, sizeof password);
    if (ok)
        buffer_printf(&obctl->out, "logged in to %s as %s\n", url.base, choices.user);
    return ok;
}

const struct obctl_command obctl_login = {
    .words = "login",
    .usage = "[https://HOST:PORT] [--user USER] [--password-file FILE] [--ca FILE | --pin SHA256 | "
             "--insecure]",
    .summary = "Log in and remember the server",
    .help =
        "  --user USER           default: admin\n"
        "  --password-file FILE  its first line; otherwise a question on the terminal, or the\n"
        "                        first line of standard input. There is no option for the\n"
        "                        password itself: every user of a machine sees its command\n"
        "                        lines\n"
        "  --ca FILE             trust what this CA has signed (PEM; the server writes ca.pem)\n"
        "  --pin SHA256          trust the certificate with this fingerprint\n"
        "  --insecure            trust any certificate, now and later: for tests only\n",
    .run = run,
};
