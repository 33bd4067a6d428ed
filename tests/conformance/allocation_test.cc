// Plugins when memory runs out: every allocation of every call fails once, and the call answers
// NO_MEMORY (or copes). Functions tagged [pure] allocate nothing. This program's operator new is
// the one that plugins use too, since nothing of them binds to itself.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include "core/plugin/check_host.h"
#include "core/plugin/descriptor.h"
#include "core/plugin/library.h"
#include "core/plugin/settings_config.h"
#include "core/plugin/trust.h"
#include "core/plugin/typed.h"

namespace {

/// Allocations of this thread, counted while armed; number `failing` (from 0) fails.
struct Allocations {
  bool armed = false;
  std::uint64_t count = 0;
  std::uint64_t failing = UINT64_MAX;
};
thread_local Allocations allocations;

void* take(std::size_t size, std::size_t align) {
  if (allocations.armed && allocations.count++ == allocations.failing) return nullptr;
  const std::size_t least = size == 0 ? 1 : size;
  void* p = nullptr;
  if (::posix_memalign(&p, align < sizeof(void*) ? sizeof(void*) : align, least) != 0)
    return nullptr;
  return p;
}

void* take_or_throw(std::size_t size, std::size_t align) {
  void* p = take(size, align);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t n) { return take_or_throw(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n) { return take_or_throw(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) {
  return take_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return take(n, alignof(std::max_align_t));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }

namespace loam::plugin {
namespace {

constexpr std::uint64_t kAllocationsMax = 200;

/// What a call allocated.
std::uint64_t count_in(const std::function<void()>& call) {
  allocations = {true, 0, UINT64_MAX};
  call();
  allocations.armed = false;
  return allocations.count;
}

/// Calls again and again, allocation 0, 1, 2 ... failing, until one call meets no failure.
void fail_each(const std::string& what, const std::function<loam_status(loam_error*)>& call) {
  for (std::uint64_t n = 0; n < kAllocationsMax; ++n) {
    CallError error;
    allocations = {true, 0, n};
    const loam_status status = call(error.raw());
    allocations.armed = false;
    if (allocations.count <= n) {
      EXPECT_GE(status, 0) << what << ": " << error.check(status).to_string();
      return;
    }
    EXPECT_TRUE(status >= 0 || status == LOAM_NO_MEMORY)
        << what << ", allocation " << n << ": " << error.check(status).to_string();
  }
  ADD_FAILURE() << what << ": more than " << kAllocationsMax << " allocations";
}

/// A sink that never allocates.
struct Swallow {
  loam_sink sink{sizeof(loam_sink), 0, nullptr,
                 [](loam_sink*, loam_slice) noexcept -> loam_status { return LOAM_OK; }};
};

class ShortOfMemory : public testing::Test {
 protected:
  /// Loads one of our plugins and makes its component `kind:name` with every allocation failing.
  void make(const std::string& kind, const std::string& name, Settings settings = {}) {
    settings_ = std::move(settings);
    const std::string path = std::string(LOAM_TEST_PLUGIN_DIR) + "/" + name + ".loam.so";
    const auto plugin = load_plugin(real_path(path).value());
    ASSERT_TRUE(plugin.ok()) << plugin.status().to_string();
    descriptor_ = std::make_unique<Descriptor>(Descriptor::adopt(*plugin).value());
    component_ = descriptor_->find(kind, name);
    ASSERT_NE(component_, nullptr);
    const SettingsConfig config(settings_);
    fail_each(name + " create", [&](loam_error* error) {
      if (self_ != nullptr) component_->destroy(std::exchange(self_, nullptr));
      return component_->create(host_.host(), nullptr, SettingsConfig::api(), config.config(),
                                &self_, error);
    });
    ASSERT_GT(allocations.count, 0u) << "the plugin allocates elsewhere: nothing was tested";
    if (component_->persistent_id == nullptr) return;
    fail_each(name + " identity", [&](loam_error*) {
      Swallow out;
      return component_->identity(self_, &out.sink);
    });
  }
  void TearDown() override {
    if (self_ != nullptr) component_->destroy(self_);
  }

  OddHost host_;
  Settings settings_;
  std::unique_ptr<Descriptor> descriptor_;
  const loam_component* component_ = nullptr;
  void* self_ = nullptr;
};

class Codecs : public ShortOfMemory, public testing::WithParamInterface<const char*> {};

TEST_P(Codecs, AnswerEveryCall) {
  make("codec", GetParam());
  const auto& t = *static_cast<const loam_codec_v1*>(component_->table);
  void* context = nullptr;
  if (t.context_create != nullptr) {
    fail_each("context_create", [&](loam_error* error) {
      if (context != nullptr) t.context_destroy(self_, std::exchange(context, nullptr));
      return t.context_create(self_, &context, error);
    });
  }
  const std::string raw(5000, 'x');
  std::string packed(t.bound(self_, raw.size()), '\0');
  std::size_t size = 0;
  fail_each("compress", [&](loam_error* error) {
    return t.compress(self_, context, {raw.data(), raw.size()}, packed.data(), packed.size(), &size,
                      error);
  });
  std::string back(raw.size(), '\0');
  fail_each("decompress", [&](loam_error* error) {
    return t.decompress(self_, context, {packed.data(), size}, back.data(), back.size(), error);
  });
  EXPECT_EQ(back, raw);
  EXPECT_EQ(count_in([&] { static_cast<void>(t.bound(self_, 100)); }), 0u);
  if (context != nullptr) t.context_destroy(self_, context);
}

INSTANTIATE_TEST_SUITE_P(All, Codecs, testing::Values("none", "snappy", "lz4", "zstd", "zlib"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(ShortOfMemory, Bloom) {
  make("filter", "bloom");
  const auto& t = *static_cast<const loam_filter_v1*>(component_->table);
  void* builder = nullptr;
  fail_each("builder_create", [&](loam_error* error) {
    if (builder != nullptr) t.builder_destroy(self_, std::exchange(builder, nullptr));
    return t.builder_create(self_, 0, &builder, error);
  });
  std::vector<std::uint64_t> hashes(1000);
  for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = i * 0x9e3779b97f4a7c15;
  fail_each("add_hashes", [&](loam_error* error) {
    return t.add_hashes(self_, builder, hashes.data(), hashes.size(), error);
  });
  std::string bits;
  loam_sink sink{sizeof(loam_sink), 0, &bits, [](loam_sink* s, loam_slice b) noexcept {
                   static_cast<std::string*>(s->state)->append(b.data, b.size);
                   return loam_status{LOAM_OK};
                 }};
  bits.reserve(1 << 20);
  CallError error;
  ASSERT_EQ(t.finish(self_, builder, &sink, error.raw()), LOAM_OK);
  t.builder_destroy(self_, builder);
  void* reader = nullptr;
  fail_each("reader_open", [&](loam_error* e) {
    if (reader != nullptr) t.reader_destroy(self_, std::exchange(reader, nullptr));
    return t.reader_open(self_, {bits.data(), bits.size()}, &reader, e);
  });
  std::size_t missed = 0;
  std::vector<std::uint8_t> out(hashes.size());
  EXPECT_EQ(count_in([&] {
              for (const std::uint64_t h : hashes) missed += t.may_match_hash(reader, h) ? 0 : 1;
              if (t.may_match_many == nullptr) return;
              t.may_match_many(reader, hashes.data(), hashes.size(), out.data());
            }),
            0u);
  EXPECT_EQ(missed, 0u) << "hashes given while memory was short are lost";
  t.reader_destroy(self_, reader);
}

class Comparators : public ShortOfMemory, public testing::WithParamInterface<const char*> {};

TEST_P(Comparators, AllocateNothingToCompare) {
  Settings settings;
  if (GetParam() == std::string("tuple")) {
    settings = {
        {"fields", setting(R"([{"type":"text","terminator":97},{"type":"int","size":8}])")}};
  }
  make("comparator", GetParam(), settings);
  const auto& t = *static_cast<const loam_comparator_v1*>(component_->table);
  const std::string a(1000, 'a');
  const std::string b(1000, 'b');
  EXPECT_EQ(count_in([&] {
              static_cast<void>(t.compare(self_, {a.data(), a.size()}, {b.data(), b.size()}));
              static_cast<void>(t.properties(self_));
            }),
            0u);
  const bool forward = t.compare(self_, {a.data(), a.size()}, {b.data(), b.size()}) < 0;
  const std::string& start = forward ? a : b;
  const std::string& limit = forward ? b : a;
  if (t.shortest_separator == nullptr) return;
  fail_each("shortest_separator", [&](loam_error*) {
    Swallow out;
    return t.shortest_separator(self_, {start.data(), start.size()}, {limit.data(), limit.size()},
                                &out.sink);
  });
}

INSTANTIATE_TEST_SUITE_P(All, Comparators,
                         testing::Values("bytewise", "reverse_bytewise", "uint_be", "shortlex",
                                         "tuple"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(ShortOfMemory, Ttl) {
  make("compaction_filter", "ttl", {{"ttl", setting(1'000'000)}});
  const auto& t = *static_cast<const loam_compaction_filter_v1*>(component_->table);
  loam_compaction_info info{};
  info.struct_size = sizeof info;
  info.now_us = 1'700'000'000'000'000;
  void* job = nullptr;
  bool made = false;
  fail_each("job_create", [&](loam_error* error) {
    if (made) t.job_destroy(self_, std::exchange(job, nullptr));
    const loam_status status = t.job_create(self_, &info, &job, error);
    made = status >= 0;
    return status;
  });
  loam_compaction_entry entry{};
  entry.struct_size = sizeof entry;
  entry.kind = LOAM_ENTRY_PUT;
  entry.key = {"k", 1};
  entry.value = {"\0\0\0\0\0\0\0\0", 8};
  std::int32_t decision = LOAM_DECISION_KEEP;
  fail_each("decide", [&](loam_error* error) {
    Swallow out;
    return t.decide(self_, job, &entry, &out.sink, &decision, error);
  });
  EXPECT_EQ(decision, LOAM_DECISION_REMOVE);
  if (made) t.job_destroy(self_, job);
}

class FileSystems : public ShortOfMemory, public testing::WithParamInterface<const char*> {};

TEST_P(FileSystems, AnswerWhenNamesAndFilesAreMade) {
  make("file_system", GetParam());
  const auto& t = *static_cast<const loam_file_system_v1*>(component_->table);
  const std::string base = testing::TempDir();
  ASSERT_GE(t.make_directory(self_, base.c_str(), nullptr), 0);
  const std::string dir =
      base + "/loam-short-of-memory-" + GetParam() + "." + std::to_string(::getpid());
  const std::string path = dir + "/file";
  fail_each("make_directory",
            [&](loam_error* e) { return t.make_directory(self_, dir.c_str(), e); });
  void* file = nullptr;
  fail_each("append_open", [&](loam_error* error) {
    if (file != nullptr) t.append_close(self_, std::exchange(file, nullptr), nullptr);
    return t.append_open(self_, path.c_str(), LOAM_APPEND_TRUNCATE, &file, error);
  });
  fail_each("append_write", [&](loam_error* error) {
    return t.append_write(self_, file, {"abc", 3}, error);
  });
  fail_each("append_sync",
            [&](loam_error* error) { return t.append_sync(self_, file, LOAM_SYNC_DATA, error); });
  EXPECT_EQ(t.append_close(self_, file, nullptr), LOAM_OK);
  fail_each("list", [&](loam_error* error) {
    Swallow out;
    return t.list(self_, dir.c_str(), &out.sink, error);
  });
  EXPECT_EQ(t.remove_file(self_, path.c_str(), nullptr), LOAM_OK);
  EXPECT_EQ(t.remove_directory(self_, dir.c_str(), nullptr), LOAM_OK);
}

INSTANTIATE_TEST_SUITE_P(All, FileSystems, testing::Values("posix", "memory"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace loam::plugin
