/* Who may log in at all: AllowUsers, DenyUsers, AllowGroups, DenyGroups, PermitRootLogin. */
#ifndef CLEATD_ACCESS_H
#define CLEATD_ACCESS_H

#include "rules.h"

/* Why the user that is served may not, as the end of a sentence for the log; NULL if it may. */
const char *access_refusal(const rules *r, const visitor *v, bool is_root);

#endif
