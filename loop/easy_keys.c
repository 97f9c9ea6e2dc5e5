/* The user's keys: from files and from the agent, and signing with them. */
#include "easy_int.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 << 10, PASSPHRASE_TRIES = 3 };

/* ---- files ---- */

static cleat_status read_file(const cleat_easy *e, const char *path, const char *passphrase,
                              cleat_key **key, cleat_error *error)
{
    uint8_t *data;
    size_t len;
    *key = NULL;
    cleat_status st = port_file_read(&data, &len, path, PORT_TRUST_SECRET, NULL, FILE_MAX, error);
    if (st != CLEAT_OK)
        return st;
    const cleat_slice file = {data, len};
    st = cleat_key_read_private(key, e->ctx, file, passphrase, path, error);
    if (st == CLEAT_E_KEY_ENCRYPTED)
        (void)cleat_key_file_is_encrypted(e->ctx, file,
                                          key); /* its public half, if it can be seen */
    port_free_secret(data, len);
    return st;
}

/* The key with its private part; NULL and a note when the passphrase cannot be had. */
static cleat_key *unlock(cleat_easy *e, const char *path)
{
    char *passphrase = calloc(1, CLEAT_EASY_ANSWER_MAX);
    char *text = port_format("Enter passphrase for key '%s': ", path);
    cleat_key *key = NULL;
    cleat_status st = CLEAT_E_PASSPHRASE;
    cleat_easy_question question = {.type = CLEAT_EASY_PASSPHRASE, .text = text, .file = path};
    snprintf(e->note, sizeof e->note, "; %s needs a passphrase, which options.ask may give", path);
    while (passphrase && text && st == CLEAT_E_PASSPHRASE &&
           ++question.attempt <= PASSPHRASE_TRIES && easy_ask(e, &question, passphrase)) {
        cleat_error error = {0};
        st = read_file(e, path, passphrase, &key, &error);
        if (st == CLEAT_OK)
            e->note[0] = 0;
        else
            snprintf(e->note, sizeof e->note, "; %s", error.text);
    }
    port_free_secret(passphrase, passphrase ? CLEAT_EASY_ANSWER_MAX : 0);
    free(text);
    return key;
}

static bool has_key(const cleat_easy *e, const cleat_key *key)
{
    for (size_t i = 0; i < e->key_count; i++) {
        if (cleat_key_equal(e->keys[i].key, key))
            return true;
    }
    return false;
}

/* Of a key with a passphrase the public half is enough for now: it is asked for once the server
 * would take the key. */
static cleat_status add_file(cleat_easy *e, const char *path, bool named)
{
    cleat_key *key;
    cleat_error error = {0};
    cleat_status st = read_file(e, path, NULL, &key, &error);
    if (st == CLEAT_E_KEY_ENCRYPTED && !key)
        key = unlock(e, path);
    if (st != CLEAT_OK && st != CLEAT_E_KEY_ENCRYPTED && named)
        return loop_fail(&e->why, st, "%s", error.text);
    if (!key || e->key_count == EASY_KEYS_MAX || has_key(e, key)) {
        cleat_key_unref(key);
        return CLEAT_OK;
    }
    easy_key *one = &e->keys[e->key_count++];
    *one = (easy_key){.key = key, .file = port_format("%s", path)};
    return one->file ? CLEAT_OK : CLEAT_E_NOMEM;
}

static cleat_status add_named(cleat_easy *e)
{
    cleat_status st = CLEAT_OK;
    for (const char *const *name = e->options->key_files; st == CLEAT_OK && *name; name++) {
        char *path;
        st = port_path_expand(&path, *name, &e->why);
        if (st == CLEAT_OK)
            st = add_file(e, path, true);
        port_free(path);
    }
    return st;
}

static cleat_status add_usual(cleat_easy *e)
{
    static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa", "id_ed448"};
    char *folder;
    cleat_status st = CLEAT_OK;
    if (port_path(&folder, PORT_PLACE_USER_SSH, NULL) != CLEAT_OK)
        return CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && i < sizeof names / sizeof *names; i++) {
        char *path;
        st = port_path_join(&path, folder, names[i], &e->why);
        if (st == CLEAT_OK)
            st = add_file(e, path, false);
        port_free(path);
    }
    port_free(folder);
    return st;
}

/* ---- the agent ---- */

