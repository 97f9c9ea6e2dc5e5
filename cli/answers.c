/* Passwords and the server's own questions. Answers come one by one from the user, and a round of
 * them goes to the server when it is complete. */
#include "answers.h"

#include "prompt.h"
#include "say.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { PROMPTS_MAX = 64 };

/* One round. */
struct answers {
    uint64_t query;
    bool refused; /* the user gave no answer */
    size_t count, next;
    char *prompts[PROMPTS_MAX], *given[PROMPTS_MAX];
    bool echo[PROMPTS_MAX];
};

void log_in_failed(ssh_hop *h)
{
    char *text = text_format("%s@%s: %s", h->user, h->target, cleat_login_reason(h->login));
    ssh_give_up(h, text ? text : "Permission denied.");
    free(text);
}

void answers_forget(ssh_hop *h)
{
    answers *a = h->answers;
    h->answers = NULL;
    for (size_t i = 0; a && i < a->count; i++) {
        free(a->prompts[i]);
        if (a->given[i])
            port_free_secret(a->given[i], strlen(a->given[i]));
    }
    free(a);
}

static void show(const char *theirs)
{
    if (theirs && *theirs)
        say(CLEAT_LOG_INFO, "%s", theirs);
}

/* ---- a password ---- */

static void on_password(ssh_hop *h, const char *password)
{
    if (h->login && cleat_login_password(h->login, password) == CLEAT_LOGIN_FAILED)
        log_in_failed(h);
}

void answer_password(ssh_hop *h)
{
    if (cleat_login_attempt(h->login) > 1)
        say(CLEAT_LOG_INFO, "Permission denied, please try again.");
    char *prompt = h->no_passwords ? NULL : text_format("%s@%s's password: ", h->user, h->target);
    prompt_ask(h, prompt, false, on_password);
    free(prompt);
}

/* ---- several answers ---- */

static bool begin(ssh_hop *h, uint64_t query)
{
    answers_forget(h);
    h->answers = calloc(1, sizeof *h->answers);
    if (h->answers)
        h->answers->query = query;
    return h->answers != NULL;
}

static void add(answers *a, char *prompt, bool echo)
{
    a->prompts[a->count] = prompt;
    a->echo[a->count++] = echo;
}

/* Keeps an answer; true when it was the last. */
static bool take(ssh_hop *h, const char *given)
{
    answers *a = h->answers;
    if (given)
        a->given[a->next] = text_format("%s", given);
    if (given && a->given[a->next])
        return ++a->next == a->count;
    a->refused = true;
    return false;
}

/* ---- keyboard-interactive ---- */

static void cancel(ssh_hop *h)
{
    if (!h->said_goodbye)
        say(CLEAT_LOG_ERROR, "%s@%s: Permission denied: the server's question was not answered.",
            h->user, h->target);
    h->said_goodbye = true;
    cleat_conn_disconnect(cleat_uv_conn(h->uv), 13, "authentication cancelled");
    answers_forget(h);
}

static void send_answers(ssh_hop *h)
{
    const answers *a = h->answers;
    if (cleat_answer_prompt(cleat_uv_conn(h->uv), a->query, (const char *const *)a->given,
                            a->count) != CLEAT_OK)
        cancel(h);
    else
        answers_forget(h);
}

static void on_given(ssh_hop *h, const char *given)
{
    answers *a = h->answers;
    if (!h->uv || !a)
        return;
    if (take(h, given))
        send_answers(h);
    else if (!a->refused)
        prompt_ask(h, a->prompts[a->next], a->echo[a->next], on_given);
    else
        cancel(h);
}

void answer_prompt(ssh_hop *h, const cleat_event *ev)
{
    size_t count = ev->u.prompt.count;
    if (!begin(h, ev->query) || h->no_passwords || count > PROMPTS_MAX) {
        cancel(h);
        return;
    }
    show(ev->u.prompt.name);
    show(ev->u.prompt.instruction);
    for (size_t i = 0; i < count; i++) {
        char *theirs = text_printable(ev->u.prompt.prompts[i].text);
        add(h->answers, theirs ? text_format("(%s@%s) %s", h->user, h->target, theirs) : NULL,
            ev->u.prompt.prompts[i].echo);
        free(theirs);
    }
    if (count)
        prompt_ask(h, h->answers->prompts[0], h->answers->echo[0], on_given);
    else
        send_answers(h);
}

/* ---- a new password ---- */

static void end_change(ssh_hop *h)
{
    const answers *a = h->answers;
    cleat_conn *conn = cleat_uv_conn(h->uv);
    bool same = !a->refused && strcmp(a->given[1], a->given[2]) == 0;
    if (!a->refused && !same)
        say(CLEAT_LOG_INFO, "The passwords differ; nothing was changed.");
    say_if_failed(same ? cleat_answer_password_change(conn, a->query, a->given[0], a->given[1])
                       : cleat_answer_reject(conn, a->query),
                  "password change");
    answers_forget(h);
}

static void on_changed(ssh_hop *h, const char *given)
{
    answers *a = h->answers;
    if (!h->uv || !a)
        return;
    if (take(h, given) || a->refused)
        end_change(h);
    else
        prompt_ask(h, a->prompts[a->next], false, on_changed);
}

void answer_change(ssh_hop *h, const cleat_event *ev)
{
    show(ev->text);
    if (!begin(h, ev->query)) {
        cancel(h);
        return;
    }
    add(h->answers, text_format("Enter %s@%s's old password: ", h->user, h->target), false);
    add(h->answers, text_format("Enter %s@%s's new password: ", h->user, h->target), false);
    add(h->answers, text_format("Retype %s@%s's new password: ", h->user, h->target), false);
    prompt_ask(h, h->answers->prompts[0], false, on_changed);
}
