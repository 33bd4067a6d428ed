// The registry over plugins linked into this program: creating, identities, life times, services.
#define LOAM_STATIC_PLUGIN test  // this program links its plugin in

#include "core/plugin/registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/test_environment.h"
#include "loam/plugins.h"
#include "loam/sdk.h"

namespace {

/// What happened in the plugins, in order.
struct Events {
  std::mutex mutex;
  std::vector<std::string> all;
  void add(std::string event) {
    const std::lock_guard<std::mutex> lock(mutex);
    all.push_back(std::move(event));
  }
  std::vector<std::string> take() {
    const std::lock_guard<std::mutex> lock(mutex);
    return std::exchange(all, {});
  }
};
Events& events() {
  static Events instance;
  return instance;
}

/// Moves bytes; its shift is part of what it writes.
struct Rot {
  static constexpr auto kName = "rot";
  static constexpr auto kPersistentId = "org.example.rot/1";
  static constexpr const char* kReads[] = {"org.example.rot/0"};
  static constexpr auto kSummary = "moves each byte";
  struct Options {
    int shift = 13;
    bool loud = false;
  };
  static consteval auto describe() {
    return loam::sdk::options(
        loam::sdk::opt("shift", &Options::shift).range(1, 255).shapes_bytes().doc("how far"),
        loam::sdk::opt("loud", &Options::loud).doc("no effect on bytes"));
  }
  explicit Rot(Options o) : options(o) {}
  ~Rot() { events().add("rot destroyed"); }
  Rot(const Rot&) = delete;
  Rot& operator=(const Rot&) = delete;
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(loam::Bytes in, loam::MutableBytes out) const { return move(in, out, 1); }
  std::size_t decompress(loam::Bytes in, loam::MutableBytes out) const { return move(in, out, -1); }
  std::size_t move(loam::Bytes in, loam::MutableBytes out, int sign) const {
    for (std::size_t i = 0; i < in.size(); ++i) {
      out[i] = static_cast<char>(in[i] + sign * options.shift);
    }
    return in.size();
  }
  Options options;
};

/// Borrows another codec and uses every service of the host.
struct Probe {
  static constexpr auto kName = "probe";
  static constexpr auto kPersistentId = "org.example.probe/1";
  struct Options {
    loam_component_ref base{};
  };
  static consteval auto describe() {
    return loam::sdk::options(loam::sdk::opt("base", &Options::base).kind("codec"));
  }
  Probe(Options o, loam::sdk::Host host) : base(o.base) {
    host.log(loam::sdk::LogLevel::kWarn, "probe made");
    host.counter("probe.made", "count", "probes").add(2);
    memory = host.allocate("probe", 100, 64);
    owner = host;
    const loam::Status fault = host.fault("probe.create");
    if (!fault.ok()) {
      host.release("probe", memory, 100);
      throw loam::sdk::Failure(fault);
    }
  }
  Probe(Probe&& o) noexcept
      : base(o.base), owner(o.owner), memory(std::exchange(o.memory, nullptr)) {}
  ~Probe() {
    if (memory == nullptr) return;
    owner.release("probe", memory, 100);
    events().add("probe destroyed");
  }
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(loam::Bytes, loam::MutableBytes) const { return 0; }
  std::size_t decompress(loam::Bytes, loam::MutableBytes) const { return 0; }
  loam_component_ref base;
  loam::sdk::Host owner;
  void* memory = nullptr;
};

struct State {
  State() { events().add("init"); }
  ~State() { events().add("deinit"); }
};

constexpr auto kTestPlugin = loam::sdk::with_state<State>(
    {.id = "org.example.test", .version = "2.1.0", .license = "Apache-2.0"});

}  // namespace

LOAM_PLUGIN_INFO(kTestPlugin, loam::sdk::codec<Rot>, loam::sdk::codec<Probe>)

