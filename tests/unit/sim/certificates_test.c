/* Certificates, keys and TLS (spec device-protocols 7.7). */
#include "device_bench.h"
#include "method_inputs.h"

#define SERVICE      SPACE_AMT "AMT_PublicKeyManagementService"
#define CERTIFICATES SPACE_AMT "AMT_PublicKeyCertificate"
#define KEYS         SPACE_AMT "AMT_PublicPrivateKeyPair"
#define CONTEXT      SPACE_AMT "AMT_TLSCredentialContext"

#define CERTIFICATE INPUT_CERTIFICATE
#define KEY         INPUT_KEY
#define PUBLIC      INPUT_PUBLIC

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

#define SIGN(handle, algorithm, request)                                                           \
    INVOKE(SERVICE, "GeneratePKCS10RequestEx",                                                     \
           "<h:KeyPair>" REFERENCE(KEYS, "<Selector Name=\"InstanceID\">Intel(r) AMT Key: "        \
                                         "Handle: " handle                                         \
                                         "</Selector>") "</h:KeyPair>"                             \
                                                        "<h:SigningAlgorithm>" algorithm           \
                                                        "</h:SigningAlgorithm>"                    \
                                                        "<h:NullSignedCertificateRequest>" request \
                                                        "</h:NullSignedCertificateRequest>")

static void a_request_is_signed_with_the_key(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, SIGN("2", "1", INPUT_REQUEST), 2068);
    bench_call(bench, ADD_KEY, 0);
    /* PKCS#1 1.5 signatures are the same every time */
    bench_has(bench_call(bench, SIGN("2", "1", INPUT_REQUEST), 0),
              "<g:SignedCertificateRequest>" INPUT_SIGNED "</g:SignedCertificateRequest>");
    bench_call(bench, SIGN("2", "1", "AAAA"), 36);
    bench_call(bench, SIGN("2", "9", INPUT_REQUEST), 2066);
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
        BENCH_TEST(a_request_is_signed_with_the_key), BENCH_TEST(tls_needs_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
