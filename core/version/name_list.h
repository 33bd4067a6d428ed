/// A list of names for a message, readable however many there are. Thread: confined.
#pragma once

#include <cstddef>
#include <string>

namespace loam::version {

class NameList {
 public:
  void add(const std::string& name) {
    if (count_++ >= kShownMax) return;
    if (!text_.empty()) text_ += ", ";
    text_ += name;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string text() const {
    const std::size_t more = count_ > kShownMax ? count_ - kShownMax : 0;
    return more == 0 ? text_ : text_ + " and " + std::to_string(more) + " more";
  }

 private:
  static constexpr std::size_t kShownMax = 10;
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace loam::version
