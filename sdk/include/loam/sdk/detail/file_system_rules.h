/// What file_system.h requires of an author's class, each with a sentence of its own.
/// Thread: compile time only.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"

namespace loam::sdk::detail {

using Path = const std::string&;
using Requests = std::span<loam_read_request>;
template <class File>
using Opened = Result<std::unique_ptr<File>>;

template <class T>
concept HasHandles = requires {
  typename T::RandomFile;
  typename T::SequentialFile;
  typename T::AppendFile;
  typename T::Lock;
};

/// LOAM_FS_RULE(Name, member, (parameters), (arguments), result) defines kHasName<X>, "X has such a
/// member", and kIsName<X>, "and it can be called so and gives exactly that".
#define LOAM_FS_RULE(name, member, parameters, arguments, result) \
  template <class X>                                              \
  inline constexpr bool kIs##name = requires parameters {         \
    { x.member arguments } -> std::same_as<result>;               \
  };                                                              \
  template <class X>                                              \
  inline constexpr bool kHas##name = kIs##name<X> || requires {   \
    &X::member;                                                   \
  }

LOAM_FS_RULE(Size, size, (X & x), (), Result<std::uint64_t>);
LOAM_FS_RULE(ReadAt, read, (X & x, std::uint64_t n, MutableBytes out), (n, out),
             Result<std::size_t>);
LOAM_FS_RULE(Map, map, (X & x), (), Result<Bytes>);
LOAM_FS_RULE(ReadMany, read_many, (X & x, Requests r), (r), void);
LOAM_FS_RULE(ReadNext, read, (X & x, MutableBytes out), (out), Result<std::size_t>);
LOAM_FS_RULE(Write, write, (X & x, Bytes b), (b), Status);
LOAM_FS_RULE(Sync, sync, (X & x, bool full), (full), Status);
LOAM_FS_RULE(Close, close, (X & x), (), Status);
LOAM_FS_RULE(Reserve, reserve, (X & x, std::size_t n), (n), Result<char*>);
LOAM_FS_RULE(Commit, commit, (X & x, std::size_t n), (n), Status);
LOAM_FS_RULE(SyncRange, sync_range, (X & x, std::uint64_t n), (n, n), Status);
LOAM_FS_RULE(Preallocate, preallocate, (X & x, std::uint64_t n), (n), Status);
LOAM_FS_RULE(OpenRandom, open_random, (X & x, Path p), (p), Opened<typename X::RandomFile>);
LOAM_FS_RULE(OpenSequential, open_sequential, (X & x, Path p), (p),
             Opened<typename X::SequentialFile>);
LOAM_FS_RULE(OpenAppend, open_append, (X & x, Path p, std::uint32_t m), (p, m),
             Opened<typename X::AppendFile>);
LOAM_FS_RULE(LockFile, lock, (X & x, Path p), (p), Opened<typename X::Lock>);
LOAM_FS_RULE(Stat, stat, (X & x, Path p), (p), Result<loam_file_info>);
LOAM_FS_RULE(List, list, (X & x, Path p), (p), Result<std::vector<std::string>>);
LOAM_FS_RULE(MakeDirectory, make_directory, (X & x, Path p), (p), Status);
LOAM_FS_RULE(RemoveDirectory, remove_directory, (X & x, Path p), (p), Status);
LOAM_FS_RULE(SyncDirectory, sync_directory, (X & x, Path p), (p), Status);
LOAM_FS_RULE(RemoveFile, remove_file, (X & x, Path p), (p), Status);
LOAM_FS_RULE(Rename, rename, (X & x, Path p), (p, p), Status);
LOAM_FS_RULE(Link, link, (X & x, Path p), (p, p), Status);
LOAM_FS_RULE(FreeSpace, free_space, (X & x, Path p), (p), Result<std::uint64_t>);

#undef LOAM_FS_RULE

template <class X>
inline constexpr bool kIsCapabilities = requires(const X& x) {
  { x.capabilities() }
  noexcept->std::same_as<std::uint64_t>;
};
template <class X>
inline constexpr bool kIsBase = requires(const X& x) {
  { x.base() }
  noexcept->std::same_as<loam_component_ref>;
};
template <class X>
inline constexpr bool kHasBase = kIsBase<X> || requires {
  &X::base;
};

template <class F>
consteval bool check_random_file() {
  static_assert(kIsSize<F>, "RandomFile needs `Result<std::uint64_t> size()`");
  static_assert(
      kIsReadAt<F>,
      "RandomFile needs `Result<std::size_t> read(std::uint64_t offset, MutableBytes out)`");
  static_assert(kIsMap<F> || !kHasMap<F>, "RandomFile: map must be `Result<Bytes> map()`");
  static_assert(
      kIsReadMany<F> || !kHasReadMany<F>,
      "RandomFile: read_many must be `void read_many(std::span<loam_read_request>)`; each "
      "request gets its own status");
  return kIsSize<F> && kIsReadAt<F> &&
         (kIsMap<F> || !kHasMap<F>)&&(kIsReadMany<F> || !kHasReadMany<F>);
}

