#include "amt/password.h"

#include "core/memory.h"
#include "core/random.h"

#include <string.h>

#define LENGTH   ((size_t)16)
#define SHORTEST 8
#define LONGEST  32

/* The ones that the toolkit's generator wants one of; "(", ")" and "^" may appear but do not count
 * (spec rps 1.10). */
#define SPECIAL "$@!%*#?"

static bool has(struct slice password, const char *of)
{
    for (size_t i = 0; i < password.size; i++)
        if (password.data[i] != '\0' && strchr(of, password.data[i]) != NULL)
            return true;
    return false;
}

static bool has_between(struct slice password, uint8_t first, uint8_t last)
{
    for (size_t i = 0; i < password.size; i++)
        if (password.data[i] >= first && password.data[i] <= last)
            return true;
    return false;
}

static bool is_mixed(struct slice password)
{
    return has_between(password, 'A', 'Z') && has_between(password, 'a', 'z') &&
           has_between(password, '0', '9');
}

/* Firmware counts "_" and the blank as letters. */
static bool has_special(struct slice password)
{
    return has(password, "!#$%&'()*+-./;<=>?@[\\]^`{|}~");
}

struct slice amt_password_generate(struct arena *arena)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "!@#$%^*()";
    char *text = arena_alloc(arena, LENGTH + 1);
    do {
        for (size_t i = 0; i < LENGTH; i++)
            text[i] = letters[random_below(sizeof letters - 1)];
    } while (!is_mixed(slice_of(text, LENGTH)) || !has(slice_of(text, LENGTH), SPECIAL));
    return slice_of(text, LENGTH);
}

const char *amt_password_fault(struct slice password)
{
    if (password.size < SHORTEST || password.size > LONGEST)
        return "the password must have 8 to 32 characters";
    for (size_t i = 0; i < password.size; i++)
        if (password.data[i] < 0x20 || password.data[i] > 0x7e)
            return "the password must consist of printable ASCII characters";
    if (has(password, "\",:"))
        return "the password must not contain a quotation mark, comma or colon";
    if (!is_mixed(password) || !has_special(password))
        return "the password needs an upper-case letter, a lower-case letter, a digit and a "
               "special "
               "character";
    return NULL;
}
