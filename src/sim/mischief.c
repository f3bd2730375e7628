#include "sim/mischief.h"

#include "core/memory.h"
#include "sim/envelope.h"
#include "wsman/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER "http://intel.com/wbem/wscim/1/amt-schema/1/AMT_Other"

/* ---- rules ---- */

struct named {
    const char *name;
    unsigned number;
};

static const struct named kinds[] = {
    {"fault", SIM_MISCHIEF_FAULT},
    {"return", SIM_MISCHIEF_RETURN},
    {"status", SIM_MISCHIEF_STATUS},
    {"garbage", SIM_MISCHIEF_GARBAGE},
    {"truncate", SIM_MISCHIEF_TRUNCATE},
    {"wrong-id", SIM_MISCHIEF_WRONG_ID},
    {"slow", SIM_MISCHIEF_SLOW},
    {"silent", SIM_MISCHIEF_SILENT},
    {"refuse", SIM_MISCHIEF_REFUSE},
    {"lose", SIM_MISCHIEF_LOSE},
    {"mute", SIM_MISCHIEF_MUTE},
    {"other", SIM_MISCHIEF_OTHER},
    {"leave", SIM_MISCHIEF_LEAVE},
    {"leave-after", SIM_MISCHIEF_LEAVE_AFTER},
    {"absent", SIM_MISCHIEF_FAULT},
    {"single", SIM_MISCHIEF_SINGLE},
    {NULL, 0},
};

static const struct named faults[] = {
    {"DestinationUnreachable", SIM_FAULT_DESTINATION_UNREACHABLE},
    {"ActionNotSupported", SIM_FAULT_ACTION_NOT_SUPPORTED},
    {"InvalidRepresentation", SIM_FAULT_INVALID_REPRESENTATION},
    {"SchemaValidationError", SIM_FAULT_SCHEMA_VALIDATION},
    {"InvalidEnumerationContext", SIM_FAULT_INVALID_CONTEXT},
    {"EncodingLimit", SIM_FAULT_ENCODING_LIMIT},
    {"MustUnderstand", SIM_FAULT_MUST_UNDERSTAND},
    {"AlreadyExists", SIM_FAULT_ALREADY_EXISTS},
    {"QuotaLimit", SIM_FAULT_QUOTA_LIMIT},
    {"AccessDenied", SIM_FAULT_ACCESS_DENIED},
    {"InternalError", SIM_FAULT_INTERNAL},
    {NULL, 0},
};

static bool number_of(const struct named *names, struct slice name, unsigned *number)
{
    while (names->name != NULL && !slice_equal_string(name, names->name))
        names++;
    *number = names->number;
    return names->name != NULL;
}

static bool read_value(struct sim_mischief *rule, struct slice kind, struct slice value,
                       struct error *err)
{
    static const uint64_t most[] = {
        [SIM_MISCHIEF_RETURN] = UINT32_MAX,
        [SIM_MISCHIEF_STATUS] = 599,
        [SIM_MISCHIEF_SLOW] = 3600000,
        [SIM_MISCHIEF_REFUSE] = UINT32_MAX,
    };
    unsigned fault = SIM_FAULT_DESTINATION_UNREACHABLE;
    uint64_t number = 0;
    bool numeric = rule->kind == SIM_MISCHIEF_RETURN || rule->kind == SIM_MISCHIEF_STATUS ||
                   rule->kind == SIM_MISCHIEF_SLOW || rule->kind == SIM_MISCHIEF_REFUSE;
    if (slice_equal_string(kind, "fault")) {
        if (!number_of(faults, value, &fault))
            return error_set(err, ERROR_INVALID, "'%.*s' is no fault such as AccessDenied",
                             SLICE_ARG(value));
    } else if (numeric) {
        if (!slice_to_u64(value, most[rule->kind], &number) ||
            (rule->kind == SIM_MISCHIEF_STATUS && number < 200))
            return error_set(err, ERROR_INVALID, "'%.*s:%.*s': the number is wrong",
                             SLICE_ARG(kind), SLICE_ARG(value));
    } else if (value.size > 0) {
        return error_set(err, ERROR_INVALID, "'%.*s' has no value", SLICE_ARG(kind));
    }
    rule->value = rule->kind == SIM_MISCHIEF_FAULT ? fault : (uint32_t)number;
    return true;
}

