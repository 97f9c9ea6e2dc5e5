/* What runs before a session's command. */
#include "prelude.h"

#include "text.h"

#include <stdlib.h>

static bool is_there(const char *path)
{
    uv_fs_t request;
    bool there = path && uv_fs_stat(NULL, &request, path, NULL) == 0;
    if (path)
        uv_fs_req_cleanup(&request);
    return there;
}

static bool may_run_own(const connection *c)
{
    bool may = rules_flag(c->rules, "PermitUserRC");
    for (size_t i = 0; i < c->grant_count; i++)
        may = may && !c->grants[i].options.no_user_rc;
    return may;
}

/* The user's shell decides: one that runs nothing (nologin) runs no rc file either. */
static bool use_own(prelude *p, const connection *c, const port_command *command)
{
    p->path = text_format("%s/.ssh/rc", c->account->user->home);
    if (!is_there(p->path))
        return false;
    p->argv[0] = command->shell;
    p->argv[1] = command->shell_option ? command->shell_option : "-c";
    p->argv[2] = "/bin/sh .ssh/rc";
    return true;
}

static bool use_system_s(prelude *p)
{
    char *folder = NULL;
    prelude_free(p);
    if (port_path(&folder, PORT_PLACE_SYSTEM_SSH, NULL) != CLEAT_OK)
        return false;
    p->path = text_format("%s/sshrc", folder);
    port_free(folder);
    if (!is_there(p->path)) {
        prelude_free(p);
        return false;
    }
    p->argv[0] = "/bin/sh";
    p->argv[1] = p->path;
    return true;
}

static bool use_xauth(prelude *p, const connection *c, const awaiting_x11 *x11)
{
    p->argv[0] = rules_text(c->rules, "XAuthLocation");
    p->argv[1] = "-q";
    p->argv[2] = "-";
    p->what.input = cleat_slice_of(awaiting_x11_for_xauth(x11));
    return true;
}

bool prelude_find(prelude *p, const connection *c, const port_command *command, bool own_rc,
                  const awaiting_x11 *x11)
{
    *p = (prelude){0};
    p->what.argv = p->argv;
    if (!port_process_has_prelude())
        return false;
    if (x11)
        p->what.input = cleat_slice_of(awaiting_x11_for_rc(x11));
    if ((own_rc && may_run_own(c) && use_own(p, c, command)) || use_system_s(p))
        return true;
    return x11 && use_xauth(p, c, x11);
}

void prelude_free(prelude *p)
{
    free(p->path);
    p->path = NULL;
}
