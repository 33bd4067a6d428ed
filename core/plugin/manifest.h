/// Manifest: what a plugin file says of itself before any of its code runs.
///
/// The text lies in an ELF note (elf_note.h) or in a sidecar file beside the object; its lines are
/// those that abi.h describes. Everything is checked: the bytes come from anywhere.
/// Thread: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loam/abi.h"
#include "loam/base/status.h"

namespace loam::plugin {

struct ManifestComponent {
  std::string kind;  ///< without "loam."
  std::string name;
  std::string persistent_id;  ///< empty: none
  std::vector<std::string> reads;
  bool operator==(const ManifestComponent&) const = default;
};

struct Manifest {
  std::string id;
  std::string version;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::uint32_t min_host_minor = 0;
  std::vector<ManifestComponent> components;
  bool operator==(const Manifest&) const = default;

  [[nodiscard]] std::string abi() const {
    return std::to_string(abi_major) + "." + std::to_string(abi_minor);
  }
};

inline constexpr std::size_t kManifestBytesMax = 64 * 1024;

/// Unknown keys are skipped: newer plugins may say more. Fails: kCorruption.
Result<Manifest> parse_manifest(std::string_view text);

/// What the descriptor of a loaded plugin amounts to.
Manifest manifest_of(const loam_plugin& plugin);

/// The manifest's text, as the note holds it.
std::string manifest_text(const Manifest& manifest);

/// Fails: kNotSupported when a host of this ABI cannot run such a plugin.
Status check_abi(const Manifest& manifest);

/// "loam.codec" -> "codec"; foreign kinds keep their whole name.
std::string_view short_kind(std::string_view kind);

}  // namespace loam::plugin