bool sim_mischief_add(struct sim_mischief **rules, struct slice text, struct error *err)
{
    struct slice value = text;
    struct slice times = slice_from(text, slice_index_of(text, '@'));
    uint64_t most = 0;
    if (times.size > 0 && !slice_to_u64(slice_from(times, 1), UINT16_MAX, &most))
        return error_set(err, ERROR_INVALID, "'%.*s' is no number of times", SLICE_ARG(times));
    value = slice_first(text, text.size - times.size);
    struct slice target = slice_split(&value, '=');
    struct slice kind = slice_split(&value, ':');
    struct slice place = slice_from(target, slice_index_of(target, '#'));
    struct slice operation = slice_first(target, target.size - place.size);
    struct slice class = slice_split(&operation, '.');
    struct sim_mischief made = {0};
    uint64_t first = 0;
    unsigned number;
    if (place.size > 0 && (!slice_to_u64(slice_from(place, 1), UINT16_MAX, &first) || first == 0))
        return error_set(err, ERROR_INVALID, "'%.*s' is no place", SLICE_ARG(place));
    if (class.size == 0 || !number_of(kinds, kind, &number))
        return error_set(err, ERROR_INVALID,
                         "'%.*s' is not TARGET=KIND with one of absent, fault:NAME, return:N, "
                         "status:N, garbage, truncate, wrong-id, single, slow:MS, silent, "
                         "refuse:N, lose, mute, other, leave, leave-after",
                         SLICE_ARG(text));
    if (!slice_equal_string(class, "*") && wsman_class_find(class) == NULL)
        return error_set(err, ERROR_INVALID, "there is no class '%.*s'", SLICE_ARG(class));
    made.kind = (enum sim_mischief_kind)number;
    if (!read_value(&made, kind, value, err))
        return false;
    struct sim_mischief *rule = memory_new(sizeof(*rule));
    *rule = made;
    rule->times = (uint16_t)most;
    rule->place = (uint16_t)first;
    rule->class = memory_string(class);
    rule->operation = operation.size > 0 ? memory_string(operation) : NULL;
    for (; *rules != NULL; rules = &(*rules)->next)
        rule->number++;
    *rules = rule;
    return true;
}

void sim_mischief_free(struct sim_mischief *rules)
{
    while (rules != NULL) {
        struct sim_mischief *rule = rules;
        rules = rule->next;
        free(rule->class);
        free(rule->operation);
        free(rule);
    }
}

/* ---- requests ---- */

/* What follows the last slash. */
static struct slice last_part(struct slice uri)
{
    while (slice_index_of(uri, '/') < uri.size)
        uri = slice_from(uri, slice_index_of(uri, '/') + 1);
    return uri;
}

static const struct wsman_xml *header_of(struct arena *arena, struct slice request)
{
    return wsman_xml_child(wsman_xml_parse(arena, request, NULL), "Header");
}

bool sim_mischief_name(struct arena *arena, struct slice request, struct slice *class,
                       struct slice *operation)
{
    const struct wsman_xml *header = header_of(arena, request);
    *class = last_part(wsman_xml_child_text(header, "ResourceURI"));
    *operation = last_part(wsman_xml_child_text(header, "Action"));
    return header != NULL;
}

/* Whether the request is at the rule's place, or repeats the one that is. */
static bool is_its_turn(const struct sim_mischief *rule, struct sim_mischief_count *count,
                        bool fits)
{
    if (rule->place == 0 || rule->number >= SIM_MISCHIEF_MOST)
        return fits;
    uint16_t *seen = &count->seen[rule->number];
    bool *over = &count->over[rule->number];
    if (fits && *seen < rule->place)
        (*seen)++;
    else if (!fits && *seen == rule->place)
        *over = true;
    return fits && *seen == rule->place && !*over;
}

/* Counts a use of a rule; false when it has been used up. */
static bool counts(const struct sim_mischief *rule, struct sim_mischief_count *count)
{
    if (rule->number >= SIM_MISCHIEF_MOST)
        return true;
    uint16_t *used = &count->used[rule->number];
    if (rule->times > 0 && *used >= rule->times)
        return false;
    if (*used < UINT16_MAX)
        (*used)++;
    return true;
}

const struct sim_mischief *sim_mischief_find(const struct sim_mischief *rules,
                                             struct sim_mischief_count *count, struct slice request)
{
    const struct sim_mischief *found = NULL;
    struct arena arena;
    struct slice class, operation;
    if (rules == NULL)
        return NULL;
    arena_init(&arena);
    bool known = sim_mischief_name(&arena, request, &class, &operation);
    for (; rules != NULL; rules = rules->next) {
        bool fits = known &&
                    (strcmp(rules->class, "*") == 0 || slice_equal_string(class, rules->class)) &&
                    (rules->operation == NULL || slice_equal_string(operation, rules->operation));
        if (is_its_turn(rules, count, fits) && found == NULL && counts(rules, count))
            found = rules;
    }
    arena_fini(&arena);
    return found;
}

