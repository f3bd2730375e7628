#include "redir/message.h"

const char *redir_kind_name(enum redir_kind kind)
{
    static const char *const names[] = {
        [REDIR_KVM] = "kvm", [REDIR_SOL] = "sol", [REDIR_IDER] = "ider"};
    return names[kind];
}
