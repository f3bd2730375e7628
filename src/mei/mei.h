/*
 * The Management Engine Interface: one connected client of the ME, which is one descriptor of the
 * kernel's character device (spec rpc 2.1; Linux' Documentation/driver-api/mei). Everything that is
 * Linux' stands in mei.c, so that another system's driver is one more file.
 *
 * One write is one whole message and so is one read. Sending and receiving wait on a fiber, never
 * block the loop, and always end. One loop; one fiber sends and one, which may be another,
 * receives.
 *
 * Life cycle: mei_open → mei_send, mei_receive → mei_close. After ERROR_CONNECTION the ME has been
 * reset (or has hung up) and the client is of no further use: close it and open another.
 */
#ifndef MEI_MEI_H
#define MEI_MEI_H

#include "core/buffer.h"
#include "core/error.h"

#include <stdint.h>

/*  X(client, name for people, GUID) */
#define MEI_LME_GUID "6733a4db-0476-4e7b-b3af-bcfc29bee7a7"
#define MEI_CLIENTS(X)                                                         \
    X(MEI_PTHI, "AMT host interface", "12f80028-b4b7-4b2d-aca8-46e0ff65814c")  \
    X(MEI_LME, "local manageability", MEI_LME_GUID)                            \
    X(MEI_WATCHDOG, "watchdog", "05b79a6f-4628-4d7f-899d-a91514cb32ab")        \
    X(MEI_UPID, "unique platform ID", "92136c79-5fea-4cfd-980e-23be07fa5e9f")  \
    X(MEI_HOTHAM, "flash log", "082ee5a7-7c25-470a-9643-0c06f0466ea1")         \
    X(MEI_MKHI, "firmware interface", "8e6a6715-9abc-4043-88ef-9e39c6f63e0f")  \
    X(MEI_FWUPDATE, "firmware update", "309dcde8-ccb1-4062-8f78-600115a34327") \
    X(MEI_PSR, "platform service record", "ed6703fa-d312-4e8b-9ddd-2155bb2dee65")

enum mei_client {
#define MEI_CLIENT(client, name, guid) client,
    MEI_CLIENTS(MEI_CLIENT)
#undef MEI_CLIENT
};

/* The longest message that this interface carries, whatever the ME says. */
#define MEI_MESSAGE_LIMIT ((size_t)64 * 1024)

/* How long mei_send and mei_receive wait at most when the fiber's deadline is later, and for how
 * long mei_open tries a client that is busy and an ME that is being reset. Milliseconds. */
#define MEI_SEND_MS    3000
#define MEI_RECEIVE_MS 10000
#define MEI_BUSY_MS    20000
#define MEI_RESET_MS   5000

struct mei;

/* Where the driver's devices are, in the order in which they are looked at. */
#define MEI_NODES 5
extern const char *const mei_nodes[MEI_NODES];

/*
 * Connects to `client` on the first of /dev/mei0 … /dev/mei3, /dev/mei that has it. A client that
 * another process holds, and an ME that is just being reset, are tried again within the fiber's
 * deadline and these limits; bound it with io_deadline_within where that is too long. On a fiber.
 *
 * NULL with ERROR_NOT_FOUND: there is no device node (no driver, no ME). ERROR_FORBIDDEN: it may
 * not be opened. ERROR_UNSUPPORTED: the ME has no such client (no AMT in it, or it is disabled).
 * ERROR_BUSY: another process has the client, until the last try. ERROR_CONNECTION: the ME is there
 * and does not answer. The sentences say what can be done.
 */
struct mei *mei_open(enum mei_client client, struct error *err);

/* The same; a client that another process holds is tried again for `busy_ms` only, 0: not at all.
 */
struct mei *mei_open_within(enum mei_client client, uint64_t busy_ms, struct error *err);

/* A client over a descriptor that keeps messages apart, for tests: a SOCK_SEQPACKET socket. Takes
 * the descriptor; NULL, with it closed, when it cannot be used. */
struct mei *mei_of_fd(int fd, size_t message_limit, struct error *err);

/* The longest message that the ME takes, in bytes. */
size_t mei_message_limit(const struct mei *mei);

/* Sends one message. ERROR_TOO_LARGE past mei_message_limit, ERROR_CONNECTION, ERROR_TIMEOUT,
 * ERROR_CANCELLED, ERROR_BUSY when the driver has no room for it all that time. */
bool mei_send(struct mei *mei, struct slice message, struct error *err);

/* Receives one message in place of what `message` held. ERROR_PROTOCOL when it is longer than
 * mei_message_limit or than `message` takes. */
bool mei_receive(struct mei *mei, struct buffer *message, struct error *err);

/* NULL is allowed. Does not wait. */
void mei_close(struct mei *mei);

/* The GUID as the connect call takes it: first three groups little-endian. */
void mei_client_guid(enum mei_client client, uint8_t raw[16]);

#endif
