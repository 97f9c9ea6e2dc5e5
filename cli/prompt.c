/* Asking the user. The question blocks a thread of its own, so that keepalives, key exchanges and
 * the connections of other hops do not wait for somebody to type. */
#include "prompt.h"

#include "ask.h"
#include "hop.h"

#include <stdlib.h>
#include <string.h>

struct open_prompt {
    uv_work_t work;
    open_prompt *next;
    ssh_hop *hop;
    prompt_cb done;
    char *answer;
    bool echo;
    char text[];
};

static void on_thread(uv_work_t *work)
{
    open_prompt *q = work->data;
    q->answer = ask_user(q->text, q->echo);
}

static void put_next(ssh_run *r);

static void on_answered(uv_work_t *work, int status)
{
    open_prompt *q = work->data;
    ssh_hop *h = q->hop;
    ssh_run *r = h->run;
    (void)status; /* cancelled: no answer */
    r->prompts = q->next;
    q->done(h, q->answer);
    ask_wipe(q->answer);
    free(q);
    put_next(r);
    if (h->uv)
        cleat_uv_kick(h->uv);
}

static void put_next(ssh_run *r)
{
    open_prompt *q = r->prompts;
    if (q && !q->work.data) {
        q->work.data = q;
        uv_queue_work(r->loop, &q->work, on_thread, on_answered);
    }
}

void prompt_ask(ssh_hop *h, const char *text, bool echo, prompt_cb done)
{
    bool nobody = !text || hop_flag(h, "BatchMode") || h->run->in_background;
    size_t len = nobody ? 0 : strlen(text) + 1;
    open_prompt *q = nobody ? NULL : calloc(1, sizeof *q + len);
    if (!q) {
        done(h, NULL);
        return;
    }
    q->hop = h;
    q->echo = echo;
    q->done = done;
    memcpy(q->text, text, len);
    open_prompt **last = &h->run->prompts;
    while (*last)
        last = &(*last)->next;
    *last = q;
    put_next(h->run);
}

void prompt_give_up(ssh_run *r)
{
    if (r->prompts)
        port_ask_give_up();
}
