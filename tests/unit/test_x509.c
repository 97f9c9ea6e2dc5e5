/* Chains of X.509 certificates: their form, whom they name, and what makes them worthless. */
#include "../../libcore/x509/chain.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_2024 = 1704153600 };

typedef struct data_file {
    const char *name;
    cleat_slice content;
} data_file;

static data_file open_file(const char *folder, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return (data_file){name, data_read(path)};
}

static void close_file(data_file *f)
{
    free((void *)(uintptr_t)f->content.data);
}

static cleat_key *key_of(cleat_ctx *ctx, const char *name)
{
    cleat_key *key = NULL;
    data_file f = open_file("keys", name);
    CU_ASSERT_EQUAL_FATAL(cleat_key_read(&key, ctx, f.content, NULL, name, NULL, NULL), CLEAT_OK);
    close_file(&f);
    return key;
}

static cleat_x509 *chain_for(cleat_ctx *ctx, const char *key_name, const char *name)
{
    cleat_x509 *chain = NULL;
    cleat_error error = {0};
    cleat_key *key = key_of(ctx, key_name);
    data_file f = open_file("x509", name);
    if (cleat_x509_read(&chain, key, f.content, NULL, 0, &error) != CLEAT_OK)
        printf("%s: %s\n", name, error.text);
    close_file(&f);
    cleat_key_unref(key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(chain);
    return chain;
}

/* The same with a response, whatever that is about. */
static cleat_x509 *chain_with(cleat_ctx *ctx, const char *name, const char *response)
{
    cleat_x509 *both = NULL;
    cleat_x509 *chain = chain_for(ctx, "ed25519.pub", name);
    data_file r = open_file("x509", response);
    CU_ASSERT_EQUAL_FATAL(
        cl_x509_join(chain->env, chain->certs, chain->cert_count, &r.content, 1, &both, NULL),
        CLEAT_OK);
    cl_x509_adopt(both, ctx);
    close_file(&r);
    cleat_x509_unref(chain);
    return both;
}

static cleat_x509 *chain_of(cleat_ctx *ctx, const char *name)
{
    return chain_for(ctx, "ed25519.pub", name);
}

static cleat_x509_store *store_of(cleat_ctx *ctx, const char *root, const char *const *crls)
{
    cleat_x509_store *store = NULL;
    data_file f = open_file("x509", root);
    CU_ASSERT_EQUAL_FATAL(cleat_x509_store_new(&store, ctx), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_x509_store_add(store, f.content, NULL), CLEAT_OK);
    close_file(&f);
    for (; crls && *crls; crls++) {
        f = open_file("x509", *crls);
        CU_ASSERT_EQUAL(cleat_x509_store_add_crl(store, f.content, NULL), CLEAT_OK);
        close_file(&f);
    }
    return store;
}

static cleat_x509_use use_for(cleat_cert_kind kind)
{
    return (cleat_x509_use){.struct_size = sizeof(cleat_x509_use), .kind = kind, .now = NOW_2024};
}

/* "" where the chain is good. */
static const char *why_not(const cleat_x509 *chain, const cleat_x509_store *store,
                           const cleat_x509_use *use)
{
    static cleat_error error;
    error = (cleat_error){0};
    cleat_status st = cleat_x509_check(chain, store, use, &error);
    CU_ASSERT_EQUAL(st == CLEAT_OK, !error.text[0]);
    return error.text;
}

static void expect(const char *what, const char *found, const char *wanted)
{
    bool same = *wanted ? strstr(found, wanted) != NULL : !*found;
    if (!same)
        printf("%s: \"%s\" instead of \"%s\"\n", what, found, wanted);
    CU_ASSERT(same);
}

/* ---- form ---- */

static void check_type(cleat_ctx *ctx, const char *key_name, const char *name,
                       const char *algorithm)
{
    cleat_bytes blob = {0};
    cleat_x509 *again = NULL;
    cleat_x509 *chain = chain_for(ctx, key_name, name);
    CU_ASSERT_EQUAL(cleat_x509_get_facts(chain)->certificate_count, 2);
    CU_ASSERT_STRING_EQUAL(cleat_x509_pick_algorithm(chain, NULL, NULL), algorithm);
    CU_ASSERT_EQUAL_FATAL(cleat_x509_write(chain, algorithm, &blob), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(
        cleat_x509_from_blob(&again, ctx, (cleat_slice){blob.data, blob.len}, NULL), CLEAT_OK);
    CU_ASSERT(cleat_key_equal(cleat_x509_key(again), cleat_x509_key(chain)));
    cleat_bytes_free(&blob);
    cleat_x509_unref(again);
    cleat_x509_unref(chain);
}

static void test_types(void)
{
    cleat_ctx *ctx = data_ctx();
    check_type(ctx, "ed25519.pub", "user_ed25519.pem", "x509v3-ssh-ed25519");
    check_type(ctx, "ed448_spki.pem", "user_ed448.pem", "x509v3-ssh-ed448");
    check_type(ctx, "ecdsa256.pub", "user_ecdsa256.pem", "x509v3-ecdsa-sha2-nistp256");
    check_type(ctx, "ecdsa384.pub", "user_ecdsa384.pem", "x509v3-ecdsa-sha2-nistp384");
    check_type(ctx, "ecdsa521.pub", "user_ecdsa521.pem", "x509v3-ecdsa-sha2-nistp521");
    check_type(ctx, "rsa2048.pub", "user_rsa2048.pem", "x509v3-rsa2048-sha256");
    cleat_ctx_unref(ctx);
}

/* One certificate goes by two names of algorithms for RSA; by no other type's. */
static void test_algorithms(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_bytes blob = {0};
    cleat_x509 *chain = chain_for(ctx, "rsa2048.pub", "user_rsa2048.pem");
    CU_ASSERT_STRING_EQUAL(cleat_x509_pick_algorithm(chain, "x509v3-ssh-rsa", NULL),
                           "x509v3-ssh-rsa");
    CU_ASSERT_PTR_NULL(cleat_x509_pick_algorithm(chain, NULL, "rsa-sha2-512,ssh-rsa"));
    CU_ASSERT_EQUAL(cleat_x509_write(chain, "x509v3-ssh-ed25519", &blob), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_x509_write(chain, "ssh-rsa", &blob), CLEAT_E_BAD_CALL);
    CU_ASSERT(cleat_x509_is_name("x509v3-ssh-rsa"));
    CU_ASSERT(!cleat_x509_is_name("ssh-rsa"));
    CU_ASSERT_STRING_EQUAL(cleat_algorithm_key_type("x509v3-rsa2048-sha256"), "ssh-rsa");
    CU_ASSERT_PTR_NULL(cleat_algorithm_key_type("rsa2048-sha256"));
    cleat_x509_unref(chain);
    cleat_ctx_unref(ctx);
}

/* RFC 6187 §3.3: its own name in the signature, and none among the plain key's algorithms. */
static void test_signature(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = key_of(ctx, "rsa2048");
    cleat_bytes signature = {0};
    cleat_slice message = cleat_slice_of("message");
    for (size_t i = 0; cleat_key_algorithm(key, i); i++)
        CU_ASSERT_STRING_NOT_EQUAL(cleat_key_algorithm(key, i), "rsa2048-sha256");
    CU_ASSERT_EQUAL_FATAL(cleat_key_sign(key, "rsa2048-sha256", message, &signature, NULL),
                          CLEAT_OK);
    CU_ASSERT_EQUAL(memcmp(signature.data, "\0\0\0\16rsa2048-sha256", 18), 0);
    cleat_slice made = {signature.data, signature.len};
    CU_ASSERT_EQUAL(cleat_key_verify(key, "rsa2048-sha256", message, made, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_key_verify(key, "rsa-sha2-256", message, made, NULL), CLEAT_E_SIGNATURE);
    cleat_bytes_free(&signature);
    cleat_key_unref(key);
    key = key_of(ctx, "rsa1024.pem");
    CU_ASSERT_EQUAL(cleat_key_sign(key, "rsa2048-sha256", message, &signature, NULL),
                    CLEAT_E_KEY_WEAK);
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

static cleat_status read_blob(cleat_ctx *ctx, const uint8_t *data, size_t len)
{
    cleat_x509 *chain = NULL;
    /* A copy of its own, so that a read past the end is one past the block's. */
    uint8_t *copy = malloc(len ? len : 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, data, len);
    cleat_status st = cleat_x509_from_blob(&chain, ctx, (cleat_slice){copy, len}, NULL);
    CU_ASSERT_EQUAL(st == CLEAT_OK, chain != NULL);
    cleat_x509_unref(chain);
    free(copy);
    return st;
}

static void test_damage(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_bytes blob = {0};
    cleat_x509 *chain = chain_with(ctx, "answered.pem", "good.ocsp");
    CU_ASSERT_EQUAL(cleat_x509_get_facts(chain)->response_count, 1);
    CU_ASSERT_EQUAL_FATAL(cleat_x509_write(chain, "x509v3-ssh-ed25519", &blob), CLEAT_OK);
    CU_ASSERT_EQUAL(read_blob(ctx, blob.data, blob.len), CLEAT_OK);
    for (size_t len = 0; len < blob.len; len++)
        CU_ASSERT_NOT_EQUAL(read_blob(ctx, blob.data, len), CLEAT_OK);
    /* The name's last letter; the number of certificates; the first one's length. */
    const struct {
        size_t at;
        uint8_t value;
    } lies[] = {{21, '8'}, {25, 0}, {25, 1}, {25, 3}, {25, 11}, {22, 0x80}, {26, 0xff}, {29, 1}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        uint8_t was = blob.data[lies[i].at];
        blob.data[lies[i].at] = lies[i].value;
        CU_ASSERT_NOT_EQUAL(read_blob(ctx, blob.data, blob.len), CLEAT_OK);
        blob.data[lies[i].at] = was;
    }
    cleat_bytes_free(&blob);
    cleat_x509_unref(chain);
    cleat_ctx_unref(ctx);
}

/* ---- files ---- */

static void test_files(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509 *chain = chain_of(ctx, "mixed.pem");
    const cleat_x509_facts *f = cleat_x509_get_facts(chain);
    CU_ASSERT_EQUAL(f->certificate_count, 2);
    CU_ASSERT_STRING_EQUAL(f->subject, "C=DE,O=Example,CN=alice");
    CU_ASSERT_STRING_EQUAL(f->issuer, "O=Example,CN=Users");
    CU_ASSERT(strlen(f->serial) > 20);
    cleat_x509_unref(chain);
    chain = chain_of(ctx, "user.der");
    CU_ASSERT_EQUAL(cleat_x509_get_facts(chain)->certificate_count, 1);
    cleat_x509_unref(chain);

    cleat_key *other = key_of(ctx, "ecdsa256.pub");
    data_file f2 = open_file("x509", "mixed.pem");
    CU_ASSERT_EQUAL(cleat_x509_read(&chain, other, f2.content, NULL, 0, NULL), CLEAT_E_NO_SUCH);
    CU_ASSERT(cleat_x509_is_file(f2.content));
    close_file(&f2);
    f2 = open_file("keys", "ecdsa384_sec1.pem");
    CU_ASSERT(!cleat_x509_is_file(f2.content));
    CU_ASSERT_EQUAL(cleat_x509_read(&chain, other, f2.content, NULL, 0, NULL), CLEAT_E_NO_SUCH);
    close_file(&f2);
    CU_ASSERT(!cleat_x509_is_file(cleat_slice_of("ssh-ed25519 AAAA")));
    cleat_key_unref(other);
    cleat_ctx_unref(ctx);
}

/* What is damaged is named by its line, not passed over. */
static void test_bad_stores(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = NULL;
    cleat_error error = {0};
    CU_ASSERT_EQUAL_FATAL(cleat_x509_store_new(&store, ctx), CLEAT_OK);
    cleat_slice text = cleat_slice_of("# none\n");
    CU_ASSERT_EQUAL(cleat_x509_store_add(store, text, &error), CLEAT_E_NO_SUCH);
    CU_ASSERT_EQUAL(cleat_x509_store_add_crl(store, text, &error), CLEAT_E_NO_SUCH);
    text = cleat_slice_of("\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    CU_ASSERT_EQUAL(cleat_x509_store_add(store, text, &error), CLEAT_E_KEY_FORMAT);
    CU_ASSERT_EQUAL(strncmp(error.text, "line 3: ", 8), 0);
    text = cleat_slice_of("-----BEGIN CERTIFICATE-----\nAAAA\n");
    CU_ASSERT_EQUAL(cleat_x509_store_add(store, text, &error), CLEAT_E_KEY_FORMAT);
    data_file f = open_file("x509", "root.pem");
    CU_ASSERT_EQUAL(cleat_x509_store_add_crl(store, f.content, &error), CLEAT_E_NO_SUCH);
    close_file(&f);
    static const char *const partial[] = {"delta.crl", "reasons.crl", "indirect.crl"};
    for (size_t i = 0; i < sizeof partial / sizeof *partial; i++) {
        f = open_file("x509", partial[i]);
        CU_ASSERT_EQUAL(cleat_x509_store_add_crl(store, f.content, &error), CLEAT_E_UNSUPPORTED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "revocation list"));
        close_file(&f);
    }
    f = open_file("x509", "users.crl");
    CU_ASSERT_EQUAL(cleat_x509_store_add_crl(store, f.content, &error), CLEAT_OK);
    close_file(&f);
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

/* ---- names ---- */

static void test_hosts(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509 *chain = chain_of(ctx, "host.pem");
    const struct {
        const char *name;
        bool named;
    } rows[] = {{"host.example", true},      {"HOST.Example", true},
                {"host.example.", true},     {"a.wild.example", true},
                {"a.b.wild.example", false}, {"wild.example", false},
                {"192.0.2.7", true},         {"192.0.2.8", false},
                {"2001:db8::7", true},       {"2001:0db8:0::0:7", true},
                {"ignored.example", false},  {"", false},
                {"ahost.example", false},    {".", false},
                {"host.example.evil", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool named = cleat_x509_names_host(chain, rows[i].name);
        if (named != rows[i].named)
            printf("%s: %d\n", rows[i].name, named);
        CU_ASSERT_EQUAL(named, rows[i].named);
    }
    cleat_x509_unref(chain);
    cleat_ctx_unref(ctx);
}

static void test_users(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509 *chain = chain_of(ctx, "user_ed25519.pem");
    const struct {
        const char *rules, *user;
        bool named;
    } rows[] = {{"email", "alice", true},
                {"email", "Alice", false},
                {"email", "alic", false},
                {"email", "", false},
                {"email@example.org", "alice", false},
                {"upn", "alice", false},
                {"upn", "alice@corp.example", true},
                {"upn@corp.example", "alice", true},
                {"upn@CORP.example", "alice", true},
                {"upn@*.example", "alice", true},
                {"upn@*", "alice", true},
                {"upn@corp.exampl", "alice", false},
                {"dns", "alice", false},
                {"cn", "alice", true},
                {"cn", "bob", false},
                {"dns  cn", "alice", true},
                {"nonsense", "alice", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool named = cleat_x509_names_user(chain, rows[i].rules, rows[i].user);
        if (named != rows[i].named)
            printf("%s, %s: %d\n", rows[i].rules, rows[i].user, named);
        CU_ASSERT_EQUAL(named, rows[i].named);
    }
    CU_ASSERT_PTR_NULL(cleat_x509_user_rules_fault("email  upn@corp.example"));
    const char *const wrong[] = {"", " ", "mail", "email@", "cn@x", "email cn2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_PTR_NOT_NULL(cleat_x509_user_rules_fault(wrong[i]));
    cleat_x509_unref(chain);
    cleat_ctx_unref(ctx);
}

static void test_subjects(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509 *chain = chain_of(ctx, "user_ed25519.pem");
    const struct {
        const char *pattern;
        cleat_status st;
    } rows[] = {{"C=DE,O=Example,CN=alice", CLEAT_OK},
                {"/C=DE/O=Example/CN=alice", CLEAT_OK},
                {" C = DE,O=example, commonName=ALICE ", CLEAT_OK},
                {"C=DE,O=Example,2.5.4.3=alice", CLEAT_OK},
                {"C=DE,O=Ex\\ample,CN=alice", CLEAT_OK},
                {"C=DE,O=Example,*", CLEAT_OK},
                {"/C=DE/*", CLEAT_OK},
                {"C=DE,O=Example,CN=alice,*", CLEAT_OK},
                {"C=DE,O=Example", CLEAT_E_NO_SUCH},
                {"O=Example,CN=alice", CLEAT_E_NO_SUCH},
                {"CN=alice,O=Example,C=DE", CLEAT_E_NO_SUCH},
                {"C=DE,O=Example+CN=alice", CLEAT_E_NO_SUCH},
                {"C=DE,O=Example\\,CN=alice", CLEAT_E_NO_SUCH},
                {"C=DE,O=Exam,*", CLEAT_E_NO_SUCH},
                {"O=Example,*", CLEAT_E_NO_SUCH},
                {"C=DE,O=Example,CN=alice,OU=x,*", CLEAT_E_NO_SUCH},
                {"", CLEAT_E_CONFIG},
                {"*", CLEAT_E_CONFIG},
                {",*", CLEAT_E_CONFIG},
                {"C=DE,", CLEAT_E_CONFIG},
                {"C=DE+", CLEAT_E_CONFIG},
                {"C=", CLEAT_E_CONFIG},
                {"=DE", CLEAT_E_CONFIG},
                {"alice", CLEAT_E_CONFIG},
                {"XYZ=alice", CLEAT_E_CONFIG}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_status st = cleat_x509_match_subject(chain, rows[i].pattern);
        if (st != rows[i].st)
            printf("%s: %d\n", rows[i].pattern, st);
        CU_ASSERT_EQUAL(st, rows[i].st);
    }
    cleat_x509_unref(chain);
    cleat_ctx_unref(ctx);
}

/* ---- checks ---- */

static void test_reasons(void)
{
    static const struct {
        const char *file, *why;
    } rows[] = {{"user_ed25519.pem", ""},
                {"unlimited.pem", ""},
                {"any.pem", ""},
                {"by_narrow_good.pem", ""},
                {"expired.pem", "CN=alice: it has expired"},
                {"future.pem", "CN=alice: it is not valid yet"},
                {"unsigned.pem", "its key is not for signatures"},
                {"tls.pem", "it is for another purpose"},
                {"sha1.pem", "its signature is too weak"},
                {"by_web.pem", "CN=Web: it may not issue certificates for this purpose"},
                {"by_small.pem", "CN=Small: its key is too weak"},
                {"by_narrow.pem", "its authority may not name this"},
                {"by_user.pem", "CN=alice: it may not issue certificates"},
                {"too_deep.pem", "CN=Last: there are more authorities below it than it allows"},
                {"user.der", "CN=alice: its authority is not known"}};
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509_store *other = store_of(ctx, "other_root.pem", NULL);
    cleat_x509_use use = use_for(CLEAT_CERT_USER);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_x509 *chain = chain_of(ctx, rows[i].file);
        expect(rows[i].file, why_not(chain, store, &use), rows[i].why);
        expect(rows[i].file, why_not(chain, other, &use), "certificate of ");
        cleat_x509_unref(chain);
    }
    cleat_x509_store_unref(other);
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

static void test_purposes(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509 *user = chain_of(ctx, "user_ed25519.pem");
    cleat_x509 *host = chain_of(ctx, "host.pem");
    cleat_x509 *tls = chain_of(ctx, "tls.pem");
    cleat_x509 *unlimited = chain_of(ctx, "unlimited.pem");
    cleat_x509_use use = use_for(CLEAT_CERT_HOST);
    expect("user as host", why_not(user, store, &use), "it is for another purpose");
    expect("host", why_not(host, store, &use), "");
    use.kind = CLEAT_CERT_USER;
    expect("host as user", why_not(host, store, &use), "it is for another purpose");
    use.purpose_required = true;
    expect("no purpose", why_not(unlimited, store, &use), "it is for another purpose");
    use.purposes = "secureShellClient clientAuth";
    expect("tls by name", why_not(tls, store, &use), "");
    use.purposes = "1.3.6.1.5.5.7.3.1";
    expect("tls by number", why_not(tls, store, &use), "");
    use.purposes = "any";
    expect("any", why_not(unlimited, store, &use), "");
    use.purposes = "nonsense";
    expect("unknown", why_not(tls, store, &use), "a purpose that is not known");
    CU_ASSERT_PTR_NULL(cleat_x509_purposes_fault("any"));
    CU_ASSERT_PTR_NOT_NULL(cleat_x509_purposes_fault(" "));
    cleat_x509_unref(unlimited);
    cleat_x509_unref(tls);
    cleat_x509_unref(host);
    cleat_x509_unref(user);
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

static void test_limits(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509 *rsa = chain_for(ctx, "rsa2048.pub", "user_rsa2048.pem");
    cleat_x509 *weak = chain_for(ctx, "rsa1024.pem", "short.pem");
    cleat_x509_use use = use_for(CLEAT_CERT_USER);
    expect("rsa", why_not(rsa, store, &use), "");
    expect("1024 bits", why_not(weak, store, &use), "its key is too weak");
    use.security_level = 1;
    expect("level 1", why_not(weak, store, &use), "an RSA key of 1024 bits");
    use.rsa_min_bits = 1024;
    expect("1024 allowed", why_not(weak, store, &use), "");
    use.rsa_min_bits = 3072;
    expect("3072 wanted", why_not(rsa, store, &use), "at least 3072");
    use = use_for(CLEAT_CERT_USER);
    use.security_level = 3;
    expect("level 3", why_not(rsa, store, &use), "its key is too weak");
    use = use_for(CLEAT_CERT_USER);
    use.now = NOW_2024 + (int64_t)22 * 365 * 86400;
    expect("2046", why_not(rsa, store, &use), "it has expired");
    use.now = 0;
    expect("1970", why_not(rsa, store, &use), "it is not valid yet");
    use.kind = 0;
    expect("no use", why_not(rsa, store, &use), "a use that is not known");
    cleat_x509_unref(weak);
    cleat_x509_unref(rsa);
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

/* Certificates that do not certify each other in their order are refused, whatever they are. */
/* ---- keys that are revoked ---- */

typedef struct revoked_key {
    unsigned which, asked; /* the n-th key that is asked about, from 1 */
} revoked_key;

static bool is_the_one(void *user, const cleat_key *key)
{
    revoked_key *r = user;
    (void)key;
    return ++r->asked == r->which;
}

/* The certificate's own, the authority's between, the root's. */
static void test_revoked_keys(void)
{
    static const char *const named[] = {"", "CN=alice", "certificate of", "certificate of"};
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509 *chain = chain_for(ctx, "ed25519.pub", "user_ed25519.pem");
    for (unsigned which = 0; which <= 3; which++) {
        revoked_key r = {.which = which};
        cleat_x509_use use = use_for(CLEAT_CERT_USER);
        use.key_is_revoked = is_the_one;
        use.user = &r;
        const char *why = why_not(chain, store, &use);
        expect("revoked key", why, which ? "its key is revoked" : "");
        CU_ASSERT_PTR_NOT_NULL(strstr(why, named[which]));
        CU_ASSERT_EQUAL(r.asked, which ? which : 3);
    }
    cleat_x509_unref(chain);
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

static void test_order(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509 *user = chain_of(ctx, "user_ed25519.pem");
    cleat_x509 *web = chain_of(ctx, "by_web.pem");
    cleat_x509 *mixed = NULL;
    X509 *certs[] = {user->certs[0], web->certs[1], user->certs[1]};
    cleat_x509_use use = use_for(CLEAT_CERT_USER);
    CU_ASSERT_EQUAL_FATAL(cl_x509_join(user->env, certs, 3, NULL, 0, &mixed, NULL), CLEAT_OK);
    expect("order", why_not(mixed, store, &use), "the chain is not in order");
    cleat_x509_unref(mixed);
    cleat_x509_unref(web);
    cleat_x509_unref(user);
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

static void check_lists(cleat_ctx *ctx, const char *file, const char *const *crls, bool required,
                        const char *why)
{
    cleat_x509_store *store = store_of(ctx, "root.pem", crls);
    cleat_x509 *chain = chain_of(ctx, file);
    cleat_x509_use use = use_for(CLEAT_CERT_USER);
    use.crl_required = required;
    expect(file, why_not(chain, store, &use), why);
    cleat_x509_unref(chain);
    cleat_x509_store_unref(store);
}

static void test_lists(void)
{
    static const char *const none[] = {NULL};
    static const char *const below[] = {"below.crl", NULL};
    static const char *const all[] = {"below.crl", "root.crl", NULL};
    static const char *const root[] = {"root.crl", NULL};
    static const char *const stale[] = {"below_stale.crl", "root.crl", NULL};
    static const char *const both[] = {"below_stale.crl", "below.crl", "root.crl", NULL};
    const char good[] = "user_ed25519.pem";
    cleat_ctx *ctx = data_ctx();
    check_lists(ctx, good, none, false, "");
    check_lists(ctx, good, below, false, "");
    check_lists(ctx, good, all, true, "");
    check_lists(ctx, good, both, true, "");
    check_lists(ctx, "revoked.pem", none, false, "");
    check_lists(ctx, "revoked.pem", below, false, "CN=revoked: it is revoked");
    check_lists(ctx, "revoked.pem", all, true, "CN=revoked: it is revoked");
    check_lists(ctx, good, none, true, "there is no revocation list of its authority");
    check_lists(ctx, good, root, true, "there is no revocation list of its authority");
    check_lists(ctx, good, below, true, "there is no revocation list of its authority");
    check_lists(ctx, good, stale, true, "revocation list is out of date");
    check_lists(ctx, good, stale, false, "revocation list is out of date");
    cleat_ctx_unref(ctx);
}

static void test_responses(void)
{
    static const struct {
        const char *response, *why;
    } rows[] = {{"good.ocsp", ""},
                {"sha256.ocsp", ""},
                {"delegate.ocsp", ""},
                {"open.ocsp", "out of date"}, /* it is of the day before yesterday */
                {"stranger.ocsp", "is not signed by its authority"},
                {"purpose.ocsp", "is not signed by its authority"},
                {"revoked.ocsp", "CN=alice: it is revoked, by its OCSP response"},
                {"unknown.ocsp", "its OCSP responder does not know it"},
                {"stale.ocsp", "out of date"},
                {"early.ocsp", "from the future"},
                {"root.pem", "cannot be read"}};
    cleat_ctx *ctx = data_ctx();
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509_use use = use_for(CLEAT_CERT_USER);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleat_x509 *chain = chain_with(ctx, "answered.pem", rows[i].response);
        for (use.ocsp = CLEAT_X509_OCSP_OPTIONAL; use.ocsp <= CLEAT_X509_OCSP_REQUIRED; use.ocsp++)
            expect(rows[i].response, why_not(chain, store, &use), rows[i].why);
        cleat_x509_unref(chain);
    }
    cleat_x509_store_unref(store);
    cleat_ctx_unref(ctx);
}

/* Only the responses about a key's own certificates go with them. */
static void test_own_responses(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_key *key = key_of(ctx, "ed25519.pub");
    cleat_x509 *chain = NULL;
    data_file f = open_file("x509", "answered.pem");
    data_file good = open_file("x509", "good.ocsp");
    data_file another = open_file("x509", "another.ocsp");
    const cleat_slice all[] = {another.content, good.content, another.content, good.content};
    CU_ASSERT_EQUAL_FATAL(cleat_x509_read(&chain, key, f.content, all, 4, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(chain->response_count, 1);
    CU_ASSERT(cleat_slice_equal(chain->responses[0], good.content));
    cleat_x509_unref(chain);
    CU_ASSERT_EQUAL(cleat_x509_read(&chain, key, f.content, &f.content, 1, NULL),
                    CLEAT_E_KEY_FORMAT);
    close_file(&f);
    close_file(&good);
    close_file(&another);
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
}

static void check_missing(cleat_ctx *ctx, const char *file, const char *response, const char *named,
                          const char *required)
{
    cleat_x509_store *store = store_of(ctx, "root.pem", NULL);
    cleat_x509 *chain = response ? chain_with(ctx, file, response) : chain_of(ctx, file);
    cleat_x509_use use = use_for(CLEAT_CERT_USER);
    expect(file, why_not(chain, store, &use), "");
    use.ocsp = CLEAT_X509_OCSP_NAMED;
    expect(file, why_not(chain, store, &use), named);
    use.ocsp = CLEAT_X509_OCSP_REQUIRED;
    expect(file, why_not(chain, store, &use), required);
    cleat_x509_unref(chain);
    cleat_x509_store_unref(store);
}

static void test_missing_responses(void)
{
    static const char none[] = "no OCSP response came with it";
    cleat_ctx *ctx = data_ctx();
    check_missing(ctx, "answered.pem", NULL, none, none);
    check_missing(ctx, "answered.pem", "another.ocsp", none, none);
    check_missing(ctx, "user_ed25519.pem", NULL, "", none);
    cleat_ctx_unref(ctx);
}

void suite_x509(void)
{
    CU_pSuite suite = CU_add_suite("x509", NULL, NULL);
    CU_add_test(suite, "types", test_types);
    CU_add_test(suite, "algorithms", test_algorithms);
    CU_add_test(suite, "signature", test_signature);
    CU_add_test(suite, "truncations and lies", test_damage);
    CU_add_test(suite, "files", test_files);
    CU_add_test(suite, "bad stores", test_bad_stores);
    CU_add_test(suite, "hosts", test_hosts);
    CU_add_test(suite, "users", test_users);
    CU_add_test(suite, "subjects", test_subjects);
    CU_add_test(suite, "reasons", test_reasons);
    CU_add_test(suite, "purposes", test_purposes);
    CU_add_test(suite, "limits", test_limits);
    CU_add_test(suite, "revoked keys", test_revoked_keys);
    CU_add_test(suite, "order", test_order);
    CU_add_test(suite, "revocation lists", test_lists);
    CU_add_test(suite, "OCSP responses", test_responses);
    CU_add_test(suite, "own OCSP responses", test_own_responses);
    CU_add_test(suite, "missing OCSP responses", test_missing_responses);
}
