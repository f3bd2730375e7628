/*
 * The passwords of a device during a run (rps/provisioning.h): which of them opens it, which it is
 * to get, and what is stored of that when. Whatever is cut off when, one of the stored passwords
 * opens the device: each is stored before it is sent and confirmed once the device was seen to take
 * it. On the run's fiber.
 */
#ifndef RPS_PASSWORDS_H
#define RPS_PASSWORDS_H

#include "rps/provisioning.h"

/* ---- logging in ---- */

/* As "admin" with this password from now on, which becomes that of p->device. */
void rps_log_in(struct rps_provisioning *p, struct slice password);

/* Reads into p->device.state what the device says of itself. What the agent said of it must agree.
 */
bool rps_read_state(struct rps_provisioning *p, struct error *err);

/* After a change of control mode, password or certificate firmware restarts its services. Asks
 * until it answers under the login in force; how long that takes is the device's own. */
bool rps_await_ready(struct rps_provisioning *p, struct error *err);

/* Logs in as "admin" with whichever of the passwords that may be used opens the device, and reads
 * p->device.state. */
bool rps_find_login(struct rps_provisioning *p, struct error *err);

/* ---- passwords ---- */

/* About to be set on the device; proven when the agent is (rps/standing.h). */
bool rps_propose_password(struct rps_provisioning *p, struct slice password,
                          enum store_password_origin origin, struct error *err);

/* Where the passwords of the run's profile come from. */
enum store_password_origin rps_profile_origin(const struct rps_run_given *given);

/* The device has the password of p->device, which was proposed. */
bool rps_confirm_password(struct rps_provisioning *p, struct error *err);

/* The run of a device that nobody knew has ended well: its password and what was given to the
 * device with it are proven. Of others nothing changes. ERROR_CONFLICT: somebody knows it by now.
 */
bool rps_prove_password(struct rps_provisioning *p, struct error *err);

/* Whether it was when the run began. */
bool rps_was_told(const struct rps_provisioning *p, struct slice password);

/* A presence server elsewhere is about to be told the password, or could not be: of one that it was
 * told its word counts (rps/proof.c). Where there is none nothing happens. */
bool rps_note_told(struct rps_provisioning *p, struct slice password, bool told, struct error *err);

/* After rps_find_login: the password that opened the device is stored, and the current one where
 * the agent is proven. */
bool rps_settle_password(struct rps_provisioning *p, struct error *err);

/* Another password for "admin": stored, set, seen to work, confirmed. That of p->device and the
 * login are the new ones afterwards. */
bool rps_change_password(struct rps_provisioning *p, struct slice password,
                         enum store_password_origin origin, struct error *err);

/* The profile's own, or a new one; p->device.mebx becomes that of the MEBx, empty where none is to
 * be set. `keep`: a device whose generated password is known keeps it, since every run that changes
 * a password is a run that can be cut off. */
bool rps_choose_passwords(struct rps_provisioning *p, bool keep, struct slice *password,
                          struct error *err);

/* The device has not got the proposed password, for certain. Nothing is taken back of what was
 * stored before this run: an earlier one may have set it. */
void rps_take_back_password(struct rps_provisioning *p, struct slice password);

/* To the password that the profile says, on a device that is set up. */
bool rps_change_to_profile(struct rps_provisioning *p, struct error *err);

/* Sets p->device.mebx, if there is one. It belongs to the screen at the machine: that it could not
 * be set is told (p->done.mebx_fault), and is no reason to give the device up. */
void rps_set_mebx_password(struct rps_provisioning *p);

#endif
