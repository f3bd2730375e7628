#include "sim/host.h"

#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/host_state.h"
#include "sim/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAID_LIMIT 16384 /* bytes for the serial line that nobody has read */
#define PAUSE_MS   50    /* after an Escape that begins no sequence */

const char *sim_host_doing(const struct sim_host *host)
{
    static const char *const names[] = {"OFF",    "SPLASH",  "SETUP",    "MENU",   "NETWORK",
                                        "WEB",    "OPTICAL", "REMOTE",   "LOADED", "DISK",
                                        "KERNEL", "LOGIN",   "PASSWORD", "SHELL",  "HALTED"};
    return names[host->stage];
}

static bool is_on(const struct sim_host *host)
{
    return host->stage != SIM_HOST_OFF && host->device->power == SIM_POWER_ON;
}

uint64_t sim_host_time(const struct sim_host *host, unsigned units)
{
    uint64_t time = host->device->boot_time_ms * (uint64_t)units / 100;
    return time == 0 ? 1 : time;
}

/* ---- what it shows ---- */

static void draw(struct sim_host *host)
{
    struct sim_screen *screen = host->screen;
    if (screen == NULL)
        return;
    sim_screen_resize(screen, host->width, host->height);
    sim_text_show(&host->text, NULL, 0, 0);
    sim_screen_point(screen, host->mouse && is_on(host), host->mouse_x, host->mouse_y);
    if (!is_on(host)) {
        sim_screen_fill(screen, 0, 0, host->width, host->height, SIM_BLACK);
        return;
    }
    if (host->display != 0) { /* the desktop goes on there, and nothing is on it */
        sim_screen_fill(screen, 0, 0, host->width, host->height, SIM_BLUE);
        sim_screen_glyph(screen, 32, 32, (uint16_t)('1' + host->display), SIM_WHITE, SIM_BLUE, 8);
        return;
    }
    sim_screen_fill(screen, 0, 0, host->width, host->height, SIM_BLACK);
    if (host->stage == SIM_HOST_SPLASH)
        sim_host_draw_splash(host);
    sim_text_show(&host->text, screen, host->left, host->top);
    sim_text_draw(&host->text, true);
}

void sim_host_mode(struct sim_host *host, uint16_t width, uint16_t height, uint16_t columns,
                   uint16_t rows)
{
    host->width = width;
    host->height = height;
    host->left = (uint16_t)((width - columns * 8) / 2);
    host->top = (uint16_t)((height - rows * 16) / 2);
    sim_text_show(&host->text, NULL, 0, 0);
    sim_text_resize(&host->text, columns, rows);
    draw(host);
}

void sim_host_system_mode(struct sim_host *host)
{
    uint16_t width = host->device->screen_width, height = host->device->screen_height;
    sim_host_mode(host, width, height, (uint16_t)(width / 8 < 128 ? width / 8 : 128),
                  (uint16_t)(height / 16 < 48 ? height / 16 : 48));
}

struct sim_screen *sim_host_look(struct sim_host *host, unsigned number)
{
    sim_host_leave(host);
    host->display = number < host->device->screens ? number : 0;
    host->screen = sim_screen_new(host->width, host->height);
    draw(host);
    return host->screen;
}

void sim_host_leave(struct sim_host *host)
{
    sim_text_show(&host->text, NULL, 0, 0);
    sim_screen_free(host->screen);
    host->screen = NULL;
}

void sim_host_print(struct sim_host *host, struct slice text)
{
    sim_text_write(&host->text, text);
    if (!host->plugged || !sim_host_redirects(host))
        return;
    text = slice_from(text, text.size > SAID_LIMIT ? text.size - SAID_LIMIT : 0);
    if (buffer_size(&host->said) + text.size > SAID_LIMIT) {
        buffer_consume(&host->said, buffer_size(&host->said) + text.size - SAID_LIMIT);
        host->lost = true;
    }
    buffer_put(&host->said, text);
}

void sim_host_say(struct sim_host *host, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    sim_host_print(host, slice_of_string(line));
}

/* ---- life ---- */

static void power_lost(struct sim_host *host)
{
    host->resumes = host->device->power == SIM_POWER_HIBERNATE &&
                    (host->stage == SIM_HOST_SHELL || host->resumes);
    sim_loader_stop(host->device);
    host->stage = SIM_HOST_OFF;
    host->due_ms = UINT64_MAX;
    host->asleep = false;
    memset(&host->keyboard, 0, sizeof(host->keyboard));
    draw(host);
}

static void follow_power(struct sim_host *host)
{
    struct sim_device *device = host->device;
    bool asleep = device->power == SIM_POWER_SLEEP;
    if (device->power == SIM_POWER_OFF || device->power == SIM_POWER_HIBERNATE) {
        if (host->stage != SIM_HOST_OFF)
            power_lost(host);
    } else if (host->boots != device->boot.count) {
        host->boots = device->boot.count;
        host->asleep = host->set_up = false;
        sim_loader_stop(device);
        sim_host_start(host, device->boot_ms);
    } else if (asleep != host->asleep) {
        host->asleep = asleep;
        draw(host);
    }
}

