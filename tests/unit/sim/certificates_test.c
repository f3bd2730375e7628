/* Certificates, keys and TLS (spec device-protocols 7.7). */
#include "device_bench.h"

#define SERVICE      SPACE_AMT "AMT_PublicKeyManagementService"
#define CERTIFICATES SPACE_AMT "AMT_PublicKeyCertificate"
#define KEYS         SPACE_AMT "AMT_PublicPrivateKeyPair"
#define CONTEXT      SPACE_AMT "AMT_TLSCredentialContext"

/* A certificate of its own making: C=DE, O=Example, CN=sim-test; EC key P-256. */
#define CERTIFICATE                                                                    \
    "MIIBuzCCAWGgAwIBAgIUXQFRLXGeRu3vD6uPxBKIlpRXV9AwCgYIKoZIzj0EAwIwMjERMA8GA1UEAwwI" \
    "c2ltLXRlc3QxEDAOBgNVBAoMB0V4YW1wbGUxCzAJBgNVBAYTAkRFMCAXDTI2MTEyMjE2MzQzM1oYDzIw" \
    "NTQwNDA5MTYzNDMzWjAyMREwDwYDVQQDDAhzaW0tdGVzdDEQMA4GA1UECgwHRXhhbXBsZTELMAkGA1UE" \
    "BhMCREUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARuQxjX1DHTLzciVfuHVmUsERZbwrX31Ac+ZM33" \
    "CqWEsAXXYPPMjNnVtZW7A5D/QIIuHV/dtN45CPCj9bfSV06uo1MwUTAdBgNVHQ4EFgQUBP1s49MWUrMg" \
    "UDFqSKugqu+raF0wHwYDVR0jBBgwFoAUBP1s49MWUrMgUDFqSKugqu+raF0wDwYDVR0TAQH/BAUwAwEB" \
    "/zAKBggqhkjOPQQDAgNIADBFAiBdblL3kVRprS2aZzfebrBHNXm3nXTuLS7QKJ7983NlSwIhAOX+Etjm" \
    "ahARSpeoezz+mv/957RzNYgMPG9l4mtDSr18"
/* The PKCS#1 private key of an RSA pair of 1024 bits, and its public part. */
#define KEY                                                                            \
    "MIICXQIBAAKBgQDLcxzCVxUpDgzei4OGzjZQRlZP+KZRRqhxsgoYKKgymqfN+e6lolOMfNs8v7SSS4T9" \
    "eb08O5tvTG5rLtuLx4v7U9+3dRvCtfIfqir51IIUZiuoIRJSwwVtkS8g5r2gYNjPcWzvcyuOvmgxd6PU" \
    "vc2XDnBDU0tncKVnocuPU04y1QIDAQABAoGBAK7gkq7mBbVVc3BzwanFZWBZJWX2WJfyQWYBYLXldLaS" \
    "w3zEwgKz5lcTF6w/KKq7qWPsGeJFZlUkAKG3FFYxPztPqoNabAXGKcSCZQnfUUSY3tKDqPB4oJxrPs/C" \
    "vNTMzlcuYfSWVcmCkW6PZa6eAaXREDO/JFRsr73AZ26naHj9AkEA8T/2ht83V9GEUPzIIYcvj3HS6/Cq" \
    "VHgy9S92uvK/6fM7V+4DKAmD3ZlIYa11dymoiEgGLYZmBmC/Y49CQihIjwJBANfjgGVTUxpBE/4Ur2el" \
    "lQipmAv3WClTjRdKuqyBaylOEpgpUM4qJ6t+WMBvgf34NWLjUbts8i16F8aabdZhGFsCQQCi9a7kKfGr" \
    "S2aSgj35j+SLg7qTD40u48agIkCURZdnQ5rJaYgOSmcdkAX5nP7k0Gn8LJKnu8o88qs1aDa8k5N3AkBp" \
    "kU7kvWUirnYHRbgsF7UT4lJ+b3oF41xX6mv0FOkA7rN7AqEH32c8nfDqUNyhAzGf5Ia//ttBz7U2oada" \
    "MGqHAkAkkydqU11g9O33009gtp19eFFYfHZItnGVHCzB+ffWVB7Tj16YKlJ/MQKAoNADq6DokFP4ABlF" \
    "kjWGTx9wTL4G"
