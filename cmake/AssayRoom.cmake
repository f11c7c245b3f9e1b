# assay_room(NAME SOURCES a.cc b.cc [ROOMS room...] [LIBRARIES target...] [TESTS a_test.cc ...] [TEST_LABELS label...])
#
# One room: a static library `assay_NAME` that may use only the rooms listed after ROOMS (scripts/check_layering
# refuses an include of any other), and one test program `NAME_test` from the files that sit beside the code.
# Rooms may call it again from a subfolder with target_sources for a large folder; see src/values/CMakeLists.txt.
function(assay_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;LIBRARIES;TESTS;TEST_LABELS" ${ARGN})
  set(target assay_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  set_property(GLOBAL APPEND PROPERTY ASSAY_ROOM_TARGETS ${target})
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>"
                             "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>")
  list(TRANSFORM ROOM_ROOMS PREPEND assay_)
  target_link_libraries(${target} PUBLIC ${ROOM_ROOMS} ${ROOM_LIBRARIES})
  if(ASSAY_TESTS AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE ${target} assay_test_main GTest::gtest GTest::gmock)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" PROPERTIES LABELS "${name};${ROOM_TEST_LABELS}"
                         DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
