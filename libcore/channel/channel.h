/* A channel as the multiplexer sees it. */
#ifndef CL_CHANNEL_CHANNEL_H
#define CL_CHANNEL_CHANNEL_H

#include "../base/idtab.h"
#include "../wire/events.h"
#include "window.h"

/* Our side of every channel: window at the start and largest data message taken. */
enum {
    CL_CHANNEL_WINDOW = 512 << 10,
    CL_CHANNEL_WINDOW_MIN = 32 << 10,
    CL_CHANNEL_PACKET = 64 << 10,
    CL_CHANNEL_PENDING_MAX = 64, /* requests without an answer, each way */
};

typedef enum cl_channel_phase {
    CL_CH_ASKED,   /* the peer opens it, our owner has not decided */
    CL_CH_OPENING, /* we open it, the peer has not decided */
    CL_CH_OPEN,
    CL_CH_GONE, /* closed both ways, refused, or the connection is gone */
} cl_channel_phase;

/* A request of the peer's that waits for our reply; they leave in the order they came. */
typedef struct cl_reply_due {
    struct cl_reply_due *next;
    uint64_t query;
    bool answered, success;
} cl_reply_due;

/* A request of ours that waits for the peer's reply. */
typedef struct cl_reply_awaited {
    struct cl_reply_awaited *next;
    char name[];
} cl_reply_awaited;

struct cleat_channel {
    struct cl_mux *mux;
    cleat_channel *previous, *next; /* all handles of the mux */
    cl_channel_phase phase;
    uint32_t local, remote;
    char *type;
    void *user;
    bool orphan; /* the owner has freed its handle: nothing is reported any more */
    bool sent_eof, got_eof, sent_close, got_close;
    bool wants_room; /* a write was cut short */
    cl_window window;
    uint64_t peer_window;
    uint64_t written; /* bytes of data to the peer */
    uint32_t peer_packet;
    cl_reply_due *due_first, *due_last;
    cl_reply_awaited *awaited_first, *awaited_last;
    uint32_t due_count, awaited_count;
};

#endif
