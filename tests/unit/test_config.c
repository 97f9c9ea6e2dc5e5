/* The syntax that ssh_config(5) and sshd_config(5) share: words, blocks, Include, typed values. */
#include <cleat/config.h>
#include <cleat/store.h>

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cleat_config_row rows[] = {
    {.name = "Text", .type = CLEAT_CONFIG_TEXT},
    {.name = "Command", .type = CLEAT_CONFIG_COMMAND},
    {.name = "List", .type = CLEAT_CONFIG_LIST, .fallback = "one two"},
    {.name = "More", .type = CLEAT_CONFIG_LIST, .flags = CLEAT_CONFIG_COLLECT},
    {.name = "Flag", .type = CLEAT_CONFIG_FLAG, .fallback = "no", .flags = CLEAT_CONFIG_IN_MATCH},
    {.name = "Number", .type = CLEAT_CONFIG_INT, .min = 1, .max = 99, .fallback = "22"},
    {.name = "Mask", .type = CLEAT_CONFIG_INT, .max = 0777, .flags = CLEAT_CONFIG_OCTAL},
    {.name = "Time", .type = CLEAT_CONFIG_TIME, .words = "none"},
    {.name = "Word", .type = CLEAT_CONFIG_WORD, .words = "no|off,yes|on,maybe"},
    {.name = "Rekey", .type = CLEAT_CONFIG_REKEY},
    {.name = "First", .type = CLEAT_CONFIG_TEXT, .unless = "Second"},
    {.name = "Second", .type = CLEAT_CONFIG_TEXT, .unless = "First"},
    {.name = "Later", .type = CLEAT_CONFIG_FLAG, .flags = CLEAT_CONFIG_NO_EFFECT, .fallback = "no"},
    {.name = "Unsafe", .type = CLEAT_CONFIG_FLAG, .flags = CLEAT_CONFIG_REFUSED, .words = "no"},
    {.name = "Gone", .type = CLEAT_CONFIG_FLAG, .flags = CLEAT_CONFIG_IGNORED},
    {.name = "Skip", .type = CLEAT_CONFIG_TEXT},
    {.name = "Txt", .type = CLEAT_CONFIG_ALIAS, .words = "Text"},
};

static const cleat_config_criterion criteria[] = {{"all", false}, {"user", true}, {"final", false}};

static const cleat_config_table client = {
    rows, sizeof rows / sizeof *rows, criteria, 3, true, false, "Skip"};
static const cleat_config_table server = {
    rows, sizeof rows / sizeof *rows, criteria, 3, false, true, NULL};

/* ---- a world of files ---- */

typedef struct world {
    unsigned includes;
    const char *user;
} world;

static cleat_status include(void *user, const char *pattern, const char *from,
                            cleat_config_reading *reading, cleat_error *error)
{
    world *w = user;
    char name[32];
    (void)from;
    w->includes++;
    if (strcmp(pattern, "none") == 0)
        return CLEAT_OK;
    if (strcmp(pattern, "loop") == 0)
        return cleat_config_included(reading, "loop", cleat_slice_of("Include loop\n"), error);
    if (strcmp(pattern, "broken") == 0)
        return cleat_config_included(reading, "broken", cleat_slice_of("\nNope 1\n"), error);
    snprintf(name, sizeof name, "text of %s", pattern);
    char line[64];
    snprintf(line, sizeof line, "Text %s\nHost other\nFlag yes\n", pattern);
    return cleat_config_included(reading, name, cleat_slice_of(line), error);
}

static cleat_status match(void *user, const cleat_config *c, const cleat_config_question *question,
                          bool *matches, cleat_error *error)
{
    const world *w = user;
    (void)c;
    (void)error;
    *matches = question->argument && strcmp(question->argument, w->user) == 0;
    return CLEAT_OK;
}

static cleat_config *read_with(const cleat_config_table *table, const char *text, world *w,
                               cleat_error *error)
{
    const cleat_config_host host = {.struct_size = sizeof host,
                                    .user = w,
                                    .host = "example.org",
                                    .include = include,
                                    .match = match};
    cleat_config *c;
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&c, NULL, table), CLEAT_OK);
    cleat_status st = cleat_config_read(c, "file", cleat_slice_of(text), &host, error);
    CU_ASSERT_EQUAL(st == CLEAT_OK, error->text[0] == 0);
    return c;
}

static cleat_config *read_text(const char *text, cleat_error *error)
{
    world w = {.user = "me"};
    *error = (cleat_error){0};
    return read_with(&client, text, &w, error);
}

/* ---- values ---- */

