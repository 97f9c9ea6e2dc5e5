/* PerSourcePenalties: sources that fail are turned away for a while. */
#ifndef CLEATD_PENALTIES_H
#define CLEATD_PENALTIES_H

#include "rules.h"
#include "source.h"

/* What a connection that ended before its login has done. */
typedef enum offence {
    OFFENCE_NO_AUTH, /* no try to log in */
    OFFENCE_AUTH,    /* only failed ones */
    OFFENCE_USER,    /* for a user that there is not */
    OFFENCE_GRACE,   /* LoginGraceTime ran out */
    OFFENCE_REFUSED, /* RefuseConnection */
    OFFENCE_CRASH,   /* never: no client has a process of its own */
    OFFENCES
} offence;

typedef struct penalties penalties;

/* NULL where there is no memory. */
penalties *penalties_new(void);
void penalties_free(penalties *p);

/* now: seconds of any clock that never goes back. */
void penalties_add(penalties *p, const rules *r, const char *address, offence what, uint64_t now);

/* What the source is turned away for, for the log; NULL if it is not. */
const char *penalties_refusal(const penalties *p, const rules *r, const char *address,
                              uint64_t now);

/* Why a value of PerSourcePenalties is wrong; NULL if it is right. */
const char *penalties_check(const char *item);

#endif