/// The list that loam_link_plugins would generate, with one plugin twice and one broken.
extern "C" const loam_plugin* broken_entry() noexcept {
  static constexpr loam_plugin kBroken = [] {
    loam_plugin p{};
    p.struct_size = sizeof p;
    p.magic = LOAM_PLUGIN_MAGIC;
    p.abi_major = 7;
    p.id = "org.example.broken";
    return p;
  }();
  return &kBroken;
}
extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept {
  static const loam_plugin_entry_fn kEntries[] = {broken_entry, loam_plugin_entry_v1_test,
                                                  loam_plugin_entry_v1_test, nullptr};
  return kEntries;
}

namespace loam::plugin {
namespace {

std::shared_ptr<Registry> make(RegistryOptions options = {}) {
  auto registry = Registry::create(std::move(options));
  EXPECT_TRUE(registry.ok());
  static_cast<void>(events().take());
  return std::move(registry).value();
}

TEST(Registry, MakesAComponentWithItsOptions) {
  const auto registry = make();
  auto rot = registry->create(kind::kCodec, "rot", {{"shift", setting(5)}, {"loud", true}});
  ASSERT_TRUE(rot.ok()) << rot.status().to_string();
  EXPECT_EQ(rot->kind(), "codec");
  EXPECT_EQ(rot->name(), "rot");
  EXPECT_EQ(rot->plugin_id(), "org.example.test");
  EXPECT_EQ(rot->plugin_version(), "2.1.0");
  EXPECT_EQ(rot->identity(), "org.example.rot/1?shift=5");
  EXPECT_EQ(registry->names(kind::kCodec), (std::vector<std::string>{"probe", "rot"}));
  EXPECT_EQ(registry->provider(kind::kCodec, "rot").id, "org.example.test");
  EXPECT_EQ(registry->provider(kind::kCodec, "nothing").id, "");
}

TEST(Registry, RefusesWhatThePluginDoesNotKnow) {
  const auto registry = make();
  const auto unknown = registry->create(kind::kCodec, "rot", {{"shfit", setting(5)}});
  EXPECT_EQ(unknown.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(unknown.status().message(),
            "codec \"rot\" has no option \"shfit\"; did you mean \"shift\"?");
  EXPECT_EQ(unknown.status().pointer(), "/shfit");
  // The instance that was made to find out is gone again.
  EXPECT_EQ(events().take(), (std::vector<std::string>{"init", "rot destroyed"}));
  const auto range = registry->create(kind::kCodec, "rot", {{"shift", setting(256)}});
  EXPECT_EQ(range.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(range.status().pointer(), "/shift");
  EXPECT_NE(range.status().message().find("codec \"rot\": "), std::string_view::npos);
}

TEST(Registry, AMissingComponentIsNamedWithTheNearestOne) {
  const auto registry = make();
  const auto missing = registry->create(kind::kCodec, "rto");
  EXPECT_EQ(missing.status().code(), Code::kNotFound);
  EXPECT_EQ(missing.status().message(),
            "there is no codec \"rto\"; did you mean \"rot\"?; looked in: linked in");
  EXPECT_EQ(registry->create(kind::kFilter, "rot").status().code(), Code::kNotFound);
}

TEST(Registry, AnIdentityMakesAnEqualInstance) {
  const auto registry = make();
  const auto rot = registry->create_by_identity(kind::kCodec, "org.example.rot/1?shift=77");
  ASSERT_TRUE(rot.ok()) << rot.status().to_string();
  EXPECT_EQ(rot->identity(), "org.example.rot/1?shift=77");
  const auto older = registry->create_by_identity(kind::kCodec, "org.example.rot/0");
  ASSERT_TRUE(older.ok()) << older.status().to_string();
  EXPECT_EQ(older->name(), "rot");
  EXPECT_EQ(registry->create_by_identity(kind::kCodec, "org.example.rot/9").status().message(),
            "needs codec \"org.example.rot/9\"; looked in: linked in");
  EXPECT_EQ(registry->create_by_identity(kind::kCodec, "org.example.rot/1?shift=%").status().code(),
            Code::kCorruption);
  EXPECT_EQ(registry->create_by_identity(kind::kCodec, "org.example.rot/1?shift=0").status().code(),
            Code::kInvalidArgument);
}

TEST(Registry, ListsShadowedAndRejectedOnesWithTheReason) {
  const auto list = make()->list();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].status, PluginStatus::kRejected);
  EXPECT_EQ(list[0].id, "org.example.broken");
  EXPECT_EQ(list[0].reason, "not supported: built for ABI major 7, this host speaks 1");
  EXPECT_EQ(list[1].status, PluginStatus::kLinked);
  EXPECT_EQ(list[1].version, "2.1.0");
  EXPECT_EQ(list[1].abi, "1.0");
  ASSERT_EQ(list[1].components.size(), 2u);
  EXPECT_EQ(list[1].components[0].reads, std::vector<std::string>{"org.example.rot/0"});
  EXPECT_EQ(list[2].status, PluginStatus::kShadowed);
  EXPECT_EQ(list[2].reason, "the plugin of the same id that is linked in comes first");
  EXPECT_TRUE(events().take().empty()) << "listing ran plugin code";
}

TEST(Registry, DescribesWithoutAnInstance) {
  const auto info = make()->describe(kind::kCodec, "rot");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->summary, "moves each byte");
  EXPECT_EQ(info->persistent_id, "org.example.rot/1");
  EXPECT_NE(info->schema.find("\"shift\""), std::string::npos);
}

TEST(Registry, ComponentsOutliveTheirRegistryAndWhatTheyBorrowOutlivesThem) {
  auto registry = make();
  Component rot = registry->create(kind::kCodec, "rot").value();
  Component probe = registry->create(kind::kCodec, "probe", {{"base", rot}}).value();
  registry.reset();
  rot = {};
  EXPECT_EQ(events().take(), std::vector<std::string>{"init"});
  probe = {};
  EXPECT_EQ(events().take(),
            (std::vector<std::string>{"probe destroyed", "rot destroyed", "deinit"}));
}

TEST(Registry, ManyThreadsInitialiseAPluginOnce) {
  const auto registry = make();
  std::promise<void> go;
  auto gate = go.get_future().share();
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      gate.wait();
      if (registry->create(kind::kCodec, "rot").ok()) ++made;
    });
  }
  go.set_value();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made.load(), 8);
  const auto all = events().take();
  EXPECT_EQ(std::count(all.begin(), all.end(), "init"), 1);
}

