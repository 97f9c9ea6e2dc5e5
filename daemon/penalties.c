/* PerSourcePenalties. Each offence adds its time to the source's offender; from `min` seconds on
 * the source is turned away until the time is over. */
#include "penalties.h"

#include "server.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCES_MAX = 65536 };

static const struct {
    const char *word, *reason;
    uint32_t seconds;
} offences[OFFENCES] = {
    [OFFENCE_NO_AUTH] = {"noauth", "connections without attempting authentication", 1},
    [OFFENCE_AUTH] = {"authfail", "failed authentication", 5},
    [OFFENCE_USER] = {"invaliduser", "invalid user", 5},
    [OFFENCE_GRACE] = {"grace-exceeded", "exceeding LoginGraceTime", 10},
    [OFFENCE_REFUSED] = {"refuseconnection", "connection prohibited by RefuseConnection", 10},
    [OFFENCE_CRASH] = {"crash", "", 90},
};

typedef struct offender {
    source from;
    uint64_t until; /* seconds */
    bool active;
    offence last;
} offender;

struct penalties {
    offender *items;
    size_t count, room;
};

/* ---- the keyword ---- */

typedef struct terms {
    bool on;
    uint32_t seconds[OFFENCES];
    uint32_t most, least; /* seconds */
    uint32_t sources4, sources6;
    bool deny_all4, deny_all6;
} terms;

static bool is_word(const char *item, const char *word, const char **value)
{
    size_t len = strlen(word);
    *value = item + len + 1;
    return strncmp(item, word, len) == 0 && item[len] == ':';
}

static bool read_overflow(const char *value, bool *deny)
{
    *deny = strcmp(value, "deny-all") == 0;
    return *deny || strcmp(value, "permissive") == 0;
}

static bool read_count(const char *value, uint32_t *count)
{
    return text_number(value, SOURCES_MAX, count) && *count > 0;
}

static bool read_item(terms *t, const char *item)
{
    const char *value;
    if (strcmp(item, "yes") == 0 || strcmp(item, "no") == 0) {
        t->on = item[0] == 'y';
        return true;
    }
    t->on = true;
    for (int i = 0; i < OFFENCES; i++) {
        if (is_word(item, offences[i].word, &value))
            return cleat_config_time(value, &t->seconds[i]);
    }
    if (is_word(item, "max", &value))
        return cleat_config_time(value, &t->most);
    if (is_word(item, "min", &value))
        return cleat_config_time(value, &t->least);
    if (is_word(item, "max-sources4", &value))
        return read_count(value, &t->sources4);
    if (is_word(item, "max-sources6", &value))
        return read_count(value, &t->sources6);
    if (is_word(item, "overflow6", &value))
        return read_overflow(value, &t->deny_all6);
    return is_word(item, "overflow", &value) && read_overflow(value, &t->deny_all4);
}

static terms default_terms(void)
{
    terms t = {.most = 600, .least = 15, .sources4 = SOURCES_MAX, .sources6 = SOURCES_MAX};
    for (int i = 0; i < OFFENCES; i++)
        t.seconds[i] = offences[i].seconds;
    return t;
}

const char *penalties_check(const char *item)
{
    terms t = default_terms();
    return read_item(&t, item) ? NULL : "is neither yes, no, nor one of its words with a value";
}

/* The first value of each word counts, so they are read from the last to the first. */
static terms read_terms(const rules *r)
{
    terms t = default_terms();
    for (size_t i = cleat_config_count(r->config, "PerSourcePenalties"); i > 0; i--)
        (void)read_item(&t, cleat_config_item(r->config, "PerSourcePenalties", i - 1));
    return t;
}

static bool is_exempt(const rules *r, const char *address)
{
    const char *list = rules_text(r, "PerSourcePenaltyExemptList");
    bool malformed;
    return list && cleat_address_list_match(address, list, &malformed);
}

static source source_by(const rules *r, const char *address)
{
    return source_of(address, cleat_config_text(r->config, "PerSourceNetBlockSize"));
}

/* ---- accounts ---- */

penalties *penalties_new(void)
{
    return calloc(1, sizeof(penalties));
}

void penalties_free(penalties *p)
{
    if (p)
        free(p->items);
    free(p);
}

static offender *find(const penalties *p, const source *from)
{
    for (size_t i = 0; i < p->count; i++) {
        if (source_equal(&p->items[i].from, from))
            return &p->items[i];
    }
    return NULL;
}

static void forget_over(penalties *p, uint64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].until > now)
            p->items[kept++] = p->items[i];
    }
    p->count = kept;
}

static size_t count_kind(const penalties *p, unsigned len)
{
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++)
        count += p->items[i].from.len == len;
    return count;
}

static uint32_t limit_of(const terms *t, unsigned len)
{
    return len == 4 ? t->sources4 : t->sources6;
}

/* Of those of the kind, the one whose time is over first. */
static offender *next_over(const penalties *p, unsigned len)
{
    offender *first = NULL;
    for (size_t i = 0; i < p->count; i++) {
        offender *a = &p->items[i];
        if (a->from.len == len && (!first || a->until < first->until))
            first = a;
    }
    return first;
}

static offender *append(penalties *p)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        offender *items = realloc(p->items, room * sizeof *items);
        if (!items)
            return NULL;
        p->items = items;
        p->room = room;
    }
    return &p->items[p->count++];
}

static offender *open_account(penalties *p, const terms *t, const source *from, uint64_t now)
{
    forget_over(p, now);
    offender *a = find(p, from);
    if (a)
        return a;
    bool full = count_kind(p, from->len) >= limit_of(t, from->len);
    a = full ? next_over(p, from->len) : append(p);
    if (a)
        *a = (offender){.from = *from, .until = now};
    return a;
}

void penalties_add(penalties *p, const rules *r, const char *address, offence what, uint64_t now)
{
    const terms t = read_terms(r);
    const source from = source_by(r, address);
    if (!t.on || !from.len || !t.seconds[what] || is_exempt(r, address))
        return;
    offender *a = open_account(p, &t, &from, now);
    if (!a)
        return;
    a->until += t.seconds[what];
    if (a->until > now + t.most)
        a->until = now + t.most;
    a->last = what;
    if (!a->active && a->until - now >= t.least) {
        a->active = true;
        log_line(CLEAT_LOG_INFO, "%s is turned away for %u seconds for %s", address,
                 (unsigned)(a->until - now), offences[what].reason);
    }
}

const char *penalties_refusal(const penalties *p, const rules *r, const char *address, uint64_t now)
{
    const terms t = read_terms(r);
    const source from = source_by(r, address);
    if (!t.on || !from.len || is_exempt(r, address))
        return NULL;
    const offender *a = find(p, &from);
    if (a && a->active && a->until > now)
        return offences[a->last].reason;
    bool deny = from.len == 4 ? t.deny_all4 : t.deny_all6;
    return deny && !a && count_kind(p, from.len) >= limit_of(&t, from.len)
               ? "too many sources with penalties"
               : NULL;
}
