/* What devices answer in scripts of boot, power and features (spec mps B). */
#ifndef TESTS_UNIT_AMT_STEPS_H
#define TESTS_UNIT_AMT_STEPS_H

#include "device.h"

#define CIM  "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define IPS  "http://intel.com/wbem/wscim/1/ips-schema/1/"
#define AMT  "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define ENUM "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""

#define ANSWER(wanted, text)                                                       \
    {                                                                              \
        .expect = wanted, .status = 200, .soap = true, .body = text, .delay_ms = 1 \
    }
/* The class is not there. */
#define LACKS(wanted)                                                               \
    {                                                                               \
        .expect = wanted, .status = 400, .soap = true, .delay_ms = 1,               \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>"  \
                "b:DestinationUnreachable</a:Value></a:Subcode></a:Code></a:Fault>" \
    }
#define REFUSE(wanted)                                                            \
    {                                                                             \
        .expect = wanted, .status = 400, .soap = true, .delay_ms = 1,             \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value></a:Code></a:Fault>" \
    }
#define BEGUN(class)                                                                              \
    ANSWER("2/" class "</w:ResourceURI>", "<g:EnumerateResponse " ENUM "><g:EnumerationContext>C" \
                                          "</g:EnumerationContext></g:EnumerateResponse>")
#define PULLED(items)                                           \
    ANSWER("<Pull ", "<g:PullResponse " ENUM "><g:Items>" items \
                     "</g:Items><g:EndOfSequence></g:EndOfSequence></g:PullResponse>")
#define METHOD(wanted, class, method, value)                                      \
    ANSWER(wanted,                                                                \
           "<g:" method "_OUTPUT xmlns:g=\"" CIM class "\"><g:ReturnValue>" value \
                                                       "</g:ReturnValue></g:" method "_OUTPUT>")
#define BOOT_SETTINGS(bios_setup)                                                                  \
    ANSWER("transfer/Get</a:Action><a:To>/wsman</a:To><w:ResourceURI>" AMT "AMT_BootSettingData<", \
           "<g:AMT_BootSettingData xmlns:g=\"" AMT "AMT_BootSettingData\">"                        \
           "<g:BIOSSetup>" bios_setup "</g:BIOSSetup><g:IDERBootDevice>0"                          \
           "</g:IDERBootDevice><g:OptionsCleared>true</g:OptionsCleared>"                          \
           "<g:UseIDER>false</g:UseIDER></g:AMT_BootSettingData>")
#define WRITTEN(expected) \
    ANSWER(expected, "<g:AMT_BootSettingData xmlns:g=\"" AMT "AMT_BootSettingData\"/>")
#define ORDER_CLEARED(value)                                                              \
    METHOD("CIM_BootConfigSetting\"></h:ChangeBootOrder_INPUT>", "CIM_BootConfigSetting", \
           "ChangeBootOrder", value)
#define ORDER_SET(source, value)                                                           \
    METHOD("<Selector Name=\"InstanceID\">" source "</Selector>", "CIM_BootConfigSetting", \
           "ChangeBootOrder", value)
#define ROLE_SET(role, value) \
    METHOD("<h:Role>" role "</h:Role>", "CIM_BootService", "SetBootConfigRole", value)
#define POWER_CHANGED(state, value)                                                \
    METHOD("<h:PowerState>" state "</h:PowerState>", "CIM_PowerManagementService", \
           "RequestPowerStateChange", value)

/* A Get of a class whose instance has these properties. */
#define GOT(space, class, properties)                                                   \
    ANSWER("transfer/Get</a:Action><a:To>/wsman</a:To><w:ResourceURI>" space class "<", \
           "<g:" class " xmlns:g=\"" space class "\">" properties "</g:" class ">")
#define P(name, value) "<g:" name ">" value "</g:" name ">"
#define ITEM(class, properties) \
    "<g:" class " xmlns:g=\"" CIM class "\">" properties "</g:" class ">"
#define SOURCE(id, bios, path)                                                    \
    ITEM("CIM_BootSourceSetting", P("BIOSBootString", bios) P("BootString", path) \
                                      P("InstanceID", "Intel(r) AMT: Force " id))
#define POWER_STATE(n)                                               \
    PULLED("<h:CIM_AssociatedPowerManagementService xmlns:h=\"" CIM  \
           "CIM_AssociatedPowerManagementService\"><h:PowerState>" n \
           "</h:PowerState></h:CIM_AssociatedPowerManagementService>")

/* The role of the boot configuration: 1 or 3 the next boot's, 2 not; and what a device says whose
 * next boot is a plain one. */
#define ROLE_IS(next)                                                               \
    BEGUN("CIM_ElementSettingData"),                                                \
        PULLED("<h:CIM_ElementSettingData xmlns:h=\"" CIM                           \
               "CIM_ElementSettingData\"><h:IsNext>" next                           \
               "</h:IsNext><h:SettingData><h:Address>default</h:Address>"           \
               "<h:ReferenceParameters><h:ResourceURI>" CIM "CIM_BootConfigSetting" \
               "</h:ResourceURI></h:ReferenceParameters></h:SettingData>"           \
               "</h:CIM_ElementSettingData>")
#define PLAIN_BOOT BOOT_SETTINGS("false"), ROLE_IS("2")

/* Boot settings of firmware with One-Click Recovery. */
#define RECOVERY_SETTINGS                                                                   \
    GOT(AMT, "AMT_BootSettingData",                                                         \
        P("BIOSSetup", "false") P("EnforceSecureBoot", "false") P("PlatformErase", "false") \
            P("RPEEnabled", "true") P("UEFIHTTPSBootEnabled", "true")                       \
                P("UEFILocalPBABootEnabled", "false") P("UefiBootNumberOfParams", "0")      \
                    P("WinREBootEnabled", "true"))

#endif
