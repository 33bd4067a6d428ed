/// Shadow: what the base holds now and what of it is on the disk, for everything that was touched.
///
/// The base carries the current state. The shadow knows beside it, for each name that an operation
/// has met, the file or directory it stood for after the last directory sync; for each file its
/// contents as of the last sync; and in order the changes of names that no directory sync has
/// covered. Names nobody has touched are durable as the base has them. From this a crash computes
/// one state that a power cut could leave, and rewrites the base to it.
///
/// A change is recorded after the base has done it. Files are read in when they are about to change
/// and forgotten when all of them is durable. Thread: confined (the owner's mutex).
/// Ownership: names and pending changes share nodes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"
#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/fault/outcome.h"
#include "plugins/file_system/fault/recorder.h"

namespace loam::fault_fs {

struct Node;
using NodePtr = std::shared_ptr<Node>;

struct Entry {
  NodePtr current;  // null: the name is absent
  NodePtr durable;
  NodePtr target;  // used during a crash
};

/// A file or a directory, under whatever names.
struct Node {
  std::uint64_t id = 0;  // in order of appearance
  bool is_directory = false;
  std::map<std::string, Entry> entries;  // of a directory: the names met so far
  FileContents contents;                 // of a file, while loaded
  bool is_loaded = false;                // false: durable, as the base has it
  int writers = 0;                       // open handles that append
};

/// The path of `name` in `directory`; the empty directory is the base's working directory.
std::string join_path(const std::string& directory, const std::string& name);

class Shadow {
 public:
  Shadow(sdk::FileSystem base, Recorder& recorder);

  /// What the path stands for, or null. Fails: what the base says, except kNotFound.
  Result<NodePtr> find(const std::string& path);
  /// Reads the file in, so that its contents can come back. Directories: everything below.
  Status load(const NodePtr& node, const std::string& path);
  /// Forgets the contents of a file that is durable and has no writer.
  void unload_if_clean(Node& node);

  /// These record what the base has just done. `find` has met all paths before, and files are
  /// loaded.
  NodePtr created(const std::string& path, bool is_directory);
  void linked(const std::string& path, const NodePtr& node);
  void removed(const std::string& path);
  void renamed(const std::string& from, const std::string& to);
  void directory_synced(const NodePtr& directory);
  void emptied(Node& file);
  void appended(Node& file, Bytes bytes);
  /// The file's space ends at `end`, or behind it.
  void reserved(Node& file, std::size_t end);
  void synced(Node& file);
  /// `drops`: readers find zeros from now on.
  void sync_failed(Node& file, bool drops);

  /// Rewrites the base to a state that a power cut could leave, and forgets everything. Requires:
  /// no handle of the base is open for writing.
  Status crash(const CrashPlan& plan);
  /// As crash(), for a process that was killed and left `effects` in its log. The base may be one
  /// operation ahead of it. Fails: kCorruption for a log that makes no sense.
  Status crash_killed(const std::vector<Effect>& effects, const CrashPlan& plan);
  void forget();

 private:
  struct Place {
    NodePtr directory;
    std::string name;
  };
  /// One name that a change has set (`node`) or freed (null) where `old` had been.
  struct Edit {
    NodePtr directory;
    std::string name;
    NodePtr node;
    NodePtr old;
  };
  using Change = std::vector<Edit>;  // whole or not at all

  Node& root_of(const std::string& path);
  Result<NodePtr> child(Node& directory, const std::string& name, const std::string& path);
  Place place_of(const std::string& path);
  NodePtr make_node(bool is_directory);
  Edit bind(const std::string& path, const NodePtr& node);
  void record(Effect effect);

  void choose_names(NameLoss loss, Random random);
  Status rewrite(Node& directory, const std::string& path, bool is_new, const CrashPlan& plan);
  Status rewrite_entry(const Entry& entry, const std::string& path, bool is_new,
                       const CrashPlan& plan);
  Status write_file(const std::string& path, const std::string& contents);
  Status remove_tree(const std::string& path);
  /// Whether the directory that `path` lies in has been met.
  bool has_place(const std::string& path);
  bool can_replay(const Effect& effect);
  void replay(const Effect& effect);

  sdk::FileSystem base_;
  std::uint64_t next_id_ = 1;
  NodePtr absolute_;  // "/"
  NodePtr relative_;  // the working directory of the base
  std::vector<Change> pending_;
  Recorder& recorder_;
  bool is_replaying_ = false;               // the base may be ahead, and nothing is recorded
  std::map<std::uint64_t, NodePtr> by_id_;  // while replaying
};

}  // namespace loam::fault_fs
