/* -T and -G. Scripts that know sshd's output find the same in ours: so some values are spelt out.
 */
#include "dump.h"

#include "check.h"
#include "listening.h"

#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_MAX = 16 };

static void print_line(void *user, const char *text)
{
    (void)user;
    puts(text);
}

static void print_nothing(void *user, const char *text)
{
    (void)user;
    (void)text;
}

/* ---- what is spelt out ---- */

static const char *class_name(const char *word, char text[CLASS_MAX])
{
    static const char *const names[] = {
        "none", "af11", "af12", "af13", "af21", "af22",     "af23",      "af31", "af32",
        "af33", "af41", "af42", "af43", "cs0",  "cs1",      "cs2",       "cs3",  "cs4",
        "cs5",  "cs6",  "cs7",  "ef",   "le",   "lowdelay", "throughput"};
    int wanted;
    int tos;
    if (!cleat_config_service_class(word, &wanted))
        return word;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (cleat_config_service_class(names[i], &tos) && tos == wanted)
            return names[i];
    }
    snprintf(text, CLASS_MAX, "0x%02x", (unsigned)wanted);
    return text;
}

/* One class is for both kinds of connections. */
static void print_classes(const cleat_config *c)
{
    char first[CLASS_MAX];
    char second[CLASS_MAX];
    size_t last = cleat_config_count(c, "IPQoS") - 1;
    printf("ipqos %s %s\n", class_name(cleat_config_item(c, "IPQoS", 0), first),
           class_name(cleat_config_item(c, "IPQoS", last), second));
}

/* A port alone is one at any address. */
static void print_listen_patterns(const cleat_config *c)
{
    printf("permitlisten");
    for (size_t i = 0; i < cleat_config_count(c, "PermitListen"); i++) {
        const char *item = cleat_config_item(c, "PermitListen", i);
        bool is_port = !item[strspn(item, "0123456789")];
        printf(" %s%s", is_port ? "*:" : "", item);
    }
    puts("");
}

/* One number stands for three. */
static void print_startups(const cleat_config *c)
{
    startups_limit limit;
    const char *text = cleat_config_text(c, "MaxStartups");
    if (!strchr(text, ':') && parse_startups(text, &limit))
        printf("maxstartups %u:30:%u\n", limit.start, limit.full);
    else
        printf("maxstartups %s\n", text);
}

static const struct {
    const char *begin;
    void (*print)(const cleat_config *c);
} spelt_out[] = {
    {"ipqos ", print_classes},
    {"permitlisten ", print_listen_patterns},
    {"maxstartups ", print_startups},
};

typedef struct view {
    const rules *rules;
    bool looked_up; /* ListenAddress has been shown, by addresses and ports */
} view;

static void print_setting(void *user, const char *text)
{
    const view *v = user;
    for (size_t i = 0; i < sizeof spelt_out / sizeof *spelt_out; i++) {
        if (strncmp(text, spelt_out[i].begin, strlen(spelt_out[i].begin)) == 0) {
            spelt_out[i].print(v->rules->config);
            return;
        }
    }
    static const char place[] = "listenaddress ";
    if (!v->looked_up || strncmp(text, place, strlen(place)) != 0)
        puts(text);
}

/* As they are in force, whatever the lines add to the default or take from it. */
static cleat_status print_lists(const rules *r)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < CHECK_ALGORITHM_ROWS && st == CLEAT_OK; i++) {
        const check_algorithm_row *row = &check_algorithm_rows[i];
        if (row->counts)
            st = cleat_config_put(r->config, row->keyword, cleat_policy_get(r->policy, row->kind),
                                  NULL);
    }
    return st;
}

/* ---- whom it is about ---- */

/* Whoever the client of -C says it is. That there is no such user may be what is asked about. */
static void look_up(account *a, const char *name)
{
    cleat_error error = {0};
    if (port_user_lookup(&a->user, name, &error) == CLEAT_OK &&
        port_user_groups(&a->groups, a->user, &error) != CLEAT_OK)
        fprintf(stderr, "cleatd: %s\n", error.text);
}

static visitor described(const server *s, const account *served)
{
    const arguments_client *c = &s->arguments->client;
    return (visitor){
        .user = c->user,
        .known = c->user && served->user && strcmp(c->user, served->user->name) == 0,
        .groups = served->groups,
        .host = c->host,
        .address = c->address,
        .local_address = c->local_address,
        .local_port = c->local_port ? (uint16_t)strtoul(c->local_port, NULL, 10) : 0,
    };
}

static cleat_status print_rules(const rules *r, bool look_places_up, cleat_error *error)
{
    view v = {r, look_places_up};
    cleat_status st = print_lists(r);
    if (st == CLEAT_OK && look_places_up)
        st = listening_show(r, print_line, NULL, error);
    return st == CLEAT_OK ? cleat_config_dump(r->config, print_setting, &v) : st;
}

cleat_status dump(const server *s, cleat_error *error)
{
    rules *r;
    account other = {0};
    const char *name = s->arguments->system ? s->arguments->client.user : NULL;
    if (name)
        look_up(&other, name);
    const visitor v = described(s, name ? &other : &s->account);
    cleat_status st =
        rules_new(&r, s->setup->files, s->ctx, s->arguments->has_client ? &v : NULL, error);
    if (st == CLEAT_OK) {
        st = print_rules(r, s->arguments->dump, error);
        rules_unref(r);
    }
    account_free(&other);
    return st;
}

cleat_status dump_check(const server *s, cleat_error *error)
{
    return listening_show(s->setup->rules, print_nothing, NULL, error);
}
