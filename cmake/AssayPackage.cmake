# What users link and install: assay::assay (a program with assay's command line) and assay::plugin (headers only).
#   cmake --install build/release --prefix PREFIX
#   find_package(assay REQUIRED)                      both
#   find_package(assay REQUIRED COMPONENTS plugin)    assay::plugin alone, which needs no other package
# Static libraries only: the rooms know each other's insides, and their headers are not installed.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(assay_plugin INTERFACE)
add_library(assay::plugin ALIAS assay_plugin)
target_include_directories(assay_plugin INTERFACE "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>"
                           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_compile_features(assay_plugin INTERFACE cxx_std_20)
target_compile_definitions(assay_plugin INTERFACE ASSAY_BUILDING_PLUGIN)

add_library(assay_program INTERFACE)
add_library(assay::assay ALIAS assay_program)
target_include_directories(assay_program INTERFACE "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>"
                           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_compile_features(assay_program INTERFACE cxx_std_20)
target_link_libraries(assay_program INTERFACE assay_apps assay_hooks)

set_target_properties(assay_plugin PROPERTIES EXPORT_NAME plugin)
set_target_properties(assay_program PROPERTIES EXPORT_NAME assay)
set(folder "${CMAKE_INSTALL_LIBDIR}/cmake/assay")
get_property(rooms GLOBAL PROPERTY ASSAY_ROOM_TARGETS)

install(TARGETS assay RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/assay" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS assay_plugin EXPORT assay-plugin)
install(TARGETS assay_program ${rooms} assay_hooks assay_utf8proc EXPORT assay
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}/assay")
install(EXPORT assay-plugin NAMESPACE assay:: FILE assay-plugin-targets.cmake DESTINATION "${folder}")
install(EXPORT assay NAMESPACE assay:: FILE assay-targets.cmake DESTINATION "${folder}")

configure_package_config_file("${CMAKE_SOURCE_DIR}/cmake/assay-config.cmake.in"
                              "${CMAKE_BINARY_DIR}/assay-config.cmake" INSTALL_DESTINATION "${folder}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/assay-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/assay-config.cmake" "${CMAKE_BINARY_DIR}/assay-config-version.cmake"
        DESTINATION "${folder}")
