/*
 * Keys of the simulated machine's keyboard, whether they come as X11 keysyms with a KVM session
 * (spec device-protocols 3.4) or as the bytes of a terminal on the serial line. A keyboard of the
 * US layout is attached: clients that send keys by their place send Shift beside the plain symbol.
 * Pure; one owner.
 */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

/* A key is the ASCII code of what it types (Enter is '\r', Backspace '\b', Ctrl and a letter 1 to
 * 26), or one of these. */
enum sim_key {
    SIM_KEY_NONE = 0,
    SIM_KEY_ESCAPE = 0x1B,
    SIM_KEY_UP = 256,
    SIM_KEY_DOWN,
    SIM_KEY_LEFT,
    SIM_KEY_RIGHT,
    SIM_KEY_HOME,
    SIM_KEY_END,
    SIM_KEY_PAGE_UP,
    SIM_KEY_PAGE_DOWN,
    SIM_KEY_INSERT,
    SIM_KEY_DELETE,
    SIM_KEY_RESTART, /* Ctrl, Alt and Delete */
    SIM_KEY_F1,      /* F2 and so on follow */
    SIM_KEY_F12 = SIM_KEY_F1 + 11,
};

struct sim_keyboard {
    bool shift, control, alt, lock;
    uint8_t state;  /* of a sequence on the serial line */
    uint8_t number; /* of that sequence */
    bool escaped;   /* an Escape waits for what follows */
    bool returned;  /* the last byte was a CR: an LF belongs to it */
};

/* A key that goes down or up; SIM_KEY_NONE when nothing comes of it, as for symbols that are not
 * known. */
unsigned sim_keys_symbol(struct sim_keyboard *keyboard, bool down, uint32_t symbol);

/* A byte from the serial line. An Escape gives nothing until the next byte or sim_keys_pause. */
unsigned sim_keys_byte(struct sim_keyboard *keyboard, uint8_t byte);

/* Nothing has followed for a while: an Escape that waits is one. */
unsigned sim_keys_pause(struct sim_keyboard *keyboard);

#endif
