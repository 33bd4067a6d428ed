# For plugin authors (installed with the package) and for Loam's own plugins.
#
#   loam_add_plugin(rot SOURCES rot.cc [LIBRARIES lz4 ...] [NAME file_base] [OUTPUT_DIRECTORY dir]
#                   [TEST_ONLY])
# builds rot.loam.so: hidden visibility, one exported symbol, everything bound at load, nothing of
# the core linked. A project without C++ builds its sources as C. It goes to OUTPUT_DIRECTORY, else to LOAM_PLUGIN_OUTPUT_DIRECTORY if set.
# In a project of yours the target is called `rot`. Inside the Loam build it is `loam_plugin_rot`,
# and there is also the static library `loam_plugin_rot_static` (loam::plugin_rot), and both are
# installed; TEST_ONLY leaves these two out.
#
#   loam_link_plugins(app [zstd bloom ...])
# links plugins of this Loam into the program `app`, all of them if none is named: no loading at run
# time. One source is generated that lists their entries; the core finds it through a weak symbol.

# Flags that make a plugin's object self-contained and safe to load beside others.
function(loam_plugin_flags_ target)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.exports)
  file(CONFIGURE OUTPUT ${script} CONTENT
"{ global: loam_plugin_entry_v1; local: *; };
")
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".loam.so"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${script})
  # A unique symbol would keep the object from ever being replaced; clang makes none.
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique> -ffunction-sections -fdata-sections)
  target_link_options(${target} PRIVATE LINKER:--version-script=${script}
    LINKER:-z,now LINKER:-z,relro LINKER:--gc-sections)
  # Sanitizers leave symbols for the program to provide.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  if(NOT "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${config}} ${CMAKE_MODULE_LINKER_FLAGS}"
     MATCHES "-fsanitize")
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()

function(loam_add_plugin name)
  cmake_parse_arguments(ARG "TEST_ONLY" "NAME;OUTPUT_DIRECTORY" "SOURCES;LIBRARIES" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
    message(FATAL_ERROR "loam_add_plugin(${name} SOURCES ... [LIBRARIES ...] [NAME ...] "
      "[OUTPUT_DIRECTORY ...] [TEST_ONLY])  unknown: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_NAME)
    set(ARG_NAME ${name})
  endif()
  if(NOT ARG_OUTPUT_DIRECTORY)
    set(ARG_OUTPUT_DIRECTORY ${LOAM_PLUGIN_OUTPUT_DIRECTORY})
  endif()
  set(inside FALSE)
  if(PROJECT_NAME STREQUAL "loam" AND TARGET loam_warnings)
    set(inside TRUE)
  endif()
  if(inside AND LOAM_NO_DYNAMIC_PLUGINS)
    if(NOT ARG_TEST_ONLY)
      loam_add_static_plugin_(${name} "${ARG_SOURCES}" "${ARG_LIBRARIES}")
      set_property(GLOBAL APPEND PROPERTY LOAM_PLUGIN_NAMES ${name})
    endif()
    return()
  endif()
  set(module ${name})
  if(inside)
    set(module loam_plugin_${name})
  endif()

  add_library(${module} MODULE ${ARG_SOURCES})
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("CXX" IN_LIST languages)
    target_link_libraries(${module} PRIVATE loam::sdk ${ARG_LIBRARIES})
    target_compile_features(${module} PRIVATE cxx_std_20)
  else() # loam::sdk asks for C++20; a plugin in C needs the headers only
    target_include_directories(${module} SYSTEM PRIVATE
      $<TARGET_PROPERTY:loam::sdk,INTERFACE_INCLUDE_DIRECTORIES>)
    target_link_libraries(${module} PRIVATE ${ARG_LIBRARIES})
  endif()
  loam_plugin_flags_(${module})
  set_target_properties(${module} PROPERTIES OUTPUT_NAME ${ARG_NAME})
  if(ARG_OUTPUT_DIRECTORY)
    set_target_properties(${module} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT_DIRECTORY})
  endif()
  if(NOT inside)
    return()
  endif()

  target_include_directories(${module} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${module} PRIVATE $<BUILD_INTERFACE:loam_warnings>)
  if(ARG_TEST_ONLY)
    return()
  endif()
  loam_add_static_plugin_(${name} "${ARG_SOURCES}" "${ARG_LIBRARIES}")
  set_property(GLOBAL APPEND PROPERTY LOAM_PLUGIN_NAMES ${name}) # LoamInstall installs these
endfunction()

function(loam_add_static_plugin_ name sources libraries)
  set(target loam_plugin_${name}_static)
  add_library(${target} STATIC ${sources})
  add_library(loam::plugin_${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE LOAM_STATIC_PLUGIN=${name})
  target_link_libraries(${target} PRIVATE loam::sdk ${libraries} $<BUILD_INTERFACE:loam_warnings>)
endfunction()

function(loam_link_plugins app)
  set(names ${ARGN})
  if(NOT names)
    get_property(names GLOBAL PROPERTY LOAM_PLUGIN_NAMES)
    if(NOT names)
      set(names ${loam_PLUGIN_NAMES}) # set by the installed package
    endif()
  endif()
  set(LOAM_DECLARATIONS "")
  set(LOAM_ENTRIES "")
  foreach(name IN LISTS names)
    if(NOT TARGET loam::plugin_${name})
      message(FATAL_ERROR "loam_link_plugins(${app}): there is no plugin \"${name}\"")
    endif()
    string(APPEND LOAM_DECLARATIONS
      "const loam_plugin* loam_plugin_entry_v1_${name}(void) noexcept;\n")
    string(APPEND LOAM_ENTRIES "    loam_plugin_entry_v1_${name},\n")
    target_link_libraries(${app} PRIVATE loam::plugin_${name})
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${app}_linked_plugins.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
// Generated by loam_link_plugins: the plugins linked into this program.
#include "loam/abi.h"

extern "C" {
@LOAM_DECLARATIONS@const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;
}

static const loam_plugin_entry_fn kEntries[] = {
@LOAM_ENTRIES@    nullptr,
};

extern "C" __attribute__((visibility("default"))) const loam_plugin_entry_fn*
loam_linked_plugins(void) noexcept {
  return kEntries;
}
]])
  target_sources(${app} PRIVATE ${source})
  target_link_libraries(${app} PRIVATE loam::sdk)
endfunction()
