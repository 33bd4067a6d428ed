// Laws about contents: what was appended is what is read.
#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "sdk/conformance/file_system_laws.h"

namespace loam::conformance {
namespace {

Status appended_bytes_are_read(const FileSystemPlace& place) {
  std::string contents = pattern(3 << 20, 1);
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path("file"), LOAM_APPEND_CREATE_NEW));
  for (std::size_t at = 0, step = 1; at < contents.size(); at += step, step = step * 3 + 1) {
    LOAM_TRY(file.write(Bytes(contents).substr(at, step)));
  }
  LOAM_TRY(file.write(""));
  LOAM_TRY(file.sync());
  LOAM_TRY(file.sync(true));
  LOAM_TRY(file.close());
  return expect_contents(place, "file", contents);
}

Status reads_end_at_the_end_of_the_file(const FileSystemPlace& place) {
  LOAM_TRY(write_file(place, "file", "0123456789"));
  LOAM_TRY_ASSIGN(auto file, place.fs.open_random(place.path("file")));
  std::array<char, 8> out{};
  auto read = [&](std::uint64_t offset, std::size_t size, Bytes expected) -> Status {
    LOAM_TRY_ASSIGN(std::size_t got, file.read(offset, MutableBytes(out.data(), size)));
    return expect_bytes(Bytes(out.data(), got), expected, "read at " + std::to_string(offset));
  };
  LOAM_TRY(read(0, 8, "01234567"));
  LOAM_TRY(read(4, 0, ""));
  LOAM_TRY(read(4, 6, "456789"));
  LOAM_TRY(read(7, 8, "789"));
  LOAM_TRY(read(10, 8, ""));
  return read(1 << 20, 8, "");
}

Status sequential_reading_covers_the_file(const FileSystemPlace& place) {
  std::string contents = pattern(200'000, 2);
  LOAM_TRY(write_file(place, "file", contents));
  LOAM_TRY_ASSIGN(auto file, place.fs.open_sequential(place.path("file")));
  std::string found;
  std::string piece(4999, '\0');
  while (true) {
    LOAM_TRY_ASSIGN(std::size_t got, file.read(MutableBytes(piece.data(), piece.size())));
    found.append(piece, 0, got);
    if (got < piece.size()) break;
  }
  LOAM_TRY(expect_bytes(found, contents, "the file read in sequence"));
  LOAM_TRY_ASSIGN(std::size_t more, file.read(MutableBytes(piece.data(), piece.size())));
  return expect(more == 0, "bytes behind the end of the file");
}

Status open_modes_differ(const FileSystemPlace& place) {
  const sdk::FileSystem& fs = place.fs;
  std::string path = place.path("file");
  auto append = [&](std::uint32_t mode, Bytes bytes) -> Status {
    LOAM_TRY_ASSIGN(auto file, fs.open_append(path, mode));
    LOAM_TRY(file.write(bytes));
    return file.close();
  };
  LOAM_TRY(append(LOAM_APPEND_CONTINUE, "one"));  // creates it
  LOAM_TRY(append(LOAM_APPEND_CONTINUE, " two"));
  LOAM_TRY(expect_contents(place, "file", "one two"));
  LOAM_TRY(expect(!append(LOAM_APPEND_CREATE_NEW, "three").ok(), "CREATE_NEW took an old file"));
  LOAM_TRY(expect_contents(place, "file", "one two"));
  LOAM_TRY(append(LOAM_APPEND_TRUNCATE, "four"));
  LOAM_TRY(expect_contents(place, "file", "four"));
  LOAM_TRY(expect_code(append(77, "x"), Code::kInvalidArgument, path));
  LOAM_TRY(expect_contents(place, "file", "four"));
  LOAM_TRY(fs.remove_file(path));
  LOAM_TRY(append(LOAM_APPEND_TRUNCATE, ""));  // creates it, too
  LOAM_TRY(expect_contents(place, "file", ""));
  LOAM_TRY(fs.remove_file(path));
  return append(LOAM_APPEND_CREATE_NEW, "five");
}

Status writes_are_visible_at_once(const FileSystemPlace& place) {
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path("file"), LOAM_APPEND_CREATE_NEW));
  LOAM_TRY_ASSIGN(auto reader, place.fs.open_random(place.path("file")));
  std::array<char, 16> out{};
  for (Bytes expected : {Bytes("abc"), Bytes("abcdef"), Bytes("abcdefghi")}) {
    LOAM_TRY(file.write(expected.substr(expected.size() - 3)));
    LOAM_TRY_ASSIGN(std::size_t got, reader.read(0, MutableBytes(out)));
    LOAM_TRY(expect_bytes(Bytes(out.data(), got), expected, "an open file"));
    LOAM_TRY_ASSIGN(std::uint64_t size, reader.size());
    LOAM_TRY(expect(size == expected.size(), "size of an open file"));
  }
  return file.close();
}

