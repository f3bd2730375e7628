#include "rps/cira_name.h"

#include "http/body_value.h"
#include "io/certificate_facts.h"
#include "io/credential.h"

#define FORMAT_IS_A_NAME 201 /* serverAddressFormat: FQDN */

/* In DER; false when it is neither PEM nor base64 of a certificate. */
static bool read_certificate(struct arena *arena, struct slice text, struct slice *der)
{
    struct io_credential_certificate certificate;
    struct slice bytes;
    if (!http_body_value_blob(arena, text, &bytes) ||
        !io_credential_certificate(arena, bytes, &certificate, NULL))
        return false;
    *der = certificate.der;
    return true;
}

/* What a device looks for in the certificate: of an address the common name beside it. */
static const char *expected_of(const struct store_cira_config *config)
{
    bool has_name = config->common_name != NULL && config->common_name[0] != '\0';
    return config->address_format != FORMAT_IS_A_NAME && has_name ? config->common_name
                                                                  : config->address;
}

const char *rps_cira_name_fault(struct arena *arena, const struct store_cira_config *config,
                                struct slice ca_pem, struct slice cira_pem)
{
    struct slice root, own, shown;
    const char *name = expected_of(config);
    if (name == NULL || config->root_certificate == NULL ||
        !read_certificate(arena, slice_of_string(config->root_certificate), &root) ||
        !read_certificate(arena, ca_pem, &own) || !slice_equal(root, own) ||
        !read_certificate(arena, cira_pem, &shown) || io_certificate_is_for(shown, name))
        return NULL;
    return arena_printf(arena,
                        "Devices will not call in: they are told to expect a certificate for %s, "
                        "and this server's is for another name (see --common-name)",
                        name);
}
