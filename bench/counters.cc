#include "bench/counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace loam::bench {
namespace {

int open_counter(bool inherit) {
  perf_event_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.inherit = inherit ? 1 : 0;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

std::optional<std::uint64_t> read_counter(int descriptor) {
  std::uint64_t count = 0;
  if (descriptor < 0) return {};
  if (::read(descriptor, &count, sizeof count) != static_cast<ssize_t>(sizeof count)) return {};
  return count;
}

}  // namespace

InstructionCounters::InstructionCounters()
    : caller_(open_counter(false)), all_threads_(open_counter(true)) {}

InstructionCounters::~InstructionCounters() {
  if (caller_ >= 0) ::close(caller_);
  if (all_threads_ >= 0) ::close(all_threads_);
}

InstructionCounters::Counts InstructionCounters::read() const {
  return {read_counter(caller_), read_counter(all_threads_)};
}

}  // namespace loam::bench
