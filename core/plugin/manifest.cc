#include "core/plugin/manifest.h"

#include <algorithm>
#include <charconv>

#include "loam/base/utf8.h"

namespace loam::plugin {
namespace {

Status damaged(std::string why) { return Status::corruption("plugin manifest: " + std::move(why)); }

bool read_u32(std::string_view text, std::uint32_t* out) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *out);
  return result.ec == std::errc() && result.ptr == end;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// KIND:NAME:PERSISTENT_ID[,READS...]
Result<ManifestComponent> parse_component(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos || first == 0 || second == first + 1) {
    return damaged("expected component=KIND:NAME:PERSISTENT_ID, found \"" + std::string(text) +
                   "\"");
  }
  ManifestComponent component;
  component.kind = text.substr(0, first);
  component.name = text.substr(first + 1, second - first - 1);
  std::vector<std::string> ids = split(text.substr(second + 1), ',');
  component.persistent_id = std::move(ids.front());
  component.reads.assign(ids.begin() + 1, ids.end());
  if (std::any_of(component.reads.begin(), component.reads.end(),
                  [](const std::string& id) { return id.empty(); })) {
    return damaged("an empty id in \"" + std::string(text) + "\"");
  }
  return component;
}

Status take_line(std::string_view line, Manifest* manifest) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    return damaged("expected key=value, found \"" + std::string(line) + "\"");
  }
  const std::string_view key = line.substr(0, equals);
  const std::string_view value = line.substr(equals + 1);
  if (key == "id") {
    manifest->id = value;
  } else if (key == "version") {
    manifest->version = value;
  } else if (key == "abi") {
    const std::size_t dot = value.find('.');
    const bool good = dot != std::string_view::npos &&
                      read_u32(value.substr(0, dot), &manifest->abi_major) &&
                      read_u32(value.substr(dot + 1), &manifest->abi_minor);
    if (!good) return damaged("expected abi=MAJOR.MINOR, found \"" + std::string(value) + "\"");
  } else if (key == "min_host") {
    if (!read_u32(value, &manifest->min_host_minor)) {
      return damaged("expected min_host=MINOR, found \"" + std::string(value) + "\"");
    }
  } else if (key == "component") {
    LOAM_TRY_ASSIGN(ManifestComponent component, parse_component(value));
    manifest->components.push_back(std::move(component));
  }
  return {};
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  if (text.size() > kManifestBytesMax) {
    return damaged("expected at most " + std::to_string(kManifestBytesMax) + " bytes, found " +
                   std::to_string(text.size()));
  }
  if (!is_utf8(text)) return damaged("expected UTF-8, found other bytes");
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return c != '\n' && static_cast<unsigned char>(c) < 0x20;
  });
  if (has_control) return damaged("expected text, found control characters");
  Manifest manifest;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty()) LOAM_TRY(take_line(line, &manifest));
  }
  if (manifest.id.empty()) return damaged("expected id=, found none");
  if (manifest.version.empty()) return damaged("expected version=, found none");
  if (manifest.abi_major == 0) return damaged("expected abi=MAJOR.MINOR, found none");
  if (manifest.components.empty()) return damaged("expected component=, found none");
  return manifest;
}

Manifest manifest_of(const loam_plugin& plugin) {
  Manifest manifest;
  manifest.id = plugin.id;
  manifest.version = plugin.version;
  manifest.abi_major = plugin.abi_major;
  manifest.abi_minor = plugin.abi_minor;
  manifest.min_host_minor = plugin.min_host_minor;
  for (std::size_t i = 0; i < plugin.component_count; ++i) {
    const loam_component& c = *plugin.components[i];
    ManifestComponent component;
    component.kind = short_kind(c.kind);
    component.name = c.name;
    if (c.persistent_id != nullptr) component.persistent_id = c.persistent_id;
    for (const char* const* id = c.reads; id != nullptr && *id != nullptr; ++id) {
      component.reads.emplace_back(*id);
    }
    manifest.components.push_back(std::move(component));
  }
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  std::string text = "id=" + manifest.id + "\nversion=" + manifest.version +
                     "\nabi=" + manifest.abi() +
                     "\nmin_host=" + std::to_string(manifest.min_host_minor) + "\n";
  for (const ManifestComponent& c : manifest.components) {
    text += "component=" + c.kind + ":" + c.name + ":" + c.persistent_id;
    for (const std::string& id : c.reads) text += "," + id;
    text += "\n";
  }
  return text;
}

Status check_abi(const Manifest& manifest) {
  if (manifest.abi_major != LOAM_ABI_MAJOR) {
    return Status::not_supported("built for ABI major " + std::to_string(manifest.abi_major) +
                                 ", this host speaks " + std::to_string(LOAM_ABI_MAJOR));
  }
  if (manifest.min_host_minor > LOAM_ABI_MINOR) {
    return Status::not_supported("needs a host of ABI " + std::to_string(manifest.abi_major) + "." +
                                 std::to_string(manifest.min_host_minor) +
                                 " or newer, this host speaks " + std::to_string(LOAM_ABI_MAJOR) +
                                 "." + std::to_string(LOAM_ABI_MINOR));
  }
  return {};
}

std::string_view short_kind(std::string_view kind) {
  constexpr std::string_view kOurs = "loam.";
  return kind.starts_with(kOurs) ? kind.substr(kOurs.size()) : kind;
}

}  // namespace loam::plugin
