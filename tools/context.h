/// What all verbs share: the global options, standard output, and the store, opened when first
/// asked for and once. `exec` runs many verbs with one context, and so with one open store.
///
/// Thread: confined. The context outlives everything the store hands out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loam/db.h"
#include "tools/exit_code.h"
#include "tools/output.h"
#include "tools/text/record.h"

namespace loam::config {
struct OpenedStore;
class OnlineStack;
}  // namespace loam::config

namespace loam::tools {

struct GlobalOptions {
  std::string store;              ///< directory; empty: none named
  std::string stack;              ///< JSON file; empty: what the store remembers, or the defaults
  std::vector<std::string> sets;  ///< POINTER=VALUE
  bool json = false;
  bool hex = false;
  bool literal_secrets = false;  ///< a stack document may hold secrets as plain text
  bool read_only = false;        ///< the store is neither locked nor written
};

/// May the verb make a store that does not exist?
enum class OpenMode { kExisting, kMayCreate, kNew };  // the last two mean nothing with read_only

class Context {
 public:
  Context();
  ~Context();

  GlobalOptions globals;
  Output output;
  /// What to do once the arguments are parsed: set by the verb that was chosen.
  std::function<Outcome()> action;

  /// Of what is printed.
  [[nodiscard]] text::Encoding encoding() const;
  /// Of lines that are read: tsv, with hex fields after --hex.
  [[nodiscard]] text::Encoding input_encoding() const;
  /// A key or value from the command line: its bytes, or hex with --hex.  Fails: kInvalidArgument.
  [[nodiscard]] Result<std::string> argument(const std::string& text) const;

  /// The store, open.  Fails: kInvalidArgument (no --store; the stack document), kNotFound (absent,
  /// not to be created), kBusy, and as Db::open.
  Result<Db*> store(OpenMode mode);
  /// The stack of the open store, to be changed.  Fails: as store(); kNotSupported when only read.
  Result<config::OnlineStack*> online();
  [[nodiscard]] bool is_open() const { return opened_ != nullptr; }
  /// Closes the store if it is open.
  Status close();

 private:
  std::unique_ptr<config::OpenedStore> opened_;
};

}  // namespace loam::tools
