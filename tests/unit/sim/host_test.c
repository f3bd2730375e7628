/* The simulated machine: what it shows after what was done to it. */
#include "sim/host.h"

#include "device_bench.h"
#include "sim/capability/capability.h"
#include "sim/host_state.h"
#include "sim/loader.h"

#define ENTER  0xFF0D
#define ESCAPE 0xFF1B
#define LEFT   0xFF51
#define RIGHT  0xFF53
#define DOWN   0xFF54
#define F2     0xFFBF
#define F10    0xFFC7
#define F12    0xFFC9
#define DELETE 0xFFFF
#define SHIFT  0xFFE1
#define CTRL   0xFFE3
#define ALT    0xFFE9

static struct sim_host *host_of(struct bench *bench)
{
    return sim_host_of(&bench->device, bench->now_ms);
}

static void at(struct bench *bench, uint64_t now_ms)
{
    bench->now_ms = now_ms;
    sim_device_tick(&bench->device, now_ms);
}

static void press(struct bench *bench, uint32_t symbol)
{
    sim_host_key(host_of(bench), true, symbol, bench->now_ms);
    sim_host_key(host_of(bench), false, symbol, bench->now_ms);
}

static void type(struct bench *bench, const char *text)
{
    for (; *text != '\0'; text++)
        press(bench, *text == '\r' ? ENTER : *text == '\b' ? 0xFF08 : (uint8_t)*text);
}

static void does(struct bench *bench, const char *wanted)
{
    assert_string_equal(sim_host_doing(host_of(bench)), wanted);
}

/* All that is on the screen, as lines without blanks at their ends. */
static const char *screen_of(struct bench *bench)
{
    static char all[128 * 64 + 1];
    const struct sim_text *text = &host_of(bench)->text;
    size_t size = 0;
    for (unsigned y = 0; y < text->rows; y++) {
        for (unsigned x = 0; x < text->columns; x++) {
            uint16_t code = text->cells[y * text->columns + x].code;
            all[size++] = (char)(code < 127 ? code : '#');
        }
        while (size > 0 && all[size - 1] == ' ')
            size--;
        all[size++] = '\n';
    }
    all[size] = '\0';
    return all;
}

/* The machine's own restart, as its button would do. */
static void restart(struct bench *bench)
{
    (void)host_of(bench);
    sim_boot_host(&bench->device, "Reset", bench->now_ms);
    at(bench, bench->now_ms);
    does(bench, "SPLASH");
}

static void log_in(struct bench *bench)
{
    type(bench, "root\rpass\r");
    does(bench, "SHELL");
}

static void a_machine_starts_in_its_time(void **state)
{
    struct bench *bench = *state;
    restart(bench);
    bench_has(screen_of(bench), "Press F2 or DEL for set-up, F12 for the boot menu");
    at(bench, 299);
    does(bench, "SPLASH");
    at(bench, 300);
    does(bench, "DISK");
    at(bench, 360);
    bench_has(screen_of(bench), "Loading kernel");
    at(bench, 420);
    does(bench, "KERNEL");
    at(bench, 1000);
    does(bench, "LOGIN");
    bench_has(screen_of(bench), "\nmachine login:\n");
    assert_int_equal(sim_device_due(&bench->device), UINT64_MAX); /* at rest */
}

static void nobody_need_look_for_it_to_get_on(void **state)
{
    struct bench *bench = *state;
    sim_boot_host(&bench->device, "Reset", 5000);
    assert_null(bench->device.host);
    at(bench, 5310);
    assert_null(bench->device.host);
    does(bench, "DISK");
    at(bench, 60000);
    does(bench, "LOGIN");
}

