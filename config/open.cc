#include "loam/config/open.h"

#include <algorithm>

#include "config/online_impl.h"
#include "config/remembered.h"
#include "config/secrets.h"
#include "config/stack_data.h"
#include "config/suggest.h"
#include "core/admin/store_format.h"
#include "core/format/file_names.h"
#include "core/io/file_system.h"
#include "core/version/detect.h"

namespace loam::config {

namespace {

constexpr std::string_view kDefaultStack = R"({"version": 1})";
constexpr std::string_view kLevelDbStack = R"({"version": 1, "store": {"format": "leveldb"}})";
constexpr std::string_view kDefaultName = "default stack";

/// One opening. choose() finds the text, read() makes the stack, then the store follows.
class Opening {
 public:
  Opening(const std::string& store, const OpenOptions& options)
      : store_(store), options_(options), load_(options.load) {}
  ~Opening() { wipe(&text_); }  // it may hold secrets
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;

  /// What to read: the document that was given, what the store remembers, or the default.
  Status choose() {
    if (!options_.stack_file.empty() && options_.stack_text) {
      return Status::invalid_argument("a stack file and a stack text were given; only one can be");
    }
    if (!options_.stack_file.empty()) {
      LOAM_TRY_ASSIGN(text_, read_text_file(options_.stack_file));
      load_ = for_file(std::move(load_), options_.stack_file);
      return {};
    }
    if (options_.stack_text) {
      text_ = *options_.stack_text;
      return {};
    }
    return choose_remembered();
  }

  void read() { reading_ = read_stack(text_, load_, mode_); }

  Result<Stack> stack() {
    LOAM_TRY(choose());
    read();
    publish_diagnostics();
    if (reading_.stack != nullptr) return Stack(reading_.stack);
    const Status original = failure();
    if (mode_.kind != SourceKind::kStore || reading_.missing.empty()) return original;
    // Who looks at a store that lacks a plugin, or removes it, needs its file system only.
    mode_.tolerate_missing = true;
    read();
    if (reading_.stack == nullptr) return original;
    original.ignore("its file system will do");
    return Stack(reading_.stack);
  }

  Result<Stack> adopt() {
    LOAM_TRY_ASSIGN(Stack chosen, stack());
    if (mode_.kind != SourceKind::kDocument || chosen.is_volatile()) return chosen;
    LOAM_TRY_ASSIGN(const bool present, exists(*reading_.stack));
    if (!present) return Status::not_found("there is no store " + store_);
    OpenedStore opened{chosen, nullptr, nullptr, {}, false, true};
    LOAM_TRY(compare_with_remembered(&opened));
    LOAM_TRY_ASSIGN(const io::FileSystem fs,
                    io::FileSystem::make(reading_.stack->file_systems.front()));
    LOAM_TRY_ASSIGN(const sdk::FileLock lock, fs.lock(io::join(store_, format::kLockName)));
    LOAM_TRY(remember(*reading_.stack, store_).with_context("store " + store_));
    return chosen;
  }

  Result<OpenedStore> open() {
    LOAM_TRY(choose());
    read();
    publish_diagnostics();
    if (reading_.stack == nullptr) return open_without_missing();
    OpenedStore opened{Stack(reading_.stack), nullptr, nullptr, {}, false, true};
    opened.remembers = !opened.stack.is_volatile();
    if (store_.empty() && opened.remembers) {
      return Status::invalid_argument("a store on disk needs a directory");
    }
    if (opened.remembers) LOAM_TRY(compare_with_remembered(&opened));
    add_warnings(&opened);
    LOAM_TRY(open_db(&opened));
    if (options_.read_only) return opened;
    if (opened.remembers && (opened.created || mode_.kind == SourceKind::kDocument)) {
      LOAM_TRY(remember(*reading_.stack, store_).with_context("store " + store_));
    }
    make_changeable(&opened);
    return opened;
  }

