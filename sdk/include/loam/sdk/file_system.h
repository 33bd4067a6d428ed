/// file_system<T>: a file system as a plain class, in the same words as file_system_client.h.
///
///   using RandomFile = ...; using SequentialFile = ...; using AppendFile = ...; using Lock = ...;
///   std::uint64_t capabilities() const noexcept;                    LOAM_FS_ bits, constant
///   Result<std::unique_ptr<RandomFile>> open_random(const std::string& path);
///   Result<std::unique_ptr<SequentialFile>> open_sequential(const std::string& path);
///   Result<std::unique_ptr<AppendFile>> open_append(const std::string& path, std::uint32_t mode);
///   Result<std::unique_ptr<Lock>> lock(const std::string& path);    its destructor unlocks
///   Result<loam_file_info> stat(const std::string& path);
///   Result<std::vector<std::string>> list(const std::string& directory);
///   Status make_directory, remove_directory, sync_directory, remove_file(const std::string& path);
///   Status rename(const std::string& from, const std::string& to);
///   optional: Status link(from, to); Result<std::uint64_t> free_space(path);
///             loam_component_ref base() const noexcept;             what it wraps
/// RandomFile:     Result<std::uint64_t> size(); Result<std::size_t> read(offset, MutableBytes
/// out);
///   optional: Result<Bytes> map(); void read_many(std::span<loam_read_request>);
/// SequentialFile: Result<std::size_t> read(MutableBytes out);
/// AppendFile:     Status write(Bytes); Status sync(bool full); Status close();
///   optional: Result<char*> reserve(std::size_t) with Status commit(std::size_t);
///             Status sync_range(offset, size); Status preallocate(std::uint64_t size);
/// What each promises stands beside its slot in abi.h. Failures are returned, or thrown as Failure.
/// To wrap another file system begin with fs_forward of file_system_forward.h.
///
/// Thread: the file system and RandomFile are called concurrently, the other handles by one thread
/// at a time, but AppendFile::sync also beside write and commit. Ownership: a handle is deleted
/// when its slot closes it, before the file system goes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"
#include "loam/sdk/detail/file_system_rules.h"

namespace loam::sdk {
namespace detail {

template <class File>
File& handle_of(void* file) noexcept {
  return *static_cast<File*>(file);
}

/// Hands an opened file over to the caller of a slot.
template <class File>
Status give(Result<std::unique_ptr<File>> opened, void** out) {
  if (!opened.ok()) return std::move(opened).status();
  if (*opened == nullptr) return Status::internal("the file system gave no file and no failure");
  *out = opened->release();
  return {};
}

template <class Value>
Status give(Result<Value> result, Value* out) {
  if (!result.ok()) return std::move(result).status();
  *out = std::move(result).value();
  return {};
}

/// A count of bytes read, which nobody may overstate.
inline Status give_count(Result<std::size_t> got, std::size_t size, std::size_t* out) {
  if (!got.ok()) return std::move(got).status();
  if (*got > size) return Status::internal("the file system claims more bytes than were asked for");
  *out = *got;
  return {};
}

template <class T>
struct ReadSlots {
  using Random = typename T::RandomFile;
  using Sequential = typename T::SequentialFile;

  static loam_status random_open(void* self, const char* path, void** file,
                                 loam_error* error) noexcept {
    return guard(error, [&] { return give(self_of<T>(self).open_random(path), file); });
  }
  static void random_close(void* /*self*/, void* file) noexcept {
    delete static_cast<Random*>(file);
  }
  static loam_status random_size(void* /*self*/, void* file, std::uint64_t* size,
                                 loam_error* error) noexcept {
    return guard(error, [&] { return give(handle_of<Random>(file).size(), size); });
  }
  static loam_status random_read(void* /*self*/, void* file, std::uint64_t offset, char* out,
                                 std::size_t size, std::size_t* got, loam_error* error) noexcept {
    return guard(error, [&] {
      return give_count(handle_of<Random>(file).read(offset, MutableBytes(out, size)), size, got);
    });
  }
  static void random_read_many(void* /*self*/, void* file, loam_read_request* requests,
                               std::size_t count) noexcept {
    const std::span<loam_read_request> all(requests, count);
    const loam_status status = guard(nullptr, [&]() -> loam_status {
      handle_of<Random>(file).read_many(all);
      return LOAM_OK;
    });
    if (status == LOAM_OK) return;
    for (loam_read_request& request : all) request.status = status;
  }
  static loam_status random_map(void* /*self*/, void* file, loam_slice* out,
                                loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      LOAM_TRY_ASSIGN(const Bytes view, handle_of<Random>(file).map());
      *out = slice(view);
      return {};
    });
  }

