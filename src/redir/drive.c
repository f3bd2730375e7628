#include "redir/drive.h"

const char *redir_drive_name(enum redir_drive_kind kind)
{
    return kind == REDIR_DRIVE_CD ? "cd" : "floppy";
}
