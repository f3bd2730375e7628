#include "sim/option_values.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "sim/screen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT 256

bool sim_value_text(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    (void)err;
    *(const char **)field = text;
    return true;
}

bool sim_value_switch(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    (void)text;
    (void)err;
    *(bool *)field = true;
    return true;
}

bool sim_value_count(struct sim_options *options, char *text, void *field, struct error *err)
{
    uint64_t value;
    (void)options;
    if (!slice_to_u64(slice_of_string(text), 10000000, &value))
        return error_set(err, ERROR_INVALID, "'%s' is not a number from 0 to 10000000", text);
    *(uint32_t *)field = (uint32_t)value;
    return true;
}

bool sim_value_ports(struct sim_options *options, char *text, void *field, struct error *err)
{
    uint64_t value;
    (void)options;
    if (!slice_to_u64(slice_of_string(text), UINT16_MAX - 3, &value))
        return error_set(err, ERROR_INVALID, "'%s' is not a number from 0 to 65532", text);
    *(uint16_t *)field = (uint16_t)value;
    return true;
}

bool sim_value_screen(struct sim_options *options, char *text, void *field, struct error *err)
{
    uint64_t width, height;
    struct slice rest = slice_of_string(text);
    (void)field;
    struct slice first = slice_split(&rest, 'x');
    if (!slice_to_u64(first, SIM_SCREEN_WIDTH, &width) ||
        !slice_to_u64(rest, SIM_SCREEN_HEIGHT, &height) || width < 640 || height < 400)
        return error_set(err, ERROR_INVALID, "'%s' is not from 640x400 to 8192x4320", text);
    options->screen_width = (uint16_t)width;
    options->screen_height = (uint16_t)height;
    return true;
}

bool sim_value_screens(struct sim_options *options, char *text, void *field, struct error *err)
{
    uint64_t value;
    (void)options;
    if (!slice_to_u64(slice_of_string(text), 4, &value) || value == 0)
        return error_set(err, ERROR_INVALID, "'%s' is not a number from 1 to 4", text);
    *(uint32_t *)field = (uint32_t)value;
    return true;
}

bool sim_value_seed(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (!slice_to_u64(slice_of_string(text), UINT64_MAX, field))
        return error_set(err, ERROR_INVALID, "'%s' is not a whole number", text);
    return true;
}

bool sim_value_share(struct sim_options *options, char *text, void *field, struct error *err)
{
    char *end;
    (void)options;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value <= 1))
        return error_set(err, ERROR_INVALID, "'%s' is not a share from 0 to 1", text);
    *(double *)field = value;
    return true;
}

/* Keeps a copy and leaves nothing to read in the list of processes. */
bool sim_value_secret(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (strlen(text) > 64)
        return error_set(err, ERROR_INVALID, "a password has 64 characters at most");
    char **secret = field;
    free(*secret);
    *secret = memory_string(slice_of_string(text));
    memory_wipe(text, strlen(text));
    return true;
}

bool sim_value_secret_file(struct sim_options *options, char *text, void *field, struct error *err)
{
    char line[FILE_LIMIT];
    FILE *file = fopen(text, "re");
    if (file == NULL)
        return error_set(err, ERROR_INVALID, "cannot read %s (errno %d)", text, errno);
    bool got = fgets(line, sizeof(line), file) != NULL;
    (void)fclose(file);
    if (!got)
        return error_set(err, ERROR_INVALID, "%s is empty", text);
    line[strcspn(line, "\r\n")] = '\0';
    return sim_value_secret(options, line, field, err);
}

/* A whole GUID, or the first hexadecimal digits of its first group. */
bool sim_value_guid(struct sim_options *options, char *text, void *field, struct error *err)
{
    char whole[GUID_TEXT_SIZE];
    (void)options;
    memcpy(whole, SIM_GUID_BASE, sizeof(whole));
    size_t size = strlen(text);
    if (size > 0 && size <= 8) {
        memset(whole, '0', 8);
        memcpy(whole, text, size);
        text = whole;
    }
    if (!guid_parse(slice_of_string(text), field))
        return error_set(err, ERROR_INVALID, "'%s' is not a GUID such as %s", text, SIM_GUID_BASE);
    return true;
}

