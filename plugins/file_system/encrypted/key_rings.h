/// The key rings of the directories that this file system works in, as files of the one below.
///
/// A ring is made when the first file of its directory is, and replaced whole whenever it changes:
/// draft, sync, rename, sync of the directory. A file is sealed only under a key whose ring is
/// durable. Whoever makes a file in a directory whose ring lies under `previous` brings it under
/// the master key first.
///
/// Thread: safe. Making and replacing rings holds a mutex over its I/O: two rings made for one
/// directory would lose the files of the first; it happens once in a directory's life. Ownership:
/// borrows the base; keys are wiped when it goes.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/encrypted/keyring.h"

namespace loam::encrypted_fs {

class KeyRings {
 public:
  KeyRings(sdk::FileSystem base, MasterKey master, std::optional<MasterKey> previous);

  /// The key for a new file in `directory`. Fails: kPermission (another master key), kCorruption
  /// (a damaged ring; sealed files, but no ring), kBusy (another process makes it), as the base.
  Result<StoreKey> for_writing(const std::string& directory);
  /// The key that sealed `path`. Fails besides: kCorruption when the ring has no such key.
  Result<Key> for_reading(const std::string& path, const KeyId& id);
  /// Before the file `from` gets the name `to` in another directory: puts its key into that ring. A
  /// file whose head is damaged, or of another store, has none to bring.
  Status carry(const std::string& from, const std::string& to);
  /// Removes `directory` and what is ours in it, when nothing else is. Fails: as the base.
  Status remove_directory(const std::string& directory);

  /// {"master_key": id, "key_rings": [{"directory", "master_key"}]} of the rings met so far.
  [[nodiscard]] std::string inspect() const;

 private:
  Result<Keyring> load(const std::string& directory);
  Result<Keyring> load_to_write(const std::string& directory);
  Status no_ring(const std::string& directory, const Status& found) const;
  Result<Keyring> make(const std::string& directory);
  Status replace(const std::string& directory, const std::vector<StoreKey>& keys);
  Status refuse_orphans(const std::string& directory) const;
  Result<std::optional<KeyId>> key_of_file(const std::string& path) const;
  void remember(const std::string& directory, const Keyring& ring);

  const sdk::FileSystem base_;
  const MasterKey master_;
  const std::optional<MasterKey> previous_;
  std::mutex making_;                     // held over the replacement of a ring
  mutable std::mutex mutex_;              // after making_
  std::map<KeyId, Key> known_;            // by mutex_
  std::map<std::string, KeyId> masters_;  // by mutex_; of a directory's ring
};

/// All bytes of a file of at most `limit`. Fails: kCorruption when it is longer.
Result<std::string> read_small_file(const sdk::FileSystem& fs, const std::string& path,
                                    std::size_t limit);

}  // namespace loam::encrypted_fs
