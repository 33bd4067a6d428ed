// Laws about reserve and commit. They hold for a file system that does not offer them, and for a
// place where it cannot (reserve answers kNotSupported), as long as plain writes go on working.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "sdk/conformance/file_system_laws.h"

namespace loam::conformance {
namespace {

bool is_zero(const char* p, std::size_t size) {
  return std::all_of(p, p + size, [](char c) { return c == 0; });
}

/// Runs `body` with an open file that can reserve; OK when there is none.
template <class Body>
Status with_windows(const FileSystemPlace& place, Body body) {
  LOAM_TRY_ASSIGN(auto file, place.fs.open_append(place.path("file"), LOAM_APPEND_CREATE_NEW));
  if (!file.can_reserve()) return {};
  auto window = file.reserve(1);
  if (window.status().code() == Code::kNotSupported) {
    LOAM_TRY(file.write("plain"));
    LOAM_TRY(file.close());
    return expect_contents(place, "file", "plain");
  }
  LOAM_TRY(window.status());
  return body(file);
}

/// Reserves exactly `bytes`, copies and commits them.
Status put(sdk::AppendFile& file, Bytes bytes) {
  LOAM_TRY_ASSIGN(char* window, file.reserve(bytes.size()));
  LOAM_TRY(expect(is_zero(window, bytes.size()), "a window is not filled with zeros"));
  std::copy(bytes.begin(), bytes.end(), window);
  return file.commit(bytes.size());
}

Status committed_bytes_belong_to_the_file(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    std::string contents = pattern(600'000, 11);
    for (std::size_t at = 0, step = 1; at < contents.size(); at += step, step = step * 2 + 3) {
      LOAM_TRY(put(file, Bytes(contents).substr(at, step)));
    }
    LOAM_TRY(file.sync());
    LOAM_TRY(file.close());
    return expect_contents(place, "file", contents);
  });
}

Status an_open_file_ends_in_zeros(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    LOAM_TRY(put(file, "record"));
    LOAM_TRY_ASSIGN(std::string found, read_file(place, "file"));
    LOAM_TRY(expect(found.size() >= 6, "committed bytes cannot be read yet"));
    LOAM_TRY(expect_bytes(Bytes(found).substr(0, 6), "record", "the open file"));
    LOAM_TRY(expect(is_zero(found.data() + 6, found.size() - 6),
                    "not only zeros behind the last committed byte"));
    LOAM_TRY(file.close());
    return expect_contents(place, "file", "record");
  });
}

Status a_reservation_may_be_large(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    std::string large = pattern(9 << 20, 12);
    LOAM_TRY(put(file, "small"));
    LOAM_TRY(put(file, large));
    LOAM_TRY(put(file, "small"));
    LOAM_TRY(file.close());
    return expect_contents(place, "file", "small" + large + "small");
  });
}

Status what_is_not_committed_is_not_there(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    LOAM_TRY_ASSIGN(char* window, file.reserve(10'000));
    std::memset(window, 'x', 10'000);
    LOAM_TRY(file.commit(3));
    LOAM_TRY(put(file, "yyy"));  // put() checks that the abandoned bytes are zeros again
    LOAM_TRY_ASSIGN(window, file.reserve(5000));
    LOAM_TRY(expect(is_zero(window, 5000), "an abandoned reservation shines through"));
    std::memset(window, 'z', 5000);
    LOAM_TRY(file.close());
    return expect_contents(place, "file", "xxxyyy");
  });
}

Status a_reservation_may_be_committed_in_parts(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    LOAM_TRY_ASSIGN(char* window, file.reserve(8));
    std::memcpy(window, "abcd", 4);
    LOAM_TRY(file.commit(4));
    std::memcpy(window + 4, "efgh", 4);
    LOAM_TRY(file.commit(4));
    Status beyond = file.commit(1);
    LOAM_TRY(expect_code(beyond, Code::kInvalidArgument, place.path("file")));
    LOAM_TRY(file.close());
    return expect_contents(place, "file", "abcdefgh");
  });
}

Status writes_and_commits_mix(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    std::string contents = pattern(300'000, 13);
    bool is_plain = true;
    for (std::size_t at = 0, step = 5; at < contents.size(); at += step, step = step * 2 + 1) {
      Bytes piece = Bytes(contents).substr(at, step);
      LOAM_TRY(is_plain ? file.write(piece) : put(file, piece));
      is_plain = !is_plain;
    }
    LOAM_TRY(file.close());
    LOAM_TRY(expect_contents(place, "file", contents));
    LOAM_TRY_ASSIGN(auto again, place.fs.open_append(place.path("file"), LOAM_APPEND_CONTINUE));
    LOAM_TRY(put(again, "more"));
    LOAM_TRY(again.write(" and more"));
    LOAM_TRY(again.close());
    return expect_contents(place, "file", contents + "more and more");
  });
}

Status a_write_ends_a_reservation(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    LOAM_TRY_ASSIGN(char* window, file.reserve(100));
    std::memset(window, 'x', 100);
    LOAM_TRY(file.commit(2));
    LOAM_TRY(file.write("y"));
    LOAM_TRY(expect(!file.commit(1).ok(), "a commit went through after a write"));
    LOAM_TRY(file.close());
    return expect_contents(place, "file", "xxy");
  });
}

Status sync_runs_beside_commits(const FileSystemPlace& place) {
  return with_windows(place, [&](sdk::AppendFile& file) -> Status {
    std::string contents = pattern(1 << 19, 14);
    std::atomic<bool> is_done{false};
    Status synced;
    std::thread syncer([&] {
      while (!is_done && synced.ok()) synced = file.sync();
    });
    Status written;
    for (std::size_t at = 0; at < contents.size() && written.ok(); at += 1009) {
      written = put(file, Bytes(contents).substr(at, 1009));
    }
    is_done = true;
    syncer.join();
    written.update(std::move(synced));
    written.update(file.close());
    LOAM_TRY(std::move(written));
    return expect_contents(place, "file", contents);
  });
}

constexpr FileSystemLaw kLaws[] = {
    {"committed_bytes_belong_to_the_file", committed_bytes_belong_to_the_file},
    {"an_open_file_ends_in_zeros", an_open_file_ends_in_zeros},
    {"a_reservation_may_be_large", a_reservation_may_be_large},
    {"what_is_not_committed_is_not_there", what_is_not_committed_is_not_there},
    {"a_reservation_may_be_committed_in_parts", a_reservation_may_be_committed_in_parts},
    {"writes_and_commits_mix", writes_and_commits_mix},
    {"a_write_ends_a_reservation", a_write_ends_a_reservation},
    {"sync_runs_beside_commits", sync_runs_beside_commits},
};

}  // namespace

std::span<const FileSystemLaw> file_system_reserve_laws() { return kLaws; }

}  // namespace loam::conformance