#define PUBLIC                                                                         \
    "MIGJAoGBAMtzHMJXFSkODN6Lg4bONlBGVk/4plFGqHGyChgoqDKap8357qWiU4x82zy/tJJLhP15vTw7" \
    "m29Mbmsu24vHi/tT37d1G8K18h+qKvnUghRmK6ghElLDBW2RLyDmvaBg2M9xbO9zK46+aDF3o9S9zZcO" \
    "cENTS2dwpWehy49TTjLVAgMBAAE="

#define ADD(method, input, value) INVOKE(SERVICE, method, "<h:" input ">" value "</h:" input ">")
#define ADD_ROOT                  ADD("AddTrustedRootCertificate", "CertificateBlob", CERTIFICATE)
#define ADD_LEAF                  ADD("AddCertificate", "CertificateBlob", CERTIFICATE)
#define ADD_KEY                   ADD("AddKey", "KeyBlob", KEY)
#define CERTIFICATE_REFERENCE(handle)                                                  \
    REFERENCE(CERTIFICATES, "<Selector Name=\"InstanceID\">Intel(r) AMT Certificate: " \
                            "Handle: " handle "</Selector>")
#define CONTEXT_OF(action, handle)                                   \
    REQUEST(TRANSFER action, CONTEXT, "7", "",                       \
            "<h:AMT_TLSCredentialContext xmlns:h=\"" CONTEXT         \
            "\"><h:ElementInContext>" CERTIFICATE_REFERENCE(         \
                handle) "</"                                         \
                        "h:ElementInContext><h:"                     \
                        "ElementProvidingContext"                    \
                        ">" REFERENCE(SPACE_AMT "AMT_"               \
                                                "TLSProtocolEndpoin" \
                                                "tCollection",       \
                                      "<Selector "                   \
                                      "Name="                        \
                                      "\"ElementName\">"             \
                                      "TLSProtocolEndpoin"           \
                                      "t Instances "                 \
                                      "Collection</"                 \
                                      "Selector>") "</"              \
                                                   "h:"              \
                                                   "Eleme"           \
                                                   "ntPro"           \
                                                   "vidin"           \
                                                   "gCont"           \
                                                   "ext>"            \
                                                   "</"              \
                                                   "h:"              \
                                                   "AMT_"            \
                                                   "TLSCr"           \
                                                   "edent"           \
                                                   "ialCo"           \
                                                   "ntext"           \
                                                   ">")

static void an_added_certificate_is_there(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, ADD_ROOT, 0),
              "<g:CreatedCertificate><b:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/"
              "role/anonymous</b:Address><b:ReferenceParameters><c:ResourceURI>" CERTIFICATES
              "</c:ResourceURI><c:SelectorSet><c:Selector Name=\"InstanceID\">Intel(r) AMT "
              "Certificate: Handle: 3</c:Selector></c:SelectorSet></b:ReferenceParameters>"
              "</g:CreatedCertificate>");
    bench_has(BENCH_PULL(bench, CERTIFICATES),
              "<h:ElementName>Intel(r) AMT Certificate</h:ElementName>"
              "<h:InstanceID>Intel(r) AMT Certificate: Handle: 3</h:InstanceID>"
              "<h:Issuer>C=DE,O=Example,CN=sim-test</h:Issuer>"
              "<h:Subject>C=DE,O=Example,CN=sim-test</h:Subject>"
              "<h:TrustedRootCertficate>true</h:TrustedRootCertficate>"
              "<h:X509Certificate>" CERTIFICATE "</h:X509Certificate>");
    bench_call(bench, ADD_LEAF, 2058);
}

static void what_is_no_certificate_is_refused(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("AddCertificate", "CertificateBlob", "AAAA"), 2063);
    bench_call(bench, ADD("AddCertificate", "CertificateBlob", "not base64"), 2063);
    bench_call(bench, ADD("AddCertificate", "CertificateBlob", ""), 2063);
    bench_call(bench, ADD("AddCertificate", "CertificateBlob", KEY), 2063);
}

