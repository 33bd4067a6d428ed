#include "tests/fault/history.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kKeys = 7;
constexpr std::size_t kLargeValue = 70'000;  // three blocks of the log

std::string key_of(std::uint64_t number) { return "key" + std::to_string(number % kKeys); }

}  // namespace

WriteBatch History::next(bool large) {
  const std::uint64_t stamp = ++stamp_;
  WriteBatch batch;
  Reference state = states_.back();
  const auto put = [&](const std::string& key, const std::string& value) {
    batch.put(key, value);
    state.put(key, value);
  };
  std::string value = std::to_string(stamp);
  if (large) value.resize(kLargeValue, 'x');
  put(key_of(stamp), value);
  if (stamp % 3 == 0) {
    // A batch is there whole or not at all: its ends carry the same stamp.
    put("first", value);
    batch.remove(key_of(stamp + 3));
    state.remove(key_of(stamp + 3));
    put("last", value);
  }
  states_.push_back(std::move(state));
  return batch;
}

History History::at(const Moment& moment) const {
  History past = *this;
  past.states_.resize(moment.begun + 1);
  past.acknowledged_ = moment.acknowledged;
  past.durable_ = moment.durable;
  return past;
}

std::string History::recovered(const Reference& found) {
  for (std::size_t i = states_.size(); i-- > 0;) {
    if (!(states_[i] == found)) continue;
    if (i < durable_) {
      return "only " + std::to_string(i) + " writes are there, " + std::to_string(durable_) +
             " were durable";
    }
    states_.resize(i + 1);
    acknowledged_ = i;
    durable_ = i;  // recovery seals what it found
    return {};
  }
  return "no prefix of the history, whose last state is " + to_text(states_.back()).substr(0, 500) +
         "; found " + to_text(found).substr(0, 500);
}

}  // namespace loam::test
