/* The BIOS's set-up and its boot menu, drawn with cursor addressing on 80 by 25 characters. */
#include "sim/host_state.h"

#include <string.h>

#define PAGES    4
#define ITEMS    3 /* of a page, at most */
#define NO_PLACE 255

enum { PAGE_MAIN, PAGE_ADVANCED, PAGE_BOOT, PAGE_EXIT };
enum { EXIT_SAVE, EXIT_DISCARD, EXIT_DEFAULTS };

/* A line of a page: a setting, a fact, or something to do (neither). */
struct item {
    const char *name;
    const char *fact;
    uint8_t option; /* enum sim_host_option; NO_PLACE: none */
    const char *values[2];
};

static const struct item pages[PAGES][ITEMS] = {
    [PAGE_MAIN] = {{"BIOS Version", "1.16", NO_PLACE, {NULL}},
                   {"Memory Size", "16384 MB", NO_PLACE, {NULL}},
                   {"Quiet Boot", NULL, SIM_HOST_QUIET, {"Disabled", "Enabled"}}},
    [PAGE_ADVANCED] = {{"Console Redirection", NULL, SIM_HOST_SERIAL, {"Disabled", "Enabled"}},
                       {"Virtualization", NULL, SIM_HOST_VIRTUAL, {"Disabled", "Enabled"}},
                       {NULL, NULL, NO_PLACE, {NULL}}},
    [PAGE_BOOT] = {{"First Boot Device", NULL, SIM_HOST_NET_FIRST, {"Disk", "Network"}},
                   {NULL, NULL, NO_PLACE, {NULL}},
                   {NULL, NULL, NO_PLACE, {NULL}}},
    [PAGE_EXIT] = {{"Save Changes and Exit", NULL, NO_PLACE, {NULL}},
                   {"Discard Changes and Exit", NULL, NO_PLACE, {NULL}},
                   {"Load Defaults", NULL, NO_PLACE, {NULL}}},
};
static const char *const titles[PAGES] = {"Main", "Advanced", "Boot", "Exit"};
static const uint8_t defaults[SIM_HOST_OPTIONS] = {1, 1, 1, 0};

static const char *const menu_items[] = {"Disk", "Network", "Remote CD", "Remote floppy", "Set-up"};
#define MENU_ITEMS 5
#define MENU_SETUP 4

/* ---- drawing ---- */

static void rule(struct sim_host *host, unsigned row, const char *left, const char *right)
{
    sim_host_say(host, "\033[%u;1H%s", row, left);
    for (unsigned i = 0; i < 78; i++)
        sim_host_say(host, "─");
    sim_host_say(host, "%s", right);
}

static void frame(struct sim_host *host, const char *title, const char *keys)
{
    sim_host_say(host, "\033[0m\033[2J\033[?25l\033[1;1H\033[37;44m%-80s\033[0m", title);
    rule(host, 3, "┌", "┐");
    for (unsigned row = 4; row < 22; row++)
        sim_host_say(host, "\033[%u;1H│\033[%u;80H│", row, row);
    rule(host, 22, "└", "┘");
    sim_host_say(host, "\033[24;1H%s", keys);
}

static void draw_item(struct sim_host *host, unsigned number)
{
    const struct item *item = &pages[host->page][number];
    const char *value = item->fact == NULL ? "" : item->fact;
    if (item->name == NULL)
        return;
    if (item->option != NO_PLACE)
        value = item->values[host->edited[item->option]];
    sim_host_say(host, "\033[%u;4H%s %-30s%s%s%s \033[0m", 6 + number * 2,
                 number == host->item ? "\033[7m" : "", item->name,
                 item->option != NO_PLACE ? "[" : "", value, item->option != NO_PLACE ? "]" : "");
    sim_host_say(host, "%-12s", "");
}

static void draw_page(struct sim_host *host)
{
    sim_host_say(host, "\033[2;1H");
    for (unsigned i = 0; i < PAGES; i++)
        sim_host_say(host, "%s  %s  \033[0m", i == host->page ? "\033[7m" : "", titles[i]);
    for (unsigned row = 4; row < 22; row++)
        sim_host_say(host, "\033[%u;2H%78s", row, "");
    for (unsigned i = 0; i < ITEMS; i++)
        draw_item(host, i);
}

/* ---- the set-up ---- */

static bool can_choose(const struct sim_host *host, unsigned number)
{
    const struct item *item = &pages[host->page][number];
    return item->name != NULL && item->fact == NULL;
}

