#include "mei/mei.h"

struct mei *mei_open(enum mei_client client, struct error *err)
{
    (void)client;
    (void)error_set(err, ERROR_UNSUPPORTED, "mei_open is not there yet");
    return NULL;
}

struct mei *mei_of_fd(int fd, size_t message_limit, struct error *err)
{
    (void)fd;
    (void)message_limit;
    (void)error_set(err, ERROR_UNSUPPORTED, "mei_of_fd is not there yet");
    return NULL;
}

size_t mei_message_limit(const struct mei *mei)
{
    (void)mei;
    return 0;
}

bool mei_send(struct mei *mei, struct slice message, struct error *err)
{
    (void)mei;
    (void)message;
    return error_set(err, ERROR_UNSUPPORTED, "mei_send is not there yet");
}

bool mei_receive(struct mei *mei, struct buffer *message, struct error *err)
{
    (void)mei;
    (void)message;
    return error_set(err, ERROR_UNSUPPORTED, "mei_receive is not there yet");
}

void mei_close(struct mei *mei)
{
    (void)mei;
}

const char *mei_client_name(enum mei_client client)
{
    (void)client;
    return "unknown";
}

void mei_client_guid(enum mei_client client, uint8_t raw[16])
{
    (void)client;
    (void)raw;
}
