/* `cleat keyscan`: from the command line to the exit status. */
#include "cmd.h"
#include "keyscan.h"
#include "say.h"

#include <cleat/ctx.h>

#include <stdio.h>

/* As ssh-keyscan's: 0 when there is a key, 1 when there is none, 255 when it could not even try. */
enum { FOUND = 0, NONE = 1, FAILED = 255 };

static int run(const keyscan_options *o)
{
    cleat_ctx *ctx = NULL;
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    bool found = false;
    say_set_level((cleat_log_level)(o->verbose ? CLEAT_LOG_VERBOSE + o->verbose : CLEAT_LOG_INFO));
    options.log = &say_sink;
    if (cleat_ctx_new(&ctx, &options) != CLEAT_OK)
        return FAILED;
    keyscan_source *source = keyscan_source_open(o);
    if (source)
        found = keyscan_run(o, ctx, source);
    int status = !source ? FAILED : found ? FOUND : NONE;
    keyscan_source_close(source);
    cleat_ctx_unref(ctx);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        say(CLEAT_LOG_ERROR, "the keys cannot be written");
        return FAILED;
    }
    return status;
}

int cmd_keyscan(int argc, char **argv)
{
    keyscan_options o = {0};
    int status = keyscan_parse(&o, argc, argv);
    return status < 0 ? run(&o) : status;
}
