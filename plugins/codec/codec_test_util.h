/// What every codec must do, for the tests of Loam's own codecs: run through the C table as a host
/// does. The whole set of laws is the conformance kit's; this is what a change to a codec breaks
/// first. Thread: confined.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam::codec_test {

using sdk::testing::Made;
using sdk::testing::TestConfig;

/// A codec with one context, as a table builder holds it.
class Codec {
 public:
  explicit Codec(const char* name, const TestConfig& config = {}) : made_(open(name, config)) {
    if (made_->context_create == nullptr) return;
    sdk::Error error;
    const auto status = made_->context_create(made_.self(), &context_, error.raw());
    EXPECT_TRUE(error.check(status).ok());
  }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  ~Codec() {
    if (made_->context_destroy != nullptr) made_->context_destroy(made_.self(), context_);
  }

  [[nodiscard]] const Made<loam_codec_v1>& made() const { return made_; }

  /// Output of compress in a buffer of exactly `capacity` bytes, so that sanitizers see one more.
  Result<std::string> compress(const std::string& raw, std::size_t capacity) {
    const std::unique_ptr<char[]> out(new char[capacity]);
    std::size_t size = SIZE_MAX;
    sdk::Error error;
    const loam_status status = made_->compress(made_.self(), context_, sdk::slice(raw), out.get(),
                                               capacity, &size, error.raw());
    LOAM_TRY(error.check(status));
    if (status == LOAM_INCOMPRESSIBLE) return Status::not_supported("incompressible");
    EXPECT_LE(size, capacity);
    return std::string(out.get(), size);
  }
  std::string compress(const std::string& raw) {
    auto out = compress(raw, made_->bound(made_.self(), raw.size()));
    EXPECT_TRUE(out.ok()) << out.status().to_string();
    return out.ok() ? *out : "";
  }

  /// Reads from and writes to buffers of exactly the given sizes.
  Result<std::string> decompress(const std::string& stored, std::size_t raw_size) {
    const std::unique_ptr<char[]> in(new char[stored.size()]);
    const std::unique_ptr<char[]> out(new char[raw_size]);
    if (!stored.empty()) std::memcpy(in.get(), stored.data(), stored.size());
    sdk::Error error;
    LOAM_TRY(error.check(made_->decompress(made_.self(), context_, {in.get(), stored.size()},
                                           out.get(), raw_size, error.raw())));
    return std::string(out.get(), raw_size);
  }

 private:
  static Made<loam_codec_v1> open(const char* name, const TestConfig& config) {
    const loam_component* component =
        sdk::testing::find_linked(loam_linked_plugins(), "codec", name);
    if (component == nullptr) throw std::runtime_error(std::string("no codec ") + name);
    auto made = sdk::testing::make<loam_codec_v1>(*component, config);
    if (!made.ok()) throw std::runtime_error(made.status().to_string());
    return std::move(made).value();
  }

  Made<loam_codec_v1> made_;
  void* context_ = nullptr;
};

inline std::string random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

/// Compresses well, yet has no short period.
inline std::string text_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string out;
  while (out.size() < size) out += "key" + std::to_string(random() % 1000) + "=value;";
  out.resize(size);
  return out;
}

inline void expect_round_trips(Codec& codec) {
  for (const std::size_t size : {0, 1, 2, 7, 15, 16, 17, 255, 256, 4095, 4096, 16384, 65537}) {
    for (const std::string& raw :
         {std::string(size, 'x'), random_bytes(size, size + 1), text_bytes(size, size + 2)}) {
      const std::string stored = codec.compress(raw);
      auto back = codec.decompress(stored, raw.size());
      ASSERT_TRUE(back.ok()) << size << ": " << back.status().to_string();
      EXPECT_EQ(*back, raw);
    }
  }
}

/// A capacity below bound() gives either a full result or "incompressible", never a cut one.
inline void expect_small_capacity_is_safe(Codec& codec) {
  const std::string raw = text_bytes(600, 1);
  const std::size_t needed = codec.compress(raw).size();
  for (std::size_t capacity = 0; capacity < needed + 3; ++capacity) {
    auto stored = codec.compress(raw, capacity);
    if (!stored.ok()) {
      EXPECT_EQ(stored.status().code(), Code::kNotSupported) << stored.status().to_string();
      continue;
    }
    auto back = codec.decompress(*stored, raw.size());
    ASSERT_TRUE(back.ok()) << back.status().to_string();
    EXPECT_EQ(*back, raw);
  }
  EXPECT_TRUE(codec.compress(raw, codec.made()->bound(codec.made().self(), raw.size())).ok());
  EXPECT_FALSE(codec.compress(raw, needed / 2).ok());
}

/// Truncations and wrong raw sizes are CORRUPTION; flipped bits and noise are survived.
inline void expect_hostile_input_is_safe(Codec& codec) {
  const std::string raw = text_bytes(700, 2);
  const std::string stored = codec.compress(raw);
  for (std::size_t cut = 0; cut < stored.size(); ++cut) {
    auto back = codec.decompress(stored.substr(0, cut), raw.size());
    ASSERT_FALSE(back.ok()) << "cut at " << cut;
    EXPECT_EQ(back.status().code(), Code::kCorruption) << back.status().to_string();
  }
  for (const std::size_t wrong : {std::size_t{0}, raw.size() - 1, raw.size() + 1}) {
    auto back = codec.decompress(stored, wrong);
    ASSERT_FALSE(back.ok()) << "raw size " << wrong;
    EXPECT_EQ(back.status().code(), Code::kCorruption);
  }
  for (std::size_t bit = 0; bit < stored.size() * 8; ++bit) {
    std::string damaged = stored;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    auto back = codec.decompress(damaged, raw.size());
    EXPECT_TRUE(back.ok() || back.status().code() == Code::kCorruption);
  }
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    auto back = codec.decompress(random_bytes(seed % 97, seed), 300);
    EXPECT_TRUE(back.ok() || back.status().code() == Code::kCorruption);
  }
}

/// What compress itself states must be what went in, under a limit.
inline void expect_states_raw_size(Codec& codec) {
  const auto& made = codec.made();
  const std::string stored = codec.compress(text_bytes(5000, 3));
  std::size_t size = 0;
  sdk::Error error;
  ASSERT_NE(made->raw_size, nullptr);
  EXPECT_EQ(made->raw_size(made.self(), sdk::slice(stored), 5000, &size, error.raw()), LOAM_OK);
  EXPECT_EQ(size, 5000u);
  EXPECT_EQ(made->raw_size(made.self(), sdk::slice(stored), 4999, &size, error.raw()),
            LOAM_CORRUPTION);
}

}  // namespace loam::codec_test
