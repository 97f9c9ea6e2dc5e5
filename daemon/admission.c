/* Who may wait for a login. */
#include "admission.h"

#include "check.h"
#include "penalties.h"
#include "source.h"

static unsigned waiting_from(const server *s, const char *address)
{
    const char *block = cleat_config_text(s->setup->rules->config, "PerSourceNetBlockSize");
    const source ours = source_of(address, block);
    unsigned count = 0;
    for (const connection *c = s->first; c; c = c->next) {
        const source theirs = source_of(c->ends.peer, block);
        count += !c->authenticated && source_equal(&ours, &theirs);
    }
    return count;
}

/* ---- limits ---- */

/* From start on a share of the new ones is refused, which grows from rate to 100 percent at full:
 * so a flood cannot keep everybody else out for certain. */
static bool startups_full(const server *s)
{
    startups_limit limit;
    unsigned dice;
    if (!parse_startups(rules_text(s->setup->rules, "MaxStartups"), &limit) || limit.full == 0)
        return false; /* 0: no limit */
    if (s->unauthenticated < limit.start)
        return false;
    if (s->unauthenticated >= limit.full || limit.rate == 100 ||
        uv_random(NULL, NULL, &dice, sizeof dice, 0, NULL) != 0)
        return true;
    unsigned share = limit.rate + (100 - limit.rate) * (s->unauthenticated - limit.start) /
                                      (limit.full - limit.start);
    return dice % 100 < share;
}

static bool source_full(const server *s, const char *address)
{
    int64_t most = rules_number(s->setup->rules, "PerSourceMaxStartups");
    return most && waiting_from(s, address) >= most;
}

static uint64_t seconds_now(const server *s)
{
    return uv_now(s->loop) / 1000;
}

static bool is_penalised(const server *s, const cleat_stream_ends *ends)
{
    const char *why = penalties_refusal(s->penalties, s->setup->rules, ends->peer, seconds_now(s));
    if (why)
        log_line(CLEAT_LOG_INFO, "drop connection #%u from [%s]:%u on [%s]:%u penalty: %s",
                 s->unauthenticated, ends->peer, (unsigned)ends->peer_port, ends->local,
                 (unsigned)ends->local_port, why);
    return why != NULL;
}

static offence offence_of(const connection *c, cleat_status why)
{
    if (c->refused)
        return OFFENCE_REFUSED;
    if (why == CLEAT_E_TIMEOUT)
        return OFFENCE_GRACE;
    if (!c->user)
        return OFFENCE_NO_AUTH;
    return c->known ? OFFENCE_AUTH : OFFENCE_USER;
}

void admission_note_end(const connection *c, cleat_status why)
{
    const server *s = c->server;
    if (!c->authenticated && !s->draining)
        penalties_add(s->penalties, c->setup->rules, c->ends.peer, offence_of(c, why),
                      seconds_now(s));
}

bool admission_allows(const server *s, const cleat_stream_ends *ends)
{
    if (is_penalised(s, ends))
        return false;
    const char *limit = startups_full(s)             ? "MaxStartups"
                        : source_full(s, ends->peer) ? "PerSourceMaxStartups"
                                                     : NULL;
    if (limit)
        log_line(CLEAT_LOG_INFO, "drop connection #%u from [%s]:%u on [%s]:%u past %s",
                 s->unauthenticated, ends->peer, (unsigned)ends->peer_port, ends->local,
                 (unsigned)ends->local_port, limit);
    return !limit;
}
