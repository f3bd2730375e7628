#include "sim/enroll.h"

#include "core/file.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "http/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct guid guid_plus(const struct guid *base, uint32_t number)
{
    struct guid guid = *base;
    uint64_t carry = number;
    for (size_t i = sizeof(guid.bytes); i > 0 && carry > 0; i--) {
        carry += guid.bytes[i - 1];
        guid.bytes[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    return guid;
}

/* Thirty-two hexadecimal digits that depend on seed, GUID and purpose. */
static void derive(const struct sim_options *options, const char *guid, const char *purpose,
                   char hex[HTTP_DIGEST_HEX_SIZE])
{
    char seed[24];
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)options->seed);
    http_digest_ha1(slice_of_string(seed), slice_of_string(guid), slice_of_string(purpose), hex);
}

void sim_identity_of(const struct sim_options *options, uint32_t number,
                     struct sim_identity *identity)
{
    char text[GUID_TEXT_SIZE];
    char hex[HTTP_DIGEST_HEX_SIZE];
    memset(identity, 0, sizeof(*identity));
    identity->guid = guid_plus(&options->guid_base, number);
    guid_format(&identity->guid, text);
    snprintf(identity->host_name, sizeof(identity->host_name), "sim-%06u.example.test",
             (unsigned)number);
    identity->personality = options->personality;
    if (identity->personality == NULL)
        identity->personality = sim_personality_at(number % options->personality_count);
    if (options->user != NULL) {
        snprintf(identity->user, sizeof(identity->user), "%s", options->user);
    } else {
        derive(options, text, "user", hex);
        snprintf(identity->user, sizeof(identity->user), "sim%.13s", hex);
    }
    /* One upper, one lower, a digit and a symbol: what AMT demands (spec 4.4). */
    if (options->password != NULL) {
        snprintf(identity->password, sizeof(identity->password), "%s", options->password);
    } else {
        derive(options, text, "mps", hex);
        snprintf(identity->password, sizeof(identity->password), "Cs1-%.20s", hex);
    }
    if (options->amt_password != NULL) {
        snprintf(identity->amt_password, sizeof(identity->amt_password), "%s",
                 options->amt_password);
    } else {
        derive(options, text, "amt", hex);
        snprintf(identity->amt_password, sizeof(identity->amt_password), "Am1-%.20s", hex);
    }
    if (options->local_password != NULL) {
        snprintf(identity->local_password, sizeof(identity->local_password), "%s",
                 options->local_password);
    } else {
        derive(options, text, "local", hex);
        snprintf(identity->local_password, sizeof(identity->local_password), "Lo1-%.20s", hex);
    }
    memory_wipe(hex, sizeof(hex));
}

void sim_enroll_put(struct buffer *out, const struct sim_identity *identity)
{
    struct json_writer json;
    char text[GUID_TEXT_SIZE];
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "guid", guid_format(&identity->guid, text));
    json_put_member_string(&json, "hostname", identity->host_name);
    json_put_key(&json, "friendlyName");
    char friendly[64];
    snprintf(friendly, sizeof(friendly), "Simulated AMT %s, %.10s", identity->personality->name,
             identity->host_name);
    json_put_string(&json, friendly);
    json_put_member_string(&json, "mpsusername", identity->user);
    json_put_member_string(&json, "mpspassword", identity->password);
    json_put_member_string(&json, "amtpassword", identity->amt_password);
    json_put_key(&json, "tags");
    json_open_array(&json);
    json_put_string(&json, "simulated");
    json_put_string(&json, identity->personality->name);
    json_close_array(&json);
    json_close_object(&json);
    buffer_put_text(out, "\n");
}

bool sim_enroll_write(const struct sim_options *options, uint32_t count, struct error *err)
{
    bool to_stdout = strcmp(options->enroll, "-") == 0;
    int fd = to_stdout ? STDOUT_FILENO
                       : open(options->enroll, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_error(err, ERROR_INVALID, options->enroll) || error_wrap(err, "cannot write");
    bool done = true;
    for (uint32_t i = 0; done && i < count; i++) {
        struct sim_identity identity;
        struct buffer line;
        buffer_init(&line, 4096);
        sim_identity_of(options, i, &identity);
        sim_enroll_put(&line, &identity);
        done = file_write_all(fd, buffer_slice(&line));
        memory_wipe(&identity, sizeof(identity));
        buffer_fini(&line);
    }
    if (!to_stdout && close(fd) != 0)
        done = false;
    if (!done)
        (void)(file_error(err, ERROR_INTERNAL, options->enroll) || error_wrap(err, "cannot write"));
    return done;
}
