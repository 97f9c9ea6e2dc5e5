/* Runs a command on several hosts at once and prints each result: a blocking connection in a thread
 * of its own for every host, and one context for all of them.
 *
 *     exec_many KEY_FILE KNOWN_HOSTS COMMAND [USER@]HOST[:PORT]...
 */
#include <cleat/easy.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { HOSTS_MAX = 64, LIMIT_MS = 30000 };

typedef struct job {
    uv_thread_t thread;
    cleat_easy_options to;
    const char *name; /* as it was given */
    char host[256], user[64];
    const char *command;
    cleat_status status;
    cleat_error error;
    cleat_easy_result result;
} job;

/* Everything that a thread touches is its job's; what jobs share never changes. */
static void run(void *argument)
{
    job *j = argument;
    cleat_easy *connection;
    const cleat_easy_exec_options how = {.struct_size = sizeof how, .timeout_ms = LIMIT_MS};
    j->status = cleat_easy_connect(&connection, &j->to, &j->error);
    if (j->status != CLEAT_OK)
        return;
    j->status = cleat_easy_exec(&j->result, connection, j->command, &how, &j->error);
    cleat_easy_close(connection);
}

/* Fills in host, user and port from "[user@]host[:port]". */
static void aim(job *j, const char *name)
{
    const char *at = strrchr(name, '@');
    const char *host = at ? at + 1 : name;
    const char *colon = strrchr(host, ':');
    int len = colon ? (int)(colon - host) : (int)strlen(host);
    j->name = name;
    snprintf(j->host, sizeof j->host, "%.*s", len, host);
    snprintf(j->user, sizeof j->user, "%.*s", at ? (int)(at - name) : 0, name);
    j->to.host = j->host;
    j->to.user = at ? j->user : NULL;
    j->to.port = (uint16_t)(colon ? atoi(colon + 1) : 22);
}

static int print(const job *j)
{
    if (j->status != CLEAT_OK) {
        printf("%s: %s\n", j->name, j->error.text);
        return 1;
    }
    printf("%s: status %d\n", j->name, j->result.status);
    fwrite(j->result.out, 1, j->result.out_len, stdout);
    fwrite(j->result.err, 1, j->result.err_len, stdout);
    return j->result.status != 0;
}

int main(int argc, char **argv)
{
    cleat_ctx *ctx;
    int failures = 0;
    int count = argc - 4;
    if (count < 1 || count > HOSTS_MAX) {
        fprintf(stderr, "usage: %s KEY_FILE KNOWN_HOSTS COMMAND [USER@]HOST[:PORT]...\n", argv[0]);
        return 2;
    }
#ifdef SIGPIPE
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is an error, not this program's end */
#endif
    const char *const keys[] = {argv[1], NULL};
    job *jobs = calloc((size_t)count, sizeof *jobs);
    if (!jobs || cleat_ctx_new(&ctx, NULL) != CLEAT_OK) {
        free(jobs);
        return 2;
    }
    for (int i = 0; i < count; i++) {
        job *j = &jobs[i];
        j->to = (cleat_easy_options){.struct_size = sizeof j->to,
                                     .ctx = ctx,
                                     .timeout_ms = LIMIT_MS,
                                     .key_files = keys,
                                     .agent = "none",
                                     .known_hosts = argv[2]};
        j->command = argv[3];
        aim(j, argv[4 + i]);
        if (uv_thread_create(&j->thread, run, j) != 0)
            abort();
    }
    for (int i = 0; i < count; i++) {
        uv_thread_join(&jobs[i].thread);
        failures += print(&jobs[i]);
        cleat_easy_result_free(&jobs[i].result);
    }
    cleat_ctx_unref(ctx);
    free(jobs);
    return failures ? 1 : 0;
}
