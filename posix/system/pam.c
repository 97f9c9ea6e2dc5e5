/* PAM: passwords, accounts, and what a session is set up with. */
#include "parts.h"

#include "fail.h"
#include "text.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

struct port_pam {
    pam_handle_t *handle;
    const char *password; /* while it is checked */
    char *messages;       /* what modules have said to the user */
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

/* A question that is not to be echoed is one for the password. */
static int answer_one(port_pam *p, const struct pam_message *message, struct pam_response *response)
{
    switch (message->msg_style) {
    case PAM_PROMPT_ECHO_OFF:
        if (!p->password)
            return PAM_CONV_ERR;
        response->resp = strdup(p->password);
        return response->resp ? PAM_SUCCESS : PAM_BUF_ERR;
    case PAM_TEXT_INFO:
    case PAM_ERROR_MSG:
        keep_message(p, message->msg);
        return PAM_SUCCESS;
    default:
        return PAM_CONV_ERR;
    }
}

static void drop_answers(struct pam_response *responses, int count)
{
    for (int i = 0; i < count; i++)
        port_free_secret(responses[i].resp, responses[i].resp ? strlen(responses[i].resp) : 0);
    free(responses);
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
                    void *user)
{
    int result = PAM_SUCCESS;
    *responses = NULL;
    if (count <= 0 || count > PAM_MAX_NUM_MSG)
        return PAM_CONV_ERR;
    struct pam_response *made = calloc((size_t)count, sizeof *made);
    if (!made)
        return PAM_BUF_ERR;
    for (int i = 0; i < count && result == PAM_SUCCESS; i++)
        result = answer_one(user, messages[i], &made[i]);
    if (result == PAM_SUCCESS)
        *responses = made;
    else
        drop_answers(made, count);
    return result;
}

/* ---- life ---- */

static cleat_status fail(const port_pam *p, int result, const char *what, cleat_error *error)
{
    cleat_status st = result == PAM_BUF_ERR ? CLEAT_E_NOMEM : CLEAT_E_PERMISSION;
    return port_fail(error, st, "PAM: %s: %s", what, pam_strerror(p->handle, result));
}

static int set_items(const port_pam *p, const char *host)
{
    int result = pam_set_item(p->handle, PAM_RHOST, host);
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

cleat_status port_pam_password(port_pam *p, const char *password, bool empty_will_do,
                               cleat_error *error)
{
    p->password = password;
    int result = pam_authenticate(p->handle, empty_will_do ? 0 : (int)PAM_DISALLOW_NULL_AUTHTOK);
    p->password = NULL;
    return result == PAM_SUCCESS ? CLEAT_OK : fail(p, result, "password", error);
}

cleat_status port_pam_account(port_pam *p, cleat_error *error)
{
    int result = pam_acct_mgmt(p->handle, 0);
    return result == PAM_SUCCESS ? CLEAT_OK : fail(p, result, "account", error);
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
    port_free(p->messages);
    free(p);
}
