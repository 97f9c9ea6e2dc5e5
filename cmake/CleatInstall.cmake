# What `cmake --install` puts where: headers, libraries, their CMake package and pkg-config files,
# programs, man pages, completions.
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY CLEAT_LIBRARIES)
install(TARGETS ${libraries} EXPORT CleatTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT lib NAMELINK_COMPONENT dev
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/cleat DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN "*.h")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Cleat)
install(EXPORT CleatTargets NAMESPACE Cleat:: DESTINATION ${package_dir} COMPONENT dev)
configure_package_config_file(cmake/CleatConfig.cmake.in CleatConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(CleatConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/CleatConfig.cmake"
              "${PROJECT_BINARY_DIR}/CleatConfigVersion.cmake" cmake/FindLibuv.cmake
              cmake/FindArgon2.cmake
        DESTINATION ${package_dir} COMPONENT dev)

# Written when they are installed: `cmake --install --prefix` may have chosen another place.
cmake_path(APPEND libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
foreach(name IN ITEMS cleat cleat-uv)
    install(CODE "
        set(PROJECT_VERSION ${PROJECT_VERSION})
        set(libdir [[${libdir}]])
        set(includedir [[${includedir}]])
        configure_file([[${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in]]
                       [[${PROJECT_BINARY_DIR}/${name}.pc]] @ONLY)" COMPONENT dev)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
            COMPONENT dev)
endforeach()

if(TARGET cleat)
    install(TARGETS cleat RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT cleat)
endif()
if(TARGET cleatd)
    install(TARGETS cleatd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT cleatd)
endif()

foreach(page IN LISTS cleat_pages)
    string(REGEX MATCH "[1-8]$" section "${page}")
    set(component cleat)
    if(page MATCHES "/cleatd[._][^/]*$")
        set(component cleatd)
    endif()
    install(FILES "${page}" DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
            COMPONENT ${component})
endforeach()

install(FILES packaging/completions/cleat.bash RENAME cleat
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT cleat)
install(FILES packaging/completions/_cleat DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
        COMPONENT cleat)
install(FILES packaging/completions/cleat.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT cleat)

option(CLEAT_PACKAGE "Set up Debian packages: ./dev deb" OFF)
if(CLEAT_PACKAGE)
    include(CleatPackage)
endif()
