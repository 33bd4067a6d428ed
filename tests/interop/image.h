/// The files of one store as bytes in memory: to be damaged, and opened by Loam without a disk.
///
/// Thread: confined.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loam/db.h"
#include "loam/options.h"
#include "tests/interop/engine.h"

namespace loam::test {

using Image = std::map<std::string, std::string>;  ///< contents by name

/// Without LOCK and LOG.
Image read_image(const std::string& directory);

/// Loam on a copy of the files, in a file system in memory. Nothing of it outlives the object.
class ImageStore {
 public:
  ImageStore(const Image& files, const Shape& shape, bool paranoid);
  /// As Db::open said.
  [[nodiscard]] const Status& opened() const { return opened_; }
  Db& db() { return *db_; }
  /// The files as they are now; the log of the session and the lock are left out.
  [[nodiscard]] Image now() const;

 private:
  Options options_;
  Status opened_;
  std::unique_ptr<Db> db_;
};

}  // namespace loam::test