bool sim_value_personality(struct sim_options *options, char *text, void *field, struct error *err)
{
    const struct sim_personality *found = sim_personality_find(slice_of_string(text));
    *(const struct sim_personality **)field = found;
    if (found != NULL)
        return true;
    if (strcmp(text, "mixed") == 0)
        options->personality_count = SIM_PERSONALITY_MIXED;
    else if (strcmp(text, "all") == 0)
        options->personality_count = sim_personality_count();
    else
        return error_set(err, ERROR_INVALID,
                         "'%s' is none of 11.8, 12.0.67, 14, 15, 16.1, 16.1-tls, 19, mixed, all",
                         text);
    return true;
}

bool sim_value_tls(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (!io_tls_version_of(slice_of_string(text), field))
        return error_set(err, ERROR_INVALID, "'%s' is none of 1.0, 1.1, 1.2, 1.3", text);
    return true;
}

bool sim_value_split(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    enum sim_split *split = field;
    if (text == NULL || strcmp(text, "random") == 0)
        *split = SIM_SPLIT_RANDOM;
    else if (strcmp(text, "bytes") == 0)
        *split = SIM_SPLIT_BYTES;
    else
        return error_set(err, ERROR_INVALID, "'%s' is none of bytes, random", text);
    return true;
}

/* The shortest message of SOL that has a byte of data; the longest that the session takes whole. */
#define LINE_LEAST 11
#define LINE_MOST  32768

bool sim_value_line(struct sim_options *options, char *text, void *field, struct error *err)
{
    static const struct {
        const char *name;
        enum sim_line_end end;
    } ends[] = {{"machine", SIM_LINE_MACHINE}, {"echo", SIM_LINE_ECHO}, {"sink", SIM_LINE_SINK}};
    struct sim_line *line = field;
    uint64_t size;
    (void)options;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (strcmp(text, ends[i].name) == 0) {
            line->end = ends[i].end;
            return true;
        }
    }
    if (strncmp(text, "source:", 7) != 0 ||
        !slice_to_u64(slice_of_string(text + 7), LINE_MOST, &size) || size < LINE_LEAST)
        return error_set(err, ERROR_INVALID,
                         "'%s' is none of machine, echo, sink, source:BYTES (11 to 32768)", text);
    *line = (struct sim_line){SIM_LINE_SOURCE, (uint16_t)size};
    return true;
}

bool sim_value_redial(struct sim_options *options, char *text, void *field, struct error *err)
{
    struct slice rest = slice_of_string(text);
    (void)field;
    options->redial_count = 0;
    options->redial_given = true;
    while (rest.size > 0) {
        uint64_t value;
        struct slice item = slice_split(&rest, ',');
        if (options->redial_count == sizeof(options->redial_s) / sizeof(options->redial_s[0]) ||
            !slice_to_u64(item, 86400, &value))
            return error_set(err, ERROR_INVALID, "'%s' is not a list of up to 8 seconds", text);
        options->redial_s[options->redial_count++] = (uint32_t)value;
    }
    if (options->redial_count == 0)
        return error_set(err, ERROR_INVALID, "the list is empty");
    return true;
}

bool sim_value_drop_on_power(struct sim_options *options, char *text, void *field,
                             struct error *err)
{
    options->drop_on_power = true;
    return text == NULL || sim_value_count(options, text, field, err);
}

bool sim_value_fault(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    return sim_mischief_add(field, slice_of_string(text), err);
}

/* "METHOD" or "CLASS.METHOD", with "@TIMES" behind it or not, as a rule of that kind. */
static bool add_rule(void *field, struct slice target, const char *kind, struct error *err)
{
    struct slice times = slice_from(target, slice_index_of(target, '@'));
    struct slice name = slice_first(target, target.size - times.size);
    char rule[FILE_LIMIT];
    snprintf(rule, sizeof(rule), "%s%.*s=%s%.*s", slice_index_of(name, '.') < name.size ? "" : "*.",
             SLICE_ARG(name), kind, SLICE_ARG(times));
    return sim_mischief_add(field, slice_of_string(rule), err);
}

bool sim_value_lose(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    return add_rule(field, slice_of_string(text), "lose", err);
}

