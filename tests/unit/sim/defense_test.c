/* System defense and subscriptions (spec device-classes 3, device-protocols 5.5). */
#include "device_bench.h"
#include "method_inputs.h"
#include "sim/object.h"

#define POLICY   SPACE_AMT "AMT_SystemDefensePolicy"
#define FILTER   SPACE_AMT "AMT_IPHeadersFilter"
#define GUARD    SPACE_AMT "AMT_NetworkPortSystemDefensePolicy"
#define EVENTING "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define KEYS     SPACE_AMT "AMT_PublicKeyManagementService"

#define CREATE(space, class, values)                 \
    REQUEST(TRANSFER "Create", space class, "6", "", \
            "<h:" class " xmlns:h=\"" space class "\">" values "</h:" class ">")
#define SWITCHES                                                                         \
    "<h:PolicyPrecedence>0</h:PolicyPrecedence><h:TxDefaultDrop>false</h:TxDefaultDrop>" \
    "<h:TxDefaultMatchEvent>false</h:TxDefaultMatchEvent>"                               \
    "<h:TxDefaultCount>false</h:TxDefaultCount><h:RxDefaultDrop>true</h:RxDefaultDrop>"  \
    "<h:RxDefaultMatchEvent>false</h:RxDefaultMatchEvent>"                               \
    "<h:RxDefaultCount>false</h:RxDefaultCount>"
#define POLICY_OF(name) \
    CREATE(SPACE_AMT, "AMT_SystemDefensePolicy", "<h:PolicyName>" name "</h:PolicyName>" SWITCHES)
#define FIRST_POLICY "Intel(r) AMT:System Defense Policy 0"

static void filters_are_made(void **state)
{
    struct bench *bench = *state;
#define FILTER_OF(name)                                                                 \
    CREATE(SPACE_AMT, "AMT_IPHeadersFilter",                                            \
           "<h:Name>" name "</h:Name><h:ActionEventOnMatch>true</h:ActionEventOnMatch>" \
           "<h:FilterDirection>1</h:FilterDirection><h:FilterProfile>0</h:FilterProfile>")
    bench_has(bench_ask(bench, FILTER_OF("telnet"), 200), "<c:Selector Name=\"Name\">telnet");
    bench_has(bench_ask(bench, FILTER_OF("telnet"), 400), "e:AlreadyExists");
    bench_ask(bench, FILTER_OF("a name of far too many bytes"), 400);
    bench_has(BENCH_PULL(bench, FILTER), "<h:FilterDirection>1</h:FilterDirection>");
}

static void a_policy_guards_a_port(void **state)
{
    struct bench *bench = *state;
    bench_ask(bench, CREATE(SPACE_AMT, "AMT_SystemDefensePolicy", "<h:PolicyName>p</h:PolicyName>"),
              400);
    (void)bench_ask(bench, POLICY_OF("p"), 200);
    const char *guard = CREATE(
        SPACE_AMT, "AMT_NetworkPortSystemDefensePolicy",
        "<h:Antecedent>" REFERENCE(
            SPACE_CIM "CIM_ComputerSystem",
            "<Selector Name=\"Name\">ManagedSystem</Selector>") "</"
                                                                "h:Antecedent><h:"
                                                                "Dependent>" REFERENCE(
                                                                    POLICY, "<Select"
                                                                            "or "
                                                                            "Name="
                                                                            "\"Insta"
                                                                            "nceID\""
                                                                            ">" FIRST_POLICY "</"
                                                                            "Selecto"
                                                                            "r>") "<"
                                                                                  "/"
                                                                                  "h"
                                                                                  ":"
                                                                                  "D"
                                                                                  "e"
                                                                                  "p"
                                                                                  "e"
                                                                                  "n"
                                                                                  "d"
                                                                                  "e"
                                                                                  "n"
                                                                                  "t"
                                                                                  ">");
    (void)bench_ask(bench, guard, 200);
    bench_has(BENCH_PULL(bench, GUARD), "<h:Active>true</h:Active>");
    bench_has(bench_ask(bench, DELETE_OF(POLICY, "InstanceID", FIRST_POLICY), 400),
              "e:AccessDenied");
}

