# Cross build for Windows with Debian's MinGW-w64. What Debian does not package comes from the
# prefix that packaging/windows/build-deps makes; tests run under Wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

set(windows_dir "${CMAKE_CURRENT_LIST_DIR}/../packaging/windows")
execute_process(COMMAND "${windows_dir}/build-deps" --path
                OUTPUT_VARIABLE deps OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS "${deps}/complete")
    message(FATAL_ERROR "run packaging/windows/build-deps first")
endif()

set(CMAKE_FIND_ROOT_PATH "${deps}" /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(OPENSSL_ROOT_DIR "${deps}")
set(OPENSSL_USE_STATIC_LIBS TRUE)
set(ZLIB_USE_STATIC_LIBS TRUE)

set(CMAKE_CROSSCOMPILING_EMULATOR "${windows_dir}/wine-run")
