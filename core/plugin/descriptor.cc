#include "core/plugin/descriptor.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/plugin/slots.h"
#include "loam/base/utf8.h"

namespace loam::plugin {
namespace {

/// A struct of this ABI is never as large as this.
constexpr std::size_t kStructBytesMax = 64 * 1024;
constexpr std::size_t kComponentsMax = 1024;
constexpr std::size_t kReadsMax = 1024;  ///< of one component
/// Ids, names, versions: what is longer is taken for text that does not end.
constexpr std::size_t kLineBytesMax = 1024;

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(value >> shift) & 15];
  return text;
}

Status wrong_size(const std::string& what, std::size_t expected, std::size_t found) {
  return Status::corruption(what + ": expected a struct_size of at least " +
                            std::to_string(expected) + " and a multiple of 8, found " +
                            std::to_string(found));
}

bool size_is_sound(std::size_t size, std::size_t least) {
  return size >= least && size % 8 == 0 && size <= kStructBytesMax;
}

/// Up to its end, or to where it is too long for what it stands for.
std::string_view bounded(const char* text) {
  return text == nullptr ? std::string_view()
                         : std::string_view(text, ::strnlen(text, kLineBytesMax + 1));
}

/// Lower case, digits and '_', as JSON and command lines call it.
bool is_plain_name(const char* name) {
  const std::string_view text = bounded(name);
  return !text.empty() && text.size() <= kLineBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

/// Empty for text that can stand on a line of the manifest, else what it is instead.
std::string not_a_line(const char* text) {
  const std::string_view line = bounded(text);
  if (line.empty()) return "none";
  if (line.size() > kLineBytesMax) return "more than " + std::to_string(kLineBytesMax) + " bytes";
  if (!is_utf8(line)) return "bytes that are not UTF-8";
  const bool has_control = std::any_of(line.begin(), line.end(),
                                       [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return has_control ? "control characters" : "";
}

/// An id that files name: it begins an identity and stands in a list.
std::string id_problem(const std::string& what, const char* id) {
  if (const std::string found = not_a_line(id); !found.empty()) {
    return what + ": expected an id, found " + found;
  }
  if (std::string_view(id).find_first_of("?,") == std::string_view::npos) return {};
  return what + ": expected an id without '?' and ',', found \"" + id + "\"";
}

std::string reads_problem(const char* const* reads) {
  for (std::size_t i = 0; reads != nullptr && reads[i] != nullptr; ++i) {
    if (i == kReadsMax) return "reads: expected at most " + std::to_string(kReadsMax) + " ids";
    if (std::string problem = id_problem("reads", reads[i]); !problem.empty()) return problem;
  }
  return {};
}

std::string component_problem(const loam_component& c, const KindFacts& facts) {
  if (c.create == nullptr) return "create is missing";
  if (c.destroy == nullptr) return "destroy is missing";
  if (c.table == nullptr) return "table is missing";
  if (c.persistent_id != nullptr) {
    if (std::string problem = id_problem("persistent_id", c.persistent_id); !problem.empty()) {
      return problem;
    }
  }
  if (std::string problem = reads_problem(c.reads); !problem.empty()) return problem;
  if (c.persistent_id != nullptr && c.identity == nullptr) {
    return "identity is missing, though there is a persistent_id";
  }
  if (facts.needs_identity && c.persistent_id == nullptr) {
    return "persistent_id is missing: files could not name it";
  }
  const int online = (c.reconfigure_prepare != nullptr ? 1 : 0) +
                     (c.reconfigure_commit != nullptr ? 1 : 0) +
                     (c.reconfigure_abort != nullptr ? 1 : 0);
  if (online != 0 && online != 3) return "only some of the three reconfigure slots are there";
  return {};
}

}  // namespace

Result<Descriptor> Descriptor::adopt(const loam_plugin* plugin) {
  Descriptor descriptor;
  LOAM_TRY(descriptor.adopt_plugin(plugin));
  for (std::size_t i = 0; i < descriptor.plugin_->component_count; ++i) {
    LOAM_TRY(descriptor.adopt_component(descriptor.plugin_->components[i]));
  }
  descriptor.manifest_ = manifest_of(*descriptor.plugin_);
  return descriptor;
}

const loam_component* Descriptor::find(std::string_view kind, std::string_view name) const {
  for (const loam_component& c : components_) {
    if (short_kind(c.kind) == kind && c.name == name) return &c;
  }
  return nullptr;
}

const void* Descriptor::extend(const void* from, std::size_t size, std::size_t wanted) {
  if (size >= wanted) return from;
  auto copy = std::make_unique<std::uint64_t[]>(wanted / sizeof(std::uint64_t));
  std::memcpy(copy.get(), from, size);
  return extended_.emplace_back(std::move(copy)).get();
}

Status Descriptor::adopt_plugin(const loam_plugin* plugin) {
  if (plugin == nullptr) return Status::corruption("descriptor: expected one, found NULL");
  constexpr std::size_t kLeast = offsetof(loam_plugin, init);
  // The magic first: when it is wrong, nothing else means anything.
  if (plugin->magic != LOAM_PLUGIN_MAGIC) {
    return Status::corruption("descriptor: expected magic " + hex(LOAM_PLUGIN_MAGIC) + ", found " +
                              hex(plugin->magic));
  }
  if (!size_is_sound(plugin->struct_size, kLeast)) {
    return wrong_size("descriptor", kLeast, plugin->struct_size);
  }
  plugin_ = static_cast<const loam_plugin*>(extend(plugin, plugin->struct_size, sizeof *plugin));
  Manifest abi;
  abi.abi_major = plugin_->abi_major;
  abi.abi_minor = plugin_->abi_minor;
  abi.min_host_minor = plugin_->min_host_minor;
  LOAM_TRY(check_abi(abi));
  if (const std::string found = not_a_line(plugin_->id); !found.empty()) {
    return Status::corruption("descriptor: expected an id, found " + found);
  }
  if (const std::string found = not_a_line(plugin_->version); !found.empty()) {
    return Status::corruption("descriptor: expected a version, found " + found);
  }
  if (plugin_->component_count == 0 || plugin_->component_count > kComponentsMax ||
      plugin_->components == nullptr) {
    return Status::corruption("descriptor: expected 1 to " + std::to_string(kComponentsMax) +
                              " components, found " + std::to_string(plugin_->component_count));
  }
  return {};
}

Status Descriptor::adopt_component(const loam_component* component) {
  if (component == nullptr) return Status::corruption("component: expected one, found NULL");
  if (!size_is_sound(component->struct_size, sizeof *component)) {
    return wrong_size("component", sizeof *component, component->struct_size);
  }
  if (const std::string found = not_a_line(component->kind); !found.empty()) {
    return Status::corruption("component: expected a kind, found " + found);
  }
  if (!is_plain_name(component->name)) {
    return Status::corruption("component of kind " + std::string(component->kind) +
                              ": expected a name of lower case letters, digits and '_', found \"" +
                              printable(bounded(component->name)) + "\"");
  }
  const std::string kind(short_kind(component->kind));
  const std::string what = kind + " \"" + component->name + "\"";
  const KindFacts facts = kind_facts(component->kind);
  if (facts.size == 0) {
    unknown_.push_back(kind + ":" + component->name);
    return {};
  }
  if (component->kind_major != 1) {
    return Status::not_supported(what + ": expected interface major 1, found " +
                                 std::to_string(component->kind_major));
  }
  if (const std::string problem = component_problem(*component, facts); !problem.empty()) {
    return Status::corruption(what + ": " + problem);
  }
  if (find(kind, component->name) != nullptr) return Status::corruption(what + " stands twice");
  components_.push_back(*component);
  // A newer component's copy ends where this host's struct ends, and says so.
  components_.back().struct_size = sizeof(loam_component);
  return adopt_table(components_.back());
}

Status Descriptor::adopt_table(loam_component& component) {
  const std::string what = std::string(short_kind(component.kind)) + " \"" + component.name + "\"";
  const KindFacts facts = kind_facts(component.kind);
  std::uint32_t size = 0;  // every table begins with it
  std::memcpy(&size, component.table, sizeof size);
  if (!size_is_sound(size, facts.size_min)) {
    return wrong_size(what + ", table", facts.size_min, size);
  }
  component.table = extend(component.table, size, facts.size);
  if (const std::string problem = slot_problem(component.kind, component.table); !problem.empty()) {
    return Status::corruption(what + ", table: " + problem);
  }
  return {};
}

}  // namespace loam::plugin
