/* How the machine starts: the splash, and what is tried one after the other to boot from. */
#include "sim/host_state.h"
#include "sim/loader.h"

#include <stdio.h>
#include <string.h>

#define SPLASH_UNITS 30 /* hundredths of the time of a boot */
#define LINE_UNITS   2

/* Letters of a plan. */
#define FROM_DISK    'd'
#define FROM_NETWORK 'n'
#define FROM_WEB     'w'
#define FROM_OPTICAL 'o'
#define FROM_CD      'c'
#define FROM_FLOPPY  'f'

static const char *const network_lines[] = {
    "Network boot: looking for a server\r\n",
    "  Address of the adapter  02:51:A7:00:00:01\r\n",
    "  DHCP .",
    ".",
    ".",
    " offer from 192.0.2.1: address 192.0.2.77, file boot.efi\r\n",
    "  TFTP .",
    ".",
    ".",
    " no answer from 192.0.2.1\r\n",
    "PXE-E32: TFTP open timeout\r\n",
    "Network boot failed.\r\n\r\n",
    NULL,
};
static const char *const web_lines[] = {
    "HTTPS boot: looking for a name server\r\n",
    "  DHCP . . . address 192.0.2.77\r\n",
    "  No route to the server.\r\n",
    "HTTPS boot failed.\r\n\r\n",
    NULL,
};
static const char *const optical_lines[] = {
    "CD/DVD boot: drive not ready\r\n",
    "CD/DVD boot failed.\r\n\r\n",
    NULL,
};
static const char *const disk_lines[] = {
    "Booting from disk: SIMDISK 256 GB\r\n",
    "\r\n  Loader 1.0\r\n",
    "  Loading kernel . . . . . . . . done\r\n",
    "  Loading initial ramdisk . . . . done\r\n",
    NULL,
};
static const char *const kernel_lines[] = {
    "[    0.000000] Simulated system, kernel 6.1.0-sim on x86_64\r\n",
    "[    0.000000] Command line: root=/dev/sda1 console=tty0 console=ttyS4,115200\r\n",
    "[    0.004012] Memory: 16384 MB\r\n",
    "[    0.121907] CPU0: Simulated processor, 8 cores\r\n",
    "[    0.343190] pci 0000:00:16.3: serial line at I/O 0x3060 is ttyS4\r\n",
    "[    0.500031] Framebuffer console ready\r\n",
    "[    0.812400] sda: 500118192 sectors, 256 GB\r\n",
    "[    1.000871] usb 1-1: keyboard and mouse of the management engine\r\n",
    "[    1.204466] e1000e 0000:00:1f.6 eth0: link is up, 1000 Mbit/s\r\n",
    "[    1.517220] Mounted root, read-write\r\n",
    "         Starting system log ... ok\r\n",
    "         Starting network ... ok\r\n",
    "         Starting management agent ... ok\r\n",
    "         Starting login on tty1 and ttyS4 ... ok\r\n",
    NULL,
};

/* ---- the splash ---- */

/* A disc whose colours run, in a grain that no tile of it repeats: of such a picture every
 * encoding of tiles has something to do. */
void sim_host_draw_splash(struct sim_host *host)
{
    struct sim_screen *screen = host->screen;
    int middle_x = host->width / 2, middle_y = host->height / 2 + 60, radius = 150;
    uint32_t grain = 1;
    for (int y = -radius; y <= radius; y++) {
        for (int x = -radius; x <= radius; x++) {
            int distance = x * x + y * y;
            unsigned colour;
            if (distance > radius * radius)
                continue;
            grain = grain * 1664525u + 1013904223u;
            if (distance > 130 * 130)
                colour = (unsigned)SIM_CUBE + 36u * ((unsigned)(y + radius) / 51) + 5;
            else if (x < 0)
                colour = (unsigned)SIM_CUBE + (unsigned)(distance / 80) % 216;
            else
                colour = (unsigned)SIM_CUBE + (grain >> 16) % 240;
            sim_screen_set(screen, (unsigned)(middle_x + x), (unsigned)(middle_y + y),
                           (uint8_t)colour);
        }
    }
}

void sim_host_start(struct sim_host *host, uint64_t now_ms)
{
    const struct sim_boot *boot = &host->device->boot;
    host->stage = SIM_HOST_SPLASH;
    sim_host_mode(host, 800, 600, 100, 37);
    sim_host_say(host, "\033[0m\033[?25h\033[2J\033[H");
    sim_host_say(host, "Outband simulated BIOS 1.16\r\n");
    if (host->options[SIM_HOST_QUIET] == 0)
        sim_host_say(host,
                     "Processor: Simulated processor, 8 cores\r\nMemory: 16384 MB\r\n"
                     "Disk: SIMDISK 256 GB\r\nVirtualization: %s\r\n",
                     host->options[SIM_HOST_VIRTUAL] != 0 ? "Enabled" : "Disabled");
    if (!host->set_up && (strstr(boot->to, "erase") != NULL || strstr(boot->to, "unconf") != NULL))
        sim_host_say(host, "The management engine asks for: %s ... done\r\n", boot->to);
    sim_host_say(host, "\r\nPress F2 or DEL for set-up, F12 for the boot menu\r\n");
    sim_host_enter(host, SIM_HOST_SPLASH, now_ms + sim_host_time(host, SPLASH_UNITS));
    snprintf(host->plan, sizeof(host->plan), "%s",
             host->options[SIM_HOST_NET_FIRST] != 0 ? "nd" : "d");
    /* what the firmware was told, as boot.c names it */
    static const struct {
        const char *to, *plan;
    } plans[] = {{"IDER CD", "cd"},     {"IDER floppy", "fd"}, {"PXE Boot", "nd"},
                 {"CD/DVD Boot", "od"}, {"HTTPS ", "wd"},      {"Hard-drive Boot", "d"}};
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        if (strncmp(boot->to, plans[i].to, strlen(plans[i].to)) == 0)
            snprintf(host->plan, sizeof(host->plan), "%s", plans[i].plan);
    }
}