  static loam_status sequential_open(void* self, const char* path, void** file,
                                     loam_error* error) noexcept {
    return guard(error, [&] { return give(self_of<T>(self).open_sequential(path), file); });
  }
  static void sequential_close(void* /*self*/, void* file) noexcept {
    delete static_cast<Sequential*>(file);
  }
  static loam_status sequential_read(void* /*self*/, void* file, char* out, std::size_t size,
                                     std::size_t* got, loam_error* error) noexcept {
    return guard(error, [&] {
      return give_count(handle_of<Sequential>(file).read(MutableBytes(out, size)), size, got);
    });
  }
};

template <class T>
struct AppendSlots {
  using File = typename T::AppendFile;

  static loam_status open(void* self, const char* path, std::uint32_t mode, void** file,
                          loam_error* error) noexcept {
    return guard(error, [&] { return give(self_of<T>(self).open_append(path, mode), file); });
  }
  static loam_status write(void* /*self*/, void* file, loam_slice bytes,
                           loam_error* error) noexcept {
    return guard(error, [&] { return handle_of<File>(file).write(Bytes(bytes.data, bytes.size)); });
  }
  static loam_status sync(void* /*self*/, void* file, std::uint32_t kind,
                          loam_error* error) noexcept {
    return guard(error, [&] { return handle_of<File>(file).sync(kind != LOAM_SYNC_DATA); });
  }
  static loam_status sync_range(void* /*self*/, void* file, std::uint64_t offset,
                                std::uint64_t size, loam_error* error) noexcept {
    return guard(error, [&] { return handle_of<File>(file).sync_range(offset, size); });
  }
  static loam_status reserve(void* /*self*/, void* file, std::size_t size, char** window,
                             loam_error* error) noexcept {
    return guard(error, [&] { return give(handle_of<File>(file).reserve(size), window); });
  }
  static loam_status commit(void* /*self*/, void* file, std::size_t size,
                            loam_error* error) noexcept {
    return guard(error, [&] { return handle_of<File>(file).commit(size); });
  }
  static loam_status preallocate(void* /*self*/, void* file, std::uint64_t size,
                                 loam_error* error) noexcept {
    return guard(error, [&] { return handle_of<File>(file).preallocate(size); });
  }
  static loam_status close(void* /*self*/, void* file, loam_error* error) noexcept {
    const std::unique_ptr<File> owned(static_cast<File*>(file));
    return guard(error, [&] { return owned->close(); });
  }
};

template <class T>
struct NameSlots {
  static std::uint64_t capabilities(void* self) noexcept { return self_of<T>(self).capabilities(); }
  static loam_component_ref base(void* self) noexcept { return self_of<T>(self).base(); }

