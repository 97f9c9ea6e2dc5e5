/* The user's keys, and what only the user can say: passphrases, passwords, answers. */
#include "ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 64 << 10, PASSPHRASE_TRIES = 3 };

/* The terminal, or SSH_ASKPASS where there is none. */
char *prompt_read(const ssh_run *r, const char *prompt, bool echo)
{
    char *answer = NULL;
    const char *askpass = getenv("SSH_ASKPASS");
    const char *require = getenv("SSH_ASKPASS_REQUIRE");
    bool force = require && strcmp(require, "force") == 0;
    if (r->options.batch)
        return NULL;
    if (!force && port_tty_ask(&answer, prompt, echo, NULL) == CLEAT_OK)
        return answer;
    if (askpass && port_askpass(&answer, askpass, prompt, echo ? "" : NULL, NULL) == CLEAT_OK)
        return answer;
    return NULL;
}

static void drop(char *answer)
{
    if (answer)
        port_free_secret(answer, strlen(answer));
}

static cleat_status read_key(ssh_run *r, const char *path, const char *passphrase, cleat_key **key,
                             cleat_error *error)
{
    uint8_t *data;
    size_t len;
    *key = NULL;
    cleat_status st =
        port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, KEY_FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    st = cleat_key_read_private(key, r->ctx, (cleat_slice){data, len}, passphrase, path, error);
    if (st == CLEAT_E_KEY_ENCRYPTED && !passphrase)
        (void)cleat_key_file_is_encrypted(r->ctx, (cleat_slice){data, len}, key);
    port_free_secret(data, len);
    return st;
}

/* A key without a passphrase signs by itself; of another only the public half is offered, and the
 * passphrase is asked for once the server would take it. */
static cleat_status add_file(ssh_run *r, char *path, bool named)
{
    cleat_key *key;
    cleat_error error = {0};
    cleat_status st = read_key(r, path, NULL, &key, &error);
    if (st != CLEAT_OK && !key) {
        bool absent = st == CLEAT_E_NO_SUCH && !named;
        say(absent ? CLEAT_LOG_DEBUG1 : CLEAT_LOG_INFO, "%s%s",
            named && st == CLEAT_E_NO_SUCH ? "Warning: identity not accessible: " : "", error.text);
        return CLEAT_OK;
    }
    say(CLEAT_LOG_DEBUG1, "identity file %s type %s", path, cleat_key_label(key));
    st = cleat_login_add_key(r->login, key, path);
    cleat_key_unref(key);
    return st;
}

cleat_status identities_add(ssh_run *r)
{
    static const char *const standard[] = {"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa",
                                           "~/.ssh/id_ed448"};
    text_list *list = &r->options.identities;
    bool named = list->count > 0;
    for (size_t i = 0; !named && i < sizeof standard / sizeof *standard; i++)
        list->items[list->count++] = text_format("%s", standard[i]);
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < list->count && st == CLEAT_OK && !r->options.pubkey_off; i++) {
        char *path = NULL;
        if (!list->items[i] || port_path_expand(&path, list->items[i], NULL) != CLEAT_OK)
            continue;
        free(list->items[i]);
        list->items[i] = text_format("%s", path);
        port_free(path);
        st = list->items[i] ? add_file(r, list->items[i], named) : CLEAT_E_NOMEM;
    }
    return st;
}

static cleat_key *unlock(ssh_run *r, const char *path)
{
    for (int i = 0; i < PASSPHRASE_TRIES; i++) {
        cleat_key *key;
        cleat_error error = {0};
        char *prompt = text_format("Enter passphrase for key '%s': ", path);
        char *passphrase = prompt ? prompt_read(r, prompt, false) : NULL;
        free(prompt);
        if (!passphrase)
            return NULL;
        cleat_status st = read_key(r, path, passphrase, &key, &error);
        drop(passphrase);
        if (st == CLEAT_OK)
            return key;
        cleat_key_unref(key);
        say(CLEAT_LOG_INFO, "%s", error.text);
        if (st != CLEAT_E_PASSPHRASE)
            return NULL;
    }
    return NULL;
}

void identity_sign(ssh_run *r, const cleat_event *ev)
{
    const char *path = cleat_login_key_user(r->login);
    cleat_key *key = path ? unlock(r, path) : NULL;
    cleat_bytes signature = {0};
    if (key &&
        cleat_key_sign(key, ev->u.sign.algorithm, ev->u.sign.message, &signature, NULL) != CLEAT_OK)
        say(CLEAT_LOG_ERROR, "%s: could not sign", path);
    if (cleat_answer_signature(cleat_uv_conn(r->uv), ev->query,
                               (cleat_slice){signature.data, signature.len}) != CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "the signature came too late");
    cleat_bytes_free(&signature);
    cleat_key_unref(key);
}

/* What the server wants shown may hold anything: only printable text reaches the terminal. */
static char *printable(const char *text)
{
    char *out = text_format("%s", text);
    for (char *c = out; c && *c; c++) {
        if ((unsigned char)*c < 0x20 && *c != '\n')
            *c = '?';
        if (*c == 0x7F)
            *c = '?';
    }
    return out;
}

void prompt_answer(ssh_run *r, const cleat_event *ev)
{
    char *answers[64] = {0};
    size_t count = ev->u.prompt.count;
    bool complete = !r->options.kbdint_off; /* switched off since, by a changed host key */
    for (size_t i = 0; i < count && complete; i++) {
        char *prompt = printable(ev->u.prompt.prompts[i].text);
        answers[i] = prompt ? prompt_read(r, prompt, ev->u.prompt.prompts[i].echo) : NULL;
        complete = answers[i] != NULL;
        free(prompt);
    }
    cleat_conn *conn = cleat_uv_conn(r->uv);
    cleat_status st =
        complete ? cleat_answer_prompt(conn, ev->query, (const char *const *)answers, count)
                 : CLEAT_E_CANCELLED;
    if (st != CLEAT_OK) /* the method has no way to decline but to end the connection */
        cleat_conn_disconnect(conn, 13, "authentication cancelled");
    for (size_t i = 0; i < count; i++)
        drop(answers[i]);
}

void password_answer(ssh_run *r)
{
    bool off = r->options.password_off; /* switched off since, by a changed host key */
    if (cleat_login_attempt(r->login) > 1)
        say(CLEAT_LOG_INFO, "Permission denied, please try again.");
    char *prompt = off ? NULL : text_format("%s@%s's password: ", r->user, r->target);
    char *password = prompt ? prompt_read(r, prompt, false) : NULL;
    free(prompt);
    if (cleat_login_password(r->login, password) == CLEAT_LOGIN_FAILED) {
        say(CLEAT_LOG_ERROR, "%s@%s: %s", r->user, r->target, cleat_login_reason(r->login));
        r->said_goodbye = true;
        cleat_conn_disconnect(cleat_uv_conn(r->uv), 14, "no more authentication methods");
    }
    drop(password);
}