struct sim_host *sim_host_of(struct sim_device *device, uint64_t now_ms)
{
    if (device->host != NULL)
        return device->host;
    struct sim_host *host = memory_new(sizeof(*host));
    device->host = host;
    host->device = device;
    host->due_ms = host->pause_ms = UINT64_MAX;
    host->width = 640;
    host->height = 480;
    host->options[SIM_HOST_QUIET] = host->options[SIM_HOST_SERIAL] = 1;
    host->options[SIM_HOST_VIRTUAL] = 1;
    buffer_init(&host->said, SAID_LIMIT);
    sim_text_init(&host->text, 80, 25);
    if (device->boot.count == 0 && device->power == SIM_POWER_ON)
        sim_host_greet(host, now_ms); /* it has been running for long */
    sim_host_tick(device, now_ms);
    return host;
}

void sim_host_free(struct sim_device *device)
{
    struct sim_host *host = device->host;
    if (host == NULL)
        return;
    sim_host_leave(host);
    sim_text_fini(&host->text);
    buffer_fini(&host->said);
    free(host);
    device->host = NULL;
}

void sim_host_enter(struct sim_host *host, enum sim_host_stage stage, uint64_t at_ms)
{
    host->stage = (uint8_t)stage;
    host->line = 0;
    host->due_ms = at_ms;
}

static void press(struct sim_host *host, unsigned key, uint64_t now_ms)
{
    if (key == SIM_KEY_NONE || !is_on(host))
        return;
    switch (host->stage) {
    case SIM_HOST_SPLASH:
        if (key == SIM_KEY_F1 + 1 || key == SIM_KEY_DELETE)
            sim_host_setup(host);
        else if (key == SIM_KEY_F12)
            sim_host_menu(host);
        break;
    case SIM_HOST_SETUP:
        sim_host_setup_key(host, key, now_ms);
        break;
    case SIM_HOST_MENU:
        sim_host_menu_key(host, key, now_ms);
        break;
    case SIM_HOST_LOADED:
    case SIM_HOST_LOGIN:
    case SIM_HOST_PASSWORD:
    case SIM_HOST_SHELL:
        sim_host_shell_key(host, key, now_ms);
        break;
    default:
        break;
    }
    if (key == SIM_KEY_RESTART)
        sim_boot_host(host->device, "Reset", now_ms);
}

void sim_host_tick(struct sim_device *device, uint64_t now_ms)
{
    struct sim_host *host = device->host;
    if (host == NULL)
        return;
    follow_power(host);
    if (host->pause_ms <= now_ms) {
        host->pause_ms = UINT64_MAX;
        press(host, sim_keys_pause(&host->terminal), now_ms);
        follow_power(host);
    }
    if (host->due_ms == SIM_HOST_AT_ONCE)
        host->due_ms = now_ms;
    while (host->due_ms <= now_ms && is_on(host))
        sim_host_step(host, host->due_ms);
    if (host->screen != NULL)
        sim_screen_consent(host->screen, device->consent.state == SIM_CONSENT_DISPLAYED,
                           device->consent.code);
}

uint64_t sim_host_due(const struct sim_device *device)
{
    const struct sim_host *host = device->host;
    if (host == NULL)
        return UINT64_MAX;
    uint64_t due = is_on(host) ? host->due_ms : UINT64_MAX;
    return host->pause_ms < due ? host->pause_ms : due;
}

/* ---- keyboard and mouse ---- */

void sim_host_key(struct sim_host *host, bool down, uint32_t symbol, uint64_t now_ms)
{
    press(host, sim_keys_symbol(&host->keyboard, down, symbol), now_ms);
    sim_host_tick(host->device, now_ms);
}

void sim_host_mouse(struct sim_host *host, uint8_t buttons, uint16_t x, uint16_t y)
{
    (void)buttons;
    host->mouse = true;
    host->mouse_x = x < host->width ? x : (uint16_t)(host->width - 1);
    host->mouse_y = y < host->height ? y : (uint16_t)(host->height - 1);
    if (host->screen != NULL && is_on(host))
        sim_screen_point(host->screen, true, host->mouse_x, host->mouse_y);
}

/* ---- the serial line ---- */

bool sim_host_redirects(const struct sim_host *host)
{
    return is_on(host) && (host->stage >= SIM_HOST_LOADED || host->options[SIM_HOST_SERIAL] != 0 ||
                           host->device->boot.use_sol);
}

void sim_host_plug(struct sim_host *host, bool plugged)
{
    host->plugged = plugged;
    host->lost = false;
    buffer_clear(&host->said);
    buffer_release(&host->said);
    memset(&host->terminal, 0, sizeof(host->terminal));
    host->pause_ms = UINT64_MAX;
}

struct slice sim_host_said(const struct sim_host *host)
{
    return buffer_slice(&host->said);
}

void sim_host_heard(struct sim_host *host, size_t size)
{
    buffer_consume(&host->said, size);
    buffer_release(&host->said);
}

bool sim_host_take_loss(struct sim_host *host)
{
    bool lost = host->lost;
    host->lost = false;
    return lost;
}

void sim_host_type(struct sim_host *host, struct slice bytes, uint64_t now_ms)
{
    for (size_t i = 0; i < bytes.size && sim_host_redirects(host); i++) {
        press(host, sim_keys_byte(&host->terminal, bytes.data[i]), now_ms);
        follow_power(host);
    }
    host->pause_ms = host->terminal.escaped ? now_ms + PAUSE_MS : UINT64_MAX;
    sim_host_tick(host->device, now_ms);
}

void sim_host_break(struct sim_host *host)
{
    if (host->stage >= SIM_HOST_KERNEL && sim_host_redirects(host))
        sim_host_say(host, "\r\n[kernel] break received, no command follows\r\n");
}
