# What an installed Loam consists of: headers, static libraries, the command, plugins, and the CMake
# package, so that find_package(loam) gives loam::sdk, loam::core, loam::config, loam::loam (the
# command), loam::plugin_<name>, loam_add_plugin and loam_link_plugins. Included last, when every target is known.
include(CMakePackageConfigHelpers)

set(LOAM_CMAKE_DIR lib/cmake/loam)
# Fixed, never multiarch: every Loam of this ABI major looks for plugins there.
set(LOAM_PLUGIN_INSTALL_DIR lib/loam/plugins/abi1)

foreach(part sdk core config)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${part}/include)
    install(DIRECTORY ${part}/include/ DESTINATION include FILES_MATCHING PATTERN "*.h")
  endif()
  if(TARGET loam_${part})
    install(TARGETS loam_${part} EXPORT loam-targets ARCHIVE DESTINATION lib)
  endif()
endforeach()

if(TARGET loam)
  install(TARGETS loam EXPORT loam-targets RUNTIME DESTINATION bin)
endif()

# loam_add_plugin lists the plugins of this build in a global property.
get_property(loam_PLUGIN_NAMES GLOBAL PROPERTY LOAM_PLUGIN_NAMES)
add_custom_target(loam_plugins)
foreach(name IN LISTS loam_PLUGIN_NAMES)
  if(TARGET loam_plugin_${name})
    add_dependencies(loam_plugins loam_plugin_${name})
    install(TARGETS loam_plugin_${name} LIBRARY DESTINATION ${LOAM_PLUGIN_INSTALL_DIR})
  endif()
  set_target_properties(loam_plugin_${name}_static PROPERTIES EXPORT_NAME plugin_${name})
  install(TARGETS loam_plugin_${name}_static EXPORT loam-targets ARCHIVE DESTINATION lib/loam)
endforeach()

if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/config/stacks)
  install(FILES config/loam.schema.json DESTINATION share/loam)
  install(DIRECTORY config/stacks/ DESTINATION share/loam/stacks FILES_MATCHING PATTERN "*.json")
endif()

# To begin from: a plugin project, and a sample of each kind.
if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/template)
  install(DIRECTORY sdk/template DESTINATION share/loam USE_SOURCE_PERMISSIONS)
  install(DIRECTORY samples DESTINATION share/loam PATTERN "run_sample.py" EXCLUDE
    REGEX "samples/CMakeLists.txt$" EXCLUDE)
endif()

install(EXPORT loam-targets NAMESPACE loam:: DESTINATION ${LOAM_CMAKE_DIR})
configure_package_config_file(cmake/loam-config.cmake.in
  ${PROJECT_BINARY_DIR}/loam-config.cmake INSTALL_DESTINATION ${LOAM_CMAKE_DIR}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/loam-config-version.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/loam-config.cmake
  ${PROJECT_BINARY_DIR}/loam-config-version.cmake cmake/LoamPlugin.cmake
  DESTINATION ${LOAM_CMAKE_DIR})