/* ---- booting ---- */

static void on_print(void *owner, struct slice text)
{
    sim_host_print(owner, text);
}

static void on_over(void *owner, bool booted)
{
    struct sim_host *host = owner;
    if (host->stage != SIM_HOST_REMOTE)
        return;
    if (!booted) {
        sim_host_say(host, "Remote boot failed.\r\n\r\n");
        host->due_ms = SIM_HOST_AT_ONCE;
        return;
    }
    sim_host_enter(host, SIM_HOST_LOADED, UINT64_MAX);
    sim_host_say(host, "\r\n");
    sim_host_prompt(host);
}

static const struct sim_loader_events loader_events = {.print = on_print, .over = on_over};

static void boot_remote(struct sim_host *host, bool cd, uint64_t now_ms)
{
    sim_host_say(host, "Booting from the remote %s\r\n", cd ? "CD" : "floppy");
    sim_host_enter(host, SIM_HOST_REMOTE, UINT64_MAX);
    sim_loader_start(host->device, cd, &loader_events, host, now_ms);
}

void sim_host_boot_next(struct sim_host *host, uint64_t now_ms)
{
    char from = host->plan[0];
    if (from != '\0')
        memmove(host->plan, host->plan + 1, strlen(host->plan));
    switch (from) {
    case FROM_DISK:
        sim_host_enter(host, SIM_HOST_DISK, now_ms);
        break;
    case FROM_NETWORK:
        sim_host_enter(host, SIM_HOST_NETWORK, now_ms);
        break;
    case FROM_WEB:
        sim_host_enter(host, SIM_HOST_WEB, now_ms);
        break;
    case FROM_OPTICAL:
        sim_host_enter(host, SIM_HOST_OPTICAL, now_ms);
        break;
    case FROM_CD:
    case FROM_FLOPPY:
        boot_remote(host, from == FROM_CD, now_ms);
        break;
    default:
        sim_host_say(host, "No bootable device. Press Ctrl, Alt and Delete to restart.\r\n");
        sim_host_enter(host, SIM_HOST_HALTED, UINT64_MAX);
        break;
    }
}

void sim_host_boot_from(struct sim_host *host, const char *plan, uint64_t now_ms)
{
    if (plan != host->plan)
        snprintf(host->plan, sizeof(host->plan), "%s", plan);
    sim_host_mode(host, 640, 480, 80, 30);
    sim_host_say(host, "\033[0m\033[?25h\033[2J\033[H");
    sim_host_boot_next(host, now_ms);
}

static void splash_over(struct sim_host *host, uint64_t now_ms)
{
    if (strcmp(host->device->boot.to, "BIOS setup") == 0 && !host->set_up) {
        sim_host_setup(host);
        return;
    }
    sim_host_boot_from(host, host->plan, now_ms);
}

static void system_up(struct sim_host *host, uint64_t now_ms)
{
    if (!host->resumes) {
        sim_host_greet(host, now_ms);
        return;
    }
    host->resumes = false;
    sim_host_say(host, "         Resuming from hibernation ... ok\r\n\r\n");
    sim_host_enter(host, SIM_HOST_SHELL, UINT64_MAX);
    sim_host_prompt(host);
}

/* Says the next line of the stage's text; false when there is none. */
static bool next_line(struct sim_host *host, const char *const *lines, uint64_t now_ms)
{
    if (lines[host->line] == NULL)
        return false;
    sim_host_print(host, slice_of_string(lines[host->line++]));
    host->due_ms = now_ms + sim_host_time(host, LINE_UNITS);
    return true;
}

static void begin_kernel(struct sim_host *host, uint64_t now_ms)
{
    sim_host_enter(host, SIM_HOST_KERNEL, now_ms);
    sim_host_system_mode(host);
    sim_host_say(host, "\r\n");
}

void sim_host_step(struct sim_host *host, uint64_t now_ms)
{
    host->due_ms = UINT64_MAX;
    switch (host->stage) {
    case SIM_HOST_SPLASH:
        splash_over(host, now_ms);
        break;
    case SIM_HOST_NETWORK:
        if (!next_line(host, network_lines, now_ms))
            sim_host_boot_next(host, now_ms);
        break;
    case SIM_HOST_WEB:
        if (!next_line(host, web_lines, now_ms))
            sim_host_boot_next(host, now_ms);
        break;
    case SIM_HOST_OPTICAL:
        if (!next_line(host, optical_lines, now_ms))
            sim_host_boot_next(host, now_ms);
        break;
    case SIM_HOST_REMOTE:
        sim_host_boot_next(host, now_ms);
        break;
    case SIM_HOST_DISK:
        if (!next_line(host, disk_lines, now_ms))
            begin_kernel(host, now_ms);
        break;
    case SIM_HOST_KERNEL:
        if (!next_line(host, kernel_lines, now_ms))
            system_up(host, now_ms);
        break;
    default:
        break;
    }
}
