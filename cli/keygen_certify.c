/* `cleat keygen -s`: an authority certifies keys. */
#include "agent_wait.h"
#include "keygen_cert.h"
#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct authority {
    cleat_key *key;
    agent_wait *agent;     /* has the private part; NULL: the key has */
    const char *algorithm; /* of its signatures */
} authority;

/* ---- the authority ---- */

static bool find_in_agent(authority *a, const keygen_options *o)
{
    a->key = keygen_read_public(o, o->authority);
    a->agent = a->key ? agent_wait_open(o->ctx) : NULL;
    if (a->agent && agent_wait_has(a->agent, cleat_key_blob(a->key)))
        return true;
    if (a->key && !a->agent)
        keygen_fail("Cannot use public key for CA signature: agent not present");
    else if (a->key)
        keygen_fail("CA key %s not found in agent", o->authority);
    return false;
}

static bool choose_algorithm(authority *a, const keygen_options *o)
{
    const char *name = NULL;
    a->algorithm = cleat_key_algorithm(a->key, 0);
    for (size_t i = 0; o->type && (name = cleat_key_algorithm(a->key, i)) != NULL; i++) {
        if (strcmp(name, o->type) == 0) {
            a->algorithm = name;
            return true;
        }
    }
    if (o->type)
        keygen_fail("CA key type %s doesn't match specified %s", cleat_key_type(a->key), o->type);
    return !o->type;
}

static bool open_authority(authority *a, const keygen_options *o)
{
    if (o->by_agent)
        return find_in_agent(a, o) && choose_algorithm(a, o);
    a->key = keygen_read_private(o, o->authority);
    return a->key && choose_algorithm(a, o);
}

static void close_authority(authority *a)
{
    agent_wait_close(a->agent);
    cleat_key_unref(a->key);
}

/* ---- a certificate ---- */

static cleat_status sign_by_agent(cleat_cert **out, const authority *a, cleat_ctx *ctx,
                                  const cleat_key *key, const cleat_cert_facts *facts,
                                  cleat_error *error)
{
    cleat_bytes draft;
    uint8_t *signature = NULL;
    size_t len = 0;
    cleat_status st = cleat_cert_draft(&draft, key, facts, a->key, error);
    if (st == CLEAT_OK && !agent_wait_sign(a->agent, cleat_key_blob(a->key), a->algorithm,
                                           (cleat_slice){draft.data, draft.len}, &signature, &len))
        st = CLEAT_E_REQUEST_REFUSED;
    if (st == CLEAT_OK)
        st = cleat_cert_complete(out, ctx, (cleat_slice){draft.data, draft.len},
                                 (cleat_slice){signature, len}, error);
    cleat_bytes_free(&draft);
    free(signature);
    return st;
}

/* "key.pub" and "key" become "key-cert.pub". */
static char *certificate_path(const char *path)
{
    size_t len = strlen(path);
    if (len > 4 && strcmp(path + len - 4, ".pub") == 0)
        len -= 4;
    return text_format("%.*s-cert.pub", (int)len, path);
}

static bool save(const cleat_cert *cert, const char *comment, const char *path)
{
    cleat_bytes line;
    cleat_error error = {0};
    cleat_status st = path ? cleat_cert_write(cert, comment, &line) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK) {
        st = port_file_write(path, (cleat_slice){line.data, line.len}, PORT_ACCESS_PUBLIC, &error);
        cleat_bytes_free(&line);
    }
    if (st != CLEAT_OK)
        keygen_fail("Unable to save public key to %s: %s", path ? path : "",
                    *error.text ? error.text : cleat_status_text(st));
    return st == CLEAT_OK;
}

static void report(const cleat_cert_facts *f, const keygen_options *o, const char *path)
{
    char *valid = cert_validity_text(f);
    printf("Signed %s key %s: id \"%s\" serial %llu%s%s valid %s\n",
           f->kind == CLEAT_CERT_HOST ? "host" : "user", path, f->key_id,
           (unsigned long long)f->serial, o->names ? " for " : "", o->names ? o->names : "",
           valid ? valid : "");
    free(valid);
}

static int certify_key(const authority *a, const keygen_options *o, const cleat_cert_facts *facts,
                       const cleat_key *key, const char *path)
{
    cleat_cert *cert = NULL;
    cleat_error error = {0};
    cleat_status st = a->agent ? sign_by_agent(&cert, a, o->ctx, key, facts, &error)
                               : cleat_cert_issue(&cert, key, facts, a->key, a->algorithm, &error);
    if (st != CLEAT_OK)
        return keygen_fail("Couldn't certify key %s: %s", path,
                           *error.text ? error.text : cleat_status_text(st));
    char *to = certificate_path(path);
    bool saved = save(cert, cleat_key_comment(key), to);
    if (saved && !o->quiet)
        report(facts, o, to);
    free(to);
    cleat_cert_unref(cert);
    return saved ? 0 : KEYGEN_FAILED;
}

/* A key that is named without .pub may be there with it only. */
static cleat_key *read_subject(const keygen_options *o, const char *path)
{
    cleat_key *key = keygen_file_size(path) < 0 ? keygen_read_beside(o, path) : NULL;
    return key ? key : keygen_read_public(o, path);
}

static int certify_all(const authority *a, const keygen_options *o, cleat_cert_facts *facts)
{
    int status = 0;
    for (size_t i = 0; i < o->arg_count && status == 0; i++) {
        cleat_key *key = read_subject(o, o->args[i]);
        status = key ? certify_key(a, o, facts, key, o->args[i]) : KEYGEN_FAILED;
        cleat_key_unref(key);
        facts->serial += o->serial_counts;
    }
    return status;
}

int keygen_certify(const keygen_options *o)
{
    authority a = {0};
    cert_plan *plan = cert_plan_new(o);
    int status = KEYGEN_FAILED;
    if (plan && open_authority(&a, o))
        status = certify_all(&a, o, cert_plan_facts(plan));
    close_authority(&a);
    cert_plan_free(plan);
    return status;
}
