/* Names, sentences and disconnect reasons of the result codes, from the one list. */
#include "status.h"

typedef struct status_row {
    cleat_status status;
    const char *name;
    const char *text;
    uint32_t reason;
} status_row;

static const status_row rows[] = {
#define STATUS_ROW(name, number, sentence, reason) {CLEAT_##name, #name, sentence, reason},
    CLEAT_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

static const status_row *find(cleat_status status)
{
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (rows[i].status == status)
            return &rows[i];
    }
    return NULL;
}

const char *cleat_status_name(cleat_status status)
{
    const status_row *row = find(status);
    return row ? row->name : "E_UNKNOWN";
}

const char *cleat_status_text(cleat_status status)
{
    const status_row *row = find(status);
    return row ? row->text : "unknown error";
}

uint32_t cl_status_reason(cleat_status status)
{
    const status_row *row = find(status);
    return row ? row->reason : 2;
}
