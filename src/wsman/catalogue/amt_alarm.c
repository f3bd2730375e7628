/* Alarms that wake the machine (spec device-protocols 5.4). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(
    AMT_AlarmClockService, NULL, GET | ENUMERATE,
    PROPERTIES(P(AMTAlarmClockInterval, INTERVAL, 0), P(CreationClassName, STRING, KEY),
               P(ElementName, STRING, 0), P(Name, STRING, KEY), P(NextAMTAlarmTime, DATETIME, 0),
               P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
    METHODS(METHOD(AddAlarm, P(AlarmTemplate, EMBEDDED, REQUIRED), P(AlarmClock, REFERENCE, OUT))));