static void words_are_split_as_openssh_does(void)
{
    static const struct {
        const char *line, *first, *second;
        size_t count;
    } cases[] = {
        {"List a b", "a", "b", 2},           {"  list\ta   b  \r", "a", "b", 2},
        {"LIST=a b", "a", "b", 2},           {"List = a", "a", NULL, 1},
        {"List \"a b\" c", "a b", "c", 2},   {"List 'a b' c", "a b", "c", 2},
        {"List a\\ b c", "a b", "c", 2},     {"List \"a\\\"b\" c", "a\"b", "c", 2},
        {"List a\\b \\\\", "a\\b", "\\", 2}, {"List na\"me=v w\"x c", "name=v wx", "c", 2},
        {"List a # comment", "a", NULL, 1},  {"List a#b c", "a#b", "c", 2},
        {"List =", "one", "two", 0},         {"\"List\" x", "x", NULL, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleat_error error;
        cleat_config *c = read_text(cases[i].line, &error);
        if (cases[i].count) {
            CU_ASSERT_EQUAL(cleat_config_count(c, "List"), cases[i].count);
            CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "List", 0), cases[i].first);
        }
        if (cases[i].count > 1)
            CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "List", 1), cases[i].second);
        CU_ASSERT_EQUAL(error.text[0] != 0, cases[i].count == 0);
        cleat_config_free(c);
    }
}

static void commands_are_kept_as_they_stand(void)
{
    cleat_error error;
    cleat_config *c = read_text("Command = sh -c \"nc '%h' # x\"  \n", &error);
    CU_ASSERT_STRING_EQUAL(cleat_config_text(c, "Command"), "sh -c \"nc '%h' # x\"");
    cleat_config_free(c);
}

static void numbers_are_typed(void)
{
    static const struct {
        const char *line, *keyword;
        int64_t number;
    } cases[] = {
        {"Number 99", "Number", 99},
        {"Mask 0177", "Mask", 0177},
        {"Time 1h30m", "Time", 5400},
        {"Time none", "Time", 0},
        {"Word off", "Word", 0},
        {"Word ON", "Word", 1},
        {"Word maybe", "Word", 2},
        {"Flag true", "Flag", 1},
        {"Flag no", "Flag", 0},
        {"Rekey 1G 1h", "Rekey", 1 << 30},
        {"Rekey default none", "Rekey", 0},
        {"# nothing", "Number", 22},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleat_error error;
        cleat_config *c = read_text(cases[i].line, &error);
        CU_ASSERT_EQUAL(error.text[0], 0);
        CU_ASSERT_EQUAL(cleat_config_number(c, cases[i].keyword), cases[i].number);
        cleat_config_free(c);
    }
}

static void the_first_value_counts(void)
{
    cleat_error error;
    cleat_config *c = read_text("Flag no\nFlag yes\nTxt a\nText b\nMore x y\nMore y z\n"
                                "Second 1\nFirst 2\n",
                                &error);
    CU_ASSERT_FALSE(cleat_config_flag_of(c, "Flag"));
    CU_ASSERT_TRUE(cleat_config_is_set(c, "Flag"));
    CU_ASSERT_FALSE(cleat_config_is_set(c, "Number"));
    CU_ASSERT_STRING_EQUAL(cleat_config_text(c, "Text"), "a");
    CU_ASSERT_STRING_EQUAL(cleat_config_origin(c, "Text"), "file line 3");
    CU_ASSERT_EQUAL(cleat_config_count(c, "More"), 3);
    CU_ASSERT_STRING_EQUAL(cleat_config_item(c, "More", 2), "z");
    CU_ASSERT_PTR_NULL(cleat_config_text(c, "First"));
    CU_ASSERT_EQUAL(cleat_config_put(c, "Text", "c d", NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(cleat_config_text(c, "Text"), "c d");
    CU_ASSERT_EQUAL(cleat_config_put(c, "Number", "200", NULL), CLEAT_E_CONFIG);
    cleat_config_free(c);
}

static void mistakes_name_file_and_line(void)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"\n\nNope 1", "file line 3: Bad configuration option: Nope"},
        {"Numbre 1", "file line 1: Bad configuration option: Numbre; did you mean Number?"},
        {"textt a", "file line 1: Bad configuration option: textt; did you mean Text?"},
        {"Number", "file line 1: Number: a value is missing"},
        {"Number 0", "file line 1: Number: 0 is not between 1 and 99"},
        {"Number x", "file line 1: Number: \"x\" is not a number"},
        {"Number 1 2", "file line 1: Number: \"2\" is one word too many"},
        {"Flag perhaps", "file line 1: Flag: \"perhaps\" is none of"},
        {"Word x", "file line 1: Word: \"x\" is none of"},
        {"Time 5x", "file line 1: Time: \"5x\" is not a time"},
        {"Rekey 8", "file line 1: Rekey: \"8\" is not a size"},
        {"Mask 8", "file line 1: Mask: \"8\" is not a number"},
        {"Text \"a", "file line 1: a quote does not end"},
        {"Host", "file line 1: Host: a pattern is missing"},
        {"Match", "file line 1: Match: a criterion is missing"},
        {"Match colour red", "file line 1: Match: \"colour\" is no criterion"},
        {"Match user", "file line 1: Match: user needs a value"},
        {"Match all user me", "file line 1: Match: \"all\" stands alone"},
        {"Match final=x", "file line 1: Match: final takes no value"},
        {"Include", "file line 1: Include: a file is missing"},
        {"Include broken", "broken line 2: Bad configuration option: Nope"},
        {"\nInclude loop", "loop line 1: Include: files are nested more than 16 deep"},
        {"Unsafe yes", "file line 1: Unsafe is not supported yet"},
        {"Host else\nNumber x", "file line 2: Number: \"x\" is not a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleat_error error;
        cleat_config *c = read_text(cases[i].text, &error);
        CU_ASSERT_EQUAL(strncmp(error.text, cases[i].error, strlen(cases[i].error)), 0);
        cleat_config_free(c);
    }
}

