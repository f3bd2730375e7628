/* What the operating system says of the management engine (mei/presence.h), in folders as sysfs
 * has them. */
#include "mei/presence.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];
static struct mei_presence found;

static int begin(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/outband-presence-XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
    (void)facts;
    (void)kind;
    (void)at;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the folders above `path` and, with a text, the file. */
static void make(const char *path, const char *text)
{
    char whole[256];
    (void)snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = strchr(whole + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(whole, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    if (text == NULL)
        return;
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_pci(const char *address, const char *class, const char *device)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vendor", address);
    make(path, "0x8086\n");
    (void)snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/class", address);
    make(path, class);
    (void)snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/device", address);
    make(path, device);
}

static void make_engine(void)
{
    make_pci("0000:00:16.0", "0x078000\n", "0x7a68\n");
    make_pci("0000:00:16.3", "0x070002\n", "0x7a6b\n"); /* serial over LAN */
    make_pci("0000:00:1f.6", "0x020000\n", "0x1a1c\n");
}

static void make_driver(const char *dev_state)
{
    make("/sys/bus/pci/drivers/mei_me/0000:00:16.0/x", NULL);
    make("/sys/class/mei/mei0/kind", "mei\n");
    make("/sys/class/mei/mei0/dev_state", dev_state);
    make("/sys/class/mei/mei0/fw_ver", "0:16.1.25.2124\n0:16.1.25.2124\n0:16.1.25.2049\n");
}

static void says(enum mei_presence_verdict verdict)
{
    mei_presence_find(root, &found);
    assert_string_equal(mei_presence_sentence(found.verdict), mei_presence_sentence(verdict));
}

static void a_machine_without_an_engine(void **state)
{
    (void)state;
    says(MEI_PRESENCE_NO_ENGINE);
    make_pci("0000:00:1f.6", "0x020000\n", "0x1a1c\n");
    make("/sys/bus/pci/devices/0000:00:16.0/vendor", "0x1022\n");
    make("/sys/bus/pci/devices/0000:00:16.0/class", "0x078000\n");
    says(MEI_PRESENCE_NO_ENGINE);
}

static void an_engine_without_a_driver(void **state)
{
    (void)state;
    make_engine();
    says(MEI_PRESENCE_NO_DRIVER);
    assert_string_equal(found.pci_address, "0000:00:16.0");
    assert_string_equal(found.pci_device, "0x7a68");
    assert_false(found.driver_loaded);
}

static void a_driver_that_did_not_take_the_engine(void **state)
{
    (void)state;
    make_engine();
    make("/sys/module/mei_me/x", NULL);
    says(MEI_PRESENCE_NOT_RUNNING);
    assert_true(found.driver_loaded && !found.driver_bound);
}

static void a_container_without_the_node(void **state)
{
    (void)state;
    make_engine();
    make_driver("ENABLED\n");
    says(MEI_PRESENCE_NO_NODE);
    assert_true(found.driver_loaded && found.driver_bound);
}

static void an_engine_that_is_ready(void **state)
{
    (void)state;
    make_engine();
    make_driver("ENABLED\n");
    make("/dev/mei0", "");
    make("/sys/bus/mei/devices/0000:00:16.0-6733a4db-0476-4e7b-b3af-bcfc29bee7a7/x", NULL);
    says(MEI_PRESENCE_READY);
    assert_string_equal(found.node, "/dev/mei0");
    assert_string_equal(found.state, "ENABLED");
    assert_string_equal(found.firmware, "0:16.1.25.2124");
    assert_true(found.node_allowed && found.has_lme);
}

static void the_node_of_a_graphics_card_is_not_the_engine_s(void **state)
{
    (void)state;
    make_engine();
    make_driver("ENABLED\n");
    make("/sys/class/mei/mei0/kind", "gscfi\n");
    make("/dev/mei0", "");
    make("/dev/mei1", "");
    make("/sys/class/mei/mei1/kind", "mei\n");
    make("/sys/class/mei/mei1/dev_state", "ENABLED\n");
    says(MEI_PRESENCE_READY);
    assert_string_equal(found.node, "/dev/mei1");
}

static void an_engine_that_does_not_run(void **state)
{
    (void)state;
    make_engine();
    make_driver("RESETTING\n");
    make("/dev/mei0", "");
    says(MEI_PRESENCE_NOT_RUNNING);
    assert_string_equal(found.state, "RESETTING");
}

static void a_node_without_the_right(void **state)
{
    (void)state;
    char path[128];
    make("/dev/mei0", "");
    (void)snprintf(path, sizeof path, "%s/dev/mei0", root);
    assert_int_equal(chmod(path, 0), 0);
    bool root_runs_this = access(path, R_OK | W_OK) == 0; /* and may everything */
    says(root_runs_this ? MEI_PRESENCE_READY : MEI_PRESENCE_FORBIDDEN);
}

static void after(enum error_code code, enum mei_presence_verdict verdict)
{
    struct error why = {.code = code};
    found.verdict = MEI_PRESENCE_READY;
    mei_presence_opened(&found, code == ERROR_NONE ? NULL : &why);
    assert_int_equal(found.verdict, verdict);
}

static void the_engine_has_the_last_word(void **state)
{
    (void)state;
    after(ERROR_NONE, MEI_PRESENCE_READY);
    after(ERROR_BUSY, MEI_PRESENCE_READY);
    after(ERROR_UNSUPPORTED, MEI_PRESENCE_NO_AMT);
    after(ERROR_FORBIDDEN, MEI_PRESENCE_FORBIDDEN);
    after(ERROR_CONNECTION, MEI_PRESENCE_NOT_RUNNING);
    found.verdict = MEI_PRESENCE_NO_DRIVER;
    mei_presence_opened(&found, &(struct error){.code = ERROR_NOT_FOUND});
    assert_int_equal(found.verdict, MEI_PRESENCE_NO_DRIVER);
    mei_presence_opened(&found, NULL); /* a node that sysfs has nothing about */
    assert_int_equal(found.verdict, MEI_PRESENCE_READY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_machine_without_an_engine, begin, end),
        cmocka_unit_test_setup_teardown(an_engine_without_a_driver, begin, end),
        cmocka_unit_test_setup_teardown(a_driver_that_did_not_take_the_engine, begin, end),
        cmocka_unit_test_setup_teardown(a_container_without_the_node, begin, end),
        cmocka_unit_test_setup_teardown(an_engine_that_is_ready, begin, end),
        cmocka_unit_test_setup_teardown(the_node_of_a_graphics_card_is_not_the_engine_s, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_engine_that_does_not_run, begin, end),
        cmocka_unit_test_setup_teardown(a_node_without_the_right, begin, end),
        cmocka_unit_test(the_engine_has_the_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
