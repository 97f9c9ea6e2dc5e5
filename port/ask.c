/* Questions: what is asked, and what of a program's output is the answer. */
#include "check.h"
#include "fail.h"
#include "port_sys.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 1024, HINT_MAX = 64 };

cleat_status port_tty_ask(char **answer, const char *prompt, bool echo, cleat_error *error)
{
    *answer = NULL;
    cleat_status status = port_check_text(prompt, "a question", PORT_PROMPT_MAX, error);
    return status < 0 ? status : port_sys_tty_ask(answer, prompt, echo, error);
}

static cleat_status first_line(char **answer, char *text, size_t len, cleat_error *error)
{
    text[len] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    *answer = port_format("%s", text);
    return *answer ? CLEAT_OK : port_fail_memory(error);
}

static cleat_status ask_program(char **answer, const char *program, const char *prompt,
                                const char *hint, cleat_error *error)
{
    size_t len = 0;
    char *text = malloc(ANSWER_MAX + 1);
    if (!text)
        return port_fail_memory(error);
    cleat_status status = port_sys_askpass(text, ANSWER_MAX, &len, program, prompt, hint, error);
    if (status == CLEAT_E_CANCELLED)
        status = port_fail(error, status, "%s gave no answer", program);
    if (status == CLEAT_OK)
        status = first_line(answer, text, len, error);
    port_free_secret(text, ANSWER_MAX + 1);
    return status;
}

cleat_status port_askpass(char **answer, const char *program, const char *prompt, const char *hint,
                          cleat_error *error)
{
    *answer = NULL;
    cleat_status status = port_check_path(program, error);
    if (status == CLEAT_OK)
        status = port_check_text(prompt, "a question", PORT_PROMPT_MAX, error);
    if (status == CLEAT_OK && hint && !port_is_name(hint, HINT_MAX))
        status = port_fail(error, CLEAT_E_BAD_CALL, "a hint for %s is not a word", program);
    return status < 0 ? status : ask_program(answer, program, prompt, hint, error);
}
