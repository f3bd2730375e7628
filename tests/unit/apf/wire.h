/*
 * Bytes as the specification writes them. In a text, pairs of hexadecimal digits are bytes, 'text'
 * is its characters, BYTE*N repeats a byte, blanks are for the eye: "05 00000012 'auth@…'".
 */
#ifndef TESTS_APF_WIRE_H
#define TESTS_APF_WIRE_H

#include "core/buffer.h"

/* The longest test conversation. */
#define WIRE_LIMIT (4 * 1024 * 1024)

/* Appends the bytes of `text`; a text that is wrong fails the test. */
void wire_put(struct buffer *b, const char *text);

/* Fails the test, showing both sides, unless `bytes` is what `text` says. */
void wire_assert(struct slice bytes, const char *text);

/* The opening of every conversation: PROTOCOLVERSION with a real GUID, the two services, the
 * credentials admin / P@ssw0rd, and one forwarded port. */
#define WIRE_VERSION      "c0 00000001 00000000 00000001 44454c4c 4d00 104d 8050 b2c04f325133 00*64 "
#define WIRE_GUID         "4c4c4544-004d-4d10-8050-b2c04f325133"
#define WIRE_SERVICE_AUTH "05 00000012 'auth@amt.intel.com' "
#define WIRE_SERVICE_PFWD "05 00000012 'pfwd@amt.intel.com' "
#define WIRE_USERAUTH                                                           \
    "32 00000005 'admin' 00000012 'pfwd@amt.intel.com' 00000008 'password' 00 " \
    "00000008 'P@ssw0rd' "
#define WIRE_FORWARD(port) "50 0000000d 'tcpip-forward' 01 00000003 'pc1' 0000" port " "
#define WIRE_CANCEL(port)  "50 00000014 'cancel-tcpip-forward' 01 00000003 'pc1' 0000" port " "
#define WIRE_LOGIN         WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_SERVICE_PFWD
#define WIRE_16992         "4260"
#define WIRE_5900          "170c"
/* What the host answers to WIRE_LOGIN. */
#define WIRE_ACCEPT_AUTH "06 00000012 'auth@amt.intel.com' "
#define WIRE_ACCEPT_PFWD "06 00000012 'pfwd@amt.intel.com' "
#define WIRE_WELCOME     WIRE_ACCEPT_AUTH "34 " WIRE_ACCEPT_PFWD

#endif