bool sim_value_fail(struct sim_options *options, char *text, void *field, struct error *err)
{
    struct slice code = slice_of_string(text);
    struct slice target = slice_split(&code, '=');
    struct slice number = slice_first(code, slice_index_of(code, '@'));
    char kind[64];
    uint64_t value;
    (void)options;
    if (!slice_to_u64(number, UINT32_MAX, &value))
        return error_set(err, ERROR_INVALID, "'%s' is not METHOD=CODE", text);
    snprintf(kind, sizeof(kind), "refuse:%.*s", SLICE_ARG(code));
    return add_rule(field, target, kind, err);
}

bool sim_value_root(struct sim_options *options, char *text, void *field, struct error *err)
{
    size_t most = sizeof(options->trusted_roots) / sizeof(options->trusted_roots[0]);
    (void)field;
    if (options->trusted_root_count == most)
        return error_set(err, ERROR_INVALID, "there are %zu already", most);
    if (!sim_root_hash_read(slice_of_string(text),
                            &options->trusted_roots[options->trusted_root_count]))
        return error_set(err, ERROR_INVALID, "'%s' is no hash of 40, 64 or 96 hexadecimal digits",
                         text);
    options->trusted_root_count++;
    return true;
}

bool sim_value_client(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    return sim_root_hash_read(slice_of_string(text), field) ||
           error_set(err, ERROR_INVALID, "'%s' is no hash of 40, 64 or 96 hexadecimal digits",
                     text);
}

bool sim_value_mac(struct sim_options *options, char *text, void *field, struct error *err)
{
    struct sim_port_facts *facts = field;
    struct slice rest = slice_of_string(text);
    uint8_t separator = slice_index_of(rest, ':') < rest.size ? ':' : '-';
    (void)options;
    facts->has_mac = true;
    for (size_t i = 0; i < sizeof(facts->mac); i++)
        facts->has_mac &= encoding_hex_decode(slice_split(&rest, separator), facts->mac + i, 1);
    facts->has_mac &= rest.size == 0;
    return facts->has_mac ||
           error_set(err, ERROR_INVALID, "'%s' is no hardware address, such as 02:00:5e:00:53:01",
                     text);
}

bool sim_value_address(struct sim_options *options, char *text, void *field, struct error *err)
{
    struct sim_port_facts *facts = field;
    uint8_t bytes[4];
    (void)options;
    if (inet_pton(AF_INET, text, bytes) != 1)
        return error_set(err, ERROR_INVALID, "'%s' is no address of IPv4", text);
    facts->address =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

bool sim_value_suffix(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    if (strlen(text) >= SIM_SUFFIX_SIZE)
        return error_set(err, ERROR_INVALID, "a DNS suffix has 192 characters at most");
    *(const char **)field = text;
    return true;
}

bool sim_value_mode(struct sim_options *options, char *text, void *field, struct error *err)
{
    uint64_t value;
    (void)options;
    if (!slice_to_u64(slice_of_string(text), 2, &value))
        return error_set(err, ERROR_INVALID, "'%s' is none of 0, 1, 2", text);
    *(uint32_t *)field = (uint32_t)value;
    return true;
}

bool sim_value_deactivate(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)text;
    (void)field;
    (void)err;
    options->errand = SIM_ERRAND_DEACTIVATE;
    return true;
}

bool sim_value_task(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)field;
    (void)err;
    options->errand = SIM_ERRAND_MAINTAIN;
    options->task = text;
    return true;
}

bool sim_value_insecure(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)text;
    (void)field;
    (void)err;
    options->ca = NULL;
    options->insecure_server = true;
    return true;
}

bool sim_value_activated(struct sim_options *options, char *text, void *field, struct error *err)
{
    struct slice rest = slice_of_string(text);
    struct slice mode = slice_split(&rest, ':');
    (void)field;
    options->activated = true;
    options->client_mode = slice_equal_string(mode, "ccm");
    if (!options->client_mode && !slice_equal_string(mode, "acm"))
        return error_set(err, ERROR_INVALID, "a mode is ccm or acm");
    return rest.size == 0 ||
           sim_value_secret(options, text + mode.size + 1, &options->amt_password, err);
}

bool sim_value_mei_fault(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)options;
    return sim_mei_faults_add(field, slice_of_string(text), err);
}

bool sim_value_lms(struct sim_options *options, char *text, void *field, struct error *err)
{
    (void)text;
    (void)field;
    (void)err;
    if (options->lms_ports == 0)
        options->lms_ports = 16992;
    return true;
}