#define CALL(method, inputs)                                                      \
    REQUEST(POLICY "/" method, POLICY, "3", SELECTOR("InstanceID", FIRST_POLICY), \
            "<h:" method "_INPUT xmlns:h=\"" POLICY "\">" inputs "</h:" method "_INPUT>")

static void a_policy_has_a_timeout(void **state)
{
    struct bench *bench = *state;
    (void)bench_ask(bench, POLICY_OF("p"), 200);
    bench_has(bench_call(bench, CALL("GetTimeout", ""), 0), "<g:Timeout>0</g:Timeout>");
    bench_call(bench, CALL("SetTimeout", "<h:Timeout>30</h:Timeout>"), 0);
    bench_has(bench_call(bench, CALL("GetTimeout", ""), 0), "<g:Timeout>30</g:Timeout>");
    (void)bench_ask(bench, DELETE_OF(POLICY, "InstanceID", FIRST_POLICY), 200);
    bench_has(BENCH_PULL(bench, POLICY), "<g:Items></g:Items>");
}

/* ---- subscriptions ---- */

#define SUBSCRIBE(address)                                                \
    REQUEST(EVENTING "/Subscribe", SPACE_CIM "CIM_FilterCollection", "7", \
            SELECTOR("InstanceID", "Intel(r) AMT:All"),                   \
            "<Subscribe xmlns=\"" EVENTING "\"><Delivery "                \
            "Mode=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/"          \
            "PushWithAck\"><NotifyTo><a:Address>" address                 \
            "</a:Address></NotifyTo></Delivery></Subscribe>")

static void a_subscription_is_seen_and_ends(void **state)
{
    struct bench *bench = *state;
    bench_has(BENCH_PULL(bench, SPACE_CIM "CIM_FilterCollection"), "Intel(r) AMT:AllEvents");
    bench_has(bench_ask(bench, SUBSCRIBE("http://example.com/events"), 200),
              "<g:SubscribeResponse><g:SubscriptionManager>");
    const char *text = BENCH_PULL(bench, SPACE_CIM "CIM_ListenerDestination");
    bench_has(text, "<h:CIM_ListenerDestinationWSManagement>");
    bench_has(text, "<h:DeliveryMode>3</h:DeliveryMode>");
    bench_has(text, "<h:Destination>http://example.com/events</h:Destination>");
    bench_has(BENCH_PULL(bench, SPACE_CIM "CIM_FilterCollectionSubscription"),
              "Intel(r) AMT:Listener Destination 0");
#define SELECT(name, class, key, value)                              \
    "<w:Selector Name=\"" name "\"><a:EndpointReference>" REFERENCE( \
        SPACE_CIM class,                                             \
        "<Selector Name=\"" key "\">" value "</Selector>") "</a:EndpointReference></w:Selector>"
    const char *unsubscribe =
        REQUEST(EVENTING "/Unsubscribe", SPACE_CIM "CIM_FilterCollectionSubscription", "8",
                "<w:SelectorSet>" SELECT("Filter", "CIM_FilterCollection", "InstanceID",
                                         "Intel(r) AMT:All") "<w:Selector "
                                                             "Name=\"Handler\"><a:"
                                                             "EndpointReference>" REFERENCE(
                                                                 SPACE_CIM "CIM_"
                                                                           "ListenerD"
                                                                           "estinatio"
                                                                           "nWSManage"
                                                                           "ment",
                                                                 "<Selector"
                                                                 " Name="
                                                                 "\"Creatio"
                                                                 "nClassNam"
                                                                 "e\">CIM_"
                                                                 "ListenerD"
                                                                 "estinatio"
                                                                 "nWSManage"
                                                                 "ment</"
                                                                 "Selector>"
                                                                 "<Selector"
                                                                 " Name="
                                                                 "\"Name\">"
                                                                 "Intel(r) "
                                                                 "AMT:"
                                                                 "Listener "
                                                                 "Destinati"
                                                                 "on "
                                                                 "0</"
                                                                 "Selector>"
                                                                 "<Selector"
                                                                 " Name="
                                                                 "\"SystemC"
                                                                 "reationCl"
                                                                 "assName\""
                                                                 ">CIM_"
                                                                 "ComputerS"
                                                                 "ystem</"
                                                                 "Selector>"
                                                                 "<Selector"
                                                                 " Name="
                                                                 "\"SystemN"
                                                                 "ame\">"
                                                                 "Intel(r) "
                                                                 "AMT</"
                                                                 "Selector"
                                                                 ">") "</"
                                                                      "a:"
                                                                      "Endp"
                                                                      "oint"
                                                                      "Refe"
                                                                      "renc"
                                                                      "e></"
                                                                      "w:"
                                                                      "Sele"
                                                                      "ctor"
                                                                      "></"
                                                                      "w:"
                                                                      "Sele"
                                                                      "ctor"
                                                                      "Set"
                                                                      ">",
                "<Unsubscribe xmlns=\"" EVENTING "\"></Unsubscribe>");
    bench_has(bench_ask(bench, unsubscribe, 200), "<a:Body></a:Body>");
    bench_has(BENCH_PULL(bench, SPACE_CIM "CIM_ListenerDestination"), "<g:Items></g:Items>");
    bench_has(bench_ask(bench, unsubscribe, 400), "b:DestinationUnreachable");
}

