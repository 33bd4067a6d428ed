#include "core/read/seek_charges.h"

#include <gtest/gtest.h>

#include "core/version/version_test_util.h"
#include "loam/base/units.h"

namespace loam::read {
namespace {

using version::make_table;
using version::make_version;

TEST(AllowedSeeks, GrowWithTheTableAndAreNeverFew) {
  EXPECT_EQ(allowed_seeks(0), 100u);
  EXPECT_EQ(allowed_seeks(100 * 16'384), 100u);
  EXPECT_EQ(allowed_seeks(101 * 16'384), 101u);
  EXPECT_EQ(allowed_seeks(2 * kMiB), 128u);
}

TEST(SeekChargesTest, ATableIsDueOnceItsSeeksAreUsedUp) {
  SeekCharges charges;
  int told = 0;
  charges.attach([&] { ++told; });
  const auto a = make_table({1, 7, "a", "z"});
  const auto b = make_table({1, 8, "a", "z"});
  for (int i = 0; i < 99; ++i) charges.charge(*a);
  EXPECT_EQ(told, 0);
  EXPECT_EQ(charges.take(), 0u);
  charges.charge(*a);
  EXPECT_EQ(told, 1);
  for (int i = 0; i < 150; ++i) charges.charge(*b);
  EXPECT_EQ(told, 1) << "one at a time";
  EXPECT_EQ(charges.take(), 7u);
  EXPECT_EQ(charges.take(), 0u) << "once";
  for (int i = 0; i < 50; ++i) charges.charge(*b);
  EXPECT_EQ(charges.take(), 8u);
  EXPECT_EQ(told, 2);
}

TEST(SeekChargesTest, PeriodsAreAMebibyteInTheMean) {
  SeekCharges charges;
  std::uint64_t sum = 0;
  constexpr int kCount = 2000;
  for (int i = 0; i < kCount; ++i) {
    const std::uint64_t period = charges.next_period();
    EXPECT_LT(period, 2 * kMiB);
    sum += period;
  }
  EXPECT_NEAR(static_cast<double>(sum) / kCount, static_cast<double>(kMiB), 0.05 * kMiB);
}

TEST(FirstOfSeveral, IsTheNewestThatMayHoldTheKey) {
  const plugin::Comparator comparator;
  const format::InternalOrder order(comparator);
  const auto version = make_version({{0, 9, "d", "k"},
                                     {0, 8, "c", "f"},
                                     {1, 7, "a", "e"},
                                     {1, 6, "m", "p"},
                                     {3, 5, "n", "n"},
                                     {4, 4, "x", "z"}},
                                    order);
  ASSERT_NE(version, nullptr);
  const auto first = [&](Bytes key) {
    const version::TableFile* table = first_of_several(*version, key, order);
    return table == nullptr ? 0 : table->number;
  };
  EXPECT_EQ(first("d"), 9u);
  EXPECT_EQ(first("f"), 9u);
  EXPECT_EQ(first("c"), 8u);
  EXPECT_EQ(first("n"), 6u);
  for (const char* key : {"", "a", "b", "g", "l", "m", "o", "x", "zz"}) EXPECT_EQ(first(key), 0u);
}

/// Entries of 1 KiB, as many as wanted.
class Entries final : public format::InternalIterator {
 public:
  explicit Entries(Bytes user_key) {
    format::append_internal_key(key_, user_key, 1, format::ValueType::kPut);
    place_.key = key_;
    place_.value = value_;
    place_.valid = true;
    show(&place_);
  }
  void seek_to_first() override {}
  void seek_to_last() override {}
  void seek(Bytes) override {}
  void next() override {}
  void prev() override {}
  void next_user() override {}
  [[nodiscard]] Status status() const override { return {}; }

 private:
  std::string key_;
  std::string value_ = std::string(kKiB, 'v');
  format::Place place_;
};

TEST(ChargeWhileReading, AboutOnceAMebibyteEitherWay) {
  const plugin::Comparator comparator;
  const format::InternalOrder order(comparator);
  const auto version = make_version({{1, 7, "a", "m"}, {2, 6, "a", "z"}}, order);
  ASSERT_NE(version, nullptr);
  const auto seeks_after = [&](Bytes key, int mebibytes) {
    SeekCharges charges;
    version->level(1)[0]->seeks = 0;
    const auto it = charge_while_reading(std::make_unique<Entries>(key), *version, order, charges);
    for (int i = 0; i < mebibytes * 1024; ++i) i % 2 == 0 ? it->next() : it->prev();
    return version->level(1)[0]->seeks.load();
  };
  const std::uint64_t seeks = seeks_after("b", 80);
  EXPECT_GE(seeks, 60u);
  EXPECT_LE(seeks, 99u);
  EXPECT_EQ(seeks_after("x", 80), 0u) << "one table is all that there is";
}

}  // namespace
}  // namespace loam::read
