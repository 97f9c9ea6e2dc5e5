/* The verb: which mode the flags ask for. */
#include "cmd.h"
#include "keygen.h"
#include "say.h"

typedef int (*keygen_mode)(const keygen_options *o);

static int no_tokens(const keygen_options *o)
{
    return o->pkcs11_provider
               ? keygen_fail("-D: keys on tokens come with PKCS#11 support, which is not there yet")
               : keygen_fail("-K: keys on security keys come with FIDO2 support, which is not "
                             "there yet");
}

typedef struct mode {
    bool asked;
    keygen_mode run;
} mode;

/* Where several are asked for, the first counts. */
static keygen_mode pick(const keygen_options *o)
{
    const mode modes[] = {
        {o->signature != NULL, keygen_sign},
        {o->make_krl || o->check_krl, keygen_krl},
        {o->pkcs11_provider || o->download_resident, no_tokens},
        {o->authority != NULL, keygen_certify},
        {o->show_certificate, keygen_show_certificates},
        {o->find_host || o->hash_hosts || o->forget_host, keygen_hosts},
        {o->show_fingerprint || o->bubblebabble, keygen_fingerprint},
        {o->change_passphrase, keygen_change_passphrase},
        {o->change_comment, keygen_change_comment},
        {o->export_key, keygen_export},
        {o->import_key, keygen_import},
        {o->print_public, keygen_print_public},
        {o->sshfp_host != NULL, keygen_sshfp},
        {o->moduli != NULL, keygen_moduli},
        {o->host_keys, keygen_host_keys},
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (modes[i].asked)
            return modes[i].run;
    }
    return keygen_generate;
}

/* What does not go together. */
static const char *why_not(const keygen_options *o)
{
    bool takes_args = o->signature || o->make_krl || o->check_krl || o->authority || o->moduli;
    if (o->authority && !o->signature && !o->make_krl && !o->arg_count)
        return "Too few arguments.";
    if (o->arg_count && !takes_args)
        return "Too many arguments.";
    if (o->change_passphrase && o->change_comment)
        return "Can only have one of -p and -c.";
    if (o->show_fingerprint && (o->hash_hosts || o->forget_host))
        return "Cannot use -l with -H or -R.";
    return NULL;
}

static int run(keygen_options *o)
{
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    const char *why = why_not(o);
    if (why)
        return keygen_usage_error(why);
    if (o->verbose)
        say_set_level(CLEAT_LOG_DEBUG1 + (o->verbose > 3 ? 3 : o->verbose) - 1);
    options.log = &say_sink;
    cleat_status st = cleat_ctx_new(&o->ctx, &options);
    return st == CLEAT_OK ? pick(o)(o) : keygen_fail("%s", cleat_status_text(st));
}

int cmd_keygen(int argc, char **argv)
{
    keygen_options o = {0};
    int status = keygen_parse(&o, argc, argv);
    if (status < 0)
        status = run(&o);
    keygen_options_free(&o);
    cleat_ctx_unref(o.ctx);
    return status;
}
