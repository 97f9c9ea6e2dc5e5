/* What the system says about a user: PAM, nologin, the shell. This process may be held up by it, as
 * nobody else waits for it. */
#include "monitor_int.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { NOLOGIN_MAX = 64 << 10 };

static const char *service_of(const rules *r)
{
    const char *service = rules_text(r, "PAMServiceName");
    return service ? service : "sshd";
}

void monitor_prepare_pam(const rules *r)
{
    if (rules_flag(r, "UsePAM"))
        port_pam_preload(service_of(r));
}

bool monitor_start_pam(monitor *m)
{
    const connection *c = m->c;
    cleat_error error = {0};
    if (m->pam)
        return true;
    if (port_pam_start(&m->pam, service_of(c->rules), c->user, c->host, &error) == CLEAT_OK)
        return true;
    log_about(c, CLEAT_LOG_ERROR, "%s", error.text);
    return false;
}

/* Modules remember a failure until the end, and would hold it against a login by other means. */
void monitor_tell_wrong(monitor *m, const cleat_error *error)
{
    log_about(m->c, CLEAT_LOG_VERBOSE, "%s for %s", error->text, m->c->user);
    port_pam_end(m->pam);
    m->pam = NULL;
}

/* What else keeps the user out is looked at again once all is proved. */
static knowledge after_password(monitor *m, const char *password, const char *fresh)
{
    cleat_error error = {0};
    bool expired;
    if (port_pam_account(m->pam, &expired, &error) != CLEAT_OK || !expired)
        return fresh ? KNOWLEDGE_WRONG : KNOWLEDGE_RIGHT;
    if (!fresh)
        return KNOWLEDGE_EXPIRED;
    if (port_pam_change(m->pam, password, fresh, &error) == CLEAT_OK)
        return KNOWLEDGE_RIGHT;
    log_about(m->c, CLEAT_LOG_INFO, "%s for %s", error.text, m->c->user);
    return KNOWLEDGE_EXPIRED;
}

static knowledge check_password(connection *c, const char *password, const char *fresh, bool may)
{
    monitor *m = c->part;
    cleat_error error = {0};
    bool empty = rules_flag(c->rules, "PermitEmptyPasswords");
    if (!monitor_start_pam(m) || (!password[0] && !empty))
        return KNOWLEDGE_WRONG;
    if (port_pam_password(m->pam, password, empty, &error) != CLEAT_OK) {
        monitor_tell_wrong(m, &error);
        return KNOWLEDGE_WRONG;
    }
    return may ? after_password(m, password, fresh) : KNOWLEDGE_WRONG;
}

const vouching monitor_vouching = {check_password, monitor_begin_dialogue, monitor_go_on,
                                   monitor_record_failure};

/* /etc/nologin keeps everybody but root out, and says why. */
static bool is_closed(const monitor *m)
{
    uint8_t *data;
    size_t len;
    cleat_status st =
        port_file_read(&data, &len, "/etc/nologin", PORT_TRUST_REGULAR, NULL, NOLOGIN_MAX, NULL);
    if (st == CLEAT_E_NO_SUCH || strcmp(m->account.user->id, "0") == 0) {
        if (st == CLEAT_OK)
            port_free(data);
        return false;
    }
    log_about(m->c, CLEAT_LOG_INFO, "User %s is kept out by /etc/nologin", m->c->user);
    if (st == CLEAT_OK) {
        m->c->gate->banner(m->c, (const char *)data);
        port_free(data);
    }
    return true;
}

static bool keep_out(const monitor *m, const cleat_error *error)
{
    const char *messages = m->pam ? port_pam_messages(m->pam) : "";
    log_about(m->c, CLEAT_LOG_INFO, "User %s is kept out: %s", m->c->user, error->text);
    if (messages[0])
        m->c->gate->banner(m->c, messages);
    return false;
}

bool monitor_check_account(monitor *m)
{
    cleat_error error = {0};
    if (is_closed(m))
        return false;
    if (!rules_flag(m->c->rules, "UsePAM"))
        return port_account_check(m->c->user, &error) == CLEAT_OK || keep_out(m, &error);
    if (!monitor_start_pam(m))
        return false;
    return port_pam_account(m->pam, &m->account.must_change, &error) == CLEAT_OK ||
           keep_out(m, &error);
}

bool monitor_open_pam(monitor *m)
{
    cleat_error error = {0};
    if (m->pam_open || !rules_flag(m->c->rules, "UsePAM"))
        return true;
    if (port_pam_open(m->pam, &error) != CLEAT_OK)
        return keep_out(m, &error);
    m->pam_open = true;
    if (port_pam_environment(m->pam, &m->account.extra, &error) != CLEAT_OK)
        log_about(m->c, CLEAT_LOG_ERROR, "%s", error.text);
    return true;
}
