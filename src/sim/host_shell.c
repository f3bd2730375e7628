/* The system that boots from the disk: a login for "root" with any password that is not empty, and
 * a shell with a few commands. Screen and serial line are one terminal. */
#include "sim/capability/capability.h"
#include "sim/host_state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CONTROL_C 3
#define CONTROL_D 4
#define CONTROL_L 12

static const char system_name[] = "Simulated GNU/Linux";

const char *sim_host_name(const struct sim_host *host)
{
    const char *name = host->device->host_name;
    return name == NULL || name[0] == '\0' ? "machine" : name;
}

/* ---- login ---- */

static void ask(struct sim_host *host)
{
    sim_host_enter(host, SIM_HOST_LOGIN, UINT64_MAX);
    host->typed = 0;
    sim_host_say(host, "%s login: ", sim_host_name(host));
}

void sim_host_greet(struct sim_host *host, uint64_t now_ms)
{
    if (host->stage != SIM_HOST_KERNEL) /* found running: the screen is as the boot left it */
        sim_host_system_mode(host);
    host->booted_ms = now_ms;
    sim_host_say(host, "\r\n%s 12 %s tty1\r\n\r\n", system_name, sim_host_name(host));
    ask(host);
}

void sim_host_prompt(struct sim_host *host)
{
    host->typed = 0;
    if (host->stage == SIM_HOST_LOADED)
        sim_host_say(host, "rescue# ");
    else
        sim_host_say(host, "root@%s:~# ", sim_host_name(host));
}

static void log_in(struct sim_host *host)
{
    if (!host->known || host->typed == 0) {
        sim_host_say(host, "\r\nLogin incorrect\r\n");
        ask(host);
        return;
    }
    sim_host_enter(host, SIM_HOST_SHELL, UINT64_MAX);
    sim_host_say(host, "\r\nType help for a list of commands.\r\n");
    sim_host_prompt(host);
}

/* ---- commands ---- */

static void run_help(struct sim_host *host, const char *rest, uint64_t now_ms);

static void run_echo(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)now_ms;
    sim_host_say(host, "%s\r\n", rest);
}

static void run_date(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    time_t now = (time_t)sim_clock(host->device, now_ms);
    struct tm parts;
    char text[64];
    (void)rest;
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return;
    sim_host_say(host, "%s\r\n", text);
}

static void run_uname(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)now_ms;
    if (strcmp(rest, "-a") == 0)
        sim_host_say(host, "Linux %s 6.1.0-sim x86_64 GNU/Linux\r\n", sim_host_name(host));
    else
        sim_host_say(host, "Linux\r\n");
}

static void run_hostname(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    (void)now_ms;
    sim_host_say(host, "%s\r\n", sim_host_name(host));
}

static void run_whoami(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    (void)now_ms;
    sim_host_say(host, "root\r\n");
}

static void run_uptime(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    sim_host_say(host, "up %llu s\r\n", (unsigned long long)((now_ms - host->booted_ms) / 1000));
}

static void run_cat(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    char guid[GUID_TEXT_SIZE];
    (void)now_ms;
    if (strcmp(rest, "/proc/version") == 0)
        sim_host_say(host, "Linux version 6.1.0-sim\r\n");
    else if (strcmp(rest, "/proc/cmdline") == 0)
        sim_host_say(host, "root=/dev/sda1 console=tty0 console=ttyS4,115200\r\n");
    else if (strcmp(rest, "/proc/cpuinfo") == 0)
        sim_host_say(host, "processor\t: 0\r\nmodel name\t: Simulated processor\r\n");
    else if (strcmp(rest, "/etc/os-release") == 0)
        sim_host_say(host, "PRETTY_NAME=\"%s 12\"\r\n", system_name);
    else if (strcmp(rest, "/etc/hostname") == 0)
        sim_host_say(host, "%s\r\n", sim_host_name(host));
    else if (strcmp(rest, "/sys/class/dmi/id/product_uuid") == 0)
        sim_host_say(host, "%s\r\n", guid_format(&host->device->guid, guid));
    else
        sim_host_say(host, "cat: %s: No such file or directory\r\n", rest);
}

static void run_ls(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    (void)now_ms;
    sim_host_say(host, "/etc/hostname  /etc/os-release  /proc/cmdline  /proc/cpuinfo\r\n"
                       "/proc/version  /sys/class/dmi/id/product_uuid\r\n");
}

static void run_clear(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    (void)now_ms;
    sim_host_say(host, "\033[2J\033[H");
}

