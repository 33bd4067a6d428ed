# Helpers for this repository's own targets: warnings, unit tests.

add_library(loam_warnings INTERFACE)
target_compile_options(loam_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wundef
  $<$<BOOL:${LOAM_WARNINGS_AS_ERRORS}>:-Werror>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wthread-safety-beta>
  # gcc 12 sees overlapping copies in `"x" + std::string` that are not there (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

# loam_unit_test(NAME SOURCES a_test.cc ... [LIBRARIES x ...] [LABEL word]): one GoogleTest program,
# one ctest entry a test case. Labels with a meaning: concurrency (also run under ThreadSanitizer),
# random (seeded by LOAM_SEED; `./dev soak` repeats it), slow and unsanitized (not run under
# AddressSanitizer).
#
# A test's own code is mostly checks, over which an optimiser sits longer than they run. (In a release
# build it stays: at -O1 gcc 12 warns of `operator new` and `delete` that are replaced together.)
set(test_optimisation)
if(LOAM_SANITIZE)
  set(test_optimisation -O0)
endif()
add_custom_target(loam_concurrency_tests)
function(loam_unit_test name)
  if(NOT LOAM_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gtest_main loam_warnings)
  target_compile_options(${name} PRIVATE ${test_optimisation})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  if(ARG_LABEL STREQUAL "concurrency")
    add_dependencies(loam_concurrency_tests ${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600 LABELS "${ARG_LABEL}")
endfunction()

# The real LevelDB, for tests of files that both read and write: target_link_libraries(x loam_leveldb).
if(LOAM_BUILD_TESTS)
  find_library(LOAM_LEVELDB_LIBRARY leveldb REQUIRED)
  add_library(loam_leveldb INTERFACE)
  target_link_libraries(loam_leveldb INTERFACE ${LOAM_LEVELDB_LIBRARY})
endif()
