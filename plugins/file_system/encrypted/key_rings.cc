#include "plugins/file_system/encrypted/key_rings.h"

#include <algorithm>
#include <utility>

#include "plugins/file_system/encrypted/names.h"

namespace loam::encrypted_fs {

namespace {

using Guard = std::lock_guard<std::mutex>;

std::string id_text(const KeyId& id) { return to_hex(Bytes(id.data(), id.size())); }

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00" + to_hex(Bytes(&c, 1));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

Result<std::string> read_small_file(const sdk::FileSystem& fs, const std::string& path,
                                    std::size_t limit) {
  LOAM_TRY_ASSIGN(sdk::RandomFile file, fs.open_random(path));
  std::string bytes(limit + 1, '\0');
  LOAM_TRY_ASSIGN(const std::size_t got, file.read(0, MutableBytes(bytes.data(), bytes.size())));
  if (got > limit) {
    return Status::corruption(path + ": expected at most " + std::to_string(limit) +
                              " bytes, found more");
  }
  bytes.resize(got);
  return bytes;
}

KeyRings::KeyRings(sdk::FileSystem base, MasterKey master, std::optional<MasterKey> previous)
    : base_(base), master_(std::move(master)), previous_(std::move(previous)) {}

void KeyRings::remember(const std::string& directory, const Keyring& ring) {
  const Guard lock(mutex_);
  for (const StoreKey& key : ring.keys) known_.insert_or_assign(key.id, key.key);
  masters_.insert_or_assign(directory, ring.master_id);
}

/// Under whichever of the two keys it lies.
Result<Keyring> KeyRings::load(const std::string& directory) {
  const std::string path = join(directory, kKeyringName);
  LOAM_TRY_ASSIGN(const std::string bytes, read_small_file(base_, path, kKeyringBytesMax));
  Result<KeyId> id = keyring_master(bytes);
  if (!id.ok()) return std::move(id).status().with_context(path);
  const bool is_previous = previous_ && *id == previous_->id();
  if (!is_previous && *id != master_.id()) {
    std::string given = id_text(master_.id());
    if (previous_) given += " or " + id_text(previous_->id());
    return Status(Code::kPermission, path + ": wrong key: expected the master key " + id_text(*id) +
                                         ", given " + given);
  }
  Result<Keyring> ring = open_keyring(bytes, is_previous ? *previous_ : master_);
  if (!ring.ok()) return std::move(ring).status().with_context(path);
  remember(directory, *ring);
  return ring;
}

Status KeyRings::refuse_orphans(const std::string& directory) const {
  LOAM_TRY_ASSIGN(const std::vector<std::string> names, base_.list(directory));
  for (const std::string& name : names) {
    const std::string path = join(directory, name);
    LOAM_TRY_ASSIGN(const loam_file_info info, base_.stat(path));
    if ((info.flags & LOAM_FILE_IS_DIRECTORY) != 0 || info.size < kHeaderFixed) continue;
    LOAM_TRY_ASSIGN(const std::optional<KeyId> id, key_of_file(path));
    if (!id) continue;
    return Status::corruption(join(directory, kKeyringName) + ": the key ring is missing, but " +
                              name + " was sealed with the key " + id_text(*id));
  }
  return {};
}

Status KeyRings::replace(const std::string& directory, const std::vector<StoreKey>& keys) {
  const std::string draft = join(directory, kKeyringDraft);
  LOAM_TRY_ASSIGN(std::string bytes, seal_keyring(keys, master_));
  {
    LOAM_TRY_ASSIGN(sdk::AppendFile file, base_.open_append(draft, LOAM_APPEND_TRUNCATE));
    LOAM_TRY(file.write(bytes));
    LOAM_TRY(file.sync(/*full=*/true));
    LOAM_TRY(file.close());
  }
  LOAM_TRY(base_.rename(draft, join(directory, kKeyringName)));
  LOAM_TRY(base_.sync_directory(directory));
  remember(directory, Keyring{master_.id(), keys});
  return {};
}

/// Requires: making_.
Result<Keyring> KeyRings::make(const std::string& directory) {
  LOAM_TRY(refuse_orphans(directory));
  LOAM_TRY_ASSIGN(StoreKey key, make_store_key());
  Keyring ring{master_.id(), {std::move(key)}};
  LOAM_TRY(replace(directory, ring.keys));
  return ring;
}

Result<Keyring> KeyRings::load_to_write(const std::string& directory) {
  Result<Keyring> ring = load(directory);
  const bool absent = !ring.ok() && ring.status().code() == Code::kNotFound;
  if (!absent && (!ring.ok() || ring->master_id == master_.id())) return ring;
  const Guard making(making_);
  LOAM_TRY_ASSIGN(const sdk::FileLock lock, base_.lock(join(directory, kKeyringLock)));
  ring = load(directory);  // another may have been faster
  if (!ring.ok() && ring.status().code() == Code::kNotFound) return make(directory);
  if (!ring.ok() || ring->master_id == master_.id()) return ring;
  LOAM_TRY(replace(directory, ring->keys));
  ring->master_id = master_.id();
  return ring;
}

Result<StoreKey> KeyRings::for_writing(const std::string& directory) {
  LOAM_TRY_ASSIGN(Keyring ring, load_to_write(directory));
  return std::move(ring.keys.front());
}

Result<Key> KeyRings::for_reading(const std::string& path, const KeyId& id) {
  {
    const Guard lock(mutex_);
    if (const auto found = known_.find(id); found != known_.end()) return found->second;
  }
  const std::string directory = directory_of(path);
  Result<Keyring> ring = load(directory);
  if (!ring.ok() && ring.status().code() == Code::kNotFound) {
    return Status::corruption(path +
                              ": the key ring is missing: " + std::string(ring.status().message()));
  }
  if (!ring.ok()) return std::move(ring).status();
  const StoreKey* key = ring->find(id);
  if (key == nullptr) {
    return Status::corruption(path + ": sealed with the key " + id_text(id) +
                              ", which is not in the key ring: of another store, or damaged");
  }
  return key->key;
}

/// Absent: it is no sealed file.
Result<std::optional<KeyId>> KeyRings::key_of_file(const std::string& path) const {
  LOAM_TRY_ASSIGN(const sdk::RandomFile file, base_.open_random(path));
  std::string bytes(kHeaderMax, '\0');
  LOAM_TRY_ASSIGN(const std::size_t got, file.read(0, MutableBytes(bytes.data(), bytes.size())));
  const Result<Header> header = decode_header(Bytes(bytes).substr(0, got));
  if (!header.ok()) return std::optional<KeyId>();
  return std::optional<KeyId>(header->key_id);
}

Status KeyRings::carry(const std::string& from, const std::string& to) {
  const std::string target = directory_of(to);
  if (directory_of(from) == target) return {};
  LOAM_TRY_ASSIGN(const loam_file_info info, base_.stat(from));
  if ((info.flags & LOAM_FILE_IS_DIRECTORY) != 0) return {};  // its ring goes with it
  LOAM_TRY_ASSIGN(const std::optional<KeyId> id, key_of_file(from));
  if (!id) return {};
  const Result<Key> key = for_reading(from, *id);
  // Of a key that the whole ring does not know nothing can be carried, nor read where it lies.
  const bool unknown =
      !key.ok() && key.status().code() == Code::kCorruption && load(directory_of(from)).ok();
  if (!key.ok() && !unknown) return key.status();
  // In any case there is a ring before a sealed file comes: one that came first would count as left
  // behind by a ring that was lost.
  LOAM_TRY_ASSIGN(Keyring ring, load_to_write(target));
  if (unknown || ring.find(*id) != nullptr) return {};
  const Guard making(making_);
  LOAM_TRY_ASSIGN(const sdk::FileLock lock, base_.lock(join(target, kKeyringLock)));
  LOAM_TRY_ASSIGN(ring, load(target));
  if (ring.find(*id) != nullptr) return {};
  ring.keys.push_back({*id, *key});
  return replace(target, ring.keys);
}

Status KeyRings::remove_directory(const std::string& directory) {
  const Result<std::vector<std::string>> names = base_.list(directory);
  const bool only_ours = names.ok() && !names->empty() &&
                         std::all_of(names->begin(), names->end(),
                                     [](const std::string& name) { return is_reserved(name); });
  if (!only_ours) return base_.remove_directory(directory);
  const Guard making(making_);
  for (const std::string& name : *names) LOAM_TRY(base_.remove_file(join(directory, name)));
  LOAM_TRY(base_.remove_directory(directory));
  const Guard lock(mutex_);
  masters_.erase(directory);
  return {};
}

std::string KeyRings::inspect() const {
  std::string out = "{\"master_key\": " + quoted(id_text(master_.id()));
  if (previous_) out += ", \"previous_key\": " + quoted(id_text(previous_->id()));
  out += ", \"key_rings\": [";
  const Guard lock(mutex_);
  const char* separator = "";
  for (const auto& [directory, id] : masters_) {
    out += separator;
    out +=
        "{\"directory\": " + quoted(directory) + ", \"master_key\": " + quoted(id_text(id)) + "}";
    separator = ", ";
  }
  return out + "]}";
}

}  // namespace loam::encrypted_fs
