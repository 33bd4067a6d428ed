/// Opening a store by its stack, given or remembered.
///
///   auto store = loam::config::open("/data/a", {.stack_file = "stack.json",
///                                               .create_if_missing = true});
///   store->db->put("k", "v");
///
/// A store opened with a document remembers it: DIR/STACK (its file systems and plugins, readable
/// through the innermost file system alone) and STACK.full (the whole effective stack, through the
/// store's own). Opened without one, it uses what it remembers; a new store then gets the default
/// stack,
/// {"version": 1}. A store on a volatile file system remembers nothing.
/// Thread: functions are safe; ownership of what they return is the caller's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loam/base/status.h"
#include "loam/config/online.h"
#include "loam/config/stack.h"
#include "loam/db.h"

namespace loam::config {

struct OpenOptions {
  /// At most one of the two. Neither: what the store remembers, else the default stack.
  std::string stack_file;
  std::optional<std::string> stack_text;
  /// Overrides, trust and plugins. Overrides of an opening without a document last for it alone.
  LoadOptions load;
  bool create_if_missing = false;
  bool error_if_exists = false;
  /// Other processes of the user may change the store through a socket (OnlineStack::serve). A
  /// socket that cannot be made is a warning. Nothing for a store that is only read, or volatile.
  bool control_socket = false;
  bool read_only = false;            ///< as Db::open_read_only; what the store remembers stays
  std::shared_ptr<Logger> info_log;  ///< null: the file LOG in the store
};

struct OpenedStore {
  Stack stack;                          ///< as opened; online->stack() is the one in effect
  std::unique_ptr<Db> db;               ///< goes before the stack's components do
  std::unique_ptr<OnlineStack> online;  ///< to change it; null when read only. Goes before db
  std::vector<std::string> warnings;    ///< a message each, perhaps of several lines
  bool created = false;
  bool remembers = true;  ///< false: volatile, the next opening needs the document again
};

/// The stack that open() would use; nothing is opened or changed. For tools that need the store's
/// file system only, such as one that destroys it: codecs and filters that a remembered stack names
/// and no plugin provides are left out. Fails: as open().
Result<Stack> stack_for(const std::string& store, const OpenOptions& options = {});

/// The store, which nobody has open, remembers the document that is given, and is not opened: for a
/// change of how it is reached, such as where its key is. Gives the stack that is remembered now;
/// without a document, the one that was. Fails: as open(); kBusy while it is open.
Result<Stack> adopt_stack(const std::string& store, const OpenOptions& options = {});

/// Fails: kInvalidArgument (the document is wrong, or would misread the store); kNotFound (no such
/// store; a plugin that its tables or its remembered stack need); as Db::open. An empty `store` is
/// for stacks on volatile file systems.
Result<OpenedStore> open(const std::string& store, const OpenOptions& options = {});

}  // namespace loam::config
