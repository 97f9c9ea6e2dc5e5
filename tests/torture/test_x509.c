/* X.509 certificates while each call into OpenSSL fails in turn: a refusal with a reason, or the
 * right answer; never that a bad certificate is good. */
#include "../support/data.h"
#include "crypto_faults.h"

#include <CUnit/CUnit.h>
#include <cleat/x509.h>
#include <stdio.h>
#include <stdlib.h>

/* What is read, and what comes of it. */
typedef struct row {
    const char *file, *response;
    bool good;
} row;

static const row rows[] = {
    {"x509/answered.pem", "x509/good.ocsp", true},
    {"x509/answered.pem", "x509/delegate.ocsp", true},
    {"x509/answered.pem", "x509/revoked.ocsp", false},
    {"x509/answered.pem", "x509/stale.ocsp", false},
    {"x509/answered.pem", "x509/another.ocsp", false},
    {"x509/revoked.pem", "x509/another.ocsp", false},
    {"x509/tls.pem", "x509/good.ocsp", false},
    {"x509/by_web.pem", "x509/good.ocsp", false},
    {"x509/by_narrow.pem", "x509/good.ocsp", false},
};

/* The content of every file, read once. */
static struct {
    cleat_ctx *ctx;
    cleat_key *key;
    cleat_slice root, below_list, root_list;
} world;

static void drop(cleat_slice content)
{
    free((void *)(uintptr_t)content.data);
}

static cleat_status fill_store(cleat_x509_store **store, cleat_error *error)
{
    cleat_status st = cleat_x509_store_new(store, world.ctx);
    if (st != CLEAT_OK)
        snprintf(error->text, sizeof error->text, "no store");
    if (st == CLEAT_OK)
        st = cleat_x509_store_add(*store, world.root, error);
    if (st == CLEAT_OK)
        st = cleat_x509_store_add_crl(*store, world.below_list, error);
    if (st == CLEAT_OK)
        st = cleat_x509_store_add_crl(*store, world.root_list, error);
    return st;
}

/* As a peer gets it. */
static cleat_status pass_on(const cleat_x509 *from, cleat_x509 **to, cleat_error *error)
{
    cleat_bytes blob;
    cleat_status st = cleat_x509_write(from, "x509v3-ssh-ed25519", &blob);
    if (st == CLEAT_OK)
        st = cleat_x509_from_blob(to, world.ctx, (cleat_slice){blob.data, blob.len}, error);
    cleat_bytes_free(&blob);
    return st;
}

static cleat_status judge(const cleat_x509 *chain, const cleat_x509_store *store,
                          cleat_error *error)
{
    const cleat_x509_use use = {.struct_size = sizeof use,
                                .kind = CLEAT_CERT_USER,
                                .now = 1704153600,
                                .crl_required = true,
                                .ocsp = CLEAT_X509_OCSP_NAMED};
    cleat_status st = cleat_x509_check(chain, store, &use, error);
    bool named = cleat_x509_names_user(chain, "email cn", "alice") &&
                 !cleat_x509_names_user(chain, "email cn upn", "bob") &&
                 !cleat_x509_names_host(chain, "alice") &&
                 cleat_x509_match_subject(chain, "C=DE,O=Example,*") == CLEAT_OK &&
                 cleat_x509_match_subject(chain, "C=DE,O=Else,*") != CLEAT_OK;
    if (st == CLEAT_OK && !named) {
        snprintf(error->text, sizeof error->text, "another name");
        st = CLEAT_E_NO_SUCH;
    }
    return st;
}

/* True when the n-th call was still part of the work. */
static bool with_fault(const row *r, unsigned long n, cleat_slice file, cleat_slice response)
{
    cleat_error error = {0};
    cleat_x509 *own = NULL;
    cleat_x509 *shown = NULL;
    cleat_x509_store *store = NULL;
    crypto_faults_arm(n);
    cleat_status st = fill_store(&store, &error);
    if (st == CLEAT_OK)
        st = cleat_x509_read(&own, world.key, file, &response, 1, &error);
    if (st == CLEAT_OK)
        st = pass_on(own, &shown, &error);
    if (st == CLEAT_OK)
        st = judge(shown, store, &error);
    bool reached = crypto_faults_count() >= n;
    bool right = st == CLEAT_OK ? r->good : error.text[0] != 0;
    if (!right || (!reached && (st == CLEAT_OK) != r->good))
        printf("%s, %s, call %lu (%s): %d %s\n", r->file, r->response, n, crypto_faults_name(), st,
               error.text);
    CU_ASSERT(right && (reached || (st == CLEAT_OK) == r->good));
    crypto_faults_arm(0);
    cleat_x509_unref(own);
    cleat_x509_unref(shown);
    cleat_x509_store_unref(store);
    return reached;
}

static void every_crypto_call_of_a_check_can_fail(void)
{
    cleat_slice public_key = data_read("keys/ed25519.pub");
    world.ctx = data_ctx();
    world.root = data_read("x509/root.pem");
    world.below_list = data_read("x509/below.crl");
    world.root_list = data_read("x509/root.crl");
    CU_ASSERT_EQUAL_FATAL(cleat_key_read_public(&world.key, world.ctx, public_key, NULL, NULL),
                          CLEAT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_slice file = data_read(rows[i].file);
        cleat_slice response = data_read(rows[i].response);
        unsigned long n = 1;
        while (with_fault(&rows[i], n, file, response))
            n++;
        CU_ASSERT(n > 30);
        drop(file);
        drop(response);
    }
    cleat_key_unref(world.key);
    cleat_ctx_unref(world.ctx);
    drop(public_key);
    drop(world.root);
    drop(world.below_list);
    drop(world.root_list);
}

void suite_x509(void)
{
    CU_pSuite s = CU_add_suite("x509", NULL, NULL);
    CU_add_test(s, "every crypto call of a check can fail", every_crypto_call_of_a_check_can_fail);
}
