/*
 * The rooms of one server, put together before its loops run and taken apart after them: the store,
 * access, events, presence, provisioning, and what their routes need. serve.c runs them. On the
 * main thread.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "mps/drives.h"
#include "mps/images.h"
#include "mps/jobs.h"
#include "mps/routes/routes.h"
#include "mps/screens.h"
#include "rps/routes/routes.h"
#include "server/agents.h"
#include "server/recording.h"
#include "server/routes/routes.h"
#include "server/shard.h"

struct server {
    const struct settings_values *settings;
    struct arena arena;
    struct store *store;
    struct certificates certificates;
    struct slice devices_pem; /* the CA of devices' certificates */
    struct access *access;
    struct events *events;
    struct mps *mps;
    struct mps_images *images;
    struct mps_drives *drives;
    struct mps_jobs *jobs;
    struct recording recording;
    struct mps_screens *screens;
    struct mps_application mps_application;
    struct rps_application rps_application;
    struct agents agents;
    struct io_pool *workers; /* for keys and certificates */
    struct server_application application;
    struct http_router router;
    struct http_router rps_router;
    struct shard_plan plan;
};

/* Opens and makes all of it for that many loops, in a struct that stays where it is and is zero but
 * for the settings and an arena that was begun. server_fini in any case. */
bool server_make(struct server *server, unsigned loop_count, struct error *err);

/* After the loops. */
void server_fini(struct server *server);

#endif
