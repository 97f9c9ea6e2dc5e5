# The two programs, and the examples that a reader builds outside the tree.

cleat_program(cleat cli)
target_link_libraries(cleat PRIVATE edit ${CLEAT_EDIT_LIBRARIES})
cleat_program(cleatd daemon)

# What cleatd needs beside the libraries: the messages between its processes, and their rights.
target_link_libraries(cleatd PRIVATE monitor system ${CLEAT_SYSTEM_LIBRARIES})

# Those that need POSIX say so by the headers they include.
function(cleat_examples)
    cleat_sources(sources "examples/*.c")
    foreach(source IN LISTS sources)
        get_filename_component(name "${source}" NAME_WE)
        file(STRINGS "${source}" posix REGEX "#include <(poll|unistd)\\.h>")
        if(NOT TARGET cleat_uv_static OR (WIN32 AND posix))
            continue()
        endif()
        add_executable(example_${name} "${source}")
        target_compile_definitions(example_${name} PRIVATE ${CLEAT_PLATFORM_DEFINITIONS})
        target_link_libraries(example_${name} PRIVATE cleat_uv_static cleat_static Libuv::Libuv)
    endforeach()
endfunction()
cleat_examples()
