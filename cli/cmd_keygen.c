/* The verb: which mode the flags ask for. */
#include "cmd.h"
#include "keygen.h"
#include "say.h"

typedef int (*keygen_mode)(const keygen_options *o);

/* Where several are asked for, the first counts, except for those that only change another. */
static keygen_mode pick(const keygen_options *o)
{
    if (o->signature)
        return keygen_sign;
    if (o->make_krl || o->check_krl)
        return keygen_krl;
    if (o->find_host || o->hash_hosts || o->forget_host)
        return keygen_hosts;
    return NULL;
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
    keygen_mode mode = pick(o);
    if (why)
        return keygen_usage_error(why);
    if (!mode)
        return keygen_fail("this is not built yet");
    if (o->verbose)
        say_set_level(CLEAT_LOG_DEBUG1 + (o->verbose > 3 ? 3 : o->verbose) - 1);
    options.log = &say_sink;
    cleat_status st = cleat_ctx_new(&o->ctx, &options);
    return st == CLEAT_OK ? mode(o) : keygen_fail("%s", cleat_status_text(st));
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
