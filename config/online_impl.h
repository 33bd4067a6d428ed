/// The stack of an open store, and how it changes; behind OnlineStack.
///
/// A change: the document is edited and read as any document is, held against the one in effect,
/// then Db::reconfigure prepares it, the store remembers it, and it takes effect. Thread: safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/control_socket.h"
#include "config/stack_data.h"
#include "core/base/mutex.h"
#include "loam/config/online.h"

namespace loam::config {

/// What an opening leaves to those who change the store later.
struct OnlineParts {
  Db* db = nullptr;
  std::string store;                         // directory; empty: none
  std::shared_ptr<const StackData> current;  // in effect
  std::shared_ptr<const StackData> lasting;  // without overrides that last for this opening alone
  LoadOptions load;                          // as of the opening
  ReadMode mode;
  std::string file;        // empty: the stack came from no file
  std::string text;        // what it said; wiped once its digest is taken
  bool remembers = false;  // the file system is not volatile
};

class OnlineStack::Impl {
 public:
  explicit Impl(OnlineParts parts);
  ~Impl();

  std::shared_ptr<const StackData> current() const LOAM_EXCLUDES(mutex_);
  Result<std::vector<OnlineChange>> change(const RootEdit& edit, const std::string& origin)
      LOAM_EXCLUDES(mutex_);
  Result<std::vector<OnlineChange>> check_file() LOAM_EXCLUDES(mutex_);
  [[nodiscard]] const LoadOptions& load() const { return parts_.load; }
  Status serve(OnlineStack& stack);

 private:
  struct Next {
    std::shared_ptr<const StackData> current;
    std::shared_ptr<const StackData> lasting;
  };
  Result<std::vector<OnlineChange>> follow(const Result<std::string>& text) LOAM_REQUIRES(mutex_);
  Result<std::vector<OnlineChange>> apply(const Next& next, const std::string& origin)
      LOAM_REQUIRES(mutex_);
  void publish() LOAM_REQUIRES(mutex_);
  Environment& environment() const;
  [[nodiscard]] bool is_watching() const LOAM_REQUIRES(mutex_);
  void look() LOAM_EXCLUDES(mutex_);
  void look_later() LOAM_EXCLUDES(watch_mutex_);

  mutable Mutex mutex_;  // a change at a time, over its I/O; before the store's locks
  OnlineParts parts_;    // current and lasting are guarded, the rest stays
  std::uint64_t seen_ LOAM_GUARDED_BY(mutex_) = 0;  // digest of the stack file and its includes
  std::unique_ptr<ControlSocket> socket_;
  Mutex watch_mutex_;
  std::unique_ptr<Executor> watcher_ LOAM_GUARDED_BY(watch_mutex_);  // null: nobody has watched yet
};

/// What differs in meaning between two documents of one store, in the order of the options. Reports
/// each difference that may not be while the store is open.
std::vector<OnlineChange> online_changes(const StackData& before, const StackData& after,
                                         const std::string& origin, Diagnostics* diagnostics);

}  // namespace loam::config
