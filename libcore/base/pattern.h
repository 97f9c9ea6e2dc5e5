/* OpenSSH's patterns: '*' and '?' wildcards, and comma lists of them with '!' negation
 * (ssh_config(5), PATTERNS). Linear in the text for each pattern. */
#ifndef CL_BASE_PATTERN_H
#define CL_BASE_PATTERN_H

#include <cleat/types.h>

typedef enum cl_match { CL_MATCH_NO = 0, CL_MATCH_YES = 1, CL_MATCH_NEGATED = -1 } cl_match;

/* The whole text against one pattern. */
bool cl_pattern_match(cleat_slice text, cleat_slice pattern, bool ignore_case);

/* The text against a comma list: a negated pattern that matches decides against, whatever else
 * matches. */
cl_match cl_pattern_list(cleat_slice text, cleat_slice list, bool ignore_case);

#endif
