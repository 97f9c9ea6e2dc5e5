/* PAM: passwords, accounts, and what a session is set up with. */
#include "parts.h"

#include "fail.h"
#include "text.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct port_pam {
    pam_handle_t *handle;
    port_pam_ask ask; /* while it may be used */
    void *user;
    char *messages; /* what modules have said to the user */
    bool shows;     /* whoever is asked sees them */
    bool abandoned; /* there was no answer */
    bool known;     /* the account has been looked at */
    bool credentials, open;
};

/* ---- what modules ask ---- */

static void keep_message(port_pam *p, const char *text)
{
    char *longer = port_format("%s%s\n", p->messages ? p->messages : "", text);
    if (!longer)
        return;
    port_free(p->messages);
    p->messages = longer;
}

static void forget_messages(port_pam *p)
{
    port_free(p->messages);
    p->messages = NULL;
}

static void drop_answers(struct pam_response *responses, int count)
{
    for (int i = 0; i < count; i++)
        port_free_secret(responses[i].resp, responses[i].resp ? strlen(responses[i].resp) : 0);
    free(responses);
}

typedef struct pam_round {
    port_pam_question questions[PAM_MAX_NUM_MSG];
    char *answers[PAM_MAX_NUM_MSG];
    int places[PAM_MAX_NUM_MSG]; /* among the messages */
    size_t count;
} pam_round;

/* Questions apart from what is only to be read. False: there is something else. */
static bool sort(port_pam *p, pam_round *r, const struct pam_message *message, int place)
{
    switch (message->msg_style) {
    case PAM_PROMPT_ECHO_OFF:
    case PAM_PROMPT_ECHO_ON:
        r->questions[r->count] = (port_pam_question){message->msg ? message->msg : "",
                                                     message->msg_style == PAM_PROMPT_ECHO_ON};
        r->places[r->count++] = place;
        return true;
    case PAM_TEXT_INFO:
    case PAM_ERROR_MSG:
        keep_message(p, message->msg);
        return true;
    default:
        return false;
    }
}

static bool ask(port_pam *p, pam_round *r)
{
    if (r->count == 0)
        return true;
    p->abandoned =
        !p->ask || !p->ask(p->user, r->answers, port_pam_messages(p), r->questions, r->count);
    if (!p->abandoned && p->shows)
        forget_messages(p);
    return !p->abandoned;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
                    void *user)
{
    pam_round r = {.count = 0};
    bool good = true;
    *responses = NULL;
    if (count <= 0 || count > PAM_MAX_NUM_MSG)
        return PAM_CONV_ERR;
    struct pam_response *made = calloc((size_t)count, sizeof *made);
    if (!made)
        return PAM_BUF_ERR;
    for (int i = 0; i < count && good; i++)
        good = sort(user, &r, messages[i], i);
    good = good && ask(user, &r);
    for (size_t i = 0; i < r.count; i++)
        made[r.places[i]].resp = r.answers[i];
    if (good)
        *responses = made;
    else
        drop_answers(made, count);
    return good ? PAM_SUCCESS : PAM_CONV_ERR;
}

/* Failures take their time, but for somebody who has gone. */
static void delay(int result, unsigned microseconds, void *user)
{
    const port_pam *p = user;
    if (result != PAM_SUCCESS && !p->abandoned)
        usleep(microseconds);
}

/* ---- life ---- */

static cleat_status fail(const port_pam *p, int result, const char *what, cleat_error *error)
{
    cleat_status st = result == PAM_BUF_ERR ? CLEAT_E_NOMEM : CLEAT_E_PERMISSION;
    return port_fail(error, st, "PAM: %s: %s", what, pam_strerror(p->handle, result));
}

static int set_items(const port_pam *p, const char *host)
{
    const union {
        void (*function)(int, unsigned, void *);
        const void *item;
    } delays = {.function = delay};
    int result = pam_set_item(p->handle, PAM_RHOST, host);
    if (result == PAM_SUCCESS)
        result = pam_set_item(p->handle, PAM_FAIL_DELAY, delays.item);
    if (result == PAM_SUCCESS)
        result = pam_set_item(p->handle, PAM_TTY, "ssh"); /* some modules refuse to go without */
    return result;
}

cleat_status port_pam_start(port_pam **pam, const char *service, const char *user, const char *host,
                            cleat_error *error)
{
    port_pam *p = calloc(1, sizeof *p);
    *pam = NULL;
    if (!p)
        return port_fail_memory(error);
    const struct pam_conv conversation = {converse, p};
    int result = pam_start(service, user, &conversation, &p->handle);
    if (result == PAM_SUCCESS)
        result = set_items(p, host);
    if (result == PAM_SUCCESS) {
        *pam = p;
        return CLEAT_OK;
    }
    fail(p, result, "cannot start", error);
    if (p->handle)
        pam_end(p->handle, result);
    free(p);
    return CLEAT_E_IO;
}