static void add_agent_key(cleat_easy *e, const cleat_agent_key *theirs)
{
    cleat_key *key;
    if (cleat_key_from_blob(&key, e->ctx, theirs->blob, NULL) != CLEAT_OK)
        return; /* of a type that this build does not know */
    for (size_t i = 0; i < e->key_count; i++)
        e->keys[i].in_agent = e->keys[i].in_agent || cleat_key_equal(e->keys[i].key, key);
    if (e->key_count == EASY_KEYS_MAX || has_key(e, key))
        cleat_key_unref(key);
    else
        e->keys[e->key_count++] = (easy_key){.key = key, .in_agent = true};
}

static void answer_signature(cleat_easy *e, uint64_t query, cleat_slice signature)
{
    if (!e->uv || !query)
        return;
    easy_ignore(cleat_answer_signature(cleat_uv_conn(e->uv), query, signature));
    cleat_uv_kick(e->uv);
}

static void on_agent(void *user, const cleat_agent_reply *reply)
{
    cleat_easy *e = user;
    uint64_t query = e->agent_query;
    bool list = reply && reply->request == CLEAT_AGENT_LIST;
    for (size_t i = 0; list && i < reply->key_count; i++)
        add_agent_key(e, &reply->keys[i]);
    e->agent_listed = true;
    if (!reply) {
        cleat_agent_link_close(e->agent);
        e->agent = NULL;
    }
    if (reply && reply->request != CLEAT_AGENT_SIGN)
        return;
    e->agent_query = 0;
    answer_signature(e, query, reply && reply->success ? reply->signature : (cleat_slice){0});
}

static cleat_status add_agent(cleat_easy *e)
{
    const char *named = e->options->agent;
    char *path = NULL;
    if (named && strcmp(named, "none") == 0)
        return CLEAT_OK;
    if (!named && port_path(&path, PORT_PLACE_AGENT, NULL) != CLEAT_OK)
        return CLEAT_OK;
    cleat_status st =
        cleat_agent_link_open(&e->agent, &e->loop->uv, e->ctx, named ? named : path, on_agent, e);
    if (st == CLEAT_E_LIMIT)
        st = named ? loop_fail(&e->why, st, "no agent listens at %s: the path is too long", named)
                   : CLEAT_OK;
    while (st == CLEAT_OK && e->agent && !e->agent_listed) {
        if (!easy_wait(e))
            st = loop_fail(&e->why, CLEAT_E_TIMEOUT, "the agent at %s does not answer",
                           named ? named : path);
    }
    if (st == CLEAT_OK && named && !e->agent)
        st = loop_fail(&e->why, CLEAT_E_CONNECT, "no agent listens at %s", named);
    port_free(path);
    return st;
}

cleat_status easy_keys_gather(cleat_easy *e)
{
    cleat_status st = e->options->key_files ? add_named(e) : CLEAT_OK;
    if (st == CLEAT_OK)
        st = add_agent(e);
    if (st == CLEAT_OK && !e->options->key_files)
        st = add_usual(e);
    return st;
}

void easy_keys_drop(cleat_easy *e)
{
    cleat_agent_link_close(e->agent);
    e->agent = NULL;
    for (size_t i = 0; i < e->key_count; i++) {
        cleat_key_unref(e->keys[i].key);
        free(e->keys[i].file);
    }
    e->key_count = 0;
}

/* ---- signing ---- */

/* The agent learns first which host the signature is for, so that a key can be kept to some. */
static bool ask_agent(cleat_easy *e, const cleat_event *ev)
{
    const cleat_conn *conn = cleat_uv_conn(e->uv);
    if (!e->agent)
        return false;
    cleat_agent *talk = cleat_agent_link_agent(e->agent);
    easy_ignore(cleat_agent_bind(talk, cleat_conn_host_key(conn), cleat_conn_session_id(conn),
                                 cleat_conn_host_signature(conn), false, NULL));
    if (cleat_agent_sign(talk, ev->u.sign.key_blob, ev->u.sign.algorithm, ev->u.sign.message,
                         NULL) != CLEAT_OK)
        return false;
    e->agent_query = ev->query;
    cleat_agent_link_send(e->agent);
    return true;
}

void easy_keys_sign(cleat_easy *e, const cleat_event *ev)
{
    const easy_key *one = cleat_login_key_user(e->login);
    cleat_bytes signature = {0};
    if (one && one->in_agent && ask_agent(e, ev))
        return;
    cleat_key *key = one && one->file ? unlock(e, one->file) : NULL;
    if (key)
        easy_ignore(
            cleat_key_sign(key, ev->u.sign.algorithm, ev->u.sign.message, &signature, NULL));
    answer_signature(e, ev->query, (cleat_slice){signature.data, signature.len});
    cleat_bytes_free(&signature);
    cleat_key_unref(key);
}
