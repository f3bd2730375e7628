#include "redir/ider.h"

bool redir_ider_run(struct io_stream *stream, const struct redir_ider_options *options,
                    struct error *err)
{
    (void)stream;
    (void)options;
    return error_set(err, ERROR_UNSUPPORTED, "drives cannot be redirected yet");
}
