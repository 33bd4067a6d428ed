// Laws about names: files and directories that come, go and move, and the lock.
#include <algorithm>
#include <vector>

#include "sdk/conformance/file_system_laws.h"

namespace loam::conformance {
namespace {

Status absent_is_not_found(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  std::string path = place.path("absent");
  LOAM_TRY(expect_code(fs.open_random(path).status(), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.open_sequential(path).status(), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.stat(path).status(), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.list(path).status(), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.remove_file(path), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.remove_directory(path), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.sync_directory(path), Code::kNotFound, path));
  LOAM_TRY(expect_code(fs.rename(path, place.path("other")), Code::kNotFound, path));
  std::string deep = path + "/deep";
  LOAM_TRY(expect_code(fs.lock(deep).status(), Code::kNotFound, deep));
  return expect_code(fs.open_append(deep, LOAM_APPEND_TRUNCATE).status(), Code::kNotFound, deep);
}

Status directories_list_their_entries(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  LOAM_TRY(fs.make_directory(place.path("sub")));
  LOAM_TRY(fs.make_directory(place.path("sub")));  // existing: OK
  LOAM_TRY(write_file(place, "a b", "1"));
  LOAM_TRY(write_file(place, "\xc3\xa9t\xc3\xa9", "22"));
  LOAM_TRY(write_file(place, "sub/inner", "333"));
  LOAM_TRY_ASSIGN(auto names, fs.list(place.directory));
  std::sort(names.begin(), names.end());
  std::vector<std::string> expected{"a b", "sub", "\xc3\xa9t\xc3\xa9"};
  LOAM_TRY(expect(names == expected, "list does not give exactly the three bare names"));
  LOAM_TRY_ASSIGN(loam_file_info directory, fs.stat(place.path("sub")));
  LOAM_TRY(expect((directory.flags & LOAM_FILE_IS_DIRECTORY) != 0, "a directory is not one"));
  LOAM_TRY_ASSIGN(loam_file_info file, fs.stat(place.path("sub/inner")));
  LOAM_TRY(expect(file.flags == 0 && file.size == 3, "stat of a file of three bytes"));
  LOAM_TRY(fs.sync_directory(place.directory));
  LOAM_TRY(expect(!fs.remove_directory(place.path("sub")).ok(), "a full directory was removed"));
  LOAM_TRY(expect_contents(place, "sub/inner", "333"));
  LOAM_TRY(fs.remove_file(place.path("sub/inner")));
  LOAM_TRY(fs.remove_directory(place.path("sub")));
  LOAM_TRY_ASSIGN(bool is_there, fs.exists(place.path("sub")));
  return expect(!is_there, "a removed directory is still there");
}

Status files_and_directories_are_not_mixed_up(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  LOAM_TRY(fs.make_directory(place.path("sub")));
  LOAM_TRY(write_file(place, "file", "x"));
  LOAM_TRY(expect(!fs.open_random(place.path("sub")).ok(), "a directory was opened to read"));
  LOAM_TRY(expect(!fs.open_append(place.path("sub"), LOAM_APPEND_CONTINUE).ok(),
                  "a directory was opened to append"));
  LOAM_TRY(expect(!fs.remove_file(place.path("sub")).ok(), "remove_file took a directory"));
  LOAM_TRY(expect(!fs.remove_directory(place.path("file")).ok(), "remove_directory took a file"));
  LOAM_TRY(expect(!fs.make_directory(place.path("file")).ok(), "a file became a directory"));
  LOAM_TRY(expect(!fs.list(place.path("file")).ok(), "a file was listed as a directory"));
  LOAM_TRY(expect(!fs.rename(place.path("file"), place.path("sub")).ok(),
                  "a file replaced a directory"));
  return expect_contents(place, "file", "x");
}

Status rename_replaces(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  LOAM_TRY(write_file(place, "from", "new contents"));
  LOAM_TRY(write_file(place, "to", "old contents, longer"));
  LOAM_TRY_ASSIGN(auto old, fs.open_random(place.path("to")));
  LOAM_TRY(fs.rename(place.path("from"), place.path("to")));
  LOAM_TRY(expect_contents(place, "to", "new contents"));
  LOAM_TRY(expect_code(fs.stat(place.path("from")).status(), Code::kNotFound, place.path("from")));
  LOAM_TRY_ASSIGN(std::uint64_t old_size, old.size());
  LOAM_TRY(expect(old_size == 20, "who had the replaced file open sees another one"));
  LOAM_TRY(fs.rename(place.path("to"), place.path("to")));  // onto itself: nothing happens
  LOAM_TRY(expect_contents(place, "to", "new contents"));
  LOAM_TRY(fs.make_directory(place.path("sub")));
  LOAM_TRY(fs.rename(place.path("to"), place.path("sub/moved")));
  return expect_contents(place, "sub/moved", "new contents");
}

Status rename_follows_an_open_file(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  LOAM_TRY_ASSIGN(auto file, fs.open_append(place.path("from"), LOAM_APPEND_CREATE_NEW));
  LOAM_TRY(file.write("before "));
  LOAM_TRY(fs.rename(place.path("from"), place.path("to")));
  LOAM_TRY(file.write("after"));
  LOAM_TRY(file.sync());
  LOAM_TRY(file.close());
  return expect_contents(place, "to", "before after");
}

Status removed_files_stay_readable_while_open(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  std::string contents = pattern(10000, 7);
  LOAM_TRY(write_file(place, "file", contents));
  LOAM_TRY_ASSIGN(auto reader, fs.open_random(place.path("file")));
  LOAM_TRY(fs.remove_file(place.path("file")));
  LOAM_TRY(expect_code(fs.stat(place.path("file")).status(), Code::kNotFound, place.path("file")));
  LOAM_TRY(write_file(place, "file", "another"));
  std::string found(contents.size(), '\0');
  LOAM_TRY_ASSIGN(std::size_t got, reader.read(0, MutableBytes(found.data(), found.size())));
  LOAM_TRY(expect_bytes(Bytes(found).substr(0, got), contents, "the removed file"));
  return expect_contents(place, "file", "another");
}

Status lock_excludes(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  std::string path = place.path("LOCK");
  {
    LOAM_TRY_ASSIGN(auto held, fs.lock(path));
    LOAM_TRY_ASSIGN(bool is_there, fs.exists(path));
    LOAM_TRY(expect(is_there, "lock did not create the file"));
    LOAM_TRY(expect_code(fs.lock(path).status(), Code::kBusy, path));
    LOAM_TRY(expect_code(fs.lock(path).status(), Code::kBusy, path));
    LOAM_TRY_ASSIGN(auto other, fs.lock(place.path("OTHER")));  // another file, another lock
  }
  LOAM_TRY_ASSIGN(auto again, fs.lock(path));
  return {};
}

Status hard_links_share_a_file(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  if ((fs.capabilities() & LOAM_FS_HARD_LINK) == 0) return {};
  auto link = [&](const std::string& from, const std::string& to) {
    sdk::Error error;
    return error.check(
        fs.table()->link(fs.self(), place.path(from).c_str(), place.path(to).c_str(), error.raw()));
  };
  LOAM_TRY(write_file(place, "one", "shared"));
  LOAM_TRY(link("one", "two"));
  LOAM_TRY(expect_contents(place, "two", "shared"));
  LOAM_TRY(expect(!link("one", "two").ok(), "link replaced an existing name"));
  LOAM_TRY(expect_code(link("absent", "three"), Code::kNotFound, place.path("absent")));
  LOAM_TRY(fs.remove_file(place.path("one")));
  return expect_contents(place, "two", "shared");
}

Status capabilities_match_the_table(const FileSystemPlace& place) {
  const loam_file_system_v1& table = *place.fs.table();
  std::uint64_t bits = place.fs.capabilities();
  auto claims = [&](std::uint64_t bit) { return (bits & bit) != 0; };
  LOAM_TRY(expect(table.struct_size >= sizeof table, "the table is shorter than version 1"));
  LOAM_TRY(expect(!claims(LOAM_FS_MMAP) || table.random_map != nullptr, "MMAP without random_map"));
  LOAM_TRY(expect(!claims(LOAM_FS_HARD_LINK) || table.link != nullptr, "HARD_LINK without link"));
  LOAM_TRY(expect(!claims(LOAM_FS_PREALLOCATE) || table.append_preallocate != nullptr,
                  "PREALLOCATE without append_preallocate"));
  bool reserves = table.append_reserve != nullptr && table.append_commit != nullptr;
  LOAM_TRY(expect(!claims(LOAM_FS_RESERVE) || reserves, "RESERVE without its two slots"));
  return expect(bits == place.fs.capabilities(), "capabilities are not constant");
}

Status free_space_is_told(const FileSystemPlace& place) {
  const loam_file_system_v1& table = *place.fs.table();
  if (table.free_space == nullptr) return {};
  std::uint64_t bytes = 0;
  sdk::Error error;
  LOAM_TRY(
      error.check(table.free_space(place.fs.self(), place.directory.c_str(), &bytes, error.raw())));
  return expect(bytes > 0, "no free space, yet the other laws could write");
}

constexpr FileSystemLaw kLaws[] = {
    {"absent_is_not_found", absent_is_not_found},
    {"directories_list_their_entries", directories_list_their_entries},
    {"files_and_directories_are_not_mixed_up", files_and_directories_are_not_mixed_up},
    {"rename_replaces", rename_replaces},
    {"rename_follows_an_open_file", rename_follows_an_open_file},
    {"removed_files_stay_readable_while_open", removed_files_stay_readable_while_open},
    {"lock_excludes", lock_excludes},
    {"hard_links_share_a_file", hard_links_share_a_file},
    {"capabilities_match_the_table", capabilities_match_the_table},
    {"free_space_is_told", free_space_is_told},
};

}  // namespace

std::span<const FileSystemLaw> file_system_name_laws() { return kLaws; }

}  // namespace loam::conformance
