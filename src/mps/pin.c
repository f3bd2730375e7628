#include "mps/pin.h"

#include "core/encoding.h"

#include <string.h>

bool mps_pin_read(const struct store_device *row, bool *pinned, uint8_t pin[IO_TLS_PIN_SIZE],
                  struct error *err)
{
    memset(pin, 0, IO_TLS_PIN_SIZE);
    *pinned = row->cert_hash != NULL;
    return !*pinned || encoding_hex_decode(slice_of_string(row->cert_hash), pin, IO_TLS_PIN_SIZE) ||
           error_set(err, ERROR_STORE, "the certificate pinned for this device is no hash");
}
