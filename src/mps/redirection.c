#include "mps/redirection.h"

#include <string.h>

bool mps_is_consent_error(const struct error *err)
{
    return err->code == ERROR_CONFLICT && strstr(err->text, MPS_CONSENT_TEXT) != NULL;
}

bool mps_redirect(struct mps *mps, const struct guid *guid, const char *tenant, const char *owner,
                  enum redir_kind kind,
                  bool (*talk)(struct io_stream *stream, void *arg, struct error *err), void *arg,
                  struct error *err)
{
    (void)mps;
    (void)guid;
    (void)tenant;
    (void)owner;
    (void)kind;
    (void)talk;
    (void)arg;
    return error_set(err, ERROR_UNSUPPORTED, "redirection is not available in this build");
}
