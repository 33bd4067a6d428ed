#include "sdk/conformance/hidden_contents.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sdk/conformance/file_system_laws.h"

namespace loam::conformance {

namespace {

constexpr std::size_t kPiece = 16;

/// Every sixteen bytes of what was written, in a row.
class Plain {
 public:
  void add(Bytes text) {
    texts_.emplace_back(text);
    for (std::size_t at = 0; at + kPiece <= text.size(); ++at) {
      pieces_.insert(std::string(text.substr(at, kPiece)));
    }
  }
  /// Where one of them lies in `bytes`, or npos.
  [[nodiscard]] std::size_t find_in(Bytes bytes) const {
    std::string piece;
    for (std::size_t at = 0; at + kPiece <= bytes.size(); ++at) {
      piece.assign(bytes.substr(at, kPiece));
      if (pieces_.contains(piece)) return at;
    }
    return Bytes::npos;
  }

 private:
  std::vector<std::string> texts_;
  std::unordered_set<std::string> pieces_;
};

Status scan(const FileSystemPlace& below, const Plain& plain, std::uint64_t* scanned) {
  LOAM_TRY_ASSIGN(const auto names, below.fs.list(below.directory));
  for (const std::string& name : names) {
    LOAM_TRY_ASSIGN(const std::string bytes, read_file(below, name));
    *scanned += bytes.size();
    const std::size_t at = plain.find_in(bytes);
    LOAM_TRY(expect(at == Bytes::npos,
                    below.path(name) + ": plain contents lie below at " + std::to_string(at)));
  }
  return {};
}

/// One file, in one way of writing.
Status write_one(const FileSystemPlace& place, const FileSystemPlace& below, std::size_t step,
                 Plain& plain) {
  const std::string contents = pattern(step < 100 ? 3000 : 120'000, step);
  plain.add(contents);
  const std::string name = "written_by_" + std::to_string(step);
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path(name), LOAM_APPEND_CREATE_NEW));
  std::uint64_t scanned = 0;
  for (std::size_t at = 0; at < contents.size(); at += step) {
    const Bytes piece = Bytes(contents).substr(at, step);
    if (file.can_reserve() && at % 2 == 0) {
      LOAM_TRY_ASSIGN(char* window, file.reserve(piece.size()));
      std::copy(piece.begin(), piece.end(), window);
      LOAM_TRY(file.commit(piece.size()));
    } else {
      LOAM_TRY(file.write(piece));
    }
  }
  LOAM_TRY(scan(below, plain, &scanned));  // while it is open
  LOAM_TRY(file.sync(step % 2 == 0));
  LOAM_TRY(file.close());
  LOAM_TRY(scan(below, plain, &scanned));
  LOAM_TRY(expect(scanned >= 2 * contents.size(), "nothing lies below: where is it?"));
  return expect_contents(place, name, contents);
}

}  // namespace

Status check_hides_contents(const sdk::FileSystem& fs, const std::string& directory) {
  LOAM_TRY(expect(fs.base().is_set(), "there is no file system below"));
  const FileSystemPlace place{fs, directory};
  const FileSystemPlace below{fs.base(), directory};
  Plain plain;
  for (const std::size_t step : {1u, 17u, 512u, 4096u, 50'000u, 120'000u}) {
    LOAM_TRY(write_one(place, below, step, plain));
  }
  std::uint64_t scanned = 0;
  LOAM_TRY(fs.rename(place.path("written_by_17"), place.path("renamed")));
  LOAM_TRY_ASSIGN(auto file, fs.open_append(place.path("renamed"), LOAM_APPEND_CONTINUE));
  const std::string more = pattern(5000, 99);
  plain.add(more);
  LOAM_TRY(file.write(more));
  LOAM_TRY(file.sync());
  LOAM_TRY(scan(below, plain, &scanned));
  LOAM_TRY(file.close());
  return scan(below, plain, &scanned);
}

}  // namespace loam::conformance
