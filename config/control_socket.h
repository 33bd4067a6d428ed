/// A UNIX socket on which one line asks and one line answers: the only file of config that speaks
/// to the network part of the system, for nothing in the standard library does.
///
/// It lies in a directory that belongs to the user and is closed to others ($XDG_RUNTIME_DIR/loam,
/// /run/user/UID/loam, else /tmp/loam-UID), is itself of mode 0600, and listens to processes of the
/// user and of root only. Its name is a hash of the store's real path, for the system allows 107
/// bytes. Whoever talks rubbish, too long or not at all costs one of a few places and nobody else
/// anything.  Thread: ControlSocket safe; answers are asked for one at a time, on a thread of the
/// environment.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "loam/base/status.h"
#include "loam/environment.h"

namespace loam::config {

inline constexpr std::size_t kRequestBytesMax = std::size_t{1} << 20;

class ControlSocket {
 public:
  /// From a line without its end to a line without its end.
  using Answer = std::function<std::string(const std::string& line)>;

  /// Requires: this process holds the LOCK of the store in directory `store`; what a dead process
  /// left in the socket's place is replaced.  Fails: kIo, kPermission, kInvalidArgument, with the
  /// reason.
  static Result<std::unique_ptr<ControlSocket>> serve(const std::string& store,
                                                      Environment& environment, Answer answer);
  /// Waits for an answer that is being made.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  [[nodiscard]] const std::string& path() const;

 private:
  class Server;
  explicit ControlSocket(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
  std::unique_ptr<Executor> executor_;
};

/// The answer of the process that serves the store in directory `store`.  Fails: kNotFound when
/// none does; kIo; kTimedOut when it says nothing for a minute.
Result<std::string> ask_control_socket(const std::string& store, const std::string& line);

}  // namespace loam::config
