/* Running a command and collecting what it says. */
#include "easy_stream.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUTPUT_MAX = 16 << 20 };

/* The bytes as a string, which the result owns. */
static char *hand_over(easy_bytes *b, size_t *len)
{
    char *text = realloc(b->data, b->len + 1);
    if (!text)
        return NULL;
    text[b->len] = 0;
    *len = b->len;
    *b = (easy_bytes){0};
    return text;
}

static cleat_status fill(cleat_easy_result *result, cleat_easy_stream *s, cleat_error *error)
{
    result->out = hand_over(&s->in[0], &result->out_len);
    result->err = hand_over(&s->in[1], &result->err_len);
    result->status = s->status;
    snprintf(result->signal, sizeof result->signal, "%s", s->signal);
    if (!result->out || !result->err)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    return CLEAT_OK;
}

cleat_status cleat_easy_exec(cleat_easy_result *result, cleat_easy *e, const char *command,
                             const cleat_easy_exec_options *options, cleat_error *error)
{
    cleat_easy_exec_options o = {.struct_size = sizeof o};
    cleat_easy_stream *s;
    *result = (cleat_easy_result){.status = -1};
    if (options && !cleat_options_import(&o, sizeof o, options))
        return loop_fail(error, CLEAT_E_BAD_CALL, "options of a newer version");
    easy_limit(e, o.timeout_ms);
    cleat_status st =
        easy_stream_session(&s, e, command, o.output_max ? o.output_max : OUTPUT_MAX, error);
    if (!s)
        return st;
    if (st == CLEAT_OK)
        st = easy_stream_converse(s, &o, error);
    easy_limit(e, 0);
    cleat_status filled = fill(result, s, error);
    cleat_easy_stream_close(s);
    return st != CLEAT_OK ? st : filled;
}

void cleat_easy_result_free(cleat_easy_result *result)
{
    if (!result)
        return;
    free(result->out);
    free(result->err);
    *result = (cleat_easy_result){.status = -1};
}