 private:
  Status choose_remembered() {
    text_ = kDefaultStack;
    load_.name = kDefaultName;
    mode_.kind = SourceKind::kStore;
    if (store_.empty()) return {};
    if (load_.registry == nullptr) {
      LOAM_TRY_ASSIGN(load_.registry, Registry::create(load_.registry_options));
    }
    const std::vector<std::string> known = load_.registry->names(kind::kFileSystem);
    if (std::find(known.begin(), known.end(), "posix") == known.end()) return {};
    LOAM_TRY_ASSIGN(const Component disk, load_.registry->create(kind::kFileSystem, "posix"));
    LOAM_TRY_ASSIGN(const std::optional<ShortStack> brief, read_short_stack(disk, store_));
    if (!brief) return choose_by_format(disk);
    // The file systems first: STACK.full can be read through them alone.
    text_ = R"({"version": 1, "store": {"file_system": )" + brief->file_system + "}}";
    load_.name = io::join(store_, kShortStackName);
    LoadOptions plain = load_;
    plain.overrides.clear();
    const Reading first = read_stack(text_, plain, {SourceKind::kStore, true});
    if (first.stack == nullptr) {
      return Status::not_found("store " + store_ +
                               ": the file system it remembers cannot be made\n" +
                               std::string(to_status(first.diagnostics).message()));
    }
    LOAM_TRY_ASSIGN(std::optional<std::string> full,
                    read_full_stack(first.stack->file_systems.front(), store_));
    if (!full) return {};
    text_ = std::move(*full);
    load_.name = io::join(store_, kFullStackName);
    return {};
  }

  /// A directory that LevelDB made remembers no stack, and says itself what it is.
  Status choose_by_format(const Component& disk) {
    LOAM_TRY_ASSIGN(const io::FileSystem files, io::FileSystem::make(disk));
    Result<std::optional<Format>> found = version::detect_format(files, store_);
    // CURRENT may be what is gone: the other files tell too, to those who repair or destroy.
    if (!found.ok()) found = admin::find_format(files, store_, std::nullopt);
    // What is wrong there is for the opening to say.
    if (found.ok() && *found == Format::kLevelDb) text_ = kLevelDbStack;
    return {};
  }

  /// Refuses what would misread the store; warns about the rest that matters.
  Status compare_with_remembered(OpenedStore* opened) {
    const std::vector<Component>& chain = reading_.stack->file_systems;
    Result<std::optional<ShortStack>> brief = read_short_stack(chain.back(), store_);
    if (!brief.ok()) {
      if (mode_.kind != SourceKind::kDocument) return std::move(brief).status();
      if (brief.status().code() != Code::kCorruption) return std::move(brief).status();
      opened->warnings.push_back(std::string(brief.status().message()));
      return {};
    }
    if (!*brief) return {};
    const std::vector<std::string> now = chain_of(chain);
    if ((*brief)->chain != now) {
      return Status::invalid_argument("store " + store_ + " was written through the file systems " +
                                      join_words((*brief)->chain) + "; this stack gives " +
                                      join_words(now) + ", which would misread it")
          .with_pointer("/store/file_system");
    }
    if (mode_.kind != SourceKind::kDocument) return {};
    LOAM_TRY_ASSIGN(const std::optional<std::string> full, read_full_stack(chain.front(), store_));
    if (!full) return {};
    for (std::string& line : differences(*reading_.stack, *full)) {
      opened->warnings.push_back("store " + store_ + ": " + std::move(line));
    }
    return {};
  }

  Result<bool> exists(const StackData& stack) const {
    LOAM_TRY_ASSIGN(const io::FileSystem fs, io::FileSystem::make(stack.file_systems.front()));
    return fs.exists(io::join(store_, format::kCurrentName));
  }

  Status open_db(OpenedStore* opened) {
    Options db_options = opened->stack.options();
    db_options.create_if_missing = options_.create_if_missing;
    db_options.error_if_exists = options_.error_if_exists;
    db_options.info_log = options_.info_log;
    if (options_.read_only) {
      LOAM_TRY_ASSIGN(opened->db, Db::open_read_only(store_, std::move(db_options)));
      return {};
    }
    if (store_.empty()) {
      LOAM_TRY_ASSIGN(opened->db, Db::open_in_memory(std::move(db_options)));
      opened->created = true;
      return {};
    }
    LOAM_TRY_ASSIGN(const bool present, exists(*reading_.stack));
    LOAM_TRY_ASSIGN(opened->db, Db::open(store_, std::move(db_options)));
    opened->created = !present;
    return {};
  }

