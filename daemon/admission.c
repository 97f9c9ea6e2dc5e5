/* How many clients may wait for their login. */
#include "admission.h"

#include "check.h"

#include <string.h>

/* ---- sources ---- */

typedef struct source {
    uint8_t bytes[16];
    unsigned len; /* 4, 16, or 0 for no address */
} source;

static source source_of(const char *address)
{
    source s = {.len = 0};
    if (uv_inet_pton(AF_INET, address, s.bytes) == 0)
        s.len = 4;
    else if (uv_inet_pton(AF_INET6, address, s.bytes) == 0)
        s.len = 16;
    return s;
}

static bool same_block(const source *a, const source *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    if (a->len != b->len || memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest)) == 0;
}

static unsigned waiting_from(const server *s, const char *address)
{
    const source ours = source_of(address);
    unsigned v4 = 32;
    unsigned v6 = 128;
    unsigned count = 0;
    (void)parse_block_size(rules_text(s->setup->rules, "PerSourceNetBlockSize"), &v4, &v6);
    for (const connection *c = s->first; c; c = c->next) {
        const source theirs = source_of(c->ends.peer);
        count += !c->authenticated && same_block(&ours, &theirs, ours.len == 4 ? v4 : v6);
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

bool admission_allows(const server *s, const cleat_stream_ends *ends)
{
    const char *limit = startups_full(s)             ? "MaxStartups"
                        : source_full(s, ends->peer) ? "PerSourceMaxStartups"
                                                     : NULL;
    if (limit)
        log_line(CLEAT_LOG_INFO, "drop connection #%u from [%s]:%u on [%s]:%u past %s",
                 s->unauthenticated, ends->peer, (unsigned)ends->peer_port, ends->local,
                 (unsigned)ends->local_port, limit);
    return !limit;
}