static void nine_may_subscribe(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < 9; i++)
        (void)bench_ask(bench, SUBSCRIBE("http://example.com/events"), 200);
    bench_has(bench_ask(bench, SUBSCRIBE("http://example.com/events"), 400), "e:QuotaLimit");
    bench_ask(bench, SUBSCRIBE(""), 400);
}

/* ---- what the service of keys deletes, and the radio ---- */

static void the_key_service_deletes_what_it_made(void **state)
{
    struct bench *bench = *state;
    bench_call(bench,
               INVOKE(KEYS, "AddTrustedRootCertificate",
                      "<h:CertificateBlob>" INPUT_CERTIFICATE "</h:CertificateBlob>"),
               0);
    assert_int_equal(sim_object_count(&bench->device, "AMT_PublicKeyCertificate"), 4);
    bench_has(
        bench_ask(bench, DELETE_OF(KEYS, "InstanceID", "Intel(r) AMT Certificate: Handle: 3"), 200),
        "<a:Body></a:Body>");
    assert_int_equal(sim_object_count(&bench->device, "AMT_PublicKeyCertificate"), 3);
    (void)bench_ask(bench, DELETE_OF(KEYS, "InstanceID", "Intel(r) AMT Key: Handle: 1"), 200);
    bench_ask(bench, DELETE_OF(KEYS, "InstanceID", "Intel(r) AMT Key: Handle: 7"), 400);
    bench_ask(bench, DELETE_OF(KEYS, "Name", "Intel(r) AMT Public Key Management Service"), 400);
}

static void the_radio_goes_back_to_the_host(void **state)
{
    struct bench *bench = *state;
    const char *uri = SPACE_AMT "AMT_EthernetPortSettings";
    bench_call(bench,
               REQUEST(SPACE_AMT "AMT_EthernetPortSettings/SetLinkPreference",
                       SPACE_AMT "AMT_EthernetPortSettings", "3",
                       SELECTOR("InstanceID", "Intel(r) AMT Ethernet Port Settings 1"),
                       "<h:SetLinkPreference_INPUT xmlns:h=\"" SPACE_AMT
                       "AMT_EthernetPortSettings\"><h:LinkPreference>1</h:LinkPreference>"
                       "<h:Timeout>60</h:Timeout></h:SetLinkPreference_INPUT>"),
               0);
    bench_has(bench_pull(bench, ENUMERATE(SPACE_AMT "AMT_EthernetPortSettings"), uri),
              "<h:LinkPreference>1</h:LinkPreference>");
    assert_int_equal(sim_device_due(&bench->device), 60000);
    bench->now_ms = 60000;
    bench_has(bench_pull(bench, ENUMERATE(SPACE_AMT "AMT_EthernetPortSettings"), uri),
              "<h:LinkPreference>2</h:LinkPreference>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(filters_are_made),
        BENCH_TEST(a_policy_guards_a_port),
        BENCH_TEST(a_policy_has_a_timeout),
        BENCH_TEST(a_subscription_is_seen_and_ends),
        BENCH_TEST(nine_may_subscribe),
        BENCH_TEST(the_key_service_deletes_what_it_made),
        BENCH_TEST(the_radio_goes_back_to_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
