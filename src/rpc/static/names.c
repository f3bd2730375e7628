#include "rpc/static/names.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

void names_add(struct names *names, struct slice text)
{
    if (names->count == NAMES_MOST || text.size >= sizeof names->text[0])
        return;
    char *to = names->text[names->count++];
    memcpy(to, text.data, text.size);
    to[text.size] = '\0';
}

void names_add_of(struct names *names, struct slice text, int family)
{
    bool is_six = text.size > 0 && memchr(text.data, ':', text.size) != NULL;
    if (family == AF_UNSPEC || (family == AF_INET6) == is_six)
        names_add(names, text);
}

static struct slice take_word(struct slice *line)
{
    size_t at = 0;
    while (at < line->size && (line->data[at] == ' ' || line->data[at] == '\t'))
        at++;
    size_t end = at;
    while (end < line->size && line->data[end] != ' ' && line->data[end] != '\t')
        end++;
    struct slice word = slice_of(line->data + at, end - at);
    *line = slice_of(line->data + end, line->size - end);
    return word;
}

void names_in_hosts(struct slice file, const char *host, int family, struct names *names)
{
    while (file.size > 0) {
        struct slice line = slice_split(&file, '\n');
        line = slice_trim(slice_split(&line, '#'));
        struct slice address = take_word(&line);
        for (struct slice word = take_word(&line); word.size > 0; word = take_word(&line)) {
            if (slice_equal_ignore_case(word, slice_of_string(host))) {
                names_add_of(names, address, family);
                break;
            }
        }
    }
}

void names_in_answer(struct slice packet, struct names *names)
{
    ns_msg message;
    ns_rr record;
    if (packet.size > NS_MAXMSG || ns_initparse(packet.data, (int)packet.size, &message) != 0)
        return;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        char text[INET6_ADDRSTRLEN];
        if (ns_parserr(&message, ns_s_an, i, &record) != 0)
            return;
        bool four = ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == NS_INADDRSZ;
        bool six = ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == NS_IN6ADDRSZ;
        if ((four || six) &&
            inet_ntop(four ? AF_INET : AF_INET6, ns_rr_rdata(record), text, sizeof text) != NULL)
            names_add(names, slice_of_string(text));
    }
}
