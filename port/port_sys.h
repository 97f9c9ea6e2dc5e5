/* The platform's half of those calls of port.h that have something in common on every platform:
 * port/ makes the out-parameters safe, checks the arguments and does what needs no system, then
 * calls these, which posix/ and win32/ implement. They mean what port.h says of the call without
 * "sys", and may rely on what is said here. All other calls of port.h are the platform's whole.
 *
 *  - Out-parameters are safe already and stay as they are on failure.
 *  - Text is there and UTF-8; a path is not empty, has no control characters and at most
 *    PORT_PATH_MAX bytes; a value of an enum is one of its values. */
#ifndef PORT_PORT_SYS_H
#define PORT_PORT_SYS_H

#include "port.h"

/* ---- Users ----------------------------------------------------------------------------------- */

/* `name` is one that an account could have. */
cleat_status port_sys_user_lookup(port_user **user, const char *name, cleat_error *error);

/* ---- Sessions -------------------------------------------------------------------------------- */

/* What every platform's terminals can be as large as (the signed 16 bits of a Windows console). */
enum { PORT_WINSIZE_MAX = 0x7fff };

/* No member of `size` is larger than PORT_WINSIZE_MAX; 0 is for the platform to give a meaning. */
cleat_status port_sys_pty_open(port_pty **pty, const cleat_winsize *size, cleat_slice modes,
                               cleat_error *error);
cleat_status port_sys_pty_resize(port_pty *pty, const cleat_winsize *size, cleat_error *error);

/* Whether a process has taken the terminal. */
bool port_sys_pty_in_use(const port_pty *pty);

/* The shell's path is absolute, the terminal free, every entry of the environment a pair. */
cleat_status port_sys_process_start(port_process **process, port_stdio *stdio,
                                    const port_command *command, cleat_error *error);

/* `name` is one to 64 printable characters. */
cleat_status port_sys_process_signal(port_process *process, const char *name, cleat_error *error);

/* ---- Private files --------------------------------------------------------------------------- */

/* A file that is read whole is at most this large, whatever `limit` its reader allows. */
enum { PORT_FILE_MAX = 1 << 30 };

/* `limit` is at most PORT_FILE_MAX. */
cleat_status port_sys_file_read(uint8_t **data, size_t *len, const char *path, port_trust trust,
                                const char *home, size_t limit, cleat_error *error);
/* The file, if the trust is given: a descriptor for libuv. */
cleat_status port_sys_file_open(int *fd, const char *path, port_trust trust, const char *home,
                                cleat_error *error);
cleat_status port_sys_file_check(const char *path, port_trust trust, const char *home,
                                 cleat_error *error);
cleat_status port_sys_file_write(const char *path, cleat_slice content, port_access access,
                                 cleat_error *error);

cleat_status port_sys_file_swap(const char *path, cleat_slice old, cleat_slice content,
                                const char *backup, cleat_error *error);

/* Under the file's edit lock, which the caller holds. `line` is one line. */
cleat_status port_sys_file_append(const char *path, const char *line, cleat_error *error);
cleat_status port_sys_file_add_record(const char *path, const char *line, cleat_error *error);
cleat_status port_sys_file_lock(port_lock **lock, const char *path, cleat_error *error);
cleat_status port_sys_dir_create(const char *path, cleat_error *error);

/* ---- Questions ------------------------------------------------------------------------------- */

cleat_status port_sys_tty_ask(char **answer, const char *prompt, bool echo, cleat_error *error);

/* Puts the first `room` bytes of what the program prints into `text`. CLEAT_E_CANCELLED if it
 * exited with another status than 0; who it was is said by the caller. */
cleat_status port_sys_askpass(char *text, size_t room, size_t *len, const char *program,
                              const char *prompt, const char *hint, cleat_error *error);

/* ---- System log ------------------------------------------------------------------------------ */

typedef enum port_facility {
    PORT_FACILITY_DAEMON,
    PORT_FACILITY_USER,
    PORT_FACILITY_AUTH,
    PORT_FACILITY_AUTHPRIV,
    PORT_FACILITY_LOCAL0,
    PORT_FACILITY_LOCAL1,
    PORT_FACILITY_LOCAL2,
    PORT_FACILITY_LOCAL3,
    PORT_FACILITY_LOCAL4,
    PORT_FACILITY_LOCAL5,
    PORT_FACILITY_LOCAL6,
    PORT_FACILITY_LOCAL7
} port_facility;

cleat_status port_sys_log_open(const char *program, port_facility facility, cleat_error *error);

/* Nothing comes here at the level CLEAT_LOG_QUIET. */
void port_sys_log_write(cleat_log_level level, const char *text);

/* ---- Paths ----------------------------------------------------------------------------------- */

cleat_status port_sys_path(char **path, port_place place, cleat_error *error);

/* How components are put together here, and taken apart. */
extern const char port_sys_separator;
bool port_sys_is_separator(char c);
bool port_sys_is_absolute(const char *path);

/* The path as the file calls want it, where it is not what the user wrote; NULL where memory is
 * out. */
char *port_sys_path_mended(const char *path);

cleat_status port_sys_path_glob(char ***paths, const char *pattern, cleat_error *error);
cleat_status port_sys_shell_args(char ***args, const char *command, bool replace,
                                 cleat_error *error);

/* ---- Sockets --------------------------------------------------------------------------------- */

/* `tos` is one byte. */
cleat_status port_sys_socket_tos(intptr_t socket, int tos, cleat_error *error);

/* The path is absolute, and the mask one of permissions. */
cleat_status port_sys_local_connect(int *fd, const char *path, cleat_error *error);
cleat_status port_sys_local_bind(int *fd, const char *path, unsigned mask, bool replace,
                                 cleat_error *error);

#endif
