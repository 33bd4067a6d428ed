/// A logger that remembers its lines. Thread: safe.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "loam/logger.h"

namespace loam::test {

class Lines : public Logger {
 public:
  void write(LogLevel /*level*/, std::string_view line) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    text_.append(line).append("\n");
  }
  std::string text() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_;
  }
  bool has(std::string_view part) { return text().find(part) != std::string::npos; }

 private:
  std::mutex mutex_;
  std::string text_;
};

}  // namespace loam::test
