/*
 * The text screen of the simulated machine: cells of a character and its colours, written to as a
 * VT100 is, so that the same bytes show the same on the screen and on the serial line. It draws
 * into a picture while there is one. Pure; one owner, no locking.
 *
 * It understands CR, LF, BS, TAB, UTF-8, and of the control sequences (ESC [ …) H and f (position),
 * A to D (movement), J (2: all of it, 0: the rest), K (0: the rest of the line), m (0, 1, 7, 30 to
 * 37, 40 to 47), ?25h and ?25l (cursor). Others are passed over.
 *
 * Life cycle: init → resize, write, show … → fini.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include "core/slice.h"
#include "sim/screen.h"

#define SIM_TEXT_PARAMETERS 4

struct sim_text_cell {
    uint16_t code;
    uint8_t ink, paper;
};

struct sim_text {
    uint16_t columns, rows;
    uint16_t x, y; /* the cursor; x is `columns` after the last column was written */
    struct sim_text_cell *cells;
    uint8_t ink, paper;
    bool bold, reverse;
    bool cursor;               /* it is shown … */
    uint16_t drawn_x, drawn_y; /* … and was drawn there */
    struct sim_screen *screen; /* borrowed; NULL: nobody looks */
    uint16_t left, top;        /* where the text lies in the picture */
    uint8_t state;             /* in a control sequence */
    bool private;              /* it has a question mark */
    uint8_t parameters;        /* how many it has so far */
    uint16_t parameter[SIM_TEXT_PARAMETERS];
    uint8_t more; /* bytes of a character still to come */
    uint32_t code;
};

void sim_text_init(struct sim_text *text, uint16_t columns, uint16_t rows);
void sim_text_fini(struct sim_text *text);

/* Empty, of another size. */
void sim_text_resize(struct sim_text *text, uint16_t columns, uint16_t rows);

/* Takes any bytes; whatever they are, it stays a screen. */
void sim_text_write(struct sim_text *text, struct slice bytes);

/* Draws into this picture from now on, at its top left corner plus (left, top); NULL: no longer. */
void sim_text_show(struct sim_text *text, struct sim_screen *screen, uint16_t left, uint16_t top);

/* Draws all of it again; what is blank is left out when `over` a drawing. */
void sim_text_draw(struct sim_text *text, bool over);

#endif
