/* Serial numbers in a form that takes few bytes: lists, ranges and bitmaps may follow each other,
 * so what is best for a run depends on what is before it. All ways are compared, but for the last
 * bits of a bitmap, which are filled up to a byte. */
#include "../base/alloc.h"
#include "../wire/writer.h"
#include "krl_int.h"
#include "krl_walk.h"

/* In bits. A section has a byte for its kind and four for its length. */
enum {
    SECTION_COST = 8 * 5,
    SERIAL_COST = 8 * 8,
    RANGE_COST = SECTION_COST + 2 * SERIAL_COST,
    BITMAP_COST = SECTION_COST + SERIAL_COST + 8 * 4,
    LISTED_MAX = 64,                /* serial numbers of one run; a range is smaller by far */
    BITMAP_BITS_MAX = 8 * 2048 - 8, /* OpenSSH reads no longer mpint */
};

typedef enum form { LIST, RANGE, BITMAP, FORMS } form;

/* For each form of a run how the one before it is written then, and whether a section begins
 * between the two; and in the end the form that it got. */
typedef struct choice {
    uint8_t before[FORMS];
    bool opens[FORMS];
    uint8_t form;
} choice;

/* The cheapest way to write everything up to a run, with that in a certain form. */
typedef struct way {
    uint64_t cost;
    uint64_t bitmap_start; /* the first number of the section */
    uint64_t last;         /* of the run */
} way;

#define NO_WAY ((uint64_t)1 << 62)

/* What is added by a run when a section is begun for it. */
static uint64_t cost_of_opening(form f, const cl_krl_item *run)
{
    uint64_t more = run->last - run->first; /* numbers beyond the first */
    if (f == LIST)
        return more < LISTED_MAX ? SECTION_COST + (more + 1) * SERIAL_COST : NO_WAY;
    if (f == RANGE)
        return RANGE_COST;
    return more < BITMAP_BITS_MAX ? BITMAP_COST + more + 1 : NO_WAY;
}

/* The same when the section of the run before goes on. */
static uint64_t cost_of_joining(form f, const way *before, const cl_krl_item *run)
{
    uint64_t more = run->last - run->first;
    if (f == LIST)
        return more < LISTED_MAX ? (more + 1) * SERIAL_COST : NO_WAY;
    if (f == RANGE || run->last - before->bitmap_start >= BITMAP_BITS_MAX)
        return NO_WAY;
    return run->last - before->last;
}

static void find_way(form f, const way before[FORMS], const cl_krl_item *run, choice *c, way *now)
{
    *now = (way){NO_WAY, run->first, run->last};
    for (form b = LIST; b < FORMS; b++) {
        uint64_t cost = before[b].cost + cost_of_opening(f, run);
        if (cost < now->cost) {
            now->cost = cost;
            c->before[f] = (uint8_t)b;
            c->opens[f] = true;
        }
    }
    uint64_t cost = before[f].cost + cost_of_joining(f, &before[f], run);
    if (cost < now->cost) {
        now->cost = cost;
        now->bitmap_start = before[f].bitmap_start;
        c->before[f] = (uint8_t)f;
        c->opens[f] = false;
    }
}

/* Fills `choices` and returns the form of the last run. */
static form choose(choice *choices, const cl_krl_item *runs, size_t count)
{
    /* Before the first run there is no section to go on with. */
    way before[FORMS] = {{.cost = NO_WAY}, {.cost = 0}, {.cost = NO_WAY}};
    for (size_t i = 0; i < count; i++) {
        way now[FORMS];
        for (form f = LIST; f < FORMS; f++)
            find_way(f, before, &runs[i], &choices[i], &now[f]);
        memcpy(before, now, sizeof before);
    }
    form best = LIST;
    for (form f = RANGE; f < FORMS; f++)
        best = before[f].cost < before[best].cost ? f : best;
    return best;
}

/* ---- writing ---- */

static void put_list(cl_buf *out, const cl_krl_item *runs, size_t count)
{
    cl_put_u8(out, CL_KRL_CERT_SERIALS);
    size_t mark = cl_put_begin(out);
    for (size_t i = 0; i < count; i++) {
        for (uint64_t more = 0; more <= runs[i].last - runs[i].first; more++)
            cl_put_u64(out, runs[i].first + more);
    }
    cl_put_end(out, mark);
}

static void put_range(cl_buf *out, const cl_krl_item *run)
{
    cl_put_u8(out, CL_KRL_CERT_RANGE);
    size_t mark = cl_put_begin(out);
    cl_put_u64(out, run->first);
    cl_put_u64(out, run->last);
    cl_put_end(out, mark);
}

static void put_bitmap(cl_buf *out, const cl_krl_item *runs, size_t count)
{
    uint8_t bits[BITMAP_BITS_MAX / 8 + 1] = {0};
    uint64_t offset = runs[0].first;
    for (size_t i = 0; i < count; i++) {
        for (uint64_t bit = runs[i].first - offset; bit <= runs[i].last - offset; bit++)
            bits[sizeof bits - 1 - bit / 8] |= (uint8_t)(1u << bit % 8);
    }
    cl_put_u8(out, CL_KRL_CERT_BITMAP);
    size_t mark = cl_put_begin(out);
    cl_put_u64(out, offset);
    cl_put_mpint(out, cl_slice(bits, sizeof bits));
    cl_put_end(out, mark);
}

static void put_section(cl_buf *out, form f, const cl_krl_item *runs, size_t count)
{
    if (f == LIST)
        put_list(out, runs, count);
    else if (f == BITMAP)
        put_bitmap(out, runs, count);
    else
        put_range(out, runs);
}

/* The choices are known from the last to the first; writing goes the other way. */
static void put_chosen(cl_buf *out, choice *choices, form last, const cl_krl_item *runs,
                       size_t count)
{
    form f = last;
    for (size_t i = count; i-- > 0; f = (form)choices[i].before[f])
        choices[i].form = (uint8_t)f;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && !choices[end].opens[choices[end].form];)
            end++;
        put_section(out, (form)choices[i].form, runs + i, end - i);
    }
}

cleat_status cl_krl_put_serials(cl_buf *out, const cleat_allocator *mem, const cl_krl_item *runs,
                                size_t count)
{
    if (!count)
        return CLEAT_OK;
    choice *choices = cl_alloc_array(mem, count, sizeof *choices);
    if (!choices)
        return CLEAT_E_NOMEM;
    form last = choose(choices, runs, count);
    put_chosen(out, choices, last, runs, count);
    cl_alloc_free(mem, choices);
    return out->status;
}
