/// What the kernel says about this process, and running another.
///
/// Thread: safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"

namespace loam::bench {

/// Bytes given to write(2) and its kin so far.
std::uint64_t written_by_process();
/// Bytes of pages of files that were dirtied so far, mapped ones too; 0 on a tmpfs.
std::uint64_t dirtied_by_process();
/// User and system time of all threads, ended ones too.
double cpu_seconds();

struct Memory {
  std::uint64_t peak_bytes = 0;       ///< most that was resident since begin_peak()
  std::uint64_t anonymous_bytes = 0;  ///< resident now, not backed by a file
};
void begin_peak();
Memory memory();

/// What its files take on the disk (blocks, not lengths: some engines' files are sparse).
std::uint64_t size_of_directory(const std::string& path);

void pause_milliseconds(int count);
/// Returns once the process has used next to no CPU and written nothing for a while; how long that
/// while was, in seconds.
double wait_until_idle();

/// Runs this program again with `arguments` and gives each line of its standard output to `line`.
/// Fails: kIo (it could not be run, ended by a signal or with a code that is not 0).
Status run_self(const std::vector<std::string>& arguments,
                const std::function<void(std::string_view)>& line);

}  // namespace loam::bench