/* The envelope of a class that nobody has asked for. */
static int put_other(struct buffer *body, struct slice id, uint32_t message_id)
{
    const struct sim_envelope envelope = {
        .action = SIM_SPACE_TRANSFER "/GetResponse",
        .relates_to = id,
        .resource_uri = SLICE_LITERAL(OTHER),
        .message_id = message_id,
        .spaces = {OTHER},
    };
    sim_envelope_open(body, &envelope);
    buffer_put_text(body, "<g:AMT_Other>");
    sim_envelope_put(body, 'g', "Something", SLICE_LITERAL("1"));
    buffer_put_text(body, "</g:AMT_Other>");
    sim_envelope_close(body);
    return 200;
}

int sim_mischief_answer(const struct sim_mischief *rule, struct sim_device *device,
                        struct slice request, struct buffer *body)
{
    struct arena arena;
    if (rule->kind == SIM_MISCHIEF_STATUS)
        return (int)rule->value;
    if (rule->kind == SIM_MISCHIEF_GARBAGE) {
        buffer_put_text(body, "<a:Envelope><oops & \"</a:Fault");
        return 200;
    }
    if (rule->kind != SIM_MISCHIEF_FAULT && rule->kind != SIM_MISCHIEF_OTHER)
        return 0;
    arena_init(&arena);
    struct slice id = wsman_xml_child_text(header_of(&arena, request), "MessageID");
    uint32_t message_id = ++device->message_id;
    int status = rule->kind == SIM_MISCHIEF_OTHER
                     ? put_other(body, id, message_id)
                     : sim_envelope_put_fault(body, (enum sim_fault)rule->value, id, message_id);
    arena_fini(&arena);
    return status;
}

/* ---- answers ---- */

/* Puts `text` in the place of what is between the two marks; leaves a body without them alone. */
static void replace(struct buffer *body, const char *from, const char *to, const char *text)
{
    struct slice all = buffer_slice(body);
    struct buffer changed;
    const uint8_t *start = all.size == 0 ? NULL : memmem(all.data, all.size, from, strlen(from));
    if (start == NULL)
        return;
    struct slice rest = slice_from(all, (size_t)(start - all.data) + strlen(from));
    const uint8_t *end = rest.size == 0 ? NULL : memmem(rest.data, rest.size, to, strlen(to));
    if (end == NULL)
        return;
    buffer_init(&changed, body->limit);
    buffer_put(&changed, slice_first(all, (size_t)(rest.data - all.data)));
    buffer_put_text(&changed, text);
    buffer_put(&changed, slice_from(rest, (size_t)(end - rest.data)));
    buffer_clear(body);
    buffer_put(body, buffer_slice(&changed));
    buffer_fini(&changed);
}

/* Of an answer without items, nothing. */
static void keep_first_item(struct buffer *body)
{
    static const char open[] = "<g:Items><";
    struct arena arena;
    struct slice all = buffer_slice(body);
    const uint8_t *start = all.size == 0 ? NULL : memmem(all.data, all.size, open, strlen(open));
    if (start == NULL)
        return;
    struct slice items = slice_from(all, (size_t)(start - all.data) + strlen(open) - 1);
    struct slice name = slice_first(items, slice_index_of(items, '>'));
    name = slice_from(slice_first(name, slice_index_of(name, ' ')), 1);
    arena_init(&arena);
    const char *close = arena_printf(&arena, "</%.*s>", SLICE_ARG(name));
    const uint8_t *end = memmem(items.data, items.size, close, strlen(close));
    if (end != NULL) {
        const char *item =
            arena_string(&arena, slice_first(items, (size_t)(end - items.data) + strlen(close)));
        replace(body, "<g:Items>", "</g:Items>", item);
        replace(body, "<g:PullResponse>", "<g:Items>", "");
        replace(body, "</g:Items>", "</g:PullResponse>", "<g:EndOfSequence></g:EndOfSequence>");
    }
    arena_fini(&arena);
}

void sim_mischief_spoil(const struct sim_mischief *rule, struct buffer *body)
{
    char text[16];
    if (rule->kind == SIM_MISCHIEF_WRONG_ID)
        replace(body, "<b:RelatesTo>", "</b:RelatesTo>", "4711");
    if (rule->kind == SIM_MISCHIEF_SINGLE)
        keep_first_item(body);
    if (rule->kind == SIM_MISCHIEF_RETURN) {
        (void)snprintf(text, sizeof(text), "%u", (unsigned)rule->value);
        replace(body, "<g:ReturnValue>", "</g:ReturnValue>", text);
    }
}
