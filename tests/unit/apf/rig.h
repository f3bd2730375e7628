/*
 * A session with an owner that writes down what it hears. The device's side is bytes in the
 * notation of wire.h. Every event is a line of `log`; pieces of channel data that follow each other
 * are one line, so that the log does not depend on how the bytes were cut.
 */
#ifndef TESTS_APF_RIG_H
#define TESTS_APF_RIG_H

#include "apf/session.h"
#include "wire.h"

#define RIG_CHANNELS 128

enum rig_verdict { RIG_ADMIT, RIG_REFUSE, RIG_WAIT };

struct rig;

struct rig_channel {
    struct rig *rig;
    int number;                  /* in order of opening, from 0 */
    struct apf_channel *channel; /* NULL once it is over */
    struct buffer received;
    bool close_on_data;
    bool consume_on_data;
};

struct rig {
    struct apf_session *session;
    struct buffer out;
    struct buffer log;
    int line_of_data; /* channel whose data the last line of the log shows, or -1 */
    enum rig_verdict verdict;
    int disconnect_on_version; /* reason, 0 for none */
    struct rig_channel channels[RIG_CHANNELS];
    int channel_count;
};

/* Options may be NULL for the defaults. */
struct rig *rig_new(const struct apf_session_options *options);
void rig_free(struct rig *rig);

/* The device sends. Returns what apf_session_feed does. */
bool rig_feed(struct rig *rig, const char *wire);
bool rig_feed_slice(struct rig *rig, struct slice bytes);

/* Login and the two ports 16992 and 5900; leaves `out` and `log` empty. */
void rig_login(struct rig *rig);

/* What has been queued for the device since the last call is `wire`. */
void rig_expect(struct rig *rig, const char *wire);

/* What was heard since the last call is `lines`. */
void rig_heard(struct rig *rig, const char *lines);

/* The last thing heard begins with `start` and has `part` in it; clears the log. */
void rig_ended(struct rig *rig, const char *start, const char *part);

/* Opens a channel to a port; NULL fails the test. */
struct rig_channel *rig_open(struct rig *rig, uint32_t port);

/* Opens a channel that the device confirms with `confirmation` (its sender and window), and leaves
 * `out` and `log` empty. Ids of ours count from 4. */
struct rig_channel *rig_opened(struct rig *rig, const char *confirmation);

#endif
