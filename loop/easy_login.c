/* Logging in: what the login plan asks for, answered from the options or by the program. */
#include "easy_int.h"
#include "text.h"

#include <cleat/dispatch.h>

#include <stdlib.h>
#include <string.h>

/* ---- questions ---- */

bool easy_ask(cleat_easy *e, const cleat_easy_question *question, char *answer)
{
    const cleat_easy_options *o = e->options;
    uint64_t left;
    if (!o || !o->ask)
        return false;
    bool running = easy_pause(e, &left);
    bool given = o->ask(o->callback_user, question, answer, CLEAT_EASY_ANSWER_MAX);
    if (running)
        easy_resume(e, left);
    answer[CLEAT_EASY_ANSWER_MAX - 1] = 0;
    return given;
}

/* The server's words for a terminal: what could move its cursor, or worse, is taken out. */
static char *harmless(const char *text)
{
    char *out = port_format("%s", text ? text : "");
    for (char *c = out; c && *c; c++) {
        bool control = (unsigned char)*c < 0x20 || *c == 0x7F;
        if (control && *c != '\n' && *c != '\t')
            *c = '?';
    }
    return out;
}

/* The password of the options counts once, whichever method asks for it. */
static bool take_password(cleat_easy *e, char *answer)
{
    const char *given = e->options ? e->options->password : NULL;
    if (!given || e->password_used || strlen(given) >= CLEAT_EASY_ANSWER_MAX)
        return false;
    e->password_used = true;
    memcpy(answer, given, strlen(given) + 1);
    return true;
}

static void check(cleat_easy *e, cleat_login_step step)
{
    const cleat_easy_options *o = e->options;
    bool nothing = e->key_count == 0 && o && !o->password && !o->ask;
    if (step == CLEAT_LOGIN_FAILED)
        easy_give_up(e, CLEAT_E_AUTH, "%s@%s: %s%s", e->user, e->host, cleat_login_reason(e->login),
                     nothing ? " There was no key and no password to try: give key_files, an "
                               "agent, a password or ask"
                             : e->note);
}

static void give_password(cleat_easy *e)
{
    char *text = port_format("%s@%s's password: ", e->user, e->host);
    const cleat_easy_question question = {
        .type = CLEAT_EASY_PASSWORD, .text = text, .attempt = cleat_login_attempt(e->login)};
    bool given = take_password(e, e->password) || (text && easy_ask(e, &question, e->password));
    free(text);
    check(e, cleat_login_password(e->login, given ? e->password : NULL));
}

/* ---- events ---- */

static bool answer_one(cleat_easy *e, const cleat_event *ev, size_t i, char *answer)
{
    const cleat_prompt *prompt = &ev->u.prompt.prompts[i];
    bool like_a_password = ev->u.prompt.count == 1 && !prompt->echo;
    char *text = harmless(prompt->text);
    const cleat_easy_question question = {
        .type = CLEAT_EASY_PROMPT, .text = text, .echo = prompt->echo, .attempt = 1};
    bool given =
        text && ((like_a_password && take_password(e, answer)) || easy_ask(e, &question, answer));
    free(text);
    return given;
}

/* One block for the pointers and one for the answers, which are wiped. */
static void on_prompt(void *user, cleat_conn *c, const cleat_event *ev)
{
    cleat_easy *e = user;
    size_t count = ev->u.prompt.count;
    size_t size = (count + 1) * CLEAT_EASY_ANSWER_MAX;
    char *room = calloc(1, size);
    const char **answers = calloc(count + 1, sizeof *answers);
    bool complete = room && answers;
    for (size_t i = 0; complete && i < count; i++) {
        answers[i] = room + i * CLEAT_EASY_ANSWER_MAX;
        complete = answer_one(e, ev, i, room + i * CLEAT_EASY_ANSWER_MAX);
    }
    easy_ignore(complete ? cleat_answer_prompt(c, ev->query, answers, count)
                         : cleat_answer_reject(c, ev->query));
    port_free_secret(room, room ? size : 0);
    free(answers);
}

static void on_change(void *user, cleat_conn *c, const cleat_event *ev)
{
    cleat_easy *e = user;
    char *fresh = calloc(1, CLEAT_EASY_ANSWER_MAX);
    char *text = harmless(ev->text);
    const cleat_easy_question question = {
        .type = CLEAT_EASY_NEW_PASSWORD, .text = text, .attempt = 1};
    if (fresh && text && easy_ask(e, &question, fresh))
        easy_ignore(cleat_answer_password_change(c, ev->query, e->password, fresh));
    else
        easy_ignore(cleat_answer_reject(c, ev->query));
    port_free_secret(fresh, fresh ? CLEAT_EASY_ANSWER_MAX : 0);
    free(text);
}

static void on_hostkey(void *user, cleat_conn *c, const cleat_event *ev)
{
    (void)c;
    easy_hosts_check(user, ev);
}

static void on_sign(void *user, cleat_conn *c, const cleat_event *ev)
{
    (void)c;
    easy_keys_sign(user, ev);
}

void easy_login_event(cleat_easy *e, const cleat_event *ev)
{
    static const cleat_handler table[] = {{CLEAT_EV_HOSTKEY, on_hostkey},
                                          {CLEAT_EV_SIGN, on_sign},
                                          {CLEAT_EV_AUTH_PROMPT, on_prompt},
                                          {CLEAT_EV_AUTH_CHANGE, on_change}};
    cleat_login_step step = e->login ? cleat_login_event(e->login, ev) : CLEAT_LOGIN_NOT_MINE;
    if (step == CLEAT_LOGIN_NEED_PASSWORD)
        give_password(e);
    else if (step == CLEAT_LOGIN_DONE)
        e->connected = true;
    else if (step == CLEAT_LOGIN_NOT_MINE)
        cleat_dispatch(cleat_uv_conn(e->uv), ev, table, sizeof table / sizeof *table, e);
    else
        check(e, step);
}

/* ---- the plan ---- */

cleat_status easy_login_start(cleat_easy *e, cleat_conn *conn)
{
    const cleat_easy_options *o = e->options;
    const cleat_login_options options = {
        .struct_size = sizeof options,
        .user = e->user,
        .methods = o->ask        ? NULL
                   : o->password ? "publickey,password,keyboard-interactive"
                                 : "publickey",
        .password_tries = o->ask ? 0 : 1,
        .key_algorithms = cleat_policy_get(e->policy, CLEAT_ALG_PUBKEY),
    };
    cleat_status st = cleat_login_new(&e->login, conn, &options);
    for (size_t i = 0; st == CLEAT_OK && i < e->key_count; i++)
        st = cleat_login_add_key(e->login, e->keys[i].key, &e->keys[i]);
    return st;
}

void easy_login_end(cleat_easy *e)
{
    cleat_login_free(e->login);
    e->login = NULL;
    easy_keys_drop(e);
    port_free_secret(e->password, e->password ? CLEAT_EASY_ANSWER_MAX : 0);
    e->password = NULL;
}
