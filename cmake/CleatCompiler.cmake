# The language, the warnings and the instrumentation that every target gets.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
endif()

# Assertions stay on: a broken invariant of our own must stop the program, not go on quietly.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-gdwarf-4) # Debian 12's valgrind cannot read clang's DWARF 5
endif()
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

find_program(CLEAT_CCACHE ccache)
if(CLEAT_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${CLEAT_CCACHE}")
endif()

set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
             -Wmissing-prototypes -Wvla -Wcast-qual -fstack-protector-strong)
if(CLEAT_WERROR)
    list(APPEND warnings -Werror)
endif()
add_compile_options("$<$<COMPILE_LANGUAGE:C>:${warnings}>")

add_link_options(-fstack-protector-strong)

if(CLEAT_SANITIZE)
    add_compile_options(-fsanitize=${CLEAT_SANITIZE} -fno-sanitize-recover=all)
    string(REPLACE "fuzzer-no-link," "" link_sanitize "${CLEAT_SANITIZE}")
    add_link_options(-fsanitize=${link_sanitize})
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CLEAT_SANITIZE MATCHES "address")
        # As Clang does it: tests start programs by the thousand, and their start takes a third less.
        add_link_options(-static-libasan -static-libubsan)
    endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CLEAT_COVERAGE)
    add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
if(CLEAT_FUZZ)
    # A mutated count of rounds must not look like a hang.
    add_compile_definitions(CLEAT_KEY_FILE_PATIENCE=32)
endif()
if(CLEAT_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
