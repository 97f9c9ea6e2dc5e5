/* Places, paths and what else has no state. */
#include "dialect.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

static void places_are_absolute(void)
{
    static const port_place places[] = {PORT_PLACE_USER_SSH, PORT_PLACE_SYSTEM_SSH,
                                        PORT_PLACE_SYSTEM, PORT_PLACE_STATE};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *path, *same;
        CU_ASSERT_EQUAL_FATAL(port_path(&path, places[i], NULL), CLEAT_OK);
        CU_ASSERT_EQUAL_FATAL(port_path_join(&same, "/elsewhere", path, NULL), CLEAT_OK);
        CU_ASSERT_STRING_EQUAL(same, path);
        port_free(same);
        port_free(path);
    }
}

static void agent_comes_from_the_environment(void)
{
    char *path;
    uv_os_setenv("SSH_AUTH_SOCK", "/some/agent");
    CU_ASSERT_EQUAL_FATAL(port_path(&path, PORT_PLACE_AGENT, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(path, "/some/agent");
    port_free(path);
    uv_os_unsetenv("SSH_AUTH_SOCK");
    cleat_status status = port_path(&path, PORT_PLACE_AGENT, NULL);
    CU_ASSERT_EQUAL(status, port_dialect()->is_windows ? CLEAT_OK : CLEAT_E_NO_SUCH);
    port_free(path);
}

static void tilde_means_home(void)
{
    port_user *me;
    char *path, *named, tilde[300];
    CU_ASSERT_EQUAL_FATAL(port_user_current(&me, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(port_path_expand(&path, "~/x", NULL), CLEAT_OK);
    CU_ASSERT_NSTRING_EQUAL(path, me->home, strlen(me->home));
    CU_ASSERT_STRING_EQUAL(path + strlen(me->home), "/x");

    snprintf(tilde, sizeof tilde, "~%s/x", me->name);
    CU_ASSERT_EQUAL_FATAL(port_path_expand(&named, tilde, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(named, path);
    port_free(named);
    port_free(path);
    port_user_free(me);
}

static void only_a_leading_tilde_counts(void)
{
    char *path;
    CU_ASSERT_EQUAL_FATAL(port_path_expand(&path, "a/~/b", NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(path, "a/~/b");
    port_free(path);
    CU_ASSERT_EQUAL(port_path_expand(&path, "~no-such-user-here/b", NULL), CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NULL(path);
}

/* What is left of \\.\pipe\x when a configuration file's quotes are off. */
static void a_pipes_name_is_made_whole_again(void)
{
    char *path;
    CU_ASSERT_EQUAL_FATAL(port_path_expand(&path, "\\.\\pipe\\x", NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(path, port_dialect()->is_windows ? "\\\\.\\pipe\\x" : "\\.\\pipe\\x");
    port_free(path);
}

static void glob_sorts_and_may_be_empty(void)
{
    char *scratch = make_scratch();
    char *b = below(scratch, "b.conf"), *a = below(scratch, "a.conf"), *c = below(scratch, "c");
    char *pattern = below(scratch, "*.conf"), *nothing = below(scratch, "*.none");
    char **found;
    put_file(b, "");
    put_file(a, "");
    put_file(c, "");
    CU_ASSERT_EQUAL_FATAL(port_path_glob(&found, pattern, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL_FATAL(found[0], a);
    CU_ASSERT_STRING_EQUAL_FATAL(found[1], b);
    CU_ASSERT_PTR_NULL(found[2]);
    port_free(found);
    CU_ASSERT_EQUAL_FATAL(port_path_glob(&found, nothing, NULL), CLEAT_OK);
    CU_ASSERT_PTR_NULL(found[0]);
    port_free(found);
    CU_ASSERT_EQUAL_FATAL(port_path_glob(&found, c, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(found[0], c);
    port_free(found);

    char *all[] = {a, b, c, pattern, nothing};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        port_free(all[i]);
    remove_tree(scratch);
    port_free(scratch);
}

static int64_t spawned_status;

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    (void)signal;
    spawned_status = status;
    uv_close((uv_handle_t *)process, NULL);
}

static void shell_arguments_run_a_command(void)
{
    char **args;
    uv_loop_t loop;
    uv_process_t process;
    CU_ASSERT_EQUAL_FATAL(port_shell_args(&args, "exit 5", false, NULL), CLEAT_OK);
    uv_process_options_t options = {.file = args[0],
                                    .args = args,
                                    .exit_cb = on_exit_status,
                                    .flags = UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS};
    spawned_status = -1;
    uv_loop_init(&loop);
    CU_ASSERT_EQUAL(uv_spawn(&loop, &process, &options), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    CU_ASSERT_EQUAL(spawned_status, 5);
    port_free(args);
}

static void type_of_service_is_set_or_refused(void)
{
    uv_loop_t loop;
    uv_tcp_t tcp;
    uv_os_fd_t fd;
    uv_loop_init(&loop);
    uv_tcp_init_ex(&loop, &tcp, AF_INET);
    uv_fileno((uv_handle_t *)&tcp, &fd);
    cleat_error error = {0};
    cleat_status status = port_socket_tos((intptr_t)fd, 0x48, &error);
    CU_ASSERT_EQUAL(status, port_dialect()->is_windows ? CLEAT_E_UNSUPPORTED : CLEAT_OK);
    uv_close((uv_handle_t *)&tcp, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

static void arguments_without_a_meaning_are_refused(void)
{
    static const char *const bad[] = {NULL, "", "a\nb", "~\xff"};
    char *path;
    char **list;
    CU_ASSERT_EQUAL(port_path(&path, (port_place)99, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(path);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_EQUAL(port_path_expand(&path, bad[i], NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(path);
        CU_ASSERT_EQUAL(port_path_join(&path, bad[i], "x", NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_path_join(&path, "/x", bad[i], NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(path);
        CU_ASSERT_EQUAL(port_path_glob(&list, bad[i], NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(list);
    }
    CU_ASSERT_EQUAL(port_shell_args(&list, NULL, false, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_shell_args(&list, "", true, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(list);
    CU_ASSERT_EQUAL(port_socket_tos(0, -1, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_socket_tos(0, 256, NULL), CLEAT_E_BAD_CALL);
}

static void a_folder_may_end_in_its_separator(void)
{
    char *path;
    CU_ASSERT_EQUAL_FATAL(port_path_join(&path, "/a/", "b", NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(path, "/a/b");
    port_free(path);
    CU_ASSERT_EQUAL_FATAL(port_path_join(&path, "a", "b", NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(path, port_dialect()->is_windows ? "a\\b" : "a/b");
    port_free(path);
}

void suite_port_path(void)
{
    CU_pSuite suite = CU_add_suite("port path", NULL, NULL);
    CU_add_test(suite, "places are absolute", places_are_absolute);
    CU_add_test(suite, "agent comes from the environment", agent_comes_from_the_environment);
    CU_add_test(suite, "tilde means home", tilde_means_home);
    CU_add_test(suite, "only a leading tilde counts", only_a_leading_tilde_counts);
    CU_add_test(suite, "a pipe's name is made whole again", a_pipes_name_is_made_whole_again);
    CU_add_test(suite, "glob sorts and may be empty", glob_sorts_and_may_be_empty);
    CU_add_test(suite, "shell arguments run a command", shell_arguments_run_a_command);
    CU_add_test(suite, "type of service is set or refused", type_of_service_is_set_or_refused);
    CU_add_test(suite, "arguments without a meaning are refused",
                arguments_without_a_meaning_are_refused);
    CU_add_test(suite, "a folder may end in its separator", a_folder_may_end_in_its_separator);
}
