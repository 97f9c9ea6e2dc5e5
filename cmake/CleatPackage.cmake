# Debian packages by CPack: libcleat0, libcleat-dev, cleat and cleatd, the last of them with a service.
install(FILES packaging/deb/cleatd_config DESTINATION /etc/cleat COMPONENT cleatd)
install(FILES packaging/deb/cleatd.pam DESTINATION /etc/pam.d RENAME cleatd COMPONENT cleatd)
install(FILES packaging/systemd/cleatd.service packaging/systemd/cleatd.socket
        DESTINATION lib/systemd/system COMPONENT cleatd)
foreach(component cleat cleatd lib dev)
    set(folder ${component})
    if(component STREQUAL "lib")
        set(folder libcleat0)
    elseif(component STREQUAL "dev")
        set(folder libcleat-dev)
    endif()
    install(FILES LICENSE DESTINATION share/doc/${folder} RENAME copyright COMPONENT ${component})
    install(FILES CHANGELOG.md DESTINATION share/doc/${folder} COMPONENT ${component})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cleat)
set(CPACK_PACKAGE_VENDOR Cleat)
set(CPACK_PACKAGE_CONTACT "The Cleat team <cleat@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "an SSH stack")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL lib dev cleat cleatd)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

set(CPACK_DEBIAN_LIB_PACKAGE_NAME libcleat0)
set(CPACK_DEBIAN_LIB_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIB_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_LIB_DESCRIPTION "SSH for C programs: the library
An engine without input and output, and a layer on libuv.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libcleat-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libcleat0 (= ${version}), libssl-dev, libuv1-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "SSH for C programs: headers
Headers, static libraries, pkg-config and CMake files.")

set(CPACK_DEBIAN_CLEAT_PACKAGE_NAME cleat)
set(CPACK_DEBIAN_CLEAT_DESCRIPTION "SSH client, file transfer and keys in one command
cleat ssh, scp, sftp, keygen and keyscan, which behave as OpenSSH's commands do.")

set(CPACK_DEBIAN_CLEATD_PACKAGE_NAME cleatd)
set(CPACK_DEBIAN_CLEATD_PACKAGE_DEPENDS "adduser, libpam-modules, libpam-runtime")
set(CPACK_DEBIAN_CLEATD_PACKAGE_RECOMMENDS cleat)
set(CPACK_DEBIAN_CLEATD_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/packaging/deb/postinst;${PROJECT_SOURCE_DIR}/packaging/deb/prerm"
    "${PROJECT_SOURCE_DIR}/packaging/deb/postrm;${PROJECT_SOURCE_DIR}/packaging/deb/conffiles")
set(CPACK_DEBIAN_CLEATD_DESCRIPTION "SSH server with split privileges
Reads sshd_config's keywords. It listens on port 2222 unless told otherwise, so that it can run
 beside another server.")

include(CPack)
