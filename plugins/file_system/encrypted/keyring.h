/// A directory's key ring: the keys that its files are sealed with, sealed itself under the master
/// key (docs/encryption.md, "The key ring"). To give a store another master key this small file is
/// replaced, and no other.
///
/// Thread: values. Ownership: keys are wiped when they go.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "plugins/file_system/encrypted/layout.h"

namespace loam::encrypted_fs {

/// What the user's secret becomes.
class MasterKey {
 public:
  /// `secret` is 64 hexadecimal digits and perhaps an end of line, or at least 32 bytes of
  /// anything. Fails: kInvalidArgument for less.
  static Result<MasterKey> make(Bytes secret);

  /// Tells keys apart and says nothing of their bytes.
  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] const Key& key() const { return key_; }

 private:
  Key key_;
  KeyId id_{};
};

struct StoreKey {
  KeyId id{};
  Key key;
};

struct Keyring {
  KeyId master_id{};
  std::vector<StoreKey> keys;  ///< new files are sealed with the first

  [[nodiscard]] const StoreKey* find(const KeyId& id) const;
};

inline constexpr std::size_t kKeyringBytesMax = 64 * 1024;

Result<StoreKey> make_store_key();
/// Under a salt of its own each time.
Result<std::string> seal_keyring(const std::vector<StoreKey>& keys, const MasterKey& master);
/// Whose key the ring is under. Fails: kCorruption when the bytes are not those that were written.
Result<KeyId> keyring_master(Bytes bytes);
/// Fails: kPermission under another master key, kCorruption.
Result<Keyring> open_keyring(Bytes bytes, const MasterKey& master);

}  // namespace loam::encrypted_fs
