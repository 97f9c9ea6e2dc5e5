/* Looks at local files, for tests of what happens right behind them. */
#ifndef CLEAT_TESTS_PAIR_LOOKS_H
#define CLEAT_TESTS_PAIR_LOOKS_H

/* Called behind each uv_fs_lstat of this path, in its thread; path NULL: behind none. */
void looks_watch(const char *path, void (*then)(const char *path));

#endif