static void a_free_handle_is_used_again(void **state)
{
    struct bench *bench = *state;
    bench_ask(bench, DELETE_OF(CERTIFICATES, "InstanceID", "Intel(r) AMT Certificate: Handle: 1"),
              200);
    bench_has(bench_call(bench, ADD_LEAF, 0), "Intel(r) AMT Certificate: Handle: 1<");
    bench_has(bench_ask(bench,
                        REQUEST(TRANSFER "Get", CERTIFICATES, "8",
                                SELECTOR("InstanceID", "Intel(r) AMT Certificate: Handle: 1"), ""),
                        200),
              "CN=sim-test");
}

static void a_certificate_in_use_stays(void **state)
{
    struct bench *bench = *state;
    /* a setting of 802.1X refers to it */
    bench_has(
        bench_ask(bench,
                  DELETE_OF(CERTIFICATES, "InstanceID", "Intel(r) AMT Certificate: Handle: 0"),
                  400),
        "AccessDenied");
    bench_call(bench, ADD_LEAF, 0);
    bench_ask(bench, CONTEXT_OF("Create", "3"), 200);
    bench_ask(bench, DELETE_OF(CERTIFICATES, "InstanceID", "Intel(r) AMT Certificate: Handle: 3"),
              400);
}

static void a_key_shows_its_public_part_only(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, ADD_KEY, 0), "Intel(r) AMT Key: Handle: 2<");
    const char *text = BENCH_PULL(bench, KEYS);
    bench_has(text, "<h:DERKey>" PUBLIC "</h:DERKey>");
    bench_call(bench, ADD_KEY, 2058);
    bench_call(bench, ADD("AddKey", "KeyBlob", "AAAA"), 2062);
    bench_ask(bench, DELETE_OF(KEYS, "InstanceID", "Intel(r) AMT Key: Handle: 2"), 200);
    bench_lacks(BENCH_PULL(bench, KEYS), "Handle: 2<");
}

static void a_generated_key_is_there(void **state)
{
    struct bench *bench = *state;
    bench_has(
        bench_call(bench,
                   INVOKE(SERVICE, "GenerateKeyPair",
                          "<h:KeyAlgorithm>0</h:KeyAlgorithm><h:KeyLength>2048</h:KeyLength>"),
                   0),
        KEYS "</c:ResourceURI><c:SelectorSet><c:Selector Name=\"InstanceID\">Intel(r) AMT "
             "Key: Handle: 2<");
    bench_has(BENCH_PULL(bench, KEYS), "Intel(r) AMT Key: Handle: 2<");
}

static void tls_needs_a_certificate(void **state)
{
    struct bench *bench = *state;
    static const char *const enable =
        PUT_OF(SPACE_AMT, "AMT_TLSSettingData",
               "<h:ElementName>x</h:ElementName><h:Enabled>true</h:Enabled>");
    static const char *const commit =
        INVOKE(SPACE_AMT "AMT_SetupAndConfigurationService", "CommitChanges", "");
    bench_call(bench, commit, 0);
    bench_ask(bench, enable, 200);
    bench_call(bench, commit, 2057);
    bench_ask(bench, CONTEXT_OF("Create", "9"), 400);
    const char *text = bench_ask(bench, CONTEXT_OF("Create", "1"), 200);
    bench_has(text, "http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse");
    bench_has(text, "<g:ResourceCreated>");
    bench_has(text, "<c:Selector Name=\"ElementInContext\"><b:EndpointReference>");
    bench_call(bench, commit, 0);
    text = bench_ask(bench, CONTEXT_OF("Create", "1"), 400);
    bench_has(text, "<a:Value>e:AlreadyExists</a:Value>");
    bench_has(text, "The sender attempted to create a resource which already exists.");
    bench_ask(bench, CONTEXT_OF("Put", "2"), 200);
    bench_has(BENCH_PULL(bench, CONTEXT), "Intel(r) AMT Certificate: Handle: 2<");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_added_certificate_is_there),    BENCH_TEST(what_is_no_certificate_is_refused),
        BENCH_TEST(a_free_handle_is_used_again),      BENCH_TEST(a_certificate_in_use_stays),
        BENCH_TEST(a_key_shows_its_public_part_only), BENCH_TEST(a_generated_key_is_there),
        BENCH_TEST(tls_needs_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
