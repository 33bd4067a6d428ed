#include "plugins/file_system/encrypted/encrypted.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "loam/sdk/plugin.h"
#include "plugins/file_system/encrypted/names.h"

namespace loam::encrypted_fs {

namespace {

template <class T>
T or_throw(Result<T> result, const char* pointer) {
  if (!result.ok()) throw sdk::Failure(std::move(result).status().with_pointer(pointer));
  return std::move(result).value();
}

SealOptions seal_options(const Encrypted::Options& options) {
  if (options.base.component == nullptr) {
    throw sdk::Failure(Status::invalid_argument("encrypted needs a base file system"));
  }
  if (!std::has_single_bit(options.page_size)) {
    throw sdk::Failure(Status::invalid_argument("page_size must be a power of two, found " +
                                                std::to_string(options.page_size))
                           .with_pointer("/page_size"));
  }
  return {options.cipher == CipherChoice::kAes256Gcm ? Algorithm::kAes256Gcm
                                                     : Algorithm::kChaCha20Poly1305,
          static_cast<unsigned>(std::countr_zero(options.page_size))};
}

std::optional<MasterKey> previous_key(const std::string& secret) {
  if (secret.empty()) return std::nullopt;
  return or_throw(MasterKey::make(secret), "/previous_key");
}

Status refuse_reserved(const std::string& path) {
  if (!is_reserved(base_name(path))) return {};
  return Status::invalid_argument(path + ": this name is the key ring's");
}

}  // namespace

Encrypted::Encrypted(const Options& options)
    : fs_transform(options.base),
      seal_(seal_options(options)),
      rings_(below(), or_throw(MasterKey::make(options.key), "/key"),
             previous_key(options.previous_key)) {}

std::uint64_t Encrypted::capabilities() const noexcept {
  return fs_transform::capabilities() | (below().capabilities() & LOAM_FS_PREALLOCATE);
}

Result<std::unique_ptr<RandomFile>> Encrypted::open_random(const std::string& path) {
  LOAM_TRY(refuse_reserved(path));
  return RandomFile::open(below(), rings_, path);
}

Result<std::unique_ptr<SequentialFile>> Encrypted::open_sequential(const std::string& path) {
  LOAM_TRY_ASSIGN(auto file, open_random(path));
  return std::make_unique<SequentialFile>(std::move(file));
}

/// A new file, or an emptied one, at `path`, sealed as one called `name`.
Result<std::unique_ptr<AppendFile>> Encrypted::begin(const std::string& path, std::string_view name,
                                                     std::uint32_t mode) {
  Result<StoreKey> key = rings_.for_writing(directory_of(path));
  if (!key.ok()) return std::move(key).status().with_context("open " + path);
  LOAM_TRY_ASSIGN(auto sealer, Sealer::begin(seal_, *key, std::string(name)));
  LOAM_TRY_ASSIGN(auto file, append_below(path, mode));
  const bool windows = (below().capabilities() & LOAM_FS_RESERVE) != 0;
  return AppendFile::begin(std::move(file), join(directory_of(path), name), std::move(sealer),
                           windows);
}

Result<std::unique_ptr<AppendFile>> Encrypted::open_append(const std::string& path,
                                                           std::uint32_t mode) {
  LOAM_TRY(refuse_reserved(path));
  if (mode > LOAM_APPEND_CONTINUE) {
    return Status::invalid_argument("open " + path + ": unknown append mode " +
                                    std::to_string(mode));
  }
  if (mode == LOAM_APPEND_CONTINUE) {
    const Result<loam_file_info> info = below().stat(path);
    if (info.ok() && (info->size > 0 || info->flags != 0)) {
      LOAM_TRY_ASSIGN(auto file, append_below(path, mode));
      return AppendFile::resume(std::move(file), path, [this, path] { return copy(path); });
    }
  }
  return begin(path, base_name(path), mode);
}

/// The contents of `path` under a fresh key, in its place, durable; open to append.
Result<std::unique_ptr<AppendFile>> Encrypted::copy(const std::string& path) {
  const std::lock_guard<std::mutex> copying(copying_);
  const std::string draft = join(directory_of(path), kCopyDraft);
  LOAM_TRY_ASSIGN(auto from, open_random(path));
  LOAM_TRY_ASSIGN(auto to, begin(draft, base_name(path), LOAM_APPEND_TRUNCATE));
  std::string piece(256 * kKiB, '\0');
  for (std::uint64_t at = 0;;) {
    LOAM_TRY_ASSIGN(const std::size_t got,
                    from->read(at, MutableBytes(piece.data(), piece.size())));
    LOAM_TRY(to->write(Bytes(piece).substr(0, got)));
    at += got;
    if (got < piece.size()) break;
  }
  LOAM_TRY(to->sync(/*full=*/true));
  LOAM_TRY(below().rename(draft, path));
  LOAM_TRY(below().sync_directory(directory_of(path)));
  return to;
}

Result<loam_file_info> Encrypted::stat(const std::string& path) {
  LOAM_TRY(refuse_reserved(path));
  LOAM_TRY_ASSIGN(loam_file_info info, below().stat(path));
  if ((info.flags & LOAM_FILE_IS_DIRECTORY) != 0 || is_plain(base_name(path))) return info;
  const Result<std::unique_ptr<RandomFile>> file = open_random(path);
  if (file.status().code() == Code::kCorruption) {
    info.size = 0;
    return info;
  }
  LOAM_TRY(file.status());
  LOAM_TRY_ASSIGN(info.size, (*file)->size());
  return info;
}

Result<std::vector<std::string>> Encrypted::list(const std::string& directory) {
  LOAM_TRY_ASSIGN(std::vector<std::string> names, below().list(directory));
  std::erase_if(names, [](const std::string& name) { return is_reserved(name); });
  return names;
}

Status Encrypted::remove_directory(const std::string& path) {
  return rings_.remove_directory(path);
}

Status Encrypted::remove_file(const std::string& path) {
  LOAM_TRY(refuse_reserved(path));
  return below().remove_file(path);
}

Status Encrypted::rename(const std::string& from, const std::string& to) {
  LOAM_TRY(refuse_reserved(from));
  LOAM_TRY(refuse_reserved(to));
  LOAM_TRY(rings_.carry(from, to));
  return below().rename(from, to);
}

Status Encrypted::link(const std::string& from, const std::string& to) {
  LOAM_TRY(refuse_reserved(from));
  LOAM_TRY(refuse_reserved(to));
  LOAM_TRY(rings_.carry(from, to));
  return fs_transform::link(from, to);
}

}  // namespace loam::encrypted_fs

LOAM_PLUGIN("loam.encrypted", "0.1.0", "Apache-2.0",
            loam::sdk::file_system<loam::encrypted_fs::Encrypted>)
