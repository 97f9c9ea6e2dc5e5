/* What -v tells about a connection. The key exchange's own lines come from the library. */
#include "trace.h"

#include "identity.h"
#include "say.h"

#include <string.h>

void trace_connected(ssh_hop *h, const char *version)
{
    if (*h->ends.peer)
        say(CLEAT_LOG_DEBUG1, "Connected to %s [%s] port %u.", h->target, h->ends.peer,
            (unsigned)h->ends.peer_port);
    say(CLEAT_LOG_DEBUG1, "Connection established.");
    say(CLEAT_LOG_DEBUG1, "Local version string SSH-2.0-%s", version);
    say(CLEAT_LOG_DEBUG1, "Authenticating to %s:%u as '%s'", h->target, (unsigned)h->port, h->user);
    h->began = uv_now(h->run->loop);
}

static void say_key(const ssh_hop *h, const char *what)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    const offer *o = identity_offered(h);
    if (!o || cleat_key_fingerprint(o->of->key, CLEAT_FINGERPRINT_SHA256, fingerprint) != CLEAT_OK)
        return;
    bool agent = o->of->in_agent || (o->cert && o->cert->in_agent);
    say(CLEAT_LOG_DEBUG1, "%s: %s %s%s %s%s%s", what, o->of->name, cleat_key_label(o->of->key),
        o->cert ? "-CERT" : "", fingerprint, o->of->named ? " explicit" : "",
        agent ? " agent" : "");
}

static void say_ext_info(const cleat_event *ev)
{
    say(CLEAT_LOG_DEBUG1, "kex_input_ext_info: %s=<%.*s>", ev->u.ext_info.name,
        (int)ev->u.ext_info.value.len, (const char *)ev->u.ext_info.value.data);
}

static void say_method(const ssh_hop *h, const char *before)
{
    const char *method = cleat_login_method(h->login);
    if (strcmp(method, before) != 0)
        say(CLEAT_LOG_DEBUG1, "Next authentication method: %s", method);
    if (strcmp(method, "publickey") == 0)
        say_key(h, "Offering public key");
}

void trace_event(ssh_hop *h, const cleat_event *ev, const char *before)
{
    switch (ev->type) {
    case CLEAT_EV_EXT_INFO:
        say_ext_info(ev);
        break;
    case CLEAT_EV_AUTH_NEXT:
        if (h->login)
            say_method(h, before);
        break;
    case CLEAT_EV_AUTH_PK_OK:
        say_key(h, "Server accepts key");
        break;
    case CLEAT_EV_DEBUG:
        say(CLEAT_LOG_DEBUG1, "Remote: %s", ev->text);
        break;
    default:
        break;
    }
}

void trace_end(const ssh_hop *h, cleat_conn_stats stats)
{
    double seconds = (double)(uv_now(h->run->loop) - h->began) / 1000;
    if (!h->logged_in)
        return;
    say(CLEAT_LOG_VERBOSE, "Transferred: sent %llu, received %llu bytes, in %.1f seconds",
        (unsigned long long)stats.bytes_out, (unsigned long long)stats.bytes_in, seconds);
    if (seconds > 0)
        say(CLEAT_LOG_VERBOSE, "Bytes per second: sent %.1f, received %.1f",
            (double)stats.bytes_out / seconds, (double)stats.bytes_in / seconds);
}