static void a_login_is_needed_and_a_shell_obeys(void **state)
{
    struct bench *bench = *state;
    does(bench, "LOGIN");
    type(bench, "guest\rx\r");
    bench_has(screen_of(bench), "Login incorrect");
    type(bench, "root\r\r"); /* no password */
    does(bench, "LOGIN");
    type(bench, "rood\bt\rsecret\r");
    does(bench, "SHELL");
    bench_lacks(screen_of(bench), "secret");
    type(bench,
         "echo Hello,  world\runame\rcat /sys/class/dmi/id/product_uuid\rfrobnicate\rdate\r");
    bench_has(screen_of(bench),
              "# echo Hello,  world\nHello,  world\nroot@machine:~# uname\nLinux\n");
    bench_has(screen_of(bench), "\n4c4c4544-004d-4d10-8050-b2c04f325133\n");
    bench_has(screen_of(bench), "\nfrobnicate: command not found\n");
    bench_has(screen_of(bench), "\n2026-01-01 00:00:00 UTC\n");
    type(bench, "exit\r");
    does(bench, "LOGIN");
}

static void keys_follow_shift_and_control(void **state)
{
    struct bench *bench = *state;
    log_in(bench);
    type(bench, "echo ");
    sim_host_key(host_of(bench), true, SHIFT, 0);
    type(bench, "a1-'"); /* by place, as browsers send them */
    sim_host_key(host_of(bench), false, SHIFT, 0);
    type(bench, "aB?\r");
    bench_has(screen_of(bench), "\nA!_\"aB?\n");
    type(bench, "gone");
    sim_host_key(host_of(bench), true, CTRL, 0);
    press(bench, 'c');
    sim_host_key(host_of(bench), false, CTRL, 0);
    press(bench, 0x17170001); /* a symbol that means nothing */
    type(bench, "echo on\r");
    bench_has(screen_of(bench), "gone^C\nroot@machine:~# echo on\non\n");
}

static void the_set_up_obeys_keys_and_keeps_what_is_saved(void **state)
{
    struct bench *bench = *state;
    restart(bench);
    press(bench, F2);
    does(bench, "SETUP");
    bench_has(screen_of(bench), "Quiet Boot                    [Enabled]");
    at(bench, 100000); /* it waits for ever */
    does(bench, "SETUP");
    press(bench, RIGHT);
    press(bench, RIGHT);
    bench_has(screen_of(bench), "First Boot Device             [Disk]");
    press(bench, ENTER);
    bench_has(screen_of(bench), "First Boot Device             [Network]");
    press(bench, ESCAPE);
    does(bench, "SPLASH");
    press(bench, DELETE);
    press(bench, LEFT);
    press(bench, LEFT);
    bench_has(screen_of(bench), "First Boot Device             [Disk]"); /* was not saved */
    press(bench, ENTER);
    press(bench, F10);
    does(bench, "SPLASH");
    at(bench, 100300);
    does(bench, "NETWORK");
    at(bench, 100560);
    bench_has(screen_of(bench), "PXE-E32");
    at(bench, 110000);
    does(bench, "LOGIN"); /* the disk came next */
}

static void the_page_of_exits_does_what_it_says(void **state)
{
    struct bench *bench = *state;
    restart(bench);
    press(bench, F2);
    press(bench, ENTER); /* quiet boot: no */
    bench_has(screen_of(bench), "Quiet Boot                    [Disabled]");
    press(bench, LEFT);
    bench_has(screen_of(bench), "Save Changes and Exit");
    press(bench, ENTER);
    does(bench, "SPLASH");
    bench_has(screen_of(bench), "Virtualization: Enabled");
    press(bench, F2);
    press(bench, LEFT);
    press(bench, DOWN);
    press(bench, DOWN);
    press(bench, ENTER); /* defaults */
    press(bench, F10);
    bench_lacks(screen_of(bench), "Virtualization: Enabled");
}

static void the_boot_menu_boots_what_is_chosen(void **state)
{
    struct bench *bench = *state;
    restart(bench);
    press(bench, F12);
    does(bench, "MENU");
    press(bench, DOWN);
    press(bench, ENTER);
    does(bench, "NETWORK");
    at(bench, 5000);
    does(bench, "HALTED");
    bench_has(screen_of(bench), "No bootable device.");
    sim_host_key(host_of(bench), true, CTRL, bench->now_ms);
    sim_host_key(host_of(bench), true, ALT, bench->now_ms);
    press(bench, DELETE);
    does(bench, "SPLASH");
    assert_int_equal(bench->device.boot.count, 2);
}

