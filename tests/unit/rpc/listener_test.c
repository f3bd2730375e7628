/* Whose a listener is, by tables of the kernel as they were printed (addresses are little-endian
 * words, as on every machine with an ME). */
#include "rpc/machine/listener.h"

#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#include <cmocka.h>

#define HEAD                                                                                      \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout " \
    "inode                                                     \n"
#define ROW(place, state, uid, inode)                                                     \
    "   0: " place " 00000000:0000 " state " 00000000:00000000 00:00000000 00000000 " uid \
    "        0 " inode " 1 0000000000000000 100 0 0 10 0                     \n"
#define ROW6(place, state, uid, inode)                                \
    "   0: " place " 00000000000000000000000000000000:0000 " state    \
    " 00000000:00000000 00:00000000 00000000 " uid "        0 " inode \
    " 1 0000000000000000 100 0 0 10 0\n"

#define LOOPBACK "0100007F:4260"
#define ANY      "00000000:4260"
#define ANY6     "00000000000000000000000000000000:4260"
#define LOOP6    "00000000000000000000000001000000:4260"
#define MAPPED   "0000000000000000FFFF00000100007F:4260"

static FILE *table(const char *text)
{
    return text == NULL ? NULL : fmemopen((void *)(uintptr_t)text, strlen(text), "r");
}

static struct rpc_listener who(const char *tcp, const char *tcp6, const char *address)
{
    struct rpc_listener listener;
    struct io_address at;
    FILE *four = table(tcp);
    FILE *six = table(tcp6);
    assert_true(io_address_parse(slice_of_string(address), &at, NULL));
    rpc_listener_read(four, six, &at, &listener);
    if (four != NULL)
        (void)fclose(four);
    if (six != NULL)
        (void)fclose(six);
    return listener;
}

static void is_of(const char *tcp, const char *tcp6, const char *address, uint32_t uid,
                  uint64_t inode)
{
    struct rpc_listener listener = who(tcp, tcp6, address);
    assert_int_equal(listener.what, RPC_LISTENING_SOMEBODY);
    assert_int_equal(listener.uid, uid);
    assert_int_equal(listener.inode, inode);
}

static void is_nobodys(const char *tcp, const char *tcp6, const char *address)
{
    assert_int_equal(who(tcp, tcp6, address).what, RPC_LISTENING_NOBODY);
}

static void the_row_of_the_address_and_port_counts(void **state)
{
    (void)state;
    is_of(HEAD ROW("0100007F:1F90", "0A", "33", "7") ROW(LOOPBACK, "0A", " 1000", "48611"), HEAD,
          "127.0.0.1:16992", 1000, 48611);
    is_of(HEAD ROW("0500007F:4261", "0A", "1", "2"), HEAD, "127.0.0.5:16993", 1, 2);
    is_nobodys(HEAD ROW(LOOPBACK, "0A", "0", "1"), HEAD, "127.0.0.1:16993");
    is_nobodys(HEAD ROW("0200007F:4260", "0A", "0", "1"), HEAD, "127.0.0.1:16992");
    is_nobodys(HEAD, HEAD, "127.0.0.1:16992");
    is_nobodys("", NULL, "127.0.0.1:16992");
}

static void a_listener_on_all_addresses_counts(void **state)
{
    (void)state;
    is_of(HEAD ROW(ANY, "0A", "1000", "5"), HEAD, "127.0.0.1:16992", 1000, 5);
    is_of(HEAD, HEAD ROW6(ANY6, "0A", "1001", "6"), "127.0.0.1:16992", 1001, 6);
    is_of(HEAD, HEAD ROW6(MAPPED, "0A", "1002", "7"), "127.0.0.1:16992", 1002, 7);
    is_of(NULL, HEAD ROW6(LOOP6, "0A", "1003", "8"), "[::1]:16992", 1003, 8);
    is_nobodys(HEAD ROW(LOOPBACK, "0A", "0", "9"), HEAD, "[::1]:16992");
}

