/* Steps of a scripted device (device.h) for whole classes: lists, instances, methods, faults; and
 * recorded answers of real devices. */
#ifndef TESTS_UNIT_AMT_CLASS_STEPS_H
#define TESTS_UNIT_AMT_CLASS_STEPS_H

#include "device.h"

#define STEPS_AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define STEPS_CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define STEPS_IPS "http://intel.com/wbem/wscim/1/ips-schema/1/"

#define STEPS_ENUMERATION "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""

/* The answer to an Enumerate of the class. */
#define STEP_LIST(class_)                                                            \
    {                                                                                \
        .expect = "/" class_ "</w:ResourceURI>", .status = 200, .soap = true,        \
        .body = "<g:EnumerateResponse " STEPS_ENUMERATION "><g:EnumerationContext>C" \
                "</g:EnumerationContext></g:EnumerateResponse>"                      \
    }

/* The answer to the Pull after it, with these elements and no more. */
#define STEP_ITEMS(items)                                                            \
    {                                                                                \
        .expect = "<Pull ", .status = 200, .soap = true,                             \
        .body = "<g:PullResponse " STEPS_ENUMERATION "><g:Items>" items "</g:Items>" \
                "<g:EndOfSequence></g:EndOfSequence></g:PullResponse>"               \
    }

/* A recorded answer to a request that contains `wanted`. */
#define STEP_RECORDED(wanted, file)                                          \
    {                                                                        \
        .expect = (wanted), .status = 200, .recorded = steps_recording(file) \
    }

/* An answer with this element in the body, to a request that contains `wanted`. */
#define STEP_BODY(wanted, element)                                         \
    {                                                                      \
        .expect = (wanted), .status = 200, .soap = true, .body = (element) \
    }

/* The output of a method of an AMT class: only a return value. */
#define STEP_RETURN(method, value)                               \
    STEP_BODY("<h:" method "_INPUT ",                            \
              "<g:" method "_OUTPUT xmlns:g=\"" STEPS_AMT "X\">" \
              "<g:ReturnValue>" value "</g:ReturnValue></g:" method "_OUTPUT>")

/* The same with the handle of what was made. */
#define STEP_CREATED(method, output, handle)                                                       \
    STEP_BODY("<h:" method "_INPUT ",                                                              \
              "<g:" method "_OUTPUT xmlns:g=\"" STEPS_AMT "X\"><g:" output "><b:Address>x"         \
              "</b:Address><b:ReferenceParameters><c:ResourceURI "                                 \
              "xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">" STEPS_AMT              \
              "AMT_PublicKeyCertificate</c:ResourceURI><c:SelectorSet "                            \
              "xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><c:Selector "            \
              "Name=\"InstanceID\">" handle "</c:Selector></c:SelectorSet>"                        \
              "</b:ReferenceParameters></g:" output "><g:ReturnValue>0</g:ReturnValue></g:" method \
              "_OUTPUT>")

#define STEP_DELETED(handle)                                                                \
    {                                                                                       \
        .expect = "<w:Selector Name=\"InstanceID\">" handle "</w:Selector>", .status = 200, \
        .soap = true, .body = ""                                                            \
    }

/* A fault in answer to a request that contains `wanted`: the class is not there. */
#define STEP_LACKS(wanted)                                                                  \
    {                                                                                       \
        .expect = (wanted), .status = 400, .soap = true,                                    \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>"          \
                "b:DestinationUnreachable</a:Value></a:Subcode></a:Code><a:Reason><a:Text>" \
                "No route can be determined to reach the destination role defined by the "  \
                "WSAddressing To.</a:Text></a:Reason><a:Detail></a:Detail></a:Fault>"       \
    }

/* The text of a recording below wsman/ of the golden answers; skips the test when the recordings
 * are absent. Kept until the process ends. */
const char *steps_recording(const char *file);

/* The request's body, from <Body> to </Body>, without both. */
struct slice steps_request_body(const struct device *device, size_t request);

/* Asserts that the body of the request is exactly this. */
void steps_assert_body(const struct device *device, size_t request, const char *body);

#endif
