#include "redir/scsi.h"

uint32_t redir_scsi_block_size(enum redir_drive_kind kind)
{
    return kind == REDIR_DRIVE_CD ? REDIR_CD_BLOCK : REDIR_FLOPPY_BLOCK;
}
