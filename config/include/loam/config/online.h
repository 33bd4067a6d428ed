/// Changing the stack of an open store: in the document's words, checked like a document, and
/// remembered by the store before it takes effect.
///
///   opened->online->patch(R"({"store": {"block_cache": "1GiB"}})");
///   opened->online->set("/store/default/table/codec", "zstd");
///
/// A change is whole or not at all. What may not change while the store is open is an error that
/// says so. The moment of a change is the durable replacement of the stack inside the store; a
/// store on a volatile file system remembers nothing. Whatever the origin (program, control socket,
/// a watched file), changes come one after another and the last one wins. They are logged with old
/// value, new value and origin; the property `loam.stack` shows the stack in effect.
/// Thread: safe.  Ownership: borrows the Db, and goes before it does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loam/base/status.h"
#include "loam/config/stack.h"
#include "loam/db.h"

namespace loam::config {

struct OnlineChange {
  std::string pointer;  ///< /store/block_cache
  std::string before;   ///< JSON
  std::string after;
  std::string origin;  ///< "stack.json:4", "control socket", "default"
};

class OnlineStack {
 public:
  class Impl;
  explicit OnlineStack(std::unique_ptr<Impl> impl);
  ~OnlineStack();
  OnlineStack(const OnlineStack&) = delete;
  OnlineStack& operator=(const OnlineStack&) = delete;

  /// The stack in effect.
  [[nodiscard]] Stack stack() const;
  /// A JSON merge patch (RFC 7396) of the whole document; null takes an option back to its default.
  /// Answers what changed in meaning. Fails: kInvalidArgument, the message being every error,
  /// rendered; what remembering the stack reports; as Db::reconfigure.
  Result<std::vector<OnlineChange>> patch(const std::string& json,
                                          const std::string& origin = "program");
  /// As `--set POINTER=VALUE` (loam/config/stack.h).
  Result<std::vector<OnlineChange>> set(const std::string& pointer, const std::string& value,
                                        const std::string& origin = "program");
  /// Reads the stack file again, with what it includes, and makes the store follow it if its text
  /// is another one than at the last look. Done by itself every second while the document says
  /// "watch": true; what fails is logged, shown by the property `loam.watch-error`, and changes
  /// nothing. Fails: as patch(); kInvalidArgument when the stack came from no file.
  Result<std::vector<OnlineChange>> check_file();
  /// From now on other processes of the user reach this store through a control socket, whose place
  /// is the property `loam.control-socket` (docs/administration.md). Requires: a store on disk.
  /// Fails: kIo, kPermission, kInvalidArgument, with the reason.
  Status serve();

 private:
  std::unique_ptr<Impl> impl_;
};

/// OnlineStack::set() in the process that has the store in directory `store` open and serves it.
/// Fails: kNotFound when there is none; kIo, kTimedOut; as set().
Result<std::vector<OnlineChange>> set_in_running(const std::string& store,
                                                 const std::string& pointer,
                                                 const std::string& value);

}  // namespace loam::config
