/*
 * What is inside struct sim_host: what host.c, host_boot.c, host_setup.c and host_shell.c share.
 * For those only.
 */
#ifndef SIM_HOST_STATE_H
#define SIM_HOST_STATE_H

#include "core/buffer.h"
#include "sim/host.h"
#include "sim/keys.h"
#include "sim/text.h"

#define SIM_HOST_LINE    128
#define SIM_HOST_OPTIONS 4 /* settings of the BIOS */
#define SIM_HOST_AT_ONCE 0 /* as due_ms: at the next tick, whenever that is */

enum sim_host_stage {
    SIM_HOST_OFF,
    SIM_HOST_SPLASH,
    SIM_HOST_SETUP,
    SIM_HOST_MENU,
    SIM_HOST_NETWORK,
    SIM_HOST_WEB,
    SIM_HOST_OPTICAL,
    SIM_HOST_REMOTE,
    SIM_HOST_LOADED,
    SIM_HOST_DISK,
    SIM_HOST_KERNEL,
    SIM_HOST_LOGIN,
    SIM_HOST_PASSWORD,
    SIM_HOST_SHELL,
    SIM_HOST_HALTED,
};

/* Settings of the BIOS, by number; each is 0 or 1. */
enum sim_host_option {
    SIM_HOST_QUIET,     /* the splash hides the text */
    SIM_HOST_SERIAL,    /* console redirection */
    SIM_HOST_VIRTUAL,   /* virtualization */
    SIM_HOST_NET_FIRST, /* first boot device: network */
};

struct sim_host {
    struct sim_device *device;
    uint8_t stage; /* enum sim_host_stage */
    bool asleep;
    bool resumes;       /* was hibernated: the session is still there */
    bool set_up;        /* since the boot: the option to do so is used up */
    uint32_t boots;     /* of the device, as far as they were followed */
    uint64_t due_ms;    /* when the stage goes on by itself; UINT64_MAX: never */
    uint64_t booted_ms; /* when the system came up */
    uint8_t line;       /* of the stage's text that comes next */
    char plan[5];       /* what is still to be booted from: letters of host_boot.c */

    struct sim_text text;
    struct sim_screen *screen; /* NULL: nobody looks */
    uint16_t width, height;    /* of the display's mode */
    uint16_t left, top;        /* of the text */
    unsigned display;          /* which one is looked at */
    bool mouse;                /* it has been moved: the pointer is shown */
    uint16_t mouse_x, mouse_y;

    struct sim_keyboard keyboard, terminal; /* the machine's, and that of the serial line */
    uint64_t pause_ms; /* when an Escape on the serial line is one; UINT64_MAX: none waits */
    bool plugged, lost;
    struct buffer said;

    uint8_t options[SIM_HOST_OPTIONS], edited[SIM_HOST_OPTIONS]; /* in force; in the set-up */
    uint8_t page, item;
    char input[SIM_HOST_LINE];
    size_t typed;
    bool known; /* the user's name is right */
};

/* ---- host.c ---- */

/* Shows text (lines ended by CR LF) on screen and serial line. */
void sim_host_print(struct sim_host *host, struct slice text);
void sim_host_say(struct sim_host *host, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Another mode of the display, in pixels, with an empty text screen in it. */
void sim_host_mode(struct sim_host *host, uint16_t width, uint16_t height, uint16_t columns,
                   uint16_t rows);

/* The mode in which the system that boots from the disk runs. */
void sim_host_system_mode(struct sim_host *host);

/* Goes to a stage that begins with the first line of its text at `at_ms`. */
void sim_host_enter(struct sim_host *host, enum sim_host_stage stage, uint64_t at_ms);

/* A hundredth of the time that a boot takes, times `units`. */
uint64_t sim_host_time(const struct sim_host *host, unsigned units);

/* ---- host_boot.c ---- */

/* The machine starts; what is to be booted next; the next step of the stage is due. */
void sim_host_start(struct sim_host *host, uint64_t now_ms);
void sim_host_boot_next(struct sim_host *host, uint64_t now_ms);
void sim_host_boot_from(struct sim_host *host, const char *plan, uint64_t now_ms);
void sim_host_step(struct sim_host *host, uint64_t now_ms);
void sim_host_draw_splash(struct sim_host *host);

/* ---- host_setup.c ---- */

void sim_host_setup(struct sim_host *host);
void sim_host_menu(struct sim_host *host);
void sim_host_setup_key(struct sim_host *host, unsigned key, uint64_t now_ms);
void sim_host_menu_key(struct sim_host *host, unsigned key, uint64_t now_ms);

/* ---- host_shell.c ---- */

void sim_host_greet(struct sim_host *host, uint64_t now_ms);
void sim_host_prompt(struct sim_host *host);
void sim_host_shell_key(struct sim_host *host, unsigned key, uint64_t now_ms);
const char *sim_host_name(const struct sim_host *host);

#endif
