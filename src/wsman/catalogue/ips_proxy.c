/* HTTP proxies on the way to the server of CIRA. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_HTTPProxyAccessPoint, NULL, DELETE | ENUMERATE,
            PROPERTIES(P(AccessContext, UINT16, 0), P(AccessInfo, STRING, 0),
                       P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(InfoFormat, UINT16, 0), P(Name, STRING, KEY),
                       P(NetworkDnsSuffix, STRING, REQUIRED), P(OtherAccessContext, STRING, 0),
                       P(OtherInfoFormatDescription, STRING, 0), P(Port, UINT32, REQUIRED),
                       P(Priority, UINT16, REQUIRED), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY), P(Type, UINT32, REQUIRED)),
            METHODS(METHOD_EMPTY(UpdatePriority)));

WSMAN_CLASS(IPS_HTTPProxyService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SyncEnabled, BOOLEAN, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(AddProxyAccessPoint, P(AccessInfo, STRING, REQUIRED),
                           P(InfoFormat, UINT16, REQUIRED), P(Port, UINT32, REQUIRED),
                           P(NetworkDnsSuffix, STRING, REQUIRED),
                           P(ProxyAccessPoint, REFERENCE, OUT))));
