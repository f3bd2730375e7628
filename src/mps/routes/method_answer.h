/* What a device answers to a method, as clients of both generations read it (spec mps 1.11, 1.12;
 * webui 1.9): {"Header":…,"Body":{"ReturnValue":…,"ReturnValueStr":…,"Description":…},
 * "ReturnValue":…}. No state. */
#ifndef MPS_ROUTES_METHOD_ANSWER_H
#define MPS_ROUTES_METHOD_ANSWER_H

#include "http/exchange.h"
#include "wsman/message.h"

struct method_answer {
    const struct wsman_xml *header; /* NULL leaves it out */
    int64_t return_value;
    const char *return_text; /* NULL leaves it out */
    const char *description; /* the refusal in words; NULL leaves it out */
};

void method_answer_put(struct http_exchange *exchange, int status,
                       const struct method_answer *answer);

#endif
