/* Tables of the machine and its power schemes. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_AssetTable, NULL, ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(TableData, BINARY, REQUIRED), P(TableType, UINT32, KEY),
                       P(TableTypeInfo, UINT32, 0)),
            NULL);

WSMAN_CLASS(AMT_AssetTableService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY), P(TableTypes, STRING, ARRAY)),
            METHODS(METHOD(RequestMediaDeviceTableUpdate, P(FullUpdate, BOOLEAN, REQUIRED),
                           P(Sticky, BOOLEAN, REQUIRED))));

WSMAN_CLASS(
    AMT_EventLogEntry, NULL, GET | ENUMERATE,
    PROPERTIES(P(CreationTimeStamp, DATETIME, 0), P(DeviceAddress, UINT32, 0),
               P(ElementName, STRING, 0), P(Entity, UINT32, 0), P(EntityInstance, UINT32, 0),
               P(EventData, BINARY, 0), P(EventOffset, UINT32, 0), P(EventSensorType, UINT32, 0),
               P(EventSeverity, UINT32, 0), P(EventSourceType, UINT32, 0), P(EventType, UINT32, 0),
               P(InstanceID, STRING, KEY), P(Locale, STRING, 0), P(LogInstanceID, STRING, 0),
               P(LogName, STRING, 0), P(Message, STRING, 0), P(MessageArguments, STRING, ARRAY),
               P(MessageID, STRING, 0), P(OwningEntity, STRING, 0), P(PerceivedSeverity, STRING, 0),
               P(RecordData, STRING, 0), P(RecordFormat, STRING, 0), P(SensorNumber, UINT32, 0)),
    NULL);

WSMAN_CLASS(AMT_SystemPowerScheme, NULL, GET | ENUMERATE,
            PROPERTIES(P(Description, STRING, 0), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY), P(SchemeGUID, BINARY, KEY)),
            METHODS(METHOD(SetPowerScheme, P(SchemeGUID, BINARY, REQUIRED))));

WSMAN_CLASS(AMT_WebUIService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));
