#include "mps/routes/method_answer.h"

#include "mps/routes/wsman_json.h"

void method_answer_put(struct http_exchange *exchange, int status,
                       const struct method_answer *answer)
{
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    if (answer->header != NULL) {
        json_put_key(&json, "Header");
        wsman_json_put(&json, answer->header);
    }
    json_put_key(&json, "Body");
    json_open_object(&json);
    json_put_member_int(&json, "ReturnValue", answer->return_value);
    if (answer->return_text != NULL)
        json_put_member_string(&json, "ReturnValueStr", answer->return_text);
    if (answer->description != NULL)
        json_put_member_string(&json, "Description", answer->description);
    json_close_object(&json);
    json_put_member_int(&json, "ReturnValue", answer->return_value);
    json_close_object(&json);
}
