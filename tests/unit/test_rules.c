/* The whole legality table, role by phase by message, against a file that is read by people: a
 * change of what is legal shows as a changed line there. */
#include "alg/alg.h"
#include "base/alloc.h"
#include "engine/rules.h"
#include "wire/messages.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

static const cl_phase phases[] = {
    CL_PH_FIRST_INIT,
    CL_PH_FIRST_KEX,
    CL_PH_FIRST_NEWKEYS,
    CL_PH_FIRST_KEX_STRICT,
    CL_PH_FIRST_NEWKEYS_STRICT,
    CL_PH_REKEY,
    CL_PH_REKEY_NEWKEYS,
    CL_PH_SERVICE,
    CL_PH_AUTH,
    CL_PH_OPEN,
};
enum { PHASES = sizeof phases / sizeof *phases };

static void print_row(cl_buf *out, uint8_t number)
{
    const cleat_role roles[] = {CLEAT_CLIENT, CLEAT_SERVER};
    cl_buf_printf(out, "%3u %-26s", number, cl_message_name(number));
    for (int r = 0; r < 2; r++) {
        const cl_rule *rule = cl_rule_find(number, roles[r]);
        cl_buf_add_text(out, "  ");
        for (int i = 0; i < PHASES; i++)
            cl_buf_add_byte(out, !rule                                       ? 'u'
                                 : cl_rule_allows(rule, roles[r], phases[i]) ? 'y'
                                                                             : '.');
    }
    cl_buf_add_text(out, "\n");
}

static void print_matrix(cl_buf *out)
{
    cl_buf_add_text(out, "Which message may a client, and which may a server, receive when?\n"
                         "y legal   . ends the connection   u unknown: UNIMPLEMENTED is sent\n"
                         "Columns, for each role:");
    for (int i = 0; i < PHASES; i++)
        cl_buf_printf(out, "%s %s", i ? "," : "", cl_phase_name(phases[i]));
    cl_buf_add_text(out, "\n                                client      server\n");
    for (unsigned number = 0; number < 256; number++)
        print_row(out, (uint8_t)number);
}

static void legality_is_as_written_down(void)
{
    char expected[32768];
    cl_buf out = CL_BUF(&cl_alloc_default);
    print_matrix(&out);
    FILE *f = fopen("tests/data/legality.txt", "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    size_t len = fread(expected, 1, sizeof expected, f);
    fclose(f);
    bool same = len == out.len && memcmp(expected, out.data, len) == 0;
    CU_ASSERT_TRUE(same);
    if (!same)
        printf("the legality matrix is now:\n%s", cl_buf_text(&out));
    cl_buf_free(&out);
}

/* The old wounds, said out loud: whatever the file says, these stay forbidden. */
static void old_wounds_stay_closed(void)
{
    const cl_rule *success = cl_rule_find(CL_MSG_userauth_success, CLEAT_SERVER);
    CU_ASSERT_FALSE(cl_rule_allows(success, CLEAT_SERVER, CL_PH_AUTH)); /* CVE-2018-10933 */
    const cl_rule *ignore = cl_rule_find(CL_MSG_ignore, CLEAT_CLIENT);
    CU_ASSERT_FALSE(cl_rule_allows(ignore, CLEAT_CLIENT, CL_PH_FIRST_KEX_STRICT)); /* Terrapin */
    CU_ASSERT_FALSE(cl_rule_allows(ignore, CLEAT_SERVER, CL_PH_FIRST_NEWKEYS_STRICT));
    const cl_rule *ext = cl_rule_find(CL_MSG_ext_info, CLEAT_CLIENT);
    CU_ASSERT_FALSE(cl_rule_allows(ext, CLEAT_CLIENT, CL_PH_FIRST_KEX)); /* CVE-2023-46445 */
    const cl_rule *open = cl_rule_find(CL_MSG_channel_open, CLEAT_SERVER);
    CU_ASSERT_FALSE(cl_rule_allows(open, CLEAT_SERVER, CL_PH_AUTH));
    CU_ASSERT_FALSE(cl_rule_allows(open, CLEAT_SERVER, CL_PH_REKEY));
}

/* What is let pass of a peer that talks on during an exchange: the connection protocol, once it has
 * authenticated, and not another KEXINIT. */
static void only_the_connection_protocol_is_forgiven(void)
{
    for (unsigned number = 0; number < 256; number++) {
        bool connection = number >= 80 && number <= 100;
        for (int i = 0; i < PHASES; i++) {
            bool again = phases[i] == CL_PH_REKEY || phases[i] == CL_PH_REKEY_NEWKEYS;
            CU_ASSERT_EQUAL(cl_rule_forgives((uint8_t)number, CL_PH_OPEN, phases[i]),
                            connection && again);
            CU_ASSERT_FALSE(cl_rule_forgives((uint8_t)number, CL_PH_AUTH, phases[i]));
            CU_ASSERT_FALSE(cl_rule_forgives((uint8_t)number, CL_PH_SERVICE, phases[i]));
        }
    }
}

void suite_rules(void)
{
    CU_pSuite s = CU_add_suite("rules", NULL, NULL);
    CU_add_test(s, "legality_is_as_written_down", legality_is_as_written_down);
    CU_add_test(s, "old_wounds_stay_closed", old_wounds_stay_closed);
    CU_add_test(s, "only_the_connection_protocol_is_forgiven",
                only_the_connection_protocol_is_forgiven);
}
