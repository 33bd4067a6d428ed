#include "tests/damage/reading.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace loam::test {
namespace {

using Map = Reference::Map;
using Entry = std::optional<std::pair<std::string, std::string>>;

std::string text_of(const Entry& entry) {
  return entry ? escaped(entry->first) + "=" + escaped(entry->second) : "nothing";
}

class Reader {
 public:
  Reader(Db& db, const std::vector<Reference>& states, std::size_t least)
      : db_(db), states_(states) {
    for (std::size_t i = least; i < states.size(); ++i) left_.push_back(i);
  }

  void get(const std::string& key) {
    auto value = db_.get(key);
    if (!value.ok()) return failed(value.status());
    keep("get " + escaped(key) + ": " + (*value ? escaped(**value) : "nothing"),
         [&](const Map& map) {
           const auto at = map.find(key);
           return at == map.end() ? !value->has_value() : *value == at->second;
         });
  }

  void seek(const std::string& key, bool back) {
    const auto it = db_.new_iterator();
    back ? it->seek_for_prev(key) : it->seek(key);
    Entry found;
    if (it->valid()) found.emplace(it->key(), it->value());
    if (!found && !it->status().ok()) return failed(it->status());
    keep((back ? "seek back to " : "seek ") + escaped(key) + ": " + text_of(found),
         [&](const Map& map) { return found == (back ? before(map, key) : from(map, key)); });
  }

  void walk(bool back) {
    const auto it = db_.new_iterator();
    std::vector<std::pair<std::string, std::string>> found;
    for (back ? it->seek_to_last() : it->seek_to_first(); it->valid();
         back ? it->prev() : it->next()) {
      found.emplace_back(it->key(), it->value());
    }
    const bool whole = it->status().ok();
    if (!whole) failed(it->status());
    const auto fits = [&](auto begin, auto end, std::size_t size) {
      if (whole ? found.size() != size : found.size() > size) return false;
      return std::equal(found.begin(), found.end(), begin, end, [](const auto& a, const auto& b) {
        return a.first == b.first && a.second == b.second;
      });
    };
    keep(std::string(back ? "backward" : "forward") + " walk of " + std::to_string(found.size()),
         [&](const Map& map) {
           const auto n = static_cast<std::ptrdiff_t>(std::min(found.size(), map.size()));
           return back ? fits(map.rbegin(), std::next(map.rbegin(), n), map.size())
                       : fits(map.begin(), std::next(map.begin(), n), map.size());
         });
  }

  Reading take() {
    if (!left_.empty()) reading_.state = left_.back();
    return std::move(reading_);
  }

 private:
  static Entry from(const Map& map, const std::string& key) {
    const auto at = map.lower_bound(key);
    if (at == map.end()) return {};
    return std::pair(at->first, at->second);
  }
  static Entry before(const Map& map, const std::string& key) {
    auto at = map.upper_bound(key);
    if (at == map.begin()) return {};
    --at;
    return std::pair(at->first, at->second);
  }

  void failed(const Status& status) { reading_.failures.push_back(status); }

  template <class Fits>
  void keep(const std::string& what, Fits fits) {
    if (left_.empty()) return;
    std::erase_if(left_, [&](std::size_t i) { return !fits(states_[i].map()); });
    if (left_.empty()) reading_.wrong = what + " fits no allowed state with what was read before";
  }

  Db& db_;
  const std::vector<Reference>& states_;
  std::vector<std::size_t> left_;  // states that fit all that was read
  Reading reading_;
};

}  // namespace

Reading read_everything(Db& db, const std::vector<std::string>& keys,
                        const std::vector<Reference>& states, std::size_t least) {
  Reader reader(db, states, least);
  for (const std::string& key : keys) {
    reader.get(key);
    reader.seek(key, false);
    reader.seek(key, true);
  }
  reader.walk(false);
  reader.walk(true);
  return reader.take();
}

}  // namespace loam::test
