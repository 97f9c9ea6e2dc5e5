/* Handing events to functions by a table. */
#include <cleat/dispatch.h>

void cleat_dispatch(cleat_conn *c, const cleat_event *ev, const cleat_handler *table, size_t count,
                    void *user)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].type == ev->type) {
            table[i].handle(user, c, ev);
            return;
        }
    }
    if (ev->query && cleat_answer_reject(c, ev->query) != CLEAT_OK)
        return; /* the connection has ended, and its CLOSED event says why */
}
