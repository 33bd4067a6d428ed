#include "tests/interop/crash_copy.h"

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tests/interop/blocking_env.h"
#include "tests/interop/ours.h"
#include "tests/interop/peer.h"
#include "tests/interop/stream.h"
#include "tests/support/counting_fs.h"
#include "tests/support/stacks.h"

namespace loam::test {
namespace {

constexpr std::size_t kWritesMax = 1000;
constexpr std::uint64_t kValueBytesMax = 4 * kKiB;

void write_until(Engine& engine, std::size_t logs, Reference& reference, const std::string& path) {
  Random random(7);
  for (std::size_t i = 0; names_ending(path, ".log").size() < logs; ++i) {
    if (i == kWritesMax) throw std::runtime_error("no second log after all these writes");
    Write write{stream_key(random), {}};
    if (!random.one_in(8)) write.value = random.bytes(random.below(kValueBytesMax));
    const Status status = engine.write({write}, false);
    if (!status.ok()) throw std::runtime_error(status.to_string());
    apply({write}, reference);
  }
}

/// Holds up every sync but the writer's, and so the end of every flush.
std::unique_ptr<Engine> make_blocked(Gate& gate, std::size_t logs) {
  return make_ours([&gate, logs, writer = std::this_thread::get_id()](Options& options) {
    Registry& registry = *options.registry;
    options.file_system = make(registry, kind::kFileSystem, "counting",
                               {{"base", make(registry, kind::kFileSystem, "posix")}});
    options.max_write_buffer_number = static_cast<int>(logs) + 1;
    counters_of(options.file_system.self()).before_sync = [&gate, writer] {
      if (std::this_thread::get_id() != writer) gate.pass();
    };
  });
}

}  // namespace

std::vector<std::string> names_ending(const std::string& directory, const std::string& ending) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending)) names.push_back(name);
  }
  return names;
}

void leave_live_logs(EngineKind kind, std::size_t logs, Reference& reference,
                     const std::string& path, const std::string& copy) {
  Gate gate;
  BlockingEnv env(gate);
  const auto engine = kind == EngineKind::kLoam ? make_blocked(gate, logs) : make_peer(&env);
  const Status status = engine->open(path, {.order = OrderKind::kBytewise});
  if (!status.ok()) throw std::runtime_error(status.to_string());
  write_until(*engine, logs, reference, path);
  std::filesystem::copy(path, copy);
  gate.open();
  engine->close();
}

}  // namespace loam::test
