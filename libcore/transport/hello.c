/* The version exchange. */
#include "hello.h"

#include "../base/error.h"
#include "../base/slice.h"

#include <stdio.h>

enum {
    /* What a server may say before its identification; enough for any login notice. */
    LINES_MAX = 1024,
    LINE_MAX_LEN = 8192,
};

static bool printable(cleat_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] > 0x7E)
            return false;
    }
    return true;
}

cleat_status cl_hello_init(cl_hello *h, cleat_role role, cleat_error *error, const char *software)
{
    *h = (cl_hello){.role = role, .error = error};
    if (!printable(cleat_slice_of(software)) || strlen(software) + 10 > CL_HELLO_LINE_MAX)
        return cl_fail(error, CLEAT_E_BAD_CALL, "software version is too long or not printable");
    snprintf(h->ours, sizeof h->ours, "SSH-2.0-%s", software);
    return CLEAT_OK;
}

cleat_status cl_hello_send(cl_hello *h, cl_tx *tx)
{
    char line[CL_HELLO_LINE_MAX + 3];
    int len = snprintf(line, sizeof line, "%s\r\n", h->ours);
    return cl_tx_raw(tx, cl_slice(line, (size_t)len));
}

static cleat_status accept_line(cl_hello *h, cleat_slice line)
{
    if (!cl_slice_starts(line, "SSH-2.0-") && !cl_slice_starts(line, "SSH-1.99-"))
        return cl_fail(h->error, CLEAT_E_VERSION, "protocol version not supported: %.*s",
                       (int)(line.len > 80 ? 80 : line.len), (const char *)line.data);
    if (line.len + 2 > CL_HELLO_LINE_MAX || !printable(line))
        return cl_fail(h->error, CLEAT_E_VERSION, "malformed identification line");
    memcpy(h->theirs, line.data, line.len);
    h->theirs[line.len] = 0;
    return CLEAT_OK;
}

/* Only a server may send other lines first. Theirs are counted, so that a peer that is no SSH
 * server at all cannot keep us reading for ever. */
static cleat_status other_line(cl_hello *h)
{
    if (h->role == CLEAT_SERVER)
        return cl_fail(h->error, CLEAT_E_VERSION, "the client sent no identification line");
    if (++h->lines > LINES_MAX)
        return cl_fail(h->error, CLEAT_E_VERSION, "more than %d lines before the identification",
                       LINES_MAX);
    return CLEAT_OK;
}

cleat_status cl_hello_receive(cl_hello *h, cl_rx *rx)
{
    for (;;) {
        cleat_slice line;
        cleat_status st = cl_rx_line(rx, LINE_MAX_LEN, &line);
        if (st == CLEAT_E_LIMIT)
            return cl_fail(h->error, CLEAT_E_VERSION,
                           "a line of over %d bytes instead of the "
                           "identification",
                           LINE_MAX_LEN);
        if (st != CLEAT_OK)
            return st;
        if (cl_slice_starts(line, "SSH-"))
            return accept_line(h, line);
        st = other_line(h);
        if (st != CLEAT_OK)
            return st;
    }
}

bool cl_hello_peer_is(const cl_hello *h, const char *software)
{
    const char *dash = strchr(h->theirs, '-');
    dash = dash ? strchr(dash + 1, '-') : NULL;
    return dash && cl_slice_starts(cleat_slice_of(dash + 1), software);
}
