#include "server/settings.h"

#include <inttypes.h>
#include <string.h>

static const char *shown_of(const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_NUMBER:
        return "N";
    case SETTING_FLAG:
        return "true|false";
    case SETTING_ADDRESS:
        return "ADDRESS:PORT";
    case SETTING_CHOICE:
        return "WORD";
    case SETTING_TEXT:
    case SETTING_SECRET:
        break;
    }
    return setting->shown == NULL ? "TEXT" : setting->shown;
}

static void print_value(const struct settings *settings, const struct setting *setting, FILE *to)
{
    const void *field = (const char *)&settings->values + setting->offset;
    char address[IO_ADDRESS_TEXT_SIZE];
    const struct setting_address *where = field;
    const char *const *text = field;
    switch (setting->type) {
    case SETTING_NUMBER:
        (void)fprintf(to, "%" PRId64, *(const int64_t *)field);
        return;
    case SETTING_FLAG:
        (void)fputs(*(const bool *)field ? "true" : "false", to);
        return;
    case SETTING_ADDRESS:
        (void)fputs(where->on ? io_address_format(&where->address, address) : "off", to);
        return;
    case SETTING_SECRET:
        (void)fputs(*text == NULL ? "" : "(hidden)", to);
        return;
    case SETTING_TEXT:
    case SETTING_CHOICE:
        (void)fputs(*text == NULL ? "" : *text, to);
        return;
    }
}

void settings_print(const struct settings *settings, FILE *to)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (settings_table[i].command != NULL)
            continue;
        (void)fprintf(to, "%s = ", settings_table[i].name);
        print_value(settings, &settings_table[i], to);
        if (settings->origins[i] != NULL)
            (void)fprintf(to, "    ; from %s", settings->origins[i]);
        (void)fputc('\n', to);
    }
}

static void print_flag(const struct setting *setting, FILE *to)
{
    char variable[64];
    if (setting->type == SETTING_SECRET)
        (void)fprintf(to, "  %s (environment or settings file only)\n",
                      settings_variable(setting, variable));
    else
        (void)fprintf(to, "  --%s %s\n", setting->name, shown_of(setting));
    (void)fprintf(to, "        %s", setting->help);
    if (setting->choices != NULL)
        (void)fprintf(to, ": %s", setting->choices);
    if (setting->type == SETTING_NUMBER)
        (void)fprintf(to, " (%" PRId64 " to %" PRId64 ")", setting->min, setting->max);
    if (setting->otherwise != NULL)
        (void)fprintf(to, " [%s]", setting->otherwise);
    if (setting->toolkit != NULL)
        (void)fprintf(to, "; also %s", setting->toolkit);
    (void)fputc('\n', to);
}

void settings_help(const char *command, FILE *to)
{
    for (size_t i = 0; i < settings_count; i++)
        if (settings_table[i].command == NULL || strcmp(settings_table[i].command, command) == 0)
            print_flag(&settings_table[i], to);
    (void)fputs("\nEach setting is also a variable (--mps-http: OUTBAND_MPS_HTTP) and a line of "
                "the settings\nfile (mps-http = :3000). A flag wins over the environment, that "
                "over the file.\n",
                to);
}
