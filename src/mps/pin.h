/* The certificate pinned in a device's row, as TLS compares it. Private to src/mps. */
#ifndef MPS_PIN_H
#define MPS_PIN_H

#include "io/tls_stream.h"
#include "store/store.h"

/* *pinned: `pin` holds the hash that the row says. ERROR_STORE when what it says is no hash: then
 * no certificate will do, and nobody goes on as if there were no pin. */
bool mps_pin_read(const struct store_device *row, bool *pinned, uint8_t pin[IO_TLS_PIN_SIZE],
                  struct error *err);

#endif
