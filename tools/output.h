/// Standard output, buffered by ourselves: verbs append to `buffer()` and call `drain()` now and
/// then, so that a scan of millions of records costs few writes and a full disk is noticed.
///
/// Thread: confined.
#pragma once

#include <string>

#include "loam/base/status.h"

namespace loam::tools {

class Output {
 public:
  std::string& buffer() { return buffer_; }
  /// Writes when much has gathered.  Fails: kIo.
  Status drain();
  /// Writes all.  Fails: kIo.
  Status finish();

 private:
  std::string buffer_;
};

}  // namespace loam::tools
