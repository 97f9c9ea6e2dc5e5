/* A signer that answers later: keys that live elsewhere - in a token, another process, a service -
 * need not be there when the library asks, and nothing waits for them but the one login.
 *
 *     custom_signer KEY_FILE        signs one message, half a second later, and checks the
 * signature
 *
 * The "elsewhere" of this example is a timer, and a key that the library is never shown. */
#include <cleat/easy.h>
#include <cleat/provider.h>

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

/* One request that waits. */
typedef struct vault {
    uv_timer_t timer;
    cleat_key *secret;
    uint8_t message[1024];
    size_t len;
    char algorithm[64];
    cleat_sign_done done;
    void *done_user;
} vault;

static void answer(vault *v, cleat_status st, cleat_slice signature)
{
    cleat_sign_done done = v->done;
    v->done = NULL;
    if (done)
        done(v->done_user, st, signature, NULL);
}

static void on_timer(uv_timer_t *timer)
{
    vault *v = timer->data;
    cleat_bytes signature;
    cleat_status st = cleat_key_sign(v->secret, v->algorithm, (cleat_slice){v->message, v->len},
                                     &signature, NULL);
    answer(v, st, (cleat_slice){signature.data, signature.len});
    cleat_bytes_free(&signature);
}

/* What the request points to is borrowed for the call, so whatever is needed later is copied. */
static cleat_status vault_sign(void *user, const cleat_sign_request *request, cleat_sign_done done,
                               void *done_user, cleat_error *error)
{
    vault *v = user;
    (void)error;
    if (v->done || request->message.len > sizeof v->message)
        return CLEAT_E_LIMIT;
    for (v->len = 0; v->len < request->message.len; v->len++)
        v->message[v->len] = request->message.data[v->len];
    snprintf(v->algorithm, sizeof v->algorithm, "%s", request->algorithm);
    v->done = done;
    v->done_user = done_user;
    uv_timer_start(&v->timer, on_timer, 500, 0);
    return CLEAT_OK;
}

static void vault_cancel(void *user, void *done_user)
{
    vault *v = user;
    if (v->done_user == done_user)
        answer(v, CLEAT_E_CANCELLED, (cleat_slice){0});
}

static void on_signed(void *user, cleat_status st, cleat_slice signature, const cleat_error *error)
{
    const cleat_key *key = user;
    (void)error;
    if (st == CLEAT_OK)
        st = cleat_key_verify(key, cleat_key_algorithm(key, 0), cleat_slice_of("a message"),
                              signature, NULL);
    printf("%s: %s\n", cleat_key_type(key), st == CLEAT_OK ? "signed" : cleat_status_text(st));
}

int main(int argc, char **argv)
{
    vault v = {0};
    cleat_key *key;
    cleat_error error = {0};
    const cleat_signer signer = {
        .struct_size = sizeof signer, .user = &v, .sign = vault_sign, .cancel = vault_cancel};
    if (argc < 2 || cleat_easy_host_key(&v.secret, NULL, argv[1], &error) != CLEAT_OK) {
        fprintf(stderr, "usage: %s KEY_FILE\n%s\n", argv[0], error.text);
        return 2;
    }
    cleat_ctx *ctx;
    if (cleat_ctx_new(&ctx, NULL) != CLEAT_OK ||
        cleat_key_from_signer(&key, ctx, cleat_key_blob(v.secret), "vault", &signer, &error) !=
            CLEAT_OK)
        return 2;
    uv_timer_init(uv_default_loop(), &v.timer);
    v.timer.data = &v;
    const cleat_sign_request request = {.algorithm = cleat_key_algorithm(key, 0),
                                        .message = cleat_slice_of("a message"),
                                        .purpose = CLEAT_SIGN_USERAUTH};
    if (cleat_key_sign_start(key, &request, on_signed, key, &error) != CLEAT_OK)
        return 1;
    printf("waiting\n");
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    cleat_key_unref(key);
    cleat_key_unref(v.secret);
    cleat_ctx_unref(ctx);
    return 0;
}