Status read_many_answers_each_request(const FileSystemPlace& place) {
  std::string contents = pattern(100'000, 3);
  LOAM_TRY(write_file(place, "file", contents));
  LOAM_TRY_ASSIGN(auto file, place.fs.open_random(place.path("file")));
  struct Wanted {
    std::uint64_t offset;
    std::size_t size;
    std::size_t got;
  };
  constexpr Wanted kWanted[] = {{0, 1, 1},        {99'000, 1000, 1000}, {50'000, 4096, 4096},
                                {99'999, 500, 1}, {100'000, 10, 0},     {500'000, 10, 0}};
  std::vector<std::string> buffers;
  std::vector<loam_read_request> requests;
  buffers.reserve(std::size(kWanted));
  for (const Wanted& wanted : kWanted) {
    std::string& buffer = buffers.emplace_back(wanted.size, '\0');
    requests.push_back({wanted.offset, buffer.data(), wanted.size, 12345, LOAM_INTERNAL, 0});
  }
  file.read_many(requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::string what = "request " + std::to_string(i);
    LOAM_TRY(expect(requests[i].status == LOAM_OK, what + " failed"));
    LOAM_TRY(expect(requests[i].got == kWanted[i].got, what + " has a wrong count"));
    std::size_t from = std::min<std::size_t>(kWanted[i].offset, contents.size());
    Bytes expected = Bytes(contents).substr(from, kWanted[i].got);
    LOAM_TRY(expect_bytes(Bytes(buffers[i]).substr(0, requests[i].got), expected, what));
  }
  return {};
}

Status map_equals_read(const FileSystemPlace& place) {
  if ((place.fs.capabilities() & LOAM_FS_MMAP) == 0) return {};
  std::string contents = pattern(70'001, 4);
  LOAM_TRY(write_file(place, "file", contents));
  LOAM_TRY(write_file(place, "empty", ""));
  LOAM_TRY_ASSIGN(auto file, place.fs.open_random(place.path("file")));
  LOAM_TRY_ASSIGN(Bytes view, file.map());
  LOAM_TRY(expect_bytes(view, contents, "the mapped file"));
  LOAM_TRY_ASSIGN(auto empty, place.fs.open_random(place.path("empty")));
  LOAM_TRY_ASSIGN(Bytes nothing, empty.map());
  LOAM_TRY(expect(nothing.empty(), "the map of an empty file is not empty"));
  LOAM_TRY(place.fs.remove_file(place.path("file")));
  return expect_bytes(view, contents, "the mapped file after its removal");
}

Status preallocation_does_not_lengthen(const FileSystemPlace& place) {
  if ((place.fs.capabilities() & LOAM_FS_PREALLOCATE) == 0) return {};
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path("file"), LOAM_APPEND_CREATE_NEW));
  LOAM_TRY(file.preallocate(1 << 20));
  LOAM_TRY(file.write("short"));
  LOAM_TRY(file.preallocate(2));  // less than there is: nothing happens
  LOAM_TRY(file.sync());
  LOAM_TRY(file.close());
  return expect_contents(place, "file", "short");
}

Status readers_see_a_prefix_while_a_writer_appends(const FileSystemPlace& place) {
  constexpr std::size_t kSize = 1 << 20;
  std::string contents = pattern(kSize, 5);
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path("file"), LOAM_APPEND_CREATE_NEW));
  std::atomic<bool> is_done{false};
  Status seen;
  std::thread reader([&] {
    auto follow = [&]() -> Status {
      LOAM_TRY_ASSIGN(auto random, place.fs.open_random(place.path("file")));
      std::string found(kSize, '\0');
      bool is_last = false;
      for (std::size_t known = 0; !is_last;) {
        is_last = is_done;
        LOAM_TRY_ASSIGN(std::size_t got, random.read(0, MutableBytes(found.data(), kSize)));
        LOAM_TRY(expect(got >= known, "a growing file became shorter"));
        LOAM_TRY(expect_bytes(Bytes(found).substr(0, got), Bytes(contents).substr(0, got),
                              "a growing file"));
        known = got;
      }
      return expect_bytes(found, contents, "the file at its end");
    };
    seen = follow();
  });
  Status written;
  for (std::size_t at = 0; at < kSize && written.ok(); at += 4001) {
    written = file.write(Bytes(contents).substr(at, 4001));
  }
  is_done = true;
  reader.join();
  written.update(std::move(seen));
  written.update(file.close());
  return written;
}

Status sync_runs_beside_writes(const FileSystemPlace& place) {
  constexpr std::size_t kSize = 1 << 19;
  std::string contents = pattern(kSize, 6);
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path("file"), LOAM_APPEND_CREATE_NEW));
  std::atomic<bool> is_done{false};
  Status synced;
  std::thread syncer([&] {
    while (!is_done && synced.ok()) synced = file.sync();
  });
  Status written;
  for (std::size_t at = 0; at < kSize && written.ok(); at += 977) {
    written = file.write(Bytes(contents).substr(at, 977));
  }
  is_done = true;
  syncer.join();
  written.update(std::move(synced));
  written.update(file.close());
  LOAM_TRY(std::move(written));
  return expect_contents(place, "file", contents);
}

constexpr FileSystemLaw kLaws[] = {
    {"appended_bytes_are_read", appended_bytes_are_read},
    {"reads_end_at_the_end_of_the_file", reads_end_at_the_end_of_the_file},
    {"sequential_reading_covers_the_file", sequential_reading_covers_the_file},
    {"open_modes_differ", open_modes_differ},
    {"writes_are_visible_at_once", writes_are_visible_at_once},
    {"read_many_answers_each_request", read_many_answers_each_request},
    {"map_equals_read", map_equals_read},
    {"preallocation_does_not_lengthen", preallocation_does_not_lengthen},
    {"readers_see_a_prefix_while_a_writer_appends", readers_see_a_prefix_while_a_writer_appends},
    {"sync_runs_beside_writes", sync_runs_beside_writes},
};

}  // namespace

std::span<const FileSystemLaw> file_system_data_laws() { return kLaws; }

}  // namespace loam::conformance
