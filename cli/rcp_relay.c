/* The old protocol between two other machines (scp -3 -O). Neither is believed: what the source
 * says is read here, held against what was asked for and written anew for the sink, and of what the
 * sink answers the source learns whether it was a yes. Complaints are for the user alone. Both
 * sides take turns, and so does this. */
#include "rcp.h"

#include "text.h"

#include <stdlib.h>

static bool complain_to(rcp *r, cleat_rcp_type type, const char *text)
{
    const cleat_rcp_line line = {.type = type, .text = cleat_slice_of(text)};
    return rcp_write_line(r, &line) && type == CLEAT_RCP_WARNING;
}

/* The sink's answer, for the source. False: it was the last. */
static bool pass_answer(rcp *source, rcp *sink, bool *is_yes)
{
    *is_yes = rcp_answered(sink);
    if (*is_yes)
        return rcp_write(source, "", 1);
    return complain_to(source, sink->lost ? CLEAT_RCP_FATAL : CLEAT_RCP_WARNING,
                       "scp: the target has refused it");
}

/* It has ended, whatever the source is about to say: what it has said before is shown. */
static bool is_gone(rcp *sink)
{
    size_t len;
    if (!sink->lost && sink->exited && rcp_peek(sink, &len))
        (void)rcp_answered(sink);
    return sink->lost || sink->exited;
}

static bool pass_bytes(rcp *source, rcp *sink, uint64_t size)
{
    uint64_t began = uv_now(source->loop);
    for (uint64_t passed = 0; passed < size;) {
        size_t have;
        const uint8_t *at = rcp_peek(source, &have);
        if (!at)
            return false;
        size_t n = rcp_portion(source, have < size - passed ? have : size - passed);
        if (!rcp_write(sink, at, n))
            return false;
        rcp_take(source, n);
        passed += n;
        rcp_pace(source, began, passed);
    }
    return true;
}

/* What follows a file's line: its bytes, and whether all of them were right. */
static bool pass_file(rcp *source, rcp *sink, uint64_t size)
{
    bool is_yes;
    if (!pass_bytes(source, sink, size)) {
        if (!rcp_stopped(source))
            rcp_note(source, "a file is incomplete: the %s is gone",
                     is_gone(sink) ? "target" : "source");
        return false;
    }
    bool told = rcp_answered(source)
                    ? rcp_write(sink, "", 1)
                    : complain_to(sink, source->lost ? CLEAT_RCP_FATAL : CLEAT_RCP_WARNING,
                                  "scp: the source could not read all of it");
    return told && pass_answer(source, sink, &is_yes);
}

/* Nothing but what a sink here would take itself. */
static bool is_wanted(rcp *source, const cleat_rcp_line *line, unsigned depth)
{
    const char *fault = line->type == CLEAT_RCP_END && depth == 0 ? "an end of no directory"
                        : line->type == CLEAT_RCP_DIRECTORY && depth == RCP_DEPTH_MAX
                            ? "directories too deep"
                            : NULL;
    if (fault) {
        rcp_complain(source, "the other side has sent %s", fault);
        return false;
    }
    if (line->type != CLEAT_RCP_FILE && line->type != CLEAT_RCP_DIRECTORY)
        return true;
    char *name = text_format("%.*s", (int)line->text.len, (const char *)line->text.data);
    bool wanted = name && rcp_wants(source, line, name, depth);
    free(name);
    return wanted;
}

static bool pass_line(rcp *source, rcp *sink, cleat_slice text, unsigned *depth)
{
    cleat_rcp_line line;
    cleat_error error = {0};
    bool is_yes;
    if (cleat_rcp_read(&line, text, &error) != CLEAT_OK) {
        rcp_complain(source, "%s", error.text);
        return false;
    }
    if (line.type == CLEAT_RCP_WARNING || line.type == CLEAT_RCP_FATAL)
        return rcp_take_complaint(source, &line);
    if (!is_wanted(source, &line, *depth) || !rcp_write_line(sink, &line) ||
        !pass_answer(source, sink, &is_yes))
        return false;
    if (line.type == CLEAT_RCP_END)
        --*depth;
    else if (is_yes && line.type == CLEAT_RCP_DIRECTORY)
        ++*depth;
    return !is_yes || line.type != CLEAT_RCP_FILE || pass_file(source, sink, line.size);
}

/* A source that breaks off may still end as if all were well. */
void rcp_relay(rcp *source, rcp *sink)
{
    char text[CLEAT_RCP_LINE_MAX];
    size_t len = 0;
    unsigned depth = 0;
    bool is_yes, any = false;
    source->sink = sink;
    bool more = pass_answer(source, sink, &is_yes) && is_yes;
    for (; more && rcp_read_line(source, text, &len); any = true)
        more = pass_line(source, sink, (cleat_slice){(uint8_t *)text, len}, &depth);
    source->sink = NULL;
    if (more && !source->ended && !rcp_stopped(source) && is_gone(sink))
        rcp_note(sink, "the target is gone");
    else if (more && !source->lost && !rcp_stopped(source) && (!any || len || depth))
        rcp_note(source, "the other side is gone");
}
