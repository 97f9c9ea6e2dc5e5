/* Channel requests (RFC 4254 §5.4, §6): what the application sends. Reading them is in
 * request_in.c. */
#include "../base/alloc.h"
#include "../wire/messages.h"
#include "mux.h"

void cl_channel_forget_replies(cleat_channel *ch)
{
    const cleat_allocator *mem = ch->mux->link->mem;
    while (ch->due_first) {
        cl_reply_due *next = ch->due_first->next;
        cl_alloc_free(mem, ch->due_first);
        ch->due_first = next;
    }
    while (ch->awaited_first) {
        cl_reply_awaited *next = ch->awaited_first->next;
        cl_alloc_free(mem, ch->awaited_first);
        ch->awaited_first = next;
    }
    ch->due_last = NULL;
    ch->awaited_last = NULL;
}

cleat_status cl_channel_await_reply(cleat_channel *ch, const char *name)
{
    if (ch->awaited_count >= CL_CHANNEL_PENDING_MAX)
        return CLEAT_E_LIMIT;
    size_t len = strlen(name);
    cl_reply_awaited *node = cl_alloc_zero(ch->mux->link->mem, sizeof *node + len + 1);
    if (!node)
        return CLEAT_E_NOMEM;
    memcpy(node->name, name, len);
    if (ch->awaited_last)
        ch->awaited_last->next = node;
    else
        ch->awaited_first = node;
    ch->awaited_last = node;
    ch->awaited_count++;
    return CLEAT_OK;
}

cleat_status cleat_channel_request(cleat_channel *ch, const char *name, bool want_reply,
                                   cleat_slice payload)
{
    if (!cleat_channel_is_open(ch) || ch->got_close)
        return CLEAT_E_CLOSED;
    cl_buf b = CL_BUF(ch->mux->link->mem);
    const cl_msg_channel_request request = {.recipient = ch->remote,
                                            .name = cleat_slice_of(name),
                                            .want_reply = want_reply,
                                            .fields = payload};
    cl_encode_channel_request(&b, &request);
    cleat_status st =
        b.status == CLEAT_OK && want_reply ? cl_channel_await_reply(ch, name) : CLEAT_OK;
    if (st == CLEAT_OK)
        return cl_link_send_buf(ch->mux->link, &b);
    cl_buf_free(&b);
    return st;
}

/* Sends the fields that were put into b, which is freed. */
static cleat_status finish(cleat_channel *ch, const char *name, bool want_reply, cl_buf *b)
{
    cleat_status st = b->status;
    if (st == CLEAT_OK)
        st = cleat_channel_request(ch, name, want_reply, cl_buf_slice(b));
    cl_buf_free(b);
    return st;
}

static cleat_status one_text(cleat_channel *ch, const char *name, const char *text, bool want_reply)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    cl_put_cstring(&b, text);
    return finish(ch, name, want_reply, &b);
}

cleat_status cleat_channel_exec(cleat_channel *ch, const char *command, bool want_reply)
{
    return one_text(ch, "exec", command, want_reply);
}

cleat_status cleat_channel_shell(cleat_channel *ch, bool want_reply)
{
    return cleat_channel_request(ch, "shell", want_reply, CL_SLICE_EMPTY);
}

cleat_status cleat_channel_subsystem(cleat_channel *ch, const char *name, bool want_reply)
{
    return one_text(ch, "subsystem", name, want_reply);
}

cleat_status cleat_channel_env(cleat_channel *ch, const char *name, const char *value,
                               bool want_reply)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    cl_put_cstring(&b, name);
    cl_put_cstring(&b, value);
    return finish(ch, "env", want_reply, &b);
}

static void put_size(cl_buf *b, const cleat_winsize *size)
{
    cl_put_u32(b, size->columns);
    cl_put_u32(b, size->rows);
    cl_put_u32(b, size->width_px);
    cl_put_u32(b, size->height_px);
}

cleat_status cleat_channel_pty(cleat_channel *ch, const cleat_pty *pty, bool want_reply)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    cl_put_cstring(&b, pty->term);
    put_size(&b, &pty->size);
    cl_put_string(&b, pty->modes);
    return finish(ch, "pty-req", want_reply, &b);
}

cleat_status cleat_channel_window_change(cleat_channel *ch, const cleat_winsize *size)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    put_size(&b, size);
    return finish(ch, "window-change", false, &b);
}

cleat_status cleat_channel_signal(cleat_channel *ch, const char *name)
{
    return one_text(ch, "signal", name, false);
}

cleat_status cleat_channel_break(cleat_channel *ch, uint32_t ms, bool want_reply)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    cl_put_u32(&b, ms);
    return finish(ch, "break", want_reply, &b);
}

cleat_status cleat_channel_exit_status(cleat_channel *ch, uint32_t status)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    cl_put_u32(&b, status);
    return finish(ch, "exit-status", false, &b);
}

cleat_status cleat_channel_exit_signal(cleat_channel *ch, const char *name, bool core_dumped,
                                       const char *text)
{
    cl_buf b = CL_BUF(ch->mux->link->mem);
    cl_put_cstring(&b, name);
    cl_put_bool(&b, core_dumped);
    cl_put_cstring(&b, text ? text : "");
    cl_put_cstring(&b, "");
    return finish(ch, "exit-signal", false, &b);
}

/* Some peers end the connection at a request they do not know, so it goes only to those that are
 * known to take it (OpenSSH PROTOCOL 2.1). */
cleat_status cleat_channel_eow(cleat_channel *ch)
{
    if (!ch->mux->peer_knows_eow || ch->got_eof)
        return CLEAT_OK;
    return cleat_channel_request(ch, "eow@openssh.com", false, CL_SLICE_EMPTY);
}
