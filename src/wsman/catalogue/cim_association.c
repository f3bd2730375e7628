/* Which credential belongs to which setting, and what depends on what. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_ConcreteDependency, NULL, ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_CredentialContext, NULL, ENUMERATE,
            PROPERTIES(P(ElementInContext, REFERENCE, KEY),
                       P(ElementProvidingContext, REFERENCE, KEY), P(Usage, STRING, 0)),
            NULL);
