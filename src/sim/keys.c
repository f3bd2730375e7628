#include "sim/keys.h"

#include <stddef.h>

/* ---- keysyms ---- */

static unsigned special(uint32_t symbol)
{
    static const struct {
        uint16_t symbol, key;
    } keys[] = {
        {0xFF08, '\b'},
        {0xFF09, '\t'},
        {0xFF0D, '\r'},
        {0xFF1B, SIM_KEY_ESCAPE},
        {0xFF50, SIM_KEY_HOME},
        {0xFF51, SIM_KEY_LEFT},
        {0xFF52, SIM_KEY_UP},
        {0xFF53, SIM_KEY_RIGHT},
        {0xFF54, SIM_KEY_DOWN},
        {0xFF55, SIM_KEY_PAGE_UP},
        {0xFF56, SIM_KEY_PAGE_DOWN},
        {0xFF57, SIM_KEY_END},
        {0xFF63, SIM_KEY_INSERT},
        {0xFF8D, '\r'},
        {0xFFFF, SIM_KEY_DELETE},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].symbol == symbol)
            return keys[i].key;
    }
    if (symbol >= 0xFFBE && symbol <= 0xFFC9)
        return SIM_KEY_F1 + (symbol - 0xFFBE);
    if (symbol >= 0xFFAA && symbol <= 0xFFB9) /* of the keypad: * to 9 */
        return symbol - 0xFF80;
    return SIM_KEY_NONE;
}

/* What Shift makes of a key of the US layout. */
static unsigned shifted(unsigned key)
{
    static const char plain[] = "`1234567890-=[]\\;',./", with[] = "~!@#$%^&*()_+{}|:\"<>?";
    if (key >= 'a' && key <= 'z')
        return key - 32;
    for (size_t i = 0; plain[i] != '\0'; i++) {
        if ((unsigned)plain[i] == key)
            return (unsigned)with[i];
    }
    return key;
}

static bool modifier(struct sim_keyboard *keyboard, bool down, uint32_t symbol)
{
    switch (symbol) {
    case 0xFFE1:
    case 0xFFE2:
        keyboard->shift = down;
        return true;
    case 0xFFE3:
    case 0xFFE4:
        keyboard->control = down;
        return true;
    case 0xFFE5:
        keyboard->lock ^= down;
        return true;
    case 0xFFE7: /* Meta: Alt, for some clients */
    case 0xFFE8:
    case 0xFFE9:
    case 0xFFEA:
        keyboard->alt = down;
        return true;
    default:
        return false;
    }
}

unsigned sim_keys_symbol(struct sim_keyboard *keyboard, bool down, uint32_t symbol)
{
    if (modifier(keyboard, down, symbol) || !down)
        return SIM_KEY_NONE;
    if (symbol < 0x20 || symbol > 0x7E) {
        unsigned key = special(symbol);
        bool restart = key == SIM_KEY_DELETE && keyboard->control && keyboard->alt;
        return restart ? SIM_KEY_RESTART : key;
    }
    unsigned key = symbol;
    bool letter = (key | 32) >= 'a' && (key | 32) <= 'z';
    if (keyboard->control && letter)
        return key & 31;
    if (letter && keyboard->lock && !keyboard->shift)
        return shifted(key);
    return keyboard->shift ? shifted(key) : key;
}

/* ---- the serial line ---- */

enum { PLAIN, ESCAPE, BRACKET, PARAMETERS, LETTER_O };

/* The number of ESC [ number ~. */
static unsigned numbered(unsigned number)
{
    static const uint8_t functions[] = {11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24};
    static const uint16_t others[] = {SIM_KEY_NONE,     SIM_KEY_HOME, SIM_KEY_INSERT,
                                      SIM_KEY_DELETE,   SIM_KEY_END,  SIM_KEY_PAGE_UP,
                                      SIM_KEY_PAGE_DOWN};
    for (unsigned i = 0; i < sizeof(functions); i++) {
        if (functions[i] == number)
            return SIM_KEY_F1 + i;
    }
    return number < sizeof(others) / sizeof(others[0]) ? others[number] : SIM_KEY_NONE;
}

static unsigned lettered(uint8_t byte)
{
    switch (byte) {
    case 'A':
        return SIM_KEY_UP;
    case 'B':
        return SIM_KEY_DOWN;
    case 'C':
        return SIM_KEY_RIGHT;
    case 'D':
        return SIM_KEY_LEFT;
    case 'H':
        return SIM_KEY_HOME;
    case 'F':
        return SIM_KEY_END;
    default: /* ESC O P is F1 */
        return byte >= 'P' && byte <= 'S' ? SIM_KEY_F1 + (unsigned)(byte - 'P') : SIM_KEY_NONE;
    }
}

/* After an Escape: a sequence, or what stands for function keys on terminals of firmware. */
static unsigned after_escape(struct sim_keyboard *keyboard, uint8_t byte)
{
    keyboard->escaped = false;
    keyboard->state = PLAIN;
    if (byte == '[' || byte == 'O') {
        keyboard->state = byte == '[' ? BRACKET : LETTER_O;
        keyboard->number = 0;
        return SIM_KEY_NONE;
    }
    if (byte >= '1' && byte <= '9')
        return SIM_KEY_F1 + (unsigned)(byte - '1');
    if (byte == 0x1B) { /* the first one was a key */
        keyboard->state = ESCAPE;
        keyboard->escaped = true;
        return SIM_KEY_ESCAPE;
    }
    switch (byte) {
    case '0':
        return SIM_KEY_F1 + 9;
    case '!':
        return SIM_KEY_F1 + 10;
    case '@':
        return SIM_KEY_F12;
    case '-':
        return SIM_KEY_DELETE;
    default:
        return SIM_KEY_NONE;
    }
}

/* A sequence ends with a byte from @ to ~ (ECMA-48, 5.4). Its first number says which key; what
 * follows are modifiers, as in ESC [ 1 ; 5 C, and are not looked at. */
static unsigned in_bracket(struct sim_keyboard *keyboard, uint8_t byte)
{
    if (byte >= 0x20 && byte < '@') {
        if (byte < '0' || byte > '9')
            keyboard->state = PARAMETERS;
        else if (keyboard->state == BRACKET)
            keyboard->number = (uint8_t)(keyboard->number % 10 * 10 + byte - '0');
        return SIM_KEY_NONE;
    }
    keyboard->state = PLAIN;
    return byte == '~' ? numbered(keyboard->number) : lettered(byte);
}

unsigned sim_keys_byte(struct sim_keyboard *keyboard, uint8_t byte)
{
    switch (keyboard->state) {
    case ESCAPE:
        return after_escape(keyboard, byte);
    case BRACKET:
    case PARAMETERS:
        return in_bracket(keyboard, byte);
    case LETTER_O:
        keyboard->state = PLAIN;
        return lettered(byte);
    default:
        break;
    }
    bool returned = keyboard->returned;
    keyboard->returned = byte == '\r';
    if (byte == '\n')
        return returned ? SIM_KEY_NONE : '\r';
    if (byte == 0x1B) {
        keyboard->state = ESCAPE;
        keyboard->escaped = true;
        return SIM_KEY_NONE;
    }
    if (byte == 0x7F)
        return '\b';
    return byte < 0x80 ? byte : SIM_KEY_NONE;
}

unsigned sim_keys_pause(struct sim_keyboard *keyboard)
{
    bool escaped = keyboard->escaped;
    keyboard->escaped = false;
    keyboard->state = PLAIN;
    return escaped ? SIM_KEY_ESCAPE : SIM_KEY_NONE;
}
