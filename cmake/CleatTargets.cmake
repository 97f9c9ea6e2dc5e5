# One function per kind of target.

# Sources of a folder, found again whenever files come or go.
function(cleat_sources out pattern)
    file(GLOB found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${pattern}")
    list(SORT found)
    set(${out} "${found}" PARENT_SCOPE)
endfunction()

# The folders of cmake/layers.txt that start with prefix, in the table's order.
function(cleat_layers out prefix)
    set(table "${PROJECT_SOURCE_DIR}/cmake/layers.txt")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${table}")
    file(STRINGS "${table}" lines REGEX "^${prefix}[^:]*:")
    set(folders)
    foreach(line IN LISTS lines)
        string(REGEX REPLACE ":.*" "" folder "${line}")
        string(REGEX MATCH "\\|(.*)" unused "${line}")
        set(CLEAT_LAYER_GROUPS_${folder} "${CMAKE_MATCH_1}" PARENT_SCOPE)
        list(APPEND folders "${folder}")
    endforeach()
    set(${out} "${folders}" PARENT_SCOPE)
endfunction()

# An object library of all C files in folder. It sees include/ and the outside headers that the
# layer table grants, nothing else. An empty folder makes no target.
function(cleat_objects name folder groups)
    cleat_sources(sources "${folder}/*.c")
    if(NOT sources)
        return()
    endif()
    add_library(${name} OBJECT ${sources})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/include")
    # alg's headers name OpenSSL's types, so whoever may use alg needs to find them; who may name
    # them itself is for tools/lint-layers to say.
    if(groups MATCHES "crypto" OR folder MATCHES "^libcore/")
        target_link_libraries(${name} PRIVATE OpenSSL::Crypto)
    endif()
    if(groups MATCHES "zlib")
        target_link_libraries(${name} PRIVATE ZLIB::ZLIB)
    endif()
    if(groups MATCHES "uv")
        target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/port")
        target_compile_definitions(${name} PRIVATE ${CLEAT_PLATFORM_DEFINITIONS})
        target_link_libraries(${name} PRIVATE Libuv::Libuv)
    endif()
endfunction()

# A static and, where the platform's loader finds it by a search path, a shared library.
# cleat_library(<target> <output name> OBJECTS ... LINK ... [PUBLIC ...])
# LINK names what the code needs, PUBLIC what its headers need too.
function(cleat_library target output)
    cmake_parse_arguments(arg "" "" "OBJECTS;LINK;PUBLIC" ${ARGN})
    set(objects)
    foreach(part IN LISTS arg_OBJECTS)
        list(APPEND objects $<TARGET_OBJECTS:${part}>)
    endforeach()
    set(kinds STATIC)
    if(NOT WIN32 AND NOT CLEAT_FUZZ)
        list(APPEND kinds SHARED)
    endif()
    foreach(kind IN LISTS kinds)
        string(TOLOWER "${target}_${kind}" name)
        add_library(${name} ${kind} ${objects})
        target_include_directories(${name} PUBLIC
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        set_target_properties(${name} PROPERTIES OUTPUT_NAME ${output} LINKER_LANGUAGE C
            VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
            INSTALL_RPATH "$ORIGIN") # libcleat-uv finds libcleat beside it, in whatever prefix
        target_link_libraries(${name} PRIVATE ${arg_LINK})
        foreach(dependency IN LISTS arg_PUBLIC)
            string(TOLOWER "${dependency}_${kind}" twin)
            if(TARGET ${twin})
                target_link_libraries(${name} PUBLIC ${twin})
            else()
                target_link_libraries(${name} PUBLIC ${dependency})
            endif()
        endforeach()
        if(kind STREQUAL "STATIC" AND "SHARED" IN_LIST kinds)
            set_target_properties(${name} PROPERTIES EXPORT_NAME ${output}-static)
        else()
            set_target_properties(${name} PROPERTIES EXPORT_NAME ${output})
        endif()
        set_property(GLOBAL APPEND PROPERTY CLEAT_LIBRARIES ${name})
    endforeach()
    if("SHARED" IN_LIST kinds AND NOT CLEAT_SANITIZE)
        string(TOLOWER "${target}_shared" name)
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
endfunction()

# One of our two programs. It sees the public headers and port.h only.
function(cleat_program name folder)
    cleat_sources(sources "${folder}/*.c")
    if(NOT sources OR NOT TARGET cleat_uv_static OR NOT TARGET port)
        return()
    endif()
    add_executable(${name} ${sources})
    if(WIN32)
        # Apart, because the resource compiler cannot read our definitions.
        configure_file(win32/program.rc.in "${PROJECT_BINARY_DIR}/generated/${name}.rc" @ONLY)
        add_library(${name}_resources OBJECT "${PROJECT_BINARY_DIR}/generated/${name}.rc")
        set_target_properties(${name}_resources PROPERTIES LINKER_LANGUAGE C)
        target_sources(${name} PRIVATE $<TARGET_OBJECTS:${name}_resources>)
    endif()
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/port")
    target_compile_definitions(${name} PRIVATE ${CLEAT_PLATFORM_DEFINITIONS}
                                               CLEAT_VERSION="${PROJECT_VERSION}")
    target_link_libraries(${name} PRIVATE cleat_uv_static cleat_static Libuv::Libuv)
endfunction()

# A program of our own that may see every header: tests, benchmarks, fuzz targets.
function(cleat_inside_program name)
    add_executable(${name} ${ARGN})
    target_include_directories(${name} PRIVATE
        "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/libcore" "${PROJECT_SOURCE_DIR}/tests"
        "${PROJECT_SOURCE_DIR}/port")
    target_compile_definitions(${name} PRIVATE ${CLEAT_PLATFORM_DEFINITIONS}
                                               CLEAT_KAT_DIR="${PROJECT_SOURCE_DIR}/tests/kat")
    if(TARGET cleat_uv_static)
        target_link_libraries(${name} PRIVATE cleat_uv_static)
    endif()
    target_link_libraries(${name} PRIVATE cleat_static Libuv::Libuv OpenSSL::Crypto ZLIB::ZLIB)
endfunction()
