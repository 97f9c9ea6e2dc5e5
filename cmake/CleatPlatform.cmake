# What differs between POSIX and Windows for the build: a folder, a few definitions and libraries.

set(THREADS_PREFER_PTHREAD_FLAG ON)
if(WIN32)
    set(CLEAT_PLATFORM win32)
    enable_language(RC)
    set(CLEAT_PLATFORM_DEFINITIONS
        _WIN32_WINNT=0x0A00 NTDDI_VERSION=0x0A000006 WIN32_LEAN_AND_MEAN UNICODE _UNICODE)
    # Without it %zu and %llu are not understood.
    add_compile_definitions(__USE_MINGW_ANSI_STDIO=1)
    set(CLEAT_PLATFORM_LIBRARIES psapi user32 advapi32 iphlpapi userenv ws2_32 dbghelp ole32 uuid
                                 crypt32 bcrypt)
    add_link_options(-static)
else()
    set(CLEAT_PLATFORM posix)
    find_library(CLEAT_LIBEDIT edit REQUIRED)
    set(CLEAT_EDIT_LIBRARIES ${CLEAT_LIBEDIT})
    set(CLEAT_PLATFORM_DEFINITIONS _GNU_SOURCE)
    find_package(Threads REQUIRED)
    set(CLEAT_PLATFORM_LIBRARIES Threads::Threads ${CMAKE_DL_LIBS})
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
        list(APPEND CLEAT_PLATFORM_LIBRARIES util)
        find_library(CLEAT_SECCOMP seccomp REQUIRED)
        find_library(CLEAT_PAM pam REQUIRED)
        set(CLEAT_SYSTEM_LIBRARIES ${CLEAT_SECCOMP} ${CLEAT_PAM})
        if(CLEAT_SANITIZE)
            # Else the sanitizer's crypt() finds none behind it when a PAM module brings one.
            list(APPEND CLEAT_SYSTEM_LIBRARIES -Wl,--no-as-needed crypt)
        endif()
        add_link_options(-Wl,-z,relro,-z,now)
    endif()
endif()
