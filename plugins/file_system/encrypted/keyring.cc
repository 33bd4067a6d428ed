#include "plugins/file_system/encrypted/keyring.h"

#include <algorithm>
#include <optional>

namespace loam::encrypted_fs {

namespace {

constexpr Bytes kMagic{"LOAMRING", 8};
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeadSize = 64;  // magic, version, zeros, count, master id, salt
constexpr std::size_t kEntrySize = kIdSize + kKeySize;
constexpr std::size_t kSecretMin = 32;
constexpr Bytes kMasterInfo{"loam.encrypted/1 master"};
constexpr Bytes kMasterIdInfo{"loam.encrypted/1 master id"};
constexpr Bytes kRingInfo{"loam.encrypted/1 key ring"};

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The bytes that 64 hexadecimal digits stand for.
std::optional<Key> from_hex(Bytes text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() != 2 * kKeySize) return std::nullopt;
  Key key;
  for (std::size_t i = 0; i < kKeySize; ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key.room()[i] = static_cast<char>(high * 16 + low);
  }
  return key;
}

/// The key of one sealing of a ring.
Result<Key> ring_key(const MasterKey& master, Bytes salt) {
  return derive_key(master.key().bytes(), salt, kRingInfo);
}

Status damaged(const char* what) {
  return Status::corruption(std::string("the key ring is damaged: ") + what);
}

std::size_t size_of(std::size_t count) {
  return kHeadSize + count * kEntrySize + kTagSize + kDigestSize;
}

Bytes head_of(Bytes bytes) { return bytes.substr(0, kHeadSize); }
Bytes salt_of(Bytes bytes) { return bytes.substr(32, kSaltSize); }
constexpr std::array<char, kNonceSize> kNonce{};  // each sealing has its own key
Bytes nonce() { return {kNonce.data(), kNonce.size()}; }

}  // namespace

Result<MasterKey> MasterKey::make(Bytes secret) {
  const std::optional<Key> hex = from_hex(secret);
  if (!hex && secret.size() < kSecretMin) {
    return Status::invalid_argument("a key is 64 hexadecimal digits or at least 32 bytes, found " +
                                    std::to_string(secret.size()) +
                                    " bytes; \"loam key new FILE\" makes one");
  }
  const Bytes bytes = hex ? hex->bytes() : secret;
  MasterKey master;
  LOAM_TRY(derive(bytes, {}, kMasterInfo, master.key_.room()));
  LOAM_TRY(derive(bytes, {}, kMasterIdInfo, master.id_));
  return master;
}

const StoreKey* Keyring::find(const KeyId& id) const {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const StoreKey& candidate) { return candidate.id == id; });
  return found == keys.end() ? nullptr : &*found;
}

Result<StoreKey> make_store_key() {
  StoreKey made;
  LOAM_TRY(fill_random(made.id));
  LOAM_TRY(fill_random(made.key.room()));
  return made;
}

Result<std::string> seal_keyring(const std::vector<StoreKey>& keys, const MasterKey& master) {
  std::string out(size_of(keys.size()), '\0');
  std::copy(kMagic.begin(), kMagic.end(), out.begin());
  put_u16(&out[8], kVersion);
  put_u32(&out[12], static_cast<std::uint32_t>(keys.size()));
  std::copy(master.id().begin(), master.id().end(), out.begin() + 16);
  LOAM_TRY(fill_random(MutableBytes(&out[32], kSaltSize)));
  std::string plain;
  plain.reserve(keys.size() * kEntrySize);  // no copy is left behind where it grew
  for (const StoreKey& key : keys) {
    plain.append(key.id.data(), kIdSize);
    plain.append(key.key.bytes());
  }
  LOAM_TRY_ASSIGN(const Key wrapping, ring_key(master, salt_of(out)));
  LOAM_TRY_ASSIGN(const auto cipher,
                  Cipher::make(Algorithm::kAes256Gcm, wrapping, Cipher::Direction::kSeal));
  const Status sealed = cipher->seal(nonce(), head_of(out), plain, &out[kHeadSize]);
  wipe(&plain);
  LOAM_TRY(sealed);
  const std::size_t covered = out.size() - kDigestSize;
  LOAM_TRY_ASSIGN(const auto digest, sha256(Bytes(out).substr(0, covered)));
  std::copy(digest.begin(), digest.end(), out.begin() + static_cast<std::ptrdiff_t>(covered));
  return out;
}

Result<KeyId> keyring_master(Bytes bytes) {
  if (bytes.size() < size_of(1) || !bytes.starts_with(kMagic)) {
    return damaged("it does not begin as one");
  }
  const std::size_t covered = bytes.size() - kDigestSize;
  LOAM_TRY_ASSIGN(const auto digest, sha256(bytes.substr(0, covered)));
  if (bytes.substr(covered) != Bytes(digest.data(), digest.size())) {
    return damaged("its checksum is wrong");
  }
  if (const std::uint16_t version = get_u16(&bytes[8]); version != kVersion) {
    return Status::not_supported("the key ring has version " + std::to_string(version) +
                                 ", this build reads " + std::to_string(kVersion));
  }
  if (bytes.size() != size_of(get_u32(&bytes[12]))) return damaged("its size is wrong");
  KeyId id;
  std::copy_n(bytes.begin() + 16, kIdSize, id.begin());
  return id;
}

Result<Keyring> open_keyring(Bytes bytes, const MasterKey& master) {
  Keyring ring;
  LOAM_TRY_ASSIGN(ring.master_id, keyring_master(bytes));
  if (ring.master_id != master.id()) {
    return Status(Code::kPermission, "the key ring is under another master key");
  }
  const std::size_t count = get_u32(&bytes[12]);
  LOAM_TRY_ASSIGN(const Key wrapping, ring_key(master, salt_of(bytes)));
  LOAM_TRY_ASSIGN(const auto cipher,
                  Cipher::make(Algorithm::kAes256Gcm, wrapping, Cipher::Direction::kOpen));
  std::string plain(count * kEntrySize, '\0');
  const Bytes sealed = bytes.substr(kHeadSize, plain.size() + kTagSize);
  LOAM_TRY_ASSIGN(const bool intact, cipher->open(nonce(), head_of(bytes), sealed, plain.data()));
  if (!intact) return damaged("it was changed");
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes entry = Bytes(plain).substr(i * kEntrySize, kEntrySize);
    StoreKey& key = ring.keys.emplace_back();
    std::copy_n(entry.begin(), kIdSize, key.id.begin());
    key.key = Key(entry.substr(kIdSize));
  }
  wipe(&plain);
  return ring;
}

}  // namespace loam::encrypted_fs
