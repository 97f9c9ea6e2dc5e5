# Checks of the source. The layers are part of every build: an include that breaks them is an
# error like any other.

find_program(CLEAT_PYTHON NAMES /usr/bin/python3 python3)

add_custom_target(lint_layers ALL COMMAND "${CLEAT_PYTHON}" "${PROJECT_SOURCE_DIR}/tools/lint-layers"
                  VERBATIM)
add_test(NAME lint_layers COMMAND "${CLEAT_PYTHON}" "${PROJECT_SOURCE_DIR}/tools/lint-layers")
add_test(NAME lint_banned COMMAND "${CLEAT_PYTHON}" "${PROJECT_SOURCE_DIR}/tools/lint-banned")
if(NOT WIN32)
    add_test(NAME lint_headers COMMAND "${PROJECT_SOURCE_DIR}/tools/lint-headers")
    if(NOT CLEAT_SANITIZE AND NOT CLEAT_COVERAGE)
        add_test(NAME lint_purity COMMAND "${CLEAT_PYTHON}"
                 "${PROJECT_SOURCE_DIR}/tools/lint-purity" $<TARGET_FILE:cleat_static>)
        add_test(NAME lint_exports COMMAND "${CLEAT_PYTHON}"
                 "${PROJECT_SOURCE_DIR}/tools/lint-exports" $<TARGET_FILE:cleat_shared>
                 $<TARGET_FILE:cleat_uv_shared>)
    endif()
endif()
