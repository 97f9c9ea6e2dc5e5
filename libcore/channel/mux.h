/* The connection protocol's multiplexer (RFC 4254 §5): all channels of a connection. */
#ifndef CL_CHANNEL_MUX_H
#define CL_CHANNEL_MUX_H

#include "channel.h"

typedef struct cl_mux {
    const cl_link *link;
    cl_idtab channels;    /* by local number */
    cleat_channel *first; /* all handles, closed ones too */
    uint32_t window_max, conn_window_max, sessions_max;
    uint64_t window_sum; /* sizes of all receiving windows */
    uint32_t sessions;   /* open session channels that the peer opened */
    uint32_t blocked;    /* channels with wants_room */
    bool peer_knows_eow;
    bool no_more_sessions;
} cl_mux;

void cl_mux_init(cl_mux *m, const cl_link *link, uint32_t channels_max);

/* Frees every handle that is left. */
void cl_mux_free(cl_mux *m);

/* The connection is gone: CLEAT_EV_CHANNEL_CLOSED for every channel that is not closed yet. */
void cl_mux_abandon(cl_mux *m);

/* There may be room to send again. */
CLEAT_MUST_USE cleat_status cl_mux_room(cl_mux *m);

CLEAT_MUST_USE cleat_status cl_mux_open(cl_mux *m, cleat_slice type, cleat_slice extra,
                                        cleat_channel **out);
CLEAT_MUST_USE cleat_status cl_mux_accept(cl_mux *m, uint32_t local, cleat_channel **out);
CLEAT_MUST_USE cleat_status cl_mux_refuse(cl_mux *m, uint32_t local, uint32_t reason,
                                          const char *text);

/* local: the channel that the query named. */
CLEAT_MUST_USE cleat_status cl_mux_answer(cl_mux *m, uint32_t local, uint64_t query, bool success);

/* The messages 90..100. */
CLEAT_MUST_USE cleat_status cl_mux_on_open(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_confirmation(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_open_failure(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_window_adjust(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_data(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_extended_data(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_eof(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_close(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_request(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_success(cl_mux *m, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_mux_on_failure(cl_mux *m, cleat_slice payload);

/* ---- between the files of this folder ---- */

cleat_channel *cl_mux_new_channel(cl_mux *m, cl_channel_phase phase, cleat_slice type);

/* Out of the table; the handle stays unless it is an orphan. */
void cl_mux_remove(cl_mux *m, cleat_channel *ch);

/* The open channel with this number; NULL and the error set when there is none. */
cleat_channel *cl_mux_find(cl_mux *m, uint32_t local, const char *what);

/* Sends a message that holds nothing but the recipient's number. */
CLEAT_MUST_USE cleat_status cl_mux_send_short(cl_mux *m, uint8_t number, uint32_t recipient);

/* Size of a new channel's window within what the connection has left. */
uint32_t cl_mux_window_size(const cl_mux *m);

void cl_channel_forget_replies(cleat_channel *ch);

/* Notes a request of ours that wants a reply. */
CLEAT_MUST_USE cleat_status cl_channel_await_reply(cleat_channel *ch, const char *name);

#endif
