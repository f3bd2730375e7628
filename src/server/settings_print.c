#include "server/settings.h"

#include "core/buffer.h"

#include <inttypes.h>
#include <string.h>

#define HELP_INDENT 8
#define HELP_WIDTH  80
#define HELP_LIMIT  4096

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

/* Appends what stands behind a flag: meaning, range, default. */
static void describe(const struct setting *setting, struct buffer *text)
{
    buffer_put_text(text, setting->help);
    if (setting->choices != NULL)
        buffer_printf(text, " (%s)", setting->choices);
    if (setting->type == SETTING_NUMBER)
        buffer_printf(text, " (%" PRId64 " to %" PRId64 ")", setting->min, setting->max);
    if (setting->otherwise != NULL)
        buffer_printf(text, " [%s]", setting->otherwise);
    if (setting->toolkit != NULL)
        buffer_printf(text, "; also %s", setting->toolkit);
}

/* In lines that fit a terminal. */
static void print_wrapped(struct slice text, FILE *to)
{
    size_t column = 0;
    while (text.size > 0) {
        struct slice word = slice_split(&text, ' ');
        bool fits = column > 0 && column + 1 + word.size <= HELP_WIDTH;
        if (column == 0 || !fits)
            (void)fprintf(to, "%s%*s", column == 0 ? "" : "\n", HELP_INDENT, "");
        (void)fprintf(to, "%s%.*s", fits ? " " : "", SLICE_ARG(word));
        column = (fits ? column + 1 : HELP_INDENT) + word.size;
    }
    (void)fputc('\n', to);
}

static void print_flag(const struct setting *setting, FILE *to)
{
    char variable[64];
    struct buffer text;
    if (setting->type == SETTING_SECRET)
        (void)fprintf(to, "  %s (environment or settings file only)\n",
                      settings_variable(setting, variable));
    else
        (void)fprintf(to, "  --%s %s\n", setting->name, shown_of(setting));
    buffer_init(&text, HELP_LIMIT);
    describe(setting, &text);
    print_wrapped(buffer_slice(&text), to);
    buffer_fini(&text);
}

void settings_help(const char *command, FILE *to)
{
    for (size_t i = 0; i < settings_count; i++)
        if (settings_table[i].command == NULL || strcmp(settings_table[i].command, command) == 0)
            print_flag(&settings_table[i], to);
    (void)fputs("\nEach setting is also a variable (--mps-http: OUTBAND_MPS_HTTP) and a line of\n"
                "the settings file (mps-http = :3000). A flag wins over the environment, that\n"
                "over the file.\n",
                to);
}
