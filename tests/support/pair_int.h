/* Shared by the files that make up a pair. */
#ifndef CLEAT_TESTS_PAIR_INT_H
#define CLEAT_TESTS_PAIR_INT_H

#include "pair.h"

enum { PAIR_WIRE_ROOM = 1 << 20, PAIR_LATE_MAX = 64 };

/* What a query will be answered with: decided when it is asked, given now or later. */
typedef struct pair_answer {
    unsigned due; /* round */
    cleat_conn *conn;
    uint64_t query;
    cleat_event_type type;
    bool yes;
    cleat_bytes signature;
    cleat_auth_verdict verdict;
    const char *methods;
    bool change;
    const cleat_prompt *prompt;
    const char *response;
} pair_answer;

struct pair_impl {
    pair_answer late[PAIR_LATE_MAX];
    size_t late_count;
    uint8_t *echo; /* what the server could not write back yet */
    size_t echo_len;
    bool client_eof;
    unsigned prompts_answered;
    uint8_t wire[PAIR_WIRE_ROOM];
};

/* ---- pair_answer.c: queries ---- */

/* Answers the event's query, or notes the answer for later; nothing for other events. */
void pair_answer_query(pair *p, cleat_conn *c, const cleat_event *ev);

/* Gives the answers that have waited long enough; true while any waits. */
bool pair_answer_due(pair *p);

void pair_answers_free(pair *p);

bool pair_method_is(const pair *p, const char *method);

/* ---- pair_talk.c: what both sides do of their own accord ---- */

void pair_talk(pair *p, pair_side *side, const cleat_event *ev);

#endif
