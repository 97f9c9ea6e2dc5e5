/* A client of libssh's SFTP: puts a file, looks, renames, gets it back.
 *
 *   libssh_sftp PORT USER KEY FILE REMOTE_FOLDER BACK
 */
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ssh_session session;
static sftp_session sftp;

static void must(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "libssh: %s: %s, code %d\n", what, ssh_get_error(session),
            sftp ? sftp_get_error(sftp) : 0);
    exit(1);
}

static void log_in(const char *port, const char *user, const char *file)
{
    ssh_key key;
    bool no = false;
    session = ssh_new();
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session, SSH_OPTIONS_PORT_STR, port);
    ssh_options_set(session, SSH_OPTIONS_USER, user);
    must(ssh_connect(session) == SSH_OK, "connect");
    must(ssh_pki_import_privkey_file(file, NULL, NULL, NULL, &key) == SSH_OK, file);
    must(ssh_userauth_publickey(session, NULL, key) == SSH_AUTH_SUCCESS, "publickey");
    ssh_key_free(key);
    sftp = sftp_new(session);
    must(sftp && sftp_init(sftp) == SSH_OK, "sftp");
}

static void put(const char *from, const char *to)
{
    static char bytes[20000];
    FILE *f = fopen(from, "rb");
    sftp_file file = sftp_open(sftp, to, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    must(f && file, to);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        must(sftp_write(file, bytes, n) == (ssize_t)n, "write");
    must(sftp_close(file) == SSH_NO_ERROR, "close");
    fclose(f);
}

static void get(const char *from, const char *to)
{
    static char bytes[20000];
    FILE *f = fopen(to, "wb");
    sftp_file file = sftp_open(sftp, from, O_RDONLY, 0);
    ssize_t n;
    must(f && file, from);
    while ((n = sftp_read(file, bytes, sizeof bytes)) > 0)
        fwrite(bytes, 1, (size_t)n, f);
    must(n == 0, "read");
    sftp_close(file);
    fclose(f);
}

static int listed(const char *folder, const char *name)
{
    int found = 0;
    sftp_dir dir = sftp_opendir(sftp, folder);
    must(dir != NULL, "opendir");
    for (sftp_attributes a; (a = sftp_readdir(sftp, dir)) != NULL; sftp_attributes_free(a))
        found += strcmp(a->name, name) == 0;
    must(sftp_dir_eof(dir), "readdir");
    sftp_closedir(dir);
    return found;
}

int main(int argc, char **argv)
{
    char first[500], second[500];
    if (argc != 7)
        return 255;
    snprintf(first, sizeof first, "%s/first", argv[5]);
    snprintf(second, sizeof second, "%s/second", argv[5]);
    log_in(argv[1], argv[2], argv[3]);
    put(argv[4], first);
    must(sftp_symlink(sftp, "first", second) == SSH_OK, "symlink");
    char *target = sftp_readlink(sftp, second);
    must(target && strcmp(target, "first") == 0, "readlink");
    must(sftp_unlink(sftp, second) == SSH_OK, "unlink");
    must(sftp_rename(sftp, first, second) == SSH_OK, "rename");
    must(listed(argv[5], "second") == 1 && listed(argv[5], "first") == 0, "names");
    must(sftp_mkdir(sftp, first, 0700) == SSH_OK && sftp_rmdir(sftp, first) == SSH_OK, "mkdir");
    must(!sftp_stat(sftp, first) && sftp_get_error(sftp) == SSH_FX_NO_SUCH_FILE, "stat");
    get(second, argv[6]);
    sftp_free(sftp);
    ssh_disconnect(session);
    return 0;
}
