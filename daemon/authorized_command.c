/* Commands that are asked about users' keys: AuthorizedPrincipalsCommand, AuthorizedKeysCommand.
 * They run as the daemon's user, whoever asks to log in and whatever the key: see auth.c. */
#include "authorized.h"
#include "capture.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX = 1 << 20, TOKENS_MAX = 16, NUMBER_MAX = 24 };

/* One question, put to one command after another. */
struct asking {
    connection *c;
    const claim *what;
    cleat_key_options *options;
    void (*then)(connection *c, bool found);
    capture *running;
    authorized_place place;
    char *path; /* of the command, for messages */
};

static const char *keyword_of(authorized_place place)
{
    return place == AUTHORIZED_NAMES ? "AuthorizedPrincipalsCommand" : "AuthorizedKeysCommand";
}

/* ---- tokens ---- */

/* What stands for a key or a certificate: the pieces of its line, and its fingerprint. */
typedef struct spelled {
    char *type, *blob;
    char fingerprint[CLEAT_FINGERPRINT_MAX];
} spelled;

static void spell_line(spelled *s, const cleat_bytes *line)
{
    const char *text = (const char *)line->data;
    size_t len = strcspn(text, " ");
    s->type = text_format("%.*s", (int)len, text);
    s->blob = text_format("%.*s", (int)strcspn(text + len + 1, " \n"), text + len + 1);
}

/* cert NULL: the key alone. */
static bool spell(spelled *s, const connection *c, const cleat_key *key, const cleat_cert *cert)
{
    cleat_bytes line = {0};
    *s = (spelled){0};
    cleat_status st =
        cert ? cleat_cert_write(cert, NULL, &line) : cleat_key_write_public(key, &line);
    if (st == CLEAT_OK)
        st = cleat_key_fingerprint(key, rules_fingerprint_hash(c->rules), s->fingerprint);
    if (st == CLEAT_OK)
        spell_line(s, &line);
    cleat_bytes_free(&line);
    return s->type && s->blob;
}

static void unspell(spelled *s)
{
    free(s->type);
    free(s->blob);
}

/* Everything that a word of the command may stand for. */
typedef struct tokens {
    cleat_config_token list[TOKENS_MAX];
    size_t count;
    spelled shown, authority;
    char *ends;
    char serial[NUMBER_MAX];
} tokens;

static void put(tokens *t, char letter, const char *value)
{
    t->list[t->count++] = (cleat_config_token){letter, value};
}

static bool put_certificate(tokens *t, const connection *c, const cleat_cert *cert)
{
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    if (!spell(&t->authority, c, cleat_cert_authority(cert), NULL))
        return false;
    snprintf(t->serial, sizeof t->serial, "%llu", (unsigned long long)f->serial);
    put(t, 'F', t->authority.fingerprint);
    put(t, 'i', f->key_id);
    put(t, 'K', t->authority.blob);
    put(t, 's', t->serial);
    put(t, 'T', t->authority.type);
    return true;
}

/* There are no routing domains here: %D is empty. */
static bool put_all(tokens *t, const connection *c, const claim *what)
{
    const port_user *user = c->account->user;
    const cleat_stream_ends *e = &c->ends;
    t->ends = text_format("%s %u %s %u", e->peer, (unsigned)e->peer_port, e->local,
                          (unsigned)e->local_port);
    if (!t->ends || !spell(&t->shown, c, what->key, what->cert))
        return false;
    put(t, 'C', t->ends);
    put(t, 'D', "");
    put(t, 'f', t->shown.fingerprint);
    put(t, 'h', user->home);
    put(t, 'k', t->shown.blob);
    put(t, 't', t->shown.type);
    put(t, 'U', user->id);
    put(t, 'u', user->name);
    return !what->cert || put_certificate(t, c, what->cert);
}

static void drop_tokens(tokens *t)
{
    unspell(&t->shown);
    unspell(&t->authority);
    free(t->ends);
}

/* ---- the command ---- */

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

