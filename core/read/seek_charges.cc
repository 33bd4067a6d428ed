#include "core/read/seek_charges.h"

#include <string>

#include "loam/base/units.h"

namespace loam::read {

namespace {

class ChargingIterator final : public format::InternalIterator {
 public:
  ChargingIterator(std::unique_ptr<InternalIterator> it, const version::Version& version,
                   const format::InternalOrder& order, SeekCharges& charges)
      : it_(std::move(it)),
        version_(version),
        order_(order),
        charges_(charges),
        left_(charges.next_period()) {}

  [[nodiscard]] bool is_first_of_key() const override { return it_->is_first_of_key(); }
  [[nodiscard]] Status status() const override { return it_->status(); }
  void seek_to_first() override {
    it_->seek_to_first();
    count();
  }
  void seek_to_last() override {
    it_->seek_to_last();
    count();
  }
  void seek(Bytes internal_key) override {
    it_->seek(internal_key);
    count();
  }
  void next() override {
    it_->next();
    count();
  }
  void prev() override {
    it_->prev();
    count();
  }
  void next_user() override {
    it_->next_user();
    count();
  }

 private:
  void count() {
    show(it_->place());
    if (!valid()) return;
    const Bytes key = this->key();
    const std::uint64_t bytes = key.size() + value().size();
    if (bytes < left_) [[likely]] {
      left_ -= bytes;
      return;
    }
    left_ = charges_.next_period();
    const version::TableFile* table = first_of_several(version_, format::user_key(key), order_);
    if (table != nullptr) charges_.charge(*table);
  }

  std::unique_ptr<InternalIterator> it_;
  const version::Version& version_;
  const format::InternalOrder& order_;
  SeekCharges& charges_;
  std::uint64_t left_;
};

bool covers(const version::TableFile& table, Bytes user_key, const format::InternalOrder& order) {
  return order.compare_user(format::user_key(table.smallest), user_key) <= 0 &&
         order.compare_user(user_key, format::user_key(table.largest)) <= 0;
}

}  // namespace

/// SplitMix64 (Steele, Lea, Flood 2014) of how many were asked for.
std::uint64_t SeekCharges::next_period() {
  std::uint64_t z = random_.fetch_add(0x9e3779b97f4a7c15) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (z ^ (z >> 31)) % (2 * kMiB);
}

const version::TableFile* first_of_several(const version::Version& version, Bytes user_key,
                                           const format::InternalOrder& order) {
  const version::TableFile* first = nullptr;
  for (const version::TableFilePtr& table : version.level(0)) {
    if (!covers(*table, user_key, order)) continue;
    if (first != nullptr) return first;
    first = table.get();
  }
  for (int level = 1; level < version.num_levels(); ++level) {
    const auto& tables = version.level(level);
    const std::size_t i = tables.empty() ? 0 : version.find(level, user_key, order);
    if (i == tables.size() || !covers(*tables[i], user_key, order)) continue;
    if (first != nullptr) return first;
    first = tables[i].get();
  }
  return nullptr;
}

std::unique_ptr<format::InternalIterator> charge_while_reading(
    std::unique_ptr<format::InternalIterator> it, const version::Version& version,
    const format::InternalOrder& order, SeekCharges& charges) {
  return std::make_unique<ChargingIterator>(std::move(it), version, order, charges);
}

}  // namespace loam::read