  /// Overrides of an opening without a document last for it alone, and so do not get into what a
  /// later change makes the store remember.
  void make_changeable(OpenedStore* opened) {
    OnlineParts parts;
    parts.db = opened->db.get();
    parts.store = store_;
    parts.current = parts.lasting = reading_.stack;
    parts.load = load_;
    parts.load.diagnostics = nullptr;
    parts.mode = mode_;
    parts.file = options_.stack_file;
    parts.remembers = opened->remembers;
    if (mode_.kind == SourceKind::kStore && !load_.overrides.empty()) {
      LoadOptions plain = parts.load;
      plain.overrides.clear();
      plain.registry = reading_.stack->options.registry;
      const Reading lasting = read_stack(text_, plain, mode_);
      if (lasting.stack != nullptr) parts.lasting = lasting.stack;
    }
    parts.text = text_;
    opened->online =
        std::make_unique<OnlineStack>(std::make_unique<OnlineStack::Impl>(std::move(parts)));
    if (!options_.control_socket || !opened->remembers) return;
    const Status served = opened->online->serve();
    if (!served.ok()) opened->warnings.push_back("no control socket: " + served.to_string());
  }

  void add_warnings(OpenedStore* opened) const {
    for (const Diagnostic& d : reading_.diagnostics) {
      std::string text = d.to_string();
      text.pop_back();
      opened->warnings.push_back(std::move(text));
    }
  }

  void publish_diagnostics() {
    if (load_.diagnostics != nullptr) *load_.diagnostics = reading_.diagnostics;
  }

  /// A document that was given is at fault itself; one that the store remembers was good, and what
  /// it needs is missing here.
  Status failure() const {
    Status status = to_status(reading_.diagnostics);
    const bool at_fault = std::any_of(
        reading_.diagnostics.begin(), reading_.diagnostics.end(), [](const Diagnostic& d) {
          return d.severity == Diagnostic::Severity::kError && d.source != "command line";
        });
    const bool is_remembered = mode_.kind == SourceKind::kStore && load_.name != kDefaultName;
    if (!is_remembered || !at_fault) return status;
    const Code code = reading_.missing.empty() ? Code::kInvalidArgument : Code::kNotFound;
    std::string message = "store " + store_ + ": the stack that it remembers cannot be used";
    if (!reading_.missing.empty()) {
      message += "; it needs " + join_words(reading_.missing) + ", which no plugin provides here";
    } else {
      message += "; a newer Loam may have written it. Nothing was changed";
    }
    return Status(code, message + "\n" + std::string(status.message()));
  }

  /// The stack names a plugin that is not there. What existing tables need comes first: the engine
  /// says which table needs it, and where it was looked for. A filter is only a help: a store that
  /// remembers one opens without it.
  Result<OpenedStore> open_without_missing() {
    const Status original = failure();
    if (reading_.missing.empty() || store_.empty()) return original;
    ReadMode tolerant = mode_;
    tolerant.tolerate_missing = true;
    LoadOptions load = load_;
    load.diagnostics = nullptr;
    Reading lenient = read_stack(text_, load, tolerant);
    if (lenient.stack == nullptr) return original;
    const Result<bool> present = exists(*lenient.stack);
    if (!present.ok() || !*present) return original;
    const bool filters_only =
        std::all_of(reading_.missing.begin(), reading_.missing.end(),
                    [](const std::string& what) { return what.starts_with("filter "); });
    original.ignore("what fails below says more of it, and else it is returned");
    reading_ = std::move(lenient);
    OpenedStore opened{Stack(reading_.stack), nullptr, nullptr, {}, false, true};
    LOAM_TRY(compare_with_remembered(&opened));
    add_warnings(&opened);
    LOAM_TRY(open_db(&opened));
    if (mode_.kind == SourceKind::kStore && filters_only) {
      mode_ = tolerant;
      if (!options_.read_only) make_changeable(&opened);
      return opened;
    }
    opened.db->close().ignore("nothing was written through it");
    return original;
  }

  const std::string& store_;
  const OpenOptions& options_;
  LoadOptions load_;
  std::string text_;
  ReadMode mode_;
  Reading reading_;
};

}  // namespace

Result<Stack> stack_for(const std::string& store, const OpenOptions& options) {
  return Opening(store, options).stack();
}

Result<Stack> adopt_stack(const std::string& store, const OpenOptions& options) {
  return Opening(store, options).adopt();
}

Result<OpenedStore> open(const std::string& store, const OpenOptions& options) {
  return Opening(store, options).open();
}

}  // namespace loam::config