TEST(Registry, EachRegistryIsAHostOfItsOwn) {
  auto a = make();
  auto b = make();
  ASSERT_TRUE(a->create(kind::kCodec, "rot").ok());
  ASSERT_TRUE(b->create(kind::kCodec, "rot").ok());
  a.reset();
  b.reset();
  const auto all = events().take();
  EXPECT_EQ(std::count(all.begin(), all.end(), "init"), 2);
  EXPECT_EQ(std::count(all.begin(), all.end(), "deinit"), 2);
}

struct Lines : Logger {
  void write(LogLevel level, std::string_view line) override {
    events().add((level == LogLevel::kWarn ? "warn " : "other ") + std::string(line));
  }
};

TEST(HostServices, LogMetricsAndMemory) {
  RegistryOptions options;
  options.logger = std::make_shared<Lines>();
  const auto registry = make(options);
  HostServices& services = RegistryImpl::of(*registry).services();
  auto probe = registry->create(kind::kCodec, "probe");
  ASSERT_TRUE(probe.ok()) << probe.status().to_string();
  EXPECT_EQ(events().take(),
            (std::vector<std::string>{"init", "warn plugin org.example.test: probe made"}));
  ASSERT_EQ(services.counters().size(), 1u);
  EXPECT_EQ(services.counters()[0].name, "probe.made");
  EXPECT_EQ(services.counters()[0].value, 2u);
  ASSERT_EQ(services.memory().size(), 1u);
  EXPECT_EQ(services.memory()[0].value, 100u);
  *probe = {};
  EXPECT_EQ(services.memory()[0].value, 0u);
}