static void first_item(struct sim_host *host)
{
    host->item = 0;
    while (!can_choose(host, host->item))
        host->item++;
}

void sim_host_setup(struct sim_host *host)
{
    host->set_up = true;
    memcpy(host->edited, host->options, sizeof(host->edited));
    sim_host_enter(host, SIM_HOST_SETUP, UINT64_MAX);
    host->page = PAGE_MAIN;
    first_item(host);
    sim_host_mode(host, 640, 480, 80, 25);
    frame(host, " BIOS Set-up",
          "Arrows: choose   Enter: change   F9: defaults   F10: save and exit   Esc: exit");
    draw_page(host);
}

/* The machine starts anew, with what is in force now. */
static void leave(struct sim_host *host, bool save, uint64_t now_ms)
{
    if (save)
        memcpy(host->options, host->edited, sizeof(host->options));
    sim_host_start(host, now_ms);
}

static void choose(struct sim_host *host, uint64_t now_ms)
{
    const struct item *item = &pages[host->page][host->item];
    if (item->option != NO_PLACE) {
        host->edited[item->option] ^= 1;
        draw_item(host, host->item);
    } else if (host->page == PAGE_EXIT && host->item == EXIT_DEFAULTS) {
        memcpy(host->edited, defaults, sizeof(defaults));
    } else if (host->page == PAGE_EXIT) {
        leave(host, host->item == EXIT_SAVE, now_ms);
    }
}

static void move(struct sim_host *host, int by)
{
    unsigned before = host->item, to = before;
    do {
        to = (to + (unsigned)(ITEMS + by)) % ITEMS;
    } while (!can_choose(host, to));
    host->item = (uint8_t)to;
    draw_item(host, before);
    draw_item(host, to);
}

void sim_host_setup_key(struct sim_host *host, unsigned key, uint64_t now_ms)
{
    switch (key) {
    case SIM_KEY_LEFT:
    case SIM_KEY_RIGHT:
        host->page = (uint8_t)((host->page + (key == SIM_KEY_RIGHT ? 1u : PAGES - 1u)) % PAGES);
        first_item(host);
        draw_page(host);
        break;
    case SIM_KEY_UP:
        move(host, -1);
        break;
    case SIM_KEY_DOWN:
        move(host, 1);
        break;
    case '\r':
    case '+':
    case '-':
        choose(host, now_ms);
        break;
    case SIM_KEY_F1 + 8:
        memcpy(host->edited, defaults, sizeof(defaults));
        draw_page(host);
        break;
    case SIM_KEY_F1 + 9:
    case SIM_KEY_ESCAPE:
        leave(host, key != SIM_KEY_ESCAPE, now_ms);
        break;
    default:
        break;
    }
}

/* ---- the boot menu ---- */

static void draw_menu(struct sim_host *host)
{
    for (unsigned i = 0; i < MENU_ITEMS; i++)
        sim_host_say(host, "\033[%u;4H%s %u  %-20s\033[0m", 6 + i, i == host->item ? "\033[7m" : "",
                     i + 1, menu_items[i]);
}

void sim_host_menu(struct sim_host *host)
{
    sim_host_enter(host, SIM_HOST_MENU, UINT64_MAX);
    host->item = 0;
    sim_host_mode(host, 640, 480, 80, 25);
    frame(host, " Boot Menu", "Up, Down or number: choose   Enter: boot   Esc: as set up");
    draw_menu(host);
}

void sim_host_menu_key(struct sim_host *host, unsigned key, uint64_t now_ms)
{
    static const char *const plans[] = {"d", "n", "c", "f"};
    if (key >= '1' && key < '1' + MENU_ITEMS) {
        host->item = (uint8_t)(key - '1');
    } else if (key == SIM_KEY_UP || key == SIM_KEY_DOWN) {
        host->item =
            (uint8_t)((host->item + (key == SIM_KEY_UP ? MENU_ITEMS - 1u : 1u)) % MENU_ITEMS);
    } else if (key == SIM_KEY_ESCAPE) {
        sim_host_boot_from(host, host->plan, now_ms);
        return;
    } else if (key == '\r' && host->item == MENU_SETUP) {
        sim_host_setup(host);
        return;
    } else if (key == '\r') {
        sim_host_boot_from(host, plans[host->item], now_ms);
        return;
    }
    draw_menu(host);
}
