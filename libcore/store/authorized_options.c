/* The options of a line of authorized_keys: what each of them means. */
#include "../alg/ctx.h"
#include "../base/compat.h"
#include "authorized_int.h"
#include "cidr.h"
#include "civil_time.h"

typedef void (*option_handler)(cl_key_line *l, cleat_slice value);

static void add(cl_key_line *l, const char **list, size_t *count, cleat_slice value)
{
    if (*count == CL_KEY_OPTION_VALUES_MAX)
        l->refusal = "too many values of one option";
    else
        list[(*count)++] = cl_key_line_keep(l, value);
}

static void on_command(cl_key_line *l, cleat_slice value)
{
    if (l->options->command)
        l->refusal = "two commands";
    l->options->command = cl_key_line_keep(l, value);
}

static void on_environment(cl_key_line *l, cleat_slice value)
{
    struct cleat_key_options_memory *m = l->options->memory;
    if (value.len == 0 || value.data[0] == '=' || !memchr(value.data, '=', value.len))
        l->refusal = "environment needs NAME=value";
    else
        add(l, m->environment, &m->environment_count, value);
}

static void on_permit_open(cl_key_line *l, cleat_slice value)
{
    struct cleat_key_options_memory *m = l->options->memory;
    if (!memchr(value.data, ':', value.len))
        l->refusal = "permitopen needs host:port";
    else
        add(l, m->permit_open, &m->permit_open_count, value);
}

static void on_permit_listen(cl_key_line *l, cleat_slice value)
{
    struct cleat_key_options_memory *m = l->options->memory;
    if (!value.len)
        l->refusal = "permitlisten needs host:port or port";
    else
        add(l, m->permit_listen, &m->permit_listen_count, value);
}

static void on_from(cl_key_line *l, cleat_slice value)
{
    switch (cl_host_list(l->peer->address, l->peer->host, value)) {
    case CL_ADDRESS_MATCHES:
        return;
    case CL_ADDRESS_DIFFERS:
    case CL_ADDRESS_EXCLUDED:
        l->refusal = "not allowed from this address";
        return;
    case CL_ADDRESS_MALFORMED:
        l->refusal = "from has an address range that cannot be read";
        return;
    }
}

static void on_expiry(cl_key_line *l, cleat_slice value)
{
    int64_t end;
    if (!cl_civil_time(value, NULL, &end))
        l->refusal = "expiry-time needs YYYYMMDD[HHMM[SS]][Z]";
    else if (l->peer->now >= end)
        l->refusal = "the key has expired";
}

static void on_restrict(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_pty = true;
    l->options->no_port_forwarding = true;
    l->options->no_agent_forwarding = true;
    l->options->no_user_rc = true;
    l->options->no_x11_forwarding = true;
}

static void on_no_pty(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_pty = true;
}

static void on_pty(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_pty = false;
}

static void on_no_port_forwarding(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_port_forwarding = true;
}

static void on_port_forwarding(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_port_forwarding = false;
}

static void on_no_agent_forwarding(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_agent_forwarding = true;
}

static void on_agent_forwarding(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_agent_forwarding = false;
}

static void on_no_x11_forwarding(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_x11_forwarding = true;
}

static void on_x11_forwarding(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_x11_forwarding = false;
}

static void on_no_user_rc(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_user_rc = true;
}

static void on_user_rc(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_user_rc = false;
}

static void on_authority(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->authority = true;
}

static void on_principals(cl_key_line *l, cleat_slice value)
{
    if (l->principals)
        l->refusal = "principals is there twice";
    l->principals = cl_key_line_keep(l, value);
}

static void on_no_touch_required(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->no_touch_required = true;
}

static void on_verify_required(cl_key_line *l, cleat_slice value)
{
    (void)value;
    l->options->verify_required = true;
}

static const struct {
    const char *name;
    bool has_value;
    option_handler handler;
} option_rows[] = {
    {"command", true, on_command},
    {"environment", true, on_environment},
    {"permitopen", true, on_permit_open},
    {"from", true, on_from},
    {"expiry-time", true, on_expiry},
    {"cert-authority", false, on_authority},
    {"principals", true, on_principals},
    {"restrict", false, on_restrict},
    {"no-pty", false, on_no_pty},
    {"pty", false, on_pty},
    {"no-port-forwarding", false, on_no_port_forwarding},
    {"port-forwarding", false, on_port_forwarding},
    {"no-agent-forwarding", false, on_no_agent_forwarding},
    {"agent-forwarding", false, on_agent_forwarding},
    {"no-x11-forwarding", false, on_no_x11_forwarding},
    {"x11-forwarding", false, on_x11_forwarding},
    {"no-user-rc", false, on_no_user_rc},
    {"user-rc", false, on_user_rc},
    {"no-touch-required", false, on_no_touch_required},
    {"verify-required", false, on_verify_required},
    {"permitlisten", true, on_permit_listen},
};

/* An option that is not in the table may be a restriction: the line is worth nothing without it. */
static void apply(void *user, cleat_slice name, cleat_slice value, bool has_value)
{
    cl_key_line *l = user;
    for (size_t i = 0; i < CL_COUNT(option_rows); i++) {
        if (!cl_slice_is_nocase(name, option_rows[i].name))
            continue;
        if (option_rows[i].has_value != has_value)
            l->refusal =
                has_value ? "an option has a value that takes none" : "an option needs a value";
        else
            option_rows[i].handler(l, value);
        return;
    }
    l->refusal = "an option that is unknown or not supported";
    l->unknown = name;
}

void cl_key_options_read(cl_key_line *l, cleat_slice options)
{
    const char *fault = cl_key_options_each(l->options->memory->mem, options, apply, l);
    if (fault)
        l->refusal = fault;
}
