/* Requests as the toolkit's clients send them (spec mps 2.1), for tests of the simulator. */
#ifndef TESTS_UNIT_SIM_REQUEST_TEXT_H
#define TESTS_UNIT_SIM_REQUEST_TEXT_H

#define SPACE_CIM   "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define SPACE_AMT   "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define SPACE_IPS   "http://intel.com/wbem/wscim/1/ips-schema/1/"
#define TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

/* Everything but what differs: action, resource URI, MessageID, further header, body. */
#define REQUEST(action, uri, id, header, body)                                                   \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"                                                 \
    "<Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                         \
    "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "                                            \
    "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "                              \
    "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "                                \
    "xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Header><a:Action>" action                \
    "</a:Action><a:To>/wsman</a:To><w:ResourceURI>" uri "</w:ResourceURI><a:MessageID>" id       \
    "</a:MessageID><a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/" \
    "anonymous</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>" header     \
    "</Header><Body>" body "</Body></Envelope>"

#define GET(uri) REQUEST(TRANSFER "Get", uri, "0", "", "")
#define SELECTOR(name, value) \
    "<w:SelectorSet><w:Selector Name=\"" name "\">" value "</w:Selector></w:SelectorSet>"
#define ENUMERATE(uri)                              \
    REQUEST(ENUMERATION "/Enumerate", uri, "1", "", \
            "<Enumerate xmlns=\"" ENUMERATION "\"></Enumerate>")
#define PULL(uri, context)                                                            \
    REQUEST(ENUMERATION "/Pull", uri, "2", "",                                        \
            "<Pull xmlns=\"" ENUMERATION "\"><EnumerationContext>" context            \
            "</EnumerationContext><MaxElements>999</MaxElements><MaxCharacters>99999" \
            "</MaxCharacters></Pull>")

#define REFERENCE(uri, selectors)                                                      \
    "<Address xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">"             \
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</Address>"        \
    "<ReferenceParameters xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">" \
    "<ResourceURI xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">" uri       \
    "</ResourceURI><SelectorSet "                                                      \
    "xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">" selectors              \
    "</SelectorSet></ReferenceParameters>"

#define INVOKE(uri, method, arguments)    \
    REQUEST(uri "/" method, uri, "3", "", \
            "<h:" method "_INPUT xmlns:h=\"" uri "\">" arguments "</h:" method "_INPUT>")

#define POWER(state)                                                                \
    INVOKE(SPACE_CIM "CIM_PowerManagementService", "RequestPowerStateChange",       \
           "<h:PowerState>" state "</h:PowerState><h:ManagedElement>" REFERENCE(    \
               SPACE_CIM "CIM_ComputerSystem",                                      \
               "<Selector Name=\"CreationClassName\">CIM_ComputerSystem</Selector>" \
               "<Selector Name=\"Name\">ManagedSystem</Selector>") "</h:ManagedElement>")

#define ROLE(role)                                                                                 \
    INVOKE(SPACE_CIM "CIM_BootService", "SetBootConfigRole",                                       \
           "<h:BootConfigSetting>" REFERENCE(SPACE_CIM "CIM_BootConfigSetting",                    \
                                             "<Selector Name=\"InstanceID\">Intel(r) AMT: Boot "   \
                                             "Configuration 0</Selector>") "</"                    \
                                                                           "h:BootConfigSetting><" \
                                                                           "h:Role>" role          \
                                                                           "</h:Role>")

#define ORDER(source)                                                     \
    INVOKE(SPACE_CIM "CIM_BootConfigSetting", "ChangeBootOrder",          \
           "<h:Source>" REFERENCE(SPACE_CIM "CIM_BootSourceSetting",      \
                                  "<Selector Name=\"InstanceID\">" source \
                                  "</Selector>") "</h:Source>")

#define BOOT_FLAG(name, value) "<h:" name ">" value "</h:" name ">"
/* The writable part of AMT_BootSettingData with everything off but BIOSSetup. */
#define BOOT_PUT(setup)                                                                            \
    REQUEST(                                                                                       \
        TRANSFER "Put", SPACE_AMT "AMT_BootSettingData", "4", "",                                  \
        "<h:AMT_BootSettingData xmlns:h=\"" SPACE_AMT "AMT_BootSettingData\">" BOOT_FLAG(          \
            "BIOSPause", "false") BOOT_FLAG("BIOSSetup", setup) BOOT_FLAG("BootMediaIndex", "0")   \
            BOOT_FLAG("ConfigurationDataReset", "false") BOOT_FLAG("FirmwareVerbosity", "0")       \
                BOOT_FLAG("ForcedProgressEvents", "false") BOOT_FLAG("IDERBootDevice", "0")        \
                    BOOT_FLAG("InstanceID", "Intel(r) AMT:BootSettingData 0")                      \
                        BOOT_FLAG("LockKeyboard", "false") BOOT_FLAG("LockPowerButton", "false")   \
                            BOOT_FLAG("LockResetButton", "false") BOOT_FLAG(                       \
                                "LockSleepButton", "false") BOOT_FLAG("ReflashBIOS", "false")      \
                                BOOT_FLAG("SecureErase", "false") BOOT_FLAG("UseIDER", "false")    \
                                    BOOT_FLAG("UseSOL", "false") BOOT_FLAG("UseSafeMode", "false") \
                                        BOOT_FLAG("UserPasswordBypass",                            \
                                                  "false") "</h:AMT_BootSettingData>")

#endif
