/*
 * The simulated machine itself, beside its firmware for management: it starts, shows its BIOS, lets
 * itself be set up, boots from disk, network or remote drive, and runs a small system with a login
 * and a shell. It follows the model's power and boot options (device.h), and what it shows on the
 * screen it also sends down its serial line:
 *
 *   OFF --boots--> SPLASH --time--> what the boot options, the menu or the set-up say:
 *   SPLASH --F2, Delete, option--> SETUP --exit--> SPLASH      SPLASH --F12--> MENU
 *   NETWORK, WEB, OPTICAL --nothing there--> the next of the boot order
 *   REMOTE --loaded--> LOADED      DISK --time--> KERNEL --time--> LOGIN --> PASSWORD --> SHELL
 *
 * Everything takes a fixed part of device->boot_time_ms, so that the same keys at the same times
 * show the same. A device has no host until somebody looks at it or boots it from a remote drive:
 * one that nobody looked at is found as it would be by then. Its picture is there only while a KVM
 * session is. Pure: time is an argument; one owner, no locking.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "sim/device.h"
#include "sim/screen.h"

struct sim_host;

/* The device's host, made when it has none. Owned by the device. */
struct sim_host *sim_host_of(struct sim_device *device, uint64_t now_ms);

/* Called by sim_device_fini, sim_device_tick and sim_device_due; a device without a host is
 * allowed. */
void sim_host_free(struct sim_device *device);
void sim_host_tick(struct sim_device *device, uint64_t now_ms);
uint64_t sim_host_due(const struct sim_device *device);

/* ---- the screen ---- */

/* Makes the picture of display `number` (0: the first) and keeps it up to date until
 * sim_host_leave; a display that is not connected is the first one. Borrowed. One at a time. */
struct sim_screen *sim_host_look(struct sim_host *host, unsigned number);
void sim_host_leave(struct sim_host *host);

/* A key of the keyboard by its X11 keysym; the mouse. */
void sim_host_key(struct sim_host *host, bool down, uint32_t symbol, uint64_t now_ms);
void sim_host_mouse(struct sim_host *host, uint8_t buttons, uint16_t x, uint16_t y);

/* The name of what it does, for tests: "LOGIN". */
const char *sim_host_doing(const struct sim_host *host);

/* ---- the serial line ---- */

/* Somebody listens from now on. What nobody reads is bounded: the oldest is lost then. */
void sim_host_plug(struct sim_host *host, bool plugged);

/* What waits to be read, borrowed; the first `size` bytes of it have been. */
struct slice sim_host_said(const struct sim_host *host);
void sim_host_heard(struct sim_host *host, size_t size);

/* True once after something was lost. */
bool sim_host_take_loss(struct sim_host *host);

/* What is typed; a break. */
void sim_host_type(struct sim_host *host, struct slice bytes, uint64_t now_ms);
void sim_host_break(struct sim_host *host);

/* Whether BIOS or system use the serial line now. */
bool sim_host_redirects(const struct sim_host *host);

#endif