static void boot_options_are_followed(void **state)
{
    struct bench *bench = *state;
    (void)host_of(bench);
    snprintf(bench->device.boot.to, sizeof(bench->device.boot.to), "BIOS setup");
    bench->device.boot.count++;
    bench->device.boot_ms = 0;
    at(bench, 400);
    does(bench, "SETUP");
    press(bench, ESCAPE);
    at(bench, 720); /* once */
    does(bench, "DISK");
    snprintf(bench->device.boot.to, sizeof(bench->device.boot.to), "secure erase");
    bench->device.boot.count++;
    bench->device.boot_ms = 800;
    at(bench, 810);
    bench_has(screen_of(bench), "asks for: secure erase ... done");
    snprintf(bench->device.boot.to, sizeof(bench->device.boot.to), "IDER CD");
    bench->device.boot.count++;
    at(bench, 1200);
    bench_has(screen_of(bench), "Booting from the remote CD");
    for (uint64_t now_ms = 1300; now_ms < 9000; now_ms += 10)
        at(bench, now_ms);
    does(bench, "LOGIN"); /* there was none */
    assert_string_equal(sim_loader_failure(&bench->device), "No bootable medium");
}

static void power_is_followed(void **state)
{
    struct bench *bench = *state;
    bench->device.power_delay_ms = 10;
    log_in(bench);
    assert_int_equal(sim_device_power(&bench->device, SIM_POWER_HIBERNATE, 0), SIM_OK);
    at(bench, 10);
    does(bench, "OFF");
    type(bench, "ignored\r");
    assert_int_equal(sim_device_power(&bench->device, SIM_POWER_ON, 10), SIM_OK);
    at(bench, 20);
    does(bench, "SPLASH");
    at(bench, 2000);
    does(bench, "SHELL"); /* the session was kept */
    assert_int_equal(sim_device_power(&bench->device, SIM_POWER_SLEEP, 2000), SIM_OK);
    at(bench, 2010);
    type(bench, "echo asleep\r");
    bench_lacks(screen_of(bench), "asleep");
    assert_int_equal(sim_device_power(&bench->device, SIM_POWER_ON, 2010), SIM_OK);
    at(bench, 2020);
    type(bench, "poweroff\r");
    does(bench, "OFF");
    assert_int_equal(bench->device.power, SIM_POWER_OFF);
    assert_int_equal(sim_device_power(&bench->device, SIM_POWER_ON, 2020), SIM_OK);
    at(bench, 9000);
    log_in(bench);
    type(bench, "reboot\r");
    does(bench, "SPLASH");
}

static void the_picture_is_there_while_somebody_looks(void **state)
{
    struct bench *bench = *state;
    struct sim_screen *screen = sim_host_look(host_of(bench), 0);
    assert_int_equal(screen->width, 1024);
    restart(bench);
    assert_int_equal(screen->width, 800);
    at(bench, 310);
    assert_int_equal(screen->width, 640);
    at(bench, 2000);
    assert_int_equal(screen->height, 768);
    sim_host_mouse(host_of(bench), 0, 5000, 20);
    assert_true(screen->pointer && screen->x == 1023 && screen->y == 20);
    bench->device.consent.state = SIM_CONSENT_DISPLAYED;
    bench->device.consent.code = 123456;
    bench->device.consent.due_ms = UINT64_MAX;
    at(bench, 2001);
    assert_true(screen->sprite && screen->code == 123456);
    sim_host_leave(host_of(bench));
    assert_null(host_of(bench)->screen);
    type(bench, "root\r");
}

