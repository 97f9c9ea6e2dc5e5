/* What a session's environment is made of: the account, the client's wishes, the key's, the user's
 * file, the configuration. */
#include "session_environment.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* SetEnv counts more than whatever else gives a variable; of two values for one its first. */
void session_environment_configure(environment *env, const connection *c)
{
    const cleat_config *config = c->rules->config;
    for (size_t i = cleat_config_count(config, "SetEnv"); i > 0; i--)
        environment_put(env, cleat_config_item(config, "SetEnv", i - 1));
}

/* A variable of the user's own choice, as far as that goes. */
static void put_permitted(environment *env, const connection *c, const char *pair)
{
    const char *permitted = cleat_config_text(c->rules->config, "PermitUserEnvironment");
    char *name = text_format("%.*s", (int)strcspn(pair, "="), pair);
    bool may = text_same(permitted, "yes") ||
               (!text_same(permitted, "no") && name && cleat_pattern_list_match(name, permitted));
    if (may)
        environment_put(env, pair);
    else
        log_about(c, CLEAT_LOG_VERBOSE, "PermitUserEnvironment leaves %s out", name ? name : "");
    free(name);
}

static void add_key_environment(environment *env, const connection *c, const cleat_key_options *key)
{
    for (size_t i = 0; key->environment && key->environment[i]; i++)
        put_permitted(env, c, key->environment[i]);
}

/* A line of ~/.ssh/environment: NAME=value; empty ones and those with # in front are passed over.
 * False: there is no room for more that would leave some to the session itself. */
static bool take_line(environment *env, const connection *c, char *line)
{
    enum { OTHERS = 64 };
    line += strspn(line, " \t");
    if (!line[0] || line[0] == '#' || line[0] == '=' || !strchr(line, '='))
        return true;
    if (env->count >= ENVIRONMENT_MAX - OTHERS) {
        log_about(c, CLEAT_LOG_ERROR,
                  "~/.ssh/environment has too many lines: the rest is left out");
        return false;
    }
    put_permitted(env, c, line);
    return true;
}

/* ~/.ssh/environment (sshd(8)). */
static void add_file_environment(environment *env, const connection *c)
{
    enum { FILE_MAX = 64 << 10 };
    uint8_t *text = NULL;
    size_t len;
    char *path = text_format("%s/.ssh/environment", c->account->user->home);
    const char *permitted = cleat_config_text(c->rules->config, "PermitUserEnvironment");
    bool wanted = path && !text_same(permitted, "no");
    if (wanted &&
        port_file_read(&text, &len, path, PORT_TRUST_REGULAR, NULL, FILE_MAX, NULL) == CLEAT_OK) {
        for (char *line = (char *)text, *next; line; line = next) {
            next = strchr(line, '\n');
            if (next)
                *next++ = 0;
            if (!take_line(env, c, line))
                break;
        }
    }
    port_free(text);
    free(path);
}

/* The account's variables: those that a client may replace, or the others. */
static void put_account(environment *env, const connection *c, bool replaceable)
{
    for (char *const *pair = c->account->environment; *pair; pair++) {
        if ((strncmp(*pair, "LANG=", 5) == 0) == replaceable)
            environment_put(env, *pair);
    }
}

void session_environment_begin(environment *env, const connection *c)
{
    put_account(env, c, true);
}

void session_environment_fill(environment *env, const connection *c, const char *terminal,
                              const char *display)
{
    char *client = text_format("%s %u %u", c->ends.peer, (unsigned)c->ends.peer_port,
                               (unsigned)c->ends.local_port);
    char *both = text_format("%s %u %s %u", c->ends.peer, (unsigned)c->ends.peer_port,
                             c->ends.local, (unsigned)c->ends.local_port);
    put_account(env, c, false);
    for (char *const *pair = c->account->extra; pair && *pair; pair++)
        environment_put(env, *pair);
    if (rules_text(c->rules, "DefaultShell"))
        environment_set(env, "SHELL", rules_text(c->rules, "DefaultShell"));
    environment_set(env, "SSH_CLIENT", client ? client : "");
    environment_set(env, "SSH_CONNECTION", both ? both : "");
    for (size_t i = 0; i < c->grant_count; i++)
        add_key_environment(env, c, &c->grants[i].options);
    add_file_environment(env, c);
    if (terminal[0])
        environment_set(env, "SSH_TTY", terminal);
    if (display)
        environment_set(env, "DISPLAY", display);
    free(client);
    free(both);
}

bool session_environment_accept(environment *env, const connection *c, const char *name,
                                const char *value)
{
    const cleat_config *config = c->rules->config;
    if (strchr(name, '='))
        return false; /* would set another variable than the one that is compared */
    for (size_t i = 0; i < cleat_config_count(config, "AcceptEnv"); i++) {
        if (cleat_pattern_list_match(name, cleat_config_item(config, "AcceptEnv", i))) {
            environment_set(env, name, value);
            return true;
        }
    }
    return false;
}
