/// LOAM_PLUGIN: makes a shared object (or a static library) a Loam plugin.
///
///   LOAM_PLUGIN("org.example.rot", "1.0.0", "Apache-2.0", loam::sdk::codec<Rot>)
///
/// stands once, at global scope, after the components' classes. It defines the descriptor, the one
/// exported entry, and the ELF note from which `loam plugin list` reads what is inside without
/// running it; all are constants. When LOAM_STATIC_PLUGIN is defined as an identifier, the entry is
/// named after it and there is no note: the plugin is being linked into a program.
///
/// For more than id, version and license, or a state shared by the plugin's components:
///
///   constexpr auto kInfo = loam::sdk::with_state<State>(
///       {.id = "org.example.rot", .version = "1.0.0", .license = "Apache-2.0", .url = "..."});
///   LOAM_PLUGIN_INFO(kInfo, loam::sdk::codec<Rot>)
///
/// makes a State(loam::sdk::Host) once per host, before its first component; components find it
/// with Host::plugin_state<State>(). Thread: constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "loam/abi.h"
#include "loam/sdk/error.h"
#include "loam/sdk/host.h"

namespace loam::sdk {

/// The plugin's own facts; id and version must be given, the others may be null.
struct PluginInfo {
  const char* id = "";
  const char* version = "";
  const char* license = nullptr;
  const char* vendor = nullptr;
  const char* url = nullptr;
  const char* summary = nullptr;
  const char* build = nullptr;
  loam_status (*init)(const loam_host* host, void** state, loam_error* error) noexcept = nullptr;
  void (*deinit)(void* state) noexcept = nullptr;
};

/// `info` with hooks that make a State per host.
template <class State>
consteval PluginInfo with_state(PluginInfo info) {
  static_assert(std::is_constructible_v<State, Host> || std::is_default_constructible_v<State>,
                "State needs a constructor from (loam::sdk::Host) or ()");
  info.init = [](const loam_host* host, void** state, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      if constexpr (std::is_constructible_v<State, Host>) {
        *state = std::make_unique<State>(Host(host, nullptr)).release();
      } else {
        *state = std::make_unique<State>().release();
      }
      return {};
    });
  };
  info.deinit = [](void* state) noexcept { delete static_cast<State*>(state); };
  return info;
}

namespace detail {

/// Counts characters, or stores them: the same code does both passes over the note's text.
struct NoteText {
  char* out = nullptr;
  std::size_t size = 0;

  constexpr void put(std::string_view text) {
    for (const char c : text) {
      if (out != nullptr) out[size] = c;
      ++size;
    }
  }
  constexpr void put_number(std::uint32_t value) {
    if (value >= 10) put_number(value / 10);
    const char digit = static_cast<char>('0' + value % 10);
    put({&digit, 1});
  }
};

// Where null checks are instrumented, gcc takes the address of an inline variable for unknown until
// link time, and its comparison with null is no constant: then it is an address.
template <const loam_component& kComponent>
consteval bool has_id() {
  if constexpr (requires { typename std::bool_constant<(kComponent.persistent_id == nullptr)>; }) {
    return kComponent.persistent_id != nullptr;
  } else {
    return true;
  }
}
template <const loam_component& kComponent>
consteval bool has_reads() {
  if constexpr (requires { typename std::bool_constant<(kComponent.reads == nullptr)>; }) {
    return kComponent.reads != nullptr;
  } else {
    return true;
  }
}

template <const loam_component& kComponent>
constexpr void put_note_component(NoteText& text) {
  text.put("component=");
  text.put(std::string_view(kComponent.kind).substr(std::string_view("loam.").size()));
  text.put(":");
  text.put(kComponent.name);
  text.put(":");
  if constexpr (has_id<kComponent>()) text.put(kComponent.persistent_id);
  if constexpr (has_reads<kComponent>()) {
    for (const char* const* id = kComponent.reads; *id != nullptr; ++id) {
      text.put(",");
      text.put(*id);
    }
  }
  text.put("\n");
}

/// Text that may stand in a line of the note: no control characters.
constexpr bool is_note_text(const char* text) {
  if (*text == '\0') return false;
  for (; *text != '\0'; ++text) {
    if (static_cast<unsigned char>(*text) < 0x20) return false;
  }
  return true;
}

constexpr bool is_note_id(const char* text) {
  if (!is_note_text(text)) return false;
  for (; *text != '\0'; ++text) {
    if (*text == ':' || *text == ',' || *text == '?' || *text == '=') return false;
  }
  return true;
}

template <const loam_component& kComponent>
consteval bool id_is_plain() {
  if constexpr (has_id<kComponent>()) {
    return is_note_id(kComponent.persistent_id);
  } else {
    return true;
  }
}

/// An ELF note: sizes of owner and text, type, owner padded to 4, text padded to 4.
template <std::size_t N>
struct Note {
  std::uint32_t owner_size;
  std::uint32_t text_size;
  std::uint32_t type;
  char owner[8];
  char text[(N + 3) / 4 * 4];
};

/// Everything that LOAM_PLUGIN derives from its components.
template <const loam_component&... kComponents>
struct Definition {
  static_assert(sizeof...(kComponents) > 0, "a plugin provides at least one component");
  static_assert((id_is_plain<kComponents>() && ...),
                "a persistent id holds no control characters, ':', ',', '?' or '='");

