/* A drive and any commands: the first two bytes say which, the next eight how large its image is,
 * and every twelve from there on are a command. What is to be read or written is within the image,
 * and data within its bounds. */
#include "redir/scsi.h"

#include "core/cursor.h"

#include <stdlib.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct redir_scsi_unit *unit, const struct redir_scsi_answer *answer)
{
    uint64_t block = redir_scsi_block_size(unit->kind);
    switch (answer->outcome) {
    case REDIR_SCSI_GOOD:
        break;
    case REDIR_SCSI_CHECK:
        must(answer->sense != 0);
        break;
    case REDIR_SCSI_DATA:
        must(answer->size > 0 && answer->size <= sizeof answer->data);
        break;
    case REDIR_SCSI_WRITE:
        must(unit->writable);
        /* fall through */
    case REDIR_SCSI_READ:
        must(unit->present && answer->size > 0 && answer->offset % block == 0);
        must(answer->size % block == 0 && answer->size / block <= UINT32_MAX);
        must(answer->offset / block < unit->blocks);
        must(answer->size / block <= unit->blocks - answer->offset / block);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(slice_of(data, size));
    uint8_t kind = cursor_u8(&c);
    uint8_t habits = cursor_u8(&c);
    uint64_t bytes = cursor_u32_be(&c);
    bytes = bytes << 32 | cursor_u32_be(&c);
    struct redir_drive drive = {.size = bytes >> 2, .writable = (habits & 1) != 0};
    struct redir_scsi_unit unit;
    struct redir_scsi_answer answer;
    redir_scsi_unit_init(&unit, kind % 2 == 0 ? REDIR_DRIVE_CD : REDIR_DRIVE_FLOPPY,
                         (habits & 2) != 0 ? NULL : &drive);
    for (;;) {
        struct slice command = cursor_bytes(&c, REDIR_SCSI_COMMAND_SIZE);
        if (!cursor_ok(&c))
            return 0;
        redir_scsi_command(&unit, command.data, &answer);
        check(&unit, &answer);
    }
}
