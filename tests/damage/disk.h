/// A small disk of its own for a store that is to be damaged: files in memory, put there and taken
/// away as bytes, and an environment in which nothing happens by itself.
///
/// Thread: confined.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/base/test_environment.h"
#include "core/io/file_system.h"
#include "loam/db.h"

namespace loam::test {

/// What a directory holds: name -> bytes. Subdirectories as "lost/000005.log".
using Image = std::map<std::string, std::string>;

class Disk {
 public:
  Disk();
  explicit Disk(const Image& image);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// To change before open().
  Options options;

  Status open();
  Status close();
  Db& db() { return *db_; }
  TestEnvironment& environment() { return environment_; }
  /// All that stands for the state of the store: without LOCK and the information log.
  Image image();

 private:
  void add_files(const std::string& directory, const std::string& prefix, Image& image);

  TestEnvironment environment_;
  io::FileSystem files_;
  std::unique_ptr<Db> db_;
};

}  // namespace loam::test
