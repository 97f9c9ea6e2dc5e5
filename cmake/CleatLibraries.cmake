# libcleat from the folders of libcore; libcleat-uv from loop/ and the platform's folder.

cleat_layers(core_folders "libcore/")
set(core_objects)
foreach(folder IN LISTS core_folders)
    string(REPLACE "libcore/" "cl_" name "${folder}")
    cleat_objects(${name} "${folder}" "${CLEAT_LAYER_GROUPS_${folder}}")
    if(TARGET ${name})
        list(APPEND core_objects ${name})
    endif()
endforeach()
set(CLEAT_ARGON2)
set(CLEAT_ARGON2_PC "")
if(Argon2_FOUND)
    set(CLEAT_ARGON2 Argon2::Argon2)
    set(CLEAT_ARGON2_PC " libargon2")
    target_link_libraries(cl_key PRIVATE Argon2::Argon2)
    target_compile_definitions(cl_key PRIVATE CLEAT_LIBARGON2)
endif()
cleat_library(cleat cleat OBJECTS ${core_objects}
              LINK OpenSSL::Crypto ZLIB::ZLIB ${CLEAT_ARGON2})

cleat_objects(port_front port "c uv")
cleat_objects(port ${CLEAT_PLATFORM} "c uv os")
cleat_objects(loop loop "c uv")
cleat_objects(files files "c uv")
cleat_objects(agent agent "c uv")
set(uv_objects)
foreach(name IN ITEMS loop files agent port_front port)
    if(TARGET ${name})
        list(APPEND uv_objects ${name})
    endif()
endforeach()
if(TARGET loop)
    cleat_library(cleat_uv cleat-uv OBJECTS ${uv_objects}
                  LINK ${CLEAT_PLATFORM_LIBRARIES} PUBLIC cleat Libuv::Libuv)
elseif(TARGET port)
    # Until there is a loop, tests of the platform layer still need something to link.
    add_library(cleat_port_static STATIC $<TARGET_OBJECTS:port_front> $<TARGET_OBJECTS:port>)
endif()

# Of cleatd alone: the messages between its processes, and what they need of the platform.
cleat_objects(monitor monitor "c uv")
cleat_objects(system ${CLEAT_PLATFORM}/system "c uv os")

# Of the command alone: lines that are typed.
cleat_objects(edit ${CLEAT_PLATFORM}/edit "c uv os")
