#include "amt/redact.h"

#include "core/buffer.h"
#include "wsman/catalogue.h"

#include <string.h>

#define NAMES_LIMIT 256 /* four times what there is */

struct names {
    const char *names[NAMES_LIMIT];
    size_t count;
};

static bool has(const struct names *names, struct slice name)
{
    for (size_t i = 0; i < names->count; i++)
        if (slice_equal_string(name, names->names[i]))
            return true;
    return false;
}

static void add(struct names *names, const char *name)
{
    if (names->count < NAMES_LIMIT && !has(names, slice_of_string(name)))
        names->names[names->count++] = name;
}

static void find_secrets(struct names *secrets)
{
    size_t count;
    const struct wsman_class *const *classes = wsman_classes(&count);
    add(secrets, "UefiBootParametersArray"); /* spec mps 2.8 */
    for (size_t i = 0; i < count; i++)
        for (const struct wsman_property *p = classes[i]->properties; p->name != NULL; p++)
            if ((p->flags & WSMAN_WRITE_ONLY) != 0)
                add(secrets, p->name);
}

/* ---- what XML is made of ---- */

enum token_kind { TOKEN_OTHER, TOKEN_START, TOKEN_END };

struct token {
    enum token_kind kind;
    struct slice text;
    struct slice name; /* local name of a tag */
};

/* Bytes up to the end of the first `end`; all when there is none. */
static size_t size_to(struct slice text, const char *end)
{
    size_t length = strlen(end);
    const uint8_t *found = text.size == 0 ? NULL : memmem(text.data, text.size, end, length);
    return found == NULL ? text.size : (size_t)(found - text.data) + length;
}

/* Bytes of the tag that `text` starts with: up to the first '>' outside quotes. */
static size_t size_of_tag(struct slice text)
{
    uint8_t quote = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (quote != 0)
            quote = byte == quote ? 0 : quote;
        else if (byte == '"' || byte == '\'')
            quote = byte;
        else if (byte == '>')
            return i + 1;
    }
    return text.size;
}

static struct slice local_name(struct slice tag)
{
    size_t size = 0;
    while (size < tag.size && memchr(" \t\r\n/>", tag.data[size], 6) == NULL)
        size++;
    struct slice name = slice_first(tag, size);
    size_t colon = slice_index_of(name, ':');
    return colon < name.size ? slice_from(name, colon + 1) : name;
}

static void read_tag(struct token *token)
{
    struct slice tag = token->text;
    bool is_end = tag.size > 1 && tag.data[1] == '/';
    bool is_empty = tag.size > 2 && tag.data[tag.size - 2] == '/';
    token->name = local_name(slice_from(tag, is_end ? 2 : 1));
    token->kind = is_end ? TOKEN_END : is_empty ? TOKEN_OTHER : TOKEN_START;
}

/* Takes the next token off the front of `rest`, which is not empty. */
static struct token take_token(struct slice *rest)
{
    static const char *const spans[][2] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
    struct token token = {.kind = TOKEN_OTHER};
    size_t size = slice_index_of(*rest, '<');
    if (size == 0) {
        size = size_of_tag(*rest);
        bool is_tag = true;
        for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
            if (!slice_starts_with(*rest, slice_of_string(spans[i][0])))
                continue;
            size = size_to(*rest, spans[i][1]);
            is_tag = false;
        }
        token.text = slice_first(*rest, size);
        if (is_tag)
            read_tag(&token);
    } else {
        token.text = slice_first(*rest, size);
    }
    *rest = slice_from(*rest, size);
    return token;
}

struct slice amt_redact(struct arena *arena, struct slice xml)
{
    if (slice_index_of(xml, '\0') < xml.size)
        return SLICE_LITERAL("<!-- not shown: the answer is not UTF-8 -->");
    struct buffer out;
    buffer_init(&out, xml.size);
    struct names secrets = {.count = 0};
    find_secrets(&secrets);
    unsigned depth = 0; /* of secret elements around */
    while (xml.size > 0) {
        struct token token = take_token(&xml);
        bool is_secret = token.kind != TOKEN_OTHER && has(&secrets, token.name);
        if (is_secret && token.kind == TOKEN_END && depth > 0)
            depth--;
        if (depth == 0)
            buffer_put(&out, token.text);
        if (is_secret && token.kind == TOKEN_START)
            depth++;
    }
    struct slice kept = arena_copy(arena, buffer_slice(&out));
    buffer_fini(&out);
    return kept;
}
