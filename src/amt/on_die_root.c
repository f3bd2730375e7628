#include "amt/on_die_root.h"

#include "io/credential.h"

#include <string.h>

#define ROOTS_MOST 16

const char amt_on_die_root_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICujCCAj6gAwIBAgIUPLLiHTrwySRtWxR4lxKLlu7MJ7wwDAYIKoZIzj0EAwMF\n"
    "ADCBiTELMAkGA1UEBgwCVVMxCzAJBgNVBAgMAkNBMRQwEgYDVQQHDAtTYW50YSBD\n"
    "bGFyYTEaMBgGA1UECgwRSW50ZWwgQ29ycG9yYXRpb24xIzAhBgNVBAsMGk9uRGll\n"
    "IENBIFJvb3QgQ2VydCBTaWduaW5nMRYwFAYDVQQDDA13d3cuaW50ZWwuY29tMB4X\n"
    "DTE5MDQwMzAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowgYkxCzAJBgNVBAYMAlVTMQsw\n"
    "CQYDVQQIDAJDQTEUMBIGA1UEBwwLU2FudGEgQ2xhcmExGjAYBgNVBAoMEUludGVs\n"
    "IENvcnBvcmF0aW9uMSMwIQYDVQQLDBpPbkRpZSBDQSBSb290IENlcnQgU2lnbmlu\n"
    "ZzEWMBQGA1UEAwwNd3d3LmludGVsLmNvbTB2MBAGByqGSM49AgEGBSuBBAAiA2IA\n"
    "BK8SfB2UflvXZqb5Kc3+lokrABHWazvNER2axPURP64HILkXChPB0OEX5hLB7Okw\n"
    "7Dy6oFqB5tQVDupgfvUX/SgYBEaDdG5rCVFrGAis6HX5TA2ewQmj14r2ncHBgnpp\n"
    "B6NjMGEwHwYDVR0jBBgwFoAUtFjJ9uQIQKPyWMg5eG6ujgqNnDgwDwYDVR0TAQH/\n"
    "BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFLRYyfbkCECj8ljIOXhu\n"
    "ro4KjZw4MAwGCCqGSM49BAMDBQADaAAwZQIxAP9B4lFF86uvpHmkcp61cWaU565a\n"
    "yE3p7ezu9haLE/lPLh5hFQfmTi1nm/sG3JEXMQIwNpKfHoDmUTrUyezhhfv3GG+1\n"
    "CqBXstmCYH40buj9jKW3pHWc71s9arEmPWli7I8U\n"
    "-----END CERTIFICATE-----\n";

/* Takes the next certificate of a PEM text, its lines of armour included. */
static bool take_part(struct slice *rest, struct slice *part)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    static const char end[] = "-----END CERTIFICATE-----";
    const uint8_t *from =
        rest->size == 0 ? NULL : memmem(rest->data, rest->size, begin, sizeof begin - 1);
    if (from == NULL)
        return false;
    struct slice text = slice_from(*rest, (size_t)(from - rest->data));
    const uint8_t *to = memmem(text.data, text.size, end, sizeof end - 1);
    size_t size = to == NULL ? text.size : (size_t)(to - text.data) + sizeof end - 1;
    *part = slice_first(text, size);
    *rest = slice_from(text, size);
    return true;
}

static bool add_roots(struct arena *arena, struct slice pem, struct slice *der, size_t *count,
                      struct error *err)
{
    struct slice part;
    while (take_part(&pem, &part)) {
        struct io_credential_certificate certificate;
        if (*count == ROOTS_MOST)
            return error_set(err, ERROR_TOO_LARGE, "there are more than %d roots", ROOTS_MOST);
        if (!io_credential_certificate(arena, part, &certificate, err))
            return false;
        der[(*count)++] = certificate.der;
    }
    return true;
}

bool amt_on_die_roots(struct arena *arena, struct slice pem, struct amt_roots *roots,
                      struct error *err)
{
    struct slice *der = arena_array(arena, ROOTS_MOST, sizeof *der);
    size_t count = 0;
    if (!add_roots(arena, slice_of_string(amt_on_die_root_pem), der, &count, err) ||
        !add_roots(arena, pem, der, &count, err))
        return false;
    *roots = (struct amt_roots){der, count};
    return pem.size == 0 || count > 1 ||
           error_set(err, ERROR_INVALID, "there is no certificate in it");
}
