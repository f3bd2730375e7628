#include "core/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *to, size_t size)
{
    uint8_t *at = to;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            perror("getrandom");
            abort();
        }
        at += got;
        size -= (size_t)got;
    }
}

uint32_t random_below(uint32_t bound)
{
    uint64_t value;
    random_bytes(&value, sizeof value);
    return (uint32_t)(value % bound);
}

void random_text(char *text, size_t length)
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    for (size_t i = 0; i < length; i++)
        text[i] = alphabet[random_below(sizeof alphabet - 1)];
    text[length] = '\0';
}
