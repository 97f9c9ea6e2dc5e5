/* Whoever watches a transfer may cancel it from within any event, while it is cancelled or lost as
 * well. Nothing of it may be touched after that: sanitizers see it. */
#include "place.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

typedef enum kind { GET, PUT, COPY, REMOVE, MAKE, KINDS } kind;

typedef struct watcher {
    place *p;
    unsigned left;    /* events until it cancels */
    bool only_errors; /* of these */
    bool closes;      /* the link as well */
    bool cancelled, told_after;
    unsigned errors;
} watcher;

static void cancel(watcher *w, cleat_transfer *t)
{
    w->cancelled = true;
    w->p->transfer = NULL;
    cleat_transfer_cancel(t);
    if (w->closes) {
        cleat_sftp_link_close(w->p->link);
        w->p->link = NULL;
        w->p->over = true;
    }
}

static void on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    watcher *w = user;
    bool is_error = ev->type == CLEAT_TRANSFER_ERROR;
    w->errors += is_error;
    if (w->left && (is_error || !w->only_errors) && --w->left == 0)
        cancel(w, t);
}

static void on_done(void *user, cleat_transfer *t, const cleat_error *why)
{
    watcher *w = user;
    w->told_after = w->cancelled;
    place_on_done(w->p, t, why);
}

static void make_tree(const char *top)
{
    static const char *const folders[] = {"tree", "tree/a", "tree/a/b", "tree/c"};
    static const char *const files[] = {"tree/f", "tree/a/f", "tree/a/b/f", "tree/c/f"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(path_in(top, folders[i]));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        store_file(path_in(top, files[i]), 100, 1);
}

static cleat_status start(place *p, kind what, const cleat_transfer_options *o)
{
    const char *tree = path_in(p->there, "tree"), *copy = path_in(p->there, "copy");
    switch (what) {
    case GET:
        return cleat_transfer_start(&p->transfer, p->link, &p->loop, CLEAT_TRANSFER_GET, tree,
                                    path_in(p->here, "copy"), o);
    case PUT:
        return cleat_transfer_start(&p->transfer, p->link, &p->loop, CLEAT_TRANSFER_PUT,
                                    path_in(p->here, "tree"), copy, o);
    case COPY:
        return cleat_transfer_start(&p->transfer, p->link, &p->loop, CLEAT_TRANSFER_COPY, tree,
                                    copy, o);
    case REMOVE:
        return cleat_transfer_rmtree(&p->transfer, p->link, &p->loop, tree, o);
    default:
        return cleat_transfer_makedirs(&p->transfer, p->link, &p->loop,
                                       path_in(p->there, "copy/d/e"), o);
    }
}

static void open_with_trees(place *p)
{
    place_open(p, (cleat_files_options){.user = NULL});
    make_tree(p->there);
    make_tree(p->here);
}

static void begin(watcher *w, kind what)
{
    const cleat_transfer_options options = {.struct_size = sizeof options,
                                            .recurse = true,
                                            .preserve = true,
                                            .user = w,
                                            .on_event = on_event,
                                            .on_done = on_done};
    CU_ASSERT_EQUAL_FATAL(start(w->p, what, &options), CLEAT_OK);
}

/* Answers that are still to come are for nobody. */
static void finish(watcher *w)
{
    place *p = w->p;
    while (p->transfer)
        place_turn(p);
    while (p->link && !p->over && cleat_sftp_waiting(cleat_sftp_link_session(p->link)))
        place_turn(p);
    CU_ASSERT_FALSE(w->told_after);
    place_close(p);
}

/* At each event in turn, until there are no more. */
static void cancel_at_each(kind what, bool closes)
{
    bool cancelled = true;
    for (unsigned n = 1; cancelled; n++) {
        place p;
        watcher w = {.p = &p, .left = n, .closes = closes};
        open_with_trees(&p);
        begin(&w, what);
        finish(&w);
        cancelled = w.cancelled;
        CU_ASSERT_TRUE(cancelled || n > 2);
    }
}

static void a_transfer_is_cancelled_within_any_event(void)
{
    for (kind what = GET; what < KINDS; what++)
        cancel_at_each(what, false);
}

static void the_link_is_closed_within_any_event(void)
{
    for (kind what = GET; what < KINDS; what++)
        cancel_at_each(what, true);
}

/* Several files are under way, whose errors are told when the transfer ends. */
static void begin_files(place *p, watcher *w)
{
    open_with_trees(p);
    begin(w, PUT);
    while (!w->cancelled && !first_name(path_in(p->there, "copy/a/b"), "f")[0])
        place_turn(p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->transfer);
}

static void a_transfer_is_cancelled_while_it_is_cancelled(void)
{
    for (int closes = 0; closes < 2; closes++) {
        place p;
        watcher w = {.p = &p, .closes = closes};
        begin_files(&p, &w);
        w.left = 1;
        cleat_transfer_cancel(p.transfer);
        CU_ASSERT_TRUE(w.cancelled);
        CU_ASSERT_EQUAL(w.errors, 1);
        finish(&w);
    }
}

static void a_transfer_is_cancelled_while_it_is_lost(void)
{
    place p;
    watcher w = {.p = &p, .only_errors = true};
    begin_files(&p, &w);
    w.left = 1;
    p.breaks_after = 0;
    while (!p.over)
        place_turn(&p);
    CU_ASSERT_TRUE(w.cancelled);
    CU_ASSERT_EQUAL(w.errors, 1);
    finish(&w);
}

void suite_cancels(void)
{
    CU_pSuite suite = CU_add_suite("cancels", NULL, NULL);
    CU_ADD_TEST(suite, a_transfer_is_cancelled_within_any_event);
    CU_ADD_TEST(suite, the_link_is_closed_within_any_event);
    CU_ADD_TEST(suite, a_transfer_is_cancelled_while_it_is_cancelled);
    CU_ADD_TEST(suite, a_transfer_is_cancelled_while_it_is_lost);
}
