#include "sdk/conformance/file_system.h"

#include <algorithm>
#include <vector>

#include "sdk/conformance/file_system_laws.h"

namespace loam::conformance {
namespace {

/// Empties and removes a directory that a law has left, whatever is in it.
Status remove_tree(const sdk::FileSystem& fs, const std::string& directory) {
  LOAM_TRY_ASSIGN(auto names, fs.list(directory));
  for (const std::string& name : names) {
    std::string path = directory + "/" + name;
    LOAM_TRY_ASSIGN(loam_file_info info, fs.stat(path));
    LOAM_TRY((info.flags & LOAM_FILE_IS_DIRECTORY) != 0 ? remove_tree(fs, path)
                                                        : fs.remove_file(path));
  }
  return fs.remove_directory(directory);
}

}  // namespace

Status expect(bool holds, const std::string& what) {
  return holds ? Status() : Status::internal(what);
}

Status expect_code(const Status& status, Code code, const std::string& path) {
  LOAM_TRY(expect(status.code() == code, path + ": expected \"" + std::string(code_name(code)) +
                                             "\", found \"" + status.to_string() + "\""));
  bool names_it = status.message().find(path) != std::string_view::npos;
  return expect(names_it, "the message of a failure does not name " + path + ": \"" +
                              std::string(status.message()) + "\"");
}

Status expect_bytes(Bytes found, Bytes expected, const std::string& what) {
  LOAM_TRY(expect(found.size() == expected.size(),
                  what + ": expected " + std::to_string(expected.size()) + " bytes, found " +
                      std::to_string(found.size())));
  auto difference = std::mismatch(found.begin(), found.end(), expected.begin()).first;
  return expect(difference == found.end(),
                what + ": wrong byte at " + std::to_string(difference - found.begin()));
}

std::string pattern(std::size_t size, std::uint64_t seed) {
  std::string bytes(size, '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
  for (char& c : bytes) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;  // Knuth, MMIX
    c = static_cast<char>(state >> 56);
  }
  return bytes;
}

Status write_file(const FileSystemPlace& place, const std::string& name, Bytes contents) {
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path(name), LOAM_APPEND_TRUNCATE));
  LOAM_TRY(file.write(contents));
  return file.close();
}

Result<std::string> read_file(const FileSystemPlace& place, const std::string& name) {
  LOAM_TRY_ASSIGN(auto file, place.fs.open_random(place.path(name)));
  LOAM_TRY_ASSIGN(std::uint64_t size, file.size());
  std::string contents(size, '\0');
  LOAM_TRY_ASSIGN(std::size_t got, file.read(0, MutableBytes(contents.data(), contents.size())));
  LOAM_TRY(expect(got == size, "a read of a whole file fell short of its size"));
  return contents;
}

Status expect_contents(const FileSystemPlace& place, const std::string& name, Bytes expected) {
  LOAM_TRY_ASSIGN(std::string found, read_file(place, name));
  LOAM_TRY(expect_bytes(found, expected, name));
  LOAM_TRY_ASSIGN(loam_file_info info, place.fs.stat(place.path(name)));
  return expect(info.size == expected.size(), name + ": stat says " + std::to_string(info.size) +
                                                  " bytes, expected " +
                                                  std::to_string(expected.size()));
}

std::span<const FileSystemLaw> file_system_laws() {
  static const std::vector<FileSystemLaw> all = [] {
    std::vector<FileSystemLaw> laws;
    for (auto part :
         {file_system_name_laws(), file_system_data_laws(), file_system_reserve_laws()}) {
      laws.insert(laws.end(), part.begin(), part.end());
    }
    return laws;
  }();
  return all;
}

Status check_file_system_law(const FileSystemLaw& law, const sdk::FileSystem& fs,
                             const std::string& parent) {
  FileSystemPlace place{fs, parent + "/law_" + law.name};
  LOAM_TRY(fs.make_directory(place.directory));
  Status status = law.check(place);
  status.update(remove_tree(fs, place.directory));
  return std::move(status).with_context(law.name);
}

}  // namespace loam::conformance
