/// Files in memory for the unit tests of logs and tables, with faults on demand.
///
/// A test holds the object, sees and changes every byte through `files`, and hands out `fs()`.
/// Thread: as a file system's; `files` itself while nothing else uses it. Ownership: outlives every
/// handle.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "loam/abi.h"
#include "loam/sdk/file_system_client.h"

namespace loam::testing {

class Files {
 public:
  Files() {
    table_.struct_size = sizeof table_;
    table_.capabilities = [](void*) noexcept -> std::uint64_t {
      return LOAM_FS_RESERVE | LOAM_FS_MMAP;
    };
    table_.random_open = [](void* self, const char* path, void** out, loam_error* error) noexcept {
      auto found = at(self).files.find(path);
      if (found == at(self).files.end()) return fail(error, Code::kNotFound, path);
      *out = &found->second;
      return LOAM_OK;
    };
    table_.random_close = [](void*, void*) noexcept {};
    table_.random_size = [](void*, void* file, std::uint64_t* size, loam_error*) noexcept {
      *size = static_cast<std::string*>(file)->size();
      return LOAM_OK;
    };
    table_.random_read = &random_read;
    table_.random_map = [](void*, void* file, loam_slice* out, loam_error*) noexcept {
      const std::string& content = *static_cast<std::string*>(file);
      *out = {content.data(), content.size()};
      return LOAM_OK;
    };
    table_.append_open = &append_open;
    table_.append_write = &append_write;
    table_.append_sync = [](void* self, void*, std::uint32_t, loam_error* error) noexcept {
      ++at(self).syncs;
      return at(self).step(error);
    };
    table_.append_reserve = &append_reserve;
    table_.append_commit = &append_commit;
    table_.append_close = [](void*, void* file, loam_error*) noexcept {
      std::unique_ptr<Appender>(static_cast<Appender*>(file)).reset();
      return LOAM_OK;
    };
    table_.remove_file = [](void* self, const char* path, loam_error*) noexcept {
      at(self).files.erase(path);
      return LOAM_OK;
    };
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  [[nodiscard]] sdk::FileSystem fs() { return {&table_, this}; }
  [[nodiscard]] sdk::AppendFile append(const std::string& path,
                                       std::uint32_t mode = LOAM_APPEND_TRUNCATE) {
    return std::move(fs().open_append(path, mode)).value();
  }

  std::map<std::string, std::string> files;
  int reserves_until_unsupported = 1 << 30;        ///< then reserve answers NOT_SUPPORTED
  std::atomic<int> steps_until_failure = 1 << 30;  ///< writes, commits, syncs; then each fails
  int failing_reads_from = -1;                     ///< offset from which reads fail; -1: none
  std::atomic<int> writes = 0;
  std::atomic<int> commits = 0;
  std::atomic<int> syncs = 0;
  std::atomic<int> reads = 0;

 private:
  struct Appender {
    std::string* content;
    std::vector<char> window;
    std::size_t used = 0;
  };

  static Files& at(void* self) { return *static_cast<Files*>(self); }
  static loam_status fail(loam_error* error, Code code, const char* message) {
    if (error != nullptr) std::snprintf(error->message, sizeof error->message, "%s", message);
    return static_cast<loam_status>(code);
  }
  loam_status step(loam_error* error) {
    if (steps_until_failure-- > 0) return LOAM_OK;
    return fail(error, Code::kNoSpace, "no space left on the test's device");
  }

  static loam_status random_read(void* self, void* file, std::uint64_t offset, char* out,
                                 std::size_t size, std::size_t* got, loam_error* error) noexcept {
    ++at(self).reads;
    const int limit = at(self).failing_reads_from;
    if (limit >= 0 && offset + size > static_cast<std::uint64_t>(limit)) {
      return fail(error, Code::kIo, "the test's device does not read here");
    }
    const auto& content = *static_cast<std::string*>(file);
    *got = offset >= content.size()
               ? 0
               : std::min<std::size_t>(size, content.size() - static_cast<std::size_t>(offset));
    if (*got != 0) std::memcpy(out, content.data() + offset, *got);
    return LOAM_OK;
  }
  static loam_status append_open(void* self, const char* path, std::uint32_t mode, void** out,
                                 loam_error*) noexcept {
    std::string& content = at(self).files[path];
    if (mode != LOAM_APPEND_CONTINUE) content.clear();
    *out = std::make_unique<Appender>(Appender{&content, {}, 0}).release();
    return LOAM_OK;
  }
  static loam_status append_write(void* self, void* file, loam_slice bytes,
                                  loam_error* error) noexcept {
    ++at(self).writes;
    const loam_status status = at(self).step(error);
    if (status == LOAM_OK) static_cast<Appender*>(file)->content->append(bytes.data, bytes.size);
    return status;
  }
  static loam_status append_reserve(void* self, void* file, std::size_t size, char** window,
                                    loam_error* error) noexcept {
    if (at(self).reserves_until_unsupported-- <= 0) {
      return fail(error, Code::kNotSupported, "no windows here");
    }
    auto* appender = static_cast<Appender*>(file);
    appender->window.assign(size, '\0');
    appender->used = 0;
    *window = appender->window.data();
    return LOAM_OK;
  }
  static loam_status append_commit(void* self, void* file, std::size_t size,
                                   loam_error* error) noexcept {
    ++at(self).commits;
    const loam_status status = at(self).step(error);
    if (status != LOAM_OK) return status;
    auto* appender = static_cast<Appender*>(file);
    if (size > appender->window.size() - appender->used) {
      return fail(error, Code::kInternal, "commit beyond the window");
    }
    appender->content->append(appender->window.data() + appender->used, size);
    appender->used += size;
    return LOAM_OK;
  }

  loam_file_system_v1 table_{};
};

}  // namespace loam::testing
