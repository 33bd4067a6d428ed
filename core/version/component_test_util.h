/// Components for tests without a plugin around them: any class that the SDK takes, wrapped as it
/// would be when linked in. Options are the defaults.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <memory>
#include <string>

#include "core/io/file_system.h"
#include "core/plugin/comparator.h"
#include "core/plugin/instance.h"
#include "loam/plugins.h"
#include "loam/sdk.h"

namespace loam::test {

inline Component make_component(const loam_component& description) {
  void* self = nullptr;
  loam_error error{};
  error.struct_size = sizeof error;
  if (description.create(nullptr, nullptr, nullptr, nullptr, &self, &error) != LOAM_OK) return {};
  std::string identity = description.persistent_id == nullptr ? "" : description.persistent_id;
  return Component(std::make_shared<plugin::Instance>(
      &description, self, std::move(identity), plugin::Instance::Origin{"test", "1", nullptr, {}}));
}

/// "Key" and "kEY" are one key.
struct CaseInsensitive {
  static constexpr auto kName = "case_insensitive";
  static constexpr auto kPersistentId = "test.case_insensitive/1";
  int compare(Bytes a, Bytes b) const noexcept {
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
      const int x = std::tolower(static_cast<unsigned char>(a[i]));
      const int y = std::tolower(static_cast<unsigned char>(b[i]));
      if (x != y) return x - y;
    }
    return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
  }
};

struct Bytewise {
  static constexpr auto kName = "bytewise";
  static constexpr auto kPersistentId = "loam.bytewise/1";
  static constexpr std::uint32_t kProperties =
      LOAM_COMPARATOR_BYTEWISE | LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
};

struct Reverse {
  static constexpr auto kName = "reverse_bytewise";
  static constexpr auto kPersistentId = "loam.reverse_bytewise/1";
  static constexpr std::uint32_t kProperties =
      LOAM_COMPARATOR_REVERSE_BYTEWISE | LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;
  int compare(Bytes a, Bytes b) const noexcept { return b.compare(a); }
};

template <class T>
Component comparator_component() {
  return make_component(sdk::comparator<T>);
}

/// The orders that every comparison in the code has to get right.
enum class OrderKind { kBytewise, kReverse, kCaseInsensitive };
inline Component comparator_component(OrderKind kind) {
  switch (kind) {
    case OrderKind::kReverse: return comparator_component<Reverse>();
    case OrderKind::kCaseInsensitive: return comparator_component<CaseInsensitive>();
    default: return comparator_component<Bytewise>();
  }
}

/// A file system in memory with one empty directory, "/s". Requires: plugin "memory" linked in.
struct MemoryFiles {
  MemoryFiles() {
    auto made = Registry::create();
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    registry = *made;
    auto component = registry->create(kind::kFileSystem, "memory");
    EXPECT_TRUE(component.ok()) << component.status().to_string();
    auto opened = io::FileSystem::make(*component);
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    fs = *opened;
    EXPECT_TRUE(fs.make_directory("/s").ok());
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    auto text = io::read_whole_file(fs, "/s/" + name, 1 << 30);
    EXPECT_TRUE(text.ok()) << text.status().to_string();
    return text.ok() ? *text : "";
  }
  void write(const std::string& name, Bytes contents) const {
    auto file = fs.open_append("/s/" + name, LOAM_APPEND_TRUNCATE);
    ASSERT_TRUE(file.ok()) << file.status().to_string();
    ASSERT_TRUE(file->write(contents).ok());
    ASSERT_TRUE(file->close().ok());
  }

  std::shared_ptr<Registry> registry;
  io::FileSystem fs;
};

}  // namespace loam::test