static void run_exit(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    sim_host_say(host, "logout\r\n");
    if (host->stage == SIM_HOST_LOADED) /* there is no login to go back to */
        return;
    sim_host_say(host, "\r\n%s 12 %s tty1\r\n\r\n", system_name, sim_host_name(host));
    (void)now_ms;
    ask(host);
}

static void run_reboot(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    sim_host_say(host, "The system restarts now.\r\n");
    sim_host_enter(host, SIM_HOST_HALTED, UINT64_MAX);
    sim_boot_host(host->device, "Reset", now_ms);
}

static void run_poweroff(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    (void)now_ms;
    sim_host_say(host, "The system goes down now.\r\n");
    host->device->power = SIM_POWER_OFF;
    host->device->boot_happened = true;
    sim_host_enter(host, SIM_HOST_HALTED, UINT64_MAX);
}

static const struct command {
    const char *name;
    void (*run)(struct sim_host *host, const char *rest, uint64_t now_ms);
} commands[] = {
    {"cat", run_cat},           {"clear", run_clear}, {"date", run_date},
    {"echo", run_echo},         {"exit", run_exit},   {"help", run_help},
    {"hostname", run_hostname}, {"ls", run_ls},       {"poweroff", run_poweroff},
    {"reboot", run_reboot},     {"uname", run_uname}, {"uptime", run_uptime},
    {"whoami", run_whoami},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void run_help(struct sim_host *host, const char *rest, uint64_t now_ms)
{
    (void)rest;
    (void)now_ms;
    for (size_t i = 0; i < COMMANDS; i++)
        sim_host_say(host, "%s%s", commands[i].name, i + 1 < COMMANDS ? " " : "\r\n");
}

static void run(struct sim_host *host, uint64_t now_ms)
{
    char *word = host->input + strspn(host->input, " ");
    size_t size = strcspn(word, " ");
    char *rest = word + size + strspn(word + size, " ");
    if (size > 0) {
        word[size] = '\0';
        size_t i = 0;
        while (i < COMMANDS && strcmp(commands[i].name, word) != 0)
            i++;
        if (i < COMMANDS)
            commands[i].run(host, rest, now_ms);
        else
            sim_host_say(host, "%s: command not found\r\n", word);
    }
    if (host->stage == SIM_HOST_SHELL || host->stage == SIM_HOST_LOADED)
        sim_host_prompt(host);
}

/* ---- keys ---- */

static void enter_line(struct sim_host *host, uint64_t now_ms)
{
    host->input[host->typed] = '\0';
    if (host->stage == SIM_HOST_PASSWORD) {
        log_in(host);
        return;
    }
    sim_host_say(host, "\r\n");
    if (host->stage == SIM_HOST_SHELL || host->stage == SIM_HOST_LOADED) {
        run(host, now_ms);
    } else if (host->typed == 0) {
        ask(host);
    } else {
        host->known = strcmp(host->input, "root") == 0;
        sim_host_enter(host, SIM_HOST_PASSWORD, UINT64_MAX);
        sim_host_say(host, "Password: ");
    }
    host->typed = 0;
}

static void type(struct sim_host *host, unsigned key)
{
    bool shown = host->stage != SIM_HOST_PASSWORD;
    if (key == '\b') {
        if (host->typed > 0 && shown)
            sim_host_say(host, "\b \b");
        host->typed -= host->typed > 0;
    } else if (key >= 0x20 && key < 0x7F && host->typed + 1 < sizeof(host->input)) {
        host->input[host->typed++] = (char)key;
        if (shown)
            sim_host_say(host, "%c", (int)key);
    }
}

void sim_host_shell_key(struct sim_host *host, unsigned key, uint64_t now_ms)
{
    bool shell = host->stage == SIM_HOST_SHELL || host->stage == SIM_HOST_LOADED;
    switch (key) {
    case '\r':
        enter_line(host, now_ms);
        break;
    case CONTROL_C:
        sim_host_say(host, "^C\r\n");
        if (shell)
            sim_host_prompt(host);
        else
            ask(host);
        break;
    case CONTROL_D:
        if (shell && host->typed == 0)
            run_exit(host, "", now_ms);
        if (shell && host->stage == SIM_HOST_LOADED)
            sim_host_prompt(host);
        break;
    case CONTROL_L:
        if (shell) {
            run_clear(host, "", now_ms);
            sim_host_prompt(host);
        }
        break;
    default:
        type(host, key);
        break;
    }
}
