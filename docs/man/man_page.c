/* Fills the keyword lists of a manual page from the table that the program reads by, so that the
 * two cannot differ.
 *
 *   man_page client|server TEMPLATE >PAGE
 *
 * Three lines of the template stand for lists: .\" KEYWORDS, .\" SPELLINGS and .\" FORGOTTEN. */
#include <cleat/config.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 512, COLUMNS = 76 };

typedef bool (*row_filter)(const cleat_config_row *row);

/* ---- text ---- */

/* A character as roff has to see it to print it as it is. */
static const char *escaped(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '~':
        return "\\(ti";
    case '^':
        return "\\(ha";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '"':
        return "\\(dq";
    default:
        return NULL;
    }
}

static void put_word(const char *word, size_t len)
{
    /* What would be a request or the name of a macro. */
    if (len && (*word == '.' || *word == '\'' || *word == '%'))
        fputs("\\&", stdout);
    for (size_t i = 0; i < len; i++) {
        const char *instead = escaped(word[i]);
        bool inner_hyphen = word[i] == '-' && i && isalpha((unsigned char)word[i - 1]);
        if (instead && !inner_hyphen)
            fputs(instead, stdout);
        else
            putchar(word[i]);
    }
}

/* Each sentence begins a line, as is usual in manual pages. */
static void put_sentences(const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        bool fits = column + 1 + len <= COLUMNS;
        if (column)
            putchar(fits ? ' ' : '\n');
        column = column && fits ? column + 1 + len : len;
        put_word(text, len);
        const char *last = text + len - 1;
        last -= len > 1 && *last == ')';
        if (*last == '.' && text[len]) {
            putchar('\n');
            column = 0;
        }
        text += len + (text[len] == ' ');
    }
    putchar('\n');
}

/* ---- a keyword ---- */

/* The first spellings of the row's words, as arguments of a macro line. */
static void put_choices(const char *words)
{
    for (const char *group = words; *group;) {
        size_t len = strcspn(group, ",");
        printf(group == words ? "Cm " : " | Cm ");
        put_word(group, strcspn(group, "|,"));
        group += len + (group[len] == ',');
    }
}

static void put_head(const cleat_config_row *row)
{
    printf(".It Cm %s ", row->name);
    if (row->type == CLEAT_CONFIG_FLAG) {
        printf("Cm yes | Cm no");
    } else if (row->type == CLEAT_CONFIG_WORD) {
        put_choices(row->words);
    } else {
        static const char *const arguments[] = {
            [CLEAT_CONFIG_INT] = "number",     [CLEAT_CONFIG_TIME] = "time",
            [CLEAT_CONFIG_REKEY] = "size",     [CLEAT_CONFIG_TEXT] = "value",
            [CLEAT_CONFIG_COMMAND] = "text",   [CLEAT_CONFIG_LIST] = "value ...",
            [CLEAT_CONFIG_ALGORITHMS] = "list"};
        printf("Ar %s", arguments[row->type]);
    }
    if (row->type == CLEAT_CONFIG_TIME && row->words) {
        printf(" | ");
        put_choices(row->words);
    } else if (row->type == CLEAT_CONFIG_REKEY) {
        printf(" Op Ar time");
    }
    putchar('\n');
}

static bool is_word(const char *at, const char *word)
{
    return strncmp(at, word, strlen(word)) == 0 && strchr("|,", at[strlen(word)]);
}

/* "no|off": the second is the same as the first. That true and false are other words for yes and no
 * everywhere is said by the page. */
static void put_synonyms(const char *words)
{
    for (const char *group = words; *group;) {
        size_t len = strcspn(group, ",");
        size_t first = strcspn(group, "|,");
        for (size_t at = first; at < len; at += 1 + strcspn(group + at + 1, "|,")) {
            if (is_word(group + at + 1, "true") || is_word(group + at + 1, "false"))
                continue;
            printf(".Cm ");
            put_word(group + at + 1, strcspn(group + at + 1, "|,"));
            printf("\nis the same as\n.Cm ");
            put_word(group, first);
            puts(" .");
        }
        group += len + (group[len] == ',');
    }
}

static void put_tokens(const char *letters)
{
    printf("Replaced tokens:\n.Cm");
    for (const char *c = letters; *c; c++)
        printf(" \\&%%%c%s", *c, c[1] ? " ," : " .\n");
}

