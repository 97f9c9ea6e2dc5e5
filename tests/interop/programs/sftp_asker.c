/* SFTP by the library's client, for what cleat sftp has no commands for: asks a server, and prints
 * what came as lines "question code ...", or "question -" for what the server does not have.
 *
 *   sftp_asker VERSION PEER FOLDER COMMAND...
 *
 * The command's pipes lead to the server, whose SSH version PEER is. FOLDER has a folder "sub" and
 * a file "file". */
#include <cleat/sftp_client.h>

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 1 << 16, PATH_ROOM = 4096 };

static cleat_sftp *sftp;
static int to_server, from_server;
static uint8_t bytes[ROOM];
static cleat_slice came;

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "sftp_asker: %s: %s\n", what, sftp ? cleat_sftp_error(sftp)->text : "");
    exit(1);
}

static pid_t start(char **command)
{
    int up[2], down[2];
    must(pipe(up) == 0 && pipe(down) == 0, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(up[0], 0);
        dup2(down[1], 1);
        close(up[1]);
        close(down[0]);
        execvp(command[0], command);
        _exit(127);
    }
    must(pid > 0, "fork");
    close(up[0]);
    close(down[1]);
    to_server = up[1];
    from_server = down[0];
    return pid;
}

static void send_all(void)
{
    size_t count;
    const cleat_slice *pieces;
    while ((pieces = cleat_sftp_send_peek(sftp, &count)) != NULL && count) {
        ssize_t n = write(to_server, pieces[0].data, pieces[0].len);
        must(n > 0, "write");
        cleat_sftp_send_done(sftp, (size_t)n);
    }
}

static const cleat_sftp_answer *await(void)
{
    const cleat_sftp_answer *answer = NULL;
    send_all();
    for (;;) {
        must(cleat_sftp_recv(sftp, &came, &answer) == CLEAT_OK, "receive");
        send_all();
        if (answer)
            return answer;
        ssize_t n = read(from_server, bytes, sizeof bytes);
        must(n > 0, "the server is gone");
        came = (cleat_slice){bytes, (size_t)n};
    }
}

/* The answer, if it is a good one. All but what it brings is printed. */
static const cleat_sftp_answer *ask(const char *question, cleat_status st)
{
    printf("%s ", question);
    if (st == CLEAT_E_UNSUPPORTED) {
        printf("-\n");
        return NULL;
    }
    must(st == CLEAT_OK, question);
    const cleat_sftp_answer *answer = await();
    printf("%u", (unsigned)answer->code);
    if (answer->code == CLEAT_SFTP_OK)
        return answer;
    printf("\n");
    return NULL;
}

static void ask_name(const char *question, cleat_status st)
{
    const cleat_sftp_answer *a = ask(question, st);
    if (a)
        printf(" %.*s %d\n", (int)a->names[0].name.len, (const char *)a->names[0].name.data,
               (int)a->names[0].attrs.type);
}

static void ask_code(const char *question, cleat_status st)
{
    if (ask(question, st))
        printf("\n");
}

/* ---- questions ---- */

static void paths(const char *folder, const char *none)
{
    const char *const parts[] = {"sub", "..", "", "file"};
    ask_name("composed", cleat_sftp_compose(sftp, folder, parts, 4, CLEAT_SFTP_CHECK_ALWAYS, NULL));
    ask_name("absolute", cleat_sftp_compose(sftp, "x", &folder, 1, CLEAT_SFTP_CHECK_IF, NULL));
    ask_name("plain", cleat_sftp_realpath(sftp, folder, CLEAT_SFTP_CHECK_NONE, NULL));
    ask_name("if", cleat_sftp_realpath(sftp, none, CLEAT_SFTP_CHECK_IF, NULL));
    ask_name("always", cleat_sftp_realpath(sftp, none, CLEAT_SFTP_CHECK_ALWAYS, NULL));
}

static void facts(const char *file, const char *none)
{
    const cleat_sftp_answer *a =
        ask("size", cleat_sftp_stat_wanted(sftp, file, true, CLEAT_SFTP_HAS_SIZE, NULL));
    if (a)
        printf(" %llu\n", (unsigned long long)a->attrs->size);
    must(cleat_sftp_remove(sftp, none, NULL) == CLEAT_OK, "remove");
    a = await();
    printf("words %u %s\n", (unsigned)a->code, a->language);
    printf("charset %s\n", cleat_sftp_charset(sftp));
}

static void extensions(const char *folder)
{
    const struct passwd *user = getpwuid(getuid());
    must(user != NULL, "user");
    ask_name("home", cleat_sftp_home(sftp, user->pw_name, NULL)); /* OpenSSH 9.2 wants a name */
    const cleat_sftp_answer *a = ask("space", cleat_sftp_space_at(sftp, folder, NULL));
    if (a)
        printf(" %llu %u\n", (unsigned long long)a->space->device_bytes,
               (unsigned)a->space->allocation_unit);
}

static void print_hash(const cleat_sftp_answer *a)
{
    printf(" %s ", a->algorithm);
    for (size_t i = 0; i < a->hashes.len; i++)
        printf("%02x", a->hashes.data[i]);
    printf("\n");
}

/* ProFTPD 1.3.8 crashes when it is to unlock something. */
static void locks(const cleat_sftp_file *handle, const char *peer)
{
    const uint32_t mask = CLEAT_SFTP_OPEN_BLOCK_WRITE | CLEAT_SFTP_OPEN_BLOCK_ADVISORY;
    ask_code("lock", cleat_sftp_lock(sftp, handle, 0, 3, mask, NULL));
    if (!strstr(peer, "mod_sftp"))
        ask_code("unlock", cleat_sftp_unlock(sftp, handle, 0, 3, NULL));
}

static void by_handle(const char *file, const char *peer)
{
    must(cleat_sftp_open(sftp, file, CLEAT_SFTP_READ_DATA | CLEAT_SFTP_WRITE_DATA,
                         CLEAT_SFTP_OPEN_EXISTING, NULL, NULL) == CLEAT_OK,
         "open");
    const cleat_sftp_answer *a = await();
    must(a->code == CLEAT_SFTP_OK, a->text);
    const cleat_sftp_file handle = a->handle;
    a = ask("hash", cleat_sftp_hash(sftp, &handle, "sha1", 0, 0, 0, NULL));
    if (a)
        print_hash(a);
    locks(&handle, peer);
    ask_code("close", cleat_sftp_close(sftp, &handle, NULL));
}

int main(int argc, char **argv)
{
    cleat_ctx *ctx;
    char file[PATH_ROOM], none[PATH_ROOM];
    must(argc > 4, "usage: sftp_asker VERSION PEER FOLDER COMMAND...");
    const cleat_sftp_options options = {
        .struct_size = sizeof options, .version = (unsigned)atoi(argv[1]), .peer = argv[2]};
    snprintf(file, sizeof file, "%s/file", argv[3]);
    snprintf(none, sizeof none, "%s/none", argv[3]);
    pid_t pid = start(argv + 4);
    must(cleat_ctx_new(&ctx, NULL) == CLEAT_OK, "context");
    must(cleat_sftp_new(&sftp, ctx, &options) == CLEAT_OK, "session");
    must(await()->code == CLEAT_SFTP_OK, "start");
    printf("version %u\n", cleat_sftp_version(sftp));
    paths(argv[3], none);
    facts(file, none);
    extensions(argv[3]);
    by_handle(file, argv[2]);
    cleat_sftp_free(sftp);
    cleat_ctx_unref(ctx);
    close(to_server);
    return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
