#include "mps/routes/log_answer.h"

#include "mps/routes/routes.h"

static void answer_file(struct http_exchange *exchange, const char *name,
                        const struct buffer *table)
{
    if (!buffer_ok(table)) {
        http_answer_error(exchange, 502, "The device's log is too large", NULL);
        return;
    }
    struct guid guid = {{0}};
    char text[GUID_TEXT_SIZE];
    (void)routes_guid(exchange, &guid); /* its own form, so that no path gets into the header */
    guid_format(&guid, text);
    http_answer_header(
        exchange, "Content-Disposition",
        arena_printf(exchange->arena, "attachment; filename=\"%s-%s.csv\"", name, text));
    http_answer_header(exchange, "Cache-Control", "no-store");
    http_answer_bytes(exchange, 200, "text/csv; charset=utf-8", buffer_slice(table));
}

void routes_answer_table(struct http_exchange *exchange, const struct log_table *table,
                         const void *entries, size_t count)
{
    struct buffer text, out;
    struct csv_writer csv;
    buffer_init(&text, table->text_limit);
    buffer_init(&out, HTTP_ANSWER_LIMIT);
    csv_writer_init(&csv, &out);
    for (size_t i = 0; table->titles[i] != NULL; i++)
        csv_put_string(&csv, table->titles[i]);
    csv_end_row(&csv);
    for (size_t i = 0; i < count; i++)
        table->put_row(&csv, exchange->arena, &text, entries, i);
    answer_file(exchange, table->name, &out);
    buffer_fini(&out);
    buffer_fini(&text);
}

void routes_answer_success(struct http_exchange *exchange)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "status", "SUCCESS");
    json_put_member_int(&json, "ReturnValue", 0);
    json_close_object(&json);
}