  static loam_status stat(void* self, const char* path, loam_file_info* info,
                          loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      LOAM_TRY_ASSIGN(loam_file_info found, self_of<T>(self).stat(path));
      if (info->struct_size < sizeof(loam_file_info)) {
        return Status::invalid_argument("stat: the caller's loam_file_info is too small");
      }
      found.struct_size = info->struct_size;
      *info = found;
      return {};
    });
  }
  static loam_status list(void* self, const char* directory, loam_sink* names,
                          loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      LOAM_TRY_ASSIGN(const std::vector<std::string> found, self_of<T>(self).list(directory));
      Sink sink(names);
      for (const std::string& name : found) LOAM_TRY(sink.append(name));
      return {};
    });
  }
  static loam_status make_directory(void* self, const char* path, loam_error* error) noexcept {
    return guard(error, [&] { return self_of<T>(self).make_directory(path); });
  }
  static loam_status remove_directory(void* self, const char* path, loam_error* error) noexcept {
    return guard(error, [&] { return self_of<T>(self).remove_directory(path); });
  }
  static loam_status sync_directory(void* self, const char* path, loam_error* error) noexcept {
    return guard(error, [&] { return self_of<T>(self).sync_directory(path); });
  }
  static loam_status remove_file(void* self, const char* path, loam_error* error) noexcept {
    return guard(error, [&] { return self_of<T>(self).remove_file(path); });
  }
  static loam_status rename(void* self, const char* from, const char* to,
                            loam_error* error) noexcept {
    return guard(error, [&] { return self_of<T>(self).rename(from, to); });
  }
  static loam_status link(void* self, const char* from, const char* to,
                          loam_error* error) noexcept {
    return guard(error, [&] { return self_of<T>(self).link(from, to); });
  }
  static loam_status lock(void* self, const char* path, void** lock, loam_error* error) noexcept {
    return guard(error, [&] { return give(self_of<T>(self).lock(path), lock); });
  }
  static void unlock(void* /*self*/, void* lock) noexcept {
    delete static_cast<typename T::Lock*>(lock);
  }
  static loam_status free_space(void* self, const char* path, std::uint64_t* bytes,
                                loam_error* error) noexcept {
    return guard(error, [&] { return give(self_of<T>(self).free_space(path), bytes); });
  }
};

template <class T>
constexpr void fill_read_slots(loam_file_system_v1& table) {
  using Slots = ReadSlots<T>;
  table.random_open = &Slots::random_open;
  table.random_close = &Slots::random_close;
  table.random_size = &Slots::random_size;
  table.random_read = &Slots::random_read;
  if constexpr (kHasReadMany<typename T::RandomFile>) {
    table.random_read_many = &Slots::random_read_many;
  }
  if constexpr (kHasMap<typename T::RandomFile>) table.random_map = &Slots::random_map;
  table.sequential_open = &Slots::sequential_open;
  table.sequential_close = &Slots::sequential_close;
  table.sequential_read = &Slots::sequential_read;
}

template <class T>
constexpr void fill_append_slots(loam_file_system_v1& table) {
  using Slots = AppendSlots<T>;
  using File = typename T::AppendFile;
  table.append_open = &Slots::open;
  table.append_write = &Slots::write;
  table.append_sync = &Slots::sync;
  if constexpr (kHasSyncRange<File>) table.append_sync_range = &Slots::sync_range;
  if constexpr (kHasReserve<File>) {
    table.append_reserve = &Slots::reserve;
    table.append_commit = &Slots::commit;
  }
  if constexpr (kHasPreallocate<File>) table.append_preallocate = &Slots::preallocate;
  table.append_close = &Slots::close;
}

template <class T>
constexpr void fill_name_slots(loam_file_system_v1& table) {
  using Slots = NameSlots<T>;
  table.capabilities = &Slots::capabilities;
  if constexpr (kHasBase<T>) table.base = &Slots::base;
  table.stat = &Slots::stat;
  table.list = &Slots::list;
  table.make_directory = &Slots::make_directory;
  table.remove_directory = &Slots::remove_directory;
  table.sync_directory = &Slots::sync_directory;
  table.remove_file = &Slots::remove_file;
  table.rename = &Slots::rename;
  if constexpr (kHasLink<T>) table.link = &Slots::link;
  table.lock = &Slots::lock;
  table.unlock = &Slots::unlock;
  if constexpr (kHasFreeSpace<T>) table.free_space = &Slots::free_space;
}

template <class T>
consteval loam_file_system_v1 make_file_system() {
  loam_file_system_v1 table{};
  table.struct_size = sizeof table;
  if constexpr (check_file_system<T>()) {
    fill_read_slots<T>(table);
    fill_append_slots<T>(table);
    fill_name_slots<T>(table);
  }
  return table;
}
template <class T>
inline constexpr loam_file_system_v1 kFileSystemTable = make_file_system<T>();

}  // namespace detail

template <class T>
inline constexpr loam_component file_system =
    detail::make_component<T>(LOAM_KIND_FILE_SYSTEM, &detail::kFileSystemTable<T>);

}  // namespace loam::sdk