TEST(HostServices, ALineNamesThePluginThatWroteIt) {
  events().take();  // what earlier tests left
  HostServices services("test", Environment::system(), std::make_shared<Lines>());
  const loam_host* a = services.host_of("org.a");
  const loam_host* b = services.host_of("org.b");
  EXPECT_NE(a, b);
  EXPECT_EQ(services.host_of("org.a"), a);
  EXPECT_STREQ(b->name, "test");
  const auto write = [](const loam_host* host, std::string_view line) {
    const auto* log = static_cast<const loam_svc_log*>(host->get_service(host, LOAM_SVC_LOG));
    log->write(host, LOAM_LOG_WARN, {line.data(), line.size()});
  };
  write(a, "one");
  write(b, "two\nplugin org.a: three");
  write(services.host(), "four");
  EXPECT_EQ(events().take(),
            (std::vector<std::string>{"warn plugin org.a: one",
                                      "warn plugin org.b: two plugin org.a: three", "warn four"}));
  // All else is shared.
  const auto* metrics = static_cast<const loam_svc_metrics*>(a->get_service(a, LOAM_SVC_METRICS));
  EXPECT_EQ(metrics->counter(a, "n", "", ""), metrics->counter(b, "n", "", ""));
}

TEST(HostServices, FaultsAreOfferedOnlyWhereATestAsks) {
  const auto registry = make();
  HostServices& services = RegistryImpl::of(*registry).services();
  const loam_host* host = services.host();
  EXPECT_EQ(host->get_service(host, LOAM_SVC_FAULT), nullptr);
  EXPECT_EQ(host->get_service(host, "loam.svc.unheard_of/1"), nullptr);
  std::string seen;
  services.set_fault_hook([&](std::string_view point) {
    seen = point;
    return Status::no_space("as asked");
  });
  const auto probe = registry->create(kind::kCodec, "probe");
  EXPECT_EQ(seen, "probe.create");
  EXPECT_EQ(probe.status().code(), Code::kNoSpace);
  EXPECT_EQ(probe.status().message(), "codec \"probe\": as asked");
}

TEST(HostServices, SecretsAreRefusedByName) {
  const auto registry = make();
  const loam_host* host = RegistryImpl::of(*registry).services().host();
  const auto* secrets =
      static_cast<const loam_svc_secrets*>(host->get_service(host, LOAM_SVC_SECRETS));
  ASSERT_NE(secrets, nullptr);
  loam_error error{};
  error.struct_size = sizeof error;
  EXPECT_EQ(secrets->resolve(host, "env:KEY", nullptr, &error), LOAM_PERMISSION);
  EXPECT_STREQ(error.message, "secret \"env:KEY\": this program does not allow this source");
}

TEST(HostServices, ClockAndTasksAreTheEnvironments) {
  TestEnvironment env;
  RegistryOptions options;
  options.environment = &env;
  auto registry = make(options);
  const loam_host* host = RegistryImpl::of(*registry).services().host();
  const auto* clock = static_cast<const loam_svc_clock*>(host->get_service(host, LOAM_SVC_CLOCK));
  const std::uint64_t before = clock->wall_us(host);
  env.advance_us(5);
  EXPECT_EQ(clock->wall_us(host), before + 5);
  EXPECT_EQ(clock->monotonic_ns(host), 5000u);
  const auto* executor =
      static_cast<const loam_svc_executor*>(host->get_service(host, LOAM_SVC_EXECUTOR));
  int runs = 0;
  auto task = [](void* arg) { ++*static_cast<int*>(arg); };
  EXPECT_EQ(executor->submit(host, task, &runs, nullptr), LOAM_OK);
  EXPECT_EQ(runs, 0);
  env.run_until_idle();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(executor->submit(host, task, &runs, nullptr), LOAM_OK);
  registry.reset();  // drops what has not begun
  env.run_until_idle();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace loam::plugin
