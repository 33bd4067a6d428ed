/// What LevelDB's own readers make of a file, and directories that LevelDB fills.
#pragma once

#include <gtest/gtest.h>
#include <leveldb/db.h>
#include <leveldb/dumpfile.h>
#include <leveldb/env.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "core/io/file_system.h"
#include "loam/base/bytes.h"
#include "loam/plugins.h"

namespace loam::test {

inline leveldb::Slice to_slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }

/// An environment in which every file holds the same bytes.
class OneFileEnv : public leveldb::EnvWrapper {
 public:
  explicit OneFileEnv(Bytes bytes) : EnvWrapper(leveldb::Env::Default()), bytes_(bytes) {}
  leveldb::Status NewSequentialFile(const std::string&, leveldb::SequentialFile** out) override {
    *out = std::make_unique<File>(bytes_).release();
    return leveldb::Status::OK();
  }

 private:
  class File : public leveldb::SequentialFile {
   public:
    explicit File(Bytes bytes) : rest_(bytes) {}
    leveldb::Status Read(std::size_t n, leveldb::Slice* out, char*) override {
      const Bytes got = rest_.substr(0, n);
      rest_.remove_prefix(got.size());
      *out = to_slice(got);
      return leveldb::Status::OK();
    }
    leveldb::Status Skip(std::uint64_t n) override {
      rest_.remove_prefix(std::min<std::size_t>(rest_.size(), n));
      return leveldb::Status::OK();
    }

   private:
    Bytes rest_;
  };
  Bytes bytes_;
};

class TextSink : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice& data) override {
    text.append(data.data(), data.size());
    return leveldb::Status::OK();
  }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }
  std::string text;
};

/// LevelDB's description of a log or manifest that holds `bytes`, line by line.
inline std::vector<std::string> leveldb_dump(Bytes bytes, const std::string& name) {
  OneFileEnv env(bytes);
  TextSink sink;
  EXPECT_TRUE(leveldb::DumpFile(&env, name, &sink).ok());
  std::istringstream in(sink.text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Tells when LevelDB's background has nothing left to do.
class SettlingEnv : public leveldb::EnvWrapper {
 public:
  SettlingEnv() : EnvWrapper(leveldb::Env::Default()) {}
  ~SettlingEnv() override { wait_until_idle(); }  // a closed database's task may still be ending
  void Schedule(void (*work)(void*), void* with) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++scheduled_;
    }
    target()->Schedule(run, std::make_unique<Task>(Task{this, work, with}).release());
  }
  /// A task that wants another one schedules it before it ends.
  void wait_until_idle() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (scheduled_ > 0) idle_.wait(lock);
  }

 private:
  struct Task {
    SettlingEnv* env;
    void (*work)(void*);
    void* with;
  };
  static void run(void* task_pointer) {
    const std::unique_ptr<Task> task(static_cast<Task*>(task_pointer));
    task->work(task->with);
    const std::lock_guard<std::mutex> lock(task->env->mutex_);
    --task->env->scheduled_;
    task->env->idle_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable idle_;
  int scheduled_ = 0;
};

inline std::unique_ptr<leveldb::DB> open_leveldb(const std::string& path,
                                                 leveldb::Options options = {}) {
  leveldb::DB* db = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, path, &db);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return std::unique_ptr<leveldb::DB>(db);
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::string& path, Bytes bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

/// Names in a directory that end so, ascending.
inline std::vector<std::string> files_with(const std::string& path, const std::string& ending) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name.size() >= ending.size() &&
        name.compare(name.size() - ending.size(), ending.size(), ending) == 0) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The host's files. Requires: plugin "posix" linked in.
struct HostFiles {
  HostFiles() {
    auto made = Registry::create();
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    registry = *made;
    auto component = registry->create(kind::kFileSystem, "posix");
    EXPECT_TRUE(component.ok()) << component.status().to_string();
    fs = io::FileSystem::make(*component).value();
  }
  std::shared_ptr<Registry> registry;
  io::FileSystem fs;
};

}  // namespace loam::test
