/* obctl devices add: one device by options, or many from a file of JSON objects. */
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "obctl/command.h"

#include <string.h>

#define FILE_LIMIT     (64U << 20)
#define PASSWORD_LIMIT 1024

struct added {
    unsigned made;
    unsigned changed;
};

static bool post(struct obctl *obctl, struct slice body, struct added *added, struct error *err)
{
    struct obctl_answer answer;
    if (!obctl_api_call(obctl->api, obctl->arena, "POST", "/api/v1/devices", body, &answer, err))
        return false;
    if (answer.status == 201)
        added->made++;
    else
        added->changed++;
    obctl_answer_fini(&answer);
    return true;
}

/* A file has one JSON object after another, with or without line ends between. */
static bool post_file(struct obctl *obctl, const char *path, struct added *added, struct error *err)
{
    struct slice text;
    const char *from = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (!obctl_config_read_file(obctl->arena, from, FILE_LIMIT, &text, err))
        return false;
    for (text = slice_trim(text); text.size > 0; text = slice_trim(text)) {
        unsigned number = added->made + added->changed + 1;
        struct slice rest = text;
        json_t *device = json_reader_next(&rest, JSON_READER_DEPTH, err);
        if (device == NULL)
            return error_wrap(err, "%s, device %u", path, number);
        json_decref(device);
        if (!post(obctl, slice_first(text, text.size - rest.size), added, err))
            return error_wrap(err, "%s, device %u", path, number);
        text = rest;
    }
    return true;
}

struct fields {
    const char *hostname;
    const char *tags;
    const char *mps_user;
    const char *mps_password_file;
    const char *amt_password_file;
    const char *amt_user;
    bool plain;  /* speak to it without TLS */
    bool verify; /* its certificate must be one that is trusted, or pinned */
};

static bool put_password(struct obctl *obctl, struct json_writer *json, const char *key,
                         const char *path, struct error *err)
{
    struct slice text;
    if (path == NULL)
        return true;
    if (!obctl_config_read_file(obctl->arena, path, PASSWORD_LIMIT, &text, err))
        return false;
    json_put_key(json, key);
    json_put_string_slice(json, slice_trim(slice_split(&text, '\n')));
    return true;
}

static void put_tags(struct json_writer *json, const char *tags)
{
    json_put_key(json, "tags");
    json_open_array(json);
    struct slice rest = slice_of_string(tags);
    while (rest.size > 0)
        json_put_string_slice(json, slice_trim(slice_split(&rest, ',')));
    json_close_array(json);
}

/* Without `guid` the server makes one, as for a device on the LAN whose own nobody knows. */
static bool post_fields(struct obctl *obctl, const char *guid, const struct fields *fields,
                        struct added *added, struct error *err)
{
    struct buffer body;
    struct json_writer json;
    buffer_init(&body, 65536);
    json_writer_init(&json, &body);
    json_open_object(&json);
    if (guid != NULL)
        json_put_member_string(&json, "guid", guid);
    if (fields->hostname != NULL)
        json_put_member_string(&json, "hostname", fields->hostname);
    if (fields->tags != NULL)
        put_tags(&json, fields->tags);
    if (fields->mps_user != NULL)
        json_put_member_string(&json, "mpsusername", fields->mps_user);
    if (fields->amt_user != NULL)
        json_put_member_string(&json, "username", fields->amt_user);
    if (fields->plain)
        json_put_member_bool(&json, "useTLS", false);
    if (fields->verify)
        json_put_member_bool(&json, "allowSelfSigned", false);
    bool ok = put_password(obctl, &json, "mpspassword", fields->mps_password_file, err) &&
              put_password(obctl, &json, "amtpassword", fields->amt_password_file, err);
    json_close_object(&json);
    ok = ok && post(obctl, buffer_slice(&body), added, err);
    memory_wipe(body.bytes, body.end);
    buffer_fini(&body);
    return ok;
}

static bool read_options(struct obctl *obctl, int argc, char **argv, struct fields *fields,
                         const char **file, struct error *err)
{
    static const struct option options[] = {
        {"file", required_argument, NULL, 'f'},
        {"hostname", required_argument, NULL, 'n'},
        {"tags", required_argument, NULL, 't'},
        {"mps-user", required_argument, NULL, 'u'},
        {"mps-password-file", required_argument, NULL, 'm'},
        {"amt-user", required_argument, NULL, 'U'},
        {"amt-password-file", required_argument, NULL, 'a'},
        {"plain", no_argument, NULL, 'p'},
        {"verify", no_argument, NULL, 'v'},
        {0},
    };
    for (;;) {
        int option = obctl_command_option(obctl, argc, argv, options, err);
        if (option == -1)
            return true;
        if (option == 'f')
            *file = optarg;
        else if (option == 'n')
            fields->hostname = optarg;
        else if (option == 't')
            fields->tags = optarg;
        else if (option == 'u')
            fields->mps_user = optarg;
        else if (option == 'm')
            fields->mps_password_file = optarg;
        else if (option == 'U')
            fields->amt_user = optarg;
        else if (option == 'a')
            fields->amt_password_file = optarg;
        else if (option == 'p')
            fields->plain = true;
        else if (option == 'v')
            fields->verify = true;
        else
            return false;
    }
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct fields fields = {0};
    struct added added = {0};
    const char *file = NULL;
    if (!read_options(obctl, argc, argv, &fields, &file, err))
        return false;
    bool on_lan = fields.hostname != NULL && fields.mps_user == NULL;
    if (!obctl_command_operands(argc, file != NULL || on_lan ? 0 : 1, file != NULL ? 0 : -1, err))
        return false;
    bool ok = file == NULL || post_file(obctl, file, &added, err);
    if (file == NULL && optind == argc)
        ok = post_fields(obctl, NULL, &fields, &added, err);
    for (int i = optind; ok && i < argc; i++)
        ok = post_fields(obctl, argv[i], &fields, &added, err);
    if (ok || added.made + added.changed > 0)
        buffer_printf(&obctl->out, "%u added, %u changed\n", added.made, added.changed);
    return ok;
}

const struct obctl_command obctl_devices_add = {
    .words = "devices add",
    .usage = "GUID… [--hostname NAME] [--tags TAG,…] [--mps-user USER] [--mps-password-file FILE] "
             "[--amt-user USER] [--amt-password-file FILE] [--plain] [--verify] | --file FILE",
    .summary = "Add devices, or change those that are there",
    .help =
        "  --file FILE               JSON objects, one per device, as POST /api/v1/devices takes\n"
        "                            them (\"-\": standard input)\n"
        "  --hostname NAME           for people; with a password and without --mps-user it is "
        "where\n"
        "                            the device is reached on the LAN, and GUID may be left out\n"
        "  --tags TAG,…              replace the device's tags\n"
        "  --mps-user USER           what the device logs in with over CIRA\n"
        "  --mps-password-file FILE  its password, in the first line\n"
        "  --amt-user USER           account of its AMT; admin\n"
        "  --amt-password-file FILE  the password of that account\n"
        "  --plain                   on the LAN: without TLS (port 16992)\n"
        "  --verify                  on the LAN: only a certificate that is trusted or pinned\n",
    .needs_server = true,
    .run = run,
};
