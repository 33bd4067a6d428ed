/// LevelDB's environment with a gate before each new table: flushes wait until it is opened.
///
/// Thread: safe.
#pragma once

#include <leveldb/env.h>

#include <condition_variable>
#include <mutex>
#include <string>

namespace loam::test {

class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class BlockingEnv : public leveldb::EnvWrapper {
 public:
  explicit BlockingEnv(Gate& gate) : EnvWrapper(leveldb::Env::Default()), gate_(gate) {}
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    if (name.ends_with(".ldb")) gate_.pass();
    return EnvWrapper::NewWritableFile(name, file);
  }

 private:
  Gate& gate_;
};

}  // namespace loam::test
