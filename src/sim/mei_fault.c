#include "sim/mei_fault.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define SIM_MEI_FAULT(name, text, help) text,
    SIM_MEI_FAULTS(SIM_MEI_FAULT)
#undef SIM_MEI_FAULT
};

static const char *const helps[] = {
#define SIM_MEI_FAULT(name, text, help) help,
    SIM_MEI_FAULTS(SIM_MEI_FAULT)
#undef SIM_MEI_FAULT
};

#define KINDS (sizeof(names) / sizeof(names[0]))

/* A number, decimal or with 0x; commands may be written whole. */
static bool read_command(struct slice text, uint32_t *command)
{
    char copy[16];
    char *end;
    if (text.size == 0 || text.size >= sizeof(copy) || text.data[0] < '0' || text.data[0] > '9')
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *command = (uint32_t)strtoul(copy, &end, 0) & 0x7FFFFF;
    return *end == '\0';
}

static bool read_target(struct slice text, struct sim_mei_rule *rule)
{
    static const char *const clients[] = {"pthi", "lme", "wd", "upid", "hotham"};
    for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
        if (slice_equal_string(text, clients[i])) {
            snprintf(rule->client, sizeof(rule->client), "%s", clients[i]);
            return true;
        }
    }
    return read_command(text, &rule->command);
}

bool sim_mei_faults_add(struct sim_mei_faults *faults, struct slice text, struct error *err)
{
    struct sim_mei_rule rule = {0};
    struct slice target = text;
    struct slice number = slice_split(&target, '@');
    struct slice kind = slice_split(&number, ':');
    uint64_t value = 0;
    size_t i = 0;
    while (i < KINDS && !slice_equal_string(kind, names[i]))
        i++;
    if (i == KINDS)
        return error_set(err, ERROR_INVALID, "there is no fault '%.*s'", SLICE_ARG(kind));
    if (number.size > 0 && !slice_to_u64(number, UINT32_MAX, &value))
        return error_set(err, ERROR_INVALID, "'%.*s' is no number", SLICE_ARG(number));
    if (target.size > 0 && !read_target(target, &rule))
        return error_set(err, ERROR_INVALID,
                         "'%.*s' is neither a command nor pthi, lme, wd, upid or hotham",
                         SLICE_ARG(target));
    if (faults->count == SIM_MEI_RULES_MOST)
        return error_set(err, ERROR_INVALID, "that are too many");
    rule.kind = (enum sim_mei_fault_kind)i;
    rule.number = (uint32_t)value;
    faults->rules[faults->count++] = rule;
    return true;
}

static bool counts(const struct sim_mei_rule *rule)
{
    if (rule->kind == SIM_MEI_FAULT_RESET)
        return rule->seen == (rule->number == 0 ? 1 : rule->number);
    return rule->kind == SIM_MEI_FAULT_STATUS || rule->number == 0 || rule->seen <= rule->number;
}

const struct sim_mei_rule *sim_mei_fault_hit(struct sim_mei_faults *faults,
                                             enum sim_mei_fault_kind kind, const char *client,
                                             uint32_t command)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct sim_mei_rule *rule = &faults->rules[i];
        if (rule->kind != kind || (rule->command != 0 && rule->command != (command & 0x7FFFFF)) ||
            (rule->client[0] != '\0' && (client == NULL || strcmp(rule->client, client) != 0)))
            continue;
        rule->seen++;
        if (counts(rule))
            return rule;
    }
    return NULL;
}

bool sim_mei_faults_need_descriptors(const struct sim_mei_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        enum sim_mei_fault_kind kind = faults->rules[i].kind;
        if (kind == SIM_MEI_FAULT_EINTR || kind == SIM_MEI_FAULT_WRITE_BUSY ||
            kind == SIM_MEI_FAULT_RESET)
            return true;
    }
    return false;
}

void sim_mei_faults_help(FILE *to)
{
    fputs(
        "\nKIND of --mei-fault is one of these. With :N behind it (but of reset and status) it\n"
        "happens the first N times only, with @COMMAND (0x67) to that command of PTHI only, with\n"
        "@CLIENT (pthi, lme, wd, upid, hotham) to that client only.\n\n",
        to);
    for (size_t i = 0; i < KINDS; i++)
        fprintf(to, "  %-15s %s\n", names[i], helps[i]);
}