template <class F>
consteval bool check_append_file() {
  static_assert(kIsWrite<F>, "AppendFile needs `Status write(Bytes bytes)`");
  static_assert(kIsSync<F>, "AppendFile needs `Status sync(bool full)`");
  static_assert(kIsClose<F>, "AppendFile needs `Status close()`: a destructor cannot report");
  static_assert(kHasReserve<F> == kHasCommit<F>,
                "AppendFile: reserve and commit come together or not at all");
  static_assert(kIsReserve<F> || !kHasReserve<F>,
                "AppendFile: reserve must be `Result<char*> reserve(std::size_t size)`");
  static_assert(kIsCommit<F> || !kHasCommit<F>,
                "AppendFile: commit must be `Status commit(std::size_t size)`");
  static_assert(kIsSyncRange<F> || !kHasSyncRange<F>,
                "AppendFile: sync_range must be `Status sync_range(std::uint64_t offset, "
                "std::uint64_t size)`");
  static_assert(kIsPreallocate<F> || !kHasPreallocate<F>,
                "AppendFile: preallocate must be `Status preallocate(std::uint64_t size)`");
  return kIsWrite<F> && kIsSync<F> && kIsClose<F> && kIsReserve<F> == kHasReserve<F> &&
         kIsCommit<F> == kHasCommit<F> && kHasReserve<F> == kHasCommit<F> &&
         kIsSyncRange<F> == kHasSyncRange<F> && kIsPreallocate<F> == kHasPreallocate<F>;
}

template <class T>
consteval bool check_opening() {
  static_assert(kIsOpenRandom<T>,
                "a file system needs `Result<std::unique_ptr<RandomFile>> open_random(const "
                "std::string& path)`");
  static_assert(
      kIsOpenSequential<T>,
      "a file system needs `Result<std::unique_ptr<SequentialFile>> open_sequential(const "
      "std::string& path)`");
  static_assert(kIsOpenAppend<T>,
                "a file system needs `Result<std::unique_ptr<AppendFile>> open_append(const "
                "std::string& path, std::uint32_t mode)`");
  static_assert(
      kIsLockFile<T>,
      "a file system needs `Result<std::unique_ptr<Lock>> lock(const std::string& path)`; "
      "the Lock's destructor unlocks");
  return kIsOpenRandom<T> && kIsOpenSequential<T> && kIsOpenAppend<T> && kIsLockFile<T>;
}

template <class T>
consteval bool check_names() {
  static_assert(kIsStat<T>,
                "a file system needs `Result<loam_file_info> stat(const std::string& path)`");
  static_assert(kIsList<T>,
                "a file system needs `Result<std::vector<std::string>> list(const std::string& "
                "directory)`");
  static_assert(kIsMakeDirectory<T>,
                "a file system needs `Status make_directory(const std::string& path)`");
  static_assert(kIsRemoveDirectory<T>,
                "a file system needs `Status remove_directory(const std::string& path)`");
  static_assert(kIsSyncDirectory<T>,
                "a file system needs `Status sync_directory(const std::string& path)`");
  static_assert(kIsRemoveFile<T>,
                "a file system needs `Status remove_file(const std::string& path)`");
  static_assert(kIsRename<T>,
                "a file system needs `Status rename(const std::string& from, const std::string& "
                "to)`");
  static_assert(kIsLink<T> || !kHasLink<T>,
                "link must be `Status link(const std::string& from, const std::string& to)`");
  static_assert(kIsFreeSpace<T> || !kHasFreeSpace<T>,
                "free_space must be `Result<std::uint64_t> free_space(const std::string& path)`");
  return kIsStat<T> && kIsList<T> && kIsMakeDirectory<T> && kIsRemoveDirectory<T> &&
         kIsSyncDirectory<T> && kIsRemoveFile<T> && kIsRename<T> && kIsLink<T> == kHasLink<T> &&
         kIsFreeSpace<T> == kHasFreeSpace<T>;
}

/// True when the table can be filled; else the assertions have said what is missing.
template <class T>
consteval bool check_file_system() {
  static_assert(
      HasHandles<T>,
      "a file system names its handle types: RandomFile, SequentialFile, AppendFile, Lock");
  static_assert(
      kIsCapabilities<T>,
      "a file system needs `std::uint64_t capabilities() const noexcept`: it cannot fail");
  static_assert(kIsBase<T> || !kHasBase<T>,
                "base must be `loam_component_ref base() const noexcept`");
  if constexpr (HasHandles<T>) {
    static_assert(kIsReadNext<typename T::SequentialFile>,
                  "SequentialFile needs `Result<std::size_t> read(MutableBytes out)`");
    const bool opening = check_opening<T>();
    const bool random = check_random_file<typename T::RandomFile>();
    const bool append = check_append_file<typename T::AppendFile>();
    const bool names = check_names<T>();
    return opening && random && append && names && kIsCapabilities<T> &&
           kIsReadNext<typename T::SequentialFile> && kIsBase<T> == kHasBase<T>;
  }
  return false;
}

}  // namespace loam::sdk::detail