static void put_limits(const cleat_config_row *row)
{
    if (row->type == CLEAT_CONFIG_INT && row->flags & CLEAT_CONFIG_OCTAL)
        puts("The number is octal.");
    else if (row->type == CLEAT_CONFIG_INT && row->max)
        printf("From %lld to %lld.\n", (long long)row->min, (long long)row->max);
    if (row->flags & CLEAT_CONFIG_REFUSED && row->words) {
        printf("Any value but\n.");
        put_choices(row->words);
        puts("\nis an error.");
    } else if (row->flags & CLEAT_CONFIG_REFUSED) {
        puts("Any use is an error.");
    }
}

static void put_facts(const cleat_config_table *table, const cleat_config_row *row)
{
    if (row->type == CLEAT_CONFIG_WORD)
        put_synonyms(row->words);
    put_limits(row);
    if (row->flags & CLEAT_CONFIG_COLLECT)
        puts(row->flags & CLEAT_CONFIG_MERGE ? "Lines add up, also those of\n.Cm Match\nblocks."
                                             : "Lines add up.");
    if (row->unless)
        printf("Ignored after a line with\n.Cm %s .\n", row->unless);
    if (row->tokens)
        put_tokens(row->tokens);
    if (row->flags & CLEAT_CONFIG_ENV)
        puts("Variables of the environment, as in\n.Ev ${HOME} ,\nare replaced.");
    if (row->flags & CLEAT_CONFIG_TILDE)
        puts("A leading\n.Sq \\(ti\nstands for the home directory.");
    if (table->match_by_flag && !(row->flags & CLEAT_CONFIG_IN_MATCH))
        puts("Not in\n.Cm Match\nblocks.");
    if (row->fallback) {
        printf("The default is\n.Ql ");
        put_word(row->fallback, strlen(row->fallback));
        puts(" .");
    }
}

/* ---- the lists ---- */

static bool is_spelling(const cleat_config_row *row)
{
    return row->type == CLEAT_CONFIG_ALIAS;
}

static bool is_forgotten(const cleat_config_row *row)
{
    return !is_spelling(row) && row->flags & CLEAT_CONFIG_IGNORED;
}

static bool is_keyword(const cleat_config_row *row)
{
    return !is_spelling(row) && !is_forgotten(row);
}

static int by_name(const void *a, const void *b)
{
    const cleat_config_row *const *first = a;
    const cleat_config_row *const *second = b;
    const char *x = (*first)->name;
    const char *y = (*second)->name;
    for (; *x && tolower((unsigned char)*x) == tolower((unsigned char)*y); x++, y++)
        continue;
    return tolower((unsigned char)*x) - tolower((unsigned char)*y);
}

static void put_entry(const cleat_config_table *table, const cleat_config_row *row)
{
    if (is_spelling(row)) {
        printf(".It Cm %s Ta Cm %s\n", row->name, row->words);
        return;
    }
    if (is_forgotten(row)) {
        printf(".It\n.Cm %s\n", row->name);
        return;
    }
    put_head(row);
    if (row->flags & CLEAT_CONFIG_NO_EFFECT)
        puts(".Em Without effect yet .");
    put_sentences(row->help);
    put_facts(table, row);
}

static void put_list(const cleat_config_table *table, row_filter wanted)
{
    const cleat_config_row *sorted[ROWS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < table->count && count < ROWS_MAX; i++) {
        if (wanted(&table->rows[i]))
            sorted[count++] = &table->rows[i];
    }
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count; i++)
        put_entry(table, sorted[i]);
}

static void fill(const cleat_config_table *table, FILE *template)
{
    char line[512];
    while (fgets(line, sizeof line, template)) {
        if (strcmp(line, ".\\\" KEYWORDS\n") == 0)
            put_list(table, is_keyword);
        else if (strcmp(line, ".\\\" SPELLINGS\n") == 0)
            put_list(table, is_spelling);
        else if (strcmp(line, ".\\\" FORGOTTEN\n") == 0)
            put_list(table, is_forgotten);
        else
            fputs(line, stdout);
    }
}

int main(int argc, char **argv)
{
    FILE *template = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (!template) {
        fprintf(stderr, "usage: man_page client|server TEMPLATE\n");
        return 1;
    }
    bool client = strcmp(argv[1], "client") == 0;
    fill(client ? cleat_config_client_table() : cleat_config_server_table(), template);
    fclose(template);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