static void harmless_and_skipped_lines_pass(void)
{
    cleat_error error;
    cleat_config *c = read_text("Unsafe no\nGone whatever\nSkip New*,odd\nNewThing 1\nODD 2\n"
                                "Later no\nHost else\nUnsafe yes\nLater yes\n",
                                &error);
    CU_ASSERT_EQUAL(error.text[0], 0);
    CU_ASSERT_PTR_NULL(cleat_config_note(c, 0));
    cleat_config_free(c);
    c = read_text("\nLater yes\n", &error);
    CU_ASSERT_STRING_EQUAL(cleat_config_note(c, 0), "file line 2: Later has no effect yet");
    cleat_config_free(c);
}

/* ---- blocks ---- */

static void blocks_count_where_they_match(void)
{
    static const struct {
        const char *block;
        bool counts;
    } cases[] = {
        {"Host example.org", true},
        {"Host EXAMPLE.*", true},
        {"Host a b *.org", true},
        {"Host * !example.org", false},
        {"Host !example.org *", false},
        {"Host !other", false},
        {"Host other", false},
        {"Match all", true},
        {"Match user me", true},
        {"Match user=me", true},
        {"Match !user me", false},
        {"Match !user you", true},
        {"Match user me !final", true},
        {"Match user me final", false},
        {"Match final all", false},
        {"Host other\nMatch all", true},
        {"Match all\nHost other", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        cleat_error error;
        snprintf(text, sizeof text, "%s\n  Text inside\n", cases[i].block);
        cleat_config *c = read_text(text, &error);
        CU_ASSERT_EQUAL(cleat_config_is_set(c, "Text"), cases[i].counts);
        cleat_config_free(c);
    }
}

static void included_files_live_in_their_block(void)
{
    cleat_error error;
    cleat_config *c = read_text("Host example.org\nInclude a b none\nNumber 5\n", &error);
    CU_ASSERT_STRING_EQUAL(cleat_config_text(c, "Text"), "a");
    CU_ASSERT_STRING_EQUAL(cleat_config_origin(c, "Text"), "text of a line 1");
    CU_ASSERT_FALSE(cleat_config_flag_of(c, "Flag"));     /* the included file's own block */
    CU_ASSERT_EQUAL(cleat_config_number(c, "Number"), 5); /* which ends with the file */
    cleat_config_free(c);
    c = read_text("Host other\nInclude a\nHost *\nNumber 5\n", &error);
    CU_ASSERT_PTR_NULL(cleat_config_text(c, "Text"));
    CU_ASSERT_EQUAL(cleat_config_number(c, "Number"), 5);
    cleat_config_free(c);
}

static void a_server_table_limits_match_blocks(void)
{
    world w = {.user = "me"};
    cleat_error error = {0};
    cleat_config *c = read_with(&server, "Match user me\nFlag yes\n", &w, &error);
    CU_ASSERT_TRUE(cleat_config_flag_of(c, "Flag"));
    cleat_config_free(c);
    c = read_with(&server, "Match user you\nNumber 5\n", &w, &error);
    CU_ASSERT_STRING_EQUAL(error.text, "file line 2: Number cannot stand in a Match block");
    cleat_config_free(c);
    error = (cleat_error){0};
    c = read_with(&server, "Host a\n", &w, &error);
    CU_ASSERT_STRING_EQUAL(error.text, "file line 1: Bad configuration option: Host");
    cleat_config_free(c);
}

static void single_lines_need_no_file(void)
{
    cleat_config *c;
    cleat_error error;
    CU_ASSERT_EQUAL_FATAL(cleat_config_new(&c, NULL, &client), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_config_set(c, "command-line", "Number=7", &error), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_config_number(c, "Number"), 7);
    CU_ASSERT_EQUAL(cleat_config_set(c, "command-line", "Host a", &error), CLEAT_E_CONFIG);
    CU_ASSERT_STRING_EQUAL(error.text, "command-line: Host stands in files only");
    cleat_config_free(c);
}

/* ---- dump and tokens ---- */

static void collect_line(void *user, const char *text)
{
    char *all = user;
    size_t len = strlen(all);
    snprintf(all + len, 512 - len, "%s|", text);
}

static void a_dump_reads_back(void)
{
    char all[512] = "";
    cleat_error error;
    cleat_config *c = read_text("Command a \"b\nMore \"x y\" z\nWord on\n", &error);
    CU_ASSERT_EQUAL(cleat_config_dump(c, collect_line, all), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(all, "command a \"b|list one two|more \"x y\"|more z|flag no|number 22|"
                                "word yes|later no|");
    cleat_config_free(c);
}

static const char *environment(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "HOME") == 0 ? "/home/me" : NULL;
}

static void tokens_are_replaced_where_allowed(void)
{
    static const cleat_config_token tokens[] = {{'h', "host"}, {'p', "22"}, {'K', NULL}};
    static const struct {
        const char *text, *allowed, *result;
    } cases[] = {
        {"%h:%p", "hp", "host:22"},
        {"100%%", "", "100%"},
        {"100%", NULL, "100%"},
        {"%h", "p", NULL},
        {"%", "h", NULL},
        {"%K", "K", NULL},
        {"${HOME}/x$y", "h", "/home/me/x$y"},
        {"${NONE}", "h", NULL},
        {"${HOME", "h", NULL},
        {"${}", "h", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out;
        cleat_error error;
        cleat_status st = cleat_config_expand(&out, NULL, cases[i].text, cases[i].allowed, tokens,
                                              3, environment, NULL, &error);
        CU_ASSERT_EQUAL(st == CLEAT_OK, cases[i].result != NULL);
        if (out && cases[i].result)
            CU_ASSERT_STRING_EQUAL(out, cases[i].result);
        free(out);
    }
}

static void classes_of_service_are_bytes(void)
{
    static const struct {
        const char *word;
        int tos; /* -2: none such */
    } cases[] = {{"ef", 0xb8}, {"EF", 0xb8},   {"le", 4},          {"cs0", 0},    {"cs7", 0xe0},
                 {"cs8", -2},  {"af11", 0x28}, {"AF43", 0x98},     {"af44", -2},  {"af5", -2},
                 {"none", -1}, {"8", 8},       {"0x10", 0x10},     {"0XfF", 255}, {"0x", -2},
                 {"0xg", -2},  {"0x100", -2},  {"lowdelay", 0x10}, {"256", -2},   {"", -2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int tos = 0;
        bool good = cleat_config_service_class(cases[i].word, &tos);
        CU_ASSERT_EQUAL(good, cases[i].tos != -2);
        CU_ASSERT_TRUE(!good || tos == cases[i].tos);
    }
}

void suite_config(void)
{
    CU_pSuite s = CU_add_suite("config", NULL, NULL);
    CU_add_test(s, "words_are_split_as_openssh_does", words_are_split_as_openssh_does);
    CU_add_test(s, "commands_are_kept_as_they_stand", commands_are_kept_as_they_stand);
    CU_add_test(s, "numbers_are_typed", numbers_are_typed);
    CU_add_test(s, "the_first_value_counts", the_first_value_counts);
    CU_add_test(s, "mistakes_name_file_and_line", mistakes_name_file_and_line);
    CU_add_test(s, "harmless_and_skipped_lines_pass", harmless_and_skipped_lines_pass);
    CU_add_test(s, "blocks_count_where_they_match", blocks_count_where_they_match);
    CU_add_test(s, "included_files_live_in_their_block", included_files_live_in_their_block);
    CU_add_test(s, "a_server_table_limits_match_blocks", a_server_table_limits_match_blocks);
    CU_add_test(s, "single_lines_need_no_file", single_lines_need_no_file);
    CU_add_test(s, "a_dump_reads_back", a_dump_reads_back);
    CU_add_test(s, "classes_of_service_are_bytes", classes_of_service_are_bytes);
    CU_add_test(s, "tokens_are_replaced_where_allowed", tokens_are_replaced_where_allowed);
}
