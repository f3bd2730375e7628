/* Tells systemd how the service is doing (Type=notify); nothing happens without it. */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* "READY=1", "STOPPING=1". */
void notify_service(const char *state);

#endif
