#include "core/error.h"

#include "core/slice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int http_status;
    int exit_code;
} kinds[] = {
#define ERROR_CODE(code, name, status, exit) [code] = {name, status, exit},
    ERROR_CODES(ERROR_CODE)
#undef ERROR_CODE
};

/* A sentence of `length` bytes that did not fit has been cut anywhere. */
static void mend_cut(struct error *err, int length)
{
    size_t size = sizeof err->text - 1;
    if (length > (int)size)
        err->text[slice_first_text(slice_of(err->text, size), size).size] = '\0';
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, format);
    err->code = code;
    int length = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    mend_cut(err, length);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    if (err == NULL)
        return false;
    char cause[ERROR_TEXT_SIZE];
    memcpy(cause, err->text, sizeof cause);
    va_list args;
    va_start(args, format);
    int length = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (length < 0)
        return false;
    mend_cut(err, length);
    /* The sentence is cut where it no longer fits. */
    struct slice parts[] = {SLICE_LITERAL(": "), slice_of_string(cause)};
    size_t at = (size_t)length;
    for (size_t i = 0; i < 2 && at < sizeof err->text - 1; i++) {
        struct slice part = slice_first_text(parts[i], sizeof err->text - 1 - at);
        memcpy(err->text + at, part.data, part.size);
        at += part.size;
        err->text[at] = '\0';
    }
    return false;
}

void error_clear(struct error *err)
{
    if (err != NULL) {
        err->code = ERROR_NONE;
        err->text[0] = '\0';
    }
}

const char *error_name(enum error_code code)
{
    return kinds[code].name;
}

int error_http_status(enum error_code code)
{
    return kinds[code].http_status;
}

int error_exit_code(enum error_code code)
{
    return kinds[code].exit_code;
}
