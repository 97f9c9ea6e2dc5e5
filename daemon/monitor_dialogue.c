/* PAM's dialogue with the user. It asks when it likes and waits for the answers, so it has a
 * thread, which waits while the loop does not. There is one thread at most, and none while the
 * process splits. */
#include "monitor_int.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* What the thread and the loop share changes hands with `woken` and `answered`. */
typedef struct dialogue {
    monitor *m;
    uint64_t query; /* what is to be answered */
    uv_thread_t thread;
    uv_async_t woken;
    uv_sem_t answered;
    bool may; /* the account is looked at too */
    /* the thread's, for the loop */
    const char *said;
    const port_pam_question *questions;
    size_t count;
    bool ended;
    cleat_status result;
    cleat_error why;
    /* the loop's, for the thread */
    char **answers;
    bool stopped;
} dialogue;

/* ---- the thread ---- */

static bool ask(void *user, char **answers, const char *said, const port_pam_question *questions,
                size_t count)
{
    dialogue *d = user;
    d->said = said;
    d->questions = questions;
    d->count = count;
    d->answers = answers;
    uv_async_send(&d->woken);
    uv_sem_wait(&d->answered);
    return !d->stopped;
}

static void run(void *argument)
{
    dialogue *d = argument;
    bool empty = rules_flag(d->m->c->rules, "PermitEmptyPasswords");
    d->result = port_pam_converse(d->m->pam, ask, d, empty, d->may, &d->why);
    d->ended = true;
    uv_async_send(&d->woken);
}

/* ---- the loop ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The thread is done, or about to be. */
static void finish(dialogue *d)
{
    d->m->dialogue = NULL;
    uv_thread_join(&d->thread);
    if (d->result != CLEAT_OK)
        monitor_tell_wrong(d->m, &d->why);
    uv_sem_destroy(&d->answered);
    uv_close((uv_handle_t *)&d->woken, on_closed);
}

static void show_questions(const dialogue *d)
{
    cleat_prompt *prompts = calloc(d->count, sizeof *prompts);
    for (size_t i = 0; prompts && i < d->count; i++)
        prompts[i] = (cleat_prompt){d->questions[i].text, d->questions[i].echo};
    d->m->c->gate->ask(d->m->c, d->query, d->said, prompts, prompts ? d->count : 0);
    free(prompts);
}

static void on_woken(uv_async_t *async)
{
    dialogue *d = async->data;
    connection *c = d->m->c;
    uint64_t query = d->query;
    if (!d->ended) {
        show_questions(d);
        return;
    }
    bool right = d->result == CLEAT_OK;
    finish(d);
    auth_vouched(c, query, right);
}

static dialogue *start(monitor *m, uint64_t query, bool may)
{
    dialogue *d = calloc(1, sizeof *d);
    if (!d || uv_sem_init(&d->answered, 0) != 0) {
        free(d);
        return NULL;
    }
    d->m = m;
    d->query = query;
    d->may = may;
    d->woken.data = d;
    if (uv_async_init(m->c->server->loop, &d->woken, on_woken) != 0)
        port_part_exit(1);
    if (uv_thread_create(&d->thread, run, d) == 0)
        return d;
    uv_sem_destroy(&d->answered);
    uv_close((uv_handle_t *)&d->woken, on_closed);
    return NULL;
}

void monitor_begin_dialogue(connection *c, uint64_t query, bool may)
{
    monitor *m = c->part;
    m->dialogue = monitor_start_pam(m) ? start(m, query, may) : NULL;
    if (!m->dialogue)
        auth_vouched(c, query, false);
}

/* An answer for each question, or the process that sent them is not to be believed. */
void monitor_go_on(connection *c, const cleat_event *ev)
{
    const monitor *m = c->part;
    dialogue *d = m->dialogue;
    if (!d) {
        auth_vouched(c, ev->query, false);
        return;
    }
    d->query = ev->query;
    d->stopped = ev->u.auth.response_count != d->count;
    for (size_t i = 0; i < d->count && !d->stopped; i++) {
        d->answers[i] = text_format("%s", ev->u.auth.responses[i]);
        d->stopped = !d->answers[i];
    }
    uv_sem_post(&d->answered);
}

void monitor_stop_dialogue(monitor *m)
{
    dialogue *d = m->dialogue;
    if (!d)
        return;
    d->stopped = true;
    uv_sem_post(&d->answered);
    finish(d);
}
