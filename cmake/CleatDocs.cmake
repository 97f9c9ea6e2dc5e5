# Manual pages. A page with keywords is filled from the table that the program reads by, which needs
# a program that runs here: a cross build has none of these pages.

file(GLOB pages CONFIGURE_DEPENDS docs/man/*.[1-8])
set(cleat_pages "")

if(NOT CMAKE_CROSSCOMPILING)
    add_executable(man_page docs/man/man_page.c)
    target_link_libraries(man_page PRIVATE cleat_static)
endif()

foreach(page IN LISTS pages)
    get_filename_component(name "${page}" NAME)
    file(STRINGS "${page}" lists REGEX "^.\\\\\" KEYWORDS$")
    if(NOT lists)
        list(APPEND cleat_pages "${page}")
        continue()
    elseif(NOT TARGET man_page)
        continue()
    endif()
    set(table client)
    if(name STREQUAL "cleatd_config.5")
        set(table server)
    endif()
    set(filled "${PROJECT_BINARY_DIR}/man/${name}")
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/man")
    add_custom_command(OUTPUT "${filled}" COMMAND man_page ${table} "${page}" > "${filled}"
                       DEPENDS "${page}" man_page VERBATIM)
    list(APPEND cleat_pages "${filled}")
    list(APPEND filled_pages "${filled}")
endforeach()
add_custom_target(man_pages ALL DEPENDS ${filled_pages})
