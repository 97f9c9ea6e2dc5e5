/* Accounts. */
#include "dialect.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void current_user_is_complete(void)
{
    port_user *me;
    CU_ASSERT_EQUAL_FATAL(port_user_current(&me, NULL), CLEAT_OK);
    CU_ASSERT(strlen(me->name) > 0);
    CU_ASSERT(strlen(me->id) > 0);
    CU_ASSERT(strlen(me->home) > 0);
    CU_ASSERT(strlen(me->shell) > 0);
    port_user_free(me);
}

static void current_user_is_found_by_name(void)
{
    port_user *me, *found;
    CU_ASSERT_EQUAL_FATAL(port_user_current(&me, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(port_user_lookup(&found, me->name, NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(found->id, me->id);
    CU_ASSERT_STRING_EQUAL(found->home, me->home);
    port_user_free(found);
    port_user_free(me);
}

static void unknown_user_is_told_apart(void)
{
    port_user *found;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_user_lookup(&found, "no-such-user-here", &error), CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NULL(found);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no-such-user-here"));
}

static void names_that_nobody_can_have_are_not_looked_up(void)
{
    char endless[300] = {0};
    memset(endless, 'x', sizeof endless - 1);
    const char *const names[] = {NULL, "", "root\n", "\xff", "\x1b[2J", endless};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        port_user *found = (port_user *)endless;
        cleat_error error = {0};
        CU_ASSERT_EQUAL(port_user_lookup(&found, names[i], &error), CLEAT_E_NO_SUCH);
        CU_ASSERT_PTR_NULL(found);
        CU_ASSERT_PTR_NULL(strpbrk(error.text, "\n\x1b\xff"));
    }
}

static void groups_have_names(void)
{
    port_user *me;
    char **groups;
    CU_ASSERT_EQUAL_FATAL(port_user_current(&me, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(port_user_groups(&groups, me, NULL), CLEAT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(groups[0]);
    for (size_t i = 0; groups[i]; i++)
        CU_ASSERT(strlen(groups[i]) > 0);
    port_free(groups);
    port_user_free(me);
}

static const char *value_in(char *const *pairs, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; pairs[i]; i++) {
        if (strncmp(pairs[i], name, len) == 0 && pairs[i][len] == '=')
            return pairs[i] + len + 1;
    }
    return NULL;
}

static void environment_names_the_user_and_lets_programs_run(void)
{
    port_user *me;
    char **pairs;
    CU_ASSERT_EQUAL_FATAL(port_user_current(&me, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(port_user_environment(&pairs, me, NULL), CLEAT_OK);
    const char *user = value_in(pairs, "USER"), *home = value_in(pairs, "HOME");
    CU_ASSERT_FATAL(user && home);
    CU_ASSERT_STRING_EQUAL(user, me->name);
    CU_ASSERT_STRING_EQUAL(home, me->home);
    /* Without the first no socket can be made on Windows, without the second no profile found. */
    static const char *const needed[] = {"SystemRoot", "USERPROFILE"};
    for (size_t i = 0; i < 2 && port_dialect()->is_windows; i++)
        CU_ASSERT_PTR_NOT_NULL(value_in(pairs, needed[i]));
    port_free(pairs);
    port_user_free(me);
}

void suite_port_user(void)
{
    CU_pSuite suite = CU_add_suite("port user", NULL, NULL);
    CU_add_test(suite, "current user is complete", current_user_is_complete);
    CU_add_test(suite, "current user is found by name", current_user_is_found_by_name);
    CU_add_test(suite, "unknown user is told apart", unknown_user_is_told_apart);
    CU_add_test(suite, "names that nobody can have are not looked up",
                names_that_nobody_can_have_are_not_looked_up);
    CU_add_test(suite, "groups have names", groups_have_names);
    CU_add_test(suite, "environment names the user and lets programs run",
                environment_names_the_user_and_lets_programs_run);
}