static void the_serial_line_says_the_same_and_is_bounded(void **state)
{
    struct bench *bench = *state;
    struct sim_host *host = host_of(bench);
    sim_host_plug(host, true);
    sim_host_type(host, SLICE_LITERAL("root\r\nx\n"), 0);
    does(bench, "SHELL");
    sim_host_heard(host, sim_host_said(host).size);
    sim_host_type(host, SLICE_LITERAL("echo hi\r"), 0);
    assert_true(slice_equal_string(sim_host_said(host), "echo hi\r\nhi\r\nroot@machine:~# "));
    for (unsigned i = 0; i < 1000; i++)
        sim_host_type(host, SLICE_LITERAL("help\r"), 0);
    assert_true(sim_host_said(host).size <= 16384);
    assert_true(sim_host_take_loss(host));
    assert_false(sim_host_take_loss(host));
    struct slice said = sim_host_said(host);
    assert_true(slice_equal_string(slice_from(said, said.size - 16), "root@machine:~# "));
    sim_host_plug(host, false);
    type(bench, "echo more\r");
    assert_int_equal(sim_host_said(host).size, 0);
}

static void keys_of_a_terminal_drive_the_set_up(void **state)
{
    struct bench *bench = *state;
    sim_host_plug(host_of(bench), true);
    restart(bench);
    sim_host_type(host_of(bench), SLICE_LITERAL("\033[12~"), 0);
    does(bench, "SETUP");
    sim_host_type(host_of(bench), SLICE_LITERAL("\033[C\033OC"), 0);
    bench_has(screen_of(bench), "First Boot Device");
    sim_host_type(host_of(bench), SLICE_LITERAL("\033"), 0);
    does(bench, "SETUP"); /* more of it may follow … */
    assert_int_equal(sim_device_due(&bench->device), 50);
    at(bench, 50);
    does(bench, "SPLASH");
    sim_host_type(host_of(bench), SLICE_LITERAL("\0332"), 50); /* as firmware's terminals do */
    does(bench, "SETUP");
}

/* As terminals tell of keys with modifiers. */
static void no_part_of_a_sequence_is_typed(void **state)
{
    struct bench *bench = *state;
    struct sim_host *host = host_of(bench);
    sim_host_plug(host, true);
    type(bench, "root\rx\r");
    sim_host_heard(host, sim_host_said(host).size);
    sim_host_type(host, SLICE_LITERAL("\033[1;5C\033[3;5~\033[?1;2c\033[1 q\033[<0;1;1Mls"), 0);
    assert_true(slice_equal_string(sim_host_said(host), "ls"));
    restart(bench);
    sim_host_type(host, SLICE_LITERAL("\033[12;5~"), 0);
    does(bench, "SETUP");
    sim_host_type(host, SLICE_LITERAL("\033[1;5C\033[1;2C"), 0);
    bench_has(screen_of(bench), "First Boot Device");
}

static void a_bios_that_does_not_redirect_is_silent(void **state)
{
    struct bench *bench = *state;
    struct sim_host *host = host_of(bench);
    restart(bench);
    assert_true(sim_host_redirects(host));
    host->options[SIM_HOST_SERIAL] = 0;
    assert_false(sim_host_redirects(host));
    bench->device.boot.use_sol = true;
    assert_true(sim_host_redirects(host));
    bench->device.boot.use_sol = false;
    sim_host_type(host, SLICE_LITERAL("\033[12~"), 0);
    does(bench, "SPLASH");
    at(bench, 1000);
    assert_true(sim_host_redirects(host));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_machine_starts_in_its_time),
        BENCH_TEST(nobody_need_look_for_it_to_get_on),
        BENCH_TEST(a_login_is_needed_and_a_shell_obeys),
        BENCH_TEST(keys_follow_shift_and_control),
        BENCH_TEST(the_set_up_obeys_keys_and_keeps_what_is_saved),
        BENCH_TEST(the_page_of_exits_does_what_it_says),
        BENCH_TEST(the_boot_menu_boots_what_is_chosen),
        BENCH_TEST(boot_options_are_followed),
        BENCH_TEST(power_is_followed),
        BENCH_TEST(the_picture_is_there_while_somebody_looks),
        BENCH_TEST(the_serial_line_says_the_same_and_is_bounded),
        BENCH_TEST(keys_of_a_terminal_drive_the_set_up),
        BENCH_TEST(no_part_of_a_sequence_is_typed),
        BENCH_TEST(a_bios_that_does_not_redirect_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
