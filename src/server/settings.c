#include "server/settings.h"

#include "core/buffer.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct setting *settings_find(struct slice name)
{
    for (size_t i = 0; i < settings_count; i++)
        if (slice_equal_string(name, settings_table[i].name))
            return &settings_table[i];
    return NULL;
}

/* Edit distance of short words; the first row is all that is kept. */
static size_t distance(struct slice a, const char *b)
{
    size_t row[64];
    size_t width = strlen(b);
    if (width >= sizeof row / sizeof row[0] || a.size > width + 3)
        return SIZE_MAX;
    for (size_t i = 0; i <= width; i++)
        row[i] = i;
    for (size_t j = 0; j < a.size; j++) {
        size_t diagonal = row[0];
        row[0] = j + 1;
        for (size_t i = 0; i < width; i++) {
            size_t changed = diagonal + (a.data[j] == (uint8_t)b[i] ? 0 : 1);
            diagonal = row[i + 1];
            size_t shorter = row[i] < row[i + 1] ? row[i] + 1 : row[i + 1] + 1;
            row[i + 1] = changed < shorter ? changed : shorter;
        }
    }
    return row[width];
}

const struct setting *settings_nearest(struct slice name)
{
    const struct setting *nearest = NULL;
    size_t least = 4;
    for (size_t i = 0; i < settings_count; i++) {
        size_t here = distance(name, settings_table[i].name);
        if (here < least && here < strlen(settings_table[i].name) / 2 + 1) {
            least = here;
            nearest = &settings_table[i];
        }
    }
    return nearest;
}

const char *settings_variable(const struct setting *setting, char text[64])
{
    (void)snprintf(text, 64, "OUTBAND_%s", setting->name);
    for (char *at = text; *at != '\0'; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    return text;
}

static void *field_of(struct settings *settings, const struct setting *setting)
{
    return (char *)&settings->values + setting->offset;
}

static bool is_text(enum setting_type type)
{
    return type == SETTING_TEXT || type == SETTING_CHOICE || type == SETTING_SECRET;
}

static bool set_number(const struct setting *setting, struct slice value, int64_t *to,
                       const char *origin, struct error *err)
{
    uint64_t number;
    if (!slice_to_u64(value, (uint64_t)setting->max, &number) || (int64_t)number < setting->min)
        return error_set(err, ERROR_INVALID, "%s: '%.40s' is not a number from %lld to %lld",
                         origin, (const char *)value.data, (long long)setting->min,
                         (long long)setting->max);
    *to = (int64_t)number;
    return true;
}

static bool set_flag(struct slice value, bool *to, const char *origin, struct error *err)
{
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_equal_ignore_case(value, slice_of_string(words[i]))) {
            *to = i % 2 == 1;
            return true;
        }
    }
    return error_set(err, ERROR_INVALID, "%s: '%.40s' is neither true nor false", origin,
                     (const char *)value.data);
}

/* A number alone is a port on all interfaces, as the toolkit's settings give it. */
static bool set_address(struct slice value, struct setting_address *to, const char *origin,
                        struct error *err)
{
    char port[8];
    uint64_t number;
    to->on = !slice_equal_string(value, "off");
    if (!to->on)
        return true;
    if (slice_to_u64(value, 65535, &number)) {
        (void)snprintf(port, sizeof port, ":%u", (unsigned)number);
        value = slice_of_string(port);
    }
    if (io_address_parse(value, &to->address, NULL))
        return true;
    return error_set(err, ERROR_INVALID, "%s: '%.60s' is not ADDRESS:PORT, a port or \"off\"",
                     origin, (const char *)value.data);
}

static bool is_choice(const struct setting *setting, struct slice value)
{
    struct slice words = slice_of_string(setting->choices);
    while (words.size > 0)
        if (slice_equal(slice_split(&words, ' '), value))
            return true;
    return false;
}

static bool set_text(const struct setting *setting, struct slice value, char **to,
                     const char *origin, struct error *err)
{
    if (setting->type == SETTING_CHOICE && !is_choice(setting, value))
        return error_set(err, ERROR_INVALID, "%s: '%.40s' is none of: %s", origin,
                         (const char *)value.data, setting->choices);
    if (value.size == 0)
        return error_set(err, ERROR_INVALID, "%s: there is no value", origin);
    if (*to != NULL)
        memory_wipe(*to, strlen(*to));
    free(*to);
    *to = memory_string(value);
    return true;
}

static bool set_value(struct settings *settings, const struct setting *setting, const char *text,
                      const char *origin, struct error *err)
{
    struct slice value = slice_of_string(text);
    switch (setting->type) {
    case SETTING_NUMBER:
        return set_number(setting, value, field_of(settings, setting), origin, err);
    case SETTING_FLAG:
        return set_flag(value, field_of(settings, setting), origin, err);
    case SETTING_ADDRESS:
        return set_address(value, field_of(settings, setting), origin, err);
    case SETTING_TEXT:
    case SETTING_CHOICE:
    case SETTING_SECRET:
        break;
    }
    return set_text(setting, value, field_of(settings, setting), origin, err);
}

bool settings_set(struct settings *settings, const struct setting *setting, const char *value,
                  const char *origin, struct error *err)
{
    if (!set_value(settings, setting, value, origin, err))
        return false;
    char **kept = &settings->origins[setting - settings_table];
    free(*kept);
    *kept = memory_string(slice_of_string(origin));
    return true;
}

static bool has_role(const struct settings_values *values, const char *role)
{
    struct slice roles = slice_of_string(values->roles);
    while (roles.size > 0)
        if (slice_equal_string(slice_split(&roles, ','), role))
            return true;
    return false;
}

bool settings_is_mps(const struct settings_values *values)
{
    return has_role(values, "mps");
}

bool settings_is_rps(const struct settings_values *values)
{
    return has_role(values, "rps");
}

void settings_fini(struct settings *settings)
{
    for (size_t i = 0; i < settings_count; i++) {
        free(settings->origins[i]);
        if (!is_text(settings_table[i].type))
            continue;
        char *text = *(char **)field_of(settings, &settings_table[i]);
        if (text != NULL)
            memory_wipe(text, strlen(text));
        free(text);
    }
    *settings = (struct settings){0};
}