  static constexpr const loam_component* kList[] = {&kComponents...};

  static consteval loam_plugin descriptor(const PluginInfo& info) {
    loam_plugin plugin{};
    plugin.struct_size = sizeof plugin;
    plugin.abi_major = LOAM_ABI_MAJOR;
    plugin.abi_minor = LOAM_TARGET_MINOR;
    plugin.min_host_minor = LOAM_TARGET_MINOR;
    plugin.magic = LOAM_PLUGIN_MAGIC;
    plugin.id = info.id;
    plugin.version = info.version;
    plugin.vendor = info.vendor;
    plugin.license = info.license;
    plugin.url = info.url;
    plugin.summary = info.summary;
    plugin.build = info.build;
    plugin.components = kList;
    plugin.component_count = sizeof...(kComponents);
    plugin.init = info.init;
    plugin.deinit = info.deinit;
    return plugin;
  }

  static constexpr void put_note(NoteText& text, const PluginInfo& info) {
    text.put("id=");
    text.put(info.id);
    text.put("\nversion=");
    text.put(info.version);
    text.put("\nabi=");
    text.put_number(LOAM_ABI_MAJOR);
    text.put(".");
    text.put_number(LOAM_TARGET_MINOR);
    text.put("\nmin_host=");
    text.put_number(LOAM_TARGET_MINOR);
    text.put("\n");
    (put_note_component<kComponents>(text), ...);
  }

  static consteval std::size_t note_size(const PluginInfo& info) {
    NoteText text;
    put_note(text, info);
    return text.size;
  }

  template <std::size_t N>
  static consteval Note<N> note(const PluginInfo& info) {
    Note<N> made{};
    made.owner_size = sizeof LOAM_NOTE_OWNER;
    made.text_size = N;
    made.type = LOAM_NOTE_TYPE;
    const std::string_view owner = LOAM_NOTE_OWNER;
    for (std::size_t i = 0; i < owner.size(); ++i) made.owner[i] = owner[i];
    NoteText text{made.text, 0};
    put_note(text, info);
    return made;
  }
};

}  // namespace detail
}  // namespace loam::sdk

#define LOAM_PLUGIN_JOIN_INNER(a, b) a##b
#define LOAM_PLUGIN_JOIN(a, b) LOAM_PLUGIN_JOIN_INNER(a, b)

#ifdef LOAM_STATIC_PLUGIN
#define LOAM_PLUGIN_ENTRY LOAM_PLUGIN_JOIN(loam_plugin_entry_v1_, LOAM_STATIC_PLUGIN)
#define LOAM_PLUGIN_EXPORT
#define LOAM_PLUGIN_NOTE
#else
#define LOAM_PLUGIN_ENTRY loam_plugin_entry_v1
#define LOAM_PLUGIN_EXPORT __attribute__((visibility("default")))
/* The assembler gives sections of this name the type SHT_NOTE, which strip and --gc-sections keep.
 */
#define LOAM_PLUGIN_NOTE                                                            \
  [[gnu::section(".note.loam"), gnu::used, gnu::aligned(4)]] constexpr auto kNote = \
      Definition::note<Definition::note_size(kLoamPluginInfo)>(kLoamPluginInfo);
#endif

/// As LOAM_PLUGIN, with a constexpr PluginInfo.
#define LOAM_PLUGIN_INFO(info_, ...)                                                  \
  namespace {                                                                         \
  namespace loam_plugin_definition {                                                  \
  using Definition = ::loam::sdk::detail::Definition<__VA_ARGS__>;                    \
  constexpr ::loam::sdk::PluginInfo kLoamPluginInfo = info_;                          \
  static_assert(::loam::sdk::detail::is_note_id(kLoamPluginInfo.id),                  \
                "the plugin needs a plain id");                                       \
  static_assert(::loam::sdk::detail::is_note_text(kLoamPluginInfo.version),           \
                "the plugin needs a version");                                        \
  constexpr loam_plugin kPlugin = Definition::descriptor(kLoamPluginInfo);            \
  LOAM_PLUGIN_NOTE                                                                    \
  }                                                                                   \
  }                                                                                   \
  extern "C" LOAM_PLUGIN_EXPORT const loam_plugin* LOAM_PLUGIN_ENTRY(void) noexcept { \
    return &loam_plugin_definition::kPlugin;                                          \
  }

#define LOAM_PLUGIN(id_, version_, license_, ...)                                                  \
  LOAM_PLUGIN_INFO((::loam::sdk::PluginInfo{.id = id_, .version = version_, .license = license_}), \
                   __VA_ARGS__)