/* The command with what its tokens stand for, each word by itself; NULL after a mistake. */
static char **expand(const connection *c, const claim *what, authorized_place place,
                     cleat_error *error)
{
    const char *keyword = keyword_of(place);
    const cleat_config_row *row = cleat_config_find(cleat_config_server_table(), keyword);
    size_t count = cleat_config_count(c->rules->config, keyword);
    char **words = calloc(count + 1, sizeof *words);
    tokens t = {0};
    cleat_status st = words && put_all(&t, c, what) ? CLEAT_OK : CLEAT_E_NOMEM;
    for (size_t i = 0; st == CLEAT_OK && i < count; i++)
        st = cleat_config_expand(&words[i], NULL, cleat_config_item(c->rules->config, keyword, i),
                                 row->tokens, t.list, t.count, NULL, NULL, error);
    drop_tokens(&t);
    if (st == CLEAT_OK)
        return words;
    free_words(words);
    return NULL;
}

/* Whom the command runs as: in system mode the user that the configuration names, else this one
 * (*out NULL). */
static cleat_status find_user(port_user **out, const connection *c, authorized_place place,
                              cleat_error *error)
{
    const char *keyword =
        place == AUTHORIZED_NAMES ? "AuthorizedPrincipalsCommandUser" : "AuthorizedKeysCommandUser";
    const char *name = rules_text(c->rules, keyword);
    *out = NULL;
    if (!c->rules->system)
        return CLEAT_OK;
    if (name)
        return port_user_lookup(out, name, error);
    *error = (cleat_error){.status = CLEAT_E_CONFIG};
    snprintf(error->text, sizeof error->text, "%s must say who is to run it", keyword);
    return CLEAT_E_CONFIG;
}

static void on_output(void *user, cleat_slice output, const char *problem);

/* Whoever could change the program, or put another one there, could log in. */
static bool run(asking *a)
{
    const connection *c = a->c;
    cleat_error error = {0};
    port_user *as = NULL;
    char **words = expand(c, a->what, a->place, &error);
    cleat_status st =
        words ? port_file_check(words[0], PORT_TRUST_STRICT, NULL, &error) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK)
        st = find_user(&as, c, a->place, &error);
    if (st == CLEAT_OK)
        st = capture_start(&a->running, c->server->loop, words, c->account->environment, as,
                           OUTPUT_MAX, on_output, a, &error);
    port_user_free(as);
    if (st == CLEAT_OK) {
        free(a->path);
        a->path = words[0];
        words[0] = NULL;
        for (size_t i = 1; words[i]; i++)
            free(words[i]);
        free(words);
        return true;
    }
    log_about(c, CLEAT_LOG_ERROR, "%s: %s", keyword_of(a->place),
              error.text[0] ? error.text : cleat_status_text(st));
    free_words(words);
    return false;
}

/* ---- one after another ---- */

static void drop(asking *a)
{
    a->c->asking = NULL;
    free(a->path);
    free(a);
}

/* Starts the next command. False: there is none left. */
static bool next(asking *a)
{
    while (++a->place < AUTHORIZED_PLACES) {
        bool fits = a->place == AUTHORIZED_KEYS || authorized_by_authority(a->c, a->what);
        if (fits && rules_names_command(a->c->rules, keyword_of(a->place)) && run(a))
            return true;
    }
    return false;
}

static void on_output(void *user, cleat_slice output, const char *problem)
{
    asking *a = user;
    connection *c = a->c;
    void (*then)(connection *, bool) = a->then;
    bool found = false;
    a->running = NULL;
    if (problem)
        log_about(c, CLEAT_LOG_ERROR, "%s: %s %s", keyword_of(a->place), a->path, problem);
    else
        found = authorized_find_in(c, a->what, a->place, output, a->path, a->options);
    if (!found && next(a))
        return;
    drop(a);
    then(c, found);
}

bool authorized_ask(connection *c, const claim *what, cleat_key_options *options,
                    void (*then)(connection *c, bool found))
{
    asking *a = calloc(1, sizeof *a);
    if (!a)
        return false;
    *a = (asking){.c = c, .what = what, .options = options, .then = then};
    a->place = AUTHORIZED_FILES;
    c->asking = a;
    if (next(a))
        return true;
    drop(a);
    return false;
}

void authorized_ask_stop(connection *c)
{
    if (!c->asking)
        return;
    capture_stop(c->asking->running);
    drop(c->asking);
}
