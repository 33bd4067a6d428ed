/// The laws of the file_system kind, checked against a component that a caller has made. They use
/// the table only, so that they hold for plugins of any origin.
///
/// Each law works in a directory of its own and needs nothing from the others. Thread: safe for
/// different directories.
#pragma once

#include <span>
#include <string>

#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"

namespace loam::conformance {

/// Where a law does its work; `directory` exists and is empty.
struct FileSystemPlace {
  sdk::FileSystem fs;
  std::string directory;

  [[nodiscard]] std::string path(const std::string& name) const { return directory + "/" + name; }
};

struct FileSystemLaw {
  const char* name;  ///< snake_case, unique
  /// OK, or what was expected and what was found. A law about an optional capability that the file
  /// system does not claim holds.
  Status (*check)(const FileSystemPlace& place);
};

/// All laws: about names, reading and appending, reservations.
std::span<const FileSystemLaw> file_system_laws();

/// Runs one law in a fresh directory below `parent`, which exists, and removes that directory.
Status check_file_system_law(const FileSystemLaw& law, const sdk::FileSystem& fs,
                             const std::string& parent);

}  // namespace loam::conformance