/* The owner of a connection that isn't accepted yet is said to be root. */
static void connections_do_not_count(void **state)
{
    (void)state;
    is_nobodys(HEAD ROW(LOOPBACK, "01", "0", "1"), HEAD, "127.0.0.1:16992");
    is_nobodys(HEAD ROW(LOOPBACK, "03", "0", "1"), HEAD, "127.0.0.1:16992");
    is_of(HEAD ROW(LOOPBACK, "03", "0", "1") ROW(LOOPBACK, "0A", "1000", "2"), HEAD,
          "127.0.0.1:16992", 1000, 2);
}

static void of_several_one_that_is_not_roots_is_told(void **state)
{
    (void)state;
    is_of(HEAD ROW(LOOPBACK, "0A", "0", "1") ROW(ANY, "0A", "1000", "2"), HEAD, "127.0.0.1:16992",
          1000, 2);
    is_of(HEAD ROW(ANY, "0A", "1000", "2") ROW(LOOPBACK, "0A", "0", "1"), HEAD, "127.0.0.1:16992",
          1000, 2);
    is_of(HEAD ROW(LOOPBACK, "0A", "0", "1"), HEAD ROW6(ANY6, "0A", "1000", "2"), "127.0.0.1:16992",
          1000, 2);
}

static void what_is_no_table_says_nothing(void **state)
{
    (void)state;
    is_nobodys(HEAD "\n\n:\n0: x y\n" ROW("0100007F4260", "0A", "0", "1"), "garbage",
               "127.0.0.1:16992");
    is_nobodys(HEAD ROW("0100:4260", "0A", "0", "1"), NULL, "127.0.0.1:16992");
    is_nobodys(HEAD ROW("0100007F:14260", "0A", "0", "1"), NULL, "127.0.0.1:16992");
    is_nobodys(HEAD ROW("0100007F:", "0A", "0", "1"), HEAD ROW6("00:1", "0A", "0", "1"),
               "127.0.0.1:16992");
    assert_int_equal(who(NULL, NULL, "127.0.0.1:16992").what, RPC_LISTENING_UNKNOWN);
    assert_int_equal(who(HEAD, HEAD, "192.0.2.1:16992").what, RPC_LISTENING_ELSEWHERE);
    assert_int_equal(who(HEAD, HEAD, "[2001:db8::1]:16992").what, RPC_LISTENING_ELSEWHERE);
}

static void roots_and_ones_own_are_trusted(void **state)
{
    (void)state;
    struct rpc_listener listener = {.what = RPC_LISTENING_SOMEBODY, .uid = 0, .inode = 1};
    assert_true(rpc_listener_is_trusted(&listener));
    listener.uid = (uint32_t)getauxval(AT_EUID);
    assert_true(rpc_listener_is_trusted(&listener));
    listener.uid = 4000000000u;
    assert_false(rpc_listener_is_trusted(&listener));
    listener = (struct rpc_listener){.what = RPC_LISTENING_UNKNOWN};
    assert_false(rpc_listener_is_trusted(&listener));
    listener.what = RPC_LISTENING_ELSEWHERE;
    assert_false(rpc_listener_is_trusted(&listener));
}

static void its_user_is_named(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct rpc_listener listener = {.what = RPC_LISTENING_SOMEBODY, .uid = 1234};
    assert_string_equal(rpc_listener_name(&arena, &listener), "a program of user 1234");
    listener.uid = 0;
    assert_string_equal(rpc_listener_name(&arena, &listener), "a program of root");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_row_of_the_address_and_port_counts),
        cmocka_unit_test(a_listener_on_all_addresses_counts),
        cmocka_unit_test(connections_do_not_count),
        cmocka_unit_test(of_several_one_that_is_not_roots_is_told),
        cmocka_unit_test(what_is_no_table_says_nothing),
        cmocka_unit_test(roots_and_ones_own_are_trusted),
        cmocka_unit_test(its_user_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