/* Nothing of a module is called. What was loaded goes first, or newer files would not count. */
void port_pam_preload(const char *service)
{
    static pam_handle_t *loaded;
    static const struct pam_conv nobody;
    if (loaded)
        pam_end(loaded, PAM_SUCCESS);
    loaded = NULL;
    int result = pam_start(service, NULL, &nobody, &loaded);
    if (result == PAM_SUCCESS || !loaded)
        return;
    pam_end(loaded, result);
    loaded = NULL;
}

/* Somebody who cannot be asked, but has told both. */
typedef struct passwords {
    const char *current, *fresh;
} passwords;

static bool is_for_current(const char *question)
{
    return strcasestr(question, "current") || strcasestr(question, "old");
}

/* A question that is not to be echoed is one for a password. */
static bool answer_by_passwords(void *user, char **answers, const char *said,
                                const port_pam_question *questions, size_t count)
{
    const passwords *of = user;
    (void)said;
    for (size_t i = 0; i < count; i++) {
        bool current = !of->fresh || is_for_current(questions[i].text);
        answers[i] = questions[i].echo ? NULL : strdup(current ? of->current : of->fresh);
        if (!answers[i])
            return false;
    }
    return true;
}

static void answer_by(port_pam *p, port_pam_ask ask_, void *user, bool shows)
{
    p->ask = ask_;
    p->user = user;
    p->shows = shows;
}

static int authenticate(const port_pam *p, bool empty_will_do)
{
    return pam_authenticate(p->handle, empty_will_do ? 0 : (int)PAM_DISALLOW_NULL_AUTHTOK);
}

cleat_status port_pam_password(port_pam *p, const char *password, bool empty_will_do,
                               cleat_error *error)
{
    passwords of = {.current = password};
    answer_by(p, answer_by_passwords, &of, false);
    int result = authenticate(p, empty_will_do);
    answer_by(p, NULL, NULL, false);
    return result == PAM_SUCCESS ? CLEAT_OK : fail(p, result, "password", error);
}

cleat_status port_pam_change(port_pam *p, const char *password, const char *fresh,
                             cleat_error *error)
{
    passwords of = {.current = password, .fresh = fresh};
    answer_by(p, answer_by_passwords, &of, false);
    int result = pam_chauthtok(p->handle, PAM_CHANGE_EXPIRED_AUTHTOK);
    answer_by(p, NULL, NULL, false);
    return result == PAM_SUCCESS ? CLEAT_OK : fail(p, result, "new password", error);
}

cleat_status port_pam_converse(port_pam *p, port_pam_ask ask_, void *user, bool empty_will_do,
                               bool account, cleat_error *error)
{
    answer_by(p, ask_, user, true);
    int result = authenticate(p, empty_will_do);
    if (result == PAM_SUCCESS && account) {
        result = pam_acct_mgmt(p->handle, 0);
        if (result == PAM_NEW_AUTHTOK_REQD)
            result = pam_chauthtok(p->handle, PAM_CHANGE_EXPIRED_AUTHTOK);
        p->known = result == PAM_SUCCESS;
    }
    answer_by(p, NULL, NULL, false);
    return result == PAM_SUCCESS ? CLEAT_OK : fail(p, result, "keyboard-interactive", error);
}

cleat_status port_pam_account(port_pam *p, bool *expired, cleat_error *error)
{
    int result = p->known ? PAM_SUCCESS : pam_acct_mgmt(p->handle, 0);
    *expired = result == PAM_NEW_AUTHTOK_REQD;
    return result == PAM_SUCCESS || *expired ? CLEAT_OK : fail(p, result, "account", error);
}

cleat_status port_pam_open(port_pam *p, cleat_error *error)
{
    int result = pam_setcred(p->handle, PAM_ESTABLISH_CRED);
    p->credentials = result == PAM_SUCCESS;
    if (p->credentials)
        result = pam_open_session(p->handle, 0);
    p->open = p->credentials && result == PAM_SUCCESS;
    return p->open ? CLEAT_OK : fail(p, result, "session", error);
}

cleat_status port_pam_environment(port_pam *p, char ***pairs, cleat_error *error)
{
    char **list = pam_getenvlist(p->handle);
    size_t count = 0;
    while (list && list[count])
        count++;
    *pairs = list ? port_list((const char *const *)list, count) : NULL;
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
    return *pairs ? CLEAT_OK : port_fail_memory(error);
}

const char *port_pam_messages(const port_pam *p)
{
    return p->messages ? p->messages : "";
}

void port_pam_end(port_pam *p)
{
    int result = PAM_SUCCESS;
    if (!p)
        return;
    if (p->open)
        result = pam_close_session(p->handle, 0);
    if (p->credentials)
        result = pam_setcred(p->handle, PAM_DELETE_CRED);
    pam_end(p->handle, result);
    forget_messages(p);
    free(p);
}
