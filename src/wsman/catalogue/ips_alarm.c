/* Alarms that are set. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_AlarmClockOccurrence, NULL, GET | PUT | DELETE | ENUMERATE,
            PROPERTIES(P(DeleteOnCompletion, BOOLEAN, 0), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY), P(Interval, INTERVAL, 0),
                       P(StartTime, DATETIME, 0)),
            NULL);
