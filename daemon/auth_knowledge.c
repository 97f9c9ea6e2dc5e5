/* Logins by what users know: passwords, and answers to questions. PAM is asked about somebody who
 * does not exist or may not log in all the same, so that it takes as long. */
#include "methods.h"

#include <string.h>

/* Root may be held to keys. */
static bool may(const connection *c, const char *method)
{
    bool is_root = strcmp(c->account->user->id, "0") == 0;
    bool any = strcmp(cleat_config_text(c->rules->config, "PermitRootLogin"), "yes") == 0;
    return c->may && methods_allow(c, method) && (!is_root || any);
}

static void refuse(connection *c, uint64_t query, const char *method)
{
    auth_log(c, CLEAT_LOG_INFO, "Failed", method);
    if (c->vouching)
        c->vouching->failed(c);
    auth_reject(c, query);
}

void auth_password(connection *c, const cleat_event *ev)
{
    static const char prompt[] = "Your password has expired. Choose a new one: ";
    bool good = may(c, METHOD_PASSWORD);
    knowledge what = KNOWLEDGE_WRONG;
    if (rules_passwords(c->rules) && c->vouching)
        what = c->vouching->password(c, ev->u.auth.password, ev->u.auth.new_password, good);
    if (!good || what == KNOWLEDGE_WRONG) {
        refuse(c, ev->query, METHOD_PASSWORD);
    } else if (what == KNOWLEDGE_EXPIRED) {
        auth_log(c, CLEAT_LOG_INFO, "Expired", METHOD_PASSWORD);
        c->gate->change(c, ev->query, prompt);
    } else {
        auth_proved(c, ev->query, METHOD_PASSWORD);
    }
}

void auth_questions(connection *c, const cleat_event *ev)
{
    if (!rules_questions(c->rules) || !c->vouching)
        refuse(c, ev->query, METHOD_KBDINT);
    else if (ev->u.auth.method == CLEAT_AUTH_KBDINT)
        c->vouching->begin(c, ev->query, may(c, METHOD_KBDINT));
    else
        c->vouching->go_on(c, ev);
}

void auth_vouched(connection *c, uint64_t query, bool right)
{
    if (right && may(c, METHOD_KBDINT))
        auth_proved(c, query, METHOD_KBDINT);
    else
        refuse(c, query, METHOD_KBDINT "/pam");
}
